"""Distributions of whole numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cached_property
from typing import ClassVar

import autograd
from autograd import Tensor

from ..functional import binary_cross_entropy_with_logits
from . import constraints
from .constraints import Constraint
from .distribution import Distribution, broadcast_all


def one_of(probs: object, logits: object) -> None:
    """Raise ValueError unless exactly one of the two is given."""
    if (probs is None) == (logits is None):
        raise ValueError("Either `probs` or `logits` must be specified, but not both.")


def away_from_0_and_1(probs: Tensor) -> Tensor:
    """Probabilities whose logarithms are finite, and those of 1 - probs."""
    eps = autograd.finfo(probs.dtype).eps
    return probs.clamp(min=eps, max=1 - eps)


class Bernoulli(Distribution):
    """1 with the probability `probs`, else 0. Instead of it `logits` can be given, log(probs / (1 - probs)).

    Raises ValueError unless exactly one of them is given, and for probabilities outside [0, 1].
    """

    arg_constraints: ClassVar = {"probs": constraints.unit_interval, "logits": constraints.real}
    support = constraints.boolean
    has_enumerate_support = True

    def __init__(
        self,
        probs: Tensor | float | None = None,
        logits: Tensor | float | None = None,
        validate_args: bool | None = None,
    ) -> None:
        one_of(probs, logits)
        if probs is not None:
            (self.probs,) = broadcast_all(probs)
        elif logits is not None:
            (self.logits,) = broadcast_all(logits)
        super().__init__((self.logits if probs is None else self.probs).shape, validate_args=validate_args)

    @cached_property
    def probs(self) -> Tensor:
        """The probability of 1."""
        return self.logits.sigmoid()

    @cached_property
    def logits(self) -> Tensor:
        """log(probs / (1 - probs))."""
        p = away_from_0_and_1(self.probs)
        return p.log() - (-p).log1p()

    @property
    def mean(self) -> Tensor:
        return self.probs

    @property
    def mode(self) -> Tensor:
        return autograd.where(self.probs == 0.5, math.nan, (self.probs >= 0.5).to(self.probs.dtype))

    @property
    def variance(self) -> Tensor:
        return self.probs * (1 - self.probs)

    def sample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        return autograd.bernoulli(self.probs.detach().expand(*self._extended_shape(sample_shape)))

    def log_prob(self, value: Tensor) -> Tensor:
        self._check(value)
        logits, value = broadcast_all(self.logits, value)
        return -binary_cross_entropy_with_logits(logits, value, reduction="none")

    def entropy(self) -> Tensor:
        return binary_cross_entropy_with_logits(self.logits, self.probs, reduction="none")

    def enumerate_support(self, expand: bool = True) -> Tensor:
        values = autograd.arange(2, dtype=self.probs.dtype).reshape(-1, *(1 for _ in self.batch_shape))
        return values.expand(-1, *self.batch_shape) if expand else values


class Poisson(Distribution):
    """How often something happens that happens λ = `rate` times in the mean: k times with probability λᵏ exp(-λ) / k!.

    Raises ValueError for a rate below 0.
    """

    arg_constraints: ClassVar = {"rate": constraints.nonnegative}
    support = constraints.nonnegative_integer

    def __init__(self, rate: Tensor | float, validate_args: bool | None = None) -> None:
        (self.rate,) = broadcast_all(rate)
        super().__init__(self.rate.shape, validate_args=validate_args)

    @property
    def mean(self) -> Tensor:
        return self.rate

    @property
    def mode(self) -> Tensor:
        return self.rate.floor()

    @property
    def variance(self) -> Tensor:
        return self.rate

    def sample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        return autograd.poisson(self.rate.detach().expand(*self._extended_shape(sample_shape)))

    def log_prob(self, value: Tensor) -> Tensor:
        self._check(value)
        return autograd.xlogy(value, self.rate) - self.rate - autograd.lgamma(value + 1)


class Categorical(Distribution):
    """The classes 0 ... K - 1, with probabilities in the ratio of `probs`, or of exp(`logits`), of shape (..., K).

    `probs` are divided by their sum, `logits` diminished by the logarithm of that of their exponentials. Raises
    ValueError unless exactly one of them is given with a last dimension, and for negative probabilities.
    """

    arg_constraints: ClassVar = {"probs": constraints.simplex, "logits": constraints.real_vector}
    has_enumerate_support = True

    def __init__(
        self, probs: Tensor | None = None, logits: Tensor | None = None, validate_args: bool | None = None
    ) -> None:
        one_of(probs, logits)
        if probs is not None:
            self.probs = _with_classes("probs", probs) / probs.sum(-1, keepdim=True)
        elif logits is not None:
            self.logits = _with_classes("logits", logits) - logits.logsumexp(-1, keepdim=True)
        super().__init__(self.param_shape[:-1], validate_args=validate_args)

    @cached_property
    def probs(self) -> Tensor:
        """The probability of each class, (..., K)."""
        return self.logits.softmax(-1)

    @cached_property
    def logits(self) -> Tensor:
        """The logarithm of the probability of each class, (..., K)."""
        return away_from_0_and_1(self.probs).log()

    @property
    def param_shape(self) -> tuple[int, ...]:
        """The shape of `probs` and `logits`."""
        return (self.probs if "probs" in vars(self) else self.logits).shape

    @property
    def support(self) -> Constraint:
        return constraints.integer_interval(0, self.param_shape[-1] - 1)

    @property
    def mean(self) -> Tensor:
        return autograd.full(self._extended_shape(), math.nan, dtype=self.probs.dtype)

    @property
    def mode(self) -> Tensor:
        return self.probs.argmax(-1)

    @property
    def variance(self) -> Tensor:
        return self.mean

    def sample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        """Class i if a number drawn from [0, 1) lies between the sums of the probabilities before i and up to i."""
        sums = self.probs.detach().double().cumsum(-1)
        shares = sums[..., :-1] / sums[..., -1:]
        u = autograd.rand((*self._extended_shape(sample_shape), 1), dtype=autograd.float64)
        return (u >= shares).sum(-1)

    def log_prob(self, value: Tensor) -> Tensor:
        self._check(value)
        index, logits = autograd.broadcast_tensors(value.long().unsqueeze(-1), self.logits)
        return logits.gather(-1, index[..., :1]).squeeze(-1)

    def entropy(self) -> Tensor:
        return -(self.probs * self.logits.clamp(min=autograd.finfo(self.logits.dtype).min)).sum(-1)

    def enumerate_support(self, expand: bool = True) -> Tensor:
        values = autograd.arange(self.param_shape[-1]).reshape(-1, *(1 for _ in self.batch_shape))
        return values.expand(-1, *self.batch_shape) if expand else values


def _with_classes(name: str, values: Tensor) -> Tensor:
    if values.ndim < 1:
        raise ValueError(f"`{name}` parameter must be at least one-dimensional.")
    return values
