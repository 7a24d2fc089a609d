"""Indexing, under PyTorch's names and signatures; most are methods of Tensor too.

`gather`, `index_select` and their like are all the one op getitem, with index arrays made for them.
"""

from __future__ import annotations

import operator
import warnings
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from ..calculus import primitives as p
from ..core.engine import Traced, wrap
from ..core.forward import apply
from ..core.ops import OPS
from ..core.shapes import normalize_axis
from .dims_and_sizes import broadcast
from .inplace import apart, in_place, write
from .rewriting import item as _getitem
from .rewriting import one_of_several, repeats
from .tensor_base import TensorBase

if TYPE_CHECKING:
    from .tensor import Tensor

_WRITE = "x[index] = value"
_BASIC = (int, slice, type(None), type(Ellipsis))


def getitem(input: Tensor, index: Any) -> Tensor:
    """input[index]: integers, slices, ..., None, lists, ranges, integer and bool tensors.

    With integers, slices, ... and None alone it is a view, else a copy. As in PyTorch integers are taken first, so in
    x[0, :, [1, 2]] the list is alone and its dimension stays in place. Raises IndexError for an index out of range, a
    mask of another shape, and what is no index.
    """
    given = index if index.__class__ is tuple else (index,)
    if input._data.ndim and all([i.__class__ in _BASIC for i in given]):
        try:
            return _getitem(input, index)
        except IndexError:
            if given.count(Ellipsis) < 2:
                raise
    first, rest = parts(input, index)
    if first is not None:
        input = _getitem(input, first)
    if rest is not None:
        input = in_rows(_getitem(input, rest))
    return input


def in_rows(made: Tensor) -> Tensor:
    """A new tensor, its values in row-major order."""
    if not made._data.flags.c_contiguous:
        made._data = made._data.copy()
    return made


def setitem(input: Tensor, index: Any, value: Any) -> None:
    """input[index] = value, in place, for every index that reading takes; False alone stands for no place at all.

    Raises RuntimeError for a value that does not broadcast to the place, and as all writes do: for a leaf that requires
    grad, or a view of one, where it would be recorded; for memory that is shared or overlaps.
    """
    if isinstance(value, list | tuple):
        raise TypeError(f"can't assign a {type(value).__name__} to a torch.{input.dtype} tensor: make it a tensor")
    if index is False:
        return
    first, rest = parts(input, None if index is True else index)
    place = first if rest is None else rest
    if first is not None and (rest is not None or repeats(input._array)):
        input = _getitem(input, first)
        place = ... if rest is None else rest
    shape = np.shape(value._data if isinstance(value, TensorBase) else value)
    target = p.getitem.forward(input._array, place)  # type: ignore[attr-defined]
    if shape != target.shape:
        extra = len(shape) - target.ndim
        if extra > 0 and all(n == 1 for n in shape[:extra]):  # leading dimensions of 1 are let go, as in PyTorch
            value = value.reshape(shape[extra:])
            shape = shape[extra:]
        try:
            fits = np.broadcast_shapes(shape, target.shape) == target.shape
        except ValueError:
            fits = False
        if not fits:
            raise RuntimeError(
                f"shape mismatch: value of shape {list(shape)} does not fit x[index] of shape {list(target.shape)}, "
                f"x of shape {list(input.shape)}"
            )
    if rest is not None or isinstance(value, TensorBase):
        _disjoint(input, target, rest, value)
    write(input, place, value, _WRITE)


def _disjoint(input: Tensor, target: Any, rest: Any, value: Any) -> None:
    """Raise RuntimeError for a value that shares memory with the place where it is written.

    If that is a view, it may share all of it. If the index `rest` has arrays, neither value nor arrays may share any
    with what the slices leave, but for a single number and a single mask.
    """
    if rest is None:
        if value.ndim:
            given = value._data
            apart(_WRITE, target, given if given.shape == target.shape else np.broadcast_to(given, target.shape))
        return
    arrays = [i for i in rest if isinstance(i, np.ndarray)]
    one = not isinstance(value, TensorBase) or value.numel() == 1
    if not one or len(arrays) > 1 or arrays[0].dtype != bool:
        sliced = input._array[_without_arrays(rest)]
        apart(_WRITE, sliced, value, *arrays, refused="some all")


