"""Sequences of different lengths: padded to one length, or packed without padding, which recurrent layers take."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import DTypeLike

import autograd
from autograd import Tensor

__all__ = [
    "PackedSequence", "invert_permutation", "pack_padded_sequence", "pack_sequence", "pad_packed_sequence",
    "pad_sequence", "unpack_sequence", "unpad_sequence",
]  # fmt: skip


class _Packed(NamedTuple):
    data: Tensor
    batch_sizes: Tensor
    sorted_indices: Tensor | None = None
    unsorted_indices: Tensor | None = None


class PackedSequence(_Packed):
    """Sequences without padding: the first elements of all of them, then the second, and so on.

    `pack_padded_sequence` and `pack_sequence` make one; recurrent layers take and return them.

    - `data` (rows, *): the elements. The longest sequence comes first in every step.
    - `batch_sizes`, int64 (steps,): how many sequences have an element there.
    - `sorted_indices`, `unsorted_indices`: the order by length of the sequences given, and its inverse; None if they
      were in that order.
    """

    __slots__ = ()

    def __new__(
        cls,
        data: Tensor,
        batch_sizes: Tensor,
        sorted_indices: Tensor | None = None,
        unsorted_indices: Tensor | None = None,
    ) -> Self:
        if unsorted_indices is None:
            unsorted_indices = invert_permutation(sorted_indices)
        return super().__new__(cls, data, batch_sizes, sorted_indices, unsorted_indices)

    def to(self, dtype: DTypeLike | None = None, *, device: Any = None) -> Self:
        """With `data` converted as `Tensor.to` converts it; itself if there is nothing to convert."""
        data = self.data.to(dtype, device=device)
        return self if data is self.data else type(self)(data, *self[1:])

    def cpu(self) -> Self:
        """Itself: all tensors live on the CPU."""
        return self

    def double(self) -> Self:
        """`to(autograd.float64)`."""
        return self.to(autograd.float64)

    def float(self) -> Self:
        """`to(autograd.float32)`."""
        return self.to(autograd.float32)

    def half(self) -> Self:
        """`to(autograd.float16)`."""
        return self.to(autograd.float16)

    @property
    def is_cuda(self) -> bool:
        """False."""
        return False


def invert_permutation(permutation: Tensor | None) -> Tensor | None:
    """The permutation, int64 (n,), that undoes this one; None for None."""
    return None if permutation is None else permutation.argsort()


def pack_padded_sequence(
    input: Tensor, lengths: Tensor | list[int], batch_first: bool = False, enforce_sorted: bool = True
) -> PackedSequence:
    """Pack a padded batch (T, B, *), with `batch_first` (B, T, *), of which the first `lengths` elements count.

    With `enforce_sorted` the longest must come first, otherwise the sequences are sorted by length.

    Raises RuntimeError if there is not one length for each sequence, if one is below 1 or above T, or if they are not
    sorted as they must be; IndexError for fewer than two dimensions.
    """
    padded = input.transpose(0, 1) if batch_first else input
    counts = _lengths(lengths, padded.size(0), padded.size(1))
    order = None
    if not enforce_sorted:
        order = np.argsort(-counts, kind="stable")
        counts = counts[order]
    elif (np.diff(counts) > 0).any():
        raise RuntimeError(
            "`lengths` array must be sorted in decreasing order when `enforce_sorted` is True. You can pass "
            f"`enforce_sorted=False` to pack_padded_sequence and/or pack_sequence: given {counts.tolist()}"
        )
    batch = np.arange(len(counts)) if order is None else order
    running = np.arange(counts[0])[:, None] < counts  # (steps, B)
    index = (np.arange(counts[0])[:, None] * len(counts) + batch)[running]
    sizes = autograd.tensor(running.sum(1))
    return PackedSequence(padded.flatten(0, 1)[index], sizes, None if order is None else autograd.tensor(order))


def pad_packed_sequence(
    sequence: PackedSequence, batch_first: bool = False, padding_value: float = 0.0, total_length: int | None = None
) -> tuple[Tensor, Tensor]:
    """The sequences in their first order, padded to (T, B, *), with `batch_first` (B, T, *); and their lengths, int64.

    T is the longest length, or `total_length`. Raises ValueError for a `total_length` that is shorter.
    """
    sizes = sequence.batch_sizes.numpy()
    steps = len(sizes)
    if total_length is not None and total_length < steps:
        raise ValueError(
            "Expected total_length to be at least the length of the longest sequence in input, but got "
            f"total_length={total_length} and max sequence length being {steps}"
        )
    running = np.arange(sizes[0]) < sizes[:, None]  # (steps, B)
    index = np.full((total_length or steps, sizes[0]), len(sequence.data))
    index[:steps][running] = np.arange(len(sequence.data))
    lengths = running.sum(0)
    if sequence.unsorted_indices is not None:
        order = sequence.unsorted_indices.numpy()
        index, lengths = index[:, order], lengths[order]
    return _spread(sequence.data, index.T if batch_first else index, padding_value), autograd.tensor(lengths)


def pad_sequence(
    sequences: Tensor | list[Tensor], batch_first: bool = False, padding_value: float = 0.0, padding_side: str = "right"
) -> Tensor:
    """Sequences (L, *) of different lengths as one tensor (T, B, *), with `batch_first` (B, T, *), T the longest L.

    The padding stands after the elements or, with `padding_side="left"`, before them.

    Raises RuntimeError for what is no collection, for none, for another `padding_side`, or if the * differ.
    """
    if not isinstance(sequences, Iterable):
        raise RuntimeError(
            f"pad_sequence: Expected iterable for input sequences, but got arg of type: {type(sequences)}"
        )
    if padding_side not in ("left", "right"):
        raise RuntimeError(f"Expected padding_side to be one of left or right, but got {padding_side}.")
    sequences = list(sequences)
    if not sequences:
        raise RuntimeError("pad_sequence: received an empty list of sequences")
    if any(x.ndim == 0 or x.shape[1:] != sequences[0].shape[1:] for x in sequences):
        raise RuntimeError(
            "pad_sequence: expected sequences of shape (L, *), all but L the same, given "
            f"{[list(x.shape) for x in sequences]}"
        )
    lengths = np.array([len(x) for x in sequences])[:, None]
    place = np.arange(lengths.max()) - (lengths.max() - lengths if padding_side == "left" else 0)  # (B, T)
    rows = autograd.cat(sequences) if len(sequences) > 1 else sequences[0]
    starts = np.cumsum(lengths)[:, None] - lengths
    index = np.where((place >= 0) & (place < lengths), starts + place, len(rows))
    return _spread(rows.to(sequences[0].dtype), index if batch_first else index.T, padding_value)


def unpad_sequence(padded_sequences: Tensor, lengths: Tensor, batch_first: bool = False) -> list[Tensor]:
    """The first `lengths` elements of each sequence in a padded batch (T, B, *), with `batch_first` (B, T, *).

    Raises RuntimeError as `pack_padded_sequence`, but lengths of 0 are allowed.
    """
    rows = padded_sequences if batch_first else padded_sequences.transpose(0, 1)
    counts = _lengths(lengths, rows.shape[1], len(rows), least=0)
    return [row[:n] for row, n in zip(rows, counts.tolist(), strict=True)]


def pack_sequence(sequences: list[Tensor], enforce_sorted: bool = True) -> PackedSequence:
    """Pack sequences (L, *), with `enforce_sorted` given the longest first.

    Raises RuntimeError as `pad_sequence` and `pack_padded_sequence`.
    """
    return pack_padded_sequence(pad_sequence(sequences), [len(x) for x in sequences], enforce_sorted=enforce_sorted)


def unpack_sequence(packed_sequences: PackedSequence) -> list[Tensor]:
    """The sequences (L, *) that were packed, in their first order."""
    return unpad_sequence(*pad_packed_sequence(packed_sequences, batch_first=True), batch_first=True)


def _spread(rows: Tensor, index: np.ndarray[Any, Any], padding_value: float) -> Tensor:
    """rows[index], where an index past the last row gives padding."""
    padding = autograd.full((1, *rows.shape[1:]), padding_value, dtype=rows.dtype)
    return autograd.cat([rows, padding])[index]


def _lengths(lengths: Any, steps: int, batch: int, least: int = 1) -> np.ndarray[Any, Any]:
    """The lengths as integers. Raises RuntimeError if they do not fit a padded batch of this size."""
    counts: np.ndarray[Any, Any] = autograd.as_tensor(lengths).numpy().astype(np.int64)
    if counts.ndim != 1:
        raise RuntimeError(f"'lengths' argument should be a 1D int64 tensor, but got {counts.ndim}D")
    if len(counts) != batch:
        raise RuntimeError(
            f"Expected `len(lengths)` to be equal to batch_size, but got {len(counts)} (batch_size={batch})"
        )
    if not batch or (least and not steps):
        raise RuntimeError(f"Cannot pack empty tensors: given {steps} steps of {batch} sequences")
    if counts.min() < least:
        raise RuntimeError(
            f"Length of all samples has to be greater than {least - 1}, but found {counts.min()} in 'lengths'"
        )
    if counts.max() > steps:
        raise RuntimeError(f"expected lengths of at most {steps}, the steps of the padded batch, given {counts.max()}")
    return counts
