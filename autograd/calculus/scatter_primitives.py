"""What is put into an array at places that may repeat, and a scan; their rules stand in `rarer_rules.py`."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core.primitive import primitive

Array = Any  # a NumPy array or scalar


@primitive
def scatter_extremum(x: Array, y: Array, index: Any, largest: bool) -> Array:
    """x, where y takes the place of what is at `index` if it is larger, or smaller; NaN is both."""
    out = np.array(x)
    (np.maximum if largest else np.minimum).at(out, index, y)
    return out


@primitive
def scatter_product(x: Array, y: Array, index: Any) -> Array:
    """x, multiplied at `index` by y, by all of them where a place repeats."""
    out = np.array(x)
    np.multiply.at(out, index, y)
    return out


@primitive
def logcumsumexp(x: Array, axis: int) -> Array:
    """log(cumsum(exp(x))), without overflow."""
    return np.logaddexp.accumulate(x, axis) if x.ndim else x.copy()


def add_rows(out: Array, index: Array, rows: Array) -> None:
    """out[index] += rows, of which there is at least one, those of one index summed; `out` holds zeros.

    Few are summed by a product with the matrix that has a 1 for each row at its index: of 96 rows for 27 indices in
    half of the time (`python -m tests.benchmarks.layers`); unless there is an infinity, which would spread. Others are
    sorted by index and summed in stretches, or, where these are many and short, one row of each at a time: of 1,024
    rows for 1,000 indices in a quarter of the time.
    """
    index = index % len(out)
    if len(out) * len(index) <= 1 << 16 and rows.dtype in (np.float32, np.float64):
        chosen = np.zeros((len(out), len(index)), rows.dtype)
        chosen[index, np.arange(len(index))] = 1
        if np.isfinite(np.matmul(chosen, rows.reshape(len(index), -1), out=out.reshape(len(out), -1))).all():
            return
        out[...] = 0
    order = np.argsort(index, kind="stable")
    index = index[order]
    bounds = np.flatnonzero(np.concatenate(([True], index[1:] != index[:-1], [True])))
    starts, lengths = bounds[:-1], bounds[1:] - bounds[:-1]
    short = len(starts) >= 8 * lengths.max()
    out[index[starts]] = rows[order[starts]] if short else np.add.reduceat(rows[order], starts, axis=0)
    for i in range(1, lengths.max() if short else 1):
        starts, lengths = starts[lengths > i], lengths[lengths > i]
        out[index[starts]] += rows[order[starts + i]]
