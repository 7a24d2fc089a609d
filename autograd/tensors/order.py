"""Largest, smallest and middle elements, and sorting, under PyTorch's names and signatures; all are methods of Tensor
too.

NumPy's `axis` and `keepdims` are accepted for PyTorch's `dim` and `keepdim`. A dim that the input does not have raises
IndexError.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, overload

import numpy as np

from ..core.engine import wrap
from ..core.forward import of_one
from ..core.listeners import decided
from ..core.ops import OPS
from ..core.shapes import Axes, normalize_axis
from ..core.sums import wide
from .comparison import isnan
from .conversion import to
from .dims_and_sizes import axes
from .elementwise import maximum, minimum
from .indexing import along
from .return_types import shown_result
from .tensor_base import TensorBase

if TYPE_CHECKING:
    from .tensor import Tensor

_max, _min = of_one(OPS[np.max]), of_one(OPS[np.min])


def nonempty(input: Tensor, dim: Any, name: str, error: Any = RuntimeError) -> Any:
    """The axes of a reduction that has no value for an empty range.

    Raises `error` or IndexError if the range is empty.
    """
    chosen = axes(input, dim)
    if not input.numel():
        if chosen is None:
            raise error(
                f"{name}(): Expected reduction dim to be specified for input.numel() == 0. Specify the reduction dim "
                f"with the 'dim' argument; the tensor has shape {list(input.shape)}"
            )
        for a in (chosen,) if isinstance(chosen, int) else chosen:
            if not input.shape[a]:
                raise IndexError(f"{name}(): Expected reduction dim {a} to have non-zero size, got {list(input.shape)}")
    return chosen


def largest(input: Tensor) -> Tensor:
    """The largest element of all. If it is NaN, the NaN elements get the whole gradient, unlike with `amax`."""
    return _max(input, None, False)


def smallest(input: Tensor) -> Tensor:
    """The smallest element of all. If it is NaN, the NaN elements get the whole gradient, unlike with `amin`."""
    return _min(input, None, False)


def _every(input: Tensor, axis: Any) -> Any:
    """All axes by number: amax, unlike max, gives a NaN result's gradient as NaN everywhere, with or without `dim`."""
    return tuple(range(input.ndim)) if axis is None and isinstance(input, TensorBase) else axis


def amax(
    input: Tensor, dim: Axes = None, keepdim: bool = False, *, axis: Axes = None, keepdims: bool = False
) -> Tensor:
    """The largest element over `dim`, by default of all; ties share the gradient evenly.

    Raises RuntimeError or IndexError if there is no element, IndexError for a dim that the input does not have.
    """
    chosen = nonempty(input, axis if dim is None else dim, "amax")
    return _max(input, _every(input, chosen), keepdim or keepdims)


def amin(
    input: Tensor, dim: Axes = None, keepdim: bool = False, *, axis: Axes = None, keepdims: bool = False
) -> Tensor:
    """The smallest element over `dim`, by default of all; ties share the gradient evenly. Raises as `amax`."""
    chosen = nonempty(input, axis if dim is None else dim, "amin")
    return _min(input, _every(input, chosen), keepdim or keepdims)


def argmax(
    input: Tensor, dim: int | None = None, keepdim: bool = False, *, axis: int | None = None, keepdims: bool = False
) -> Tensor:
    """The index of the largest element along `dim`, by default in the flattened tensor; the first of several.

    Raises IndexError if there is no element, or for a dim that the input does not have.
    """
    chosen = nonempty(input, axis if dim is None else dim, "argmax", IndexError)
    return _place_of(np.argmax, input, chosen, keepdim or keepdims)


def argmin(
    input: Tensor, dim: int | None = None, keepdim: bool = False, *, axis: int | None = None, keepdims: bool = False
) -> Tensor:
    """The index of the smallest element along `dim`, by default in the flattened tensor; the first of several.

    Raises as `argmax`.
    """
    chosen = nonempty(input, axis if dim is None else dim, "argmin", IndexError)
    return _place_of(np.argmin, input, chosen, keepdim or keepdims)


