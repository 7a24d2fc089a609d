"""micrograd's Value, which is this library's tensor under another name."""

from __future__ import annotations

from typing import Any
from weakref import ref

import numpy as np

from ..core.engine import Leaf
from ..core.listening import Hooks
from .tensor import Tensor


class Value(Tensor):
    """micrograd's Value: a 0-d float64 tensor that requires grad, whose `data` and `grad` are Python floats.

    Every intermediate result keeps its gradient, and a gradient that has not been computed yet reads 0.
    """

    __slots__ = ()
    _hooks = Hooks(retain=True)

    def __init__(self, data: Any, label: str = "") -> None:
        self._data = np.float64(data)
        self._node = Leaf((), self._data.dtype)
        self._node.variable, self._node.note = ref(self), self._data
        if label:
            self.label = label

    data = property(lambda self: self._data.item())
    grad = property(lambda self: 0.0 if self._node.grad is None else self._node.grad.item())

    @data.setter  # type: ignore[no-redef]
    def data(self, value: float) -> None:
        self._data = np.float64(value)
        self._node.note = self._data

    @grad.setter  # type: ignore[no-redef]
    def grad(self, value: float) -> None:
        self._node.grad = np.float64(value)

    def __repr__(self) -> str:
        return f"Value(data={self.data}, grad={self.grad})"


Value._result = Value
