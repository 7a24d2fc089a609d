"""The table of a network that was trained twice, here and in PyTorch: how far each quantity is from its twin."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd.tools.torch_comparison import Row as Pair

Key = tuple[str, str]  # what ("output", "loss", "gradient", "parameter", "buffer"), and of which module or tensor
Values = Mapping[Key, Any]  # an array, or None where there is no gradient

TOLERANCE = {"float64": 1e-6, "float32": 1e-3}
HEAD = ("", "of", "largest difference", "relative", "")


@dataclass(frozen=True)
class Row:
    """One quantity after one step: its largest absolute difference, that in units of its largest value, and whether
    both are more than rounding explains."""

    step: int
    what: str
    name: str
    absolute: float
    relative: float
    parts: bool

    def __str__(self) -> str:
        of = f" of {self.name}" if self.name else ""
        return f"{self.what}{of} in step {self.step}: {self.absolute:.1e}, relative {self.relative:.1e}"


class Comparison:
    """What `interop.compare` found. Prints as a table of the largest differences; true if nothing parts.

    Attributes:
        rows: every quantity of every step, in the order in which it was computed.
        first: the row where the two networks part, None if they do not.
    """

    def __init__(self, tolerance: float) -> None:
        self.tolerance = tolerance
        self.rows: list[Row] = []

    def add(self, step: int, ours: Values, theirs: Values) -> None:
        """Compare the quantities of one step. The output of a module is left out if one side does not call it."""
        sizes: dict[str, float] = {}
        for (what, _), value in theirs.items():
            sizes[what] = max(sizes.get(what, 0.0), _largest(value))
        for key in [*ours, *(key for key in theirs if key not in ours)]:
            if key[0] == "output" and (key not in ours or key not in theirs):
                continue
            pair = Pair(key[1], ours.get(key), theirs.get(key))
            noise = 64 * _eps(pair.theirs) * sizes.get(key[0], 0.0)
            parts = pair.relative > self.tolerance and pair.absolute > noise
            self.rows.append(Row(step, *key, pair.absolute, pair.relative, parts))

    @property
    def first(self) -> Row | None:
        return next((row for row in self.rows if row.parts), None)

    def __bool__(self) -> bool:
        return self.first is None

    def _lines(self) -> Iterable[tuple[str, ...]]:
        groups: dict[Key, list[Row]] = {}
        for row in self.rows:
            groups.setdefault((row.what, row.name), []).append(row)
        for (what, name), rows in groups.items():
            absolute, relative = max(row.absolute for row in rows), max(row.relative for row in rows)
            parting = next((f"parts in step {row.step}" for row in rows if row.parts), "")
            yield what, name, f"{absolute:.1e}" if absolute else "equal", f"{relative:.1e}" if absolute else "", parting

    def _verdict(self) -> str:
        steps = max((row.step for row in self.rows), default=0)
        over = f"over {steps} step{'s' * (steps != 1)} (tolerance {self.tolerance:g}, relative)"
        return (
            f"chalkgrad and torch agree {over}"
            if self
            else f"chalkgrad and torch part {over}, first at the {self.first}"
        )

    def __str__(self) -> str:
        lines = [HEAD, *self._lines()]
        widths = [max(len(line[i]) for line in lines) for i in range(len(HEAD))]
        table = ("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in lines)
        return "\n".join([*(line.rstrip() for line in table), self._verdict()])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        from html import escape

        head = "".join(f"<th>{cell}</th>" for cell in HEAD)
        body = ("".join(f"<td>{escape(cell)}</td>" for cell in line) for line in self._lines())
        rows = "".join(f"<tr>{line}</tr>" for line in body)
        return f"<table><tr>{head}</tr>{rows}</table><p>{escape(self._verdict())}</p>"


def _largest(array: Any) -> float:
    return 0.0 if array is None else float(np.nan_to_num(np.abs(array)).max(initial=0))


def _eps(array: Any) -> float:
    return float(np.finfo(array.dtype).eps) if array is not None and array.dtype.kind == "f" else 0.0
