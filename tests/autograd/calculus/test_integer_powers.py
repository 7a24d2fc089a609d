"""Whole powers by multiplication agree with torch to the last digit, at the edges too."""

import numpy as np
import pytest
import torch

import autograd
from autograd.calculus.integer_powers import CHAINS, power
from tests.oracle import array

EXPONENTS = [*range(-9, 10), 3.0, 4.0, -2.0, -5.0, 2.5]
EDGES = [0.0, -0.0, 1.0, -1.0, np.inf, -np.inf, np.nan, 1e-30, -1e30, 1e-3, -60.0, 1.5]
FLOATS = ["float64", "float32", "float16"]


def ulps(ours, theirs):
    """How many numbers of their dtype lie between the two, at most; both must be NaN in the same places."""
    np.testing.assert_array_equal(np.isnan(ours), np.isnan(theirs))
    assert (ours.dtype, ours.shape) == (theirs.dtype, theirs.shape)
    number = ~np.isnan(ours)
    kind = np.dtype(f"i{ours.itemsize}")
    a, b = (np.ascontiguousarray(x)[number].view(kind).astype(object) for x in (ours, theirs))
    return max(abs(a - b), default=0)


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("n", EXPONENTS)
def test_value_and_gradient_are_those_of_torch_to_two_units_in_the_last_place(n, dtype):
    numbers = np.random.default_rng(0).normal(size=(50, 40)).astype(dtype)
    ours = autograd.tensor(numbers, requires_grad=True)
    theirs = torch.tensor(numbers, requires_grad=True)
    (ours**n).sum().backward()
    (theirs**n).sum().backward()
    assert ulps(array(ours.pow(n)), array(theirs.pow(n))) <= 2
    if dtype != "float16":
        assert ulps(array(ours.grad), array(theirs.grad)) <= 2


@pytest.mark.parametrize("n", EXPONENTS)
def test_a_gradient_in_float16_is_rounded_once_where_torch_rounds_every_factor(n):
    numbers = np.random.default_rng(0).normal(size=(50, 40)).astype("float16")
    ours, exact = autograd.tensor(numbers, requires_grad=True), torch.tensor(numbers.astype(float), requires_grad=True)
    (ours**n).sum().backward()
    (exact**n).sum().backward()
    assert ulps(array(ours.grad), array(exact.grad.half())) <= 1


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("n", [1, 2, 3, -1, -2, 3.0])
def test_what_torch_multiplies_out_is_the_same_to_the_bit(n, dtype):
    numbers = np.random.default_rng(0).normal(size=2000).astype(dtype)
    np.testing.assert_array_equal(array(autograd.tensor(numbers) ** n), array(torch.tensor(numbers) ** n))


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("n", EXPONENTS)
@pytest.mark.filterwarnings("ignore:overflow encountered in cast:RuntimeWarning")  # the edges in half precision
def test_zeros_infinities_and_nan(n, dtype):
    edges = np.array(EDGES).astype(dtype)
    ours, theirs = autograd.tensor(edges, requires_grad=True), torch.tensor(edges, requires_grad=True)
    (ours**n).sum().backward()
    (theirs**n).sum().backward()
    assert ulps(array(ours**n), array(theirs**n)) <= 2
    assert ulps(array(ours.grad), array(theirs.grad)) <= 2


@pytest.mark.parametrize("dtype", ["int64", "int32", "int16", "int8", "uint8", "bool"])
@pytest.mark.parametrize("n", [0, 1, 2, 3, 5, 8, 3.0])
def test_integers_wrap_around_as_in_torch(n, dtype):
    numbers = np.arange(-7, 9).astype(dtype)
    ours, theirs = array(autograd.tensor(numbers) ** n), array(torch.tensor(numbers) ** n)
    assert ours.dtype == theirs.dtype
    np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("n", [3, -3, 4, 7, -8])
def test_three_derivatives_are_those_of_torch(n):
    numbers = np.array([0.5, -1.25, 2.0, -0.75])
    ours, theirs = autograd.tensor(numbers, requires_grad=True), torch.tensor(numbers, requires_grad=True)
    y, z = ours**n, theirs**n
    for _ in range(3):
        (y,) = autograd.grad(y.sum(), ours, create_graph=True)
        (z,) = torch.autograd.grad(z.sum(), theirs, create_graph=True)
        np.testing.assert_allclose(array(y), array(z), rtol=1e-14)


@pytest.mark.parametrize("n", [3, 5, -4])
@pytest.mark.parametrize("dtype", FLOATS)
def test_a_single_number_is_raised_as_in_torch(n, dtype):
    kind = np.dtype(dtype)
    for shape in ((), (1,)):
        numbers = np.full(shape, -1.3, kind)
        for given in (numbers, numbers[()]):
            ours, theirs = array(autograd.tensor(given) ** n), array(torch.tensor(numbers) ** n)
            assert ulps(np.asarray(ours), np.asarray(theirs)) <= 1


def test_strided_and_empty_arrays_and_the_given_one_is_left_alone():
    x = np.random.default_rng(0).normal(size=(6, 8)).astype(np.float32)
    before = x.copy()
    for view in (x[::2, ::-1], x.T, x[:0], np.broadcast_to(x[0], (3, 8))):
        for n in CHAINS:
            np.testing.assert_allclose(power(view, n), view.astype(np.float64) ** n, rtol=1e-6)
    np.testing.assert_array_equal(x, before)


@pytest.mark.parametrize("n", [3, -3, 8])
def test_in_place_powers_take_the_same_way(n):
    numbers = np.random.default_rng(0).normal(size=20).astype(np.float32)
    ours, theirs = autograd.tensor(numbers), torch.tensor(numbers)
    ours.pow_(n)
    theirs.pow_(n)
    assert ulps(array(ours), array(theirs)) <= 1
