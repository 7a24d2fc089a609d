"""Normalization as ops, and what their rules share with them; the rules stand in `norm_rules.py`.

x is brought to rows, so that sums and inner products are work for BLAS, which is faster than NumPy's reductions.
"""

from __future__ import annotations

import math

import numpy as np

from autograd.calculus import primitives as p

from .network_primitives import Array, Shape, op


@op
def layer_norm(x: Array, y: Array | None, z: Array | None, dims: int, eps: float) -> Array:
    """y (x - mean) / sqrt(variance + eps) + z over the last `dims` axes; y and z have their shape, or are None."""
    d, v = centred(as_rows(x, dims))
    r = 1 / np.sqrt(v + eps)
    d *= r[:, None] if y is None else outer(r, y.reshape(-1))
    if z is not None:
        d += z.reshape(-1)
    return d.reshape(x.shape)


@op
def rms_norm(x: Array, y: Array, dims: int, eps: float) -> Array:
    """y x / sqrt(mean(x²) + eps), over the last `dims` axes, whose shape y has."""
    rows = as_rows(x, dims)
    out = outer(1 / np.sqrt(mean(row_dots(rows, rows), rows) + eps), y.reshape(-1))
    out *= rows
    return out.reshape(x.shape)


@op
def standardize(x: Array, y: Array | None, z: Array | None, groups: int, over: Shape, eps: float) -> Array:
    """y (x - mean) / sqrt(variance + eps) + z for x (N, C, ...), y and z (C,) or None.

    Mean and variance are those of every channel of every sample; or over the axes `over` of (N, groups, C / groups)
    together: (0,) for those of a batch, (2,) for those of groups.
    """
    images, m, v = moments(as_channels(x, groups), over)
    scale = 1 / np.sqrt(v + eps)
    if y is not None:
        scale = scale * y.reshape(images.shape[1:3])
    shift = -m * scale if z is None else z.reshape(images.shape[1:3]) - m * scale
    out = images * scale[..., None]
    out += shift[..., None]
    return out.reshape(x.shape)


def as_rows(x: Array, dims: int) -> Array:
    """x as a matrix whose rows are its last `dims` axes."""
    lead = x.ndim - dims
    return x.reshape((math.prod(x.shape[:lead]), math.prod(x.shape[lead:])))


def as_channels(x: Array, groups: int) -> Array:
    """x (N, C, ...) as (N, groups, C / groups, all that follows)."""
    n, c = x.shape[:2]
    return x.reshape((n, groups, c // max(1, groups), math.prod(x.shape[2:])))


def centred(x: Array) -> tuple[Array, Array]:
    """Rows less their mean, and the variance of each."""
    d = x - mean(row_sums(x), x)[..., None]
    return d, mean(row_dots(d, d), d)


def moments(x: Array, over: Shape) -> tuple[Array, Array, Array]:
    """Rows, and their mean and variance: each row's own, or those over the axes `over` of the rows together.

    The variance is mean(x²) - mean(x)², which spares a pass. Where a mean is so large that it would cost digits, the
    rows returned are less their mean.
    """
    m, v = _moments(x, over)
    if (m * m > v).any():
        x = x - m[..., None]
        m, v = _moments(x, over)
    return x, m, v


def _moments(x: Array, over: Shape) -> tuple[Array, Array]:
    m = mean(row_sums(x), x, over)
    return m, mean(row_dots(x, x), x, over) - m * m


def mean(sums: Array, x: Array, over: Shape = ()) -> Array:
    """Sums of the rows of x as means, those over the axes `over` together: these are kept with length 1."""
    n = x.shape[-1] * math.prod([x.shape[i] for i in over])
    return (p.summed(sums, over, keepdims=True) if over else sums) / (n or math.nan)


def row_sums(x: Array) -> Array:
    """The sum of every row, along the last axis."""
    return x[..., 0] if x.shape[-1] == 1 else p.summed(x, -1)


def row_dots(x: Array, y: Array) -> Array:
    """The inner product of every row of x with that of y, by BLAS."""
    n = x.shape[-1]
    return (x * y)[..., 0] if n == 1 else np.vecdot(x, y) if n <= p.LONG else p.summed(x * y, -1)


def outer(x: Array, y: Array) -> Array:
    """x_i y_j, by BLAS, in half the time of a broadcast product."""
    return np.dot(x[:, None], y[None])
