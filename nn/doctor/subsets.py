"""Figures of large arrays come from a part of them."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]

ENOUGH = 16_384  # numbers, for a mean


def some(a: Array) -> Array:
    """Numbers of an array, evenly spread over it, as one row: all, if there are not many."""
    return a.reshape(-1)[:: max(1, a.size // ENOUGH)]


def norm(arrays: Iterable[Array], parts: Iterable[Array]) -> float:
    """The norm of all arrays as one vector, from `some` of each."""
    with np.errstate(all="ignore"):
        squares = (
            float(np.vdot(part, part)) * a.size / max(1, part.size) for a, part in zip(arrays, parts, strict=True)
        )
        return math.sqrt(sum(squares))
