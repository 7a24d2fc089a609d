"""Distributions have torch's shapes, values and gradients, and draw what they say."""

import math

import numpy as np
import pytest
import torch

import autograd
from nn import distributions
from tests.twins import same

RNG = np.random.default_rng(0)
A, B = RNG.normal(size=(3, 2)), RNG.normal(size=(3, 2))
POSITIVE, LARGER = np.exp(A), np.exp(B) + 0.5
SHARE = 1 / (1 + np.exp(-A))
ROWS = POSITIVE / POSITIVE.sum(-1, keepdims=True)
MATRIX = np.array([[2.0, 0.3], [0.3, 0.5]])

# name of the class, the parameters, and values to look at
CASES = {
    "Normal": ("Normal", {"loc": A, "scale": POSITIVE}, B),
    "Normal, broadcast": ("Normal", {"loc": A[:, :1], "scale": POSITIVE[0]}, np.stack([A, B])),
    "Normal, numbers": ("Normal", {"loc": 1.0, "scale": 2}, B),
    "LogNormal": ("LogNormal", {"loc": A, "scale": SHARE}, LARGER),
    "Uniform": ("Uniform", {"low": A, "high": A + LARGER}, A + SHARE * LARGER),
    "Exponential": ("Exponential", {"rate": POSITIVE}, LARGER),
    "Laplace": ("Laplace", {"loc": A, "scale": POSITIVE}, B),
    "Bernoulli": ("Bernoulli", {"probs": SHARE}, (A > B) * 1.0),
    "Bernoulli, logits": ("Bernoulli", {"logits": A}, (A > B) * 1.0),
    "Bernoulli, number": ("Bernoulli", {"probs": 0.3}, (A > B) * np.float32(1)),
    "Categorical": ("Categorical", {"probs": POSITIVE}, np.array([1, 0, 1])),
    "Categorical, logits": ("Categorical", {"logits": A}, np.array([[1, 0, 1], [0, 0, 1]])),
    "Categorical, one": ("Categorical", {"logits": A[:, 0]}, np.array([2, 0, 1, 1])),
    "Poisson": ("Poisson", {"rate": POSITIVE}, np.array([[0.0, 1.0], [2, 3], [4, 0]])),
    "Gamma": ("Gamma", {"concentration": LARGER, "rate": POSITIVE}, POSITIVE),
    "Gamma, small": ("Gamma", {"concentration": SHARE, "rate": 2.0}, POSITIVE),
    "Beta": ("Beta", {"concentration1": LARGER, "concentration0": POSITIVE}, SHARE),
    "Dirichlet": ("Dirichlet", {"concentration": LARGER + 1}, ROWS),
    "Dirichlet, small": ("Dirichlet", {"concentration": SHARE}, ROWS),
    "MultivariateNormal": ("MultivariateNormal", {"loc": A, "covariance_matrix": MATRIX}, B),
    "MultivariateNormal, L": ("MultivariateNormal", {"loc": A[0], "scale_tril": np.linalg.cholesky(MATRIX)}, B),
    "MultivariateNormal, inverse": ("MultivariateNormal", {"loc": A, "precision_matrix": MATRIX}, B),
}
WITHOUT_RSAMPLE = ("Beta", "Dirichlet", "Gamma")  # samples without gradients, unlike in torch
INDEPENDENT = {
    "Normal in rows": (lambda d, m: d.Independent(d.Normal(m.tensor(A), m.tensor(POSITIVE)), 1), B),
    "Normal as one": (lambda d, m: d.Independent(d.Normal(m.tensor(A), m.tensor(POSITIVE)), 2), np.stack([A, B])),
    "Bernoulli as it is": (lambda d, m: d.Independent(d.Bernoulli(m.tensor(SHARE)), 0), (A > B) * 1.0),
}
every_case = pytest.mark.parametrize("case", CASES)


