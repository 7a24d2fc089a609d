"""Grids, sequences of numbers, and every way to combine some: what is counted out rather than computed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import combinations as _combinations
from itertools import combinations_with_replacement
from math import floor
from typing import TYPE_CHECKING, Any

import numpy as np

from ..core import dtypes
from ..core.engine import wrap
from ..core.errors import no_tensor
from .destinations import placed
from .device import DeviceLike
from .dims_and_sizes import Sizes, integers
from .joining import cat, stack
from .reductions import cumprod
from .shaping import flip
from .tensor_base import TensorBase
from .torch_names import Size

if TYPE_CHECKING:
    from numpy.typing import DTypeLike

    from .tensor import Tensor


def _made(array: Any, requires_grad: bool) -> Tensor:
    made: Tensor = wrap(array)
    made.requires_grad = requires_grad
    return made


# -- grids ------------------------------------------------------------------------------------------------------------


def _vectors(name: str, tensors: tuple[Any, ...]) -> list[Any]:
    """Tensors of one dimension or none, given one by one or as one list."""
    xs = list(tensors[0]) if len(tensors) == 1 and isinstance(tensors[0], list | tuple) else list(tensors)
    for i, x in enumerate(xs):
        if not isinstance(x, TensorBase):
            raise no_tensor(name, "tensors", i + 1, x)
        if x.ndim > 1:
            raise RuntimeError(f"torch.{name}: Expected 0D or 1D tensor in the tensor list but got: {list(x.shape)}")
    if not xs:
        raise RuntimeError(f"{name} expects a non-empty TensorList")
    return [x.reshape(-1) for x in xs]


def meshgrid(*tensors: Any, indexing: str | None = None) -> tuple[Tensor, ...]:
    """The coordinates of a grid: from vectors of n, m, ... numbers as many tensors of shape (n, m, ...), views.

    The i-th varies along dimension i; with `indexing="xy"` the first along the second and the second along the first.
    Raises RuntimeError for more dimensions, different dtypes, no tensor, or any other `indexing` but "ij".
    """
    xs = _vectors("meshgrid", tensors)
    if indexing not in (None, "ij", "xy"):
        raise RuntimeError(f'torch.meshgrid: indexing must be one of "xy" or "ij", but received: {indexing}')
    if len({x.dtype for x in xs}) > 1:
        raise RuntimeError("meshgrid expects all tensors to have the same dtype")
    if indexing == "xy":
        xs[:2] = xs[1::-1]
    shape, last = [x.numel() for x in xs], len(xs) - 1
    grids = [x[(None,) * i + (slice(None),) + (None,) * (last - i)].expand(*shape) for i, x in enumerate(xs)]
    if indexing == "xy":
        grids[:2] = grids[1::-1]
    return tuple(grids)


def cartesian_prod(*tensors: Tensor) -> Tensor:
    """Every choice of one element from each vector, a row each; of one vector the vector itself."""
    for x in tensors:
        if x.ndim != 1:
            raise RuntimeError(f"cartesian_prod: Expect a 1D vector, but got shape {list(x.shape)}")
    xs = _vectors("cartesian_prod", tensors)
    return stack([g.reshape(-1) for g in meshgrid(*xs)], 1) if len(xs) > 1 else xs[0]


def combinations(input: Tensor, r: int = 2, with_replacement: bool = False) -> Tensor:
    """Every choice of `r` elements of a vector, in their order, a row each; or as often as you like.

    Raises RuntimeError for other shapes, or r < 0.
    """
    if input.ndim != 1:
        raise RuntimeError(f"Expect a 1D vector, but got shape {list(input.shape)}")
    if r < 0:
        raise RuntimeError(f"Expect a non-negative number, but got {r}")
    if r == 0:
        return wrap(np.empty(0, input.dtype))
    choose: Callable[..., Iterable[Any]] = combinations_with_replacement if with_replacement else _combinations
    places = np.array(list(choose(np.arange(input.numel()).tolist(), r)), np.int64).reshape(-1, r)
    return input[wrap(places)]


def vander(x: Tensor, N: int | None = None, increasing: bool = False) -> Tensor:
    """The Vandermonde matrix: the powers of a vector as columns, from N - 1 down to 0, or up; N = its length.

    Raises RuntimeError for other shapes, or N < 0.
    """
    if x.ndim != 1:
        raise RuntimeError(f"vander: x must be a one-dimensional tensor, got shape {list(x.shape)}")
    n = x.numel() if N is None else N
    if n < 0:
        raise RuntimeError(f"vander: N must be non-negative, got {n}")
    columns = powers(x, n)
    return columns if increasing else flip(columns, 1)


def powers(x: Tensor, n: int) -> Tensor:
    """The powers 0, 1, ... n - 1 of every element, as a new last dimension."""
    one = wrap(np.ones((*x.shape, min(n, 1)), x.dtype))
    if n < 2:
        return one
    return cat([one, cumprod(x.unsqueeze(-1).expand(*x.shape, n - 1), -1)], -1)


# -- sequences --------------------------------------------------------------------------------------------------------


@placed
def range(
    start: float = 0,
    end: float | None = None,
    step: float = 1,
    *,
    out: Tensor | None = None,
    dtype: DTypeLike | None = None,
    layout: Any = None,
    device: DeviceLike = None,
    requires_grad: bool = False,
) -> Tensor:
    """start, start + step, ... up to and including `end`; `arange`, which stops before it, is mostly what is meant.

    Raises RuntimeError for a step of 0, or one that leads away from `end`; TypeError without an end.
    """
    if end is None:
        raise TypeError("range() missing 1 required argument: 'end'; range(0, n) counts from 0 to n")
    if step == 0:
        raise RuntimeError("step must be nonzero")
    if (end - start) * step < 0:
        raise RuntimeError(f"upper bound and lower bound inconsistent with step sign: {start}, {end}, {step}")
    count = floor((end - start) / step) + 1
    return _made((start + step * np.arange(count)).astype(dtype or dtypes.get_default_dtype()), requires_grad)


@placed
def logspace(
    start: float,
    end: float,
    steps: int,
    base: float = 10.0,
    *,
    out: Tensor | None = None,
    dtype: DTypeLike | None = None,
    layout: Any = None,
    device: DeviceLike = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor:
    """`steps` powers of `base`, their exponents evenly spaced from start to end. Raises RuntimeError for steps < 0."""
    if steps < 0:
        raise RuntimeError(f"number of steps must be non-negative, got {steps}")
    values = float(base) ** np.linspace(start, end, steps)
    return _made(values.astype(dtype or dtypes.get_default_dtype()), requires_grad)


@placed
def scalar_tensor(
    s: float,
    *,
    dtype: DTypeLike | None = None,
    layout: Any = None,
    device: DeviceLike = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor:
    """A 0-d tensor of the number, in the default dtype whatever the number is."""
    return _made(np.array(s, dtype or dtypes.get_default_dtype()), requires_grad)


def _triangle(places: Any, row: int, col: int, offset: int, dtype: Any, requires_grad: bool) -> Tensor:
    if row < 0 or col < 0:
        raise RuntimeError(f"row and col must be non-negative, got {row} and {col}")
    return _made(np.array(places(row, offset, col)).astype(dtype or np.int64), requires_grad)


@placed
def tril_indices(
    row: int,
    col: int,
    offset: int = 0,
    *,
    dtype: DTypeLike | None = None,
    layout: Any = None,
    device: DeviceLike = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor:
    """The places of the lower triangle of a (row, col) matrix, row by row: their rows, and below them their columns.

    `offset` moves the diagonal, which belongs to it, upwards. Raises RuntimeError for lengths below 0.
    """
    return _triangle(np.tril_indices, row, col, offset, dtype, requires_grad)


@placed
def triu_indices(
    row: int,
    col: int,
    offset: int = 0,
    *,
    dtype: DTypeLike | None = None,
    layout: Any = None,
    device: DeviceLike = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor:
    """The places of the upper triangle of a (row, col) matrix, as `tril_indices` gives those of the lower one."""
    return _triangle(np.triu_indices, row, col, offset, dtype, requires_grad)


def broadcast_shapes(*shapes: int | Iterable[int]) -> Size:
    """The shape that tensors of these shapes broadcast to. Raises RuntimeError if there is none."""
    given = [(s,) if isinstance(s, int) else tuple(s) for s in shapes]
    try:
        return Size(np.broadcast_shapes(*given))
    except ValueError:
        raise RuntimeError(f"shapes that do not broadcast: {', '.join(str(list(s)) for s in given)}") from None


def sum_to_size(input: Tensor, *size: Sizes) -> Tensor:
    """The sum over what broadcasting a tensor of that shape would repeat. Raises RuntimeError if it does not fit."""
    shape = integers(size)
    extra = input.ndim - len(shape)
    if extra < 0 or any(n not in (1, m) for n, m in zip(shape, input.shape[extra:], strict=True)):
        raise RuntimeError(f"size {{{list(shape)}}} is not expandable to size {{{list(input.shape)}}}.")
    repeated = [d for d, n in enumerate(input.shape) if d < extra or shape[d - extra] != n]
    return input.sum(repeated).reshape(shape) if repeated else input
