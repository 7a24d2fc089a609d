"""Other shapes and orders, under PyTorch's names and signatures; most are methods of Tensor too.

All of it comes down to a few ops: reshape, transpose, expand, flip, roll, tile, and indexing. A dim that the input does
not have raises IndexError; sizes or dims given both by position and by name raise TypeError.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import TYPE_CHECKING

import numpy as np

from ..core.engine import wrap
from ..core.forward import of_one
from ..core.ops import OPS
from ..core.shapes import Axes, normalize_axes, normalize_axis
from .conversion import contiguous
from .dims_and_sizes import Sizes, broadcast, integers, one_axis
from .elementwise import clone
from .indexing import index_select
from .rewriting import alone
from .tensor_base import TensorBase

if TYPE_CHECKING:
    from .tensor import Tensor

_reshape, transposed, _expand = (of_one(OPS[key], views=True) for key in (np.reshape, np.transpose, np.broadcast_to))
_tile, _flip, _roll = of_one(OPS[np.tile]), of_one(OPS[np.flip]), of_one(OPS[np.roll])


def reshape(input: Tensor, *sizes: Sizes, shape: Sizes | None = None) -> Tensor:
    """The same elements in another shape; one length may be -1, and follows from the others.

    Shares the memory where the layout allows it. Raises RuntimeError for a shape with another number of elements.
    """
    return _reshape(input, integers(sizes, shape))


def view(input: Tensor, *sizes: Sizes, size: Sizes | None = None) -> Tensor:
    """As `reshape`, but always sharing the memory. Raises RuntimeError as well where the layout does not allow that."""
    sizes = integers(sizes, size)
    result = _reshape(input, sizes)
    if not input.is_contiguous() and input.numel() and not np.may_share_memory(result._data, input._data):
        raise RuntimeError(
            f"view size is not compatible with input tensor's size and stride: {list(input.shape)} to "
            f"{list(result.shape)} needs a copy. Use .reshape(...) instead"
        )
    return result


def view_as(input: Tensor, other: Tensor) -> Tensor:
    """As `view`, to the shape of `other`."""
    return view(input, other.shape)


def reshape_as(input: Tensor, other: Tensor) -> Tensor:
    """As `reshape`, to the shape of `other`."""
    return reshape(input, other.shape)


def flatten(input: Tensor, start_dim: int = 0, end_dim: int = -1) -> Tensor:
    """Dimensions `start_dim` to `end_dim` merged into one; the tensor itself where they are one.

    Raises RuntimeError if `start_dim` comes after `end_dim`, IndexError for a dim that the input does not have.
    """
    shape = input._data.shape or (1,)
    first, last = normalize_axis(start_dim, input.ndim), normalize_axis(end_dim, input.ndim)
    if first > last:
        raise RuntimeError(f"flatten() has invalid args: start_dim ({first}) cannot come after end_dim ({last})")
    if first == last and input.ndim:
        return input
    return _reshape(input, (*shape[:first], prod(shape[first : last + 1]), *shape[last + 1 :]))


def unflatten(input: Tensor, dim: int, sizes: Sequence[int]) -> Tensor:
    """Dimension `dim` split into `sizes`, one of which may be -1.

    Raises RuntimeError if they do not multiply to its length, or for a 0-d tensor; IndexError for a dim that the input
    does not have.
    """
    sizes = list(sizes)
    if not sizes:
        raise RuntimeError("unflatten: sizes must be non-empty")
    d = normalize_axis(dim, input.ndim)
    length, known = input.shape[d] if input.ndim else None, prod(n for n in sizes if n != -1)
    if length is None or sizes.count(-1) > 1 or (length != known if -1 not in sizes else not known or length % known):
        raise RuntimeError(
            f"unflatten: Provided sizes {sizes} don't multiply up to the size of dim {dim} ({length}) in the input "
            f"tensor of shape {list(input.shape)}"
        )
    sizes = [length // known if n == -1 else n for n in sizes]
    return reshape(input, *input.shape[:d], *sizes, *input.shape[d + 1 :])


def ravel(input: Tensor) -> Tensor:
    """All elements in one dimension."""
    return _reshape(contiguous(input), (-1,))


def squeeze(input: Tensor, dim: Axes = None, *, axis: Axes = None) -> Tensor:
    """Without the dimensions of length 1, or without those of them that are in `dim`.

    Raises IndexError for a dim that the input does not have, RuntimeError for one given twice.
    """
    gone = normalize_axes(axis if dim is None else dim, input.ndim)
    return _reshape(input, tuple([n for i, n in enumerate(input._data.shape) if n != 1 or i not in gone]))


def unsqueeze(input: Tensor, dim: int | None = None, *, axis: int | None = None) -> Tensor:
    """With a dimension of length 1 inserted at `dim`.

    Raises IndexError for a place too far out, TypeError without a `dim`.
    """
    shape = input._data.shape
    d = one_axis(input, dim, axis, "unsqueeze", 1)
    return _reshape(input, (*shape[:d], 1, *shape[d:]))


def permute(input: Tensor, *order: Sizes, dims: Sizes | None = None) -> Tensor:
    """The dimensions in the order given.

    Raises RuntimeError unless each is named once, IndexError for one there is not.
    """
    order = integers(order, dims)
    if len(order) != input.ndim:
        raise RuntimeError(
            f"permute: input.dim() = {input.ndim} is not equal to len(dims) = {len(order)}: name each of the "
            f"dimensions of {list(input.shape)} once"
        )
    return transposed(input, normalize_axes(order, input.ndim))


def transpose(input: Tensor, dim0: int, dim1: int) -> Tensor:
    """With two dimensions exchanged. Raises IndexError for a dim that the input does not have."""
    ndim = input._data.ndim
    order = list(range(ndim or 1))
    a, b = normalize_axis(dim0, ndim), normalize_axis(dim1, ndim)
    order[a], order[b] = b, a
    return transposed(input, tuple(order[:ndim]))


swapdims = transpose


def swapaxes(input: Tensor, axis0: int, axis1: int) -> Tensor:
    """`transpose`, under NumPy's name. Raises IndexError for an axis that the input does not have."""
    return transpose(input, axis0, axis1)


