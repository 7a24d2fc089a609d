"""Indices: a slice is a view; numbers in an array are picks of a view, for each element one."""

from __future__ import annotations

from typing import Any

import numpy as np

from .numba_calls import Map, Pick, View, whole
from .numba_scalars import COPY
from .numba_symbols import Symbol, UntraceableError, address


def getitem(tracer: Any, x: Symbol, index: Any) -> Symbol:
    """x[index], a view where NumPy gives one; always an array, if only a 0-d one."""
    entries = index if isinstance(index, tuple) else (index,)
    if not any(_array(e) for e in entries):
        return x.shown(lambda a: a[(*entries, ...) if Ellipsis not in entries else entries])
    tracer.own(x)
    place = picked(tracer, x, entries)
    out = tracer.new(place.shape, x.dtype)
    tracer.calls.append(Map(COPY, (place,), (x.dtype, x.dtype), whole(out)))
    symbol: Symbol = tracer.of_slot(out)
    return symbol


def setitem(tracer: Any, x: Symbol, index: Any, value: Any, added: bool = False) -> None:
    """x[index] = value, or += with repeated places summed: in a copy, which x is from then on."""
    entries = index if isinstance(index, tuple) else (index,)
    if not added and not any(_array(e) for e in entries) and _is_all(x.layout[entries], x.layout):
        tracer.fill(x, value)
        return
    fresh = tracer.copy(x, x.dtype, shared=False) if x.slot is not None else x
    tracer.own(fresh)
    x.slot, x.layout, x.value = fresh.slot, fresh.layout, None
    place = picked(tracer, x, entries) if any(_array(e) for e in entries) else part(x, entries)
    tracer.put(place, value, added)


def part(x: Symbol, entries: Any) -> View:
    """The place of a slice of a symbol that has a slot."""
    entries = (*entries, ...) if not any(e is Ellipsis for e in entries) else entries
    return x.shown(lambda a: a[tuple(entries)]).view()


def picked(tracer: Any, x: Symbol, entries: Any) -> View:
    """The place of x[entries], some of which are arrays of integers; negative ones count from the end."""
    entries = _one_for_each_axis(entries, x.ndim)
    chosen = [a for a, e in enumerate(entries) if not isinstance(e, slice)]
    arrays = {
        a: tracer.symbol(np.asarray(entries[a]) if isinstance(entries[a], (list, int)) else entries[a]) for a in chosen
    }
    if any(e.dtype.kind not in "iu" for e in arrays.values()):
        raise UntraceableError("an index that is no integer")
    base = x.layout[tuple([slice(None) if a in arrays else e for a, e in enumerate(entries)])]
    first = chosen[0] if chosen == list(range(chosen[0], chosen[-1] + 1)) else 0
    shape = np.broadcast_shapes(*[e.shape for e in arrays.values()])
    rest = [a for a in range(x.ndim) if a not in arrays]
    all_of = (*[base.shape[a] for a in rest[:first]], *shape, *[base.shape[a] for a in rest[first:]])
    strides = [*[base.strides[a] for a in rest[:first]], *[0] * len(shape), *[base.strides[a] for a in rest[first:]]]
    offset, picks = address(base) - tracer.begin(x.slot) if base.size else 0, []
    for a, e in arrays.items():
        at = e.shown(lambda layout: np.broadcast_to(layout[(..., *(None,) * (len(rest) - first))], all_of))
        known = _steps(tracer, e, base.shape[a])
        if known is not None:
            begin, by = known
            offset += begin * base.strides[a]
            axes = range(first + len(shape) - e.ndim, first + len(shape))
            for axis, step in zip(axes, by, strict=True):
                strides[axis] += step * base.strides[a]
            continue
        tracer.check(e.view(), base.shape[a], _out_of_bounds(a, base.shape[a]))
        picks.append(Pick(at.view(), base.strides[a], base.shape[a]))
    return View(x.slot, all_of, offset, tuple(strides), tuple(picks))  # type: ignore[arg-type]


def _is_all(part: Any, layout: Any) -> bool:
    """Whether a part of a layout is all of it, in the same order."""
    same = np.shape(part) == layout.shape and part.strides == layout.strides
    return same and bool(layout.ndim) and address(part) == address(layout)


def _array(entry: Any) -> bool:
    return isinstance(entry, (Symbol, np.ndarray, list))


def _one_for_each_axis(entries: Any, ndim: int) -> list[Any]:
    if any(e is None or isinstance(e, bool) for e in entries):
        raise UntraceableError("an index with a new axis beside an array")
    dots = [i for i, e in enumerate(entries) if e is Ellipsis]
    at = dots[0] if dots else len(entries)
    given = [*entries[:at], *entries[at + 1 :]]
    return [*entries[:at], *[slice(None)] * (ndim - len(given)), *entries[at + 1 :]]


def _steps(tracer: Any, index: Symbol, size: int) -> tuple[int, tuple[int, ...]] | None:
    """Where a constant index begins, and its step along each axis, if it has one and stays within the axis."""
    a = np.full(index.shape, index.value) if index.slot is None else tracer.constants.get(index.slot)
    if a is None or not a.size or a.shape != index.shape:
        return None
    a = np.where(a < 0, a + size, a)
    if a.min() < 0 or a.max() >= size:
        return None
    begin = int(a.flat[0])
    by = tuple(
        int(np.moveaxis(a, d, 0).reshape(len(np.moveaxis(a, d, 0)), -1)[1, 0]) - begin if n > 1 else 0
        for d, n in enumerate(a.shape)
    )
    steps = sum(
        (np.arange(n).reshape([-1 if k == d else 1 for k in range(a.ndim)]) * by[d] for d, n in enumerate(a.shape)),
        np.zeros(a.shape, int),
    )
    return (begin, by) if (a == begin + steps).all() else None


def _out_of_bounds(axis: int, size: int) -> Any:
    return lambda: IndexError(f"an index is out of bounds for axis {axis} with size {size}")
