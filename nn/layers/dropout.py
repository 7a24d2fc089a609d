"""Dropout."""

from __future__ import annotations

from autograd import Generator, Tensor

from ..functional.layer_functions import dropout
from ..module import Module


class Dropout(Module):
    """In training, zeroes each number with probability p and divides the others by 1 - p, which keeps the mean.

    In evaluation it returns its input. With `inplace` the result is written to the input. Raises ValueError for a p
    outside [0, 1].
    """

    def __init__(self, p: float = 0.5, inplace: bool = False, *, generator: Generator | None = None) -> None:
        if not 0 <= p <= 1:
            raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")
        self.p, self.inplace, self.generator = p, inplace, generator

    def forward(self, input: Tensor) -> Tensor:
        return dropout(input, self.p, self.training, self.inplace, generator=self.generator)

    def extra_repr(self) -> str:
        return f"p={self.p}, inplace={self.inplace}"
