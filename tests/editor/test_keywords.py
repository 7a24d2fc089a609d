"""Arguments may be given by torch's names; of a dimension, by NumPy's as well."""

import numpy as np
import pytest

import autograd
from tests.editor.public import public_names
from tests.editor.signatures import stubs
from tests.oracle import outputs_of

PUBLIC = {*public_names(autograd)}
FUNCTIONS = {name: calls for name, calls in stubs("_C/_VariableFunctions.pyi").items() if name in PUBLIC}
UNARY = [n for n, calls in FUNCTIONS.items() if any(call.counting() == (["input"], set()) for call in calls)]
BINARY = [n for n, calls in FUNCTIONS.items() if any(call.positional == ["input", "other"] for call in calls)]
REDUCTIONS = [n for n, calls in FUNCTIONS.items() if any({"dim", "keepdim"} <= {*call.positional} for call in calls)]
ALONG = ["argsort", "cumprod", "cumsum", "log_softmax", "softmax", "sort", "squeeze", "unbind", "unsqueeze"]


def tensors(name):
    """Two matrices that the function of that name is defined on."""
    x, y = autograd.tensor([[2.0, 1.0], [1.0, 3.0]]), autograd.tensor([[1.0, 2.0], [4.0, 3.0]])
    if name == "is_nonzero":
        return x[0, 0], y[0, 0]
    if name == "vdot":
        return x[0], y[0]
    if name in ("acos", "arccos", "asin", "arcsin", "atanh", "arctanh"):
        return x / 4, y / 4
    return (x.long(), y.long()) if name.startswith("bitwise") or name in ("gcd", "lcm") else (x, y)


def agree(result, expected):
    np.testing.assert_equal([np.asarray(r) for r in outputs_of(result)], [np.asarray(e) for e in outputs_of(expected)])


@pytest.mark.parametrize("name", UNARY)
def test_a_function_of_one_tensor_calls_it_input(name):
    function, (x, _) = getattr(autograd, name), tensors(name)
    agree(function(input=x), function(x))


@pytest.mark.parametrize("name", BINARY)
def test_a_function_of_two_tensors_calls_them_input_and_other(name):
    function, (x, y) = getattr(autograd, name), tensors(name)
    agree(function(input=x, other=y), function(x, y))
    agree(function(x, other=y), function(x, y))


@pytest.mark.parametrize("name", [name for name in BINARY if hasattr(autograd.Tensor, name)])
def test_a_method_calls_the_second_tensor_other(name):
    x, y = tensors(name)
    agree(getattr(x, name)(other=y), getattr(autograd, name)(x, y))


@pytest.mark.parametrize("name", [*REDUCTIONS, "norm"])
def test_a_reduction_takes_axis_for_dim_and_keepdims_for_keepdim(name):
    function, (x, _) = getattr(autograd, name), tensors(name)
    more = (0.5,) if name.endswith("quantile") else (2,) if name == "kthvalue" else ()
    agree(function(x, *more, axis=1, keepdims=True), function(x, *more, dim=1, keepdim=True))
    if name not in ("std_mean", "var_mean"):  # which are no methods
        agree(getattr(x, name)(*more, axis=0), function(x, *more, dim=0))


@pytest.mark.parametrize("name", ALONG)
def test_a_function_along_a_dimension_takes_axis_for_dim(name):
    x, _ = tensors(name)
    agree(getattr(autograd, name)(x, axis=0), getattr(autograd, name)(x, dim=0))
    agree(getattr(x, name)(axis=0), getattr(x, name)(dim=0))


@pytest.mark.parametrize("name", ["cat", "stack"])
def test_tensors_are_joined_along_an_axis(name):
    join, pair = getattr(autograd, name), tensors(name)
    agree(join(tensors=pair, axis=1), join(pair, dim=1))


@pytest.mark.parametrize("name", ["zeros", "ones", "empty", "rand", "randn"])
def test_a_size_may_be_given_by_name(name):
    make = getattr(autograd, name)
    assert make(size=(2, 3)).shape == make(2, 3).shape == make([2, 3]).shape
    with pytest.raises(TypeError, match="give them once"):
        make(2, size=(2, 3))


def test_a_range_may_be_given_by_its_end_alone():
    agree(autograd.arange(end=3), autograd.arange(3))
    agree(autograd.arange(start=1, end=3), autograd.arange(1, 3))
