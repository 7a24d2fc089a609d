"""Writing at places that an index names, under PyTorch's names and signatures; all are methods of Tensor too.

Each gives a new tensor; the methods whose names end in `_` write to the tensor itself. A place out of range raises
IndexError or RuntimeError, as in PyTorch; so does a dim that the input does not have (IndexError).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from math import inf
from typing import TYPE_CHECKING, Any, TypeVar, overload

import numpy as np

from ..calculus import primitives as p
from ..calculus import scatter_primitives as sc
from ..core import dtypes
from ..core.engine import wrap
from ..core.errors import no_tensor
from ..core.forward import apply
from ..core.ops import OPS
from ..core.shapes import normalize_axis
from .conversion import to
from .dims_and_sizes import broadcast
from .indexing import _mesh, _places, _same_ndim, getitem
from .inplace import apart, in_place
from .tensor_base import TensorBase

if TYPE_CHECKING:
    from .tensor import Tensor

F = TypeVar("F", bound=Callable[..., Any])


def _replaced(input: Tensor, value: Any, index: Any) -> Tensor:
    """The input with `value`, a tensor or a number, in the place of input[index]."""
    if not isinstance(value, TensorBase):
        value = wrap(np.asarray(value).astype(input.dtype))
    return apply(OPS[p.replace], (input, value), {"index": index})


def _added(input: Tensor, value: Tensor, index: Any) -> Tensor:
    """The input with `value` added to input[index], where a place repeats all of them."""
    return input + apply(OPS[p.put], (value,), {"index": index, "shape": input.shape})


def _one_dtype(name: str, input: Tensor, source: Tensor, source_name: str) -> None:
    if input.dtype != source.dtype:
        raise RuntimeError(
            f"{name}(): Expected self.dtype to be equal to {source_name}.dtype, got {input.dtype} and {source.dtype}"
        )


# -- scatter: one place for each element of the index -----------------------------------------------------------------


def _places_along(name: str, input: Tensor, dim: int, index: Tensor) -> Any:
    """An index of NumPy's that goes along `index` in `dim`, and in step in the others."""
    d = normalize_axis(dim, input.ndim)
    places = _places(name, input, d, index)
    _same_ndim(name, input, places, d)
    return _mesh(d, places)


def _part(name: str, input: Tensor, index: Tensor, src: Tensor) -> Tensor:
    """The elements of `src` that the index has places for."""
    _one_dtype(name, input, src, "src")
    if src.ndim != index.ndim:
        raise RuntimeError(f"{name}(): Index tensor must have the same number of dimensions as src tensor")
    if any(n > m for n, m in zip(index.shape, src.shape, strict=True)):
        raise RuntimeError(f"{name}(): Expected index {list(index.shape)} to be no larger than src {list(src.shape)}")
    return getitem(src, tuple(slice(n) for n in index.shape)) if index.ndim else src


@overload
def scatter(input: Tensor, dim: int, index: Tensor, src: Tensor, *, reduce: str | None = None) -> Tensor: ...
@overload
def scatter(input: Tensor, dim: int, index: Tensor, src: float, *, reduce: str | None = None) -> Tensor: ...
@overload
def scatter(input: Tensor, dim: int, index: Tensor, *, value: float, reduce: str | None = None) -> Tensor: ...
def scatter(
    input: Tensor, dim: int, index: Tensor, src: Any = None, *, value: Any = None, reduce: str | None = None
) -> Tensor:
    """input with out[index[i][j]][j] = src[i][j] for dim 0, and so on; `value`, a number, in the place of `src`.

    Of several for one place the last one stays. With `reduce` "add" or "multiply" they are added to what is there, or
    multiplied with it. Raises RuntimeError for a `src` of another dtype or smaller than the index, an index that is not
    of integers, or a place out of range; TypeError if there is nothing to write.
    """
    source = value if src is None else src
    if source is None:
        raise TypeError("scatter(): expected a tensor `src`, or a number `value`, to write")
    if reduce not in (None, "add", "multiply"):
        raise RuntimeError(f"scatter(): reduce argument must be either add or multiply, got {reduce!r}")
    if not isinstance(source, TensorBase):
        source = wrap(np.full(index.shape, source).astype(input.dtype))
    if not index.numel():
        return input.clone()
    part = _flat(_part("scatter", input, index, source))
    x = _flat(input)
    at = _places_along("scatter", x, dim, _flat(index))
    write = {None: _replaced, "add": _added, "multiply": _multiplied}[reduce]
    return write(x, part, at).reshape(input.shape)


def _multiplied(input: Tensor, part: Tensor, at: Any) -> Tensor:
    return apply(OPS[sc.scatter_product], (input, part), {"index": at})


