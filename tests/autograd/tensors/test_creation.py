"""Tensors out of nothing: shapes, values and dtypes are torch's; random ones have its distributions."""

import numpy as np
import pytest

import autograd
from tests.oracle import TORCH, array, attempt, values_of

MAKERS = {
    "tensor int": lambda m: m.tensor(3),
    "tensor float": lambda m: m.tensor(2.5),
    "tensor bool": lambda m: m.tensor(True),
    "tensor ints": lambda m: m.tensor([1, 2]),
    "tensor nested": lambda m: m.tensor([[1.0, 2.0], [3.0, 4.0]]),
    "tensor mixed": lambda m: m.tensor([1, 2.5, True]),
    "tensor bools": lambda m: m.tensor([True, False]),
    "tensor empty": lambda m: m.tensor([]),
    "tensor empty rows": lambda m: m.tensor([[], []]),
    "tensor dtype": lambda m: m.tensor([1, 2], dtype=m.float64),
    "tensor of float64 array": lambda m: m.tensor(np.arange(3.0)),
    "tensor of int32 array": lambda m: m.tensor(np.arange(3, dtype=np.int32)),
    "tensor of float64 scalar": lambda m: m.tensor(np.float64(2.5)),
    "tensor of tuple": lambda m: m.tensor((1.5, 2.5)),
    "tensor ragged": lambda m: m.tensor([[1, 2], [3]]),
    "tensor text": lambda m: m.tensor("one"),
    "tensor None": lambda m: m.tensor(None),
    "Tensor of sizes": lambda m: m.Tensor(2, 3) * 0 == 9,
    "Tensor of one size": lambda m: m.Tensor(3) * 0 == 9,
    "Tensor of a NumPy size": lambda m: m.Tensor(np.int64(2), 0),
    "Tensor of nothing": lambda m: m.Tensor(),
    "Tensor of ints": lambda m: m.Tensor([1, 2]),
    "Tensor nested": lambda m: m.Tensor([[1, 2], [3, 4]]),
    "Tensor of a tuple": lambda m: m.Tensor((2, 3)),
    "Tensor of an empty list": lambda m: m.Tensor([]),
    "Tensor of a range": lambda m: m.Tensor(range(3)),
    "Tensor mixed": lambda m: m.Tensor([1.5, True]),
    "Tensor of a float64 array": lambda m: m.Tensor(np.array([1.0, 2.0])),
    "Tensor of an int array": lambda m: m.Tensor(np.arange(3)),
    "Tensor of a list of arrays": lambda m: m.Tensor([np.ones(2)]),
    "Tensor of a float64 tensor": lambda m: m.Tensor(m.ones(2, dtype=m.float64)),
    "Tensor of an int tensor": lambda m: m.Tensor(m.arange(3)),
    "Tensor of a tensor of one int": lambda m: m.Tensor(m.tensor(3)),
    "Tensor of a number": lambda m: m.Tensor(3.0),
    "Tensor of a bool": lambda m: m.Tensor(True),
    "Tensor of None": lambda m: m.Tensor(None),
    "Tensor of a dict": lambda m: m.Tensor({1: 2}),
    "Tensor of a text": lambda m: m.Tensor("abc"),
    "Tensor of a size below 0": lambda m: m.Tensor(2, -3),
    "Tensor of sizes and floats": lambda m: m.Tensor(2.0, 3),
    "Tensor of two lists": lambda m: m.Tensor([1], [2]),
    "Tensor of two tensors": lambda m: m.Tensor(m.ones(2), m.ones(2)),
    "Tensor ragged": lambda m: m.Tensor([[1, 2], [3]]),
    "as_tensor": lambda m: m.as_tensor([1.0, 2.0]),
    "from_numpy": lambda m: m.from_numpy(np.arange(3)),
    "zeros": lambda m: m.zeros(2, 3),
    "zeros tuple": lambda m: m.zeros((2, 3)),
    "zeros scalar": lambda m: m.zeros(()),
    "zeros dtype": lambda m: m.zeros(2, dtype=m.int64),
    "ones": lambda m: m.ones(2, 3),
    "ones list": lambda m: m.ones([2]),
    "full": lambda m: m.full((2, 3), 2.5),
    "full int": lambda m: m.full((2,), 7),
    "full bool": lambda m: m.full((2,), True),
    "full dtype": lambda m: m.full((2,), 7, dtype=m.float64),
    "arange": lambda m: m.arange(5),
    "arange float": lambda m: m.arange(2.0),
    "arange start": lambda m: m.arange(1, 6),
    "arange step": lambda m: m.arange(1, 2, 0.25),
    "arange down": lambda m: m.arange(5, 0, -2),
    "arange dtype": lambda m: m.arange(3, dtype=m.float64),
    "arange backwards": lambda m: m.arange(5, 1),
    "linspace": lambda m: m.linspace(0, 1, 5),
    "linspace steps": lambda m: m.linspace(-1.0, 1.0, steps=4, dtype=m.float64),
    "linspace one": lambda m: m.linspace(2, 3, 1),
    "eye": lambda m: m.eye(3),
    "eye two": lambda m: m.eye(2, 3, dtype=m.float64),
    "zeros_like": lambda m: m.zeros_like(m.ones(2, 3, dtype=m.float64)),
    "ones_like": lambda m: m.ones_like(m.arange(3)),
    "full_like": lambda m: m.full_like(m.ones(2), 3.5),
    "empty_like shape": lambda m: m.zeros_like(m.empty_like(m.ones(2, 3, dtype=m.float64))),
    "result_type": lambda m: m.zeros(2, dtype=m.result_type(m.ones(2), m.ones(2, dtype=m.float64))),
    "zeros negative": lambda m: m.zeros(-1),
    "arange step 0": lambda m: m.arange(1, 2, 0),
}


