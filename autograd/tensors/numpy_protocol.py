"""NumPy's names on tensors: np.exp(t), np.sum(t, axis=0), array * t. Rules that record themselves use them, too.

A function of the table runs as the op of the same name; one without a gradient runs on the values; any other raises
TypeError, so that a graph is never lost silently.
"""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from ..core.engine import wrap
from ..core.forward import apply
from ..core.ops import OPS
from . import choices as ch
from . import conversion as cv
from . import elementwise as f
from . import indexing as ix
from . import joining as jn
from . import matrix_functions as linalg
from . import order as od
from . import products as mx
from . import reductions as r
from . import shaping as sh
from . import windows as wn
from .comparison import is_tensor
from .creation import as_tensor
from .tensor_base import TensorBase, operands

if TYPE_CHECKING:
    from .tensor import Tensor


def array(self: Tensor, dtype: Any = None, copy: bool | None = None) -> Any:
    """The values, for np.asarray. Raises RuntimeError on a tensor that requires grad, as `Tensor.numpy`."""
    array = self.numpy()
    return array.astype(dtype) if dtype is not None and dtype != array.dtype else array.copy() if copy else array


def array_ufunc(self: Tensor, ufunc: Any, how: str, *inputs: Any, **options: Any) -> Any:
    """A ufunc of NumPy on tensors, np.exp(t). Raises TypeError for one without a derivative rule, and for out=."""
    out = options.pop("out", None)
    if out is not None:
        raise TypeError(f"np.{ufunc.__name__}(..., out=) cannot be recorded: assign the result instead")
    if how == "reduce" and ufunc in _REDUCE:
        return _REDUCE[ufunc](inputs[0], **{"axis": 0, **options})
    if how == "__call__" and not options:
        if ufunc in CONSTANT:
            return _constant(ufunc, inputs, {})
        if ufunc in OPS:
            return apply(OPS[ufunc], operands(*inputs), {})
        if ufunc in _UFUNC:
            return _UFUNC[ufunc](*operands(*inputs))
    raise _unknown(ufunc if how == "__call__" else f"{ufunc.__name__}.{how}", options)


def array_function(self: Tensor, function: Any, types: Any, args: Any, options: Any) -> Any:
    """Any other function of NumPy on tensors, np.sum(t). Raises TypeError for one without a derivative rule."""
    if function in CONSTANT:
        return _constant(function, args, options)
    if function not in NUMPY:
        raise _unknown(function, options)
    given = {name: v for name, v in options.items() if name not in ("dtype", "out", "where") or v is not None}
    signature = _signature(function)
    if signature is not None:
        bound = signature.bind(*args, **options).arguments
        args, given = (), {}
        for k, p in enumerate(signature.parameters.values()):
            value = bound.get(p.name, p.default)
            if not k and p.kind is not p.VAR_POSITIONAL:
                args = (value,)
            elif p.kind is p.VAR_POSITIONAL:
                args += tuple(bound.get(p.name, ()))
            elif p.kind is p.VAR_KEYWORD:
                given.update(bound.get(p.name, {}))
            elif value is not p.default and p.name not in _IGNORED:
                given[p.name] = value
    return NUMPY[function](*args, **given)


_IGNORED = ("subok", "order", "copy", "optimize")  # of no meaning here: a result is always a tensor, in whatever order


@cache
def _signature(function: Any) -> Any:
    from inspect import signature

    try:
        return signature(function)
    except ValueError:
        return None


def _constant(function: Any, args: Any, options: Any) -> Any:
    def plain(x: Any) -> Any:
        return x._data if isinstance(x, TensorBase) else type(x)(map(plain, x)) if isinstance(x, list | tuple) else x

    result = function(*plain(args), **{k: plain(v) for k, v in options.items()})
    return wrap(result) if isinstance(result, np.ndarray | np.generic) else result


def _unknown(function: Any, options: Any) -> TypeError:
    name = function if isinstance(function, str) else function.__name__
    extra = f" with {', '.join(options)}" if options else ""
    return TypeError(
        f"np.{name}{extra} has no derivative rule for tensors: add one to autograd/calculus/rules.py (one function, "
        "one rule), or call it on values outside the graph: tensor.detach().numpy()"
    )


def _spread_of(function: Any) -> Any:
    return lambda x, axis=None, ddof=0, keepdims=False, correction=None: function(
        x, axis, keepdim=keepdims, correction=ddof if correction is None else correction
    )


def _scan(function: Any) -> Any:
    return lambda a, axis=None: function(a if axis is not None else a.reshape(-1), 0 if axis is None else axis)


def _dot(a: Any, b: Any) -> Any:
    a, b = operands(a, b)
    if not (is_tensor(a) and is_tensor(b)) or not a.ndim or not b.ndim:
        return a * b
    return a @ b if b.ndim <= 2 else mx.einsum("...i,...ji->...j", a, b)


