"""Parameter, a tensor that is trained, Buffer, one that is not, and how gradients are cleared."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from autograd import Tensor, as_tensor


class Parameter(Tensor):
    """A tensor that a Module counts among its parameters when it is assigned as an attribute.

    Shares the memory of `data` (a floating-point Tensor or ndarray of any shape) and keeps its dtype. Raises
    RuntimeError for another dtype, because only floating-point tensors can require gradients.
    """

    __slots__ = ()

    def __init__(self, data: Any, requires_grad: bool = True) -> None:
        super().__init__(as_tensor(data).detach(), requires_grad=requires_grad)

    def __repr__(self) -> str:
        return f"Parameter containing:\n{self.detach().requires_grad_(self.requires_grad)!r}"


class Buffer(Tensor):
    """A tensor that a Module counts among its buffers when it is assigned as an attribute: `register_buffer` in short.

    Shares the memory of `data`, a Tensor or ndarray, and keeps its dtype. `persistent` says whether it stands in
    `state_dict`.
    """

    __slots__ = ("_persistent",)

    def __init__(self, data: Any = None, *, persistent: bool = True) -> None:
        super().__init__(as_tensor([] if data is None else data).detach())
        self._persistent = persistent

    @property
    def persistent(self) -> bool:
        """Whether it stands in `state_dict`."""
        return getattr(self, "_persistent", True)


def zero_grads(tensors: Iterable[Tensor], set_to_none: bool = True) -> None:
    """Clear the gradients of tensors: to None, or to zeros."""
    for tensor in tensors:
        if set_to_none:
            tensor.grad = None
        elif tensor.grad is not None:
            tensor.grad.detach().zero_()