def _place_of(extremum: Any, input: Tensor, axis: Any, keepdims: bool) -> Tensor:
    out = extremum(wide(input._data), axis, keepdims=keepdims)
    return wrap(decided(extremum, (input._data,), out, axis=axis, keepdims=keepdims))


class Pair(NamedTuple):
    """Values, and where they came from along the dimension."""

    values: Tensor
    indices: Tensor


class _Found(Pair):
    """A pair that knows which function found it, which is what PyTorch prints."""

    function = ""

    def __repr__(self) -> str:
        return shown_result(self, "Pair", self.function)


def _pair(input: Tensor, dim: int, index: Any, function: str, keepdim: bool = True) -> Pair:
    found = _Found(along(input, dim, index, keepdim), wrap(index if keepdim or not input.ndim else index.squeeze(dim)))
    found.function = function
    return found


@overload
def max(input: Tensor) -> Tensor: ...
@overload
def max(input: Tensor, dim: int, keepdim: bool = False, *, axis: None = None, keepdims: bool = False) -> Pair: ...
@overload
def max(input: Tensor, *, axis: int, keepdims: bool = False) -> Pair: ...
@overload
def max(input: Tensor, other: Tensor) -> Tensor: ...
def max(  # type: ignore[misc]  # the second of two may be `other`
    input: Tensor,
    dim: Any = None,
    keepdim: bool = False,
    *,
    other: Any = None,
    axis: int | None = None,
    keepdims: bool = False,
) -> Any:
    """The largest element; with `dim` the pair (values, indices) along it; with a tensor in its place, maximum.

    Raises RuntimeError or IndexError if there is no element, IndexError for a dim that the input does not have,
    TypeError for `keepdim` without `dim`.
    """
    dim = axis if dim is None else dim
    return _extremum(input, dim, keepdim or keepdims, other, largest, argmax, maximum, "max")


@overload
def min(input: Tensor) -> Tensor: ...
@overload
def min(input: Tensor, dim: int, keepdim: bool = False, *, axis: None = None, keepdims: bool = False) -> Pair: ...
@overload
def min(input: Tensor, *, axis: int, keepdims: bool = False) -> Pair: ...
@overload
def min(input: Tensor, other: Tensor) -> Tensor: ...
def min(  # type: ignore[misc]  # the second of two may be `other`
    input: Tensor,
    dim: Any = None,
    keepdim: bool = False,
    *,
    other: Any = None,
    axis: int | None = None,
    keepdims: bool = False,
) -> Any:
    """The smallest element; with `dim` the pair (values, indices) along it; with a tensor in its place, minimum.

    Raises as `max`.
    """
    dim = axis if dim is None else dim
    return _extremum(input, dim, keepdim or keepdims, other, smallest, argmin, minimum, "min")


def _extremum(input: Tensor, dim: Any, keepdim: bool, other: Any, full: Any, arg: Any, two: Any, name: str) -> Any:
    if other is not None or isinstance(dim, TensorBase):
        return two(input, dim if other is None else other)
    nonempty(input, dim, name)
    if dim is None:
        _no_keepdim(keepdim, name)
        return full(input)
    return _pair(input, normalize_axis(dim, input.ndim), arg(input, dim, True)._array, name, keepdim)


def _no_keepdim(keepdim: bool, name: str) -> None:
    if keepdim:
        raise TypeError(f"{name}(): keepdim is for a reduction over one dim: give dim as well")


def argsort(
    input: Tensor, dim: int = -1, descending: bool = False, *, stable: bool = False, axis: int | None = None
) -> Tensor:
    """The indices that sort along `dim`; equal elements keep their order, NaN counts as the largest.

    Raises IndexError for a dim that the input does not have.
    """
    return wrap(_order(input, normalize_axis(dim if axis is None else axis, input.ndim), descending))


