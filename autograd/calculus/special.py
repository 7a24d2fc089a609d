"""The error function, its inverse, and the gamma function's logarithm: NumPy lacks them."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np

from ..core.dtypes import is_floating
from ..core.primitive import primitive

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


@primitive
def erfinv(x: Any) -> Any:
    """The inverse of erf on [-1, 1]: Winitzki's approximation (2008), made exact by three steps of Halley's method."""
    kind = x.dtype if is_floating(x.dtype) else np.dtype(np.float64)
    x = np.asarray(x, np.float64)
    z = np.abs(x)
    inside = np.where(z < 1, z, 0)
    log, a = np.log1p(-inside * inside), 0.147
    t = 2 / (math.pi * a) + log / 2
    y = np.sqrt(np.maximum(np.sqrt(t * t - log / a) - t, 0))
    for _ in range(3):
        miss = np.where(inside < 0.5, erf(y) - inside, (1 - inside) - _one_by_one(math.erfc, y))
        u = miss / (2 / math.sqrt(math.pi) * np.exp(-y * y))
        y = y - u / (1 + y * u)
    y = np.where(z < 1, y, np.where(z == 1, math.inf, math.nan))
    return np.copysign(y, x).astype(kind)[()]


# -- the gamma function -----------------------------------------------------------------------------------------------


@primitive
def lgamma(x: Any) -> Any:
    """log |gamma(x)|; inf at 0 and the negative integers."""
    kind = x.dtype if is_floating(x.dtype) else np.dtype(np.float64)
    return _one_by_one(_lgamma, np.asarray(x)).astype(kind)[()]


def _lgamma(x: float) -> float:
    try:
        return math.lgamma(x)
    except (ValueError, OverflowError):  # a pole, or a result beyond the range of floats
        return math.inf


def _one_by_one(function: Callable[[float], float], x: Any) -> Any:
    return np.array([function(v) for v in x.ravel().tolist()], np.float64).reshape(x.shape)


@primitive
def polygamma(x: Any, n: int = 0) -> Any:
    """The n-th derivative of digamma, which is that of lgamma."""
    kind = x.dtype if is_floating(x.dtype) else np.dtype(np.float64)
    x = np.asarray(x, np.float64)
    if n == 0:
        out = _digamma(x)
    else:
        out = (-1) ** (n + 1) * math.factorial(n) * _zeta(n + 1, x)
    return out.astype(kind)[()]


BERNOULLI = [1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6]  # B_2, B_4, …


def _digamma(x: Any) -> Any:
    """By psi(x) = psi(x + 1) - 1/x up to 10, then log x - 1/2x - sum of B_2k / 2k x^2k; reflected below 0."""
    y = np.where(x < 0, 1 - x, x)
    out = np.zeros_like(y)
    for _ in range(10):
        low = y < 10
        out -= np.where(low, 1 / np.where(low, y, 1), 0)
        y = y + low
    out += np.log(y) - 0.5 / y - sum(b / (2 * k) / y ** (2 * k) for k, b in enumerate(BERNOULLI, 1))
    whole = (x == np.floor(x)) & (x < 0)
    out = np.where(x < 0, np.where(whole, math.nan, out - math.pi / np.tan(math.pi * (x - np.floor(x)))), out)
    return np.where(x == 0, -np.copysign(math.inf, x), np.where(x == math.inf, math.inf, out))


def _zeta(s: int, x: Any) -> Any:
    """The sum of (x + i)^-s over all i >= 0 (Hurwitz): term by term up to 10, then by Euler's and Maclaurin's formula.

    NaN below -10,000, which would take as many terms.
    """
    out = np.zeros_like(x)
    y = np.where(np.isfinite(x) & (x > -1e4), x, 10.0)
    for _ in range(int(11 - y.min(initial=10.0))):
        low = y < 10
        out += np.where(low, np.where(low, y, 1) ** float(-s), 0)
        y = y + low
    y = np.where(x >= 10, x, y)
    out += y ** (1.0 - s) / (s - 1) + 0.5 * y ** float(-s)
    rising = float(s)  # s (s + 1) … (s + 2k - 2)
    for k, b in enumerate(BERNOULLI, 1):
        out += b / math.factorial(2 * k) * rising * y ** (1.0 - s - 2 * k)
        rising *= (s + 2 * k - 1) * (s + 2 * k)
    poles = (x <= 0) & (x == np.floor(x))
    return np.where(poles & (x > -1e4), math.inf, np.where(x > -1e4, out, math.nan))
