"""The error function, which NumPy lacks and Python has for one number at a time."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import numpy as np

from ..core.dtypes import is_floating

END, STEPS, TERMS = 6, 32, 9  # erf(6) is 1 in float64; 9 terms give all its digits, 5 those of float32
BLOCK = 1 << 15  # numbers at a time, so that what lies between stays near the processor


def erf(x: Any) -> Any:
    """erf(x) to rounding, for an array of any shape and dtype."""
    x = x if is_floating(x.dtype) else x.astype(np.float64)
    if x.size <= BLOCK:
        return _erf(x)
    out, flat = np.empty(x.size, x.dtype), x.reshape(-1)
    for start in range(0, x.size, BLOCK):
        out[start : start + BLOCK] = _erf(flat[start : start + BLOCK])
    return out.reshape(x.shape)


def _erf(x: Any) -> Any:
    """The Taylor series about the nearest multiple of 1/32."""
    z = np.minimum(np.abs(x), END)  # NaN stays NaN
    k = np.rint(np.fmin(z, END) * STEPS).astype(np.intp)
    series = _series(x.dtype.char)
    d = z - k.astype(x.dtype) / STEPS
    last = TERMS - 1 if x.itemsize > 4 else 4
    out = series[last].take(k)
    for term in series[last - 1 :: -1]:
        out *= d
        out += term.take(k)
    return np.copysign(out, x)


@lru_cache
def _series(dtype: str) -> Any:
    """The Taylor coefficients of erf, one row for each power, one column for each multiple of 1/32 up to 6.

    The n-th derivative of erf is 2/sqrt(pi) exp(-x^2) times the Hermite polynomial (-1)^(n-1) H_(n-1)(x), and
    H_(n+1) = 2 x H_n - 2 n H_(n-1).
    """
    columns = []
    for a in (k / STEPS for k in range(END * STEPS + 1)):
        h = [1.0, 2 * a]
        for n in range(1, TERMS):
            h.append(2 * a * h[n] - 2 * n * h[n - 1])
        scale = 2 / math.sqrt(math.pi) * math.exp(-a * a)
        columns.append(
            [math.erf(a), *(scale * (-1) ** (n - 1) * h[n - 1] / math.factorial(n) for n in range(1, TERMS))]
        )
    return np.array(columns).T.astype(dtype, order="C")
