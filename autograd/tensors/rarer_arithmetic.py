"""Functions of numbers that are needed less often than those of `elementwise.py`, under PyTorch's names.

Most are methods of Tensor too. Functions of floats give the default dtype for integers and bools; a function of two
tensors broadcasts them.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from ..calculus import primitives as p
from ..calculus import special
from ..calculus.refusals import without_derivative
from ..core import dtypes
from ..core.engine import node_of, wrap
from ..core.forward import apply
from ..core.ops import OPS
from ..core.sums import wide
from .choices import clamp, where
from .comparison import ge, le
from .conversion import to
from .dims_and_sizes import broadcast
from .elementwise import binary, exp2, mul, pow, trunc, unary
from .tensor_base import operands

if TYPE_CHECKING:
    from .tensor import Tensor


# -- special functions ------------------------------------------------------------------------------------------------


@unary(special.erfinv)
def erfinv(input: Tensor) -> Tensor:
    """The inverse of erf on [-1, 1]; NaN outside."""
    raise AssertionError


@unary(special.lgamma)
def lgamma(input: Tensor) -> Tensor:
    """log |gamma(x)|; inf at 0 and the negative integers."""
    raise AssertionError


@unary(np.sinc)
def sinc(input: Tensor) -> Tensor:
    """sin(pi x) / (pi x), 1 at 0."""
    raise AssertionError


def digamma(input: Tensor) -> Tensor:
    """The derivative of lgamma; NaN at the negative integers."""
    return apply(OPS[special.polygamma], (input,), {"n": 0})


def polygamma(n: int, input: Tensor) -> Tensor:
    """The n-th derivative of digamma. Raises RuntimeError for n < 0.

    For n of 2 and more it is NaN below -10,000.
    """
    if n < 0:
        raise RuntimeError(f"polygamma(n, x) does not support negative n, got {n}")
    return apply(OPS[special.polygamma], (input,), {"n": n})


@binary(np.logaddexp2)
def logaddexp2(input: Tensor, other: Any) -> Tensor:
    """log2(2^input + 2^other), without overflow."""
    raise AssertionError


def nextafter(input: Tensor, other: Tensor) -> Tensor:
    """The next number that the dtype has after `input` in the direction of `other`.

    `backward` through it raises NotImplementedError, as do integers alone. Raises RuntimeError for shapes that do not
    broadcast.
    """
    dtype = dtypes.result_type(input._data, other._data)
    if not dtypes.is_floating(dtype):
        raise NotImplementedError(f"nextafter: integers have no next number, got {dtype}: convert them by x.float()")
    broadcast("nextafter", input.shape, other.shape)
    value = np.nextafter(*(np.asarray(x._data, dtype) for x in (input, other)))
    why = "'nextafter' is not implemented: give it tensor.detach()"
    source = other if node_of(input) is None else input
    return apply(OPS[without_derivative], (source,), {"value": value, "why": why})


# -- signs, fractions, units ------------------------------------------------------------------------------------------


@unary(p.sign)
def sgn(input: Tensor) -> Tensor:
    """-1, 0 or 1: `sign`, under the name that it has for complex numbers; its gradient is 0."""
    raise AssertionError


@binary(np.copysign)
def copysign(input: Tensor, other: Any) -> Tensor:
    """|input| with the sign of `other`, also that of -0.0; its gradient at 0 is 0."""
    raise AssertionError


def frac(input: Tensor) -> Tensor:
    """x - trunc(x), with the sign of x. Raises NotImplementedError for integers."""
    if not dtypes.is_floating(input.dtype):
        raise NotImplementedError(f"frac is about floating-point numbers, not {input.dtype}")
    return input - trunc(input)


def deg2rad(input: Tensor) -> Tensor:
    """Degrees in radians."""
    return input * (math.pi / 180)


def rad2deg(input: Tensor) -> Tensor:
    """Radians in degrees."""
    return input * (180 / math.pi)


def heaviside(input: Tensor, values: Tensor) -> Tensor:
    """0 below 0 and for NaN, 1 above, `values` at 0.

    `backward` through it raises NotImplementedError. Raises RuntimeError for different dtypes, and for shapes that do
    not broadcast.
    """
    if input.dtype != values.dtype:
        raise RuntimeError(f"heaviside: expected tensors of one dtype, got {input.dtype} and {values.dtype}")
    broadcast("heaviside", input.shape, values.shape)
    x, y = wide(input._data), values._data
    value = np.where(x == 0, y, (x > 0).astype(y.dtype))
    why = "'heaviside' is not implemented: give it tensor.detach()"
    source = values if node_of(input) is None else input
    return apply(OPS[without_derivative], (source,), {"value": value, "why": why})


# -- arithmetic -------------------------------------------------------------------------------------------------------


def clamp_min(input: Tensor, min: Any) -> Tensor:
    """The larger of input and `min`: clamp from below."""
    return clamp(input, min=min)


def clamp_max(input: Tensor, max: Any) -> Tensor:
    """The smaller of input and `max`: clamp from above."""
    return clamp(input, max=max)


def addcdiv(input: Tensor, tensor1: Tensor, tensor2: Tensor, *, value: float = 1) -> Tensor:
    """input + value * tensor1 / tensor2.

    Raises RuntimeError if tensor1 and tensor2 are integers, and for shapes that do not broadcast.
    """
    if not any(dtypes.is_floating(x.dtype) for x in (tensor1, tensor2)):
        raise RuntimeError("Integer division with addcdiv is not supported: convert a tensor first, x.float()")
    return input + value * (tensor1 / tensor2)


def _chosen(better: Callable[[Tensor, Any], Tensor], x: Tensor, y: Any) -> Tensor:
    (y,) = operands(y)
    missing: Any = y != y  # NaN
    return where(better(x, y) | missing, x, y)


def fmax(input: Tensor, other: Any) -> Tensor:
    """The larger of two, where one is NaN the other; at a tie `input` gets the gradient.

    Raises RuntimeError for shapes that do not broadcast.
    """
    return _chosen(ge, input, other)


def fmin(input: Tensor, other: Any) -> Tensor:
    """The smaller of two, where one is NaN the other; at a tie `input` gets the gradient. Raises as `fmax`."""
    return _chosen(le, input, other)


def float_power(input: Any, exponent: Any) -> Tensor:
    """input^exponent in float64; either may be a number. Raises RuntimeError for shapes that do not broadcast."""
    return pow(*[x.double() if hasattr(x, "double") else float(x) for x in (input, exponent)])


def ldexp(input: Tensor, other: Tensor) -> Tensor:
    """input * 2^other. Raises RuntimeError for shapes that do not broadcast."""
    out = mul(input, exp2(other))
    return out if dtypes.is_floating(other.dtype) or not dtypes.is_floating(input.dtype) else to(out, input._data.dtype)


def _of_integers(ufunc: Any, input: Tensor, other: Tensor) -> Tensor:
    for x in (input, other):
        if not dtypes.is_integer(x.dtype):
            raise NotImplementedError(f"{ufunc.__name__} is about integers, not {x.dtype}")
    broadcast(ufunc.__name__, input.shape, other.shape)
    return wrap(ufunc(*dtypes.together(input._data, other._data)))


def gcd(input: Tensor, other: Tensor) -> Tensor:
    """The greatest common divisor of integers, at least 0.

    Raises NotImplementedError for other dtypes, RuntimeError for shapes that do not broadcast.
    """
    return _of_integers(np.gcd, input, other)


def lcm(input: Tensor, other: Tensor) -> Tensor:
    """The least common multiple of integers, at least 0. Raises as `gcd`."""
    return _of_integers(np.lcm, input, other)
