"""Comparisons, tests and logic, element by element: they give bools, which have no gradient.

Two tensors are broadcast; shapes that do not allow it raise RuntimeError.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import update_wrapper, wraps
from typing import TYPE_CHECKING, Any, TypeGuard, TypeVar

import numpy as np

from ..core import dtypes
from ..core.engine import wrap
from ..core.errors import explain, no_tensor
from ..core.listeners import decided
from ..core.ops import NUMBERS
from ..core.sums import wide
from .dims_and_sizes import broadcast, broadcasting
from .tensor_base import TensorBase

if TYPE_CHECKING:
    from .tensor import Tensor

F = TypeVar("F", bound=Callable[..., Any])


def _of_one(ufunc: Any) -> Callable[[F], F]:
    """NumPy's `ufunc` on a tensor, under the name, signature and docstring of a function."""

    def test(input: Any) -> Any:
        if not isinstance(input, TensorBase):
            raise no_tensor(test.__name__, "input", 1, input)
        try:
            return wrap(decided(ufunc, (input._data,), ufunc(wide(input._data))))
        except TypeError as error:
            raise explain(test.__name__, [input._data], {}, error) from None

    return lambda function: update_wrapper(test, function)  # type: ignore[return-value]


def _promoted(a: Any, b: Any) -> Any:
    """An array and an array or number, in the dtype that PyTorch compares them in."""
    if b.__class__ in NUMBERS:
        alike = a.dtype.type in dtypes.FLOATING
    else:
        alike = getattr(b, "dtype", a.dtype) is a.dtype
    a, b = (a, b) if alike else dtypes.together(a, b)
    return (wide(a), wide(dtypes.rounded(b, a.dtype))) if a.dtype in dtypes.NARROW else (a, b)


def _of_two(ufunc: Any) -> Callable[[F], F]:
    """NumPy's `ufunc` on a tensor and a tensor, array or number, likewise."""

    def compare(input: Any, other: Any) -> Any:
        if other is None or isinstance(other, str):
            raise no_tensor(compare.__name__, "other", 2, other)
        if not isinstance(input, TensorBase):
            raise no_tensor(compare.__name__, "input", 1, input)
        a, b = input._data, other._data if isinstance(other, TensorBase) else other
        try:
            return wrap(decided(ufunc, (a, b), ufunc(*_promoted(a, b))))
        except (ValueError, TypeError, OverflowError) as error:
            raise explain(compare.__name__, [a, b], {}, error) from None

    return lambda function: update_wrapper(compare, broadcasting(function))  # type: ignore[return-value]


def as_operator(compare: Callable[[Tensor, Any], Tensor]) -> Callable[[Tensor, Any], Tensor]:
    """A comparison as an operator: NotImplemented for what is no operand."""

    @wraps(compare)
    def operator(input: Any, other: Any) -> Any:
        return NotImplemented if other is None or isinstance(other, str) else compare(input, other)

    return operator


@_of_two(np.equal)
def eq(input: Tensor, other: Any) -> Tensor:
    """input == other, as bools."""
    raise AssertionError


@_of_two(np.not_equal)
def ne(input: Tensor, other: Any) -> Tensor:
    """input != other, as bools."""
    raise AssertionError


@_of_two(np.less)
def lt(input: Tensor, other: Any) -> Tensor:
    """input < other, as bools."""
    raise AssertionError


@_of_two(np.less_equal)
def le(input: Tensor, other: Any) -> Tensor:
    """input <= other, as bools."""
    raise AssertionError


@_of_two(np.greater)
def gt(input: Tensor, other: Any) -> Tensor:
    """input > other, as bools."""
    raise AssertionError


@_of_two(np.greater_equal)
def ge(input: Tensor, other: Any) -> Tensor:
    """input >= other, as bools."""
    raise AssertionError


@_of_two(np.logical_and)
def logical_and(input: Tensor, other: Any) -> Tensor:
    """Whether both are true (not 0)."""
    raise AssertionError


@_of_two(np.logical_or)
def logical_or(input: Tensor, other: Any) -> Tensor:
    """Whether at least one of the two is true (not 0)."""
    raise AssertionError


@_of_two(np.logical_xor)
def logical_xor(input: Tensor, other: Any) -> Tensor:
    """Whether exactly one of the two is true (not 0)."""
    raise AssertionError


@_of_two(np.bitwise_and)
def bitwise_and(input: Tensor, other: Any) -> Tensor:
    """input & other, bit by bit; of bools, as bools. Raises NotImplementedError for floats."""
    raise AssertionError


