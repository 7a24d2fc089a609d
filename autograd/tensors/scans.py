"""What runs along a dimension: running extrema and logarithms of sums, differences, integrals by the trapezoidal rule.

Most are methods of Tensor too. A dim that the input does not have raises IndexError.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, overload

import numpy as np

from ..calculus import scatter_primitives as sc
from ..core import dtypes
from ..core.forward import apply
from ..core.ops import OPS
from ..core.shapes import normalize_axis
from ..core.sums import wide
from .comparison import logical_xor
from .creation import zeros
from .dims_and_sizes import one_axis
from .elementwise import sub
from .indexing import getitem
from .joining import cat, select
from .order import Pair, _pair
from .reductions import cumsum, sum

if TYPE_CHECKING:
    from .tensor import Tensor


def _running(ufunc: Any, name: str, input: Tensor, d: int) -> Pair:
    """The extremum so far, and where it was last met; the first NaN and those after it count as the extremum."""
    x = input._array
    if not x.ndim:
        return _pair(input, 0, np.zeros((), np.int64), name)
    x = wide(x)
    best = ufunc.accumulate(x, d)
    met = (x == best) | (x != x)
    count = np.arange(x.shape[d]).reshape((-1,) + (1,) * (x.ndim - d - 1))
    return _pair(input, d, np.maximum.accumulate(np.where(met, count, 0), d), name)


def cummax(input: Tensor, dim: int | None = None, *, axis: int | None = None) -> Pair:
    """The pair (the largest element so far along `dim`, where it stands, the last of several).

    Raises TypeError without a `dim`.
    """
    return _running(np.maximum, "cummax", input, one_axis(input, dim, axis, "cummax"))


def cummin(input: Tensor, dim: int | None = None, *, axis: int | None = None) -> Pair:
    """The pair (the smallest element so far along `dim`, where it stands, the last of several). Raises as `cummax`."""
    return _running(np.minimum, "cummin", input, one_axis(input, dim, axis, "cummin"))


def logcumsumexp(input: Tensor, dim: int | None = None, *, axis: int | None = None) -> Tensor:
    """log(cumsum(exp(input))) along `dim`, without overflow.

    Raises TypeError without a `dim`, NotImplementedError for integers.
    """
    if not dtypes.is_floating(input.dtype):
        raise NotImplementedError(f"logcumsumexp is about floating-point numbers, not {input.dtype}")
    return apply(OPS[sc.logcumsumexp], (input,), {"axis": one_axis(input, dim, axis, "logcumsumexp")})


# -- differences and integrals ----------------------------------------------------------------------------------------


def _piece(input: Tensor, d: int, *ends: int | None) -> Tensor:
    return getitem(input, (slice(None),) * d + (slice(*ends),))


def diff(
    input: Tensor,
    n: int = 1,
    dim: int = -1,
    prepend: Tensor | None = None,
    append: Tensor | None = None,
    *,
    axis: int | None = None,
) -> Tensor:
    """x[i + 1] - x[i] along `dim`, `n` times over; of bools whether they differ.

    `prepend` and `append` are joined to the input first. Raises RuntimeError for a 0-d tensor, n < 0, or others that do
    not fit to it.
    """
    if not input.ndim:
        raise RuntimeError("diff expects input to be at least one-dimensional")
    if n < 0:
        raise RuntimeError(f"order must be non-negative but got {n}")
    for x in (prepend, append):
        if x is not None and x.ndim != input.ndim:
            raise RuntimeError(
                f"diff expects prepend or append to be the same dimension as input, got {x.ndim} for {input.ndim}"
            )
    d = normalize_axis(dim if axis is None else axis, input.ndim)
    if n and (prepend is not None or append is not None):
        input = cat([x for x in (prepend, input, append) if x is not None], d)
    difference: Any = logical_xor if input.dtype == bool else sub
    for _ in range(n):
        input = difference(_piece(input, d, 1, None), _piece(input, d, None, -1))
    return input


def _widths(name: str, y: Tensor, x: Tensor, d: int) -> Tensor:
    """How far apart the places x of the values y are along dimension d, in a shape that broadcasts with that of y."""
    if x.ndim == 1:
        x = x.reshape([-1 if i == d else 1 for i in range(y.ndim)])
    if not x.ndim or x.shape[normalize_axis(d - y.ndim, x.ndim)] != y.shape[d]:
        raise RuntimeError(
            f"{name}: There must be one `x` value for each sample point, got {list(x.shape)} for {list(y.shape)}"
        )
    return diff(x, dim=d - y.ndim)


def _along(y: Tensor, dim: int) -> int:
    if not y.ndim:
        raise IndexError(f"Dimension specified as {dim} but tensor has no dimensions")
    return normalize_axis(dim, y.ndim)


@overload
def trapezoid(y: Tensor, x: Tensor, *, dim: int = -1) -> Tensor: ...
@overload
def trapezoid(y: Tensor, *, dx: float = 1, dim: int = -1) -> Tensor: ...
def trapezoid(y: Tensor, x: Tensor | None = None, *, dx: float = 1, dim: int = -1) -> Tensor:
    """The integral of the values y along `dim`, `dx` apart or at the places x, by the trapezoidal rule.

    Raises RuntimeError unless there is one x for each y, IndexError for a 0-d tensor.
    """
    d = _along(y, dim)
    if not y.shape[d]:
        return zeros(y.shape[:d] + y.shape[d + 1 :], dtype=y.dtype)
    if x is not None:
        return sum((_piece(y, d, 1, None) + _piece(y, d, None, -1)) * _widths("trapezoid", y, x, d), d) / 2.0
    return (sum(y, d) - (select(y, d, 0) + select(y, d, -1)) * 0.5) * dx


trapz = trapezoid


@overload
def cumulative_trapezoid(y: Tensor, x: Tensor, *, dim: int = -1) -> Tensor: ...
@overload
def cumulative_trapezoid(y: Tensor, *, dx: float = 1, dim: int = -1) -> Tensor: ...
def cumulative_trapezoid(y: Tensor, x: Tensor | None = None, *, dx: float = 1, dim: int = -1) -> Tensor:
    """The integral from the first place to each of the others, as `trapezoid`; one shorter along `dim`."""
    d = _along(y, dim)
    widths: Any = dx if x is None else _widths("cumulative_trapezoid", y, x, d)
    return cumsum((_piece(y, d, 1, None) + _piece(y, d, None, -1)) * widths, d) / 2.0
