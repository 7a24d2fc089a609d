"""What dtype comes out: PyTorch's promotion, with Python numbers weak and tensors without axes nearly so."""

import itertools
import operator

import numpy as np
import pytest

import autograd
from autograd.core import dtypes
from tests.oracle import TORCH, attempt, values_of

DTYPES = ["bool", "uint8", "int8", "int16", "int32", "int64", "bfloat16", "float16", "float32", "float64"]
NUMBERS = [True, 2, -1, 2.5, 300]
OPERANDS = [*itertools.product(["array", "0-d"], DTYPES), *(("number", n) for n in NUMBERS)]
VALUES = {"ordinary": ([1, 3, 7, 2], [2, 2, 3, 5]), "negative": ([-7, 0, 5, -3], [3, -2, -4, 1]),
          "large": ([100, 127, 250, 90], [3, 2, 100, 5])}  # fmt: skip
EVERY_OTHER = [True, False, True, False]


def made(m, dtype, shape=(3,)):
    return m.tensor(np.full(shape, 1).astype(dtype))


def operand(m, kind, dtype, values):
    """An operand of one of the kinds: a tensor of the values, one of the first of them, or a Python number."""
    if kind == "number":
        return dtype
    values = np.abs(values) if dtype == "uint8" else np.array(values)
    return m.tensor((values if kind == "array" else values[0]).astype(dtype))


def agree(expression, what="", refused=None):
    """Both give the same dtype, shape and values; what torch has no kernel for is free, and so what is `refused`."""
    ours, theirs = [attempt(values_of, m, expression, []) for m in (autograd, TORCH)]
    if isinstance(theirs, Exception):
        return
    if isinstance(ours, Exception):
        if refused and refused in str(ours):
            return
        raise ours
    for a, b in zip(ours, theirs, strict=True):
        assert a.dtype == b.dtype, f"{what}: {a.dtype}, torch {b.dtype}"
        rtol = 2e-2 if a.dtype == "bfloat16" else 2e-3
        np.testing.assert_allclose(a.astype(np.float64), b.astype(np.float64), rtol=rtol, err_msg=what)


def mask(m):
    return m.tensor(EVERY_OTHER)


OPERATORS = [
    "add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "lt", "le", "eq", "ne", "gt", "ge", "and_", "or_", "xor"
]  # fmt: skip
FUNCTIONS = [
    "maximum", "minimum", "atan2", "hypot", "logaddexp", "xlogy", "fmod", "remainder", "pow", "true_divide", "add",
    "sub", "mul", "floor_divide", "logical_and", "logical_or", "logical_xor", "bitwise_and", "bitwise_or",
    "bitwise_xor", "eq", "lt", "matmul", "outer"
]  # fmt: skip
BINARY = {
    **{name: lambda m, a, b, name=name: getattr(operator, name)(a, b) for name in OPERATORS},
    **{f"m.{name}": lambda m, a, b, name=name: getattr(m, name)(a, b) for name in FUNCTIONS},
    "div trunc": lambda m, a, b: m.div(a, b, rounding_mode="trunc"),
    "div floor": lambda m, a, b: m.div(a, b, rounding_mode="floor"),
    "add alpha": lambda m, a, b: m.add(a, b, alpha=2),
    "sub alpha": lambda m, a, b: m.sub(a, b, alpha=2),
    "add alpha float": lambda m, a, b: m.add(a, b, alpha=1.5),
    "clamp min": lambda m, a, b: m.clamp(a, min=b),
    "clamp max": lambda m, a, b: m.clamp(a, max=b),
    "where": lambda m, a, b: m.where(mask(m), a, b),
    "masked_fill": lambda m, a, b: a.masked_fill(mask(m), b),
    "lerp": lambda m, a, b: m.lerp(a, b, 0.25),
    "lerp weight": lambda m, a, b: m.lerp(a, a, b),
    "addcmul": lambda m, a, b: m.addcmul(a, b, b),
    "addcmul last": lambda m, a, b: m.addcmul(a, a, b),
    "addcmul value": lambda m, a, b: m.addcmul(a, b, b, value=0.5),
    "cat": lambda m, a, b: m.cat([a, b]),
    "cat empty": lambda m, a, b: m.cat([a[:0], b]),
    "stack": lambda m, a, b: m.stack([a, b]),
    "einsum": lambda m, a, b: m.einsum("i,i->", a, b),
    "einsum outer": lambda m, a, b: m.einsum("i,j->ij", a, b),
    "einsum sums": lambda m, a, b: m.einsum("i,j->", a, b),
    "result_type": lambda m, a, b: m.ones(1, dtype=m.result_type(a, b)),
}  # fmt: skip
OF_TENSORS = ("m.outer", "masked_fill", "addcmul", "cat", "stack", "einsum")  # not of numbers
# Torch gives 0 for integers to negative powers, and takes the 0 of 0.5 among integers; and of its functions of bits
# either input may be a number. All this is refused here.
REFUSED = {"pow": "negative integer powers", "m.pow": "negative integer powers", "addcmul value": "must not be a float",
           **{f"m.bitwise_{name}": "argument 'input' (position 1) must be Tensor" for name in ("and", "or", "xor")}}


