"""Functions of numbers, element by element, under PyTorch's names: each is a method of Tensor too.

Functions of floats give the default dtype for integers and bools. A function of two tensors broadcasts them, and raises
RuntimeError where their shapes do not allow it, or where integers are to be divided by 0 into an integer.

A function without options is its op itself, so that a call costs no more than the op: `@unary(np.exp)` puts the op
under the name, signature and docstring of the function it decorates, whose body never runs.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import update_wrapper
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from ..calculus import primitives as p
from ..core import dtypes
from ..core.errors import no_tensor
from ..core.forward import apply, of_one, of_two
from ..core.ops import OPS
from .dims_and_sizes import broadcasting
from .tensor_base import TensorBase

if TYPE_CHECKING:
    from .tensor import Tensor

F = TypeVar("F", bound=Callable[..., Any])


def unary(key: Callable[..., Any]) -> Callable[[F], F]:
    """The op `key` of one tensor, under the name, signature and docstring of a function."""
    return lambda function: update_wrapper(of_one(OPS[key]), function)  # type: ignore[return-value]


def binary(key: Callable[..., Any]) -> Callable[[F], F]:
    """The op `key` of a tensor and a tensor, array or number, under the name, signature and docstring of a function."""
    return lambda function: update_wrapper(of_two(OPS[key]), broadcasting(function))  # type: ignore[return-value]


# -- functions of one number ------------------------------------------------------------------------------------------


@unary(np.absolute)
def abs(input: Tensor) -> Tensor:
    """|x|; its gradient at 0 is 0."""
    raise AssertionError


@unary(np.negative)
def neg(input: Tensor) -> Tensor:
    """-x."""
    raise AssertionError


@unary(np.exp)
def exp(input: Tensor) -> Tensor:
    """e^x."""
    raise AssertionError


@unary(np.exp2)
def exp2(input: Tensor) -> Tensor:
    """2^x."""
    raise AssertionError


@unary(np.expm1)
def expm1(input: Tensor) -> Tensor:
    """e^x - 1, accurate near 0."""
    raise AssertionError


@unary(np.log)
def log(input: Tensor) -> Tensor:
    """The natural logarithm."""
    raise AssertionError


@unary(np.log1p)
def log1p(input: Tensor) -> Tensor:
    """log(1 + x), accurate near 0."""
    raise AssertionError


@unary(np.log2)
def log2(input: Tensor) -> Tensor:
    """The logarithm to base 2."""
    raise AssertionError


@unary(np.log10)
def log10(input: Tensor) -> Tensor:
    """The logarithm to base 10."""
    raise AssertionError


@unary(np.sqrt)
def sqrt(input: Tensor) -> Tensor:
    """The square root."""
    raise AssertionError


@unary(p.rsqrt)
def rsqrt(input: Tensor) -> Tensor:
    """1 / sqrt(x)."""
    raise AssertionError


@unary(np.square)
def square(input: Tensor) -> Tensor:
    """x * x."""
    raise AssertionError


@unary(np.reciprocal)
def reciprocal(input: Tensor) -> Tensor:
    """1 / x."""
    raise AssertionError


@unary(np.sin)
def sin(input: Tensor) -> Tensor:
    """The sine of x in radians."""
    raise AssertionError


@unary(np.cos)
def cos(input: Tensor) -> Tensor:
    """The cosine of x in radians."""
    raise AssertionError


@unary(np.tan)
def tan(input: Tensor) -> Tensor:
    """The tangent of x in radians."""
    raise AssertionError


@unary(np.arcsin)
def asin(input: Tensor) -> Tensor:
    """The inverse sine, in radians."""
    raise AssertionError


@unary(np.arccos)
def acos(input: Tensor) -> Tensor:
    """The inverse cosine, in radians."""
    raise AssertionError


@unary(np.arctan)
def atan(input: Tensor) -> Tensor:
    """The inverse tangent, in radians."""
    raise AssertionError


@unary(np.sinh)
def sinh(input: Tensor) -> Tensor:
    """The hyperbolic sine."""
    raise AssertionError


@unary(np.cosh)
def cosh(input: Tensor) -> Tensor:
    """The hyperbolic cosine."""
    raise AssertionError


@unary(np.tanh)
def tanh(input: Tensor) -> Tensor:
    """The hyperbolic tangent."""
    raise AssertionError


@unary(np.arcsinh)
def asinh(input: Tensor) -> Tensor:
    """The inverse hyperbolic sine."""
    raise AssertionError


@unary(np.arccosh)
def acosh(input: Tensor) -> Tensor:
    """The inverse hyperbolic cosine."""
    raise AssertionError


@unary(np.arctanh)
def atanh(input: Tensor) -> Tensor:
    """The inverse hyperbolic tangent."""
    raise AssertionError


@unary(p.sigmoid)
def sigmoid(input: Tensor) -> Tensor:
    """1 / (1 + e^-x)."""
    raise AssertionError


@unary(p.relu)
def relu(input: Tensor) -> Tensor:
    """max(x, 0); its gradient at 0 is 0."""
    raise AssertionError


@unary(p.erf)
def erf(input: Tensor) -> Tensor:
    """The error function, 2/sqrt(pi) times the integral of exp(-t^2) from 0 to x."""
    raise AssertionError


@unary(p.erfc)
def erfc(input: Tensor) -> Tensor:
    """1 - erf(x), accurate where erf(x) is nearly 1."""
    raise AssertionError


@unary(p.sign)
def sign(input: Tensor) -> Tensor:
    """-1, 0 or 1; its gradient is 0."""
    raise AssertionError


@unary(np.floor)
def floor(input: Tensor) -> Tensor:
    """The largest whole number that is not above x; its gradient is 0."""
    raise AssertionError


@unary(np.ceil)
def ceil(input: Tensor) -> Tensor:
    """The smallest whole number that is not below x; its gradient is 0."""
    raise AssertionError


@unary(np.trunc)
def trunc(input: Tensor) -> Tensor:
    """x without its fraction; its gradient is 0."""
    raise AssertionError


@unary(np.copy)
def clone(input: Tensor) -> Tensor:
    """A copy of the tensor, through which the gradient flows."""
    raise AssertionError


absolute, negative, fix = abs, neg, trunc
arcsin, arccos, arctan, arcsinh, arccosh, arctanh = asin, acos, atan, asinh, acosh, atanh

_rint, _logit, _nan_to_num = of_one(OPS[np.rint]), of_one(OPS[p.logit]), of_one(OPS[np.nan_to_num])


def positive(input: Tensor) -> Tensor:
    """The tensor itself."""
    if not isinstance(input, TensorBase):
        raise no_tensor("positive", "input", 1, input)
    return input


def round(input: Tensor, *, decimals: int = 0) -> Tensor:
    """x rounded to `decimals` decimal places, halves to even; its gradient is 0."""
    if not dtypes.is_floating(input.dtype):
        return clone(input)
    return _rint(input) if not decimals else _rint(input * 10.0**decimals) / 10.0**decimals


def logit(input: Tensor, eps: float | None = None) -> Tensor:
    """log(x / (1 - x)), the inverse of sigmoid; x is clamped to [eps, 1 - eps] if `eps` is given."""
    return _logit(input, eps)


def nan_to_num(input: Tensor, nan: float = 0.0, posinf: float | None = None, neginf: float | None = None) -> Tensor:
    """The input with NaN, inf and -inf replaced: by 0 and the largest and smallest number of the dtype unless given."""
    most = float(dtypes.limits(input._data.dtype).max) if dtypes.is_floating(input._data.dtype) else None
    return _nan_to_num(input, nan, most if posinf is None else posinf, -most if neginf is None and most else neginf)


# -- arithmetic of two ------------------------------------------------------------------------------------------------


@binary(np.multiply)
def mul(input: Tensor, other: Any) -> Tensor:
    """input * other."""
    raise AssertionError


@binary(np.arctan2)
def atan2(input: Tensor, other: Any) -> Tensor:
    """The angle of the point (other, input), in radians."""
    raise AssertionError


@binary(np.maximum)
def maximum(input: Tensor, other: Any) -> Tensor:
    """The larger of two; at a tie each gets half the gradient."""
    raise AssertionError


@binary(np.minimum)
def minimum(input: Tensor, other: Any) -> Tensor:
    """The smaller of two; at a tie each gets half the gradient."""
    raise AssertionError


@binary(np.hypot)
def hypot(input: Tensor, other: Any) -> Tensor:
    """sqrt(input^2 + other^2), without overflow."""
    raise AssertionError


@binary(np.logaddexp)
def logaddexp(input: Tensor, other: Any) -> Tensor:
    """log(e^input + e^other), without overflow."""
    raise AssertionError


@binary(np.fmod)
def fmod(input: Tensor, other: Any) -> Tensor:
    """The remainder of a division rounded towards 0: it has the sign of `input`."""
    raise AssertionError


@binary(np.floor_divide)
def floor_divide(input: Tensor, other: Any) -> Tensor:
    """The quotient rounded down; its gradient is 0."""
    raise AssertionError


multiply, arctan2 = mul, atan2

_add, _sub, _div, _power = of_two(OPS[np.add]), of_two(OPS[np.subtract]), of_two(OPS[np.divide]), of_two(OPS[np.power])


def add(input: Tensor, other: Any, *, alpha: float = 1) -> Tensor:
    """input + alpha * other. Raises RuntimeError for shapes that do not broadcast, or an alpha of another dtype."""
    return _add(input, other if alpha.__class__ is int and alpha == 1 else _times(alpha, other, input))


def sub(input: Tensor, other: Any, *, alpha: float = 1) -> Tensor:
    """input - alpha * other. Raises as `add`, and for bools."""
    return _sub(input, other if alpha.__class__ is int and alpha == 1 else _times(alpha, other, input))


def _times(alpha: float, other: Any, input: Tensor) -> Any:
    """alpha * other, in the dtype that input and other have together."""
    dtype = dtypes.of_multiple(alpha, "alpha", input, other)
    if isinstance(alpha, bool) and dtype != dtypes.bool_:
        raise RuntimeError(f"Boolean alpha only supported for Boolean results, got alpha={alpha} for {dtype}")
    return (other.to(dtype) * alpha).to(dtype) if hasattr(other, "to") else dtypes.cast(other * alpha, dtype)


def div(input: Tensor, other: Any, *, rounding_mode: str | None = None) -> Tensor:
    """input / other; with `rounding_mode` "floor" or "trunc" rounded to a whole number, whose gradient is 0.

    Raises RuntimeError for any other `rounding_mode`, or shapes that do not broadcast.
    """
    if rounding_mode is None:
        return _div(input, other)
    if rounding_mode == "floor":
        return floor_divide(input, other)
    if rounding_mode != "trunc":
        raise RuntimeError(
            f"div expected rounding_mode to be one of None, 'trunc', or 'floor' but found '{rounding_mode}'"
        )
    return apply(OPS[p.trunc_divide], (input, other), {})


def pow(input: Any, exponent: Any) -> Tensor:
    """input^exponent; either may be a number. The gradient is 0 for an exponent of 0, whatever the base.

    Raises RuntimeError for integers to a negative power, or shapes that do not broadcast.
    """
    return _power(input, exponent) if isinstance(input, TensorBase) else apply(OPS[np.power], (input, exponent), {})


def remainder(input: Any, other: Any) -> Tensor:
    """The remainder of a division rounded down, as Python's %: it has the sign of `other`."""
    return apply(OPS[np.remainder], (input, other), {})


def xlogy(input: Any, other: Any) -> Tensor:
    """input * log(other), 0 where input is 0. Raises RuntimeError for shapes that do not broadcast."""
    return apply(OPS[p.xlogy], (input, other), {})


def lerp(input: Tensor, end: Tensor, weight: Any) -> Tensor:
    """input + weight * (end - input): `input` for a weight of 0, `end` for 1."""
    return apply(OPS[p.lerp], (input, end, weight), {})


def addcmul(input: Tensor, tensor1: Tensor, tensor2: Tensor, *, value: float = 1) -> Tensor:
    """input + value * tensor1 * tensor2. Raises as `add`."""
    if not dtypes.is_floating(input.dtype):
        value = dtypes.cast(value, dtypes.of_multiple(value, "value", input, tensor1, tensor2))
    return apply(OPS[p.addcmul], (input, tensor1, tensor2), {"value": value})


subtract, divide, true_divide = sub, div, div
