"""An op on inputs of several dtypes: it is computed in the one that PyTorch would choose."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from . import dtypes
from .ops import NUMBERS, Op
from .quiet import run_quietly


def evaluate(op: Op, data: list[Any], options: dict[str, Any]) -> tuple[list[Any], Any]:
    """The inputs in their common dtype, and the value of `op` on them."""
    chosen = [i for i, counts in zip(range(len(data)), op.counts, strict=False) if counts]
    if len(chosen) > 1:
        _cast(data, chosen, dtypes.result_type(*(data[i] for i in chosen if data[i] is not None)))
    out = run_quietly(op.forward, *op.arguments(data), **options)
    if out.dtype == np.int8 and all(data[i].dtype == bool for i in chosen if hasattr(data[i], "dtype")):
        out = out.astype(np.int64 if len(chosen) == 1 else bool)  # powers of bools, which NumPy counts in int8
    if out.dtype.kind == "f" and not any(dtypes.is_floating(data[i]) for i in chosen):
        _cast(data, chosen, dtypes.get_default_dtype())
        out = run_quietly(op.forward, *op.arguments(data), **options)
    return data, out


def _cast(data: list[Any], chosen: Iterable[int], dtype: np.dtype[Any]) -> None:
    for i in chosen:
        if data[i] is not None and type(data[i]) not in NUMBERS:
            data[i] = data[i].astype(dtype, copy=False)
