"""Indexing, under PyTorch's names and signatures; most are methods of Tensor too.

`gather`, `index_select` and their like are all the one op getitem, with index arrays made for them.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from ..calculus import primitives as p
from ..core.engine import Traced, recording, wrap
from ..core.forward import apply, of_one
from ..core.ops import OPS
from ..core.shapes import normalize_axis
from ..core.writes import wrote
from .dims_and_sizes import broadcast
from .tensor_base import TensorBase

if TYPE_CHECKING:
    from .tensor import Tensor

_getitem = of_one(OPS[p.getitem])


def _plain(index: Any) -> Any:
    """One entry of an index without tensors in it."""
    if isinstance(index, Traced):
        index = index._data
    if isinstance(index, list | tuple):
        index = np.array([_plain(i) for i in index], None if index else np.int64)
    if isinstance(index, np.generic):
        index = np.asarray(index)
    if isinstance(index, np.ndarray):
        if index.dtype.kind not in "iub":
            raise IndexError(
                f"tensors used as indices must be long, int, byte or bool tensors, got {index.dtype}: use .long()"
            )
        return int(index) if index.shape == () and index.dtype != bool else index
    if isinstance(index, float | str):
        kind = TypeError if isinstance(index, str) else IndexError
        raise kind(
            "only integers, slices (`:`), ellipsis (`...`), None and long or bool tensors are valid indices "
            f"(got {type(index).__name__} {index!r})"
        )
    if isinstance(index, slice):
        return slice(*(None if i is None else int(i) for i in (index.start, index.stop, index.step)))
    return index


def _entries(index: Any) -> tuple[Any, ...]:
    return tuple(_plain(i) for i in index) if isinstance(index, tuple) else (_plain(index),)


def _width(entry: Any) -> int:
    """How many dimensions an entry of an index is about."""
    return 0 if entry is None else entry.ndim if isinstance(entry, np.ndarray) and entry.dtype == bool else 1


_BASIC = (int, slice, type(None), type(Ellipsis))


def getitem(input: Tensor, index: Any) -> Tensor:
    """input[index]: integers, slices, ..., None, lists, integer and bool tensors.

    As in PyTorch, integers are taken first: in x[0, :, [1, 2]] the list then stands alone, and its dimension stays in
    place. Raises IndexError for an index out of range, of another dtype, or with too many entries; TypeError for a
    string.
    """
    given = index if index.__class__ is tuple else (index,)
    if input._data.ndim and all([i.__class__ in _BASIC for i in given]):
        return _getitem(input, index)
    entries = _entries(index)
    integers = [i.__class__ is int for i in entries]
    if any(integers):
        if not input.ndim:
            raise IndexError("invalid index of a 0-dim tensor. Use `tensor.item()` to convert it to a Python number")
        if any(isinstance(i, np.ndarray) for i in entries):
            if Ellipsis in [i for i in entries if i.__class__ is not np.ndarray]:
                at = next(k for k, i in enumerate(entries) if i is Ellipsis)
                missing = input.ndim - sum(_width(i) for i in entries) + 1
                entries = (*entries[:at], *[slice(None)] * missing, *entries[at + 1 :])
            first = [e for i in entries for e in ((i,) if i.__class__ is int else (slice(None),) * _width(i))]
            rest = tuple(i for i in entries if i.__class__ is not int)
            return _getitem(getitem(input, tuple(first)), rest)
    return _getitem(input, entries if len(entries) != 1 else entries[0])


def setitem(input: Tensor, index: Any, value: Any) -> None:
    """input[index] = value, in place.

    Raises RuntimeError if the write would have to be recorded or the shapes do not fit, IndexError or TypeError as
    `getitem`.
    """
    entries = _entries(index)
    if recording.get() and (input._node is not None or (isinstance(value, TensorBase) and value._node is not None)):
        raise RuntimeError(
            "x[index] = value cannot be recorded, and x or value requires grad (a leaf Variable that requires grad "
            "is never written in place). Write under no_grad(), or make a new tensor with where() or scatter_add()"
        )
    array = input._array
    given = value._data if isinstance(value, TensorBase) else value
    try:
        array[entries if len(entries) != 1 else entries[0]] = given
    except IndexError as error:
        raise IndexError(f"x[index] = value with x of shape {list(array.shape)}: {error}") from error
    except ValueError as error:
        raise RuntimeError(
            f"shape mismatch: value of shape {list(np.shape(given))} does not fit x[index], x of shape "
            f"{list(array.shape)}: {error}"
        ) from error
    wrote(array)


def iterate(input: Tensor) -> Iterator[Tensor]:
    """The slices along the first dimension. Raises TypeError for a 0-d tensor."""
    if not input.ndim:
        raise TypeError("iteration over a 0-d tensor")
    return iter([input[i] for i in range(len(input))])


def _mesh(dim: int, index: Any) -> tuple[Any, ...]:
    """An index that goes along `index` in dimension `dim` and in step in the others."""
    ndim = index.ndim
    mesh = [_count(n, ndim - d) for d, n in enumerate(index.shape)]
    if mesh:
        mesh[dim] = index
    return tuple(mesh)


@lru_cache(256)
def _count(n: int, ndim: int) -> Any:
    """0 to n - 1 along the first of `ndim` dimensions."""
    count = np.arange(n).reshape((n,) + (1,) * (ndim - 1))
    count.flags.writeable = False
    return count


def along(input: Tensor, dim: int, index: Any) -> Tensor:
    """The elements at `index`, an array, along `dim`; the other dimensions go in step."""
    if input.ndim == index.ndim:
        return _getitem(input, _mesh(dim, index))
    return input.reshape(1)[wrap(index.reshape(-1))].reshape(index.shape)


def _places(name: str, input: Tensor, dim: int, index: Tensor) -> Any:
    """The index as an array, checked."""
    places = np.asarray(index._data)
    if places.dtype.kind not in "iu":
        raise RuntimeError(f"{name}(): Expected dtype int32/int64 for index, got {places.dtype}")
    size = input.shape[dim] if input.ndim else 1
    wrong = places[(places < 0) | (places >= size)]
    if wrong.size:
        kind = IndexError if name == "index_select" else RuntimeError
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
    places = _places("index_select", input, d, index)
    if not input.ndim:
        if places.size != 1:
            raise RuntimeError(f"index_select(): Index to scalar can have only 1 value, got {places.size} value(s)")
        return input
    return _getitem(input, (slice(None),) * d + (np.atleast_1d(places),))


def masked_select(input: Tensor, mask: Tensor) -> Tensor:
    """The elements where `mask`, a bool tensor that broadcasts with the input, is true, in one dimension.

    Raises RuntimeError for a mask of another dtype, or one that does not broadcast.
    """
    if mask.dtype != bool:
        raise RuntimeError(f"masked_select: expected BoolTensor for mask, got {mask.dtype}")
    shape = broadcast("masked_select", input.shape, mask.shape)
    return getitem(input.expand(shape), wrap(np.broadcast_to(mask._data, shape)))