@pytest.mark.parametrize("values", VALUES)
@pytest.mark.parametrize("name", BINARY)
def test_every_op_of_two_promotes_every_pair_of_dtypes_as_torch(name, values):
    left, right = VALUES[values]
    for a, b in itertools.product(OPERANDS, OPERANDS):
        numbers = [a[0], b[0]].count("number")
        if numbers < 2 and not (numbers and name.startswith(OF_TENSORS)):
            agree(lambda m, a=a, b=b: BINARY[name](m, operand(m, *a, left), operand(m, *b, right)), f"{a}, {b}",
                  REFUSED.get(name))


UNARY = [
    "neg", "abs", "exp", "log", "sqrt", "sin", "tanh", "sigmoid", "square", "reciprocal", "sign", "floor", "round",
    "erf", "relu", "rsqrt", "logit", "isnan", "log1p", "exp2"
]  # fmt: skip


@pytest.mark.parametrize("name", UNARY)
@pytest.mark.parametrize("dtype", DTYPES)
def test_functions_of_one_tensor(name, dtype):
    agree(lambda m: getattr(m, name)(made(m, dtype)))
    agree(lambda m: getattr(m, name)(made(m, dtype, ())))


WHOLE = [
    "sum", "mean", "prod", "max", "min", "amax", "amin", "std", "var", "norm", "nansum", "all", "any", "argmax",
    "argmin", "median"
]  # fmt: skip
ALONG = [
    "sum", "mean", "prod", "amax", "amin", "std", "var", "logsumexp", "softmax", "log_softmax", "cumsum", "cumprod",
    "nansum", "all", "any", "argmax"
]  # fmt: skip
REDUCTIONS = {
    **{name: lambda m, x, name=name: getattr(m, name)(x) for name in WHOLE},
    **{f"{name} dim": lambda m, x, name=name: getattr(m, name)(x, 0) for name in ALONG},
    "sum float64": lambda m, x: m.sum(x, dtype=m.float64),
    "sum int32": lambda m, x: m.sum(x, dtype=m.int32),
    "cumsum float32": lambda m, x: m.cumsum(x, 0, dtype=m.float32),
    "softmax float64": lambda m, x: m.softmax(x, 0, dtype=m.float64),
    "max dim": lambda m, x: tuple(m.max(x, 0)),
    "sort": lambda m, x: tuple(m.sort(x, stable=True)),
    "topk": lambda m, x: m.topk(x, 1).values,
    "argsort": lambda m, x: m.argsort(x, stable=True),
}  # fmt: skip


@pytest.mark.parametrize("name", REDUCTIONS)
@pytest.mark.parametrize("dtype", DTYPES)
def test_reductions(name, dtype):
    agree(lambda m: REDUCTIONS[name](m, made(m, dtype)))


OTHERS = {
    "where with number": lambda m, x: m.where(x > 0, x, 2.5),
    "where with int": lambda m, x: m.where(x > 0, x, 2),
    "where mixed": lambda m, x: m.where(x > 0, x, made(m, "float64")),
    "clamp": lambda m, x: x.clamp(0, 2),
    "clamp float": lambda m, x: x.clamp(0.5, 2.5),
    "cat mixed": lambda m, x: m.cat([x, made(m, "float32")]),
    "stack mixed": lambda m, x: m.stack([x, made(m, "float32")]),
    "matmul": lambda m, x: x @ x,
    "matmul mixed": lambda m, x: x @ made(m, "float32"),
    "outer": lambda m, x: m.outer(x, x),
    "lerp": lambda m, x: m.lerp(x, x, 0.5),
    "masked_fill": lambda m, x: x.masked_fill(x > 0, 5),
    "masked_fill float": lambda m, x: x.masked_fill(x > 0, 5.5),
    "float": lambda m, x: x.float(),
    "double": lambda m, x: x.double(),
    "half": lambda m, x: x.half(),
    "bfloat16": lambda m, x: x.bfloat16(),
    "long": lambda m, x: x.long(),
    "int": lambda m, x: x.int(),
    "bool": lambda m, x: x.bool(),
    "to": lambda m, x: x.to(m.float64),
    "to like": lambda m, x: x.to(made(m, "float16")),
    "type_as": lambda m, x: x.type_as(made(m, "bfloat16")),
    "one_hot": lambda m, x: m.one_hot(x, 3),
    "zeros_like": lambda m, x: m.zeros_like(x),
    "ones_like float": lambda m, x: m.ones_like(x, dtype=m.float64),
    "full_like": lambda m, x: m.full_like(x, 3),
    "+=": lambda m, x: operator.iadd(x, 2),
    "+= float": lambda m, x: operator.iadd(x, 2.5),
    "/=": lambda m, x: operator.itruediv(x, 2),
    "*= float64": lambda m, x: operator.imul(x, made(m, "float64")),
    "setitem": lambda m, x: (x.__setitem__(0, 2.5), x)[1],
}