def parts(input: Tensor, index: Any) -> tuple[Any, Any]:
    """What of an index gives a view, and then what of it takes copies, as NumPy understands them; None for neither.

    The one reading of indices: for reading and for writing.
    """
    entries = tuple([_plain(i) for i in _unpacked(index)])
    arrays = [i for i in entries if isinstance(i, np.ndarray)]
    integers = any(i.__class__ is int for i in entries)
    if integers and not input.ndim:
        raise IndexError("invalid index of a 0-dim tensor. Use `tensor.item()` to convert it to a Python number")
    if sum(i is Ellipsis for i in entries) > (0 if arrays else 1):
        entries = _without_dots(entries, input.ndim)
    if not arrays:
        return entries, None
    _fits(input, entries)
    if not integers:
        return None, entries
    first = [e for i in entries for e in ((i,) if i.__class__ is int else (slice(None),) * _width(i))]
    return tuple(first), tuple(i for i in entries if i.__class__ is not int)


def _without_arrays(entries: tuple[Any, ...]) -> tuple[Any, ...]:
    """What of an index gives a view, with `:` for each dimension that an array is about."""
    return tuple([e for i in entries for e in ((slice(None),) * _width(i) if isinstance(i, np.ndarray) else (i,))])


def _without_dots(entries: tuple[Any, ...], ndim: int) -> tuple[Any, ...]:
    """An index with `:` for every dimension that `...` stands for; each further `...` skips as many, as in PyTorch.

    Raises IndexError for an entry after more dimensions than there are.
    """
    missing = [slice(None)] * (ndim - sum(_width(i) for i in entries if i is not Ellipsis))
    at = [k for k, i in enumerate(entries) if i is Ellipsis]
    last = next((k for k, i in enumerate(reversed(entries)) if i is not Ellipsis), len(entries))
    if missing and len(at) > 1 and at[1] < len(entries) - last:
        raise IndexError(f"too many indices for tensor of dimension {ndim}: only the first `...` stands for dimensions")
    plain = [i for i in entries[at[0] + 1 :] if i is not Ellipsis]
    return (*entries[: at[0]], *missing, *plain)


def _unpacked(index: Any) -> tuple[Any, ...]:
    """The entries of an index; a list that holds lists, slices or tensors counts as a tuple, as in PyTorch."""
    if isinstance(index, list) and any(isinstance(i, list | tuple | slice | Traced | np.ndarray) for i in index):
        index = tuple(index)
    if isinstance(index, list) and any(i is None or i is Ellipsis for i in index):
        index = tuple(index)
    return index if isinstance(index, tuple) else (index,)


def _plain(index: Any) -> Any:
    """One entry of an index without tensors in it."""
    if isinstance(index, Traced):
        index = index._data
    if isinstance(index, list | tuple | range):
        index = np.array([_plain(i) for i in index], None if index else np.int64)
    if isinstance(index, np.generic):
        index = np.asarray(index)
    if isinstance(index, np.ndarray):
        if index.dtype.kind not in "iub":
            raise IndexError(
                f"tensors used as indices must be long, int, byte or bool tensors, got {index.dtype}: use .long()"
            )
        if index.dtype == np.uint8:
            message = "indexing with dtype uint8 is deprecated, use a bool tensor instead: mask.bool()"
            warnings.warn(message, UserWarning, stacklevel=4)
            index = index.astype(bool)
        return int(index) if index.shape == () and index.dtype != bool else index
    if isinstance(index, bool):
        return np.asarray(index)
    if isinstance(index, slice):
        return slice(*(None if i is None else operator.index(i) for i in (index.start, index.stop, index.step)))
    if index is None or index is Ellipsis:
        return index
    if not hasattr(index, "__index__"):
        kind = TypeError if isinstance(index, str) else IndexError
        raise kind(
            "only integers, slices (`:`), ellipsis (`...`), None and long or bool tensors are valid indices "
            f"(got {type(index).__name__} {index!r:.60})"
        )
    return operator.index(index)


