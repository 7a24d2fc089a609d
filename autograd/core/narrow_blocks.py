"""16-bit floats are computed with in float32: in blocks, so that nothing large is ever in float32 as a whole."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import Any

import numpy as np

from .dtypes import NARROW, float32, is_floating
from .sums import wide

BLOCK = 1 << 16  # so many elements are in float32 at a time: about what a processor's cache holds
PRIMITIVES: set[Any] = set()  # the functions of ops that work element by element, besides NumPy's ufuncs
THEMSELVES: set[Any] = set()  # the functions of ops that take 16-bit floats as they are, and whose rules do


def elementwise(*functions: Any) -> None:
    """Tell that the ops of these functions work element by element on inputs of one shape, and their rules, too."""
    PRIMITIVES.update(functions)


def in_blocks_themselves(*functions: Any) -> None:
    """Hand 16-bit floats to the ops of these functions, and to their rules, as they are: they see to the blocks."""
    THEMSELVES.update(functions)


def computed(op: Any, values: list[Any], options: dict[str, Any], dtype: np.dtype[Any]) -> Any:
    """The result of an op on 16-bit floats, in `dtype` if it is floating point."""
    if _by_elements(op):
        parts = _in_blocks(lambda *xs: (op.forward(*xs, **options),), values, dtype)
        if parts is not None:
            return parts[0]
    out = op.forward(*op.arguments([wide(x) for x in values]), **options)
    return out.astype(dtype, copy=False) if is_floating(out.dtype) else out


def pulled(plan: Any, g: Any, saved: Sequence[Any]) -> Any:
    """The gradients that the rules of a plan make of 16-bit floats; what is in float32 still, the engine rounds."""
    if plan.op.key in THEMSELVES:
        return plan.pull(g, *saved)
    if _by_elements(plan.op) and isinstance(g, np.ndarray):
        parts = _in_blocks(plan.pull, [g, *saved], g.dtype)
        if parts is not None:
            return parts
    return plan.pull(*map(wide, (g, *saved)))


def narrow_product(x: Any, y: Any, z: Any = None) -> Any:
    """x @ y + z for matrices y and 16-bit floats, rounded once; arrays of other dtypes and tensors are just multiplied.

    Where the rows are fewer than what is added up, the sum is left in float32, for the engine to round. Matrices of
    float32 are multiplied by `dot`, which has BLAS do the same, but is called in 0.5 µs, not in 0.9.
    """
    if x.ndim == 2 and type(x) is type(y) is np.ndarray and x.dtype is float32 and z is None:
        return x.dot(y)
    if not isinstance(x, np.ndarray) or x.dtype not in NARROW:
        return x @ y if z is None else x @ y + z
    rows, (n, p), z = x.reshape(prod(x.shape[:-1]), x.shape[-1]), y.shape, 0 if z is None else wide(z)
    step = max(1, 4 * BLOCK // max(1, min(len(rows), n)))
    if n > max(step, len(rows)):
        out = np.zeros((len(rows), p), np.float32)
        for at in _slices(n, step):
            out += wide(rows[:, at]) @ wide(y[at])
        return (out + z).reshape(*x.shape[:-1], p)
    out, y = np.empty((len(rows), p), x.dtype), wide(y)
    for at in _slices(len(rows), step):
        out[at] = wide(rows[at]) @ y + z
    return out.reshape(*x.shape[:-1], p)


def _by_elements(op: Any) -> bool:
    return op.key in PRIMITIVES or (isinstance(op.key, np.ufunc) and op.key.signature is None)


def _in_blocks(function: Callable[..., Any], values: Sequence[Any], dtype: np.dtype[Any]) -> tuple[Any, ...] | None:
    """What `function` gives for arrays of one shape, by blocks of rows; None if they are not, or too few for it."""
    arrays = [x for x in values if isinstance(x, np.ndarray)]
    if not arrays or arrays[0].size <= BLOCK:
        return None
    shape = arrays[0].shape
    if any(x.shape != shape or not x.flags.c_contiguous for x in arrays):
        return None
    outs: tuple[Any, ...] | None = None
    for at in _slices(len(arrays[0]), max(1, BLOCK * shape[0] // arrays[0].size)):
        parts = function(*[wide(x[at] if isinstance(x, np.ndarray) else x) for x in values])
        if outs is None:
            outs = tuple([np.empty(shape, dtype if is_floating(part.dtype) else part.dtype) for part in parts])
        for out, part in zip(outs, parts, strict=True):
            out[at] = part
    return outs


def _slices(n: int, step: int) -> list[slice]:
    return [slice(start, start + step) for start in range(0, n, step)]
