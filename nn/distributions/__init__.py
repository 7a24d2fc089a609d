"""Probability distributions under PyTorch's names: what they draw, and how likely it is, with gradients.

Samples come from the generator that `autograd.manual_seed` seeds.

    policy = Categorical(logits=network(state))
    action = policy.sample()
    loss = -policy.log_prob(action) * reward
"""

from . import constraints
from .continuous import Exponential, Laplace, LogNormal, Normal, Uniform
from .discrete import Bernoulli, Categorical, Poisson
from .distribution import Distribution
from .divergences import kl_divergence, register_kl
from .gamma_family import Beta, Dirichlet, Gamma
from .multivariate import Independent, MultivariateNormal

__all__ = [
    "Bernoulli", "Beta", "Categorical", "Dirichlet", "Distribution", "Exponential", "Gamma", "Independent", "Laplace",
    "LogNormal", "MultivariateNormal", "Normal", "Poisson", "Uniform", "constraints", "kl_divergence", "register_kl",
]  # fmt: skip
