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