def _order(input: Tensor, d: int, descending: bool, k: int | None = None) -> Any:
    """The places of the first `k` elements in order, by default of all; equal ones stay in theirs."""
    x = wide(input._array)
    if not x.ndim:
        return np.zeros((), np.int64)
    if descending:
        order = x.shape[d] - 1 - np.flip(np.argsort(np.flip(x, d), d, kind="stable"), d)
    else:
        order = np.argsort(x, d, kind="stable")
    order = order if k is None else order[(slice(None),) * d + (slice(k),)]
    return decided(np.argsort, (input._data,), order, axis=d, descending=descending)


def sort(
    input: Tensor, dim: int = -1, descending: bool = False, *, stable: bool = False, axis: int | None = None
) -> Pair:
    """The pair (values in order along `dim`, the indices they had). Raises IndexError as `argsort`."""
    d = normalize_axis(dim if axis is None else axis, input.ndim)
    return _pair(input, d, _order(input, d, descending), "sort")


def topk(
    input: Tensor, k: int, dim: int = -1, largest: bool = True, sorted: bool = True, *, axis: int | None = None
) -> Pair:
    """The pair (the k largest, or smallest, values along `dim` in order, their indices).

    Raises RuntimeError for a k larger than the dimension, IndexError for a dim that the input does not have.
    """
    d = normalize_axis(dim if axis is None else axis, input.ndim)
    size = input.shape[d] if input.ndim else 1
    if not 0 <= k <= size:
        raise RuntimeError(f"selected index k out of range: k = {k} of {size} along dim {d}")
    return _pair(input, d, _order(input, d, largest, k), "topk")


def kthvalue(
    input: Tensor,
    k: int,
    dim: int = -1,
    keepdim: bool = False,
    *,
    axis: int | None = None,
    keepdims: bool = False,
) -> Pair:
    """The pair (the k-th smallest element along `dim`, its index), counted from 1; NaN counts as the largest.

    Raises RuntimeError for a k out of range, IndexError for a dim that the input does not have.
    """
    d = normalize_axis(dim if axis is None else axis, input.ndim)
    if not 1 <= k <= (input.shape[d] if input.ndim else 1):
        raise RuntimeError(f"kthvalue(): selected number k out of range for dimension {d}: k = {k} of {input.shape}")
    order = argsort(input, d)._array
    place = order[(slice(None),) * d + (slice(k - 1, k),)] if input.ndim else order
    return _pair(input, d, place, "kthvalue", keepdim or keepdims)


def msort(input: Tensor) -> Tensor:
    """The values in order along the first dimension."""
    return sort(input, 0).values if input.ndim else input.clone()


@overload
def median(input: Tensor) -> Tensor: ...
@overload
def median(input: Tensor, dim: int, keepdim: bool = False) -> Pair: ...
@overload
def median(input: Tensor, *, axis: int, keepdims: bool = False) -> Pair: ...
def median(
    input: Tensor, dim: int | None = None, keepdim: bool = False, *, axis: int | None = None, keepdims: bool = False
) -> Any:
    """The middle element, the lower of two; NaN if any is NaN or there is none; with `dim` (values, indices) along it.

    Raises IndexError for a dim that the input does not have or that is empty, TypeError for `keepdim` without `dim`.
    """
    dim, keepdim = axis if dim is None else dim, keepdim or keepdims
    if dim is None:
        _no_keepdim(keepdim, "median")
    if dim is None and not input.numel():
        return to(to(input, float).sum() * float("nan"), input.dtype)
    if dim is None and input.is_floating_point():  # ties share the gradient evenly, as those of max do
        middle = median(input.detach().reshape(-1), 0).values
        return max(input[(input == middle) | (isnan(input) & isnan(middle))])
    if dim is None:
        return median(input.reshape(-1), 0).values
    d = normalize_axis(dim, input.ndim)
    nonempty(input, dim, "median")
    order = np.moveaxis(np.atleast_1d(argsort(input, dim)._array), d, -1)
    x = np.moveaxis(np.atleast_1d(input._array), d, -1)
    missing = (x != x).any(-1)
    first = (x != x).argmax(-1)
    index = np.where(missing, first, order[..., (x.shape[-1] - 1) // 2])
    return _pair(input, d, np.expand_dims(index, d) if input.ndim else index.reshape(()), "median", keepdim)
