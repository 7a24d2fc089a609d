"""One expression, here and in PyTorch, side by side."""

from __future__ import annotations

import sys
from collections.abc import Callable
from itertools import zip_longest
from typing import Any, NamedTuple

import numpy as np

from ..core.engine import wrap
from ..core.ops import parameters


class Row(NamedTuple):
    """One quantity in both libraries: name, our array, torch's array."""

    name: str
    ours: Any
    theirs: Any

    @property
    def absolute(self) -> float:
        """The largest absolute difference; NaN agrees with NaN, and shapes or dtypes that differ are infinitely far."""
        if self.ours is None or self.theirs is None:
            return 0.0 if self.ours is self.theirs else np.inf
        if self.ours.shape != self.theirs.shape or self.ours.dtype != self.theirs.dtype:
            return np.inf
        with np.errstate(invalid="ignore"):
            d = np.abs(self.ours.astype(np.float64) - self.theirs)
        same = (self.ours == self.theirs) | (np.isnan(self.ours) & np.isnan(self.theirs))
        return float(np.where(same, 0, np.where(np.isnan(d), np.inf, d)).max(initial=0))

    @property
    def relative(self) -> float:
        """The largest absolute difference in units of torch's largest value."""
        size = 0.0 if self.theirs is None else float(np.nan_to_num(np.abs(self.theirs)).max(initial=0))
        return self.absolute / size if size else self.absolute


class Comparison:
    """What `compare_with_torch` found, a row for the value and one for each gradient.

    True if all agree; `print` shows the table, the repr is its last line in short.
    """

    def __init__(self, rows: list[Row], tolerance: float) -> None:
        self.rows, self.tolerance = rows, tolerance

    def __bool__(self) -> bool:
        return all(row.relative <= self.tolerance for row in self.rows)

    def __str__(self) -> str:
        cells = [["", "chalkgrad", "torch", "difference"]]
        for row in self.rows:
            off = "equal" if not row.absolute else f"{row.absolute:.1e}"
            mark = "" if row.relative <= self.tolerance else "  <-- differs"
            cells.append([row.name, _show(row.ours), _show(row.theirs), off + mark])
        table = [list(zip_longest(*(cell.split("\n") for cell in line), fillvalue="")) for line in cells]
        lines = [line for row in table for line in row]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        text = ["  ".join(map(str.ljust, line, widths)).rstrip() for line in lines]
        verdict = "agree" if self else "do NOT agree"
        return "\n".join([*text, f"chalkgrad and torch {verdict} (tolerance {self.tolerance:g}, relative)"])

    def __repr__(self) -> str:
        verdict, largest = "agree" if self else "do NOT agree", max(row.absolute for row in self.rows)
        return f"<Comparison: {verdict}, largest difference {largest:.1e}>"


def _show(array: Any) -> str:
    if array is None:
        return "no gradient"
    if array.size > 16 or array.ndim > 2:
        return f"{array.dtype}{list(array.shape)}, mean {array.mean():.6g}"
    return np.array2string(array, precision=6, suppress_small=True, max_line_width=60)


def compare_with_torch(
    fn: Callable[..., Any], *arrays: Any, tolerance: float | None = None, show: bool = True
) -> Comparison:
    """Run one expression here and in torch on the same numbers, and print value and every gradient side by side.

    Args:
        fn: an expression of tensors that both libraries understand, such as `lambda x, w: (x @ w).tanh().sum()`. If it
            takes one argument more than there are arrays, the first is the library itself: `lambda m, x: m.exp(x)`.
        arrays: arrays or numbers. Floating point ones get a gradient (Python floats count as float64).
        tolerance: the relative difference allowed; default 1e-10 in float64, 1e-5 in float32.
        show: print the table.

    Returns the comparison, which is true if everything agrees. Raises ImportError if torch is not installed.
    """
    try:
        import torch
    except ImportError as error:
        raise ImportError("compare_with_torch needs PyTorch: pip install torch") from error
    values = [np.asarray(a) for a in arrays]
    names = list(parameters(fn))
    with_library = len(names) == len(values) + 1
    names = names[with_library:]
    if len(names) != len(values):
        names = [f"input {i}" for i in range(len(values))]
    ours = [wrap(v.copy()).requires_grad_(v.dtype.kind == "f") for v in values]
    theirs = [torch.tensor(v).requires_grad_(v.dtype.kind == "f") for v in values]
    out = fn(sys.modules["autograd"], *ours) if with_library else fn(*ours)
    ref = fn(torch, *theirs) if with_library else fn(*theirs)
    rows = [Row("value", np.asarray(out.detach().numpy()), ref.detach().numpy())]
    if out.requires_grad and ref.requires_grad:
        out.backward(np.ones(out.shape, out.dtype))
        ref.backward(torch.ones_like(ref))
    for name, x, t in zip(names, ours, theirs, strict=True):
        if x.requires_grad:
            g, h = x.grad, t.grad
            rows.append(Row(f"d/d{name}", None if g is None else g.numpy(), None if h is None else h.numpy()))
    if tolerance is None:
        tolerance = 1e-10 if rows[0].ours.dtype == np.float64 else 1e-5
    result = Comparison(rows, tolerance)
    if show:
        print(result)
    return result
