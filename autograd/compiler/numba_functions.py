"""NumPy's functions of symbols, by tables; and what stands in for functions that would look at the numbers."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.calculus import primitives as p
from autograd.core.ops import NUMBERS

from . import program
from .numba_calls import Check, Map
from .numba_indexing import part
from .numba_numbers import ARITHMETIC, power
from .numba_scalars import COPY, DTYPES, WHERE
from .numba_symbols import Symbol, UntraceableError

Table = dict[Any, Callable[..., Any]]


def view_by(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function whose result shows its argument's memory: it is applied to the layout."""
    return lambda tracer, x, *args, **options: x.shown(function, *args, **options)


def fold_by(ufunc: np.ufunc) -> Callable[..., Any]:
    """A reduction by a ufunc, with the arguments of NumPy's function."""

    def folded(
        tracer: Any, x: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: Any = False, **options: Any
    ) -> Any:
        if out is not None or any(value is not np._NoValue for value in options.values()):
            raise UntraceableError("a reduction with more than an axis")
        return tracer.fold(ufunc, x, axis, dtype, keepdims is not np._NoValue and bool(keepdims))

    return folded


def extremum_by(ufunc: np.ufunc) -> Callable[..., Any]:
    fold = fold_by(ufunc)
    return lambda tracer, x, axis=None, out=None, keepdims=False, **options: fold(
        tracer, x, axis, None, out, keepdims, **options
    )


def where(tracer: Any, condition: Any, x: Any, y: Any) -> Symbol:
    condition, x, y = (a if type(a) in NUMBERS else tracer.symbol(a) for a in (condition, x, y))
    if type(condition) in NUMBERS:
        condition = tracer.filled((), np.bool_(condition))
    kinds = [tracer.kind(a) for a in (x, y)]
    dtype = np.result_type(*[kind() if isinstance(kind, type) else kind for kind in kinds])
    shape = np.broadcast_shapes(*[getattr(a, "shape", ()) for a in (condition, x, y)])
    symbol: Symbol = tracer.emit(WHERE, (condition, x, y), (np.dtype(bool), dtype, dtype, dtype), shape)
    return symbol


def concatenate(tracer: Any, xs: Any, axis: Any = 0, out: Any = None, **options: Any) -> Symbol:
    """Each part is copied to its place."""
    if (
        out is not None
        or axis is None
        or any(value is not None and name != "casting" for name, value in options.items())
    ):
        raise UntraceableError("parts joined in another way")
    xs = [tracer.symbol(x) for x in xs]
    dtype, start = np.result_type(*[x.dtype for x in xs]), 0
    axis %= xs[0].ndim
    shape = list(xs[0].shape)
    shape[axis] = sum(x.shape[axis] for x in xs)
    result = tracer.of_slot(tracer.new(tuple(shape), dtype))
    if dtype not in DTYPES:
        raise UntraceableError("a dtype without loops")
    for x in xs:
        end = start + x.shape[axis]
        place = part(result, (slice(None),) * axis + (slice(start, end),))
        tracer.calls.append(Map(COPY, (tracer.operand(x, x.shape),), (dtype, dtype), place))
        start = end
    return result


def stack(tracer: Any, xs: Any, axis: int = 0, **options: Any) -> Symbol:
    at = (slice(None),) * (axis % (xs[0].ndim + 1)) + (None,)
    return concatenate(tracer, [tracer.symbol(x)[at] for x in xs], axis, **options)


def filled(value: Any) -> Callable[..., Any]:
    def like(
        tracer: Any, x: Any, dtype: Any = None, order: str = "K", subok: bool = True, shape: Any = None, **_: Any
    ) -> Any:
        shape = x.shape if shape is None else (shape,) if isinstance(shape, int) else tuple(shape)
        return tracer.filled(shape, np.dtype(dtype or x.dtype).type(value))

    return like


def full_like(tracer: Any, x: Any, fill_value: Any, dtype: Any = None, **options: Any) -> Any:
    if not isinstance(fill_value, (*NUMBERS, np.generic)):
        raise UntraceableError("an array filled with an array")
    return filled(fill_value)(tracer, x, dtype, **options)


def triangle(tracer: Any, x: Any, k: int, lower: bool) -> Any:
    rows, columns = x.shape[-2:]
    mask = np.tri(rows, columns, k if lower else k - 1, dtype=bool)
    return where(tracer, mask if lower else ~mask, x, tracer.filled((), x.dtype.type(0)))


FUNCTIONS: Table = {
    np.where: where,
    np.tril: lambda tracer, m, k=0: triangle(tracer, m, k, True),
    np.triu: lambda tracer, m, k=0: triangle(tracer, m, k, False),
    np.concatenate: concatenate,
    np.stack: stack,
    np.zeros_like: filled(0),
    np.ones_like: filled(1),
    np.empty_like: filled(0),
    np.full_like: full_like,
    np.copy: lambda tracer, x, order="K", subok=False: x.copy(),
    np.clip: lambda tracer, x, a_min=None, a_max=None, **_: p.clip(x, a_min, a_max),
    np.shape: lambda tracer, x: x.shape,
    np.ndim: lambda tracer, x: x.ndim,
    np.size: lambda tracer, x, axis=None: x.size if axis is None else x.shape[axis],
    p.largest: lambda tracer, x, axis: tracer.fold(np.maximum, x, axis, keepdims=True),
    np.dot: lambda tracer, x, y: tracer.dot(x, y),
    np.sum: fold_by(np.add),
    np.prod: fold_by(np.multiply),
    np.max: extremum_by(np.maximum),
    np.min: extremum_by(np.minimum),
    np.any: extremum_by(np.logical_or),
    np.all: extremum_by(np.logical_and),
}
FUNCTIONS |= {
    view: view_by(view)
    for view in (
        np.transpose, np.reshape, np.ravel, np.expand_dims, np.squeeze, np.moveaxis, np.swapaxes, np.broadcast_to,
        np.flip, np.atleast_1d, np.atleast_2d, np.diagonal, np.permute_dims, np.matrix_transpose, np.rollaxis,
    )
}  # fmt: skip


