"""Names from PyTorch's early days: a class for each type of tensor, and Variable."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core.dtypes import SCALARS
from ..core.engine import wrap
from .tensor import Tensor
from .tensor_base import TensorBase
from .torch_names import bfloat16


class _TypeOfTensor(type):
    """A class that no object belongs to: calling it makes a tensor, and `isinstance` looks at the dtype."""

    holds: Any

    def __call__(cls, *data: Any) -> Tensor:
        (x,) = data if len(data) == 1 else (None,)
        if isinstance(x, TensorBase) and x._data.dtype != cls.holds:
            kind = SCALARS[x._data.dtype.name]
            raise TypeError(f"expected {cls.__name__} (got {kind}Tensor): convert it by x.type({cls.__name__!r})")
        return Tensor(*data, dtype=cls.holds)

    def __instancecheck__(cls, x: Any) -> bool:
        return isinstance(x, TensorBase) and x._data.dtype == cls.holds


class HalfTensor(metaclass=_TypeOfTensor):
    """Tensors of float16: `HalfTensor(2, 3)`, `HalfTensor([1, 2])`. Raises as `Tensor`, TypeError for other tensors."""

    holds = np.dtype(np.float16)


class BFloat16Tensor(metaclass=_TypeOfTensor):
    """Tensors of bfloat16: `BFloat16Tensor(2, 3)`, `BFloat16Tensor([1, 2])`. Raises as `HalfTensor`."""

    holds = bfloat16


class FloatTensor(metaclass=_TypeOfTensor):
    """Tensors of float32: `FloatTensor(2, 3)`, `FloatTensor([1, 2])`. Raises as `HalfTensor`."""

    holds = np.dtype(np.float32)


class DoubleTensor(metaclass=_TypeOfTensor):
    """Tensors of float64: `DoubleTensor(2, 3)`, `DoubleTensor([1, 2])`. Raises as `HalfTensor`."""

    holds = np.dtype(np.float64)


class ByteTensor(metaclass=_TypeOfTensor):
    """Tensors of uint8: `ByteTensor(2, 3)`, `ByteTensor([1, 2])`. Raises as `HalfTensor`."""

    holds = np.dtype(np.uint8)


class CharTensor(metaclass=_TypeOfTensor):
    """Tensors of int8: `CharTensor(2, 3)`, `CharTensor([1, 2])`. Raises as `HalfTensor`."""

    holds = np.dtype(np.int8)


class ShortTensor(metaclass=_TypeOfTensor):
    """Tensors of int16: `ShortTensor(2, 3)`, `ShortTensor([1, 2])`. Raises as `HalfTensor`."""

    holds = np.dtype(np.int16)


class IntTensor(metaclass=_TypeOfTensor):
    """Tensors of int32: `IntTensor(2, 3)`, `IntTensor([1, 2])`. Raises as `HalfTensor`."""

    holds = np.dtype(np.int32)


class LongTensor(metaclass=_TypeOfTensor):
    """Tensors of int64: `LongTensor(2, 3)`, `LongTensor([1, 2])`. Raises as `HalfTensor`."""

    holds = np.dtype(np.int64)


class BoolTensor(metaclass=_TypeOfTensor):
    """Tensors of bools: `BoolTensor(2, 3)`, `BoolTensor([True, False])`. Raises as `HalfTensor`."""

    holds = np.dtype(np.bool_)


class _AnyTensor(type):
    def __instancecheck__(cls, x: Any) -> bool:
        return isinstance(x, Tensor)


class Variable(metaclass=_AnyTensor):
    """`Variable(tensor)` is a tensor of the same memory, which may require grad: today's tensors are variables.

    Raises TypeError for what is no tensor, and for `volatile`, in whose place there is `no_grad()`.
    """

    def __new__(  # type: ignore[misc]
        cls, data: Tensor, requires_grad: bool = False, volatile: bool = False
    ) -> Tensor:
        if volatile:
            raise TypeError("Variable: volatile=True is of PyTorch before 0.4: compute under `with no_grad():` instead")
        if not isinstance(data, TensorBase):
            raise TypeError(f"Variable data has to be a tensor, but got {type(data).__name__}")
        variable: Tensor = wrap(data._array)
        return variable.requires_grad_(requires_grad)
