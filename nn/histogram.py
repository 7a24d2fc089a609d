"""How the numbers of an array are distributed, in a few bytes and microseconds."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

SAMPLE = 2048  # numbers that are counted of a larger array
REACH = 4.0  # standard deviations to each side of the mean that the bins cover at most

Array = np.ndarray[Any, Any]


class Histogram(NamedTuple):
    """The distribution of an array.

    Attributes:
        counts: how many of the sampled finite numbers lie in each of the equal bins from `low` to `high`; those beyond
            are counted in the outermost. Empty if no number is finite.
        low, high: the ends of the bins: the smallest and the largest number, within 4 standard deviations of the mean.
        size: how many numbers the array has.
        magnitude: the mean of |x| over all of the array, NaN and infinity included.
        norm: the Euclidean norm of all of the array.
        nan, inf: how many of all of the array are NaN, and how many infinite.
        zeros: the share of zeros in the sample.
    """

    counts: Array
    low: float
    high: float
    size: int
    magnitude: float
    norm: float
    nan: int
    inf: int
    zeros: float


def histogram(values: Any, bins: int = 40) -> Histogram:
    """The distribution of an array of real numbers.

    Of more than 2,048 numbers so many are counted, evenly spread over the array and the same each time: no random
    number is drawn. Norms, NaN and infinity are those of all numbers.
    """
    flat = np.asarray(values).reshape(-1)
    if flat.dtype not in (np.float32, np.float64):
        flat = flat.astype(np.float32)
    size = len(flat)
    if not size:
        return Histogram(np.zeros(0, np.uint16), 0.0, 0.0, 0, math.nan, 0.0, 0, 0, 0.0)
    with np.errstate(over="ignore", invalid="ignore"):
        norm, nan, inf = length(flat), 0, 0
        magnitude = float(np.add.reduce(np.abs(flat))) / size
        seen = (flat if size <= SAMPLE else flat[_places(size)]).astype(np.float64)
        if not math.isfinite(magnitude):
            nan, inf = int(np.isnan(flat).sum()), int(np.isinf(flat).sum())
            seen = seen[np.isfinite(seen)]
        if not len(seen):
            return Histogram(np.zeros(0, np.uint16), 0.0, 0.0, size, magnitude, norm, nan, inf, 0.0)
        low, high = _ends(seen)
        places = np.minimum(np.maximum((seen - low) * (bins / ((high - low) or 1.0)), 0), bins - 1).astype(np.intp)
    counts = np.bincount(places, minlength=bins).astype(np.uint16)
    return Histogram(counts, low, high, size, magnitude, norm, nan, inf, 1 - np.count_nonzero(seen) / len(seen))


def length(flat: Array) -> float:
    """The Euclidean norm of a vector, also where squares of its numbers leave the range of their dtype."""
    square = float(flat @ flat)
    return math.sqrt(square) if 1e-30 < square < math.inf else float(np.linalg.norm(flat.astype(np.float64)))


def _ends(seen: Array) -> tuple[float, float]:
    mean = float(np.add.reduce(seen)) / len(seen)
    reach = REACH * math.sqrt(max(float(seen @ seen) / len(seen) - mean * mean, 0.0))
    low, high = float(np.minimum.reduce(seen)), float(np.maximum.reduce(seen))
    return (max(low, mean - reach), min(high, mean + reach)) if reach else (low, high)


@lru_cache(64)
def _places(size: int) -> Array:
    """Places all over an array, in no step with its rows: multiples of the golden ratio."""
    return (np.arange(SAMPLE) * 0.6180339887498949 % 1 * size).astype(np.intp)
