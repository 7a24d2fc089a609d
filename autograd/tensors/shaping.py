"""Shape, joining and splitting, under PyTorch's names and signatures; most are methods of Tensor too.

All of it comes down to a few ops: reshape, transpose, expand, flip, roll, tile, cat, stack, and indexing. A dim that
the input does not have raises IndexError.
"""

from __future__ import annotations

import builtins
from collections.abc import Sequence
from math import prod
from typing import TYPE_CHECKING

import numpy as np

from ..core.engine import wrap
from ..core.forward import apply, of_one
from ..core.ops import OPS
from ..core.shapes import Axes, normalize_axes, normalize_axis
from .dims_and_sizes import Sizes, broadcast, integers, one_axis
from .indexing import index_select
from .tensor_base import TensorBase

if TYPE_CHECKING:
    from .tensor import Tensor

_reshape, transposed, _expand = of_one(OPS[np.reshape]), of_one(OPS[np.transpose]), of_one(OPS[np.broadcast_to])
_CAT, _STACK = OPS[np.concatenate], OPS[np.stack]
_tile, _flip, _roll = of_one(OPS[np.tile]), of_one(OPS[np.flip]), of_one(OPS[np.roll])

# -- shape ------------------------------------------------------------------------------------------------------------


def reshape(input: Tensor, *sizes: Sizes, shape: Sizes | None = None) -> Tensor:
    """The same elements in another shape; one length may be -1, and follows from the others.

    Shares the memory where the layout allows it. Raises RuntimeError for another number of elements.
    """
    return _reshape(input, integers(sizes, shape))


def view(input: Tensor, *sizes: Sizes, size: Sizes | None = None) -> Tensor:
    """As reshape, sharing the memory; raises RuntimeError where the layout does not allow it."""
    sizes = integers(sizes, size)
    result = _reshape(input, sizes)
    if not input.is_contiguous() and input.numel() and not np.may_share_memory(result._data, input._data):
        raise RuntimeError(
            f"view size is not compatible with input tensor's size and stride: {list(input.shape)} to "
            f"{list(result.shape)} needs a copy. Use .reshape(...) instead"
        )
    return result


def view_as(input: Tensor, other: Tensor) -> Tensor:
    """As `view`, of the shape of `other`."""
    return view(input, other.shape)


def reshape_as(input: Tensor, other: Tensor) -> Tensor:
    """As `reshape`, to the shape of `other`."""
    return reshape(input, other.shape)


def flatten(input: Tensor, start_dim: int = 0, end_dim: int = -1) -> Tensor:
    """Dimensions `start_dim` to `end_dim` made one."""
    first, last = normalize_axis(start_dim, input.ndim), normalize_axis(end_dim, input.ndim)
    if first > last:
        raise RuntimeError(f"flatten() has invalid args: start_dim ({first}) cannot come after end_dim ({last})")
    shape = input.shape or (1,)
    return _reshape(input, (*shape[:first], prod(shape[first : last + 1]), *shape[last + 1 :]))


