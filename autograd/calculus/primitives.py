"""What NumPy lacks: small functions of arrays. Their derivative rules are with all the others, in `rules.py`.

`@primitive` makes a function an op. A function without it is a leaner forward pass for a NumPy function of the table.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import product
from typing import Any

import numpy as np

from ..core.dtypes import float32, is_floating
from ..core.narrow_blocks import narrow_product as narrow_product  # for the rules of products
from ..core.primitive import one_call as one_call  # for the rules of recurrent layers
from ..core.primitive import primitive
from ..core.shapes import Axes, Shape, count
from ..core.sums import LONG, total
from ..core.sums import summed as summed  # this and `wide` are for the rules of reductions
from ..core.sums import wide as wide
from . import quick_choices, special
from .integer_powers import power
from .quick_choices import where as where
from .scatter_primitives import add_rows
from .softmax_primitives import largest as largest  # this and what follows are for rules and for networks
from .softmax_primitives import log_softmax as log_softmax
from .softmax_primitives import logsumexp as logsumexp
from .softmax_primitives import picked as picked
from .softmax_primitives import softmax as softmax

Array = Any  # a NumPy array or scalar: PyTorch's 0-d tensor is NumPy's scalar

# -- elementwise ------------------------------------------------------------------------------------------------------


@primitive
def relu(x: Array) -> Array:
    """max(x, 0), NaN where x is NaN; of many numbers by clip, for which NumPy takes a third of the time.

    One number is only looked at: 0.1 µs in place of 0.6.
    """
    if isinstance(x, np.generic):
        return x.dtype.type(0) if x <= 0 else x  # type: ignore[operator]
    return x.clip(0, math.inf) if x.size > LONG and is_floating(x.dtype) else np.maximum(x, 0)


@primitive
def keep(x: Array, mask: Array) -> Array:
    """x where mask, 0 elsewhere."""
    return quick_choices.kept(x, mask)


@primitive
def sigmoid(x: Array) -> Array:
    """1 / (1 + exp(-x)): exp(-x) may overflow to inf, and the result is then exactly 0."""
    e = np.exp(-x if x.dtype != bool else -x.astype(np.float64))
    e += 1
    return np.reciprocal(e)


@primitive
def rsqrt(x: Array) -> Array:
    """1 / sqrt(x)."""
    return 1 / np.sqrt(x)


@primitive
def logit(x: Array, eps: float | None = None) -> Array:
    """log(x / (1 - x)), the inverse of sigmoid; x clamped to [eps, 1 - eps]."""
    if eps is not None:
        x = clip(x, eps, 1 - eps)
    return np.log(x / (1 - x))


@primitive
def sign(x: Array) -> Array:
    """-1, 0 or 1; 0 for NaN, as in PyTorch."""
    return np.subtract(x > 0, x < 0, dtype=x.dtype) if x.dtype != bool else np.array(x)


@primitive
def erf(x: Array) -> Array:
    """The error function 2/sqrt(pi) * integral of exp(-t^2) from 0 to x."""
    return special.erf(x)


@primitive
def erfc(x: Array) -> Array:
    """1 - erf(x), accurate where erf(x) is nearly 1."""
    x = x if is_floating(x.dtype) else x.astype(np.float64)
    return np.array([math.erfc(v) for v in x.ravel().tolist()], x.dtype).reshape(x.shape)[()]


@primitive
def xlogy(x: Array, y: Array) -> Array:
    """x * log(y), 0 where x is 0 (unless y is NaN)."""
    log_y = np.log(y) if hasattr(y, "dtype") else float(np.log(y))
    return np.where((x == 0) & (y == y), 0, x * log_y)


@primitive
def lerp(x: Array, y: Array, z: Array) -> Array:
    """x + z * (y - x): from x (z = 0) to y (z = 1), counted from the nearer end so that both are exact."""
    d = y - x
    return np.where(np.abs(z) < 0.5, x + z * d, y - d * (1 - z))


@primitive
def addcmul(x: Array, y: Array, z: Array, value: float = 1) -> Array:
    """x + value * y * z."""
    return x + (y * z if value == 1 else value * (y * z))


def dividing(ufunc: Any) -> Callable[[Array, Array], Array]:
    """A ufunc that divides; raises ZeroDivisionError for integers divided by 0, of which NumPy makes 0."""

    def divide(x: Array, y: Array) -> Array:
        out = ufunc(x, y)
        if not is_floating(out.dtype) and out.size and not np.all(y):
            raise ZeroDivisionError("integers cannot be divided by 0")
        return out

    return divide


floor_divide, remainder, fmod = dividing(np.floor_divide), dividing(np.remainder), dividing(np.fmod)


@primitive
def trunc_divide(x: Array, y: Array) -> Array:
    """x / y rounded towards 0."""
    rest = fmod(x, y)
    return np.trunc(x / y) if is_floating(rest.dtype) else floor_divide(x - rest, y)


@primitive
def cast(x: Array, dtype: Any) -> Array:
    """A copy of x in another dtype."""
    return x.astype(dtype)


def clip(x: Array, a_min: Array, a_max: Array) -> Array:
    x = x if a_min is None else np.maximum(x, a_min)
    return x if a_max is None else np.minimum(x, a_max)


def nan_to_num(x: Array, nan: float = 0.0, posinf: float | None = None, neginf: float | None = None) -> Array:
    return x.copy() if np.isfinite(x).all() else np.nan_to_num(x, nan=nan, posinf=posinf, neginf=neginf)


# -- reductions -------------------------------------------------------------------------------------------------------


def reduction(ufunc: Any) -> Callable[..., Array]:
    """The reduction by a ufunc, without what np.max and its like do before they call it."""
    fold = ufunc.reduce

    def reduce(x: Array, axis: Axes = None, keepdims: bool = False) -> Array:
        return fold(x, axis, None, None, keepdims)

    return reduce


max, min, prod = reduction(np.maximum), reduction(np.minimum), reduction(np.multiply)


def sum(x: Array, axis: Axes = None, keepdims: bool = False) -> Array:
    return total(x, axis, keepdims)


def mean(x: Array, axis: Axes = None, keepdims: bool = False) -> Array:
    return total(x, axis, keepdims) / ((x.size if axis is None else count(x.shape, axis)) or math.nan)


def var(x: Array, axis: Axes = None, ddof: float = 0, keepdims: bool = False) -> Array:
    d = x - mean(x, axis, keepdims=True)
    d *= d
    n = count(x.shape, axis) - ddof
    return total(d, axis, keepdims) / (n if n > 0 else 0.0)


def std(x: Array, axis: Axes = None, ddof: float = 0, keepdims: bool = False) -> Array:
    return np.sqrt(var(x, axis, ddof, keepdims))


def scan(ufunc: Any) -> Callable[[Array, int], Array]:
    """The running reduction by a ufunc: of a long axis of float32 in float64."""

    def scanned(x: Array, axis: int) -> Array:
        if not x.ndim:
            return x.copy()
        long = x.dtype is float32 and x.shape[axis] > LONG
        return ufunc.accumulate(x, axis, np.float64 if long else None).astype(x.dtype, copy=False)

    return scanned


cumsum, cumprod = scan(np.add), scan(np.multiply)


def sums_from_the_end(x: Array, axis: int) -> Array:
    """The sum of x_j over j >= i, for each i along the axis, of an array or tensor: what flows back through cumsum."""
    x = np.flip(x, axis)
    return np.flip((cumsum if isinstance(x, np.ndarray) else np.cumsum)(x, axis), axis)


def inner(x: Array, y: Array, axis: int) -> Array:
    """The sum of x y along an axis, which is kept, of arrays or tensors; of rows by the inner products of BLAS."""
    if x.ndim and axis in (-1, x.ndim - 1) and x.shape[-1] <= LONG:
        return np.vecdot(x, y)[..., None]
    return summed(x * y, axis, keepdims=True)


@primitive
def vector_norm(x: Array, ord: float = 2, axis: Axes = None, keepdims: bool = False) -> Array:
    """(sum |x|^ord)^(1/ord) over `axis`; inf, -inf: largest, smallest |x|; 0: how many are not 0."""
    if ord == 2:
        return np.sqrt(total(x * x, axis, keepdims))
    x = np.abs(x)
    if ord == 1:
        return total(x, axis, keepdims)
    if ord == 0:
        return total((x != 0).astype(x.dtype), axis, keepdims)
    if math.isinf(ord):
        return (max if ord > 0 else min)(x, axis, keepdims)
    return total(power(x, ord), axis, keepdims) ** (1 / ord)


# -- shape and index: each adjoint is an op itself --------------------------------------------------------------------


def expand(x: Array, shape: Shape) -> Array:
    lead = len(shape) - x.ndim
    if shape[lead:] == x.shape and not any(n - 1 for n in shape[:lead]):  # nothing is repeated
        return x[(*(None,) * lead, ...)]
    if min(shape) < 0:
        raise ValueError(f"expanded sizes must not be negative, got {list(shape)}")
    steps = np.nditer((x,), ["multi_index", "refs_ok", "zerosize_ok"], [["readonly"]], itershape=shape, order="C")
    out: Array = steps.itviews[0]  # what np.broadcast_to gives, and sooner
    out.flags.writeable = x.flags.writeable
    return out


def flip(x: Array, axis: tuple[int, ...]) -> Array:
    return x[tuple([slice(None, None, -1) if a in axis else slice(None) for a in range(x.ndim)])].copy()


def roll(x: Array, shift: tuple[int, ...], axis: tuple[int, ...]) -> Array:
    for s, a in zip(shift, axis, strict=True):
        if x.ndim and x.shape[a]:
            lead, s = (slice(None),) * a, s % x.shape[a]
            at = x.shape[a] - s
            x = np.concatenate((x[(*lead, slice(at, None))], x[(*lead, slice(at))]), a)
    return x.copy() if not x.ndim or not axis else x


def stack(xs: list[Array], axis: int = 0) -> Array:
    at = (slice(None),) * axis + (None,)
    return np.concatenate([x[at] for x in xs], axis)


def tril(x: Array, k: int = 0) -> Array:
    return np.where(_lower(*x.shape[-2:], k), x, x.dtype.type(0))


def triu(x: Array, k: int = 0) -> Array:
    return np.where(_lower(*x.shape[-2:], k - 1), x.dtype.type(0), x)


@lru_cache(64)
def _lower(n: int, m: int, k: int) -> Array:
    return np.tri(n, m, k, dtype=bool)


@primitive
def getitem(x: Array, index: Any) -> Array:
    """x[index]; a view, where the index allows it, also of a single number."""
    out = x[index]
    if out.__class__ is np.ndarray or x.__class__ is not np.ndarray:
        return out
    return x[(*index, ...) if index.__class__ is tuple else (index, ...)]


@primitive
def replace(x: Array, y: Array, index: Any) -> Array:
    """x with y, which broadcasts, in the place of x[index]."""
    out = np.array(x)
    out[index] = y
    return out


@primitive
def put(x: Array, index: Any, shape: Shape) -> Array:
    """Zeros of `shape` with x added at `index`, repeated places summed: the adjoint of getitem."""
    out = np.zeros(shape, x.dtype)
    entries = index if isinstance(index, tuple) else (index,)
    if x.size and len(entries) == 1 and isinstance(entries[0], np.ndarray) and entries[0].dtype != bool and shape[1:]:
        add_rows(out, entries[0].ravel(), x.reshape(entries[0].size, *shape[1:]))
    elif any(isinstance(i, np.ndarray) and i.dtype != bool for i in entries):
        np.add.at(out, index, x)
    else:
        out[index] = x
    return out


@primitive
def diagonal(x: Array, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Array:
    """The diagonal of x over two axes, as the last axis of the result."""
    out = np.diagonal(x, offset, axis1, axis2)
    out.flags.writeable = x.flags.writeable
    return out


@primitive
def embed_diagonal(x: Array, shape: Shape, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Array:
    """Zeros of `shape` with x on the diagonal: the adjoint of diagonal."""
    out = np.zeros(shape, x.dtype)
    diagonal.forward(out, offset, axis1, axis2)[...] = x  # type: ignore[attr-defined]
    return out


@primitive
def pad(x: Array, widths: Sequence[tuple[int, int]], value: float = 0) -> Array:
    """x with (before, after) more places filled with `value` along each axis; negative widths crop."""
    sides = list(zip(widths, x.shape, strict=True))
    x = x[tuple(slice(-lo if lo < 0 else 0, n + hi if hi < 0 else None) for (lo, hi), n in sides)]
    widths = [(lo * (lo > 0), hi * (hi > 0)) for lo, hi in widths]
    out = np.full([n + lo + hi for (lo, hi), n in zip(widths, x.shape, strict=True)], value, x.dtype)
    out[tuple(slice(lo, lo + n) for (lo, _), n in zip(widths, x.shape, strict=True))] = x
    return out


@primitive
def windows(x: Array, size: Shape, step: Shape, dilation: Shape) -> Array:
    """Every window of `size` over the last axes: (*batch, H, W) becomes (*batch, Ho, Wo, kh, kw), a view."""
    k = len(size)
    batch, strides = x.shape[:-k], x.strides[-k:]
    counts = [(n - d * (s - 1) - 1) // t + 1 for n, s, t, d in zip(x.shape[-k:], size, step, dilation, strict=True)]
    moves = [s * by for s, by in zip(strides * 2, (*step, *dilation), strict=True)]
    shape = (*batch, *counts, *size)
    return np.lib.stride_tricks.as_strided(x, shape, (*x.strides[:-k], *moves), writeable=x.flags.writeable)


@primitive
def fold_windows(x: Array, shape: Shape, step: Shape, dilation: Shape) -> Array:
    """Every window added at its place in zeros of `shape`, overlaps summed: the adjoint of windows."""
    k = len(step)
    counts, size = x.shape[-2 * k : -k], x.shape[-k:]
    out: Array = np.zeros(shape, x.dtype)
    for place in product(*map(range, size)):
        at = [slice(p * d, p * d + t * n, t) for p, d, t, n in zip(place, dilation, step, counts, strict=True)]
        out[(..., *at)] += x[(..., *place)]
    return out
