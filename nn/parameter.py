"""Parameter, a tensor that is trained, and how its gradient is cleared."""

from __future__ import annotations

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


def zero_grad(tensor: Tensor, set_to_none: bool = True) -> None:
    """Clear the gradient of one tensor: to None, or to zeros."""
    if set_to_none:
        tensor.grad = None
    elif tensor.grad is not None:
        tensor.grad.detach().zero_()
