"""Elementwise functions, under PyTorch's names and signatures; most are methods of Tensor too."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ..calculus import primitives, rules  # noqa: F401  (importing the rules fills the table)
from ..core import dtypes
from ..core.forward import apply, binary, reflected, unary
from ..core.ops import NUMBERS, OPS
from .tensor import Tensor, method, to_array, wrap


def _elementwise(key: Any, name: str, doc: str, two: bool = False) -> Any:
    """The public function of an op without options, which is also a method."""
    function = (binary if two else unary)(OPS[key])
    function.__name__ = function.__qualname__ = name
    function.__doc__ = doc
    return method(function, name)


def tensors(*xs: Any) -> list[Any]:
    """Every x as it may enter an op: tensors and Python numbers as they are, the rest as tensors."""
    return [x if isinstance(x, Tensor) or type(x) in NUMBERS else wrap(to_array(x), None) for x in xs]


# -- functions of one number ------------------------------------------------------------------------------------------

abs = _elementwise(np.absolute, "abs", "|x|; its gradient at 0 is 0.")
neg = _elementwise(np.negative, "neg", "-x.")
exp = _elementwise(np.exp, "exp", "e^x.")
exp2 = _elementwise(np.exp2, "exp2", "2^x.")
expm1 = _elementwise(np.expm1, "expm1", "e^x - 1, accurate near 0.")
log = _elementwise(np.log, "log", "The natural logarithm.")
log1p = _elementwise(np.log1p, "log1p", "log(1 + x), accurate near 0.")
log2 = _elementwise(np.log2, "log2", "The logarithm to base 2.")
log10 = _elementwise(np.log10, "log10", "The logarithm to base 10.")
sqrt = _elementwise(np.sqrt, "sqrt", "The square root.")
rsqrt = _elementwise(primitives.rsqrt, "rsqrt", "1 / sqrt(x).")
square = _elementwise(np.square, "square", "x * x.")
reciprocal = _elementwise(np.reciprocal, "reciprocal", "1 / x.")
sin = _elementwise(np.sin, "sin", "The sine of x in radians.")
cos = _elementwise(np.cos, "cos", "The cosine of x in radians.")
tan = _elementwise(np.tan, "tan", "The tangent of x in radians.")
asin = _elementwise(np.arcsin, "asin", "The inverse sine, in radians.")
acos = _elementwise(np.arccos, "acos", "The inverse cosine, in radians.")
atan = _elementwise(np.arctan, "atan", "The inverse tangent, in radians.")
sinh = _elementwise(np.sinh, "sinh", "The hyperbolic sine.")
cosh = _elementwise(np.cosh, "cosh", "The hyperbolic cosine.")
tanh = _elementwise(np.tanh, "tanh", "The hyperbolic tangent.")
asinh = _elementwise(np.arcsinh, "asinh", "The inverse hyperbolic sine.")
acosh = _elementwise(np.arccosh, "acosh", "The inverse hyperbolic cosine.")
atanh = _elementwise(np.arctanh, "atanh", "The inverse hyperbolic tangent.")
sigmoid = _elementwise(primitives.sigmoid, "sigmoid", "1 / (1 + e^-x).")
relu = _elementwise(primitives.relu, "relu", "max(x, 0); its gradient at 0 is 0.")
erf = _elementwise(primitives.erf, "erf", "The error function.")
erfc = _elementwise(primitives.erfc, "erfc", "1 - erf(x).")
sign = _elementwise(primitives.sign, "sign", "-1, 0 or 1; its gradient is 0.")
floor = _elementwise(np.floor, "floor", "The largest whole number not above x; its gradient is 0.")
ceil = _elementwise(np.ceil, "ceil", "The smallest whole number not below x; its gradient is 0.")
trunc = _elementwise(np.trunc, "trunc", "x without its fraction; its gradient is 0.")
_rint = _elementwise(np.rint, "_rint", "The nearest whole number, halves to even; its gradient is 0.")

_logit, _nan_to_num = unary(OPS[primitives.logit]), unary(OPS[np.nan_to_num])
_clone, _cast = unary(OPS[np.copy]), unary(OPS[primitives.cast], casts=True)

absolute, negative, fix = method(abs, "absolute", "__abs__"), method(neg, "negative", "__neg__"), method(trunc, "fix")
arcsin, arccos, arctan = method(asin, "arcsin"), method(acos, "arccos"), method(atan, "arctan")
arcsinh, arccosh, arctanh = method(asinh, "arcsinh"), method(acosh, "arccosh"), method(atanh, "arctanh")


@method
def round(input: Tensor, *, decimals: int = 0) -> Tensor:
    """The nearest number of so many decimals, halves to even; its gradient is 0."""
    if input.dtype.kind != "f":
        return clone(input)
    return _rint(input) if not decimals else _rint(input * 10.0**decimals) / 10.0**decimals


@method
def logit(input: Tensor, eps: float | None = None) -> Tensor:
    """log(x / (1 - x)), the inverse of sigmoid; x is clamped to [eps, 1 - eps] if `eps` is given."""
    return _logit(input, eps)


@method
def nan_to_num(input: Tensor, nan: float = 0.0, posinf: float | None = None, neginf: float | None = None) -> Tensor:
    """NaN, inf and -inf replaced: by default by 0 and the largest and smallest number of the dtype."""
    return _nan_to_num(input, nan, posinf, neginf)


# -- arithmetic of two ------------------------------------------------------------------------------------------------

_add = binary(OPS[np.add])
_sub = binary(OPS[np.subtract])
_div = binary(OPS[np.divide])
_power = binary(OPS[np.power])
_floor_divide = binary(OPS[np.floor_divide])
mul = _elementwise(np.multiply, "mul", "input * other.", two=True)
atan2 = _elementwise(np.arctan2, "atan2", "The angle of the point (other, input), in radians.", two=True)
maximum = _elementwise(np.maximum, "maximum", "The larger of two; at a tie each gets half the gradient.", two=True)
minimum = _elementwise(np.minimum, "minimum", "The smaller of two; at a tie each gets half the gradient.", two=True)
hypot = _elementwise(np.hypot, "hypot", "sqrt(input^2 + other^2), without overflow.", two=True)
logaddexp = _elementwise(np.logaddexp, "logaddexp", "log(e^input + e^other), without overflow.", two=True)
fmod = _elementwise(np.fmod, "fmod", "The remainder of a division rounded to 0: it has the sign of input.", two=True)
matmul = _elementwise(np.matmul, "matmul", "The matrix product, over any broadcast leading dimensions.", two=True)
multiply, arctan2 = method(mul, "multiply"), method(atan2, "arctan2")


@method
def add(input: Tensor, other: Any, *, alpha: float = 1) -> Tensor:
    """input + alpha * other."""
    return _add(input, other if alpha == 1 else other * alpha)


@method
def sub(input: Tensor, other: Any, *, alpha: float = 1) -> Tensor:
    """input - alpha * other."""
    return _sub(input, other if alpha == 1 else other * alpha)


@method
def div(input: Tensor, other: Any, *, rounding_mode: str | None = None) -> Tensor:
    """input / other; with `rounding_mode` "floor" or "trunc" a whole number, whose gradient is 0."""
    if rounding_mode is None:
        return _div(input, other)
    if rounding_mode == "floor":
        return _floor_divide(input, other)
    if rounding_mode != "trunc":
        raise RuntimeError(
            f"div expected rounding_mode to be one of None, 'trunc', or 'floor' but found '{rounding_mode}'"
        )
    quotient = apply(OPS[primitives.trunc_divide], tensors(input, other), {})
    exact = input.dtype.kind != "f" and not dtypes.is_floating(other)
    return to(quotient, input.dtype) if exact else quotient


@method
def floor_divide(input: Tensor, other: Any) -> Tensor:
    """The quotient rounded down; its gradient is 0."""
    return _floor_divide(input, other)


@method
def pow(input: Any, exponent: Any) -> Tensor:
    """input^exponent; either may be a number. The gradient is 0 for an exponent of 0, whatever the base."""
    return _power(input, exponent) if isinstance(input, Tensor) else apply(OPS[np.power], (input, exponent), {})


@method
def remainder(input: Any, other: Any) -> Tensor:
    """The remainder of a division rounded down, as Python's %: it has the sign of other."""
    return apply(OPS[np.remainder], tensors(input, other), {})


