"""The embedding layer."""

from __future__ import annotations

from numpy.typing import DTypeLike

import autograd
from autograd import DeviceLike, Tensor

from ..functional.layer_functions import embedding
from ..module import Module
from ..parameter import Parameter


class Embedding(Module):
    """A vector for each of the integers 0 to num_embeddings - 1: (*) becomes (*, embedding_dim).

    `weight` has shape (num_embeddings, embedding_dim) and starts as draws from N(0, 1). The row `padding_idx` starts
    as 0 and gets no gradient.

    Raises ValueError for a `padding_idx` that names no row; when called, RuntimeError for numbers that are not integers
    and IndexError for an integer out of range.
    """

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        padding_idx: int | None = None,
        *,
        device: DeviceLike = None,
        dtype: DTypeLike | None = None,
    ) -> None:
        if padding_idx is not None and not -num_embeddings <= padding_idx < num_embeddings:
            raise ValueError(f"padding_idx must be within num_embeddings={num_embeddings}, given {padding_idx}")
        self.num_embeddings, self.embedding_dim = num_embeddings, embedding_dim
        self.padding_idx = None if padding_idx is None else padding_idx % num_embeddings
        self.weight = Parameter(autograd.empty(num_embeddings, embedding_dim, device=device, dtype=dtype))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the weight anew."""
        with autograd.no_grad():
            self.weight.normal_()
            if self.padding_idx is not None:
                self.weight[self.padding_idx] = 0

    def forward(self, input: Tensor) -> Tensor:
        return embedding(input, self.weight, self.padding_idx)

    def extra_repr(self) -> str:
        padding = "" if self.padding_idx is None else f", padding_idx={self.padding_idx}"
        return f"{self.num_embeddings}, {self.embedding_dim}{padding}"
