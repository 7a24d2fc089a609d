"""The error function for whole arrays gives what Python's gives for each number."""

import math

import numpy as np
import pytest

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