def scatter_reduce(
    input: Tensor, dim: int, index: Tensor, src: Tensor, reduce: str, *, include_self: bool = True
) -> Tensor:
    """All elements of `src` for one place, [index[i][j]][j] for dim 0 and so on, made into one with what is there.

    `reduce` is "sum", "prod", "mean", "amax" or "amin"; without `include_self` what is there does not count, but stays
    where nothing is written. Where several are the largest they share the gradient. Raises as `scatter`, and
    RuntimeError for any other `reduce`.
    """
    if reduce not in ("sum", "prod", "mean", "amax", "amin"):
        raise RuntimeError(f"reduce argument must be either sum, prod, mean, amax or amin, got {reduce}.")
    if not index.numel():
        return input.clone()
    part, shape, input = _flat(_part("scatter_reduce", input, index, src)), input.shape, _flat(input)
    at = _places_along("scatter_reduce", input, dim, _flat(index))
    if not include_self:
        neutral = {"sum": 0, "mean": 0, "prod": 1, "amax": _least(input), "amin": _most(input)}[reduce]
        input = _replaced(input, neutral, at)
    if reduce == "prod":
        result = _multiplied(input, part, at)
    elif reduce in ("amax", "amin"):
        result = apply(OPS[sc.scatter_extremum], (input, part), {"index": at, "largest": reduce == "amax"})
    else:
        result = _added(input, part, at)
        if reduce == "mean":
            result = _divided(result, _how_many(input, at, include_self))
    return result.reshape(shape)


def _least(x: Tensor) -> Any:
    return -inf if x.is_floating_point() else False if x.dtype == bool else np.iinfo(x.dtype).min


def _most(x: Tensor) -> Any:
    return inf if x.is_floating_point() else True if x.dtype == bool else np.iinfo(x.dtype).max


def _how_many(input: Tensor, at: Any, include_self: bool) -> Any:
    count = np.ones(input.shape, np.int64) if include_self else np.zeros(input.shape, np.int64)
    np.add.at(count, at, 1)
    return np.maximum(count, 1)


def _divided(total: Tensor, count: Any) -> Tensor:
    quotient = total / wrap(count) if total.is_floating_point() else total // wrap(count)
    return to(quotient, total.dtype)


# -- slices: one place along a dim for each element of the index ------------------------------------------------------


def _slices(name: str, input: Tensor, dim: int, index: Tensor) -> tuple[int, Any]:
    """The dim counted from the front, and the index as places along it."""
    if index.ndim > 1:
        raise IndexError(f"{name}(): Index is supposed to be a vector, but got shape {list(index.shape)}")
    d = normalize_axis(dim, input.ndim)
    return d, np.atleast_1d(_places(name, input, d, index))


def _source(name: str, input: Tensor, dim: int, places: Any, source: Tensor) -> Tensor:
    """The source as it is written, with the dim."""
    _one_dtype(name, input, source, "source")
    if source.ndim and len(places) != source.shape[dim]:
        kind = RuntimeError if name == "index_add" else IndexError
        raise kind(
            f"{name}(): Number of indices ({len(places)}) should be equal to source.size(dim) ({source.shape[dim]})"
        )
    shape = (*input.shape[:dim], len(places), *input.shape[dim + 1 :]) if input.ndim else (len(places),)
    if source.numel() != int(np.prod(shape)) or (source.ndim and input.ndim and source.shape != shape):
        raise RuntimeError(
            f"{name}(): Source/destination tensor must have same slice shapes: expected {list(shape)}, got "
            f"{list(source.shape)}"
        )
    return source.reshape(shape)


def _flat(input: Tensor) -> Tensor:
    """A tensor that has dimensions."""
    return input if input.ndim else input.reshape(1)


def index_add(input: Tensor, dim: int, index: Tensor, source: Tensor, *, alpha: float = 1) -> Tensor:
    """input with alpha * source added to its slices at `index` along `dim`, where a place repeats all of them.

    Raises RuntimeError for a `source` of another dtype or shape, and a place out of range; IndexError for an index of
    more dimensions.
    """
    d, places = _slices("index_add", input, dim, index)
    source = _source("index_add", input, d, places, source)
    if alpha != 1:
        dtypes.of_multiple(alpha, "alpha", input, source)
        source = source * alpha
    return _added(_flat(input), source, (slice(None),) * d + (places,)).reshape(input.shape)


def index_copy(input: Tensor, dim: int, index: Tensor, source: Tensor) -> Tensor:
    """input with the slices of `source` in the place of its own at `index` along `dim`; of several the last one.

    Raises as `index_add`, but IndexError for a place out of range or another number of slices.
    """
    d, places = _slices("index_copy", input, dim, index)
    source = _source("index_copy", input, d, places, source)
    return _replaced(_flat(input), source, (slice(None),) * d + (places,)).reshape(input.shape)


def index_fill(input: Tensor, dim: int, index: Tensor, value: Any) -> Tensor:
    """input with `value`, a number or a 0-d tensor, in its slices at `index` along `dim`; -1 is the last.

    Raises RuntimeError for a value of more dimensions, IndexError for an index that is not of int64 or out of range.
    """
    if np.ndim(value._data if isinstance(value, TensorBase) else value):
        raise RuntimeError(
            f"index_fill only supports a 0-dimensional value tensor, but got tensor with {value.ndim} dimension(s)."
        )
    d = normalize_axis(dim, input.ndim)
    if index.dtype != np.int64:
        raise IndexError(f"index_fill(): Expected dtype int64 for index, got {index.dtype}")
    n = input.shape[d] if input.ndim else 1
    places = np.atleast_1d(index._data)
    wrong = places[(places < -n) | (places >= n)]
    if wrong.size:
        raise IndexError(f"index_fill(): index {wrong.flat[0]} is out of bounds for dimension {d} with size {n}")
    if isinstance(value, TensorBase):
        value = to(value, input.dtype)  # type: ignore[call-overload]
    return _replaced(_flat(input), value, (slice(None),) * d + (places,)).reshape(input.shape)


