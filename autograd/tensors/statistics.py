"""Quantiles, modes, reductions that leave NaN out, pairs of statistics, covariances. Most are methods of Tensor too.

NumPy's `axis` and `keepdims` are accepted for PyTorch's `dim` and `keepdim`. A dim that the input does not have raises
IndexError.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, overload

import numpy as np

from ..core import dtypes
from ..core.casting import widened
from ..core.engine import wrap
from ..core.ops import NUMBERS
from ..core.shapes import Axes, normalize_axis
from ..core.sums import wide
from .choices import clamp, where
from .comparison import isnan
from .conversion import to
from .elementwise import lerp, sqrt
from .indexing import along
from .order import Pair, _no_keepdim, _pair, amax, amin, argsort, max, nonempty
from .products import matmul
from .reductions import floating, mean, nansum, std, sum, var
from .return_types import shown_result
from .windows import diagonal

if TYPE_CHECKING:
    from .tensor import Tensor

_INTERPOLATIONS = ("linear", "lower", "higher", "midpoint", "nearest")


# -- quantiles --------------------------------------------------------------------------------------------------------


def quantile(
    input: Tensor,
    q: Any,
    dim: int | None = None,
    keepdim: bool = False,
    *,
    interpolation: str = "linear",
    axis: int | None = None,
    keepdims: bool = False,
) -> Tensor:
    """The value below which the fraction `q` of the elements lies, along `dim` or of all; NaN if one is NaN.

    Between two elements it is interpolated: "linear", "lower", "higher", "midpoint" or "nearest". For several q, a
    vector, the result has them as its first dimension. Raises RuntimeError for a q outside [0, 1] or of another dtype,
    another interpolation, integers, or no elements.
    """
    return _quantile(input, q, axis if dim is None else dim, keepdim or keepdims, interpolation, False)


def nanquantile(
    input: Tensor,
    q: Any,
    dim: int | None = None,
    keepdim: bool = False,
    *,
    interpolation: str = "linear",
    axis: int | None = None,
    keepdims: bool = False,
) -> Tensor:
    """`quantile` of the elements that are not NaN; NaN if all are. Raises as `quantile`."""
    return _quantile(input, q, axis if dim is None else dim, keepdim or keepdims, interpolation, True)


def _quantile(input: Tensor, q: Any, dim: int | None, keepdim: bool, interpolation: str, ignore_nan: bool) -> Tensor:
    if interpolation not in _INTERPOLATIONS:
        raise RuntimeError(
            f"quantile() interpolation must be one of {', '.join(_INTERPOLATIONS)}, but got {interpolation}"
        )
    input, q = widened(input, q)
    if input.dtype not in (np.float32, np.float64):
        raise RuntimeError(f"quantile() input tensor must be either float or double dtype, got {input.dtype}")
    qs = wrap(np.asarray(q, input.dtype)) if type(q) in NUMBERS else q
    if qs.ndim > 1:
        raise RuntimeError(f"quantile() q must be a scalar or 1D tensor, got shape {list(qs.shape)}")
    if qs.dtype != input.dtype:
        raise RuntimeError(f"quantile() q tensor must be same dtype as the input tensor, got {qs.dtype}")
    if not ((qs._data >= 0) & (qs._data <= 1)).all():
        raise RuntimeError(f"quantile() q must be in the range [0, 1] but got {qs.tolist()}")
    if not input.numel():
        raise RuntimeError("quantile() input tensor must be non-empty")
    d = 0 if dim is None else normalize_axis(dim, input.ndim)
    rows = input.reshape(-1) if dim is None or not input.ndim else input.movedim(d, -1)
    result = _at_ranks(rows, qs.reshape(-1), interpolation, ignore_nan)
    kept = [1 if dim is None or i == d else n for i, n in enumerate(input.shape)]
    result = result.movedim(-1, 0)
    if keepdim:
        result = result.reshape([qs.numel(), *kept])
    return result if qs.ndim else result.squeeze(0)


def _at_ranks(rows: Tensor, qs: Tensor, interpolation: str, ignore_nan: bool) -> Tensor:
    """The quantiles along the last dimension, in the last dimension."""
    order = argsort(rows)._array
    missing = np.isnan(rows._array).sum(-1, keepdims=True)
    last = rows.shape[-1] - 1
    ranks = qs * wrap(np.maximum(last - missing, 0).astype(rows.dtype)) if ignore_nan else qs * last
    if not ignore_nan:
        ranks = where(wrap(missing > 0), float(last), ranks)
    if interpolation in ("lower", "higher", "nearest"):
        rounded = {"lower": np.floor, "higher": np.ceil, "nearest": np.rint}[interpolation](ranks._array)
        return _ranked(rows, order, rounded)
    below = np.floor(ranks._array)
    weight: Any = 0.5 if interpolation == "midpoint" else ranks - wrap(below)
    return lerp(_ranked(rows, order, below), _ranked(rows, order, np.ceil(ranks._array)), weight)


def _ranked(rows: Tensor, order: Any, ranks: Any) -> Tensor:
    ranks = np.broadcast_to(ranks, (*order.shape[:-1], ranks.shape[-1])).astype(np.int64)
    return along(rows, rows.ndim - 1, np.take_along_axis(order, ranks, -1))


# -- the most common element, the middle and the mean without NaN -----------------------------------------------------


def mode(
    input: Tensor, dim: int = -1, keepdim: bool = False, *, axis: int | None = None, keepdims: bool = False
) -> Pair:
    """The pair (the most common value along `dim`, the smallest of several; where it stands last).

    Raises IndexError for an empty dim.
    """
    dim = dim if axis is None else axis
    d = normalize_axis(dim, input.ndim)
    nonempty(input, dim, "mode", IndexError)
    x = np.moveaxis(np.atleast_1d(wide(input._array)), d, -1)
    order = np.argsort(x, -1, kind="stable")
    rows = np.take_along_axis(x, order, -1)
    count = np.arange(x.shape[-1])
    starts = np.concatenate((np.ones_like(rows[..., :1], bool), rows[..., 1:] != rows[..., :-1]), -1)
    runs = count - np.maximum.accumulate(np.where(starts, count, 0), -1)  # how many equal ones stand before
    index = np.take_along_axis(order, runs.argmax(-1)[..., None], -1)
    return _pair(input, d, np.moveaxis(index, -1, d) if input.ndim else index.reshape(()), "mode", keepdim or keepdims)


@overload
def nanmedian(input: Tensor) -> Tensor: ...
@overload
def nanmedian(input: Tensor, dim: int, keepdim: bool = False) -> Pair: ...
@overload
def nanmedian(input: Tensor, *, axis: int, keepdims: bool = False) -> Pair: ...
def nanmedian(
    input: Tensor, dim: int | None = None, keepdim: bool = False, *, axis: int | None = None, keepdims: bool = False
) -> Any:
    """The middle of the elements that are not NaN, the lower of two; with `dim` the pair (values, indices) along it.

    NaN if all are NaN. Raises IndexError for a dim that is empty, TypeError for `keepdim` without `dim`.
    """
    dim, keepdim = axis if dim is None else dim, keepdim or keepdims
    if dim is None:
        _no_keepdim(keepdim, "nanmedian")
        if not input.numel():
            return input.sum() * float("nan")
        middle = nanmedian(input.detach().reshape(-1), 0).values
        if not dtypes.is_floating(input.dtype):
            return middle
        return max(where((input == middle) | (isnan(input) & isnan(middle)), input, -float("inf")))
    d = normalize_axis(dim, input.ndim)
    nonempty(input, dim, "nanmedian", IndexError)
    order = np.moveaxis(np.atleast_1d(argsort(input, dim)._array), d, -1)
    x = np.moveaxis(np.atleast_1d(input._array), d, -1)
    ranks = np.maximum((x == x).sum(-1, keepdims=True) - 1, 0) // 2
    index = np.take_along_axis(order, ranks, -1)
    return _pair(input, d, np.moveaxis(index, -1, d) if input.ndim else index.reshape(()), "nanmedian", keepdim)


def nanmean(
    input: Tensor,
    dim: Axes = None,
    keepdim: bool = False,
    *,
    dtype: Any = None,
    axis: Axes = None,
    keepdims: bool = False,
) -> Tensor:
    """The mean of the elements over `dim`, by default of all, that are not NaN.

    Raises RuntimeError for integers, also with a `dtype`.
    """
    floating(input, "nanmean")
    count = sum(~isnan(input), dim, keepdim, axis=axis, keepdims=keepdims)
    return nansum(input, dim, keepdim, dtype=dtype, axis=axis, keepdims=keepdims) / count


# -- two statistics at once -------------------------------------------------------------------------------------------


class MinMax(NamedTuple):
    """The smallest and the largest element."""

    min: Tensor
    max: Tensor

    def __repr__(self) -> str:
        return shown_result(self, "MinMax", "aminmax")


def aminmax(
    input: Tensor, *, dim: int | None = None, keepdim: bool = False, axis: int | None = None, keepdims: bool = False
) -> MinMax:
    """The pair (min, max) along `dim`, by default of all; ties share the gradient evenly.

    Raises RuntimeError if there is no element.
    """
    dim = axis if dim is None else dim
    nonempty(input, dim, "aminmax", RuntimeError)
    return MinMax(*(f(input, dim, keepdim, keepdims=keepdims) for f in (amin, amax)))


def _with_mean(function: Any, input: Tensor, dim: Any, unbiased: Any, keepdim: bool, options: Any) -> Any:
    if isinstance(dim, bool):  # var_mean(x, False): the second argument was `unbiased`
        dim, unbiased = None, dim
    return function(input, dim, unbiased, keepdim, **options), mean(input, dim, keepdim)


def var_mean(
    input: Tensor,
    dim: Axes = None,
    unbiased: bool | None = None,
    keepdim: bool = False,
    *,
    correction: float | None = 1,
    axis: Axes = None,
    keepdims: bool = False,
) -> tuple[Tensor, Tensor]:
    """The pair (variance, mean) over `dim`, by default over everything: `var` and `mean`, which say what they raise."""
    dim = axis if dim is None else dim
    return _with_mean(var, input, dim, unbiased, keepdim or keepdims, {"correction": correction})


def std_mean(
    input: Tensor,
    dim: Axes = None,
    unbiased: bool | None = None,
    keepdim: bool = False,
    *,
    correction: float | None = 1,
    axis: Axes = None,
    keepdims: bool = False,
) -> tuple[Tensor, Tensor]:
    """The pair (standard deviation, mean) over `dim`, by default over everything. Raises as `var_mean`."""
    dim = axis if dim is None else dim
    return _with_mean(std, input, dim, unbiased, keepdim or keepdims, {"correction": correction})


# -- covariance -------------------------------------------------------------------------------------------------------


def cov(
    input: Tensor, *, correction: int = 1, fweights: Tensor | None = None, aweights: Tensor | None = None
) -> Tensor:
    """The covariances of variables, the rows of a matrix, over observations, its columns; of a vector its variance.

    `fweights`, integers, say how often each observation occurs, `aweights` how much it counts. The sum of products is
    divided by (number of observations - correction). Raises RuntimeError for more dimensions, and weights that do not
    fit or are negative.
    """
    if input.ndim > 2:
        raise RuntimeError(f"cov(): expected input to have two or fewer dimensions but got {input.ndim} dimensions")
    x = input if dtypes.is_floating(input.dtype) else to(input, dtypes.get_default_dtype())
    x = x.reshape(1, -1) if x.ndim < 2 else x
    w: Any = _weights(x, fweights, aweights)
    n: Any = x.shape[1] if w is None else sum(w)
    center = sum(x, 1, True) / n if w is None else sum(x * w, 1, True) / n
    x = x - center
    if w is not None and aweights is not None and correction:
        norm = n - correction * sum(w * aweights) / n
    else:
        norm = n - correction
    norm = clamp(norm, min=0) if w is not None else norm * (norm > 0)
    result = matmul(x if w is None else x * w, x.T) / norm
    return result.squeeze() if input.ndim < 2 else result


def _weights(x: Tensor, fweights: Tensor | None, aweights: Tensor | None) -> Tensor | None:
    """How much each column counts, None if all count alike."""
    for name, w in (("fweights", fweights), ("aweights", aweights)):
        if w is None:
            continue
        if dtypes.is_integer(w.dtype) != (name == "fweights"):
            kind = "integral" if name == "fweights" else "floating point"
            raise RuntimeError(f"cov(): expected {name} to have {kind} dtype but got {name} with {w.dtype} dtype")
        if w.shape != (x.shape[1],):
            raise RuntimeError(
                f"cov(): expected {name} to have the same numel as there are observations in the input, {x.shape[1]}, "
                f"but got shape {list(w.shape)}"
            )
        if (wide(w._data) < 0).any():
            raise RuntimeError(f"cov(): {name} cannot be negative")
    given = [w for w in (fweights, aweights) if w is not None]
    return to(given[0] if len(given) == 1 else given[0] * given[1], x.dtype) if given else None


def corrcoef(input: Tensor) -> Tensor:
    """The correlations of variables, the rows of a matrix, over observations, its columns; of a vector 1.

    Raises RuntimeError for more dimensions.
    """
    c = cov(input)
    if not c.ndim:
        return c / c
    deviation = sqrt(diagonal(c))
    return clamp(c / deviation.unsqueeze(-1) / deviation, -1, 1)
