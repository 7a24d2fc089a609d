"""A table of what was computed twice, here and in torch: where the two differ, and by how much."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

import numpy as np

from ..display import display, marked, note, table


@dataclass(frozen=True)
class Row:
    """One quantity, and its difference from the same quantity in torch.

    Attributes:
        what, name: "value"; or "gradient" and the name of a parameter.
        step: the step of a training run after which both were taken; 0 if there was none.
        absolute: the largest absolute difference of their elements. NaN agrees with NaN.
        relative: the same, divided by torch's largest absolute value.
        mismatch: why they cannot be subtracted, if so; then both differences are infinite.
        agrees: whether the difference is within the tolerance.
        values: both in print, unless there are steps.
    """

    what: str
    name: str
    step: int
    absolute: float
    relative: float
    mismatch: str
    agrees: bool
    values: tuple[str, ...]

    @property
    def label(self) -> str:
        return f"{self.what} of {self.name}" if self.name else self.what

    def __str__(self) -> str:
        when = f" in step {self.step}" if self.step else ""
        return f"{self.label}{when}, {self.mismatch or f'{self.absolute:.1e} (relative {self.relative:.1e})'}"


class Comparison:
    """The same quantities in chalkgrad and in torch, side by side. It is true if they all agree.

    `print` shows the table, or for a training run of many steps, the largest differences over all steps; a notebook
    shows it, too. The repr is the verdict in short.

    Args:
        tolerance: the relative difference that is allowed.

    Attributes:
        rows: a `Row` for each quantity, after each step, in the order in which they were computed.
        first: the first row that does not agree; None if all agree.
    """

    def __init__(self, tolerance: float) -> None:
        self.tolerance = tolerance
        self.rows: list[Row] = []

    def add(self, what: str, ours: Any, theirs: Any, *, name: str = "", step: int = 0, noise: float = 0.0) -> None:
        """Compare two arrays; None stands for a gradient that does not exist.

        An absolute difference up to `noise` counts as rounding.
        """
        mismatch = _mismatch(ours, theirs)
        absolute = np.inf if mismatch else _distance(ours, theirs)
        relative = absolute / (_largest(theirs) or 1.0)
        agrees = not mismatch and (relative <= self.tolerance or absolute <= noise)
        values = () if step else (_text(ours), _text(theirs))
        self.rows.append(Row(what, name, step, absolute, relative, mismatch, agrees, values))

    @staticmethod
    @contextmanager
    def side(name: str) -> Iterator[None]:
        """Within it, an exception becomes a RuntimeError that says which side failed: "torch failed: …"."""
        try:
            yield
        except Exception as error:
            raise RuntimeError(f"{name} failed: {type(error).__name__}: {error}") from None

    @property
    def first(self) -> Row | None:
        return next((row for row in self.rows if not row.agrees), None)

    def __bool__(self) -> bool:
        return self.first is None

    def __str__(self) -> str:
        table = [list(zip_longest(*(cell.split("\n") for cell in line), fillvalue="")) for line in self._table()]
        lines = [line for row in table for line in row]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        text = ["  ".join(map(str.ljust, line, widths)).rstrip() for line in lines]
        return "\n".join([*text, self._verdict()])

    def __repr__(self) -> str:
        largest = max((row.absolute for row in self.rows), default=0.0)
        return f"<Comparison: {self._agree()}, largest difference {largest:.1e}>"

    def _repr_html_(self) -> str:
        head, *lines = self._table()
        rows = [marked(line, "bad") if line[-1] else line for line in lines]
        return display(table(head, rows, headings=True), note(self._verdict(), "good" if self else "bad"))

    def _table(self) -> list[list[str]]:
        """The cells of the head, and a line for each quantity with its largest differences."""
        quantities: dict[str, list[Row]] = {}
        for row in self.rows:
            quantities.setdefault(row.label, []).append(row)
        sides = ["chalkgrad", "torch"] if any(row.values for row in self.rows) else []
        lines = [["", *sides, "difference", "relative", ""]]
        for label, rows in quantities.items():
            absolute, relative = max(row.absolute for row in rows), max(row.relative for row in rows)
            mismatch = next((row.mismatch for row in rows if row.mismatch), "")
            difference = mismatch or (f"{absolute:.1e}" if absolute else "equal")
            mark = next((f"<-- differs{f' in step {row.step}' * (row.step > 0)}" for row in rows if not row.agrees), "")
            share = f"{relative:.1e}" if absolute and not mismatch else ""
            lines.append([label, *rows[0].values, difference, share, mark])
        return lines

    def _agree(self) -> str:
        return "agree" if self else "do NOT agree"

    def _verdict(self) -> str:
        steps = max((row.step for row in self.rows), default=0)
        over = f" over {steps} step{'s' * (steps > 1)}" if steps else ""
        first = f"\nfirst difference: {self.first}" if self.first else ""
        return f"chalkgrad and torch {self._agree()}{over} (tolerance {self.tolerance:g}, relative){first}"


def _mismatch(ours: Any, theirs: Any) -> str:
    """What makes two arrays incomparable; "" if nothing does."""
    if ours is None or theirs is None:
        return "" if ours is theirs else f"{'torch' if theirs is None else 'chalkgrad'} has none"
    if ours.shape != theirs.shape:
        return f"shapes {ours.shape} and {theirs.shape}"
    return "" if ours.dtype == theirs.dtype else f"{ours.dtype} and {theirs.dtype}"


def _distance(ours: Any, theirs: Any) -> float:
    """The largest absolute difference of two arrays of the same shape."""
    if ours is None:
        return 0.0
    with np.errstate(invalid="ignore"):
        difference = np.abs(ours.astype(np.float64) - theirs)
    same = (ours == theirs) | (np.isnan(ours) & np.isnan(theirs))
    return float(np.where(same, 0, np.where(np.isnan(difference), np.inf, difference)).max(initial=0))


def _largest(array: Any) -> float:
    return 0.0 if array is None else float(np.nan_to_num(np.abs(array)).max(initial=0))


def _text(array: Any) -> str:
    if array is None:
        return "no gradient"
    if array.size > 16 or array.ndim > 2:
        return f"{array.dtype}{list(array.shape)}, mean {array.mean():.6g}"
    return np.array2string(array, precision=6, suppress_small=True, max_line_width=60)