def _split(a: Any, indices_or_sections: Any, axis: int = 0) -> list[Tensor]:
    n = a.shape[axis]
    if isinstance(indices_or_sections, int):
        if n % indices_or_sections:
            raise ValueError("array split does not result in an equal division")
        return list(jn.split(a, n // indices_or_sections, axis))
    edges = [0, *indices_or_sections, n]
    return [jn.narrow(a, axis, i, j - i) for i, j in pairwise(edges)]


def _pad(array: Tensor, pad_width: Any, mode: str = "constant", constant_values: Any = 0) -> Tensor:
    widths = np.broadcast_to(pad_width, (array.ndim, 2)).tolist()
    names = {"constant": "constant", "reflect": "reflect", "edge": "replicate", "wrap": "circular"}
    flat = [int(n) for pair in reversed(widths) for n in pair]
    return wn.pad(array, flat, names[mode], constant_values if mode == "constant" else None)


def _clip(a: Any, a_min: Any = None, a_max: Any = None, min: Any = None, max: Any = None) -> Any:
    return ch.clamp(a, a_min if min is None else min, a_max if max is None else max)


# Integers and truth values come out of these: there is no gradient to speak of, and nothing is recorded.
CONSTANT = {
    *(np.equal, np.not_equal, np.less, np.less_equal, np.greater, np.greater_equal),
    *(np.logical_and, np.logical_or, np.logical_xor, np.logical_not, np.isfinite, np.isinf, np.isnan, np.signbit),
    *(np.bitwise_and, np.bitwise_or, np.bitwise_xor, np.invert, np.left_shift, np.right_shift),
    *(np.all, np.any, np.argmax, np.argmin, np.argsort, np.count_nonzero, np.nonzero, np.searchsorted, np.allclose),
    *(np.array_equal, np.isclose, np.shape, np.ndim, np.size, np.result_type, np.can_cast, np.isin, np.bincount),
    *(np.zeros_like, np.ones_like, np.empty_like, np.full_like, np.unique, np.digitize, np.array_repr, np.array_str),
    *(np.may_share_memory, np.shares_memory, np.iscomplexobj, np.isrealobj, np.lexsort, np.argpartition, np.argwhere),
}

_REDUCE = {np.add: r.sum, np.multiply: r.prod, np.maximum: od.amax, np.minimum: od.amin}
_UFUNC = {
    np.positive: lambda x: x, np.sign: f.sign,
    np.deg2rad: lambda x: x * (np.pi / 180), np.rad2deg: lambda x: x * (180 / np.pi),
}  # fmt: skip

# NumPy's functions, with NumPy's arguments, by the functions of this library.
NUMPY: dict[Any, Any] = {
    np.sum: r.sum, np.nansum: r.nansum, np.mean: r.mean, np.prod: r.prod, np.max: od.amax, np.min: od.amin,
    np.amax: od.amax, np.amin: od.amin, np.var: _spread_of(r.var), np.std: _spread_of(r.std),
    np.cumsum: _scan(r.cumsum), np.cumprod: _scan(r.cumprod), np.clip: _clip,
    np.where: lambda condition, x=None, y=None: ch.where(condition, x, y),
    np.nan_to_num: f.nan_to_num, np.round: lambda a, decimals=0: f.round(a, decimals=decimals),
    np.copy: f.clone, np.astype: lambda x, dtype: cv.to(x, dtype), np.reshape: lambda a, shape: sh.reshape(a, shape),
    np.ravel: sh.ravel, np.squeeze: sh.squeeze,
    np.expand_dims: lambda a, axis: sh.unsqueeze(a, axis),
    np.transpose: lambda a, axes=None: sh.permute(a, *(reversed(range(a.ndim)) if axes is None else axes)),
    np.matrix_transpose: lambda x: x.mT, np.swapaxes: lambda a, axis1, axis2: sh.transpose(a, axis1, axis2),
    np.moveaxis: lambda a, source, destination: sh.movedim(a, source, destination),
    np.broadcast_to: lambda array, shape: sh.expand(array, shape),
    np.tile: lambda A, reps: sh.tile(A, *np.atleast_1d(reps).tolist()),
    np.repeat: lambda a, repeats, axis=None: sh.repeat_interleave(a, repeats, axis),
    np.flip: lambda m, axis=None: sh.flip(m, *(range(m.ndim) if axis is None else np.atleast_1d(axis).tolist())),
    np.roll: lambda a, shift, axis=None: sh.roll(a, shift, axis),
    np.concatenate: lambda arrays, axis=0: jn.cat([*map(as_tensor, arrays)], axis),
    np.stack: lambda arrays, axis=0: jn.stack([*map(as_tensor, arrays)], axis),
    np.split: _split, np.pad: _pad, np.sort: lambda a, axis=-1: od.sort(a, axis).values,
    np.take_along_axis: lambda arr, indices, axis=-1: ix.take_along_dim(arr, as_tensor(indices), axis),
    np.take: lambda a, indices, axis=None: (
        a.reshape(-1)[indices] if axis is None else a[(slice(None),) * (axis % a.ndim) + (indices,)]
    ),
    np.tril: lambda m, k=0: wn.tril(m, k), np.triu: lambda m, k=0: wn.triu(m, k),
    np.diagonal: lambda a, offset=0, axis1=0, axis2=1: wn.diagonal(a, offset, axis1, axis2),
    np.diag: lambda v, k=0: wn.diag(v, k), np.trace: wn.trace, np.dot: _dot, np.inner: _dot,
    np.outer: lambda a, b: mx.outer(sh.ravel(as_tensor(a)), sh.ravel(as_tensor(b))),
    np.einsum: lambda equation, *xs: mx.einsum(equation, *map(as_tensor, xs)),
    np.linalg.norm: lambda x, ord=None, axis=None, keepdims=False: linalg.norm(x, ord, axis, keepdims),
    np.linalg.inv: linalg.inv, np.linalg.det: linalg.det, np.linalg.slogdet: linalg.slogdet,
    np.linalg.solve: lambda a, b: linalg.solve(as_tensor(a), as_tensor(b)), np.linalg.cholesky: linalg.cholesky,
    np.linalg.svdvals: linalg.svdvals,
}  # fmt: skip
