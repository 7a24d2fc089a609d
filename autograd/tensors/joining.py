"""Joining and splitting, under PyTorch's names and signatures; all but `cat` and `stack` are methods of Tensor too.

It comes down to three ops: cat, stack and indexing. A dim that the input does not have raises IndexError.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..core.forward import apply
from ..core.ops import OPS
from ..core.shapes import normalize_axis
from .dims_and_sizes import Sizes
from .indexing import getitem, in_rows
from .rewriting import one_of_several

if TYPE_CHECKING:
    from .tensor import Tensor

_CAT, _STACK = OPS[np.concatenate], OPS[np.stack]


def cat(tensors: Sequence[Tensor], dim: int = 0, *, axis: int | None = None) -> Tensor:
    """Tensors joined along an existing dimension; an empty one, of shape (0,), goes with tensors of any shape.

    Raises ValueError for an empty list, RuntimeError for shapes that differ in another dimension, IndexError for a dim
    that the tensors do not have, unless all are of shape (0,).
    """
    dim = dim if axis is None else axis
    xs = list(tensors)
    if not xs:
        raise ValueError("cat(): expected a non-empty list of Tensors")
    shape = next((x._data.shape for x in xs if x._data.shape != (0,)), (0,))
    for i, x in enumerate(xs):
        if not x._data.ndim:
            raise RuntimeError(f"zero-dimensional tensor (at position {i}) cannot be concatenated; use stack")
    d = normalize_axis(dim, len(shape)) if shape != (0,) else 0
    empty = (*shape[:d], 0, *shape[d + 1 :])
    xs = [x if x._data.shape != (0,) or len(shape) == 1 else x.reshape(empty) for x in xs]
    try:
        return in_rows(apply(_CAT, xs, {"axis": d}))
    except (RuntimeError, IndexError) as error:
        raise _misfit(xs, d) or error from None


def _misfit(xs: list[Tensor], d: int) -> RuntimeError | None:
    """The error that says which tensor does not fit the first."""
    for x in xs:
        if x.ndim != xs[0].ndim:
            return RuntimeError(f"Tensors must have same number of dimensions: got {xs[0].ndim} and {x.ndim}")
    for i, x in enumerate(xs):
        if x.shape[:d] + x.shape[d + 1 :] != xs[0].shape[:d] + xs[0].shape[d + 1 :]:
            return RuntimeError(
                f"Sizes of tensors must match except in dimension {d}: tensor 0 has {list(xs[0].shape)}, tensor {i} in "
                f"the list has {list(x.shape)}"
            )
    return None


concat = concatenate = cat


def stack(tensors: Sequence[Tensor], dim: int = 0, *, axis: int | None = None) -> Tensor:
    """Tensors of one shape joined along a new dimension.

    Raises RuntimeError if the shapes differ or there is no tensor, IndexError for a place too far out.
    """
    dim = dim if axis is None else axis
    xs = list(tensors)
    if not xs:
        raise RuntimeError("stack expects a non-empty TensorList")
    for i, x in enumerate(xs):
        if x.shape != xs[0].shape:
            raise RuntimeError(
                f"stack expects each tensor to be equal size, but got {list(xs[0].shape)} at entry 0 and "
                f"{list(x.shape)} at entry {i}"
            )
    return in_rows(apply(_STACK, xs, {"axis": normalize_axis(dim, xs[0].ndim + 1)}))


def _existing(input: Tensor, dim: int, name: str, error: Any = RuntimeError) -> int:
    """`dim`, counted from the front, of a tensor that has dimensions; `error` for a 0-d one."""
    if not input.ndim:
        raise error(f"{name} expects at least a 1-dimensional tensor, got a 0-d one")
    return normalize_axis(dim, input.ndim)


def narrow(input: Tensor, dim: int, start: int, length: int) -> Tensor:
    """`length` elements along `dim`, from `start` on; a view.

    Raises IndexError for a start or a dim out of range, RuntimeError for a length out of range or a 0-d tensor.
    """
    if input.ndim and length < 0:
        raise RuntimeError(f"narrow(): length must be non-negative, got {length}")
    d = _existing(input, dim, "narrow")
    n = input.shape[d]
    if not -n <= start <= n:
        raise IndexError(f"narrow: start out of range (expected to be in range of [{-n}, {n}], but got {start})")
    start += n * (start < 0)
    if start + length > n:
        raise RuntimeError(f"narrow: start ({start}) + length ({length}) exceeds dimension size ({n})")
    return getitem(input, (slice(None),) * d + (slice(start, start + length),))


def narrow_copy(input: Tensor, dim: int, start: int, length: int) -> Tensor:
    """A copy of `length` elements along `dim`, from `start` on. Raises as `narrow`."""
    return narrow(input, dim, start, length).clone()


def select(input: Tensor, dim: int, index: int) -> Tensor:
    """The slice at `index` along `dim`, without that dimension; a view.

    Raises IndexError for an index or a dim out of range.
    """
    return getitem(input, (slice(None),) * normalize_axis(dim, input.ndim) + (index,))


def split(
    tensor: Tensor, split_size_or_sections: Sizes, dim: int = 0, *, axis: int | None = None
) -> tuple[Tensor, ...]:
    """Pieces along `dim`: all of one size but the last, or of the given sizes, which add up to the length; views.

    Raises RuntimeError for sizes that do not add up or are negative, or a 0-d tensor; IndexError for a dim out of
    range.
    """
    d = _existing(tensor, dim if axis is None else axis, "split")
    return tuple(one_of_several(piece, "split") for piece in _pieces(tensor, split_size_or_sections, d))


def _pieces(tensor: Tensor, sizes: Sizes, d: int) -> list[Tensor]:
    n = tensor.shape[d]
    if isinstance(sizes, int):
        if sizes < 0 or (sizes == 0 and n):
            raise RuntimeError(f"split_size can only be 0 if dimension size is 0, but got {sizes} for a size of {n}")
        sizes = [sizes] * (n // sizes) + [n % sizes] * (n % sizes > 0) if n else [0]
    if sum(sizes) != n:
        raise RuntimeError(
            f"split_with_sizes expects split_sizes to sum exactly to {n} (input tensor's size at dimension {d}), but "
            f"got split_sizes={list(sizes)}"
        )
    ends = np.cumsum(sizes).tolist()
    return [narrow(tensor, d, end - size, size) for size, end in zip(sizes, ends, strict=True)]


def split_with_sizes(input: Tensor, split_sizes: Sequence[int], dim: int = 0) -> tuple[Tensor, ...]:
    """`split` into pieces of the given sizes. Raises as `split`."""
    return split(input, split_sizes, dim)


def unsafe_split(input: Tensor, split_size: Sizes, dim: int = 0) -> tuple[Tensor, ...]:
    """`split` into pieces that may be written to while recording, which counts as a write to the tensor.

    Raises as `split`.
    """
    return tuple(_pieces(input, split_size, _existing(input, dim, "unsafe_split")))


def unsafe_split_with_sizes(input: Tensor, split_sizes: Sequence[int], dim: int = 0) -> tuple[Tensor, ...]:
    """`unsafe_split` into pieces of the given sizes. Raises as `split`."""
    return unsafe_split(input, split_sizes, dim)


def chunk(input: Tensor, chunks: int, dim: int = 0, *, axis: int | None = None) -> tuple[Tensor, ...]:
    """At most `chunks` pieces of equal size along `dim`; the last may be smaller. Views.

    Raises RuntimeError for fewer than one piece, or a 0-d tensor; IndexError for a dim that the input does not have.
    """
    dim = dim if axis is None else axis
    return split(input, _chunk_size(input, chunks, dim), dim)


def _chunk_size(input: Tensor, chunks: int, dim: int) -> Sizes:
    if chunks < 1:
        raise RuntimeError(f"chunk expects `chunks` to be greater than 0, got: {chunks}")
    n = input.shape[_existing(input, dim, "chunk")]
    return -(-n // chunks) if n else [0] * chunks


def unsafe_chunk(input: Tensor, chunks: int, dim: int = 0) -> tuple[Tensor, ...]:
    """`chunk` into pieces that may be written to while recording, which counts as a write to the tensor.

    Raises as `chunk`.
    """
    return unsafe_split(input, _chunk_size(input, chunks, dim), dim)


def unbind(input: Tensor, dim: int = 0, *, axis: int | None = None) -> tuple[Tensor, ...]:
    """The slices along `dim`; views. Raises IndexError for a 0-d tensor, or a dim that there is not."""
    d = _existing(input, dim if axis is None else axis, "unbind", IndexError)
    return tuple(one_of_several(select(input, d, i), "unbind") for i in range(input.shape[d]))
