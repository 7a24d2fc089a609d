"""The table, continued: normalization. Each op has one rule for all its inputs, since they share mean and variance.

σ stands for sqrt(variance + eps). Means are taken over what a mean of the op was taken over.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.calculus import primitives as p
from autograd.calculus.shared_rules import define_shared

from . import norm_primitives as n


def layer_norm_pull(g: Any, x: Any, y: Any, dims: int, eps: float) -> tuple[Any, ...]:
    """g' - mean(g') - d r² mean(g' d) for x, sum(g d r) for y, sum(g) for z: g' = g y r, d = x - mean, r = 1 / σ."""
    d, v = n.centred(n.as_rows(x, dims))
    g = n.as_rows(g, dims)
    r = p.rsqrt(v + eps)
    gr = g * (r[:, None] if y is None else n.outer(r, y.reshape(-1)))
    k, mean = r * r * n.mean(n.row_dots(gr, d), d), n.mean(n.row_sums(gr), d)
    dx = _difference(gr, d * k[:, None] + mean[:, None], x.shape)
    dy = None if y is None else (r @ (g * d)).reshape(y.shape)
    return dx, dy, p.summed(g, 0).reshape(x.shape[-dims:])


def rms_norm_pull(g: Any, x: Any, y: Any, dims: int, eps: float) -> tuple[Any, ...]:
    """g' - x r² mean(g' x) for x, sum(g x r) for y: g' = g y r, r = 1 / sqrt(mean(x²) + eps)."""
    rows, g = n.as_rows(x, dims), n.as_rows(g, dims)
    r = p.rsqrt(n.mean(n.row_dots(rows, rows), rows) + eps)
    gr = g * n.outer(r, y.reshape(-1))
    k = r * r * n.mean(n.row_dots(gr, rows), rows)
    return _difference(gr, rows * k[:, None], x.shape), (r @ (g * rows)).reshape(y.shape)


def standardize_pull(g: Any, x: Any, y: Any, groups: int, over: Any, eps: float) -> tuple[Any, ...]:
    """g' - mean(g') - d r² mean(g' d) for x, sum(g d r) for y, sum(g) for z: g' = g y r, d = x - mean, r = 1 / σ.

    All but dx follows from the sums of g and of g d over every channel of every sample, which are few.
    """
    images, m, v = n.moments(n.as_channels(x, groups), over)
    g = n.as_channels(g, groups)
    r = p.rsqrt(v + eps)
    scale = r if y is None else r * y.reshape(images.shape[1:3])
    sums = n.row_sums(g)
    along = n.row_dots(g, images) - m * sums
    k = r * r * n.mean(scale * along, images, over)
    shift = n.mean(scale * sums, images, over) - m * k
    dx = _difference(g * scale[..., None], images * k[..., None] + shift[..., None], x.shape)
    dy, dz = (p.summed(each, 0).reshape(x.shape[1:2]) for each in (r * along, sums))
    return dx, dy, dz


def _difference(x: Any, y: Any, shape: Any) -> Any:
    """x - y in another shape; of arrays in memory of its own, which a leaf may keep without a copy."""
    if not isinstance(x, np.ndarray):
        return (x - y).reshape(shape)
    out = np.empty_like(x, order="C", shape=shape)
    np.subtract(x, y, out=out.reshape(x.shape))
    return out


define_shared(n.layer_norm, layer_norm_pull, inputs=3)
define_shared(n.rms_norm, rms_norm_pull, inputs=2)
define_shared(n.standardize, standardize_pull, inputs=3)
