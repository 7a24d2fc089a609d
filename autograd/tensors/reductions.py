"""Reductions and scans, under PyTorch's names and signatures; all are methods of Tensor too.

NumPy's `axis` and `keepdims` are accepted for PyTorch's `dim` and `keepdim`.
"""

from __future__ import annotations

import builtins
from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np

from ..calculus import primitives
from ..core.forward import unary
from ..core.ops import OPS
from ..core.shapes import Axes, normalize_axes, normalize_axis
from .elementwise import isnan, to, where
from .tensor import Tensor, method, wrap


def numpy_names(function: Callable[..., Any]) -> Callable[..., Any]:
    """Accept `axis` for `dim` and `keepdims` for `keepdim`."""

    @wraps(function)
    def call(*args: Any, **options: Any) -> Any:
        if options:
            if "axis" in options:
                options["dim"] = options.pop("axis")
            if "keepdims" in options:
                options["keepdim"] = options.pop("keepdims")
        return function(*args, **options)

    return call


def floating(x: Tensor, name: str) -> Tensor:
    """`x`, which must be of a floating dtype."""
    if x.dtype.kind != "f":
        raise RuntimeError(
            f"{name}(): could not infer output dtype. Input dtype must be either a floating point or complex dtype. "
            f"Got: {x.dtype}; convert it first: x.float()"
        )
    return x


_sum, _mean, _prod, _max, _min = (unary(OPS[key]) for key in (np.sum, np.mean, np.prod, np.max, np.min))
_var, _std, _cumsum, _cumprod = (unary(OPS[key]) for key in (np.var, np.std, np.cumsum, np.cumprod))
_logsumexp, _softmax, _log_softmax, _vector_norm = (
    unary(OPS[key])
    for key in (primitives.logsumexp, primitives.softmax, primitives.log_softmax, primitives.vector_norm)
)
_all, _any = primitives.reduction(np.logical_and), primitives.reduction(np.logical_or)


def axes(input: Any, dim: Any) -> Any:
    """`dim` as an axis, a tuple of axes, or None: checked, and counted from the front."""
    if dim is None or not isinstance(input, Tensor):
        return None
    ndim = input._data.ndim
    if type(dim) is builtins.int and ndim:
        return normalize_axis(dim, ndim)
    return normalize_axes(dim if type(dim) is builtins.int else tuple(dim), ndim) or None


def _typed(function: Any, input: Tensor, dtype: Any, *options: Any) -> Tensor:
    """`function` of the input in `dtype`; without it integers and bools count in int64."""
    if dtype is None:
        return function(input if input.dtype.kind == "f" else to(input, np.int64), *options)
    return to(function(to(input, dtype), *options), dtype)


@method
@numpy_names
def sum(input: Tensor, dim: Axes = None, keepdim: builtins.bool = False, *, dtype: Any = None) -> Tensor:
    """The sum over `dim`, by default over everything."""
    return _typed(_sum, input, dtype, axes(input, dim), keepdim)


@method
@numpy_names
def nansum(input: Tensor, dim: Axes = None, keepdim: builtins.bool = False) -> Tensor:
    """The sum, NaN counted as 0."""
    return sum(where(isnan(input), 0, input), dim, keepdim)


@method
@numpy_names
def mean(input: Tensor, dim: Axes = None, keepdim: builtins.bool = False, *, dtype: Any = None) -> Tensor:
    """The mean over `dim`, by default over everything."""
    return _mean(floating(input if dtype is None else to(input, dtype), "mean"), axes(input, dim), keepdim)


@method
@numpy_names
def prod(input: Tensor, dim: Axes = None, keepdim: builtins.bool = False, *, dtype: Any = None) -> Tensor:
    """The product over `dim`, by default over everything; its gradient is exact where elements are 0."""
    return _typed(_prod, input, dtype, axes(input, dim), keepdim)


def _spread(function: Any, input: Tensor, dim: Any, unbiased: Any, keepdim: builtins.bool, correction: Any) -> Tensor:
    if isinstance(dim, builtins.bool):  # var(x, False): the second argument was `unbiased`
        dim, unbiased = None, dim
    ddof = correction if unbiased is None else builtins.int(unbiased)
    return function(floating(input, "std and var"), axes(input, dim), 1 if ddof is None else ddof, keepdim)


@method
@numpy_names
def var(
    input: Tensor, dim: Any = None, unbiased: Any = None, keepdim: builtins.bool = False, *, correction: Any = 1
) -> Tensor:
    """The variance, the sum of squared deviations divided by (number of elements - correction)."""
    return _spread(_var, input, dim, unbiased, keepdim, correction)


@method
@numpy_names
def std(
    input: Tensor, dim: Any = None, unbiased: Any = None, keepdim: builtins.bool = False, *, correction: Any = 1
) -> Tensor:
    """The square root of the variance; its gradient is 0 where it is 0."""
    return _spread(_std, input, dim, unbiased, keepdim, correction)


