"""NumPy's functions on tensors, with NumPy's arguments and NumPy's results, made of the functions of this library.

A function here has the parameters that it honours, under NumPy's names; `numpy_protocol` refuses any other.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from ..core.engine import wrap
from ..core.ops import NUMBERS
from ..core.shapes import normalize_axes, normalize_axis
from . import choices as ch
from . import conversion as cv
from . import decompositions as dc
from . import elementwise as f
from . import indexing as ix
from . import joining as jn
from . import matrix_functions as linalg
from . import order as od
from . import rarer_arithmetic as ra
from . import reductions as r
from . import scans as sc
from . import shaping as sh
from . import stacking as st
from . import statistics as sta
from . import windows as wn
from .comparison import isnan
from .grids_and_sequences import meshgrid as grid
from .numpy_products import as_tensors, cross, dot, einsum, inner, kron, outer, solve, tensordot
from .tensor_base import to_array

if TYPE_CHECKING:
    from .tensor import Tensor


def _operands(*xs: Any) -> list[Any]:
    """Every x as a tensor, but for Python numbers, which take the dtype that they meet."""
    return [x if type(x) in NUMBERS else as_tensors(x)[0] for x in xs]


def _slice(a: Tensor, axis: int, *ends: int | None) -> Tensor:
    return a[(slice(None),) * axis + (slice(*ends),)]


# -- reductions -------------------------------------------------------------------------------------------------------


def _over(function: Callable[..., Any]) -> Callable[..., Tensor]:
    """A reduction over the axes given; over none of them, axis=(), it is about each element by itself."""

    def reduce(a: Tensor, axis: Any = None, keepdims: bool = False, **options: Any) -> Tensor:
        if axis == ():
            return function(sh.unsqueeze(a, -1), axis=-1, **options)
        return function(a, axis=axis, keepdims=keepdims, **options)

    return reduce


def _total(function: Any) -> Callable[..., Tensor]:
    over = _over(function)
    return lambda a, axis=None, dtype=None, keepdims=False: over(a, axis, keepdims, dtype=dtype)


def _spread(function: Any) -> Callable[..., Tensor]:
    over = _over(function)
    return lambda a, axis=None, ddof=0, keepdims=False, correction=None: over(
        a, axis, keepdims, correction=ddof if correction is None else correction
    )


def _largest(function: Any) -> Callable[..., Tensor]:
    over = _over(function)
    return lambda a, axis=None, keepdims=False: over(a, axis, keepdims)


def _scan(function: Any) -> Callable[..., Tensor]:
    return lambda a, axis=None, dtype=None: function(*_along(a, axis), dtype=dtype)


def _along(a: Tensor, axis: int | None) -> tuple[Tensor, int]:
    """A tensor and an axis of it; without an axis, and of no dimensions, its elements in a row."""
    return (a, axis) if axis is not None and a.ndim else (sh.ravel(a), axis or 0)


def median(a: Tensor, axis: Any = None, keepdims: bool = False) -> Tensor:
    axes = normalize_axes(axis, a.ndim)
    kept = [d for d in range(a.ndim) if d not in axes]
    rows = od.sort(sh.reshape(sh.permute(a, [*kept, *axes]), [*(a.shape[d] for d in kept), -1])).values
    n = rows.shape[-1]
    middle = (rows[..., (n - 1) // 2] + rows[..., n // 2]) / 2
    middle = ch.where(isnan(rows[..., -1]), rows[..., -1], middle)  # NaN is sorted to the end
    return sh.reshape(middle, [1 if d in axes else n for d, n in enumerate(a.shape)]) if keepdims else middle


def _quantile(function: Any) -> Callable[..., Tensor]:
    return lambda a, q, axis=None, keepdims=False: function(a, cv.to(as_tensors(q)[0], a.dtype), axis, keepdims)


def average(a: Any, axis: Any = None, weights: Any = None, returned: bool = False, keepdims: bool = False) -> Any:
    if weights is None:
        (a,) = as_tensors(a)
        mean = _over(r.mean)(a, axis, keepdims)
        return (mean, wrap(np.full(mean.shape, a.numel() / mean.numel(), mean.dtype))) if returned else mean
    a, weights = as_tensors(a, weights)
    if weights.shape != a.shape:
        axes = normalize_axes(axis, a.ndim)
        if axis is None or weights.shape != tuple(a.shape[d] for d in axes):
            raise ValueError(f"np.average: weights of shape {weights.shape} do not lie along axis {axis} of {a.shape}")
        order = np.argsort(axes).tolist()
        weights = sh.permute(weights, order)
        weights = sh.expand(sh.reshape(weights, [n if d in axes else 1 for d, n in enumerate(a.shape)]), a.shape)
    total = _over(r.sum)(weights, axis, keepdims)
    if (total._data == 0).any():
        raise ZeroDivisionError("Weights sum to zero, can't be normalized")
    mean = _over(r.sum)(a * weights, axis, keepdims) / total
    return (mean, total) if returned else mean


# -- shape ------------------------------------------------------------------------------------------------------------


def expand_dims(a: Tensor, axis: Any) -> Tensor:
    new = (axis,) if isinstance(axis, int) else tuple(axis)
    places, lengths = normalize_axes(new, a.ndim + len(new)), iter(a.shape)
    return sh.reshape(a, [1 if d in places else next(lengths) for d in range(a.ndim + len(new))])


def squeeze(a: Tensor, axis: Any = None) -> Tensor:
    for d in () if axis is None else normalize_axes(axis, a.ndim):
        if a.shape[d] != 1:
            raise ValueError(f"np.squeeze: axis {d} of shape {a.shape} is not of length 1")
    return a if axis == () else sh.squeeze(a, axis)


def transpose(a: Tensor, axes: Any = None) -> Tensor:
    return a.T if axes is None else sh.permute(a, axes)


def roll(a: Tensor, shift: Any, axis: Any = None) -> Tensor:
    if axis is None:
        return sh.roll(a, int(np.sum(shift)))
    shifts, axes = np.broadcast_arrays(shift, axis)
    return sh.roll(a, shifts.ravel().tolist(), axes.ravel().tolist())


def flip(m: Tensor, axis: Any = None) -> Tensor:
    return sh.flip(m, range(m.ndim) if axis is None else np.atleast_1d(axis).tolist())


def repeat(a: Any, repeats: Any, axis: int | None = None) -> Tensor:
    a, axis = _along(as_tensors(a)[0], axis)
    return sh.repeat_interleave(a, repeats, axis)


def _stacked(function: Any) -> Callable[..., Any]:
    return lambda tup: function(as_tensors(*tup))


def _at_least(function: Any) -> Callable[..., Any]:
    return lambda *arys: function(*as_tensors(*arys))


def split(ary: Tensor, indices_or_sections: Any, axis: int = 0) -> list[Tensor]:
    if isinstance(indices_or_sections, int) and ary.shape[axis] % indices_or_sections:
        raise ValueError("array split does not result in an equal division")
    return array_split(ary, indices_or_sections, axis)


def array_split(ary: Tensor, indices_or_sections: Any, axis: int = 0) -> list[Tensor]:
    axis = normalize_axis(axis, ary.ndim) if ary.ndim else axis
    n = ary.shape[axis]
    if isinstance(indices_or_sections, int):
        if indices_or_sections < 1:
            raise ValueError("number sections must be larger than 0.")
        quotient, extra = divmod(n, indices_or_sections)
        ends = np.cumsum([0] + [quotient + (i < extra) for i in range(indices_or_sections)]).tolist()
    else:
        ends = [0, *indices_or_sections, n]
    return [_slice(ary, axis, i, j) for i, j in pairwise(ends)]


def concatenate(arrays: Any, axis: int | None = 0) -> Tensor:
    xs = as_tensors(*arrays)
    return jn.cat([sh.ravel(x) for x in xs], 0) if axis is None else jn.cat(xs, axis)


def pad(array: Tensor, pad_width: Any, mode: str = "constant", constant_values: Any = 0) -> Tensor:
    widths = np.broadcast_to(pad_width, (array.ndim, 2)).tolist()
    if mode == "constant" and np.ndim(constant_values) == 0:
        return wn.pad(array, [n for pair in reversed(widths) for n in pair], value=constant_values)
    if mode not in ("edge", "reflect", "symmetric", "wrap"):
        given = f"mode {mode!r}" if mode != "constant" else f"the constant_values {constant_values}"
        raise TypeError(f"np.pad of a tensor takes a constant, 'edge', 'reflect', 'symmetric' or 'wrap', not {given}")
    for axis, (before, after) in enumerate(widths):
        places: Any = np.pad(np.arange(array.shape[axis]), (before, after), mode)  # type: ignore[call-overload]
        array = ix.index_select(array, axis, wrap(places))
    return array


def meshgrid(*xi: Any, indexing: str = "xy") -> tuple[Tensor, ...]:
    return grid(*map(sh.ravel, as_tensors(*xi)), indexing=indexing)


# -- places -----------------------------------------------------------------------------------------------------------


def where(condition: Any, x: Any = None, y: Any = None) -> Any:
    (condition,) = as_tensors(condition)
    chosen = wrap(np.asarray(condition._data) != 0)
    if x is None and y is None:
        return tuple(map(wrap, np.nonzero(chosen._data)))
    return ch.where(chosen, *_operands(x, y))


def take(a: Any, indices: Any, axis: int | None = None) -> Tensor:
    (a,), places = as_tensors(a), to_array(indices)
    a, axis = _along(a, axis)
    return a[(slice(None),) * normalize_axis(axis, a.ndim) + (wrap(places.astype(np.int64, casting="same_kind")),)]


def take_along_axis(arr: Any, indices: Any, axis: int | None = -1) -> Tensor:
    arr, indices = as_tensors(arr, indices)
    arr, axis = _along(arr, axis)
    return ix.take_along_dim(arr, indices, axis)


def diff(a: Any, n: int = 1, axis: int = -1, prepend: Any = None, append: Any = None) -> Tensor:
    (a,) = as_tensors(a)
    if n == 0:
        return a
    if n < 0 or not a.ndim:
        raise ValueError(f"np.diff: expected n >= 0 and at least one dimension, got n = {n}, shape {a.shape}")
    axis = normalize_axis(axis, a.ndim)
    edge = (*a.shape[:axis], 1, *a.shape[axis + 1 :])
    ends = [None if x is None else as_tensors(x)[0] for x in (prepend, append)]
    return sc.diff(a, n, axis, *(x if x is None or x.ndim else sh.expand(x, edge) for x in ends))


def triangle(function: Any) -> Callable[..., Tensor]:
    """np.tril or np.triu: a vector counts as a matrix of equal rows."""
    return lambda m, k=0: function(sh.expand(m, (len(m), len(m))) if m.ndim == 1 else m, k)


def trace(a: Tensor, offset: int = 0, axis1: int = 0, axis2: int = 1, dtype: Any = None) -> Tensor:
    return r.sum(wn.diagonal(a, offset, axis1, axis2), -1, dtype=dtype)


# -- the table --------------------------------------------------------------------------------------------------------


REDUCE = {np.add: _total(r.sum), np.multiply: _total(r.prod), np.maximum: _largest(od.amax),
          np.minimum: _largest(od.amin)}  # fmt: skip

UFUNC: dict[Any, Callable[..., Tensor]] = {
    np.positive: lambda x: f.clone(x), np.sign: f.sign, np.fmax: ra.fmax, np.fmin: ra.fmin,
    np.deg2rad: ra.deg2rad, np.rad2deg: ra.rad2deg, np.radians: ra.deg2rad, np.degrees: ra.rad2deg,
    np.float_power: ra.float_power,
}  # fmt: skip

NUMPY: dict[Any, Callable[..., Any]] = {
    np.sum: _total(r.sum), np.nansum: _total(r.nansum), np.mean: _total(r.mean), np.prod: _total(r.prod),
    np.max: _largest(od.amax), np.amax: _largest(od.amax), np.min: _largest(od.amin), np.amin: _largest(od.amin),
    np.var: _spread(r.var), np.std: _spread(r.std),
    np.nanmean: _over(sta.nanmean), np.quantile: _quantile(sta.quantile), np.nanquantile: _quantile(sta.nanquantile),
    np.median: median, np.average: average, np.cumsum: _scan(r.cumsum), np.cumprod: _scan(r.cumprod),
    np.clip: lambda a, a_min=None, a_max=None, min=None, max=None: ch.clamp(
        a, a_min if min is None else min, a_max if max is None else max
    ),
    np.where: where, np.nan_to_num: lambda x, nan=0.0, posinf=None, neginf=None: f.nan_to_num(x, nan, posinf, neginf),
    np.round: lambda a, decimals=0: f.round(a, decimals=decimals),
    np.around: lambda a, decimals=0: f.round(a, decimals=decimals), np.copy: lambda a: f.clone(a),
    np.astype: lambda x, dtype, copy=True: cv.to(x, dtype, copy=copy),
    np.full_like: lambda a, fill_value, dtype=None, shape=None: cv.to(
        f.clone(sh.expand(as_tensors(fill_value)[0], a.shape if shape is None else shape)), dtype or a.dtype
    ),
    np.reshape: lambda a, shape: sh.reshape(a, shape), np.ravel: lambda a: sh.ravel(a),
    np.squeeze: squeeze, np.expand_dims: expand_dims, np.transpose: transpose,
    np.matrix_transpose: lambda x: sh.transpose(x, -2, -1),
    np.swapaxes: lambda a, axis1, axis2: sh.transpose(a, axis1, axis2),
    np.moveaxis: lambda a, source, destination: sh.movedim(a, source, destination),
    np.broadcast_to: lambda array, shape: sh.expand(array, shape),
    np.tile: lambda A, reps: sh.tile(A, np.atleast_1d(reps).tolist()), np.repeat: repeat, np.flip: flip, np.roll: roll,
    np.atleast_1d: _at_least(st.atleast_1d), np.atleast_2d: _at_least(st.atleast_2d),
    np.atleast_3d: _at_least(st.atleast_3d),
    np.concatenate: concatenate, np.stack: lambda arrays, axis=0: jn.stack(as_tensors(*arrays), axis),
    np.vstack: _stacked(st.vstack), np.hstack: _stacked(st.hstack), np.dstack: _stacked(st.dstack),
    np.column_stack: _stacked(st.column_stack), np.rot90: lambda m, k=1, axes=(0, 1): sh.rot90(m, k, axes),
    np.fliplr: lambda m: sh.fliplr(m), np.flipud: lambda m: sh.flipud(m), np.sinc: ra.sinc,
    np.split: split, np.array_split: array_split, np.meshgrid: meshgrid,
    np.pad: pad, np.sort: lambda a, axis=-1: od.sort(*_along(a, axis)).values,
    np.take_along_axis: take_along_axis, np.take: take, np.diff: diff,
    np.tril: triangle(wn.tril), np.triu: triangle(wn.triu),
    np.diagonal: lambda a, offset=0, axis1=0, axis2=1: wn.diagonal(a, offset, axis1, axis2),
    np.diag: lambda v, k=0: wn.diag(v, k), np.trace: trace,
    np.dot: dot, np.inner: inner, np.outer: outer, np.tensordot: tensordot, np.kron: kron, np.cross: cross,
    np.einsum: einsum,
    np.linalg.norm: lambda x, ord=None, axis=None, keepdims=False: linalg.norm(x, ord, axis, keepdims),
    np.linalg.inv: lambda a: linalg.inv(a), np.linalg.det: lambda a: linalg.det(a),
    np.linalg.slogdet: lambda a: linalg.slogdet(a), np.linalg.solve: solve,
    np.linalg.cholesky: lambda a, upper=False: linalg.cholesky(a, upper=upper),
    np.linalg.svdvals: lambda x: linalg.svdvals(x), np.linalg.eigh: lambda a, UPLO="L": dc.eigh(a, UPLO),
    np.linalg.eigvalsh: lambda a, UPLO="L": dc.eigvalsh(a, UPLO),
    np.linalg.qr: lambda a, mode="reduced": dc.qr(a, mode),
    np.linalg.svd: lambda a, full_matrices=True: dc.svd(a, full_matrices),
    np.linalg.pinv: lambda a: linalg.pinv(a),
    np.linalg.matrix_power: lambda a, n: dc.matrix_power(a, n), np.linalg.cond: lambda x, p=None: dc.cond(x, p),
    np.linalg.multi_dot: lambda arrays: dc.multi_dot(as_tensors(*arrays)),
}  # fmt: skip