@pytest.mark.parametrize("name", OTHERS)
@pytest.mark.parametrize("dtype", DTYPES)
def test_other_functions(name, dtype):
    agree(lambda m: OTHERS[name](m, made(m, dtype)))


def test_data_of_another_dtype_and_shape_may_be_set_on_a_leaf_as_in_torch():
    for m in (autograd, TORCH):
        x = m.ones(2, requires_grad=True)
        x.data = m.zeros(3, dtype=m.float64)
        (x + 1).square().sum().backward()
        assert (x.dtype, tuple(x.shape), x.grad.dtype) == (m.float64, (3,), m.float64)
        assert x.grad.tolist() == [2.0, 2.0, 2.0]
        with pytest.raises(RuntimeError, match="data set to a tensor that requires gradients must be floating point"):
            x.data = m.zeros(3, dtype=m.int64)


# -- integers at the ends of their range -------------------------------------------------------------------------------

DIVISIONS = {
    "//": lambda m, x, y: x // y, "%": lambda m, x, y: x % y, "fmod": lambda m, x, y: m.fmod(x, y),
    "trunc": lambda m, x, y: m.div(x, y, rounding_mode="trunc"),
    "floor": lambda m, x, y: m.div(x, y, rounding_mode="floor"), "reflected //": lambda m, x, y: 7 // (x * y),
    "reflected %": lambda m, x, y: 7 % (x * y), "remainder_": lambda m, x, y: x.remainder_(y),
}  # fmt: skip


@pytest.mark.parametrize("dtype", ["uint8", "int32", "int64"])
@pytest.mark.parametrize("name", DIVISIONS)
def test_integers_divided_by_zero_raise_as_in_torch_and_floats_do_not(name, dtype):
    for m in (autograd, TORCH):
        for zero in (0, m.tensor([1, 0]).to(getattr(m, dtype))):
            with pytest.raises(RuntimeError, match="ZeroDivisionError"):
                DIVISIONS[name](m, m.tensor([7, 5], dtype=getattr(m, dtype)), zero)
    agree(lambda m: DIVISIONS[name](m, m.tensor([7.0, -5.0]), 0))
    agree(lambda m: DIVISIONS[name](m, m.zeros(0, dtype=m.int64), m.zeros(0, dtype=m.int64)))


BEYOND = {
    "tensor": lambda m, dtype, value: m.tensor([value], dtype=dtype),
    "tensor of a number": lambda m, dtype, value: m.tensor(value, dtype=dtype),
    "tensor of tensors": lambda m, dtype, value: m.tensor([m.tensor(value)], dtype=dtype),
    "tensor of an array": lambda m, dtype, value: m.tensor(np.array([value]), dtype=dtype),
    "as_tensor": lambda m, dtype, value: m.as_tensor([value], dtype=dtype),
    "full": lambda m, dtype, value: m.full((2,), value, dtype=dtype),
    "full_like": lambda m, dtype, value: m.full_like(m.zeros(2, dtype=dtype), value),
    "masked_fill": lambda m, dtype, value: m.zeros(2, dtype=dtype).masked_fill(m.tensor([True, False]), value),
    "masked_fill tensor": lambda m, dtype, value: m.zeros(2, dtype=dtype).masked_fill(
        m.tensor([True, False]), m.tensor(value)),
    "where": lambda m, dtype, value: m.where(m.tensor([True, False]), m.zeros(2, dtype=dtype), value),
}  # fmt: skip


@pytest.mark.parametrize("name", BEYOND)
@pytest.mark.parametrize("dtype", ["uint8", "int8", "int32", "bool"])
def test_numbers_beyond_the_range_of_a_dtype_are_refused_where_torch_refuses_them(name, dtype):
    for value in (300, -1, -255, -256, 128, 2**40, 2.7, 1e10, -1.5, float("nan"), float("inf")):
        if isinstance(value, float) and name in ("masked_fill", "masked_fill tensor", "tensor of an array",
                                                 "tensor of tensors"):
            continue  # what floats that do not fit become is up to the compiler there
        ours, theirs = [attempt(values_of, m, lambda m, v=value: BEYOND[name](m, getattr(m, dtype), v), [])
                        for m in (autograd, TORCH)]
        if isinstance(theirs, Exception):
            assert type(ours) is type(theirs) is RuntimeError, f"{value}: {ours}, torch {theirs}"
            assert "without overflow" in str(ours)
        else:
            np.testing.assert_array_equal(ours, theirs, err_msg=str(value))


def test_one_test_says_what_is_floating():
    for name in DTYPES:
        assert dtypes.is_floating(np.dtype(name)) == ("float" in name) == getattr(TORCH, name).is_floating_point
