"""Freed memory is kept for the next large result, instead of fresh pages from the system for every one.

Above some 128 KB the C library takes an array's memory from the system and gives it back as soon as it is free, and the
system clears every page anew: for an elementwise op that costs more than the arithmetic. glibc can be told to keep what
was freed. The setting holds for the whole process; CHALKGRAD_KEEP_MEMORY=0 in the environment leaves it alone.
"""

from __future__ import annotations

import os
import sys

import numpy as np

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3  # from glibc's malloc.h
KEPT = 256 << 20  # bytes: the free end of the heap goes back to the system when it is longer than this
LARGEST = 32 << 20  # bytes: a larger array has fresh pages still; every glibc takes this much

# Names that nobody keeps are entered into Python's table of names, and taken out of it, whenever NumPy makes this dict;
# so the table is made anew in a larger place, from time to time.
_NAMES = [sys.intern(name) for name in np.zeros(0).__array_interface__]


def keep_freed_memory() -> bool:
    """Tell the C library to keep freed memory, if it is glibc; returns whether it does now."""
    if sys.platform != "linux" or os.environ.get("CHALKGRAD_KEEP_MEMORY") == "0":
        return False
    try:
        from ctypes import CDLL

        mallopt = CDLL(None).mallopt
    except (ImportError, AttributeError):  # a Python without ctypes, or another C library
        return False
    return bool(mallopt(M_MMAP_THRESHOLD, LARGEST) and mallopt(M_TRIM_THRESHOLD, KEPT))
