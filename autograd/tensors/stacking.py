"""Tensors side by side, one below the other, in blocks; and the ways to take such a tensor apart.

They are made of `cat`, `stack` and indexing. Shapes that do not fit raise RuntimeError.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from ..core import dtypes
from ..core.engine import wrap
from ..core.errors import no_tensor
from ..core.shapes import normalize_axis
from .indexing import getitem
from .joining import cat
from .rewriting import one_of_several
from .tensor_base import TensorBase
from .windows import pad

if TYPE_CHECKING:
    from .tensor import Tensor


# -- at least so many dimensions --------------------------------------------------------------------------------------


def _widened(name: str, ndim: int, tensors: tuple[Any, ...]) -> Any:
    if len(tensors) == 1 and isinstance(tensors[0], list | tuple):
        return tuple(_widened(name, ndim, (x,)) for x in tensors[0])
    for i, x in enumerate(tensors):
        if not isinstance(x, TensorBase):
            raise no_tensor(name, "tensors", i + 1, x)
    wide = tuple(_wide(x, ndim) for x in tensors)
    return wide[0] if len(wide) == 1 else wide


def _wide(x: Any, ndim: int) -> Any:
    missing = ndim - x.ndim
    if missing <= 0:
        return x
    after = 1 if ndim == 3 and x.ndim else 0  # of three dimensions the last is made first
    return x.reshape((1,) * (missing - after) + tuple(x.shape) + (1,) * after)


def atleast_1d(*tensors: Any) -> Any:
    """A tensor with a dimension, if it had none; of several, or of a list, a tuple of tensors."""
    return _widened("atleast_1d", 1, tensors)


def atleast_2d(*tensors: Any) -> Any:
    """A tensor with two dimensions at least, a vector as a row; of several, or of a list, a tuple of tensors."""
    return _widened("atleast_2d", 2, tensors)


def atleast_3d(*tensors: Any) -> Any:
    """A tensor with three dimensions at least, a matrix (n, m) as (n, m, 1), a vector (n,) as (1, n, 1).

    Of several, or of a list, a tuple of tensors.
    """
    return _widened("atleast_3d", 3, tensors)


# -- joining ----------------------------------------------------------------------------------------------------------


def _joined(name: str, tensors: Sequence[Tensor], ndim: int, dim: int) -> Tensor:
    if not len(tensors):
        raise RuntimeError(f"{name} expects a non-empty TensorList")
    return cat([_wide(x, ndim) for x in tensors], dim)


def vstack(tensors: Sequence[Tensor]) -> Tensor:
    """Tensors one below the other, along the first dimension; vectors are rows."""
    return _joined("vstack", tensors, 2, 0)


row_stack = vstack


def hstack(tensors: Sequence[Tensor]) -> Tensor:
    """Tensors side by side, along the second dimension; vectors one after the other."""
    return _joined("hstack", tensors, 1, 0 if len(tensors) and tensors[0].ndim < 2 else 1)


def dstack(tensors: Sequence[Tensor]) -> Tensor:
    """Tensors one behind the other, along the third dimension, which vectors and matrices get."""
    return _joined("dstack", tensors, 3, 2)


def column_stack(tensors: Sequence[Tensor]) -> Tensor:
    """Tensors side by side, vectors as columns."""
    columns = [x.reshape(x.numel(), 1) if x.ndim < 2 else x for x in tensors]
    return _joined("column_stack", columns, 2, 1)


def block_diag(*tensors: Tensor) -> Tensor:
    """The matrix with the given ones along its diagonal and 0 elsewhere; vectors are rows.

    Raises RuntimeError for more than two dimensions.
    """
    for i, x in enumerate(tensors):
        if x.ndim > 2:
            raise RuntimeError(f"block_diag: Input tensors must have 2 or fewer dimensions. Input {i} has {x.ndim}")
    if not tensors:
        return wrap(np.empty((1, 0), dtypes.get_default_dtype()))
    blocks = [_wide(x, 2) for x in tensors]
    width, start, rows = sum(b.shape[1] for b in blocks), 0, []
    for b in blocks:
        end = start + b.shape[1]
        rows.append(pad(b, (start, width - end)))
        start = end
    return cat(rows, 0)


# -- taking apart -----------------------------------------------------------------------------------------------------


def _given(name: str, sections: Any, indices: Any) -> Any:
    """How many sections, or the indices to cut at, whichever way they were given."""
    given = sections if indices is None else indices
    if given is None:
        raise TypeError(f"{name}() missing 1 required argument: a number of `sections`, or the `indices` to cut at")
    return given.tolist() if isinstance(given, TensorBase) else given


def tensor_split(input: Tensor, sections: Any = None, dim: int = 0, *, indices: Any = None) -> tuple[Tensor, ...]:
    """Pieces along `dim`, views: as many as `sections` says, of sizes that differ by 1 at most, or cut at `indices`.

    Indices may also be given in the place of `sections`. Raises RuntimeError for a 0-d tensor, or fewer than one
    piece; IndexError for a dim that the input does not have.
    """
    if not input.ndim:
        raise RuntimeError("tensor_split expected at least a 1-dimensional tensor, but got a tensor with 0 dims")
    d = normalize_axis(dim, input.ndim)
    n = input.shape[d]
    given = _given("tensor_split", sections, indices)
    if isinstance(given, int):
        if given < 1:
            raise RuntimeError(f"number of sections must be larger than 0, got {given}")
        quotient, extra = divmod(n, given)
        ends = np.cumsum([0] + [quotient + (i < extra) for i in range(given)]).tolist()
    else:
        ends = [0, *given, n]
    lead = (slice(None),) * d
    pieces = (getitem(input, (*lead, slice(i, j))) for i, j in pairwise(ends))
    return tuple(one_of_several(piece, "tensor_split") for piece in pieces)


def _cut(name: str, input: Tensor, given: Any, least: int, dim: int) -> tuple[Tensor, ...]:
    if input.ndim < least:
        raise RuntimeError(
            f"torch.{name} requires a tensor with at least {least} dimension, but got a tensor with {input.ndim} "
            "dimensions!"
        )
    if isinstance(given, int) and (given < 1 or input.shape[dim] % given):
        raise RuntimeError(
            f"torch.{name} attempted to split along dimension {dim}, but the size of the dimension {input.shape[dim]} "
            f"is not divisible by the split_size {given}!"
        )
    return tensor_split(input, given, dim)


def hsplit(input: Tensor, sections: Any = None, *, indices: Any = None) -> tuple[Tensor, ...]:
    """Pieces side by side, along the second dimension, of a vector along the first; as `tensor_split`.

    Raises RuntimeError for a 0-d tensor, or a number of pieces that cannot be of one size.
    """
    return _cut("hsplit", input, _given("hsplit", sections, indices), 1, 0 if input.ndim < 2 else 1)


def vsplit(input: Tensor, sections: Any = None, *, indices: Any = None) -> tuple[Tensor, ...]:
    """Pieces one below the other, along the first dimension. Raises as `hsplit`, and for a vector."""
    return _cut("vsplit", input, _given("vsplit", sections, indices), 2, 0)


def dsplit(input: Tensor, sections: Any = None, *, indices: Any = None) -> tuple[Tensor, ...]:
    """Pieces one behind the other, along the third dimension. Raises as `hsplit`, and for fewer than three."""
    return _cut("dsplit", input, _given("dsplit", sections, indices), 3, 2)