@_of_two(np.bitwise_or)
def bitwise_or(input: Tensor, other: Any) -> Tensor:
    """input | other, bit by bit; of bools, as bools. Raises NotImplementedError for floats."""
    raise AssertionError


@_of_two(np.bitwise_xor)
def bitwise_xor(input: Tensor, other: Any) -> Tensor:
    """input ^ other, bit by bit; of bools, as bools. Raises NotImplementedError for floats."""
    raise AssertionError


@_of_two(np.left_shift)
def bitwise_left_shift(input: Tensor, other: Any) -> Tensor:
    """input << other, for integers. Raises NotImplementedError for floats."""
    raise AssertionError


@_of_two(np.right_shift)
def bitwise_right_shift(input: Tensor, other: Any) -> Tensor:
    """input >> other, for integers. Raises NotImplementedError for floats."""
    raise AssertionError


@_of_one(np.isnan)
def isnan(input: Tensor) -> Tensor:
    """Where the value is NaN."""
    raise AssertionError


@_of_one(np.isinf)
def isinf(input: Tensor) -> Tensor:
    """Where the value is inf or -inf."""
    raise AssertionError


@_of_one(np.isfinite)
def isfinite(input: Tensor) -> Tensor:
    """Where the value is neither NaN nor infinite."""
    raise AssertionError


@_of_one(np.logical_not)
def logical_not(input: Tensor) -> Tensor:
    """Where the value is 0."""
    raise AssertionError


@_of_one(np.invert)
def bitwise_not(input: Tensor) -> Tensor:
    """~input, bit by bit; of bools, their negation. Raises NotImplementedError for floats."""
    raise AssertionError


def invert(input: Tensor) -> Tensor:
    """~input, as the operator: TypeError for floats."""
    if dtypes.is_floating(input.dtype):
        raise TypeError(f"~ (operator.invert) is only implemented on integer and bool tensors, got {input.dtype}")
    return bitwise_not(input)


def equal(input: Tensor, other: Tensor) -> bool:
    """Whether both have the same shape and equal elements; NaN equals nothing."""
    return np.array_equal(input._data, other._data)


def allclose(input: Tensor, other: Tensor, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False) -> bool:
    """Whether |input - other| <= atol + rtol * |other| everywhere; with `equal_nan` NaN agrees with NaN.

    Raises RuntimeError for shapes that do not broadcast.
    """
    broadcast("allclose", input.shape, other.shape)
    return np.allclose(input._data, other._data, rtol, atol, equal_nan)


def is_tensor(obj: object) -> TypeGuard[Tensor]:
    """Whether `obj` is a Tensor."""
    return isinstance(obj, TensorBase)


# -- tests of numbers -------------------------------------------------------------------------------------------------


def isclose(input: Tensor, other: Tensor, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False) -> Tensor:
    """Where |input - other| <= atol + rtol * |other|, or both are the same; with `equal_nan` where both are NaN, too.

    Raises RuntimeError for different dtypes, a tolerance below 0, or shapes that do not broadcast.
    """
    if input.dtype != other.dtype:
        raise RuntimeError(f"isclose: expected tensors of one dtype, got {input.dtype} and {other.dtype}")
    if rtol < 0 or atol < 0:
        raise RuntimeError(f"isclose: rtol and atol must be greater than or equal to zero, but got {rtol} and {atol}")
    broadcast("isclose", input.shape, other.shape)
    return wrap(np.asarray(np.isclose(input._data, other._data, rtol, atol, equal_nan)))


@_of_one(np.isposinf)
def isposinf(input: Tensor) -> Tensor:
    """Where the value is inf."""
    raise AssertionError


@_of_one(np.isneginf)
def isneginf(input: Tensor) -> Tensor:
    """Where the value is -inf."""
    raise AssertionError


@_of_one(np.isreal)
def isreal(input: Tensor) -> Tensor:
    """Where the value is real: everywhere, as there are no complex numbers here."""
    raise AssertionError


@_of_one(np.signbit)
def signbit(input: Tensor) -> Tensor:
    """Where the sign is that of a negative number, -0.0 among them."""
    raise AssertionError


def is_nonzero(input: Tensor) -> bool:
    """Whether the one element of the tensor is not 0. Raises RuntimeError for any other number of elements."""
    if input._data.size != 1:
        raise RuntimeError(
            f"Boolean value of Tensor with {'no' if not input._data.size else 'more than one'} value is ambiguous: its "
            f"shape is {list(input.shape)}; use any() or all()"
        )
    return bool(input._data)


greater, greater_equal, less, less_equal, not_equal = gt, ge, lt, le, ne
