"""Distances between vectors, angles between them, and vectors brought to a length."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..core import dtypes
from ..core.casting import as_given, widened
from ..core.engine import wrap
from ..core.modes import no_grad
from ..core.shapes import normalize_axis
from .choices import clamp, where
from .dims_and_sizes import broadcast
from .elementwise import sqrt
from .products import matmul
from .reductions import norm, sum

if TYPE_CHECKING:
    from .tensor import Tensor

FEW = 25  # vectors, up to which distances are computed from differences unless something else is asked for
_MODES = ("use_mm_for_euclid_dist_if_necessary", "use_mm_for_euclid_dist", "donot_use_mm_for_euclid_dist")


def cdist(x1: Tensor, x2: Tensor, p: float = 2.0, compute_mode: str | None = None) -> Tensor:
    """The distance of every row of x1, (*, n, k), from every row of x2, (*, m, k), by the p-norm: (*, n, m).

    The gradient at distance 0 is 0. Euclidean distances of more than 25 rows come of a matrix product, which takes less
    memory and loses a few digits; `compute_mode` is "use_mm_for_euclid_dist" always, "donot_use_mm_for_euclid_dist"
    never. Raises RuntimeError for vectors, different numbers of columns, integers, or p < 0; ValueError for any other
    `compute_mode`.
    """
    for name, x in (("X1", x1), ("X2", x2)):
        if not dtypes.is_floating(x.dtype):
            raise RuntimeError(f"cdist only supports floating-point dtypes, {name} got: {x.dtype}")
        if x.ndim < 2:
            raise RuntimeError(f"cdist only supports at least 2D tensors, {name} got: {x.ndim}D")
    if x1.shape[-1] != x2.shape[-1]:
        raise RuntimeError(f"X1 and X2 must have the same number of columns. X1: {x1.shape[-1]} X2: {x2.shape[-1]}")
    if p < 0:
        raise RuntimeError(f"cdist only supports non-negative p values, got {p}")
    if compute_mode not in (None, *_MODES):
        raise ValueError(f"{compute_mode} is not a valid value for compute_mode: {', '.join(_MODES)}")
    x1, x2 = widened(x1, x2)
    broadcast("cdist", x1.shape[:-2], x2.shape[:-2])
    many = max(x1.shape[-2], x2.shape[-2]) > FEW if compute_mode in (None, _MODES[0]) else compute_mode == _MODES[1]
    if p == 2 and many:
        return _euclidean(x1, x2)
    return norm(x1.unsqueeze(-2) - x2.unsqueeze(-3), p if x1.shape[-1] else 1, -1)


def _euclidean(x1: Tensor, x2: Tensor) -> Tensor:
    """sqrt(|x|^2 + |y|^2 - 2 x y)."""
    lengths = sum(x1 * x1, -1, True) + sum(x2 * x2, -1).unsqueeze(-2)
    squares = lengths - 2 * as_given(matmul, x1, x2.mT)
    apart = squares > 0
    return where(apart, sqrt(where(apart, squares, 1)), 0)


def pairwise_distance(x1: Tensor, x2: Tensor, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False) -> Tensor:
    """The p-norm of x1 - x2 + eps along the last dimension: distances row by row.

    Raises RuntimeError for shapes that do not broadcast.
    """
    return norm(x1 - x2 + eps, p, -1, keepdim)


def cosine_similarity(x1: Tensor, x2: Tensor, dim: int = 1, eps: float = 1e-8) -> Tensor:
    """The cosine of the angle between vectors along `dim`; lengths count as `eps` at least.

    Raises RuntimeError for shapes that do not broadcast, IndexError for a dim that is not there.
    """
    shape = broadcast("cosine_similarity", x1.shape, x2.shape)
    x1, x2 = x1.expand(shape), x2.expand(shape)
    dim = normalize_axis(dim, len(shape))
    first, second = (x / _length(x, dim, eps) for x in (x1, x2))
    return sum(first * second, dim)


def _length(x: Tensor, dim: int, eps: float) -> Tensor:
    """The norm, `eps` at least; its gradient is that of the norm all the same."""
    length = norm(x, 2, dim, True)
    with no_grad():
        lift = clamp(length, min=eps) - length
    return length + lift


def dist(input: Tensor, other: Tensor, p: float = 2) -> Tensor:
    """The p-norm of input - other. Raises RuntimeError for shapes that do not broadcast, or integers."""
    return norm(input - other, p)


def renorm(input: Tensor, p: float, dim: int, maxnorm: float) -> Tensor:
    """Each slice along `dim` whose p-norm is larger than `maxnorm` scaled down to it.

    Raises RuntimeError for fewer than two dimensions, p <= 0 or maxnorm < 0; IndexError for a dim that is not there.
    """
    if input.ndim < 2:
        raise RuntimeError(f"renorm: input needs at least 2 dimensions, got {input.ndim} dimensions")
    if p <= 0 or maxnorm < 0:
        raise RuntimeError(f"renorm: expected p > 0 and maxnorm >= 0, got p = {p} and maxnorm = {maxnorm}")
    d = normalize_axis(dim, input.ndim)
    length = norm(input, p, [i for i in np.arange(input.ndim).tolist() if i != d], True)
    long = length > maxnorm
    return input * where(long, maxnorm / (where(long, length, 1) + 1e-7), wrap(np.ones((), input.dtype)))
