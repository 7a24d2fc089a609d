"""micrograd's Value, which is this library's tensor under another name."""

from __future__ import annotations

from typing import Any

import numpy as np

from .engine import Leaf
from .tensor import Hooks, Tensor


class Value(Tensor):
    """micrograd's Value: a 0-d float64 tensor that requires grad, whose `data` and `grad` are Python floats.

    Every intermediate result keeps its gradient, and a gradient that has not been computed yet reads 0.
    """

    __slots__ = ()
    _hooks = Hooks(retain=True)

    def __init__(self, data: Any, label: str = "") -> None:
        self._data = np.float64(data)
        self._node = Leaf((), self._data.dtype)
        if label:
            self._label = label

    data = property(lambda self: self._data.item())  # type: ignore[assignment]
    grad = property(lambda self: 0.0 if self._node.grad is None else self._node.grad.item())  # type: ignore[assignment]

    @data.setter  # type: ignore[no-redef, attr-defined]
    def data(self, value: float) -> None:
        self._data = np.float64(value)

    @grad.setter  # type: ignore[no-redef, attr-defined]
    def grad(self, value: float) -> None:
        self._node.grad = np.float64(value)

    def __repr__(self) -> str:
        return f"Value(data={self.data}, grad={self.grad})"


Value._result = Value