@method
def xlogy(input: Any, other: Any) -> Tensor:
    """input * log(other), 0 where input is 0."""
    return apply(OPS[primitives.xlogy], tensors(input, other), {})


@method
def lerp(input: Tensor, end: Tensor, weight: Any) -> Tensor:
    """input + weight * (end - input)."""
    return apply(OPS[primitives.lerp], (input, end, weight), {})


@method
def addcmul(input: Tensor, tensor1: Tensor, tensor2: Tensor, *, value: float = 1) -> Tensor:
    """input + value * tensor1 * tensor2."""
    return apply(OPS[primitives.addcmul], (input, tensor1, tensor2), {"value": value})


@method
def clamp(input: Tensor, min: Any = None, max: Any = None) -> Tensor:
    """The nearest value in [min, max]; a bound may be a number, a tensor, or None."""
    if min is None and max is None:
        raise RuntimeError("clamp: At least one of 'min' or 'max' must not be None")
    return apply(OPS[np.clip], (input, min, max), {})


clip = method(clamp, "clip")


def where(condition: Tensor, input: Any = None, other: Any = None) -> Any:
    """input where condition, other elsewhere; with the condition alone, the indices where it is true, by dimension.

    The gradient of the choice not taken is 0. Where that choice made an infinity or NaN its own derivative times that 0
    is NaN, as in PyTorch: choose a safe argument before the function, too.
    """
    test = np.asarray(condition._data if isinstance(condition, Tensor) else condition)
    if input is None and other is None:
        return tuple(wrap(i, None) for i in np.nonzero(test))
    if test.dtype != bool:
        raise RuntimeError(f"where expected condition to be a boolean tensor, but got a tensor with dtype {test.dtype}")
    x, y = tensors(input, other)
    if not isinstance(x, Tensor) and not isinstance(y, Tensor):
        x = wrap(np.asarray(x, dtypes.result_type(x, y)), None)
    return apply(OPS[np.where], (condition, x, y), {})


