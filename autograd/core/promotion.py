"""An op on inputs of several dtypes: it is computed in the one that PyTorch would choose."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from . import dtypes
from .one_dtype import check_one_dtype
from .ops import Op
from .quiet import run_quietly

SCALED = np.multiply, np.divide  # a number among their inputs may be beyond the range of float16


def evaluate(op: Op, data: list[Any], options: dict[str, Any], inputs: Sequence[Any]) -> tuple[list[Any], Any]:
    """The `data` of the inputs in their common dtype, and the value of `op` on them; raises as `check_one_dtype`."""
    check_one_dtype(op, inputs)
    chosen = {i for i, counts in zip(range(len(data)), op.counts, strict=False) if counts and data[i] is not None}
    dtype = dtypes.result_type(*[data[i] for i in chosen])
    if dtype is dtypes.float16 and op.key in SCALED:
        return _scaled(op, data)
    given, data = data, _cast(data, chosen, dtype)
    out = run_quietly(op.forward, *op.arguments(data), **options)
    if chosen and dtypes.is_floating(out.dtype) and not dtypes.is_floating(dtype):  # a float function of integers
        data = _cast(given, chosen, dtypes.get_default_dtype())
        out = run_quietly(op.forward, *op.arguments(data), **options)
    elif dtype is dtypes.bool_ and out.dtype == np.int8:  # powers of bools, which NumPy counts in int8
        out = out.astype(np.int64 if len(chosen) == 1 else bool)
    return data, out


def _scaled(op: Op, data: list[Any]) -> tuple[list[Any], Any]:
    """A product or quotient in float16: numbers, and 0-d values of another dtype, take part in float32."""
    half = dtypes.float16
    wide = [x.astype(half, copy=False) if np.ndim(x) or np.asarray(x).dtype is half else np.float32(x) for x in data]
    return wide, run_quietly(lambda *xs: op.forward(*xs).astype(half, copy=False), *wide)


def _cast(data: list[Any], chosen: set[int], dtype: np.dtype[Any]) -> list[Any]:
    """The inputs, those that are `chosen` in `dtype`."""
    return [dtypes.cast(x, dtype) if i in chosen else x for i, x in enumerate(data)]
