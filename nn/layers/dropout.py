"""Dropout."""

from __future__ import annotations

from autograd import Generator, Tensor

from ..functional.layer_functions import dropout
from ..module import Module


class Dropout(Module):
    """In training every number is 0 with probability p, else divided by 1 - p, so that its mean stays; else nothing.

    `inplace` is taken for PyTorch's sake and printed; the result is always a new tensor.
    """

    def __init__(self, p: float = 0.5, inplace: bool = False, *, generator: Generator | None = None) -> None:
        if not 0 <= p <= 1:
            raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")
        self.p, self.inplace, self.generator = p, inplace, generator

    def forward(self, x: Tensor) -> Tensor:
        return dropout(x, self.p, self.training, generator=self.generator)

    def extra_repr(self) -> str:
        return f"p={self.p}, inplace={self.inplace}"