def made(library, m, case, **options):
    """The distribution, and its parameters that are tensors."""
    name, given, _ = CASES[case]
    tensors = {k: m.tensor(v, requires_grad=True) if isinstance(v, np.ndarray) else v for k, v in given.items()}
    return getattr(library, name)(**tensors, **options), [v for v in tensors.values() if m.is_tensor(v)]


def both(case, **options):
    return made(distributions, autograd, case, **options), made(torch.distributions, torch, case, **options)


def same_results(case, compute):
    """What `compute(m, distribution)` gives, and the gradients of its sum, agree; or both do not have it."""
    (ours, parameters), (theirs, others) = both(case)
    try:
        expected = compute(torch, theirs)
    except NotImplementedError:
        with pytest.raises(NotImplementedError, match=f"{type(ours).__name__} does not implement"):
            compute(autograd, ours)
        return
    found = compute(autograd, ours)
    same(found, expected, tolerance=1e-6 if expected.dtype == torch.float32 else 1e-9)
    if expected.requires_grad:
        expected.sum().backward()
        found.sum().backward()
        for p, q in zip(parameters, others, strict=True):
            same(p.grad, q.grad, tolerance=1e-9)


@every_case
def test_shapes_are_those_of_torch(case):
    (ours, _), (theirs, _) = both(case)
    for wide in ((ours, theirs), (ours.expand((4, *ours.batch_shape)), theirs.expand((4, *theirs.batch_shape)))):
        assert tuple(wide[0].batch_shape) == tuple(wide[1].batch_shape)
        assert tuple(wide[0].event_shape) == tuple(wide[1].event_shape)
        assert tuple(wide[0].sample((5, 2)).shape) == tuple(wide[1].sample((5, 2)).shape)
        assert wide[0].sample().dtype == wide[1].sample().numpy().dtype
        assert wide[0].has_rsample == (wide[1].has_rsample and CASES[case][0] not in WITHOUT_RSAMPLE)
        assert not wide[0].sample().requires_grad


@every_case
@pytest.mark.parametrize("what", ["mean", "mode", "variance", "stddev", "probs", "logits", "covariance_matrix",
                                  "precision_matrix", "scale_tril"])  # fmt: skip
def test_what_describes_a_distribution_agrees_with_torch(case, what):
    if hasattr(getattr(torch.distributions, CASES[case][0]), what):
        same_results(case, lambda m, d: getattr(d, what))


@every_case
@pytest.mark.parametrize("method", ["log_prob", "cdf"])
def test_probabilities_agree_with_torch(case, method):
    if (CASES[case][0], method) != ("Gamma", "cdf"):  # not implemented here
        same_results(case, lambda m, d: getattr(d, method)(m.tensor(CASES[case][2])))


@every_case
def test_quantiles_agree_with_torch(case):
    if CASES[case][0] in ("Uniform", "Exponential", "Laplace", "Normal", "LogNormal"):
        same_results(case, lambda m, d: d.icdf(m.tensor(SHARE)))


@every_case
def test_entropies_agree_with_torch(case):
    same_results(case, lambda m, d: d.entropy())
    same_results(case, lambda m, d: d.perplexity())


@every_case
@pytest.mark.parametrize("expand", [True, False])
def test_values_that_can_be_counted_agree_with_torch(case, expand):
    same_results(case, lambda m, d: d.enumerate_support(expand))


@every_case
def test_an_expanded_distribution_is_the_same_one(case):
    (ours, _), _ = both(case)
    wide = ours.expand((2, *ours.batch_shape))
    values = wide.sample((3,))
    same_arrays(wide.log_prob(values), ours.log_prob(values))
    same_arrays(wide.mean, autograd.stack([ours.mean] * 2))


def same_arrays(found, expected):
    np.testing.assert_allclose(found.detach().numpy(), expected.detach().numpy(), rtol=1e-6)