@pytest.mark.parametrize("name", MAKERS)
def test_values_and_dtypes_are_those_of_torch(name):
    ours, theirs = [attempt(values_of, m, MAKERS[name], []) for m in (autograd, TORCH)]
    if isinstance(theirs, Exception):
        assert isinstance(ours, type(theirs)), f"torch raises {theirs!r}, we give {ours!r}"
        return
    assert not isinstance(ours, Exception), ours
    for a, b in zip(ours, theirs, strict=True):
        assert a.dtype == b.dtype
        np.testing.assert_allclose(a, b, rtol=1e-15)


RANDOM = {
    "rand": (lambda m: m.rand(20000), 0.5, 12**-0.5),
    "randn": (lambda m: m.randn(100, 200), 0.0, 1.0),
    "randint": (lambda m: m.randint(10, (20000,)), 4.5, 8.25**0.5),
    "randint size": (lambda m: m.randint(10, size=(20000,)), 4.5, 8.25**0.5),
    "randint low": (lambda m: m.randint(-2, 3, (100, 200)), 0.0, 2**0.5),
    "normal": (lambda m: m.normal(3.0, 0.5, (100, 200)), 3.0, 0.5),
    "normal mean": (lambda m: m.normal(m.full((20000,), 2.0, dtype=m.float64)), 2.0, 1.0),
    "normal mean std": (lambda m: m.normal(m.zeros(100, 1), m.full((200,), 2.0, dtype=m.float64)), 0.0, 2.0),
    "normal std": (lambda m: m.normal(1, m.full((20000,), 0.5)), 1.0, 0.5),
    "rand_like": (lambda m: m.rand_like(m.zeros(20000)), 0.5, 12**-0.5),
    "uniform_": (lambda m: m.zeros(20000).uniform_(), 0.5, 12**-0.5),
    "uniform_ bounds": (lambda m: m.zeros(20000).uniform_(-1, 2), 0.5, 3 * 12**-0.5),
    "normal_": (lambda m: m.zeros(20000, dtype=m.float64).normal_(), 0.0, 1.0),
    "normal_ mean std": (lambda m: m.zeros(20000).normal_(3, 0.5), 3.0, 0.5),
    "randn_like": (lambda m: m.randn_like(m.zeros(20000, dtype=m.float64)), 0.0, 1.0),
}


