"""Shape, joining and splitting, under PyTorch's names and signatures; most are methods of Tensor too.

All of it comes down to a few ops: reshape, transpose, expand, flip, roll, tile, cat, stack, and indexing.
"""

from __future__ import annotations

import builtins
import operator
from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np

from ..core.forward import apply, unary
from ..core.ops import OPS
from ..core.shapes import normalize_axes, normalize_axis
from .indexing import index_select
from .reductions import numpy_names
from .tensor import Tensor, method, wrap


def _sizes(sizes: tuple[Any, ...]) -> tuple[int, ...]:
    """Sizes given one by one or as one sequence."""
    if len(sizes) == 1 and not hasattr(sizes[0], "__index__"):
        sizes = sizes[0]
    return tuple([operator.index(s) for s in sizes])


_reshape, _transpose, _expand = unary(OPS[np.reshape]), unary(OPS[np.transpose]), unary(OPS[np.broadcast_to])
_CAT, _STACK = OPS[np.concatenate], OPS[np.stack]
_tile, _flip, _roll = unary(OPS[np.tile]), unary(OPS[np.flip]), unary(OPS[np.roll])

# -- shape ------------------------------------------------------------------------------------------------------------


@method
def reshape(input: Tensor, *shape: Any) -> Tensor:
    """The same elements in another shape; one length may be -1, and follows from the others."""
    return _reshape(input, _sizes(shape))


@method
def view(input: Tensor, *shape: Any) -> Tensor:
    """As reshape, sharing the memory; raises RuntimeError where the layout does not allow it."""
    result = reshape(input, *shape)
    if not input.is_contiguous() and input.numel() and not np.may_share_memory(result._data, input._data):
        raise RuntimeError(
            f"view size is not compatible with input tensor's size and stride: {list(input.shape)} to "
            f"{list(result.shape)} needs a copy. Use .reshape(...) instead"
        )
    return result


method(lambda input, other: view(input, other.shape), "view_as")
method(lambda input, other: reshape(input, other.shape), "reshape_as")


@method
def flatten(input: Tensor, start_dim: int = 0, end_dim: int = -1) -> Tensor:
    """Dimensions `start_dim` to `end_dim` made one."""
    first, last = normalize_axis(start_dim, input.ndim), normalize_axis(end_dim, input.ndim)
    if first > last:
        raise RuntimeError(f"flatten() has invalid args: start_dim ({first}) cannot come after end_dim ({last})")
    shape = input.shape or (1,)
    return _reshape(input, (*shape[:first], prod(shape[first : last + 1]), *shape[last + 1 :]))


