"""Activations: one function of a tensor of any shape, element by element."""

from __future__ import annotations

import autograd
from autograd import Tensor

from ..module import Module


class ReLU(Module):
    """max(0, x). `inplace` is taken for PyTorch's sake and printed; the result is always a new tensor."""

    def __init__(self, inplace: bool = False) -> None:
        self.inplace = inplace

    def forward(self, x: Tensor) -> Tensor:
        return autograd.relu(x)

    def extra_repr(self) -> str:
        return "inplace=True" if self.inplace else ""


class Tanh(Module):
    """(exp(x) - exp(-x)) / (exp(x) + exp(-x))."""

    def forward(self, x: Tensor) -> Tensor:
        return autograd.tanh(x)


class Sigmoid(Module):
    """1 / (1 + exp(-x))."""

    def forward(self, x: Tensor) -> Tensor:
        return autograd.sigmoid(x)
