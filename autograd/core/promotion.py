"""An op on inputs of several dtypes: it is computed in the one that PyTorch would choose."""

from __future__ import annotations

from typing import Any

import numpy as np

from . import dtypes
from .ops import Op
from .quiet import run_quietly


def evaluate(op: Op, data: list[Any], options: dict[str, Any]) -> tuple[list[Any], Any]:
    """The inputs in their common dtype, and the value of `op` on them."""
    chosen = {i for i, counts in zip(range(len(data)), op.counts, strict=False) if counts and data[i] is not None}
    dtype = dtypes.result_type(*[data[i] for i in chosen])
    given, data = data, _cast(data, chosen, dtype)
    out = run_quietly(op.forward, *op.arguments(data), **options)
    if chosen and dtypes.is_floating(out.dtype) and not dtypes.is_floating(dtype):  # a float function of integers
        data = _cast(given, chosen, dtypes.get_default_dtype())
        out = run_quietly(op.forward, *op.arguments(data), **options)
    elif dtype is dtypes.bool_ and out.dtype == np.int8:  # powers of bools, which NumPy counts in int8
        out = out.astype(np.int64 if len(chosen) == 1 else bool)
    return data, out


def _cast(data: list[Any], chosen: set[int], dtype: np.dtype[Any]) -> list[Any]:
    """The inputs, those that are `chosen` in `dtype`."""
    return [dtypes.cast(x, dtype) if i in chosen else x for i, x in enumerate(data)]
