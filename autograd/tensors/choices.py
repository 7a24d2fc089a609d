"""One value or another, element by element: clamp, where, masked_fill."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, overload

import numpy as np

from ..core import dtypes
from ..core.engine import wrap
from ..core.errors import no_tensor
from ..core.forward import apply
from ..core.ops import NUMBERS, OPS
from .conversion import to
from .tensor_base import TensorBase

if TYPE_CHECKING:
    from .tensor import Tensor


def clamp(input: Tensor, min: Any = None, max: Any = None) -> Tensor:
    """Each element moved to the nearest value in [min, max]; a bound may be a number, a tensor, or None.

    Raises RuntimeError if both bounds are None, shapes do not broadcast, or the dtype does not hold a bound.
    """
    if min is None and max is None:
        raise RuntimeError("clamp: At least one of 'min' or 'max' must not be None")
    numbers = [bound for bound in (min, max) if type(bound) in NUMBERS]
    if numbers and isinstance(input, TensorBase):
        rest = [x for x in (input, min, max) if x is not None and type(x) not in NUMBERS]
        floats = len(rest) == 1 and dtypes.is_floating(input.dtype)  # whose dtype no number changes
        dtype = input.dtype if floats else dtypes.result_type(*rest, *numbers)
        for bound in numbers:
            dtypes.check_number(bound, dtype)
    return apply(OPS[np.clip], (input, min, max), {})


clip = clamp


@overload
def where(condition: Tensor) -> tuple[Tensor, ...]: ...
@overload
def where(condition: Tensor, input: Any, other: Any) -> Tensor: ...
def where(condition: Tensor, input: Any = None, other: Any = None) -> Any:
    """input where condition, other elsewhere; with the condition alone, the indices where it is true, by dimension.

    The gradient of the choice not taken is 0. If that choice is an infinity or NaN, its own derivative times that 0 is
    NaN, as in PyTorch: choose a safe argument before the function, too. Raises RuntimeError for a condition that is not
    of bools, shapes that do not broadcast, or a number that the dtype of the result does not hold.
    """
    if not isinstance(condition, TensorBase | np.ndarray | np.generic | bool):
        raise no_tensor("where", "condition", 1, condition)
    test = condition._array if isinstance(condition, TensorBase) else np.asarray(condition)
    if input is None and other is None:
        return tuple(wrap(i) for i in np.nonzero(np.atleast_1d(test)))
    if input is None or other is None:
        raise TypeError("where() takes a condition alone, or with both input and other: one of the two is missing")
    if test.dtype != bool:
        raise RuntimeError(f"where expected condition to be a boolean tensor, but got a tensor with dtype {test.dtype}")
    if not isinstance(input, TensorBase) and not isinstance(other, TensorBase):
        input = wrap(np.asarray(input, dtypes.result_type(input, other)))
    if type(input) is int:
        dtypes.check_range(input, other._data.dtype)
    elif type(other) is int:
        dtypes.check_range(other, input._data.dtype)
    return apply(OPS[np.where], (condition, input, other), {})


def masked_fill(input: Tensor, mask: Tensor, value: Any) -> Tensor:
    """`value` where `mask`, a bool tensor that broadcasts to the input, is true; in the dtype of the input.

    Raises RuntimeError for any other mask, and for a value of one dimension or more or that the dtype does not hold.
    """
    if mask.dtype != bool:
        raise RuntimeError(f"masked_fill only supports boolean masks, but got mask with dtype {mask.dtype}")
    if isinstance(value, TensorBase) and value.ndim:
        raise RuntimeError(f"masked_fill only supports a 0-dimensional value tensor, but got shape {list(value.shape)}")
    if not isinstance(value, TensorBase):
        dtypes.check_number(value, input.dtype)
        value = wrap(np.asarray(value).astype(input.dtype))
    elif value.dtype != input.dtype:
        dtypes.check_range(value._data, input.dtype)
        value = to(value, input.dtype)  # type: ignore[call-overload]
    return where(mask, value, input)
