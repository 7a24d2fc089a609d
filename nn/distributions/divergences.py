"""The Kullback-Leibler divergence: a table of formulas, one for each pair of kinds."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import autograd
from autograd import Tensor

from ..functional import softplus
from .continuous import Exponential, Laplace, LogNormal, Normal, Uniform
from .discrete import Bernoulli, Categorical, Poisson
from .distribution import Distribution, sum_rightmost
from .gamma_family import Beta, Dirichlet, Gamma, log_beta
from .multivariate import Independent, MultivariateNormal, half_log_det, mahalanobis, solve_lower

Formula = Callable[[Any, Any], Tensor]
TABLE: dict[tuple[type[Distribution], type[Distribution]], Formula] = {}


def register_kl(type_p: type[Distribution], type_q: type[Distribution]) -> Callable[[Formula], Formula]:
    """A decorator that enters a function (p, q) into the table, for p and q of these kinds and of their subclasses.

    Raises TypeError for a class that is no distribution.
    """
    for name, kind in (("type_p", type_p), ("type_q", type_q)):
        if not (isinstance(kind, type) and issubclass(kind, Distribution)):
            raise TypeError(f"Expected {name} to be a Distribution subclass but got {kind}")

    def enter(formula: Formula) -> Formula:
        TABLE[type_p, type_q] = formula
        return formula

    return enter


def kl_divergence(p: Distribution, q: Distribution) -> Tensor:
    """The mean, over samples of p, of log p - log q, for each place of the batch.

    Raises NotImplementedError for a pair of kinds that is not in the table.
    """
    for type_p in type(p).__mro__:
        for type_q in type(q).__mro__:
            if formula := TABLE.get((type_p, type_q)):
                return formula(p, q)
    raise NotImplementedError(
        f"No KL(p || q) is implemented for p type {type(p).__name__} and q type {type(q).__name__}"
    )


@register_kl(Normal, Normal)
def _normal(p: Normal, q: Normal) -> Tensor:
    ratio, distance = (p.scale / q.scale) ** 2, ((p.loc - q.loc) / q.scale) ** 2
    return (ratio + distance - 1 - ratio.log()) / 2


@register_kl(LogNormal, LogNormal)
def _log_normal(p: LogNormal, q: LogNormal) -> Tensor:
    return _normal(p.base_dist, q.base_dist)


@register_kl(Uniform, Uniform)
def _uniform(p: Uniform, q: Uniform) -> Tensor:
    outside = (q.low > p.low) | (q.high < p.high)
    return autograd.where(outside, math.inf, ((q.high - q.low) / (p.high - p.low)).log())


@register_kl(Exponential, Exponential)
def _exponential(p: Exponential, q: Exponential) -> Tensor:
    ratio = q.rate / p.rate
    return ratio - 1 - ratio.log()


@register_kl(Laplace, Laplace)
def _laplace(p: Laplace, q: Laplace) -> Tensor:
    ratio, distance = p.scale / q.scale, (p.loc - q.loc).abs()
    return distance / q.scale + ratio * (-distance / p.scale).exp() - 1 - ratio.log()


@register_kl(Bernoulli, Bernoulli)
def _bernoulli(p: Bernoulli, q: Bernoulli) -> Tensor:
    ones = p.probs * (softplus(-q.logits) - softplus(-p.logits))
    zeros = (1 - p.probs) * (softplus(q.logits) - softplus(p.logits))
    ones = autograd.where(p.probs == 0, 0.0, autograd.where(q.probs == 0, math.inf, ones))
    return ones + autograd.where(p.probs == 1, 0.0, autograd.where(q.probs == 1, math.inf, zeros))


@register_kl(Categorical, Categorical)
def _categorical(p: Categorical, q: Categorical) -> Tensor:
    parts = p.probs * (p.logits - q.logits)
    return autograd.where(p.probs == 0, 0.0, autograd.where(q.probs == 0, math.inf, parts)).sum(-1)


@register_kl(Poisson, Poisson)
def _poisson(p: Poisson, q: Poisson) -> Tensor:
    return p.rate * (p.rate.log() - q.rate.log()) - (p.rate - q.rate)


@register_kl(Gamma, Gamma)
def _gamma(p: Gamma, q: Gamma) -> Tensor:
    α, β = p.concentration, p.rate
    shapes = autograd.lgamma(q.concentration) - autograd.lgamma(α) + (α - q.concentration) * autograd.digamma(α)
    return q.concentration * (β / q.rate).log() + shapes + (q.rate - β) * α / β


@register_kl(Dirichlet, Dirichlet)
def _dirichlet(p: Dirichlet, q: Dirichlet) -> Tensor:
    α = p.concentration
    logs = autograd.digamma(α) - autograd.digamma(α.sum(-1, keepdim=True))
    return log_beta(q.concentration) - log_beta(α) + ((α - q.concentration) * logs).sum(-1)


@register_kl(Beta, Beta)
def _beta(p: Beta, q: Beta) -> Tensor:
    return _dirichlet(p.shares, q.shares)


@register_kl(Independent, Independent)
def _independent(p: Independent, q: Independent) -> Tensor:
    n = p.reinterpreted_batch_ndims
    if n != q.reinterpreted_batch_ndims:
        raise NotImplementedError(
            f"KL of two Independent takes equally many dimensions as the event, given {n} and "
            f"{q.reinterpreted_batch_ndims}"
        )
    return sum_rightmost(kl_divergence(p.base_dist, q.base_dist), n)


@register_kl(MultivariateNormal, MultivariateNormal)
def _multivariate_normal(p: MultivariateNormal, q: MultivariateNormal) -> Tensor:
    """Source: Duchi, "Derivations for Linear Algebra and Optimization", 2007."""
    if p.event_shape != q.event_shape:
        raise ValueError(f"KL of two MultivariateNormal takes one event_shape, given {p.event_shape}, {q.event_shape}")
    log_ratio = half_log_det(q.scale_tril) - half_log_det(p.scale_tril)
    trace = (solve_lower(q.scale_tril, p.scale_tril) ** 2).sum((-2, -1))
    return log_ratio + (trace + mahalanobis(q.scale_tril, q.loc - p.loc) - p.event_shape[0]) / 2
