"""Reductions and scans, under PyTorch's names and signatures; all are methods of Tensor too.

NumPy's `axis` and `keepdims` are accepted for PyTorch's `dim` and `keepdim`. A dim is an int, a sequence of ints, or
None for all of them. A dim that the input does not have raises IndexError, one that is given twice RuntimeError.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..calculus import primitives as p
from ..core import dtypes
from ..core.casting import in_32_bits
from ..core.engine import wrap
from ..core.forward import of_one
from ..core.ops import OPS
from ..core.shapes import Axes
from .choices import where
from .comparison import isnan
from .conversion import exponents, floating, to, with_gradient
from .dims_and_sizes import axes, one_axis, required

if TYPE_CHECKING:
    from .tensor import Tensor

_sum, _mean, _prod, _var, _std = (of_one(OPS[key]) for key in (np.sum, np.mean, np.prod, np.var, np.std))
_cumsum, _cumprod, _logsumexp = (of_one(OPS[key]) for key in (np.cumsum, np.cumprod, p.logsumexp))
_softmax, _log_softmax, _vector_norm = (of_one(OPS[key]) for key in (p.softmax, p.log_softmax, p.vector_norm))
in_32_bits(np.prod)
_all, _any = p.reduction(np.logical_and), p.reduction(np.logical_or)


def _typed(function: Any, input: Tensor, dtype: Any, *options: Any) -> Tensor:
    """`function` of the input in `dtype`; without it integers and bools count in int64."""
    if dtype is None:
        return function(input if input._data.dtype.type in dtypes.FLOATING else to(input, np.int64), *options)
    return to(function(to(input, with_gradient(input, dtype)), *options), dtype)


# -- sums -------------------------------------------------------------------------------------------------------------


def sum(
    input: Tensor,
    dim: Axes = None,
    keepdim: bool = False,
    *,
    dtype: Any = None,
    axis: Axes = None,
    keepdims: bool = False,
) -> Tensor:
    """The sum over `dim`, by default over everything; integers and bools are added up in int64.

    Raises IndexError for a dim that the input does not have, RuntimeError for one given twice.
    """
    return _typed(_sum, input, dtype, axes(input, dim, axis), keepdim or keepdims)


def nansum(
    input: Tensor,
    dim: Axes = None,
    keepdim: bool = False,
    *,
    dtype: Any = None,
    axis: Axes = None,
    keepdims: bool = False,
) -> Tensor:
    """The sum over `dim`, with NaN counted as 0. Raises as `sum`."""
    return sum(where(isnan(input), 0, input), dim, keepdim, dtype=dtype, axis=axis, keepdims=keepdims)


def mean(
    input: Tensor,
    dim: Axes = None,
    keepdim: bool = False,
    *,
    dtype: Any = None,
    axis: Axes = None,
    keepdims: bool = False,
) -> Tensor:
    """The mean over `dim`, by default over everything.

    Raises as `sum`, and RuntimeError for integers and bools without a `dtype`.
    """
    input = floating(input if dtype is None else to(input, dtype), "mean")
    return _mean(input, axes(input, dim, axis), keepdim or keepdims)


def prod(
    input: Tensor,
    dim: Axes = None,
    keepdim: bool = False,
    *,
    dtype: Any = None,
    axis: Axes = None,
    keepdims: bool = False,
) -> Tensor:
    """The product over `dim`, by default over everything; its gradient is exact where elements are 0.

    Raises as `sum`.
    """
    return _typed(_prod, input, dtype, axes(input, dim, axis), keepdim or keepdims)


def var(
    input: Tensor,
    dim: Axes = None,
    unbiased: bool | None = None,
    keepdim: bool = False,
    *,
    correction: float | None = 1,
    axis: Axes = None,
    keepdims: bool = False,
) -> Tensor:
    """The variance: the sum of squared deviations divided by (number of elements - correction).

    `unbiased=False` is `correction=0`. Raises as `sum`, and RuntimeError for integers and bools.
    """
    return _spread(_var, input, axis if dim is None else dim, unbiased, keepdim or keepdims, correction)


def std(
    input: Tensor,
    dim: Axes = None,
    unbiased: bool | None = None,
    keepdim: bool = False,
    *,
    correction: float | None = 1,
    axis: Axes = None,
    keepdims: bool = False,
) -> Tensor:
    """The square root of the variance, `var`; its gradient is 0 where it is 0. Raises as `var`."""
    return _spread(_std, input, axis if dim is None else dim, unbiased, keepdim or keepdims, correction)


def _spread(function: Any, input: Tensor, dim: Any, unbiased: Any, keepdim: bool, correction: Any) -> Tensor:
    if isinstance(dim, bool):  # var(x, False): the second argument was `unbiased`
        dim, unbiased = None, dim
    ddof = correction if unbiased is None else int(unbiased)
    return function(floating(input, "std and var"), axes(input, dim), 1 if ddof is None else ddof, keepdim)


def norm(
    input: Tensor,
    p: float | str | None = "fro",
    dim: Axes = None,
    keepdim: bool = False,
    dtype: Any = None,
    *,
    axis: Axes = None,
    keepdims: bool = False,
) -> Tensor:
    """The vector norm (sum |x|^p)^(1/p) over `dim`, by default over everything; its gradient is 0 where it is 0.

    "fro" is p = 2. Raises as `sum`, ValueError for any other string, RuntimeError for integers and bools without a
    `dtype`.
    """
    order = 2 if p in ("fro", None) else p
    if isinstance(order, str):
        raise ValueError(f"norm(): p must be a number or 'fro', got {p!r}; for {p!r} use linalg.norm")
    input = floating(input if dtype is None else to(input, dtype), "norm")
    return _vector_norm(input, order, axes(input, dim, axis), keepdim or keepdims)


# -- exponentials -----------------------------------------------------------------------------------------------------


def logsumexp(
    input: Tensor, dim: Axes = None, keepdim: bool = False, *, axis: Axes = None, keepdims: bool = False
) -> Tensor:
    """log(sum(exp(input))) over `dim`, without overflow. Raises as `sum`, and TypeError without a `dim`."""
    return _logsumexp(input, axes(input, required(dim, axis, "logsumexp")), keepdim or keepdims)


def softmax(input: Tensor, dim: int | None = None, dtype: Any = None, *, axis: int | None = None) -> Tensor:
    """exp(input) / sum(exp(input)) along `dim`, without overflow.

    Raises RuntimeError for integers and bools without a `dtype` (unless there are none), TypeError without a `dim`,
    IndexError for one that the input does not have.
    """
    d = one_axis(input, dim, axis, "softmax")
    return _softmax(exponents(input, dtype, "softmax"), d)


def log_softmax(input: Tensor, dim: int | None = None, dtype: Any = None, *, axis: int | None = None) -> Tensor:
    """log(softmax(input)) along `dim`, finite where the softmax underflows. Raises as `softmax`."""
    d = one_axis(input, dim, axis, "log_softmax")
    return _log_softmax(exponents(input, dtype, "log_softmax"), d)


# -- scans ------------------------------------------------------------------------------------------------------------


def cumsum(input: Tensor, dim: int | None = None, *, dtype: Any = None, axis: int | None = None) -> Tensor:
    """The running sum along `dim`. Raises IndexError for a dim that the input does not have, TypeError without one."""
    return _typed(_cumsum, input, dtype, one_axis(input, dim, axis, "cumsum"))


def cumprod(input: Tensor, dim: int | None = None, *, dtype: Any = None, axis: int | None = None) -> Tensor:
    """The running product along `dim`; its gradient is exact where elements are 0. Raises as `cumsum`."""
    return _typed(_cumprod, input, dtype, one_axis(input, dim, axis, "cumprod"))


# -- truth -------------------------------------------------------------------------------------------------------------


def all(input: Tensor, dim: Axes = None, keepdim: bool = False, *, axis: Axes = None, keepdims: bool = False) -> Tensor:
    """Whether every element over `dim`, by default every element, is true (not 0); 0 or 1 in uint8 of uint8.

    Raises as `sum`.
    """
    return _truth(_all, input, axes(input, dim, axis), keepdim or keepdims)


def any(input: Tensor, dim: Axes = None, keepdim: bool = False, *, axis: Axes = None, keepdims: bool = False) -> Tensor:
    """Whether some element over `dim`, by default any element, is true (not 0); 0 or 1 in uint8 of uint8.

    Raises as `sum`.
    """
    return _truth(_any, input, axes(input, dim, axis), keepdim or keepdims)


def _truth(function: Any, input: Tensor, *options: Any) -> Tensor:
    """`function` of the input, in bools; in uint8 if it is of uint8, which were PyTorch's bools once."""
    out = function(input._data, *options)
    return wrap(out.astype(np.uint8) if input.dtype == np.uint8 else out)