@pytest.mark.parametrize("case", INDEPENDENT)
def test_independent_variables_are_one_as_in_torch(case):
    make, value = INDEPENDENT[case]
    ours, theirs = make(distributions, autograd), make(torch.distributions, torch)
    assert tuple(ours.batch_shape) == tuple(theirs.batch_shape)
    assert tuple(ours.event_shape) == tuple(theirs.event_shape)
    assert ours.has_rsample == theirs.has_rsample
    same(ours.log_prob(autograd.tensor(value)), theirs.log_prob(torch.tensor(value)))
    for what in ("mean", "variance", "stddev", "mode"):
        same(getattr(ours, what), getattr(theirs, what))
    same(ours.entropy(), theirs.entropy())
    assert tuple(ours.sample((4,)).shape) == tuple(theirs.sample((4,)).shape)
    wide = [d.expand((4, *d.batch_shape)) for d in (ours, theirs)]
    values = wide[1].sample((2,))
    same(wide[0].log_prob(autograd.tensor(values.numpy())), wide[1].log_prob(values))


# -- samples ----------------------------------------------------------------------------------------------------------


@every_case
def test_samples_have_the_mean_and_the_spread_that_is_told(case):
    (ours, _), _ = both(case)
    autograd.manual_seed(1)
    samples = ours.sample((20_000,)).numpy().astype(float)
    if CASES[case][0] == "Categorical":
        shares = (samples[..., None] == np.arange(ours.probs.shape[-1])).mean(0)
        np.testing.assert_allclose(shares, ours.probs.detach().numpy(), atol=0.018)
        return
    mean, spread = ours.mean.detach().numpy(), ours.stddev.detach().numpy()
    np.testing.assert_array_less(np.abs(samples.mean(0) - mean), 5 * spread / math.sqrt(20_000))
    if CASES[case][0] != "LogNormal":
        np.testing.assert_allclose(samples.std(0), spread, rtol=0.05)
    else:
        np.testing.assert_allclose(np.log(samples).std(0), ours.scale.detach().numpy(), rtol=0.05)


@every_case
def test_a_seed_decides_what_is_drawn(case):
    (ours, _), _ = both(case)
    drawn = []
    for seed in (3, 3, 4):
        autograd.manual_seed(seed)
        drawn.append(ours.sample((50,)).tolist())
    assert drawn[0] == drawn[1] != drawn[2]


@pytest.mark.parametrize("case", [case for case in CASES if getattr(distributions, CASES[case][0]).has_rsample])
def test_the_gradient_of_samples_is_that_of_the_mean(case):
    ours, parameters = made(distributions, autograd, case)
    if not parameters:
        return
    autograd.manual_seed(0)
    drawn = ours.rsample((40_000,))
    drawn.mean(0).sum().backward()
    found = [p.grad.numpy().copy() for p in parameters]
    for p in parameters:
        p.grad = None
    again, parameters = made(distributions, autograd, case)
    again.mean.sum().backward()
    for grad, p in zip(found, parameters, strict=True):
        expected = np.zeros_like(grad) if p.grad is None else p.grad.numpy()
        np.testing.assert_allclose(grad, expected, rtol=0.06, atol=0.06 * (1 + np.abs(expected).max()))


def test_what_is_drawn_by_chance_alone_has_no_gradient():
    for case in ("Bernoulli", "Categorical", "Poisson", "Gamma", "Beta", "Dirichlet"):
        with pytest.raises(NotImplementedError, match="does not implement rsample"):
            both(case)[0][0].rsample()


def test_a_class_of_no_probability_is_never_drawn():
    dice = distributions.Categorical(probs=autograd.tensor([0.0, 1.0, 0.0, 2.0, 0.0]))
    assert set(dice.sample((5000,)).tolist()) == {1, 3}


# -- divergences ------------------------------------------------------------------------------------------------------