def _width(entry: Any) -> int:
    """How many dimensions an entry of an index is about."""
    return 0 if entry is None else entry.ndim if isinstance(entry, np.ndarray) and entry.dtype == bool else 1


def _fits(input: Tensor, entries: tuple[Any, ...]) -> None:
    """Raise IndexError for too many entries, and for a mask whose shape is not that of the dimensions it is about."""
    if sum(map(_width, entries)) > input.ndim:
        raise IndexError(f"too many indices for tensor of dimension {input.ndim}")
    d = 0
    for entry in entries:
        wide = _width(entry)
        shape = input.shape[d : d + wide]
        if isinstance(entry, np.ndarray) and entry.dtype == bool and entry.shape != shape:
            raise IndexError(
                f"The shape of the mask {list(entry.shape)} at index {d} does not match the shape of the indexed "
                f"tensor {list(input.shape)} at index {d}"
            )
        d += wide


def iterate(input: Tensor) -> Iterator[Tensor]:
    """The slices along the first dimension. Raises TypeError for a 0-d tensor."""
    if not input.ndim:
        raise TypeError("iteration over a 0-d tensor")
    return iter([one_of_several(input[i], "unbind") for i in range(len(input))])


def _mesh(dim: int, index: Any, keepdim: bool = True) -> tuple[Any, ...]:
    """An index along `index` in dimension `dim`, which the result keeps or not, and in step in the others."""
    index = index if keepdim else index.squeeze(dim)
    ndim = index.ndim
    mesh = [_count(n, ndim - d) for d, n in enumerate(index.shape)]
    if mesh or not keepdim:
        mesh[dim : dim + keepdim] = [index]
    return tuple(mesh)


@lru_cache(256)
def _count(n: int, ndim: int) -> Any:
    """0 to n - 1 along the first of `ndim` dimensions."""
    count = np.arange(n)
    count.flags.writeable = False
    return count.reshape((n,) + (1,) * (ndim - 1))


def along(input: Tensor, dim: int, index: Any, keepdim: bool = True) -> Tensor:
    """The elements at `index`, an array, along `dim`, copied; the other dimensions go in step.

    Without `keepdim` there is one for each place of the others.
    """
    if not (input.ndim or index.ndim):
        return input.clone()
    if input.ndim == index.ndim:
        return _getitem(input, _mesh(dim, index, keepdim))
    return input.reshape(1)[wrap(index.reshape(-1))].reshape(index.shape)


def _places(name: str, input: Tensor, dim: int, index: Tensor) -> Any:
    """The index as an array, checked."""
    places = index._array
    if places.dtype.kind not in "iu":
        raise RuntimeError(f"{name}(): Expected dtype int32/int64 for index, got {places.dtype}")
    size = input.shape[dim] if input.ndim else 1
    if places.size and not (p.min(places) >= 0 and p.max(places) < size):
        wrong = places[(places < 0) | (places >= size)]
        kind = IndexError if name in ("index_select", "index_copy") else RuntimeError
        raise kind(f"{name}(): index {wrong.flat[0]} is out of bounds for dimension {dim} with size {size}")
    return places


def _same_ndim(name: str, input: Tensor, places: Any, dim: int) -> None:
    if (places.ndim or 1) != (input.ndim or 1):
        raise RuntimeError(
            f"{name}(): Index tensor must have the same number of dimensions as input tensor, got {list(places.shape)} "
            f"for an input of {list(input.shape)}"
        )
    for i, (n, m) in enumerate(zip(places.shape, input.shape, strict=False)):
        if i != dim and n > m:
            raise RuntimeError(
                f"{name}(): Size does not match at dimension {i}: expected index {list(places.shape)} to be no larger "
                f"than {list(input.shape)} apart from dimension {dim}"
            )