def movedim(input: Tensor, source: Sizes, destination: Sizes) -> Tensor:
    """With the dimensions `source` moved to `destination`, the others in their order.

    Raises RuntimeError if the two differ in number or name a dimension twice, IndexError for a dim there is not.
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
    """The transpose of a matrix; a vector or number as it is. Raises RuntimeError for three dimensions or more."""
    if input.ndim > 2:
        raise RuntimeError(f"t() expects a tensor with <= 2 dimensions, but self is {input.ndim}D; use .mT")
    return input.T


def expand(input: Tensor, *sizes: Sizes, size: Sizes | None = None) -> Tensor:
    """Dimensions of length 1 repeated to `sizes`, without a copy; -1 leaves a dimension as it is.

    Raises RuntimeError for sizes that differ from a length other than 1, or for fewer sizes than dimensions.
    """
    sizes, given = integers(sizes, size), input._data.shape
    lead = len(sizes) - len(given)
    if lead < 0:
        raise RuntimeError(
            f"expand: the number of sizes provided ({len(sizes)}) must be greater or equal to the number of "
            f"dimensions in the tensor ({input.ndim})"
        )
    shape = list(sizes)
    for i, m in enumerate(given, lead):
        if shape[i] == -1:
            shape[i] = m
        elif m not in (1, shape[i]):
            raise RuntimeError(
                f"The expanded size of the tensor ({shape[i]}) must match the existing size ({m}) at non-singleton "
                f"dimension {i}.  Target sizes: {list(sizes)}.  Tensor sizes: {list(given)}"
            )
    return _expand(input, tuple(shape))


def broadcast_to(input: Tensor, *sizes: Sizes, size: Sizes | None = None) -> Tensor:
    """As `expand`, under NumPy's name. Raises RuntimeError as `expand`."""
    return expand(input, *sizes, size=size)


def expand_as(input: Tensor, other: Tensor) -> Tensor:
    """As `expand`, to the shape of `other`."""
    return expand(input, other.shape)


def broadcast_tensors(*tensors: Tensor) -> tuple[Tensor, ...]:
    """The tensors, each expanded to the shape that they broadcast to, if it has another.

    Raises RuntimeError if there is none.
    """
    shape = broadcast("broadcast_tensors", *(x.shape for x in tensors))
    return tuple(x if x.shape == shape else expand(x, shape) for x in tensors)


