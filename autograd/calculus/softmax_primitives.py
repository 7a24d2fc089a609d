"""Exponentials that do not overflow, and their sums: softmax and its logarithm, and what losses of classes share."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core.primitive import one_call, primitive
from ..core.shapes import Axes
from ..core.sums import LONG, total

Array = Any  # a NumPy array or scalar


CALM = 40  # of numbers within ±40, the exponentials and their sums are far from both ends of float32


@one_call
def largest(x: Array, axis: int) -> Array:
    """The maximum along an axis, which is kept; of rows by argmax, for which NumPy takes half the time or less."""
    if not x.ndim or axis not in (-1, x.ndim - 1) or not x.flags.c_contiguous:
        return np.maximum.reduce(x, axis, keepdims=True)
    return picked(x, x.argmax(-1))[..., None]


def picked(x: Array, at: Array) -> Array:
    """x[n, at[n]] of every row n; by its place in all rows taken together, for which NumPy takes half the time."""
    if type(x) is not np.ndarray or at.dtype.kind != "i":
        return x[np.arange(len(x)), at]
    return x.take(np.arange(0, x.size, x.shape[-1]).reshape(at.shape) + at)


@primitive
def softmax(x: Array, axis: int) -> Array:
    """exp(x) / sum(exp(x)), with the largest x taken out first where otherwise something might overflow.

    That no x is large may be told by the sum of a few squares, in 0.4 µs; the largest and the smallest take 1.6.
    """
    if not x.size:
        return x.copy()
    small = x.size <= LONG and np.vdot(x, x) < CALM**2
    calm = small or (np.maximum.reduce(x, None) < CALM and np.minimum.reduce(x, None) > -CALM)
    e = x if calm else x - largest(x, axis)
    e = np.exp(e, e if e.ndim and e is not x else None)  # in place, as the next line
    e /= total(e, axis, True)
    return e


@primitive
def log_softmax(x: Array, axis: int) -> Array:
    """x - logsumexp(x): finite where log(softmax(x)) is not."""
    if not x.size:
        return x.copy()
    d = x - largest(x, axis)
    d -= np.log(total(np.exp(d), axis, True))
    return d


@primitive
def logsumexp(x: Array, axis: Axes, keepdims: bool = False) -> Array:
    """log(sum(exp(x))), with the largest x taken out first so that nothing overflows."""
    m = np.maximum.reduce(x, axis, keepdims=True) if x.size else np.zeros((), x.dtype)
    m = np.where(np.isfinite(m), m, 0)
    out = np.log(total(np.exp(x - m), axis, keepdims=True)) + m
    return out if keepdims else np.squeeze(out, axis if axis is None or not isinstance(axis, list) else tuple(axis))