# -- any places -------------------------------------------------------------------------------------------------------


def index_put(input: Tensor, indices: Sequence[Tensor], values: Tensor, accumulate: bool = False) -> Tensor:
    """input[indices] = values, as a new tensor; with `accumulate` added, where a place repeats all of them.

    Raises RuntimeError for values of another dtype or that do not broadcast, IndexError for too many indices or a place
    out of range.
    """
    if isinstance(indices, TensorBase):
        raise no_tensor("index_put", "indices", 2, indices, "tuple of Tensors")
    _one_dtype("index_put", input, values, "values")
    at = tuple(slice(None) if i is None else i._array for i in indices)
    if sum(i.ndim if isinstance(i, np.ndarray) and i.dtype == bool else 1 for i in at) > input.ndim:
        raise IndexError(f"too many indices for tensor of dimension {input.ndim} (got {len(at)})")
    try:
        shape = input._array[at].shape
    except IndexError as error:
        raise IndexError(f"index_put(): {error}") from None
    if broadcast("index_put", shape, values.shape) != shape:
        raise RuntimeError(f"index_put(): values of shape {list(values.shape)} do not broadcast to {list(shape)}")
    return _added(input, values.expand(shape), at) if accumulate else _replaced(input, values, at)


def masked_scatter(input: Tensor, mask: Tensor, source: Tensor) -> Tensor:
    """input with the elements of `source`, in their order, where `mask`, bools that broadcast with it, is true.

    Raises RuntimeError for a mask of another dtype, a source of another dtype or with too few elements.
    """
    if mask.dtype != bool:
        raise RuntimeError(f"masked_scatter only supports boolean masks, but got mask with dtype {mask.dtype}")
    _one_dtype("masked_scatter", input, source, "source")
    shape = broadcast("masked_scatter", input.shape, mask.shape)
    chosen = np.broadcast_to(mask._data, shape)
    count = int(chosen.sum())
    if source.numel() < count:
        raise RuntimeError(
            f"masked_scatter: Number of elements of source ({source.numel()}) < number of ones in mask ({count})"
        )
    return _replaced(input.expand(shape), source.reshape(-1)[:count], (chosen,))


def _anywhere(name: str, input: Tensor, index: Tensor) -> Any:
    """The index, into the flattened input, checked."""
    if index.dtype != np.int64:
        raise RuntimeError(f"{name}(): Expected a long tensor for index, but got {index.dtype}")
    places, n = index._array, input.numel()
    wrong = places[(places < -n) | (places >= n)]
    if wrong.size:
        raise IndexError(f"out of range: tried to access index {wrong.flat[0]} on a tensor of {n} elements.")
    return places


def put(input: Tensor, index: Tensor, source: Tensor, accumulate: bool = False) -> Tensor:
    """input with the elements of `source` at `index`, counted through the flattened input; `accumulate` adds them.

    Raises RuntimeError for an index that is not of int64 or a source of another dtype, IndexError for another number of
    elements, or a place out of range.
    """
    places = _anywhere("put", input, index).reshape(-1)
    _one_dtype("put", input, source, "source")
    if source.numel() != places.size:
        raise IndexError(
            "put(): Expected source and index to have the same number of elements, but got source.numel() = "
            f"{source.numel()}, index.numel() = {places.size}"
        )
    write = _added if accumulate else _replaced
    return write(input.reshape(-1), source.reshape(-1), (places,)).reshape(input.shape)


def take(input: Tensor, index: Tensor) -> Tensor:
    """The elements of the flattened input at `index`, in the shape of `index`.

    Raises RuntimeError for an index that is not of int64, IndexError for a place out of range.
    """
    places = _anywhere("take", input, index)
    return input.reshape(-1)[wrap(places.reshape(-1))].reshape(places.shape)


# -- in place ---------------------------------------------------------------------------------------------------------


def alone(function: F) -> F:
    """The method `name_` of a function of this file: what it reads must not share any memory with the tensor."""
    write = in_place(function)

    @wraps(write)
    def write_alone(input: Any, *args: Any, **options: Any) -> Any:
        read = [x for given in (*args, *options.values()) for x in (given if isinstance(given, tuple) else (given,))]
        apart(write.__name__, input._array, *read, refused="some all")
        return write(input, *args, **options)

    return write_alone  # type: ignore[return-value]


scatter_, scatter_reduce_, put_ = alone(scatter), alone(scatter_reduce), alone(put)
index_add_, index_copy_, index_put_ = alone(index_add), alone(index_copy), alone(index_put)
index_fill_, masked_scatter_ = in_place(index_fill), in_place(masked_scatter)