@method
def masked_fill(input: Tensor, mask: Tensor, value: Any) -> Tensor:
    """`value` where `mask`, a bool tensor that broadcasts to the input, is true."""
    if mask.dtype != bool:
        raise RuntimeError(f"masked_fill only supports boolean masks, but got mask with dtype {mask.dtype}")
    if isinstance(value, Tensor) and value.ndim:
        raise RuntimeError(f"masked_fill only supports a 0-dimensional value tensor, but got shape {list(value.shape)}")
    return where(mask, wrap(np.asarray(value, input.dtype), None) if type(value) in NUMBERS else value, input)


method(lambda input, condition, other: where(condition, input, other), "where")


def _compare(ufunc: Any, name: str, sign: str) -> Any:
    def compare(input: Any, other: Any) -> Any:
        if other is None or isinstance(other, str):
            return NotImplemented
        a, b = (x._data if isinstance(x, Tensor) else x for x in (input, other))
        try:
            return wrap(ufunc(a, b), None)
        except (ValueError, TypeError) as error:
            from ..core.errors import explain

            raise explain(_Named(name), [a, b], {}, error) from error

    compare.__name__ = name
    compare.__doc__ = f"input {sign} other, elementwise, as bools."
    return method(compare, name)


class _Named(NamedTuple):
    name: str


eq = _compare(np.equal, "eq", "==")
ne = _compare(np.not_equal, "ne", "!=")
lt = _compare(np.less, "lt", "<")
le = _compare(np.less_equal, "le", "<=")
gt = _compare(np.greater, "gt", ">")
ge = _compare(np.greater_equal, "ge", ">=")
logical_and = _compare(np.logical_and, "logical_and", "and")
logical_or = _compare(np.logical_or, "logical_or", "or")
logical_xor = _compare(np.logical_xor, "logical_xor", "xor")
bitwise_and = _compare(np.bitwise_and, "bitwise_and", "&")
bitwise_or = _compare(np.bitwise_or, "bitwise_or", "|")
bitwise_xor = _compare(np.bitwise_xor, "bitwise_xor", "^")


