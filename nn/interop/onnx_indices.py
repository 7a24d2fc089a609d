"""Indexing, and what else picks elements by their places, in ONNX's words: Slice, Gather, Reshape."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .onnx_graph import Graph
from .onnx_record import Counted, Picked, Repeated, Size, Source

FAR = np.iinfo(np.int64).max
ARRAYS = (np.ndarray, Counted, Picked, Repeated, Source)


def entries_of(index: Any, ndim: int) -> list[Any]:
    """An index as a list with an entry for each axis, and None for each new one."""
    entries = list(index) if isinstance(index, tuple) else [index]
    for i, entry in enumerate(entries):
        if isinstance(entry, np.ndarray) and entry.dtype == bool:  # a mask is the places where it holds
            entries[i : i + 1] = np.nonzero(entry)
            return entries_of(tuple(entries), ndim)
    used = sum(entry is not None and entry is not Ellipsis for entry in entries)
    at = next((i for i, entry in enumerate(entries) if entry is Ellipsis), len(entries))
    return [*entries[:at], *[slice(None)] * (ndim - used), *entries[at + 1 :]]


def indexed(g: Graph, x: str, index: Any, x_shape: Any, shape: Any) -> str:
    """x[index]: what is basic in it first, as one Slice, then the arrays as a Gather, then the shape."""
    entries = entries_of(index, len(x_shape))
    if (dim := along(entries, len(shape))) is not None:
        return g("GatherElements", x, g.value(entries[dim]), axis=dim)
    axes = [entry for entry in entries if entry is not None]
    out = sliced(g, x, [slice(None) if isinstance(entry, ARRAYS) else entry for entry in axes])
    arrays = [axis for axis, entry in enumerate(axes) if isinstance(entry, ARRAYS)]
    if arrays:
        out = gathered(g, out, entries, axes, arrays, x_shape)
    plain = not any(entry is None or isinstance(entry, int | Size) for entry in entries)
    return out if plain and (out != x or not arrays) and out != x else g.reshape(out, shape)


def along(entries: list[Any], ndim: int) -> int | None:
    """The dimension along which places that depend on the input are taken, the others in step, as `gather` does it."""
    places = [i for i, entry in enumerate(entries) if isinstance(entry, Source | Picked)]
    others = [entry for i, entry in enumerate(entries) if i not in places]
    in_step = (_in_step(entry, i, ndim) for i, entry in enumerate(entries) if i not in places)
    return places[0] if len(places) == 1 and len(entries) == ndim and others and all(in_step) else None


def _in_step(entry: Any, axis: int, ndim: int) -> bool:
    """Whether an entry has the numbers from 0 on along this axis."""
    if not isinstance(entry, np.ndarray | Counted):
        return False
    shape = (1,) * (ndim - len(entry.shape)) + tuple(entry.shape)
    alone = all(n == 1 for i, n in enumerate(shape) if i != axis)
    return alone and (isinstance(entry, Counted) or bool((entry.ravel() == np.arange(entry.size)).all()))


def sliced(g: Graph, x: str, entries: list[Any]) -> str:
    """x[entries] of slices and integers, each of which leaves an axis of length 1."""
    cuts: list[tuple[int | Size, ...]] = []
    for axis, entry in enumerate(entries):
        if isinstance(entry, Size):
            cuts.append((entry, Size(entry.factor, entry.rest + 1), axis, 1))
        elif isinstance(entry, int):
            cuts.append((entry, FAR if entry == -1 else entry + 1, axis, 1))
        elif entry != slice(None):
            step = entry.step or 1
            start = entry.start if entry.start is not None else 0 if step > 0 else FAR
            stop = entry.stop if entry.stop is not None else FAR if step > 0 else -FAR
            cuts.append((start, stop, axis, step))
    return g("Slice", x, *[g.integers(numbers) for numbers in zip(*cuts, strict=True)]) if cuts else x


def gathered(g: Graph, x: str, entries: list[Any], axes: list[Any], arrays: list[int], x_shape: Any) -> str:
    """x at the arrays of an index, which are taken together: along one axis, to which theirs are joined."""
    if len(arrays) == 1 and not isinstance(axes[arrays[0]], Counted):
        return g("Gather", x, g.value(axes[arrays[0]]), axis=arrays[0])
    if any(isinstance(axes[axis], Counted) for axis in arrays):
        raise NotImplementedError("an array that is another for a batch of another size: use dynamic_batch=False")
    sizes = [x_shape[axis] for axis in arrays]
    places = [axes[axis] for axis in arrays]
    if any(isinstance(n, Size) for n in sizes) or not all(isinstance(place, np.ndarray) for place in places):
        raise NotImplementedError("several arrays in one index, one of them along the batch or made of the input")
    flat = np.ravel_multi_index(np.broadcast_arrays(*places), sizes, mode="wrap")
    at = [i for i, entry in enumerate(entries) if isinstance(entry, ARRAYS)]
    first = arrays[0] if at[-1] - at[0] == len(at) - 1 else 0  # apart, they come first, as in NumPy
    others = [axis for axis in range(len(axes)) if axis not in arrays]
    x = g("Transpose", x, perm=[*others[:first], *arrays, *others[first:]])
    lengths = [length(axes[axis], x_shape[axis]) for axis in others]
    joined = g.reshape(x, [*lengths[:first], math.prod(sizes), *lengths[first:]])
    return g("Gather", joined, flat, axis=first)


def length(entry: Any, n: int | Size) -> int | Size:
    """How long an axis of length n is after a slice of it, or an integer, which leaves 1."""
    if isinstance(entry, int | Size):
        return 1
    if entry == slice(None):
        return n
    if isinstance(n, Size):
        raise NotImplementedError("a part of the batch next to arrays in an index")
    return len(range(*entry.indices(n)))


def replaced(g: Graph, x: str, y: Any, index: Any, x_shape: Any, y_shape: Any) -> str:
    """x with y in the place of x[index]: y where a mask holds, padded to the size of x unless it is one number."""
    entries = entries_of(index, len(x_shape))
    if any(isinstance(n, Size) and entry != slice(None) for n, entry in zip(x_shape, entries, strict=False)):
        raise NotImplementedError("a write to a part of the batch")
    if any(isinstance(entry, ARRAYS[1:]) or entry is None for entry in entries):
        raise NotImplementedError("a write to places that depend on the input")
    mask = np.zeros([1 if isinstance(n, Size) else n for n in x_shape], bool)
    mask[tuple(entries)] = True
    if math.prod([0 if isinstance(n, Size) else n for n in y_shape]) == 1:
        return g("Where", mask, g.reshape(y, [1]) if isinstance(y, str) and y_shape else y, x)
    if not all(isinstance(entry, int) or (isinstance(entry, slice) and entry.step in (None, 1)) for entry in entries):
        raise NotImplementedError("a write to places that are no block")
    lengths = [length(entry, n) for entry, n in zip(entries, x_shape, strict=True)]
    region = [n for entry, n in zip(entries, lengths, strict=True) if not isinstance(entry, int)]
    block = g.reshape(g("Expand", y, g.integers(region)), lengths)
    starts = [0 if isinstance(n, Size) else _start(entry, n) for entry, n in zip(entries, x_shape, strict=True)]
    ends = [
        0 if isinstance(n, Size) else n - start - size for n, start, size in zip(x_shape, starts, lengths, strict=True)
    ]
    return g("Where", mask, g("Pad", block, np.array([*starts, *ends], np.int64)), x)


def _start(entry: Any, n: int) -> int:
    return entry % n if isinstance(entry, int) else entry.indices(n)[0]


def tiled(g: Graph, x: str, reps: Any, x_shape: Any) -> str:
    """np.tile: the shorter of shape and repetitions gets leading ones."""
    reps = (1,) * (len(x_shape) - len(reps)) + tuple(reps)
    if len(reps) > len(x_shape):
        x = g.reshape(x, (1,) * (len(reps) - len(x_shape)) + tuple(x_shape))
    return g("Tile", x, g.integers(reps))


def flipped(g: Graph, x: str, axis: Any, x_shape: Any) -> str:
    """np.flip."""
    axes = range(len(x_shape)) if axis is None else np.atleast_1d(axis) % len(x_shape)
    return sliced(g, x, [slice(None, None, -1) if a in axes else slice(None) for a in range(len(x_shape))])


def rolled(g: Graph, x: str, shift: Any, axis: Any, x_shape: Any) -> str:
    """np.roll: the last `shift` elements come before the others."""
    for by, along in zip(shift, axis, strict=True):
        full: list[Any] = [slice(None)] * len(x_shape)
        if isinstance(x_shape[along], Size):
            raise NotImplementedError("it rolls the batch")
        cut = -by % (x_shape[along] or 1)
        parts = [[*full[:along], part, *full[along + 1 :]] for part in (slice(cut, None), slice(None, cut))]
        x = g("Concat", *[sliced(g, x, part) for part in parts], axis=along) if cut else g("Identity", x)
    return x


def take_diagonal(g: Graph, x: str, offset: int, axis1: int, axis2: int, x_shape: Any) -> str:
    """np.diagonal: the two axes joined at the end, and the places of the diagonal among them."""
    ndim = len(x_shape)
    last = [axis1 % ndim, axis2 % ndim]
    others = [a for a in range(ndim) if a not in last]
    rows, columns = (x_shape[a] for a in last)
    places = np.arange(rows * columns).reshape(rows, columns).diagonal(offset).copy()
    joined = g.reshape(g("Transpose", x, perm=others + last), [*(x_shape[a] for a in others), rows * columns])
    return g("Gather", joined, places, axis=ndim - 2)


def take_windows(g: Graph, x: str, step: Any, dilation: Any, x_shape: Any, shape: Any) -> str:
    """The windows of the last axes: the places of each axis gathered, then counts before sizes."""
    d, lead = len(step), len(x_shape) - len(step)
    for i in range(d):
        count, size = shape[lead + i], shape[lead + d + i]
        places = np.arange(count)[:, None] * step[i] + np.arange(size) * dilation[i]
        x = g("Gather", x, places, axis=lead + 2 * i)
    axes = range(lead, lead + 2 * d)
    return g("Transpose", x, perm=[*range(lead), *axes[::2], *axes[1::2]])


def embed_windows(g: Graph, x: str, step: Any, dilation: Any, x_shape: Any, shape: Any) -> str:
    """The adjoint of windows along two axes: a transposed convolution that puts each element in its place."""
    if len(step) != 2:
        raise NotImplementedError(f"it folds windows along {len(step)} axes")
    *lead, ho, wo, kh, kw = x_shape
    if any(isinstance(n, Size) for n in lead[1:]):
        raise NotImplementedError("it folds windows of a batch that is not first")
    order = [*range(len(lead)), *(len(lead) + i for i in (2, 3, 0, 1))]
    columns = g.reshape(g("Transpose", x, perm=order), [-1, kh * kw, ho, wo])
    kernel = np.eye(kh * kw, dtype=g.dtype).reshape(kh * kw, 1, kh, kw)
    images = g("ConvTranspose", columns, kernel, strides=step, dilations=dilation)
    covered = [(c - 1) * s + d * (k - 1) + 1 for c, s, d, k in zip((ho, wo), step, dilation, (kh, kw), strict=True)]
    rest = [n - c for n, c in zip(shape[-2:], covered, strict=True)]
    return g.reshape(g("Pad", images, np.array([0, 0, 0, 0, 0, 0, *rest], np.int64)), shape)