def repeat(input: Tensor, *times: Sizes, repeats: Sizes | None = None) -> Tensor:
    """Copies of the whole tensor side by side, `times` of them along each dimension.

    Raises RuntimeError for fewer numbers than dimensions.
    """
    times = integers(times, repeats)
    if len(times) < input.ndim:
        raise RuntimeError(
            f"Number of dimensions of repeat dims ({len(times)}) can not be smaller than number of dimensions of "
            f"tensor ({input.ndim})"
        )
    return _tile(input, times)


def tile(input: Tensor, *times: Sizes, dims: Sizes | None = None) -> Tensor:
    """As `repeat`; missing numbers count as 1."""
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

    Raises RuntimeError for `repeats` below 0, or for a tensor of them that has not one for each element; IndexError for
    a dim that the input does not have.
    """
    dim = axis if dim is None else dim
    if dim is None:
        input, dim = ravel(input), 0
    n = repeats._array if isinstance(repeats, TensorBase) else np.asarray(repeats)
    d = normalize_axis(dim, input.ndim)
    if not input.ndim:
        raise IndexError(f"repeat_interleave(): Dimension specified as {dim} but tensor has no dimensions")
    length = input.shape[d]
    if (n < 0).any():
        raise RuntimeError(f"repeat_interleave(): repeats must be non-negative, got {n.tolist()}")
    if n.size not in (1, length):
        raise RuntimeError(
            f"repeat_interleave(): repeats must have the same size as input along dim, but got {n.size} for "
            f"{list(input.shape)} along dim {d}"
        )
    return index_select(input, d, wrap(np.repeat(np.arange(length), n)))


def flip(input: Tensor, *along: Sizes, dims: Sizes | None = None) -> Tensor:
    """The elements in reverse order along the given dimensions.

    Raises IndexError for a dim that the input does not have, RuntimeError for one given twice.
    """
    return _flip(input, normalize_axes(integers(along, dims), input.ndim))


def roll(input: Tensor, shifts: Sizes, dims: Sizes | None = None) -> Tensor:
    """Elements shifted along `dims`, those that fall off coming back at the other end; flattened first without `dims`.

    Raises RuntimeError if there are not as many shifts as dims, IndexError for a dim that the input does not have.
    """
    shift = (shifts,) if isinstance(shifts, int) else tuple(shifts)
    axis = () if dims is None else (dims,) if isinstance(dims, int) else tuple(dims)
    if not shift:
        raise RuntimeError("roll: `shifts` required")
    if not axis and len(shift) == 1:
        return alone(reshape(roll(ravel(input), shift, 0), input.shape))
    if len(shift) != len(axis):
        raise RuntimeError(f"shifts and dimensions must align. shifts: {len(shift)}, dims:{len(axis)}")
    if not input.numel():
        return clone(input)
    if not input.ndim:
        raise IndexError(f"roll: Dimension specified as {axis[0]} but tensor has no dimensions")
    return _roll(input, shift, tuple(normalize_axis(a, input.ndim) for a in axis))


def rot90(input: Tensor, k: int = 1, dims: Sequence[int] = (0, 1)) -> Tensor:
    """The tensor turned by 90 degrees `k` times in the plane of `dims`, from the first towards the second.

    Raises RuntimeError unless `dims` are two different ones, IndexError for one there is not.
    """
    if input.ndim < 2 or len(dims) != 2:
        raise RuntimeError(f"rot90: expected total dims >= 2, and two to turn in, got {input.ndim} and {list(dims)}")
    a, b = (normalize_axis(d, input.ndim) for d in dims)
    if a == b:
        raise RuntimeError(f"expected rotation dims to be different, but got dim0 = {dims[0]} and dim1 = {dims[1]}")
    if k % 4 == 2:
        return flip(input, a, b)
    if not k % 4:
        return clone(input)
    return transpose(flip(input, b), a, b) if k % 4 == 1 else flip(transpose(input, a, b), b)


def fliplr(input: Tensor) -> Tensor:
    """The columns in reverse order. Raises RuntimeError for fewer than two dimensions."""
    if input.ndim < 2:
        raise RuntimeError(f"fliplr: Input must be >= 2-d, got shape {list(input.shape)}")
    return flip(input, 1)


def flipud(input: Tensor) -> Tensor:
    """The rows in reverse order. Raises RuntimeError for a 0-d tensor."""
    if not input.ndim:
        raise RuntimeError("flipud: Input must be >= 1-d")
    return flip(input, 0)
