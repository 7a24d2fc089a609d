"""Which elements there are, where and how many, under PyTorch's names. None of this has a gradient: see `refusals`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple, overload

import numpy as np

from ..calculus.refusals import without_derivative
from ..core import dtypes
from ..core.engine import wrap
from ..core.forward import apply
from ..core.ops import OPS
from ..core.shapes import Axes, normalize_axis
from ..core.sums import wide
from .dims_and_sizes import axes
from .return_types import shown_result
from .tensor_base import TensorBase, to_array

if TYPE_CHECKING:
    from .tensor import Tensor


def _constant(input: Tensor, value: Any, name: str) -> Tensor:
    """`value` as a tensor of the dtype of the input, which requires grad if the input does, and has none."""
    why = f"'{name}' is not implemented: give it tensor.detach()"
    return apply(OPS[without_derivative], (input,), {"value": np.asarray(value, input._data.dtype), "why": why})


def _plain(x: Any) -> Any:
    return np.asarray(x._data if isinstance(x, TensorBase) else to_array(x))


# -- where ------------------------------------------------------------------------------------------------------------


@overload
def nonzero(input: Tensor, *, as_tuple: Literal[False] = False) -> Tensor: ...
@overload
def nonzero(input: Tensor, *, as_tuple: Literal[True]) -> tuple[Tensor, ...]: ...
def nonzero(input: Tensor, *, as_tuple: bool = False) -> Any:
    """The places of what is not 0, one row each; with `as_tuple` one vector for each dimension, which is an index."""
    if as_tuple:
        return tuple(wrap(i) for i in np.nonzero(np.atleast_1d(input._data)))
    return argwhere(input)


def argwhere(input: Tensor) -> Tensor:
    """The places of what is not 0, one row each."""
    return wrap(np.argwhere(input._data))


def count_nonzero(input: Tensor, dim: Axes = None, *, axis: Axes = None) -> Tensor:
    """How many elements over `dim`, by default of all, are not 0. Raises IndexError for a dim that is not there."""
    return wrap(np.asarray(np.count_nonzero(input._array, axes(input, dim, axis))))


def isin(elements: Any, test_elements: Any, *, assume_unique: bool = False, invert: bool = False) -> Tensor:
    """Which elements are among the `test_elements`, or with `invert` are not; either may be a number.

    `assume_unique` has no effect on the result.
    """
    return wrap(np.asarray(np.isin(wide(_plain(elements)), wide(_plain(test_elements)), invert=invert)))


# -- sets -------------------------------------------------------------------------------------------------------------


def unique(
    input: Tensor,
    sorted: bool = True,
    return_inverse: bool = False,
    return_counts: bool = False,
    dim: int | None = None,
) -> Any:
    """The different elements, or slices along `dim`, always in order; NaN differs from NaN.

    With `return_inverse` also where among them each element is, with `return_counts` how often each occurs: a tuple.
    `backward` through the values raises NotImplementedError. Raises IndexError for a dim that the input does not have.
    """
    axis = None if dim is None else normalize_axis(dim, input.ndim)
    values, inverse, counts = np.unique(
        np.atleast_1d(wide(input._array)), return_inverse=True, return_counts=True, axis=axis, equal_nan=False
    )
    shape = input.shape if axis is None else (-1,)
    inverse = inverse.reshape(shape)
    return _found(_constant(input, values, "unique"), inverse, counts, return_inverse, return_counts)


def unique_consecutive(
    input: Tensor, return_inverse: bool = False, return_counts: bool = False, dim: int | None = None
) -> Any:
    """The elements, or slices along `dim`, without those that equal the one before. Results and errors as `unique`."""
    array = wide(input._array)
    x = array.reshape(-1) if dim is None else np.moveaxis(array, normalize_axis(dim, input.ndim), 0)
    starts = np.ones(len(x), bool)
    starts[1:] = (x[1:] != x[:-1]).any(tuple(range(1, x.ndim)))
    inverse = np.cumsum(starts) - 1
    counts = np.bincount(inverse) if len(x) else inverse
    values = x[starts] if dim is None else np.moveaxis(x[starts], 0, dim)
    inverse = inverse.reshape(input.shape if dim is None else -1)
    return _found(_constant(input, values, "unique_consecutive"), inverse, counts, return_inverse, return_counts)


def _found(values: Any, inverse: Any, counts: Any, return_inverse: bool, return_counts: bool) -> Any:
    more = [wrap(a.astype(np.int64)) for a, wanted in ((inverse, return_inverse), (counts, return_counts)) if wanted]
    return (values, *more) if more else values


# -- counts -----------------------------------------------------------------------------------------------------------


def bincount(input: Tensor, weights: Tensor | None = None, minlength: int = 0) -> Tensor:
    """How often each of 0, 1, 2, ... occurs among integers in one dimension, up to the largest or `minlength` - 1.

    With `weights`, one for each element, their sum in its place; in float64 unless the weights are float32. Raises
    RuntimeError for input that is negative or not of one dimension, or other weights; NotImplementedError for floats.
    """
    x = input._array
    if not dtypes.is_integer(x.dtype):
        raise NotImplementedError(f"bincount counts integers, not {x.dtype}")
    if x.ndim != 1 or (x < 0).any():
        raise RuntimeError(f"bincount only supports 1-d non-negative integral inputs, got shape {list(x.shape)}")
    if minlength < 0:
        raise RuntimeError(f"minlength should be >= 0, got {minlength}")
    if weights is None:
        return wrap(np.bincount(x, minlength=minlength))
    if weights.shape != x.shape:
        raise RuntimeError(
            f"weights should be 1-d and have the same length as input, got {list(weights.shape)} for {list(x.shape)}"
        )
    dtype = weights.dtype if weights.dtype == np.float32 else np.float64
    return wrap(np.bincount(x, np.asarray(weights._data, np.float64), minlength).astype(dtype))


class Histogram(NamedTuple):
    """How many elements there are in each bin, and the edges of the bins."""

    hist: Tensor
    bin_edges: Tensor

    def __repr__(self) -> str:
        return shown_result(self, "Histogram", "histogram")


def _floats(name: str, input: Tensor) -> Any:
    if not dtypes.is_floating(input.dtype):
        raise NotImplementedError(f"{name} is about floating-point numbers, not {input.dtype}")
    return input._array.reshape(-1)


def _range(name: str, x: Any, low: float, high: float) -> tuple[float, float]:
    """The range to be cut into bins: if low = high that of the data, one wide at least."""
    if low > high:
        raise RuntimeError(f"torch.{name}: max must be larger than min, got min={low} and max={high}")
    if low == high and x.size:
        low, high = float(x.min()), float(x.max())
    if not np.isfinite([low, high]).all():
        raise RuntimeError(f"torch.{name}: range of [{low}, {high}] is not finite")
    return (low - 1, high + 1) if low == high else (low, high)


def histc(input: Tensor, bins: int = 100, min: float = 0, max: float = 0) -> Tensor:
    """How many elements there are in each of `bins` equal parts of [min, max], by default that of the data.

    Elements outside, and NaN, are not counted. Raises RuntimeError for fewer than one bin, min > max, or a range that
    is not finite; NotImplementedError for integers.
    """
    x = _floats("histc", input)
    if bins < 1:
        raise RuntimeError(f"torch.histc(): bins must be > 0, but got {bins}")
    low, high = _range("histc", x, min, max)
    return wrap(np.histogram(wide(x[~np.isnan(x)]), bins, (low, high))[0].astype(x.dtype))


def histogram(
    input: Tensor,
    bins: int | Tensor = 100,
    *,
    range: tuple[float, float] | None = None,
    weight: Tensor | None = None,
    density: bool = False,
) -> Histogram:
    """The pair (how many elements there are in each bin, the edges): `bins` is how many, or the edges themselves.

    With `weight` the sum of their weights, with `density` divided so that the integral is 1. Raises as `histc`.
    """
    x, kind = wide(_floats("histogram", input)), input._data.dtype
    edges: Any = bins
    if isinstance(bins, TensorBase):
        edges = bins._array
    else:
        if bins < 1:
            raise RuntimeError(f"torch.histogram(): bins must be > 0, but got {bins}")
        low, high = _range("histogram", x, *(range or (0.0, 0.0)))
        edges = np.linspace(low, high, bins + 1)
    weights = None if weight is None else weight._array.reshape(-1)
    counts = np.histogram(x[~np.isnan(x)], edges, weights=weights if weights is None else weights[~np.isnan(x)])[0]
    hist = counts.astype(x.dtype)
    if density:
        hist = hist / hist.sum() / np.diff(edges).astype(x.dtype)
    return Histogram(_constant(input, hist, "histogram"), wrap(edges.astype(kind)))


# -- places in a sorted sequence --------------------------------------------------------------------------------------


def searchsorted(
    sorted_sequence: Tensor,
    input: Any,
    *,
    out_int32: bool = False,
    right: bool = False,
    side: str | None = None,
    sorter: Tensor | None = None,
) -> Tensor:
    """Where each element of `input` would be inserted into the `sorted_sequence` so that it stays in order.

    The sequences lie along the last dimension, one for all or one for each row of the input. With `right`, or `side`
    "right", behind what is equal, else before. Raises RuntimeError for shapes that do not fit, or `right` with `side`
    "left".
    """
    if side not in (None, "left", "right") or (right and side == "left"):
        raise RuntimeError(
            f"torch.searchsorted(): side is 'left' or 'right', and must not contradict right: got {side!r}, {right}"
        )
    rows, x = wide(sorted_sequence._array), wide(_plain(input))
    if sorter is not None:
        if sorter.shape != rows.shape or sorter.dtype != np.int64:
            raise RuntimeError(
                f"torch.searchsorted(): sorter must be of int64 and of the shape {list(rows.shape)} of the sequence"
            )
        rows = np.take_along_axis(rows, sorter._array, -1)
    if not rows.ndim or (rows.ndim > 1 and (x.ndim != rows.ndim or x.shape[:-1] != rows.shape[:-1])):
        raise RuntimeError(
            "torch.searchsorted(): boundaries tensor should be 1 dimension or the first N-1 dimensions of boundaries "
            f"tensor and input value tensor must match, but we got {list(rows.shape)} and {list(x.shape)}"
        )
    where: Any = "right" if right or side == "right" else "left"
    if rows.ndim == 1:
        found = np.asarray(np.searchsorted(rows, x, where))
    else:
        pairs = zip(rows.reshape(-1, rows.shape[-1]), x.reshape(-1, x.shape[-1]), strict=True)
        found = np.array([np.searchsorted(row, values, where) for row, values in pairs], np.int64).reshape(x.shape)
    return wrap(found.astype(np.int32 if out_int32 else np.int64))


def bucketize(input: Any, boundaries: Tensor, *, out_int32: bool = False, right: bool = False) -> Tensor:
    """The number of the bucket between the sorted `boundaries` that each element is in; a boundary ends a bucket.

    With `right` it begins the next one. Raises RuntimeError for boundaries that are not of one dimension.
    """
    if boundaries.ndim != 1:
        raise RuntimeError(f"boundaries tensor must be 1 dimension, but got dim({boundaries.ndim})")
    return searchsorted(boundaries, input, out_int32=out_int32, right=right)
