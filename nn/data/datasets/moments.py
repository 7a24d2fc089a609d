"""Mean and standard deviation of numbers that are read in pieces."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

Read = Callable[[int, int], np.ndarray[Any, Any]]  # the numbers from one place to another

PIECE = 1 << 18  # numbers that are read at once


def mean_and_std(read: Read, n: int) -> tuple[float, float]:
    """Of n numbers, those that `np.mean` and `np.std` give for all at once, to the last bit; of equal ones, they and 0.

    Two passes, each a pairwise sum (Higham, "Accuracy and Stability of Numerical Algorithms", 2002, section 4.2).
    """
    first = float(read(0, 1)[0])
    if all((read(start, min(start + PIECE, n)) == first).all() for start in range(0, n, PIECE)):
        return first, 0.0
    mean = _sum(read, 0, n) / n
    return mean, math.sqrt(_sum(lambda start, stop: np.square(read(start, stop) - mean), 0, n) / n)


def _sum(read: Read, start: int, stop: int) -> float:
    """Split in halves where NumPy splits them, at a multiple of 8."""
    if stop - start <= PIECE:
        return float(read(start, stop).sum())
    half = (stop - start) // 2
    middle = start + half - half % 8
    return _sum(read, start, middle) + _sum(read, middle, stop)