def _test(function: Any, name: str, doc: str) -> Any:
    def test(input: Tensor) -> Tensor:
        return wrap(function(input._data), None)

    test.__name__, test.__doc__ = name, doc
    return method(test, name)


isnan = _test(np.isnan, "isnan", "Where the value is NaN.")
isinf = _test(np.isinf, "isinf", "Where the value is inf or -inf.")
isfinite = _test(np.isfinite, "isfinite", "Where the value is neither NaN nor infinite.")
logical_not = _test(np.logical_not, "logical_not", "not input, elementwise.")
bitwise_not = _test(np.invert, "bitwise_not", "~input, elementwise.")


for key, names in {
    np.add: ("__add__", "__radd__"), np.subtract: ("__sub__",), np.multiply: ("__mul__", "__rmul__"),
    np.divide: ("__truediv__",), np.power: ("__pow__",), np.matmul: ("__matmul__",),
    np.floor_divide: ("__floordiv__",), np.remainder: ("__mod__",),
}.items():  # fmt: skip
    method(binary(OPS[key], operator=True), *names)


for name, function in {
    "__rsub__": reflected(OPS[np.subtract]), "__rtruediv__": reflected(OPS[np.divide]),
    "__rpow__": reflected(OPS[np.power]), "__rmatmul__": reflected(OPS[np.matmul]),
    "__rfloordiv__": reflected(OPS[np.floor_divide]), "__rmod__": reflected(OPS[np.remainder]),
    "__eq__": eq, "__ne__": ne, "__lt__": lt, "__le__": le, "__gt__": gt, "__ge__": ge,
    "__and__": bitwise_and, "__or__": bitwise_or, "__xor__": bitwise_xor, "__invert__": bitwise_not,
    "__rand__": bitwise_and, "__ror__": bitwise_or, "__rxor__": bitwise_xor, "__pos__": lambda x: x,
}.items():  # fmt: skip
    method(function, name)

subtract, divide, true_divide = method(sub, "subtract"), method(div, "divide"), method(div, "true_divide")

# -- dtype and copy ---------------------------------------------------------------------------------------------------


@method
def to(input: Tensor, dtype: Any = None, *, device: Any = None, copy: bool = False) -> Tensor:
    """The values in another dtype, the tensor itself if it is that already; a gradient flows between float dtypes.

    `dtype` may be a dtype, a tensor to take it from, or the device "cpu".
    """
    for place in (device, dtype):
        if isinstance(place, str) and place.partition(":")[0] in ("cuda", "mps", "gpu", "xpu", "meta"):
            raise RuntimeError(f"device {place!r} is not available: tensors live on the 'cpu'")
    if dtype is None or (isinstance(dtype, str) and dtype == "cpu"):
        return clone(input) if copy else input
    dtype = dtype.dtype if isinstance(dtype, Tensor) else np.dtype(dtype)
    if dtype == input.dtype:
        return clone(input) if copy else input
    if dtype.kind != "f":
        return wrap(input._data.astype(dtype), None)
    return _cast(input, dtype)


for name, dtype in {
    "float": dtypes.float32, "double": dtypes.float64, "half": dtypes.float16, "long": dtypes.int64,
    "int": dtypes.int32, "short": dtypes.int16, "bool": dtypes.bool_,
}.items():  # fmt: skip
    method(lambda input, dtype=dtype: to(input, dtype), name)
method(to, "type_as", "astype")


@method
def clone(input: Tensor) -> Tensor:
    """A copy, which the gradient flows through."""
    return _clone(input)


@method
def equal(input: Tensor, other: Tensor) -> bool:
    """Whether both have the same shape and the same elements."""
    return np.array_equal(input._data, other._data)


@method
def allclose(
    input: Tensor, other: Tensor, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False
) -> bool:
    """Whether |input - other| <= atol + rtol * |other| everywhere."""
    return np.allclose(input._data, other._data, rtol, atol, equal_nan)


def is_tensor(x: object) -> bool:
    """Whether `x` is a Tensor."""
    return isinstance(x, Tensor)
