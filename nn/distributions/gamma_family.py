"""The gamma distribution, and those that follow from shares of gamma variables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

import autograd
from autograd import Tensor

from . import constraints
from .distribution import Distribution, broadcast_all


class Gamma(Distribution):
    """The gamma distribution with α = `concentration` and β = `rate`, of density βᵅ xᵅ⁻¹ exp(-βx) / Γ(α).

    Samples have no gradients, `rsample` and `cdf` are not implemented. Raises ValueError for parameters of 0 or less.
    """

    arg_constraints: ClassVar = {"concentration": constraints.positive, "rate": constraints.positive}
    support = constraints.nonnegative

    def __init__(self, concentration: Tensor | float, rate: Tensor | float, validate_args: bool | None = None) -> None:
        self.concentration, self.rate = broadcast_all(concentration, rate)
        super().__init__(self.rate.shape, validate_args=validate_args)

    @property
    def mean(self) -> Tensor:
        return self.concentration / self.rate

    @property
    def mode(self) -> Tensor:
        return ((self.concentration - 1) / self.rate).clamp(min=0)

    @property
    def variance(self) -> Tensor:
        return self.concentration / self.rate**2

    def sample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        return standard_gamma(self.concentration, self._extended_shape(sample_shape)) / self.rate.detach()

    def log_prob(self, value: Tensor) -> Tensor:
        self._check(value)
        α, β = self.concentration, self.rate
        return autograd.xlogy(α, β) + autograd.xlogy(α - 1, value) - β * value - autograd.lgamma(α)

    def entropy(self) -> Tensor:
        α = self.concentration
        return α - self.rate.log() + autograd.lgamma(α) + (1 - α) * autograd.digamma(α)


class Dirichlet(Distribution):
    """Shares that add up to 1: K gamma variables of concentrations α, (..., K), divided by their sum; their density is

        Γ(Σ α) / Π Γ(α) * Π xᵅ⁻¹

    Samples have no gradients: `rsample` is not implemented. Raises ValueError for concentrations of 0 or less, or
    without a dimension.
    """

    arg_constraints: ClassVar = {"concentration": constraints.independent(constraints.positive, 1)}
    support = constraints.simplex

    def __init__(self, concentration: Tensor, validate_args: bool | None = None) -> None:
        if concentration.ndim < 1:
            raise ValueError("`concentration` parameter must be at least one-dimensional.")
        self.concentration = concentration
        super().__init__(concentration.shape[:-1], concentration.shape[-1:], validate_args)

    @property
    def mean(self) -> Tensor:
        return self.concentration / self.concentration.sum(-1, keepdim=True)

    @property
    def mode(self) -> Tensor:
        """The most likely shares; of all corners, which are poles if all concentrations are below 1, the first."""
        above = (self.concentration - 1).clamp(min=0)
        shares = above / above.sum(-1, keepdim=True)
        corner = autograd.eye(1, self.event_shape[0], dtype=shares.dtype)[0]
        return autograd.where((self.concentration < 1).all(-1, keepdim=True), corner, shares)

    @property
    def variance(self) -> Tensor:
        total = self.concentration.sum(-1, keepdim=True)
        return self.concentration * (total - self.concentration) / (total**2 * (total + 1))

    def sample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        drawn = standard_gamma(self.concentration, self._extended_shape(sample_shape))
        return drawn / drawn.sum(-1, keepdim=True)

    def log_prob(self, value: Tensor) -> Tensor:
        self._check(value)
        return autograd.xlogy(self.concentration - 1, value).sum(-1) - log_beta(self.concentration)

    def entropy(self) -> Tensor:
        α, k = self.concentration, self.event_shape[0]
        total = α.sum(-1)
        spread = (total - k) * autograd.digamma(total) - ((α - 1) * autograd.digamma(α)).sum(-1)
        return log_beta(α) + spread


class Beta(Distribution):
    """The first of two shares whose concentrations are α = `concentration1` and β = `concentration0`; its density is

        Γ(α + β) / (Γ(α) Γ(β)) * xᵅ⁻¹ (1 - x)ᵝ⁻¹

    Samples have no gradients: `rsample` is not implemented. Raises ValueError for parameters of 0 or less.
    """

    arg_constraints: ClassVar = {"concentration1": constraints.positive, "concentration0": constraints.positive}
    support = constraints.unit_interval

    def __init__(
        self, concentration1: Tensor | float, concentration0: Tensor | float, validate_args: bool | None = None
    ) -> None:
        self.concentration1, self.concentration0 = broadcast_all(concentration1, concentration0)
        super().__init__(self.concentration1.shape, validate_args=validate_args)

    @property
    def shares(self) -> Dirichlet:
        """The distribution of the share and of what is left."""
        return Dirichlet(autograd.stack([self.concentration1, self.concentration0], -1), validate_args=False)

    @property
    def mean(self) -> Tensor:
        return self.concentration1 / (self.concentration1 + self.concentration0)

    @property
    def mode(self) -> Tensor:
        return self.shares.mode[..., 0]

    @property
    def variance(self) -> Tensor:
        return self.shares.variance[..., 0]

    def sample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        return self.shares.sample(sample_shape)[..., 0]

    def log_prob(self, value: Tensor) -> Tensor:
        self._check(value)
        return self.shares.log_prob(autograd.stack([value, 1 - value], -1))

    def entropy(self) -> Tensor:
        return self.shares.entropy()


def standard_gamma(concentration: Tensor, shape: Sequence[int]) -> Tensor:
    """Gamma variables of rate 1 in that shape; never 0, which rounding would give for a small concentration."""
    α = concentration.numpy(force=True)
    drawn = autograd.default_generator.rng.standard_gamma(α.astype(np.float64), tuple(shape)).astype(α.dtype)
    return autograd.as_tensor(np.maximum(drawn, α.dtype.type(autograd.finfo(α.dtype).tiny)))


def log_beta(concentration: Tensor) -> Tensor:
    """log(Π Γ(α) / Γ(Σ α)) over the last dimension."""
    return autograd.lgamma(concentration).sum(-1) - autograd.lgamma(concentration.sum(-1))
