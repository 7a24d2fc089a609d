"""Data types under PyTorch's names, and PyTorch's rules for results of mixed types."""

from __future__ import annotations

import builtins
from typing import Any

import numpy as np

float16, float32, float64 = np.dtype(np.float16), np.dtype(np.float32), np.dtype(np.float64)
int8, int16, int32, int64 = np.dtype(np.int8), np.dtype(np.int16), np.dtype(np.int32), np.dtype(np.int64)
uint8, bool_ = np.dtype(np.uint8), np.dtype(np.bool_)
half, float, double = float16, float32, float64
short, int, long = int16, int32, int64

_default = [float32]


def get_default_dtype() -> np.dtype[Any]:
    """The dtype of tensors made from Python floats, and of float functions of integers."""
    return _default[0]


def set_default_dtype(dtype: Any) -> None:
    """Make float16, float32 or float64 the dtype of everything made from Python floats from now on.

    Raises TypeError for any other dtype.
    """
    dtype = np.dtype(dtype)
    if dtype.kind != "f":
        raise TypeError(f"only floating-point types are supported as the default type, got {dtype}")
    _default[0] = dtype


def is_floating(x: Any) -> bool:
    """Whether `x` (an array or a Python number) is floating point."""
    kind = getattr(getattr(x, "dtype", None), "kind", None)
    return kind in ("f", "c") if kind else type(x) not in (bool, builtins.int)


_RANK = {"b": 0, "u": 1, "i": 1, "f": 2, "c": 3}


def _rank(x: Any) -> Any:
    if hasattr(x, "dtype"):
        return _RANK.get(x.dtype.kind, 4)
    return 0 if x is True or x is False else 1 if type(x) is builtins.int else 2


def result_type(*xs: Any) -> np.dtype[Any]:
    """The dtype of an elementwise result, as torch.result_type.

    Arrays with dimensions decide; 0-d arrays, then Python numbers, count only if their category (bool < integer <
    float) is higher.
    """
    chosen: Any = None
    rank = -1
    for tier in (
        [x for x in xs if getattr(x, "shape", ())],
        [x for x in xs if getattr(x, "shape", None) == ()],
        [x for x in xs if not hasattr(x, "shape")],
    ):
        top = max(map(_rank, tier), default=-1)
        if top > rank:
            typed = [x.dtype for x in tier if hasattr(x, "dtype") and _rank(x) == top]
            number = {0: bool_, 1: int64}.get(top, get_default_dtype())
            rank, chosen = top, np.result_type(*typed) if typed else number
    return chosen
