"""An op on inputs of several dtypes: it is computed in the one that PyTorch would choose."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from . import casting, dtypes
from .dtypes import NARROW, rounded
from .narrow_blocks import THEMSELVES, computed
from .one_dtype import check_one_dtype
from .ops import NUMBERS, Op
from .quiet import run_quietly

WIDE = {np.float32, np.float64, np.longdouble}  # the scalar types that ops are computed in as they are
SCALED = np.multiply, np.divide  # a number among their inputs may be beyond the range or precision of 16 bits
MOVES: set[Any] = set()  # the functions of the ops that only put values elsewhere: there is nothing to round


def moves(*functions: Any) -> None:
    """Let the ops of these functions put 16-bit floats elsewhere as they are, rather than in float32."""
    MOVES.update(functions)


def as_they_are(dtype: np.dtype[Any]) -> bool:
    """Whether inputs that are all of `dtype` are given to an op as they are: wide enough, and not under autocast."""
    return dtype.type in WIDE and casting.region.get() is None


def evaluate(op: Op, data: list[Any], options: dict[str, Any], inputs: Sequence[Any]) -> tuple[list[Any], Any]:
    """The `data` of the inputs in their common dtype, and the value of `op` on them; raises as `check_one_dtype`."""
    data = casting.cast(op, data, inputs)
    check_one_dtype(op, inputs, data)
    chosen = {i for i, counts in zip(range(len(data)), op.counts, strict=False) if counts and data[i] is not None}
    dtype = dtypes.result_type(*[data[i] for i in chosen])
    if dtype in NARROW and op.key not in MOVES and op.key not in THEMSELVES:
        return _in_float32(op, data, options, chosen, dtype)
    given, data = data, _cast(data, chosen, dtype)
    out = run_quietly(op.forward, *op.arguments(data), **options)
    if chosen and dtypes.is_floating(out.dtype) and not dtypes.is_floating(dtype):  # a float function of integers
        data = _cast(given, chosen, dtypes.get_default_dtype())
        out = run_quietly(op.forward, *op.arguments(data), **options)
    elif dtype is dtypes.bool_ and out.dtype == np.int8:  # powers of bools, which NumPy counts in int8
        out = out.astype(np.int64 if len(chosen) == 1 else bool)
    return data, out


def _in_float32(
    op: Op, data: list[Any], options: dict[str, Any], chosen: set[int], dtype: np.dtype[Any]
) -> tuple[list[Any], Any]:
    """An op on 16-bit floats, as PyTorch computes it: in float32, of which the result is rounded, once.

    Numbers, and 0-d values of another dtype, are rounded beforehand; but not if they multiply or divide.
    """
    taken = _factor if op.key in SCALED else rounded

    def compute() -> Any:
        given = [taken(x, dtype) if i in chosen else x for i, x in enumerate(data)]
        return given, computed(op, given, options, dtype)

    return run_quietly(compute)


def _factor(x: Any, dtype: np.dtype[Any]) -> Any:
    """The same of what multiplies or divides, of which one number need not be rounded."""
    if x.__class__ in NUMBERS:
        return x
    return x.astype(dtype if x.ndim or x.dtype is dtype else dtypes.float32, copy=False)


def _cast(data: list[Any], chosen: set[int], dtype: np.dtype[Any]) -> list[Any]:
    """The inputs, those that are `chosen` in `dtype`."""
    return [dtypes.cast(x, dtype) if i in chosen else x for i, x in enumerate(data)]
