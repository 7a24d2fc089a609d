"""Parameters and values that a distribution cannot have are refused, in torch's words."""

import numpy as np
import pytest
import torch

import autograd
from nn import distributions

NAN = float("nan")
WRONG = {
    "a scale of zero": lambda d, t: d.Normal(0.0, 0.0),
    "a negative scale among others": lambda d, t: d.Normal(t([0.0, 1.0]), t([1.0, -1.0])),
    "a mean that is not a number": lambda d, t: d.Normal(NAN, 1.0),
    "a word": lambda d, t: d.Normal("zero", 1.0),
    "bounds in the wrong order": lambda d, t: d.Uniform(1.0, 0.0),
    "no rate": lambda d, t: d.Exponential(t([1.0, 0.0])),
    "a concentration of zero": lambda d, t: d.Gamma(0.0, 1.0),
    "a negative concentration": lambda d, t: d.Beta(1.0, -1.0),
    "concentrations without a dimension": lambda d, t: d.Dirichlet(t(1.0)),
    "a negative rate": lambda d, t: d.Poisson(-1.0),
    "shares that are too much": lambda d, t: d.Dirichlet(t([1.0, 1.0])).log_prob(t([0.7, 0.7])),
    "half an event": lambda d, t: d.Poisson(1.0).log_prob(t(0.5)),
    "a probability above one": lambda d, t: d.Bernoulli(1.5),
    "neither probabilities nor logits": lambda d, t: d.Bernoulli(),
    "both": lambda d, t: d.Categorical(probs=t([1.0]), logits=t([1.0])),
    "a single probability": lambda d, t: d.Categorical(probs=t(1.0)),
    "a negative probability": lambda d, t: d.Categorical(probs=t([2.0, -1.0])),
    "logits that are not numbers": lambda d, t: d.Categorical(logits=t([[1.0, NAN]])),
    "a mean without dimensions": lambda d, t: d.MultivariateNormal(t(1.0), t([[1.0]])),
    "no matrix": lambda d, t: d.MultivariateNormal(t([1.0])),
    "a matrix that is none": lambda d, t: d.MultivariateNormal(t([1.0]), t([1.0])),
    "a covariance that is none": lambda d, t: d.MultivariateNormal(t([0.0, 0.0]), t([[1.0, 2.0], [2.0, 1.0]])),
    "a matrix that is not symmetric": lambda d, t: d.MultivariateNormal(t([0.0, 0.0]), t([[1.0, 0.5], [0.0, 1.0]])),
    "a factor that is not triangular": lambda d, t: d.MultivariateNormal(
        t([0.0, 0.0]), scale_tril=t([[1.0, 0.5], [0.0, 1.0]])),
    "more dimensions than there are": lambda d, t: d.Independent(d.Normal(t([0.0]), t([1.0])), 2),
    "a value that is no tensor": lambda d, t: d.Normal(0.0, 1.0).log_prob(0.5),
    "a value of another shape": lambda d, t: d.Normal(t([0.0, 1.0]), 1.0).log_prob(t([1.0, 2.0, 3.0])),
    "an event of another shape": lambda d, t: d.MultivariateNormal(t([0.0, 0.0]), t([[1.0, 0.0], [0.0, 1.0]])).log_prob(
        t([1.0])),
    "a value outside": lambda d, t: d.Uniform(0.0, 1.0).log_prob(t([0.5, 2.0])),
    "a negative waiting time": lambda d, t: d.Exponential(1.0).cdf(t([-1.0])),
    "half a class": lambda d, t: d.Categorical(probs=t([1.0, 1.0])).log_prob(t(0.5)),
    "a class that is not there": lambda d, t: d.Categorical(probs=t([1.0, 1.0])).log_prob(t(2)),
    "two of a coin's sides": lambda d, t: d.Bernoulli(0.5).log_prob(t(2.0)),
    "a value that is not a number": lambda d, t: d.Normal(0.0, 1.0).log_prob(t([NAN])),
    "no decision about checks": lambda d, t: d.Distribution.set_default_validate_args(2),
}  # fmt: skip


@pytest.mark.parametrize("wrong", WRONG)
def test_wrong_uses_raise_the_exception_of_torch(wrong):
    with pytest.raises((ValueError, TypeError)) as theirs:
        WRONG[wrong](torch.distributions, torch.tensor)
    with pytest.raises(theirs.type) as ours:
        WRONG[wrong](distributions, autograd.tensor)
    assert str(ours.value)[:24] == str(theirs.value)[:24] or wrong == "no decision about checks"


def test_a_message_shows_the_parameter_the_constraint_and_the_values():
    with pytest.raises(ValueError) as error:  # noqa: PT011  all of it is looked at
        distributions.Normal(0.0, autograd.tensor(-1.0))
    assert str(error.value) == (
        "Expected parameter scale (Tensor of shape ()) of distribution Normal(loc: 0.0, scale: -1.0) to satisfy the "
        "constraint GreaterThan(lower_bound=0.0), but found invalid values:\n-1.0"
    )


def test_nothing_is_checked_if_that_is_asked_for():
    assert distributions.Normal(0.0, -1.0, validate_args=False).scale.item() == -1
    outside = distributions.Uniform(0.0, 1.0, validate_args=False).log_prob(autograd.tensor(2.0))
    assert outside.item() == -np.inf
    distributions.Distribution.set_default_validate_args(False)
    try:
        distributions.Normal(0.0, -1.0)
    finally:
        distributions.Distribution.set_default_validate_args(True)


@pytest.mark.parametrize("name", ["real", "positive", "nonnegative", "unit_interval", "boolean", "nonnegative_integer",
                                  "simplex", "real_vector", "lower_cholesky", "positive_definite"])  # fmt: skip
def test_constraints_are_those_of_torch(name):
    ours, theirs = getattr(distributions.constraints, name), getattr(torch.distributions.constraints, name)
    assert repr(ours) == repr(theirs)
    assert ours.event_dim == theirs.event_dim
    assert ours.is_discrete == theirs.is_discrete
    shapes = [(3, 2, 2)] if ours.event_dim == 2 else [(), (4,), (2, 3)][ours.event_dim :]
    rng = np.random.default_rng(0)
    for shape in shapes:
        ones = np.ones(shape)
        unit = ones * np.eye(2) if ours.event_dim == 2 else ones
        for draw in (rng.normal(size=shape), unit, ones / 3, ones * -2, ones * 3, ones * NAN):
            assert ours.check(autograd.tensor(draw)).tolist() == theirs.check(torch.tensor(draw)).tolist()


@pytest.mark.parametrize("make", [
    lambda d, t: d.Normal(0.0, 1.0),
    lambda d, t: d.Uniform(t([0.0]), 1.0),
    lambda d, t: d.Uniform(0.0, 2.0).support,
    lambda d, t: d.Bernoulli(logits=t(0.5)),
    lambda d, t: d.Independent(d.Exponential(t(2.0)), 0),
])  # fmt: skip
def test_distributions_are_printed_as_in_torch(make):
    assert repr(make(distributions, autograd.tensor)) == repr(make(torch.distributions, torch.tensor))
