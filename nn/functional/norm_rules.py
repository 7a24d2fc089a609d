"""The table, continued: normalization. Each op has one rule for all its inputs, since they share mean and variance.

With d = x - mean, r = 1 / sqrt(variance + eps) and g' = g y r, what flows back to x is g' - mean(g') - d r² mean(g' d).
"""

from __future__ import annotations

from typing import Any

from autograd.calculus import primitives as p
from autograd.calculus.shared_rules import define_shared

from . import norm_primitives as n


def layer_norm_pull(g: Any, x: Any, y: Any, dims: int, eps: float) -> tuple[Any, ...]:
    """For y the sum of g d r over the rows, for z that of g."""
    d, _, v = n.centred(n.as_rows(x, dims))
    g = n.as_rows(g, dims)
    r = p.rsqrt(v + eps)
    gr = g * (r[:, None] if y is None else n.outer(r, y.reshape(-1)))
    k, mean = r * r * n.mean(n.row_dots(gr, d), d), n.mean(n.row_sums(gr), d)
    dx = gr - (d * k[:, None] + mean[:, None])
    dy = None if y is None else (r @ (g * d)).reshape(y.shape)
    return dx.reshape(x.shape), dy, p.summed(g, 0).reshape(x.shape[-dims:])


def rms_norm_pull(g: Any, x: Any, y: Any, dims: int, eps: float) -> tuple[Any, ...]:
    """There is no mean: g' - x r² mean(g' x) for x, and for y the sum of g x r."""
    rows, g = n.as_rows(x, dims), n.as_rows(g, dims)
    r = p.rsqrt(n.mean(n.row_dots(rows, rows), rows) + eps)
    gr = g * n.outer(r, y.reshape(-1))
    k = r * r * n.mean(n.row_dots(gr, rows), rows)
    return (gr - rows * k[:, None]).reshape(x.shape), (r @ (g * rows)).reshape(y.shape)


def standardize_pull(g: Any, x: Any, y: Any, groups: int, over: Any, eps: float) -> tuple[Any, ...]:
    """By the sums of g and of g d over every channel of every sample, all that is left is small but for three steps."""
    d, _, v = n.centred(n.as_channels(x, groups), over)
    g = n.as_channels(g, groups)
    r = p.rsqrt(v + eps)
    scale = r if y is None else r * y.reshape(d.shape[1:3])
    sums, along = n.row_sums(g), n.row_dots(g, d)
    k, shift = r * r * n.mean(scale * along, d, over), n.mean(scale * sums, d, over)
    dx = g * scale[..., None] - (d * k[..., None] + shift[..., None])
    return dx.reshape(x.shape), p.summed(r * along, 0).reshape(x.shape[1:2]), p.summed(sums, 0).reshape(x.shape[1:2])


define_shared(n.layer_norm, layer_norm_pull, inputs=3)
define_shared(n.rms_norm, rms_norm_pull, inputs=2)
define_shared(n.standardize, standardize_pull, inputs=3)
