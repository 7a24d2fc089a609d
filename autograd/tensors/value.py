"""micrograd's Value, which is this library's tensor under another name."""

from __future__ import annotations

from typing import Any
from weakref import ref

import numpy as np

from ..core.engine import Leaf, wrap
from ..core.listening import Hooks
from .tensor import Tensor
from .tensor_display import value_html


class Value(Tensor):
    """micrograd's Value: a 0-d float64 tensor that requires grad, whose `data` and `grad` are Python floats.

    Every intermediate result keeps its gradient, and a gradient that has not been computed yet reads 0. `a += b` makes
    a new Value. A result of several numbers, such as a stack of Values, has the `data` and `grad` of a tensor.

    Raises TypeError for `data` of several numbers, ValueError for a string that is none.
    """

    __slots__ = ()
    _hooks = Hooks(retain="backward")

    def __init__(self, data: Any, label: str = "") -> None:
        self._data = np.float64(data)
        if self._data.ndim:
            raise TypeError(f"Value: expected one number, got {data!r:.40}; use autograd.tensor for several")
        self._node = Leaf((), self._data.dtype)
        self._node.variable, self._node.note = ref(self), self._data
        if label:
            self.label = label

    __iadd__, __isub__, __imul__ = Tensor.__add__, Tensor.__sub__, Tensor.__mul__  # type: ignore[assignment]
    __itruediv__, __ifloordiv__ = Tensor.__truediv__, Tensor.__floordiv__  # type: ignore[assignment]
    __imod__, __ipow__ = Tensor.__mod__, Tensor.__pow__  # type: ignore[assignment]

    @property  # type: ignore[override]
    def data(self) -> float:
        """The number."""
        return super().data if self._data.ndim else self._data.item()  # type: ignore[return-value]

    @data.setter
    def data(self, value: float) -> None:
        self._data = np.float64(value)
        if self._node is not None:
            note = self._node.note
            self._node.note = (self._data, note[1]) if isinstance(note, tuple) else self._data

    @property  # type: ignore[override]
    def grad(self) -> float:
        """The gradient that `backward()` has added up so far; 0 before."""
        if self._data.ndim:
            return super().grad  # type: ignore[return-value]
        grad = self._kept_grad()
        return 0.0 if grad is None else grad.item()

    @grad.setter
    def grad(self, value: float) -> None:
        if self._node is None:
            self._grad = wrap(np.float64(value))
        else:
            self._node.grad = np.float64(value)

    def __repr__(self) -> str:
        return super().__repr__() if self._data.ndim else f"Value(data={self.data}, grad={self.grad})"

    _repr_html_ = value_html

    def __reduce_ex__(self, protocol: Any) -> Any:
        make, state = super().__reduce_ex__(protocol)
        return make if self._data.ndim else _rebuild, state


def _rebuild(cls: type[Value], data: Any, requires_grad: bool, grad: Any, label: str) -> Value:
    value = cls(data, label)
    value.requires_grad = requires_grad
    if grad is not None:
        value.grad = grad
    return value


Value._result = Value
