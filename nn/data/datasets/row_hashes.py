"""A number for each row that follows from what is in it: equal rows have equal numbers, and others hardly ever."""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]

FIRST, SECOND = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9)


def hash_rows(words: Array) -> Array:
    """64 bits for each row of words, (N, W) in uint64.

    Source of the mixing: Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014.
    """
    keys = np.zeros(len(words), np.uint64)
    for column in words.T:
        keys = (keys ^ column) * FIRST
        keys = (keys ^ (keys >> np.uint64(30))) * SECOND
        keys ^= keys >> np.uint64(27)
    return keys
