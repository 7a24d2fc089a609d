"""Distributions of vectors, and of several independent variables taken as one."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cached_property
from typing import ClassVar

import autograd
from autograd import Tensor

from . import constraints
from .constraints import Constraint
from .distribution import Distribution, sum_rightmost


class Independent(Distribution):
    """A distribution whose last `reinterpreted_batch_ndims` batch dimensions count as part of the event.

    Raises ValueError for more of them than there are.
    """

    def __init__(
        self, base_distribution: Distribution, reinterpreted_batch_ndims: int, validate_args: bool | None = None
    ) -> None:
        n, batch = reinterpreted_batch_ndims, base_distribution.batch_shape
        if n > len(batch):
            raise ValueError(
                f"Expected reinterpreted_batch_ndims <= len(base_distribution.batch_shape), actual {n} vs {len(batch)}"
            )
        self.base_dist, self.reinterpreted_batch_ndims = base_distribution, n
        kept = len(batch) - n
        super().__init__(batch[:kept], batch[kept:] + base_distribution.event_shape, validate_args)

    @property
    def has_rsample(self) -> bool:  # type: ignore[override]
        """Whether samples have gradients."""
        return self.base_dist.has_rsample

    @property
    def support(self) -> Constraint:
        return constraints.independent(self.base_dist.support, self.reinterpreted_batch_ndims)

    @property
    def mean(self) -> Tensor:
        return self.base_dist.mean

    @property
    def mode(self) -> Tensor:
        return self.base_dist.mode

    @property
    def variance(self) -> Tensor:
        return self.base_dist.variance

    def sample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        return self.base_dist.sample(sample_shape)

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        return self.base_dist.rsample(sample_shape)

    def log_prob(self, value: Tensor) -> Tensor:
        return sum_rightmost(self.base_dist.log_prob(value), self.reinterpreted_batch_ndims)

    def entropy(self) -> Tensor:
        return sum_rightmost(self.base_dist.entropy(), self.reinterpreted_batch_ndims)

    def expand(self, batch_shape: Sequence[int]) -> Independent:
        inner = self.event_shape[: self.reinterpreted_batch_ndims]
        return Independent(self.base_dist.expand((*batch_shape, *inner)), self.reinterpreted_batch_ndims)

    def __repr__(self) -> str:
        return f"Independent({self.base_dist!r}, {self.reinterpreted_batch_ndims})"


class MultivariateNormal(Distribution):
    """The normal distribution of vectors with mean μ = `loc`, (..., k), and covariance Σ = L Lᵀ; its density is

        exp(-(x - μ)ᵀ Σ⁻¹ (x - μ) / 2) / √((2π)ᵏ det Σ)

    Args:
        covariance_matrix, precision_matrix, scale_tril: one of Σ, Σ⁻¹ and L, (..., k, k).

    Raises ValueError unless exactly one of them is given, for shapes that do not fit, and for a matrix that is not
    positive definite, or not lower triangular.
    """

    arg_constraints: ClassVar = {
        "loc": constraints.real_vector,
        "covariance_matrix": constraints.positive_definite,
        "precision_matrix": constraints.positive_definite,
        "scale_tril": constraints.lower_cholesky,
    }
    support = constraints.real_vector
    has_rsample = True

    def __init__(
        self,
        loc: Tensor,
        covariance_matrix: Tensor | None = None,
        precision_matrix: Tensor | None = None,
        scale_tril: Tensor | None = None,
        validate_args: bool | None = None,
    ) -> None:
        if loc.ndim < 1:
            raise ValueError("loc must be at least one-dimensional.")
        named = {
            "covariance_matrix": covariance_matrix,
            "precision_matrix": precision_matrix,
            "scale_tril": scale_tril,
        }
        given = [(name, matrix) for name, matrix in named.items() if matrix is not None]
        if len(given) != 1:
            raise ValueError(
                "Exactly one of covariance_matrix or precision_matrix or scale_tril may be specified: "
                f"given {len(given)}"
            )
        ((name, matrix),) = given
        if matrix.ndim < 2:
            what = name if name.endswith("matrix") else f"{name} matrix"
            raise ValueError(f"{what} must be at least two-dimensional, with optional leading batch dimensions")
        event, parts = loc.shape[-1:], autograd.broadcast_tensors(matrix, loc.unsqueeze(-1))
        self.loc = parts[1][..., 0]
        setattr(self, name, parts[0])
        super().__init__(self.loc.shape[:-1], event, validate_args)

    @cached_property
    def scale_tril(self) -> Tensor:
        """L, the lower triangular matrix with L Lᵀ = Σ."""
        return autograd.linalg.cholesky(self.covariance_matrix)

    @cached_property
    def covariance_matrix(self) -> Tensor:
        """Σ."""
        if "scale_tril" in vars(self):
            return self.scale_tril @ self.scale_tril.transpose(-2, -1)
        return autograd.linalg.inv(self.precision_matrix)

    @cached_property
    def precision_matrix(self) -> Tensor:
        """Σ⁻¹."""
        return autograd.linalg.inv(self.covariance_matrix)

    @property
    def mean(self) -> Tensor:
        return self.loc

    @property
    def mode(self) -> Tensor:
        return self.loc

    @property
    def variance(self) -> Tensor:
        return (self.scale_tril**2).sum(-1)

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        eps = autograd.randn((*self._extended_shape(sample_shape), 1), dtype=self.loc.dtype)
        return self.loc + (self.scale_tril @ eps).squeeze(-1)

    def log_prob(self, value: Tensor) -> Tensor:
        self._check(value)
        k, distance = self.event_shape[0], mahalanobis(self.scale_tril, value - self.loc)
        return -(k * math.log(2 * math.pi) + distance) / 2 - half_log_det(self.scale_tril)

    def entropy(self) -> Tensor:
        return half_log_det(self.scale_tril) + self.event_shape[0] * (1 + math.log(2 * math.pi)) / 2


def half_log_det(scale_tril: Tensor) -> Tensor:
    """log √det(L Lᵀ), the sum of the logarithms along the diagonal of L."""
    return scale_tril.diagonal(dim1=-2, dim2=-1).log().sum(-1)


def solve_lower(scale_tril: Tensor, b: Tensor) -> Tensor:
    """L⁻¹ b, which depends on no element of L above its diagonal; the batches of the matrices broadcast."""
    batch = autograd.broadcast_tensors(scale_tril[..., :1, :1], b[..., :1, :1])[0].shape[:-2]
    matrix = autograd.tril(scale_tril).expand(*batch, *scale_tril.shape[-2:])
    return autograd.linalg.solve(matrix, b.expand(*batch, *b.shape[-2:]))


def mahalanobis(scale_tril: Tensor, x: Tensor) -> Tensor:
    """xᵀ (L Lᵀ)⁻¹ x for each x (..., k)."""
    return (solve_lower(scale_tril, x.unsqueeze(-1)).squeeze(-1) ** 2).sum(-1)