@method
@numpy_names
def logsumexp(input: Tensor, dim: Axes, keepdim: builtins.bool = False) -> Tensor:
    """log(sum(exp(input))) over `dim`, without overflow."""
    return _logsumexp(input, axes(input, dim), keepdim)


@method
@numpy_names
def softmax(input: Tensor, dim: builtins.int, *, dtype: Any = None) -> Tensor:
    """exp(input) / sum(exp(input)) along `dim`, without overflow."""
    input = floating(input if dtype is None else to(input, dtype), "softmax")
    return _softmax(input, normalize_axis(dim, input._data.ndim))


@method
@numpy_names
def log_softmax(input: Tensor, dim: builtins.int, *, dtype: Any = None) -> Tensor:
    """log(softmax(input)) along `dim`, finite where the softmax underflows."""
    input = floating(input if dtype is None else to(input, dtype), "log_softmax")
    return _log_softmax(input, normalize_axis(dim, input._data.ndim))


@method
@numpy_names
def cumsum(input: Tensor, dim: builtins.int, *, dtype: Any = None) -> Tensor:
    """The running sum along `dim`."""
    return _typed(_cumsum, input, dtype, normalize_axis(dim, input.ndim))


@method
@numpy_names
def cumprod(input: Tensor, dim: builtins.int, *, dtype: Any = None) -> Tensor:
    """The running product along `dim`; its gradient is exact where elements are 0."""
    return _typed(_cumprod, input, dtype, normalize_axis(dim, input.ndim))


def _nonempty(input: Tensor, dim: Any, name: str, error: Any = RuntimeError) -> Any:
    """The axes of a reduction that has no value for an empty range."""
    chosen = axes(input, dim)
    if not input.numel():
        if chosen is None:
            raise error(
                f"{name}(): Expected reduction dim to be specified for input.numel() == 0. Specify the reduction dim "
                f"with the 'dim' argument; the tensor has shape {list(input.shape)}"
            )
        for a in (chosen,) if isinstance(chosen, builtins.int) else chosen:
            if not input.shape[a]:
                raise IndexError(f"{name}(): Expected reduction dim {a} to have non-zero size, got {list(input.shape)}")
    return chosen


def _every(input: Tensor, axis: Any) -> Any:
    """All axes by number: amax, unlike max, gives a NaN result's gradient as NaN everywhere, with or without `dim`."""
    return tuple(range(input.ndim)) if axis is None and isinstance(input, Tensor) else axis


@method
@numpy_names
def amax(input: Tensor, dim: Axes = None, keepdim: builtins.bool = False) -> Tensor:
    """The largest element over `dim`; ties share the gradient evenly."""
    return _max(input, _every(input, _nonempty(input, dim, "amax")), keepdim)


@method
@numpy_names
def amin(input: Tensor, dim: Axes = None, keepdim: builtins.bool = False) -> Tensor:
    """The smallest element over `dim`; ties share the gradient evenly."""
    return _min(input, _every(input, _nonempty(input, dim, "amin")), keepdim)


@method
@numpy_names
def argmax(input: Tensor, dim: builtins.int | None = None, keepdim: builtins.bool = False) -> Tensor:
    """The index of the largest element along `dim`, by default in the flattened tensor; the first of several."""
    return wrap(input._data.argmax(_nonempty(input, dim, "argmax", IndexError), keepdims=keepdim), None)


@method
@numpy_names
def argmin(input: Tensor, dim: builtins.int | None = None, keepdim: builtins.bool = False) -> Tensor:
    """The index of the smallest element along `dim`, by default in the flattened tensor; the first of several."""
    return wrap(input._data.argmin(_nonempty(input, dim, "argmin", IndexError), keepdims=keepdim), None)


@method
@numpy_names
def all(input: Tensor, dim: Axes = None, keepdim: builtins.bool = False) -> Tensor:
    """Whether every element over `dim` is true."""
    return wrap(_all(input._data, axes(input, dim), keepdim), None)


@method
@numpy_names
def any(input: Tensor, dim: Axes = None, keepdim: builtins.bool = False) -> Tensor:
    """Whether some element over `dim` is true."""
    return wrap(_any(input._data, axes(input, dim), keepdim), None)


@method
@numpy_names
def norm(input: Tensor, p: Any = 2, dim: Axes = None, keepdim: builtins.bool = False) -> Tensor:
    """The vector norm (sum |x|^p)^(1/p) over `dim`, by default over everything; its gradient is 0 where it is 0."""
    order = 2 if p in ("fro", None) else p
    if isinstance(order, str):
        raise ValueError(f"norm(): p must be a number or 'fro', got {p!r}; for {p!r} use linalg.norm")
    return _vector_norm(floating(input, "norm"), order, axes(input, dim), keepdim)