def gather(input: Tensor, dim: int, index: Tensor, *, sparse_grad: bool = False) -> Tensor:
    """out[i][j] = input[index[i][j]][j] for dim 0, and so on; of the shape of `index`. `sparse_grad` has no effect.

    Raises RuntimeError for an index that is not of integers, out of range, or of another number of dimensions;
    IndexError for a dim that the input does not have.
    """
    d = normalize_axis(dim, input.ndim)
    places = _places("gather", input, d, index)
    _same_ndim("gather", input, places, d)
    return along(input, d, places)


def scatter_add(input: Tensor, dim: int, index: Tensor, src: Tensor) -> Tensor:
    """input with src[i][j] added at [index[i][j]][j] for dim 0, and so on: the adjoint of `gather`.

    Raises as `gather`, and RuntimeError for a `src` smaller than the index.
    """
    d = normalize_axis(dim, input.ndim)
    places = _places("scatter_add", input, d, index)
    _same_ndim("scatter_add", input, places, d)
    if any(n > m for n, m in zip(places.shape, src.shape, strict=False)):
        raise RuntimeError(
            f"scatter_add(): Expected index {list(places.shape)} to be no larger than src {list(src.shape)}"
        )
    part = src[tuple(slice(n) for n in places.shape)] if places.ndim else src
    return input + apply(OPS[p.put], (part,), {"index": _mesh(d, places), "shape": input.shape})


def scatter_add_(input: Tensor, dim: int, index: Tensor, src: Tensor) -> Tensor:
    """`scatter_add`, written to the tensor itself; returns the tensor.

    Raises as `scatter_add`, and RuntimeError for an index or a `src` that shares memory with the tensor.
    """
    apart("scatter_add_", input._array, index, src, refused="some all")
    return _scatter_add_(input, dim, index, src)


_scatter_add_ = in_place(scatter_add)


def take_along_dim(input: Tensor, indices: Tensor, dim: int | None = None, *, axis: int | None = None) -> Tensor:
    """`gather`, with `indices` broadcast against the other dimensions; from the flattened tensor without `dim`.

    Raises as `gather`, and RuntimeError for shapes that do not broadcast.
    """
    dim = axis if dim is None else dim
    if dim is None:
        return gather(input.reshape(-1), 0, indices.reshape(-1))
    d = normalize_axis(dim, input.ndim)
    if indices.ndim != input.ndim:
        raise RuntimeError(
            "take_along_dim(): input and indices should have the same number of dimensions, but got "
            f"{list(input.shape)} and {list(indices.shape)}"
        )
    shape = broadcast("take_along_dim", *((*x.shape[:d], 1, *x.shape[d + 1 :]) for x in (input, indices)))
    x, index = (a.expand(*shape[:d], a.shape[d], *shape[d + 1 :]) for a in (input, indices))
    return gather(x, d, index)


def index_select(input: Tensor, dim: int, index: Tensor) -> Tensor:
    """The slices along `dim` at `index`, integers in one dimension.

    Raises IndexError for an index out of range or of more dimensions, RuntimeError for one that is not of integers.
    """
    if index.ndim > 1:
        raise IndexError(f"index_select(): Index is supposed to be a vector, got shape {list(index.shape)}")
    d = normalize_axis(dim, input.ndim)
    if not input.ndim and index.numel() != 1:
        raise RuntimeError(f"index_select(): Index to scalar can have only 1 value, got {index.numel()} value(s)")
    places = _places("index_select", input, d, index)
    if not input.ndim:
        return input.clone()
    return in_rows(_getitem(input, (slice(None),) * d + (np.atleast_1d(places),)))


def masked_select(input: Tensor, mask: Tensor) -> Tensor:
    """The elements where `mask`, a bool tensor that broadcasts with the input, is true, in one dimension.

    Raises RuntimeError for a mask of another dtype, or one that does not broadcast.
    """
    if mask.dtype != bool:
        raise RuntimeError(f"masked_select: expected BoolTensor for mask, got {mask.dtype}")
    shape = broadcast("masked_select", input.shape, mask.shape)
    return getitem(input.expand(shape), wrap(np.broadcast_to(mask._data, shape)))