@pytest.mark.parametrize("name", RANDOM)
def test_random_tensors_have_torch_s_shape_dtype_and_distribution(name):
    make, mean, spread = RANDOM[name]
    autograd.manual_seed(0)
    ours, theirs = array(make(autograd)), array(make(TORCH))
    assert ours.shape == theirs.shape
    assert ours.dtype == theirs.dtype
    assert abs(ours.mean() - mean) < 0.05
    assert abs(ours.std() - spread) < 0.05


@pytest.mark.parametrize("name", RANDOM)
def test_a_seed_repeats_what_follows_it(name):
    make = RANDOM[name][0]
    autograd.manual_seed(3)
    first, then = array(make(autograd)), array(make(autograd))
    autograd.manual_seed(3)
    np.testing.assert_array_equal(first, array(make(autograd)))
    assert (first != then).any()


def test_tensor_copies_and_as_tensor_and_from_numpy_share():
    a = np.zeros(3)
    copied, shared, also = autograd.tensor(a), autograd.as_tensor(a), autograd.from_numpy(a)
    a[0] = 1.0
    assert copied.tolist() == [0.0, 0.0, 0.0]
    assert shared.tolist() == also.tolist() == [1.0, 0.0, 0.0]


def test_tensor_s_class_shares_memory_where_the_dtype_allows_it():
    a, b = np.zeros(2, np.float32), np.zeros(2)
    shared, other = autograd.Tensor(a), autograd.Tensor(b)
    alias = autograd.Tensor(shared)
    a[0] = b[0] = 7.0
    assert shared.tolist() == alias.tolist() == [7.0, 0.0]
    assert other.tolist() == [0.0, 0.0]
    assert alias is not shared


def test_tensor_s_class_of_a_tensor_stays_in_the_graph():
    x = autograd.ones(2, requires_grad=True)
    (autograd.Tensor(x) * 3).sum().backward()
    assert x.grad.tolist() == [3.0, 3.0]


def test_tensor_s_class_takes_a_dtype_a_label_and_requires_grad_by_name():
    x = autograd.Tensor([1, 2], dtype=autograd.float64, requires_grad=True, label="x")
    assert (x.dtype, x.requires_grad, x.label, x.is_leaf) == (np.float64, True, "x", True)
    assert autograd.Tensor(2, 3, dtype=autograd.int64).dtype == np.int64
    with pytest.raises(RuntimeError, match="floating point"):
        autograd.Tensor([1, 2], dtype=autograd.int64, requires_grad=True)


def test_a_random_permutation_holds_every_number_once():
    autograd.manual_seed(1)
    places = autograd.randperm(100)
    assert places.dtype == np.int64
    assert sorted(places.tolist()) == list(range(100)) != places.tolist()


def test_bernoulli_draws_ones_as_often_as_asked():
    drawn = array(autograd.bernoulli(autograd.full((20000,), 0.3)))
    assert set(drawn.tolist()) == {0.0, 1.0}
    assert abs(drawn.mean() - 0.3) < 0.02


def test_the_default_dtype_is_that_of_python_floats():
    autograd.set_default_dtype(autograd.float64)
    try:
        assert autograd.tensor(1.5).dtype == autograd.zeros(2).dtype == autograd.get_default_dtype() == np.float64
        assert (autograd.tensor([1, 2]) / 2).dtype == np.float64
    finally:
        autograd.set_default_dtype(autograd.float32)
    assert autograd.tensor(1.5).dtype == np.float32
    with pytest.raises(TypeError):
        autograd.set_default_dtype(autograd.int64)


def test_every_maker_can_require_a_gradient():
    m, wanted = autograd, {"requires_grad": True}
    for x in (m.zeros(2, **wanted), m.ones(2, **wanted), m.rand(2, **wanted), m.randn(2, **wanted),
              m.empty(2, **wanted), m.full((2,), 1.0, **wanted), m.eye(2, **wanted), m.linspace(0, 1, 2, **wanted),
              m.arange(2.0, **wanted)):  # fmt: skip
        assert x.requires_grad
        assert x.is_leaf
        x.sum().backward()
        assert (array(x.grad) == 1).all()