@method
def unflatten(input: Tensor, dim: int, sizes: Sequence[int]) -> Tensor:
    """Dimension `dim` split into `sizes`."""
    d = normalize_axis(dim, input.ndim)
    known = prod(n for n in sizes if n != -1)
    sizes = [input.shape[d] // known if n == -1 and known else n for n in sizes]
    return reshape(input, *input.shape[:d], *sizes, *input.shape[d + 1 :])


@method
def ravel(input: Tensor) -> Tensor:
    """All elements in one dimension."""
    return reshape(input, -1)


@method
@numpy_names
def squeeze(input: Tensor, dim: Any = None) -> Tensor:
    """Without the dimensions of length 1 (of those in `dim`)."""
    gone = normalize_axes(dim, input.ndim)
    return _reshape(input, tuple([n for i, n in enumerate(input._data.shape) if n != 1 or i not in gone]))


@method
@numpy_names
def unsqueeze(input: Tensor, dim: int) -> Tensor:
    """With a dimension of length 1 put in at `dim`."""
    shape = input._data.shape
    d = normalize_axis(dim, len(shape) + 1)
    return _reshape(input, (*shape[:d], 1, *shape[d:]))


@method
def permute(input: Tensor, *order: Any, dims: Any = None) -> Tensor:
    """The dimensions in the order given, or `dims`."""
    order = _sizes(order if dims is None else (dims,))
    if len(order) != input.ndim:
        raise RuntimeError(
            f"permute: input.dim() = {input.ndim} is not equal to len(dims) = {len(order)}: name each of the "
            f"dimensions of {list(input.shape)} once"
        )
    return _transpose(input, normalize_axes(order, input.ndim))


@method
def transpose(input: Tensor, dim0: int, dim1: int) -> Tensor:
    """With two dimensions exchanged."""
    ndim = input._data.ndim
    order = list(range(ndim or 1))
    a, b = normalize_axis(dim0, ndim), normalize_axis(dim1, ndim)
    order[a], order[b] = b, a
    return _transpose(input, tuple(order)) if ndim else input


swapaxes = swapdims = method(transpose, "swapaxes", "swapdims")


@method
def movedim(input: Tensor, source: Any, destination: Any) -> Tensor:
    """With the dimensions `source` moved to `destination`, the others in their order."""
    source, destination = (normalize_axes((d,) if isinstance(d, int) else d, input.ndim) for d in (source, destination))
    order = [d for d in range(input.ndim) if d not in source]
    for d, s in sorted(zip(destination, source, strict=True)):
        order.insert(d, s)
    return _transpose(input, tuple(order))


moveaxis = method(movedim, "moveaxis")


@method
def t(input: Tensor) -> Tensor:
    """The transpose of a matrix; a vector or number as it is."""
    if input.ndim > 2:
        raise RuntimeError(f"t() expects a tensor with <= 2 dimensions, but self is {input.ndim}D; use .mT")
    return input.T


Tensor.T = property(lambda x: _transpose(x, tuple(range(x._data.ndim))[::-1]), doc="The dimensions in reverse order.")
Tensor.mT = property(lambda x: transpose(x, -2, -1), doc="The last two dimensions exchanged.")


@method
def expand(input: Tensor, *sizes: Any) -> Tensor:
    """Dimensions of length 1 repeated to `sizes` without a copy; -1 leaves one as it is."""
    wanted = _sizes(sizes)
    lead = len(wanted) - input.ndim
    if lead < 0:
        raise RuntimeError(
            f"expand: the number of sizes provided ({len(wanted)}) must be greater or equal to the number of "
            f"dimensions in the tensor ({input.ndim})"
        )
    shape = (*wanted[:lead], *(m if n == -1 else n for n, m in zip(wanted[lead:], input.shape, strict=True)))
    for i, (n, m) in enumerate(zip(shape[lead:], input.shape, strict=True)):
        if m not in (1, n):
            raise RuntimeError(
                f"The expanded size of the tensor ({n}) must match the existing size ({m}) at non-singleton dimension "
                f"{lead + i}.  Target sizes: {list(wanted)}.  Tensor sizes: {list(input.shape)}"
            )
    return _expand(input, shape)


broadcast_to = method(lambda input, shape: expand(input, shape), "broadcast_to")
method(lambda input, other: expand(input, other.shape), "expand_as")


@method
def contiguous(input: Tensor) -> Tensor:
    """The tensor itself if its values lie in row-major order, else a copy that does."""
    return input if input.is_contiguous() else input.clone()


def broadcast_tensors(*tensors: Tensor) -> tuple[Tensor, ...]:
    """The tensors expanded to the shape they have together."""
    shape = np.broadcast_shapes(*(x.shape for x in tensors))
    return tuple(expand(x, shape) for x in tensors)


@method
def repeat(input: Tensor, *repeats: Any) -> Tensor:
    """Copies of the whole tensor side by side, so many along each dimension."""
    reps = _sizes(repeats)
    if len(reps) < input.ndim:
        raise RuntimeError(
            f"Number of dimensions of repeat dims ({len(reps)}) can not be smaller than number of dimensions of tensor "
            f"({input.ndim})"
        )
    return _tile(input, reps)


@method
def tile(input: Tensor, *reps: Any, dims: Any = None) -> Tensor:
    """As repeat; missing dimensions count as 1."""
    reps = _sizes(reps if dims is None else (dims,))
    return repeat(input, (1,) * (input.ndim - len(reps)) + reps)


@method
@numpy_names
def repeat_interleave(input: Tensor, repeats: Any, dim: int | None = None) -> Tensor:
    """Each element along `dim` repeated in its place; flattened first without `dim`."""
    if dim is None:
        input, dim = ravel(input), 0
    n = repeats._data if isinstance(repeats, Tensor) else repeats
    return index_select(input, dim, wrap(np.repeat(np.arange(input.shape[dim]), n), None))


@method
def flip(input: Tensor, *axes: Any, dims: Any = None) -> Tensor:
    """The order of elements along the dimensions given, or `dims`, reversed."""
    along = _sizes(axes if dims is None else (dims,))
    return _flip(input, normalize_axes(along, input.ndim))


@method
def roll(input: Tensor, shifts: Any, dims: Any = None) -> Tensor:
    """Elements shifted along `dims`, those that fall off coming back at the other end."""
    if dims is None:
        return reshape(roll(ravel(input), shifts, 0), input.shape)
    shift = (shifts,) if isinstance(shifts, int) else tuple(shifts)
    axis = (dims,) if isinstance(dims, int) else tuple(dims)
    if len(shift) != len(axis):
        raise RuntimeError(f"shifts and dimensions must align. shifts: {len(shift)}, dims:{len(axis)}")
    return _roll(input, shift, tuple(normalize_axis(a, input.ndim) for a in axis))


# -- joining and splitting --------------------------------------------------------------------------------------------


@numpy_names
def cat(tensors: Sequence[Tensor], dim: int = 0) -> Tensor:
    """Tensors joined along an existing dimension."""
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


@numpy_names
def stack(tensors: Sequence[Tensor], dim: int = 0) -> Tensor:
    """Tensors of one shape joined along a new dimension."""
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


@method
def narrow(input: Tensor, dim: int, start: int, length: int) -> Tensor:
    """`length` places along `dim` from `start` on."""
    d = normalize_axis(dim, input.ndim)
    n = input.shape[d]
    if not -n <= start <= n:
        raise IndexError(f"narrow: start out of range (expected to be in range of [{-n}, {n}], but got {start})")
    start += n * (start < 0)
    if length < 0 or start + length > n:
        raise RuntimeError(f"narrow: start ({start}) + length ({length}) exceeds dimension size ({n})")
    return input[(slice(None),) * d + (slice(start, start + length),)]


@method
def select(input: Tensor, dim: int, index: int) -> Tensor:
    """The slice at `index` along `dim`, without that dimension."""
    return input[(slice(None),) * normalize_axis(dim, input.ndim) + (index,)]


@method
@numpy_names
def split(tensor: Tensor, split_size_or_sections: Any, dim: int = 0) -> tuple[Tensor, ...]:
    """Pieces along `dim`: all of one size but the last, or of the sizes given."""
    d = normalize_axis(dim, tensor.ndim)
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


@method
@numpy_names
def chunk(input: Tensor, chunks: int, dim: int = 0) -> tuple[Tensor, ...]:
    """At most `chunks` pieces of equal size along `dim`, the last may be smaller."""
    if chunks < 1:
        raise RuntimeError(f"chunk expects `chunks` to be greater than 0, got: {chunks}")
    n = input.shape[normalize_axis(dim, input.ndim)]
    return split(input, -(-n // chunks) if n else [0] * chunks, dim)


@method
@numpy_names
def unbind(input: Tensor, dim: int = 0) -> tuple[Tensor, ...]:
    """The slices along `dim`."""
    d = normalize_axis(dim, input.ndim)
    return tuple(select(input, d, i) for i in range(input.shape[d]))