PAIRS = {
    "Normal": ("Normal", {"loc": A, "scale": POSITIVE}, {"loc": B, "scale": LARGER}),
    "LogNormal": ("LogNormal", {"loc": A, "scale": POSITIVE}, {"loc": B, "scale": LARGER}),
    "Uniform": ("Uniform", {"low": A, "high": A + 1}, {"low": B - 1, "high": B + 2}),
    "Exponential": ("Exponential", {"rate": POSITIVE}, {"rate": LARGER}),
    "Laplace": ("Laplace", {"loc": A, "scale": POSITIVE}, {"loc": B, "scale": LARGER}),
    "Bernoulli": ("Bernoulli", {"probs": SHARE}, {"logits": B}),
    "Bernoulli, sure": ("Bernoulli", {"probs": np.array([0, 0, 1, 1, 0.3, 0.3])},
                        {"probs": np.array([0, 1, 0, 1, 0, 1.0])}),
    "Poisson": ("Poisson", {"rate": POSITIVE}, {"rate": LARGER}),
    "Gamma": ("Gamma", {"concentration": LARGER, "rate": POSITIVE}, {"concentration": POSITIVE, "rate": LARGER}),
    "Beta": ("Beta", {"concentration1": LARGER, "concentration0": POSITIVE},
             {"concentration1": POSITIVE, "concentration0": SHARE}),
    "Dirichlet": ("Dirichlet", {"concentration": LARGER}, {"concentration": POSITIVE}),
    "Categorical": ("Categorical", {"probs": POSITIVE}, {"logits": B}),
    "Categorical, sure": ("Categorical", {"probs": np.array([[0, 1], [0.5, 0.5]])},
                          {"probs": np.array([[0.5, 0.5], [0, 1]])}),
    "MultivariateNormal": ("MultivariateNormal", {"loc": A, "covariance_matrix": MATRIX},
                           {"loc": B, "scale_tril": np.array([[1.0, 0], [0.5, 2.0]])}),
}  # fmt: skip


@pytest.mark.parametrize("pair", PAIRS)
def test_divergences_agree_with_torch(pair):
    name, *given = PAIRS[pair]
    results, leaves = [], []
    for m, library in ((autograd, distributions), (torch, torch.distributions)):
        tensors = [{k: m.tensor(v, requires_grad=True) for k, v in parameters.items()} for parameters in given]
        p, q = (getattr(library, name)(**parameters) for parameters in tensors)
        results.append(library.kl_divergence(p, q))
        leaves.append([v for parameters in tensors for v in parameters.values()])
    same(*results, tolerance=1e-9)
    if np.isfinite(results[0].detach().numpy()).all():
        for result in results:
            result.sum().backward()
        for p, q in zip(*leaves, strict=True):
            same(p.grad, q.grad, tolerance=1e-9)


def test_divergences_of_independent_variables_are_added():
    results = []
    for m, d in ((autograd, distributions), (torch, torch.distributions)):
        p, q = (d.Independent(d.Normal(m.tensor(loc), m.tensor(POSITIVE)), 1) for loc in (A, B))
        results.append(d.kl_divergence(p, q))
        with pytest.raises(NotImplementedError):
            d.kl_divergence(p, d.Independent(q.base_dist, 2))
    same(*results)


def test_a_divergence_of_ones_own_can_be_entered():
    class Shifted(distributions.Normal):
        pass

    one, two = Shifted(0.0, 1.0), distributions.Exponential(1.0)
    assert distributions.kl_divergence(one, distributions.Normal(0.0, 1.0)).item() == 0
    with pytest.raises(NotImplementedError, match=r"No KL.* for p type Shifted and q type Exponential"):
        distributions.kl_divergence(one, two)

    @distributions.register_kl(Shifted, distributions.Exponential)
    def formula(p, q):
        return p.loc + q.rate

    assert distributions.kl_divergence(one, two).item() == 1
    with pytest.raises(TypeError, match="Expected type_q to be a Distribution subclass"):
        distributions.register_kl(Shifted, int)
