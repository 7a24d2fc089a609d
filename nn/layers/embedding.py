"""Embeddings: a vector for each of several integers, or for bags of them."""

from __future__ import annotations

from typing import Any, Self

from numpy.typing import DTypeLike

import autograd
from autograd import DeviceLike, Tensor

from ..functional.embedding_functions import embedding, embedding_bag
from ..module import Module
from ..parameter import Parameter
from .new_parameters import new_parameter


class _Table(Module):
    """What both kinds remember, and how their vectors start."""

    def _set(
        self, num_embeddings: int, embedding_dim: int, padding_idx: int | None, max_norm: float | None,
        norm_type: float, scale_grad_by_freq: bool, sparse: bool, device: Any, dtype: DTypeLike | None,
    ) -> None:  # fmt: skip
        if padding_idx is not None and not -num_embeddings <= padding_idx < num_embeddings:
            raise ValueError(f"padding_idx must be within num_embeddings={num_embeddings}, given {padding_idx}")
        if sparse:
            raise NotImplementedError(f"{type(self).__name__}: gradients are dense here: leave sparse=True out")
        self.num_embeddings, self.embedding_dim = num_embeddings, embedding_dim
        self.padding_idx = None if padding_idx is None else padding_idx % num_embeddings
        self.max_norm, self.norm_type, self.scale_grad_by_freq = max_norm, norm_type, scale_grad_by_freq
        self.sparse = sparse
        self.weight = new_parameter(num_embeddings, embedding_dim, device=device, dtype=dtype)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the weight anew."""
        with autograd.no_grad():
            self.weight.normal_()
            if self.padding_idx is not None:
                self.weight[self.padding_idx] = 0

    def _adopt(self, embeddings: Tensor, freeze: bool) -> Self:
        self.weight = Parameter(embeddings, requires_grad=not freeze)
        return self

    def _settings(self) -> str:
        text = f"{self.num_embeddings}, {self.embedding_dim}"
        text += f", max_norm={self.max_norm}" if self.max_norm is not None else ""
        text += f", norm_type={self.norm_type}" if self.norm_type != 2 else ""
        return text + (f", scale_grad_by_freq={self.scale_grad_by_freq}" if self.scale_grad_by_freq else "")


class Embedding(_Table):
    """A vector for each of the integers 0 to num_embeddings - 1: (*) becomes (*, embedding_dim).

    `weight` has shape (num_embeddings, embedding_dim) and starts as draws from N(0, 1). The row `padding_idx` starts
    as 0 and gets no gradient. Vectors that are looked up and are longer than `max_norm`, in the norm of order
    `norm_type`, are scaled to it, in `weight`. `scale_grad_by_freq` divides the gradient of a vector by how often it
    was looked up.

    Raises ValueError for a `padding_idx` that names no row, NotImplementedError for `sparse`; when called,
    RuntimeError for numbers that are not integers and IndexError for an integer out of range.
    """

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        padding_idx: int | None = None,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        sparse: bool = False,
        *,
        device: DeviceLike = None,
        dtype: DTypeLike | None = None,
    ) -> None:
        settings = (padding_idx, max_norm, norm_type, scale_grad_by_freq, sparse)
        self._set(num_embeddings, embedding_dim, *settings, device, dtype)

    @classmethod
    def from_pretrained(
        cls,
        embeddings: Tensor,
        freeze: bool = True,
        padding_idx: int | None = None,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        sparse: bool = False,
    ) -> Self:
        """A layer whose weight is `embeddings` (num_embeddings, embedding_dim), not trained unless `freeze` is False.

        The weight shares the memory of `embeddings`. Raises ValueError for another number of dimensions.
        """
        rows, columns = _shape(embeddings)
        return cls(rows, columns, padding_idx, max_norm, norm_type, scale_grad_by_freq, sparse)._adopt(
            embeddings, freeze
        )

    def forward(self, input: Tensor) -> Tensor:
        settings = (self.padding_idx, self.max_norm, self.norm_type, self.scale_grad_by_freq, self.sparse)
        return embedding(input, self.weight, *settings)

    def extra_repr(self) -> str:
        first, second, *others = self._settings().split(", ")
        padding = [] if self.padding_idx is None else [f"padding_idx={self.padding_idx}"]
        return ", ".join([first, second, *padding, *others])


class EmbeddingBag(_Table):
    """The mean, sum or maximum (`mode`) of the vectors of each bag of integers.

    (bags, length) becomes (bags, embedding_dim).

    Bags of different lengths are one row of integers (n,) and `offsets` (bags,) that say where each begins;
    `include_last_offset` adds where the last one ends. `per_sample_weights` of the input's shape are factors in a sum.
    The other settings are those of `Embedding`; the integer `padding_idx` does not count in a bag.

    Raises ValueError for a `padding_idx` that names no row, NotImplementedError for `sparse`; calls raise what
    `nn.functional.embedding_bag` does.
    """

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        mode: str = "mean",
        sparse: bool = False,
        *,
        include_last_offset: bool = False,
        padding_idx: int | None = None,
        device: DeviceLike = None,
        dtype: DTypeLike | None = None,
    ) -> None:
        settings = (padding_idx, max_norm, norm_type, scale_grad_by_freq, sparse)
        self._set(num_embeddings, embedding_dim, *settings, device, dtype)
        self.mode, self.include_last_offset = mode, include_last_offset

    @classmethod
    def from_pretrained(
        cls,
        embeddings: Tensor,
        freeze: bool = True,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        mode: str = "mean",
        sparse: bool = False,
        include_last_offset: bool = False,
        padding_idx: int | None = None,
    ) -> Self:
        """A layer whose weight is `embeddings` (num_embeddings, embedding_dim), not trained unless `freeze` is False.

        The weight shares the memory of `embeddings`. Raises ValueError for another number of dimensions.
        """
        rows, columns = _shape(embeddings)
        layer = cls(
            rows, columns, max_norm, norm_type, scale_grad_by_freq, mode, sparse,
            include_last_offset=include_last_offset, padding_idx=padding_idx,
        )  # fmt: skip
        return layer._adopt(embeddings, freeze)

    def forward(self, input: Tensor, offsets: Tensor | None = None, per_sample_weights: Tensor | None = None) -> Tensor:
        settings = (self.max_norm, self.norm_type, self.scale_grad_by_freq, self.mode, self.sparse)
        last = (per_sample_weights, self.include_last_offset, self.padding_idx)
        return embedding_bag(input, self.weight, offsets, *settings, *last)

    def extra_repr(self) -> str:
        padding = "" if self.padding_idx is None else f", padding_idx={self.padding_idx}"
        return f"{self._settings()}, mode={self.mode!r}{padding}"


def _shape(embeddings: Tensor) -> tuple[int, int]:
    if embeddings.ndim != 2:
        raise ValueError(f"Embeddings parameter is expected to be 2-dimensional, given {list(embeddings.shape)}")
    rows, columns = embeddings.shape
    return rows, columns
