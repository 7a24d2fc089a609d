"""What is kept of an array that was seen: all of a small one, of a large one its norm, range and first elements."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core.errors import describe

KEPT = 64  # elements of the largest array that is kept whole
SHOWN = 6  # elements that are written out


class Summary:
    """An array as it was at one moment. `str` shows it in a line.

    Attributes:
        shape, dtype: those of the array.
        values: a copy of it if it has no more than 64 elements, else None.
    """

    __slots__ = ("_facts", "_first", "dtype", "shape", "values")

    def __init__(self, array: Any) -> None:
        self.shape, self.dtype = array.shape, array.dtype
        self.values: Any = None
        self._facts: Any = None
        if array.size <= KEPT:
            self.values = np.array(array)
        else:
            self._first, self._facts = array.flat[:SHOWN].copy(), _facts(array)

    @property
    def first(self) -> Any:
        """Its first 6 elements."""
        return self._first if self.values is None else self.values.ravel()[:SHOWN]

    @property
    def facts(self) -> tuple[float, float, float, int]:
        """Its norm, its smallest and its largest finite element, and how many are NaN or infinite."""
        if self._facts is None:
            self._facts = _facts(self.values)
        return self._facts

    @property
    def norm(self) -> float:
        """The square root of the sum of the squares."""
        return self.facts[0]

    @property
    def min(self) -> float:
        """The smallest finite element; NaN if there is none."""
        return self.facts[1]

    @property
    def max(self) -> float:
        """The largest finite element; NaN if there is none."""
        return self.facts[2]

    @property
    def bad(self) -> int:
        """How many elements are NaN or infinite."""
        return self.facts[3]

    def item(self) -> Any:
        """The number. Raises ValueError for several."""
        if self.values is None or self.values.size != 1:
            raise ValueError(f"expected a single number, this is {describe(self)}")
        return self.values.item()

    def lines(self) -> list[str]:
        """It in a line, if it is small, or in two: what it is, and its first elements."""
        size = int(np.prod(self.shape))
        few = written(self.first)
        if not self.shape:
            return [few]
        if size <= SHOWN and len(self.shape) == 1:
            return [f"[{few}]"]
        if 0 < size <= SHOWN and len(self.shape) == 2:
            return [f"[{', '.join(f'[{written(row)}]' for row in self.values)}]"]
        told = [describe(self), f"norm {number(self.norm)}"]
        if size > self.bad:
            told.append(f"{number(self.min)} … {number(self.max)}")
        if self.bad:
            told.append(f"{self.bad:,} nan or inf")
        return [", ".join(told), f"[{few}{', …' if size > SHOWN else ''}]"]

    def short(self) -> str:
        """It in a few characters: the number, a small array, or the shape and the norm."""
        lines = self.lines()
        if len(lines) == 1 and len(lines[0]) <= 24:
            return lines[0]
        told = f"{self.bad:,} nan or inf" if self.bad else f"norm {number(self.norm)}"
        return f"{list(self.shape)} {told}"

    def __str__(self) -> str:
        return "  ".join(self.lines())

    __repr__ = __str__


def written(row: Any) -> str:
    """Numbers with commas between them."""
    return ", ".join(map(number, row.tolist()))


def number(x: Any) -> str:
    """A number, in five digits at most where it has a fraction."""
    return f"{x:.5g}" if isinstance(x, float) else str(x)


def _facts(array: Any) -> tuple[float, float, float, int]:
    wide = array if array.dtype == np.float64 else array.astype(np.float32, copy=False)
    fine = np.isfinite(wide)
    whole = bool(fine.all())
    finite = wide if whole else wide[fine]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (np.nan, np.nan)
    with np.errstate(all="ignore"):
        return float(np.linalg.norm(wide.ravel())), low, high, 0 if whole else int(array.size - finite.size)
