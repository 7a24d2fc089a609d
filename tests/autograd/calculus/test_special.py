"""Special functions of whole arrays: what Python gives for each number, or what the tables say."""

import math

import numpy as np
import pytest

import autograd
from autograd.calculus import special
from autograd.calculus.special import BLOCK, erf


@pytest.mark.parametrize(("dtype", "ulps"), [("float64", 2), ("float32", 2), ("float16", 1)])
def test_erf_is_that_of_python_to_the_last_digits_over_many_blocks(dtype, ulps):
    rng = np.random.default_rng(0)
    x = np.concatenate([rng.normal(size=BLOCK) * scale for scale in (1e-4, 0.1, 1, 3, 100)]).astype(dtype)
    expected = np.array([math.erf(v) for v in x.tolist()], dtype)
    assert erf(x).dtype == dtype
    np.testing.assert_allclose(erf(x), expected, rtol=ulps * np.finfo(dtype).eps, atol=np.finfo(dtype).tiny)
    np.testing.assert_array_equal(erf(x.reshape(5, -1)[:, ::2]), erf(x).reshape(5, -1)[:, ::2])


def test_erf_at_the_edges():
    x = np.array([0.0, -0.0, np.inf, -np.inf, np.nan, 6.0, 5.99999, 1e-300])
    expected = np.array([math.erf(v) for v in x])
    np.testing.assert_allclose(erf(x), expected, rtol=2e-16)
    assert np.signbit(erf(x)[1])
    assert erf(np.zeros((0, 3))).shape == (0, 3)
    assert erf(np.array([1, 2])).dtype == np.float64


def test_polygamma_of_one_is_known():
    pi, zeta3 = math.pi, 1.2020569031595942
    known = [-0.5772156649015329, pi**2 / 6, -2 * zeta3, pi**4 / 15]  # Abramowitz and Stegun 6.3.2, 6.4.2
    with np.errstate(divide="ignore"):  # of the reflection, which is for numbers below 0
        found = [special.polygamma(np.array([1.0]), n)[0] for n in range(4)]
    np.testing.assert_allclose(found, known, rtol=1e-15)


def test_trigamma_is_the_derivative_of_digamma():
    x = autograd.tensor([-2.5, -0.3, 1e-3, 0.5, 3.0, 40.0], dtype=autograd.float64, requires_grad=True)
    x.digamma().sum().backward()
    expected = special.polygamma(x.detach().numpy() + 1, 1) + 1 / x.detach().numpy() ** 2
    np.testing.assert_allclose(x.grad.numpy(), expected, rtol=1e-12)
    assert autograd.gradgradcheck(lambda x: x.digamma(), [x])


def test_erfinv_is_the_inverse_of_erf_to_rounding():
    y = np.concatenate([np.linspace(-5, 5, 1001), 10.0 ** np.arange(-300, 0, 20)])
    y = y[np.abs(special.erf(y)) < 1]
    np.testing.assert_allclose(special.erfinv(special.erf(y)), y, rtol=1e-13 / (1 - special.erf(np.abs(y))).min())
    near = special.erf(y[np.abs(y) < 2])
    np.testing.assert_allclose(special.erf(special.erfinv(near)), near, rtol=1e-14)


def test_lgamma_has_poles_at_whole_numbers_up_to_0_and_overflows_to_infinity():
    np.testing.assert_array_equal(special.lgamma(np.array([0.0, -1.0, -np.inf, 1e306])), np.inf)
