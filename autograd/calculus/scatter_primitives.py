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
    """out[index] += rows, those of one index summed; `out` holds zeros.

    Sorted by index, they are summed in stretches, or, where these are many and short, one row of each at a time: of
    1,024 rows for 1,000 indices in a quarter of the time.
    """
    if not len(index):
        return
    index = index % len(out)
    order = np.argsort(index, kind="stable")
    index = index[order]
    bounds = np.flatnonzero(np.concatenate(([True], index[1:] != index[:-1], [True])))
    starts, lengths = bounds[:-1], bounds[1:] - bounds[:-1]
    if len(starts) < 8 * lengths.max():
        out[index[starts]] = np.add.reduceat(rows[order], starts, axis=0)
        return
    out[index[starts]] = rows[order[starts]]
    for i in range(1, lengths.max()):
        starts, lengths = starts[lengths > i], lengths[lengths > i]
        out[index[starts]] += rows[order[starts + i]]
