"""Python's operators on tensors, one line each: the name that Python asks for, and the op of the table it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from ..core import differentiate
from ..core.forward import of_two, reflected
from ..core.ops import OPS
from . import comparison, elementwise, indexing
from .comparison import as_operator
from .inplace import augmented
from .tensor_base import TensorBase

if TYPE_CHECKING:
    from .tensor import Tensor

Operator = Callable[["Tensor", Any], "Tensor"]


def left(key: Callable[..., Any]) -> Operator:
    """The op `key` with the tensor on the left; NotImplemented for what is no operand."""
    return of_two(OPS[key], operator=True)


def right(key: Callable[..., Any]) -> Operator:
    """The op `key` with the tensor on the right of a number or array."""
    return reflected(OPS[key])


class Operators(TensorBase):
    """Arithmetic, comparison, indexing, and the way back."""

    __slots__ = ()

    __add__ = __radd__ = left(np.add)
    __sub__, __rsub__ = left(np.subtract), right(np.subtract)
    __mul__ = __rmul__ = left(np.multiply)
    __truediv__, __rtruediv__ = left(np.divide), right(np.divide)
    __floordiv__, __rfloordiv__ = left(np.floor_divide), right(np.floor_divide)
    __mod__, __rmod__ = left(np.remainder), right(np.remainder)
    __pow__, __rpow__ = left(np.power), right(np.power)
    __matmul__, __rmatmul__ = left(np.matmul), right(np.matmul)

    __neg__ = elementwise.neg
    __pos__ = elementwise.positive
    __abs__ = elementwise.abs

    __iadd__ = augmented(elementwise.add)
    __isub__ = augmented(elementwise.sub)
    __imul__ = augmented(elementwise.mul)
    __itruediv__ = augmented(elementwise.div)
    __ifloordiv__ = augmented(elementwise.floor_divide)
    __imod__ = augmented(elementwise.remainder)
    __ipow__ = augmented(elementwise.pow)
    __iand__ = augmented(comparison.bitwise_and)
    __ior__ = augmented(comparison.bitwise_or)
    __ixor__ = augmented(comparison.bitwise_xor)
    __ilshift__ = augmented(comparison.bitwise_left_shift)
    __irshift__ = augmented(comparison.bitwise_right_shift)

    __eq__, __ne__ = as_operator(comparison.eq), as_operator(comparison.ne)  # type: ignore[assignment]
    __lt__, __le__, __gt__, __ge__ = map(as_operator, (comparison.lt, comparison.le, comparison.gt, comparison.ge))
    __and__ = __rand__ = as_operator(comparison.bitwise_and)
    __or__ = __ror__ = as_operator(comparison.bitwise_or)
    __xor__ = __rxor__ = as_operator(comparison.bitwise_xor)
    __lshift__, __rshift__ = map(as_operator, (comparison.bitwise_left_shift, comparison.bitwise_right_shift))
    __invert__ = comparison.invert
    __hash__ = TensorBase.__hash__

    __getitem__ = indexing.getitem
    __setitem__ = indexing.setitem
    __iter__ = indexing.iterate

    backward = differentiate.backward
