"""A tensor with a part of it replaced: a slice, a diagonal, or what an index names made into one with what is there.

Each gives a new tensor, but for `fill_diagonal_`. A dim that the input does not have raises IndexError.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..calculus import primitives as p
from ..core.forward import apply
from ..core.ops import OPS
from ..core.shapes import normalize_axis
from .conversion import to
from .inplace import write
from .scattering import _slices, scatter_reduce

if TYPE_CHECKING:
    from .tensor import Tensor


def _with(name: str, input: Tensor, index: Any, src: Tensor) -> Tensor:
    """The input with `src` in the place of input[index]. Raises RuntimeError unless it has that shape."""
    expected = input._array[index].shape
    if src.shape != expected:
        raise RuntimeError(
            f"{name}(): expected src to have a size equal to that part of self, {list(expected)}, got {list(src.shape)}"
        )
    return apply(OPS[p.replace], (input, to(src, input.dtype)), {"index": index})


def select_scatter(input: Tensor, src: Tensor, dim: int, index: int) -> Tensor:
    """The input with `src` in the place of `input.select(dim, index)`.

    Raises RuntimeError for a `src` of another shape, IndexError for an index out of range.
    """
    d = normalize_axis(dim, input.ndim)
    n = input.shape[d] if input.ndim else 0
    if not -n <= index < n:
        raise IndexError(f"select_scatter(): index {index} out of range for dimension {d} with size {n}")
    return _with("select_scatter", input, (slice(None),) * d + (index,), src)


def slice_scatter(
    input: Tensor, src: Tensor, dim: int = 0, start: int | None = None, end: int | None = None, step: int = 1
) -> Tensor:
    """The input with `src` in the place of its slice `start:end:step` along `dim`.

    Raises RuntimeError for a `src` of another shape, or a step below 1.
    """
    d = normalize_axis(dim, input.ndim)
    if step < 1:
        raise RuntimeError(f"slice step must be positive, got {step}")
    if not input.ndim:
        raise RuntimeError("slice_scatter() cannot be applied to a 0-dim tensor.")
    return _with("slice_scatter", input, (slice(None),) * d + (slice(start, end, step),), src)


def diagonal_scatter(input: Tensor, src: Tensor, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Tensor:
    """The input with `src` in the place of `input.diagonal(offset, dim1, dim2)`.

    Raises RuntimeError for a `src` of another shape, or twice the same dim.
    """
    a, b = normalize_axis(dim1, input.ndim), normalize_axis(dim2, input.ndim)
    if a == b:
        raise RuntimeError(f"diagonal dimensions cannot be identical {dim1}, {dim2}")
    down, right = max(-offset, 0), max(offset, 0)
    count = np.arange(max(min(input.shape[a] - down, input.shape[b] - right), 0))
    expected = [n for d, n in enumerate(input.shape) if d not in (a, b)] + [len(count)]
    if list(src.shape) != expected:
        raise RuntimeError(
            f"diagonal_scatter(): expected src to have a size equal to the diagonal of self, {expected}, got "
            f"{list(src.shape)}"
        )
    moved = input.movedim((a, b), (0, 1))
    return _with("diagonal_scatter", moved, (count + down, count + right), src.movedim(-1, 0)).movedim((0, 1), (a, b))


def fill_diagonal_(self: Tensor, fill_value: float, wrap: bool = False) -> Tensor:
    """Write a number to the diagonal of a matrix, or of a tensor with all dimensions of one length; returns the tensor.

    With `wrap`, in a matrix that is higher than wide, the diagonal begins again after one row. Raises RuntimeError for
    fewer than two dimensions, and for three or more of different lengths.
    """
    if self.ndim < 2:
        raise RuntimeError(f"fill_diagonal_: dimensions must larger than 1, got {self.ndim}")
    if self.ndim > 2 and len(set(self.shape)) > 1:
        raise RuntimeError(f"fill_diagonal_: all dimensions of input must be of equal length, got {list(self.shape)}")
    count = np.arange(min(self.shape))
    index: Any = (count,) * self.ndim
    if wrap and self.ndim == 2:
        index = np.divmod(np.arange(0, self.numel(), self.shape[1] + 1), max(self.shape[1], 1))
    write(self, index, fill_value, "fill_diagonal_")
    return self


def index_reduce(
    input: Tensor, dim: int, index: Tensor, source: Tensor, reduce: str, *, include_self: bool = True
) -> Tensor:
    """All slices of `source` for one place in `index` along `dim`, made into one with the slice that is there.

    `reduce` is "prod", "mean", "amax" or "amin"; without `include_self` what is there does not count, but stays where
    nothing is written. Raises RuntimeError for any other `reduce`, and a `source` of another dtype or shape; IndexError
    for an index of more dimensions.
    """
    if reduce not in ("prod", "mean", "amax", "amin"):
        raise RuntimeError(f"reduce argument must be either prod, mean, amax or amin, got {reduce}.")
    d, places = _slices("index_reduce", input, dim, index)
    expected = [*input.shape[:d], len(places), *input.shape[d + 1 :]] if input.ndim else list(source.shape)
    if list(source.shape) != expected:
        raise RuntimeError(
            f"index_reduce(): expected source of shape {expected}, as many slices as indices, got {list(source.shape)}"
        )
    if not source.numel():
        return apply(OPS[p.replace], (input, source), {"index": (slice(None),) * d + (places,)})
    along = index.reshape([-1 if i == d else 1 for i in range(source.ndim)]).expand(source.shape)
    return scatter_reduce(input, dim, along, source, reduce, include_self=include_self)