def unflatten(input: Tensor, dim: int, sizes: Sequence[int]) -> Tensor:
    """Dimension `dim` split into `sizes`."""
    d = normalize_axis(dim, input.ndim)
    known = prod(n for n in sizes if n != -1)
    sizes = [input.shape[d] // known if n == -1 and known else n for n in sizes]
    return reshape(input, *input.shape[:d], *sizes, *input.shape[d + 1 :])


def ravel(input: Tensor) -> Tensor:
    """All elements in one dimension."""
    return reshape(input, -1)


def squeeze(input: Tensor, dim: Axes = None, *, axis: Axes = None) -> Tensor:
    """Without the dimensions of length 1 (of those in `dim`)."""
    gone = normalize_axes(axis if dim is None else dim, input.ndim)
    return _reshape(input, tuple([n for i, n in enumerate(input._data.shape) if n != 1 or i not in gone]))


def unsqueeze(input: Tensor, dim: int | None = None, *, axis: int | None = None) -> Tensor:
    """With a dimension of length 1 put in at `dim`."""
    shape = input._data.shape
    d = one_axis(input, dim, axis, "unsqueeze", 1)
    return _reshape(input, (*shape[:d], 1, *shape[d:]))


def permute(input: Tensor, *order: Sizes, dims: Sizes | None = None) -> Tensor:
    """The dimensions in the order given; raises RuntimeError unless each is named once."""
    order = integers(order, dims)
    if len(order) != input.ndim:
        raise RuntimeError(
            f"permute: input.dim() = {input.ndim} is not equal to len(dims) = {len(order)}: name each of the "
            f"dimensions of {list(input.shape)} once"
        )
    return transposed(input, normalize_axes(order, input.ndim))


def transpose(input: Tensor, dim0: int, dim1: int) -> Tensor:
    """With two dimensions exchanged."""
    ndim = input._data.ndim
    order = list(range(ndim or 1))
    a, b = normalize_axis(dim0, ndim), normalize_axis(dim1, ndim)
    order[a], order[b] = b, a
    return transposed(input, tuple(order)) if ndim else input


swapdims = transpose


def swapaxes(input: Tensor, axis0: int, axis1: int) -> Tensor:
    """With two dimensions exchanged."""
    return transpose(input, axis0, axis1)


def movedim(input: Tensor, source: Sizes, destination: Sizes) -> Tensor:
    """With the dimensions `source` moved to `destination`, the others in their order.

    Raises RuntimeError if there are not as many of one as of the other.
    """
    sources, destinations = normalize_axes(source, input.ndim), normalize_axes(destination, input.ndim)
    if len(sources) != len(destinations):
        raise RuntimeError(
            f"movedim: Invalid source or destination dims: source ({list(sources)} dims) should contain the same "
            f"number of dims as destination ({list(destinations)} dims)"
        )
    order = [d for d in range(input.ndim) if d not in sources]
    for d, s in sorted(zip(destinations, sources, strict=True)):
        order.insert(d, s)
    return transposed(input, tuple(order))


moveaxis = movedim


def t(input: Tensor) -> Tensor:
    """The transpose of a matrix; a vector or number as it is."""
    if input.ndim > 2:
        raise RuntimeError(f"t() expects a tensor with <= 2 dimensions, but self is {input.ndim}D; use .mT")
    return input.T


def expand(input: Tensor, *sizes: Sizes, size: Sizes | None = None) -> Tensor:
    """Dimensions of length 1 repeated to `sizes` without a copy; -1 leaves one as it is."""
    sizes = integers(sizes, size)
    lead = len(sizes) - input.ndim
    if lead < 0:
        raise RuntimeError(
            f"expand: the number of sizes provided ({len(sizes)}) must be greater or equal to the number of "
            f"dimensions in the tensor ({input.ndim})"
        )
    shape = (*sizes[:lead], *(m if n == -1 else n for n, m in zip(sizes[lead:], input.shape, strict=True)))
    for i, (n, m) in enumerate(zip(shape[lead:], input.shape, strict=True)):
        if m not in (1, n):
            raise RuntimeError(
                f"The expanded size of the tensor ({n}) must match the existing size ({m}) at non-singleton dimension "
                f"{lead + i}.  Target sizes: {list(sizes)}.  Tensor sizes: {list(input.shape)}"
            )
    return _expand(input, shape)


def broadcast_to(input: Tensor, *sizes: Sizes, size: Sizes | None = None) -> Tensor:
    """As `expand`."""
    return expand(input, *sizes, size=size)


def expand_as(input: Tensor, other: Tensor) -> Tensor:
    """As `expand`, to the shape of `other`."""
    return expand(input, other.shape)


def broadcast_tensors(*tensors: Tensor) -> tuple[Tensor, ...]:
    """The tensors expanded to the shape they have together."""
    shape = broadcast("broadcast_tensors", *(x.shape for x in tensors))
    return tuple(expand(x, shape) for x in tensors)


def repeat(input: Tensor, *times: Sizes, repeats: Sizes | None = None) -> Tensor:
    """Copies of the whole tensor side by side, so many along each dimension."""
    times = integers(times, repeats)
    if len(times) < input.ndim:
        raise RuntimeError(
            f"Number of dimensions of repeat dims ({len(times)}) can not be smaller than number of dimensions of "
            f"tensor ({input.ndim})"
        )
    return _tile(input, times)


def tile(input: Tensor, *times: Sizes, dims: Sizes | None = None) -> Tensor:
    """As repeat; missing dimensions count as 1."""
    times = integers(times, dims)
    return repeat(input, (1,) * (input.ndim - len(times)) + times)


def repeat_interleave(
    input: Tensor,
    repeats: int | Tensor,
    dim: int | None = None,
    *,
    output_size: int | None = None,
    axis: int | None = None,
) -> Tensor:
    """Each element along `dim` repeated in its place; flattened first without `dim`. `output_size` has no effect.

    Raises RuntimeError for `repeats` below 0, or for a tensor of them that has not one for each element.
    """
    dim = axis if dim is None else dim
    if dim is None:
        input, dim = ravel(input), 0
    n = np.asarray(repeats._data if isinstance(repeats, TensorBase) else repeats)
    d = normalize_axis(dim, input.ndim)
    length = input.shape[d] if input.ndim else 1
    if (n < 0).any():
        raise RuntimeError(f"repeat_interleave(): repeats must be non-negative, got {n.tolist()}")
    if n.size not in (1, length):
        raise RuntimeError(
            f"repeat_interleave(): repeats must have the same size as input along dim, but got {n.size} for "
            f"{list(input.shape)} along dim {d}"
        )
    return index_select(input if input.ndim else ravel(input), d, wrap(np.repeat(np.arange(length), n)))


def flip(input: Tensor, *along: Sizes, dims: Sizes | None = None) -> Tensor:
    """The order of elements along the dimensions given reversed."""
    return _flip(input, normalize_axes(integers(along, dims), input.ndim))


def roll(input: Tensor, shifts: Sizes, dims: Sizes | None = None) -> Tensor:
    """Elements shifted along `dims`, those that fall off coming back at the other end; flattened first without `dims`.

    Raises RuntimeError if there are not as many shifts as dims.
    """
    if dims is None:
        return reshape(roll(ravel(input), shifts, 0), input.shape)
    shift = (shifts,) if isinstance(shifts, int) else tuple(shifts)
    axis = (dims,) if isinstance(dims, int) else tuple(dims)
    if len(shift) != len(axis):
        raise RuntimeError(f"shifts and dimensions must align. shifts: {len(shift)}, dims:{len(axis)}")
    return _roll(input, shift, tuple(normalize_axis(a, input.ndim) for a in axis))


# -- joining and splitting --------------------------------------------------------------------------------------------


def cat(tensors: Sequence[Tensor], dim: int = 0, *, axis: int | None = None) -> Tensor:
    """Tensors joined along an existing dimension.

    Raises ValueError for an empty list, RuntimeError for shapes that differ elsewhere.
    """
    dim = dim if axis is None else axis
    xs = list(tensors)
    if not xs:
        raise ValueError("cat(): expected a non-empty list of Tensors")
    xs = [x for x in xs if x._data.shape != (0,)] or xs[:1]
    ndim = xs[0]._data.ndim
    d = normalize_axis(dim, ndim)
    try:
        return apply(_CAT, xs, {"axis": d})
    except (RuntimeError, IndexError):
        _refuse_cat(xs, d)
        raise


def _refuse_cat(xs: list[Tensor], d: int) -> None:
    """Say which tensor does not fit the first."""
    for i, x in enumerate(xs):
        if not x.ndim:
            raise RuntimeError(f"zero-dimensional tensor (at position {i}) cannot be concatenated; use stack")
        if x.ndim != xs[0].ndim:
            raise RuntimeError(f"Tensors must have same number of dimensions: got {xs[0].ndim} and {x.ndim}")
    for i, x in enumerate(xs):
        if x.shape[:d] + x.shape[d + 1 :] != xs[0].shape[:d] + xs[0].shape[d + 1 :]:
            raise RuntimeError(
                f"Sizes of tensors must match except in dimension {d}: tensor 0 has {list(xs[0].shape)}, tensor {i} in "
                f"the list has {list(x.shape)}"
            )


concat = concatenate = cat


def stack(tensors: Sequence[Tensor], dim: int = 0, *, axis: int | None = None) -> Tensor:
    """Tensors of one shape joined along a new dimension; raises RuntimeError if the shapes differ or there is none."""
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
    return apply(_STACK, xs, {"axis": normalize_axis(dim, xs[0].ndim + 1)})


def _existing(input: Tensor, dim: int, name: str) -> int:
    """`dim`, counted from the front, of a tensor that has dimensions."""
    if not input.ndim:
        raise RuntimeError(f"{name} expects at least a 1-dimensional tensor, got a 0-d one")
    return normalize_axis(dim, input.ndim)


def narrow(input: Tensor, dim: int, start: int, length: int) -> Tensor:
    """`length` places along `dim` from `start` on."""
    d = _existing(input, dim, "narrow")
    n = input.shape[d]
    if not -n <= start <= n:
        raise IndexError(f"narrow: start out of range (expected to be in range of [{-n}, {n}], but got {start})")
    start += n * (start < 0)
    if length < 0 or start + length > n:
        raise RuntimeError(f"narrow: start ({start}) + length ({length}) exceeds dimension size ({n})")
    return input[(slice(None),) * d + (slice(start, start + length),)]


def select(input: Tensor, dim: int, index: int) -> Tensor:
    """The slice at `index` along `dim`, without that dimension."""
    return input[(slice(None),) * normalize_axis(dim, input.ndim) + (index,)]


def split(
    tensor: Tensor, split_size_or_sections: Sizes, dim: int = 0, *, axis: int | None = None
) -> tuple[Tensor, ...]:
    """Pieces along `dim`: all of one size but the last, or of the sizes given, which add up to the length."""
    d = _existing(tensor, dim if axis is None else axis, "split")
    n = tensor.shape[d]
    sizes = split_size_or_sections
    if isinstance(sizes, int):
        if sizes < 0 or (sizes == 0 and n):
            raise RuntimeError(f"split_size can only be 0 if dimension size is 0, but got {sizes} for a size of {n}")
        sizes = [sizes] * (n // sizes) + [n % sizes] * (n % sizes > 0) if n else [0]
    if builtins.sum(sizes) != n:
        raise RuntimeError(
            f"split_with_sizes expects split_sizes to sum exactly to {n} (input tensor's size at dimension {d}), but "
            f"got split_sizes={list(sizes)}"
        )
    ends = np.cumsum(sizes).tolist()
    return tuple(narrow(tensor, d, end - size, size) for size, end in zip(sizes, ends, strict=True))


def chunk(input: Tensor, chunks: int, dim: int = 0, *, axis: int | None = None) -> tuple[Tensor, ...]:
    """At most `chunks` pieces of equal size along `dim`, the last may be smaller."""
    dim = dim if axis is None else axis
    if chunks < 1:
        raise RuntimeError(f"chunk expects `chunks` to be greater than 0, got: {chunks}")
    n = input.shape[_existing(input, dim, "chunk")]
    return split(input, -(-n // chunks) if n else [0] * chunks, dim)


def unbind(input: Tensor, dim: int = 0, *, axis: int | None = None) -> tuple[Tensor, ...]:
    """The slices along `dim`."""
    d = _existing(input, dim if axis is None else axis, "unbind")
    return tuple(select(input, d, i) for i in range(input.shape[d]))