# -- in place of functions that look at the numbers -------------------------------------------------------------------


def keep(tracer: Any, x: Any, mask: Any) -> Any:
    """`primitives.keep`: the product with the mask, or the choice, whichever it would have been."""
    x = tracer.symbol(x)
    return where(tracer, mask, x, tracer.filled((), x.dtype.type(0)))


def put(tracer: Any, x: Any, index: Any, shape: Any) -> Any:
    """`primitives.put`: zeros with x added at `index`."""
    out = tracer.filled(tuple(shape), x.dtype.type(0))
    tracer.setitem(out, index, x, added=True)
    return out


def pad(tracer: Any, x: Any, widths: Any, value: float = 0) -> Any:
    """`primitives.pad`: negative widths crop."""
    inner = x.shown(
        lambda a: a[tuple(slice(max(-lo, 0), n + min(hi, 0)) for (lo, hi), n in zip(widths, a.shape, strict=True))]
    )
    widths = [(max(lo, 0), max(hi, 0)) for lo, hi in widths]
    shape = tuple(n + lo + hi for (lo, hi), n in zip(widths, inner.shape, strict=True))
    out = tracer.filled(shape, x.dtype.type(value))
    tracer.setitem(out, tuple(slice(lo, lo + n) for (lo, _), n in zip(widths, inner.shape, strict=True)), inner)
    return out


def softmax(tracer: Any, x: Any, axis: int) -> Any:
    """`primitives.softmax`, which looks whether the largest x must be taken out: here it always is."""
    e = np.exp(x - np.max(x, axis, keepdims=True))
    return e / np.sum(e, axis, keepdims=True)


def log_softmax(tracer: Any, x: Any, axis: int) -> Any:
    """`primitives.log_softmax`, which finds the largest x of many rows in another way."""
    d = x - np.max(x, axis, keepdims=True)
    return d - np.log(np.sum(np.exp(d), axis, keepdims=True))


def assume(tracer: Any, x: Any, value: Any) -> None:
    """A value that the program was recorded for, to be looked at each time."""
    x = tracer.symbol(x)
    if x.size != 1:
        raise UntraceableError("the truth of several numbers")
    tracer.calls.append(Check((x.reshape(()).view(),), program.Otherwise, value=bool(value)))


def expect(tracer: Any, x: Any, shape: Any, dtype: Any) -> None:
    """What an array must look like, as it does: shapes and dtypes are known."""
    x = tracer.symbol(x)
    if x.shape != shape or x.dtype != dtype:
        raise UntraceableError("another shape than was recorded")


def invoke(tracer: Any, x: Any, method: str, *args: Any, **options: Any) -> Any:
    """A method of an array; `item` gives a number of Python's."""
    if method != "item" or args:
        return getattr(x, method)(*args, **options)
    return tracer.number(x)


def replace(tracer: Any, x: Any, y: Any, index: Any) -> Any:
    """`primitives.replace`: x with y in the place of x[index]."""
    out = tracer.copy(tracer.symbol(x), x.dtype, shared=False)
    tracer.setitem(out, index, y)
    return out


def replaced(tracer: Any, x: Any, y: Any, path: Any) -> Any:
    """x with y in the place of a view of it."""
    out = tracer.copy(tracer.symbol(x), x.dtype, shared=False)
    place = out
    for function, args, options in path:
        substitute = SUBSTITUTES.get(function)
        place = substitute(tracer, place, *args, **options) if substitute else function(place, *args, **options)
    if place.slot is not out.slot:
        raise UntraceableError("a write to what is no view")
    tracer.put(place.view(), y)
    return out


SUBSTITUTES: Table = {
    p.keep.forward: keep,  # type: ignore[attr-defined]
    p.put.forward: put,  # type: ignore[attr-defined]
    p.pad.forward: pad,  # type: ignore[attr-defined]
    p.softmax.forward: softmax,  # type: ignore[attr-defined]
    p.log_softmax.forward: log_softmax,  # type: ignore[attr-defined]
    p.tril: lambda tracer, x, k=0: triangle(tracer, x, k, True),
    p.triu: lambda tracer, x, k=0: triangle(tracer, x, k, False),
    p.replace.forward: replace,  # type: ignore[attr-defined]
    p.expand: lambda tracer, x, shape: x.shown(np.broadcast_to, shape),
    p.cast.forward: lambda tracer, x, dtype: x.astype(dtype),  # type: ignore[attr-defined]
    program.assume: assume,
    program.expect: expect,
    program.invoke: invoke,
    program.replaced: replaced,
    program.power: power,
    **ARITHMETIC,
}
# Never run on symbols: draw would draw, and of a divisor 0 Python raises an error where a loop does not.
NEVER = {program.draw, operator.floordiv, operator.mod}
