"""Large loops, divided among threads: each takes some of the rows, while Numba's functions do not hold Python's lock.

There are as many threads as the smaller of OMP_NUM_THREADS and NUMBA_NUM_THREADS says, or, if neither is set, as there
are cores. The result is the same for any number, since no sum is divided.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from itertools import pairwise
from typing import Any

from .numba_calls import Map, slots_read
from .numba_loops import Group, Nest, columns_of
from .numba_memory import Memory

# Numbers. To hand a part over takes some 30 µs, and more after a product: the idle threads of BLAS look for work for a
# while. With 2^18, a GPT block took 16 ms on two threads in place of 6.7; with 2^20, Adam's step of 3072-512-256-10
# takes 3.6 ms in place of 4.0 (`chalkgrad bench gpt 3072-512-256-10 --engines numba --threads 2`).
LARGE = 1 << 20


def shared_rows(group: Group, memory: Memory) -> int:
    """How many rows of a nest, or numbers of its only row, may be divided among threads: 0 if it is small, or none."""
    if not isinstance(group, Nest):
        return 0
    rows, columns = group.rows, {columns_of(call, group.rows) for call in group.calls}
    if rows * max(columns) < LARGE or (rows == 1 and len(columns) > 1):
        return 0
    for call in group.calls:
        slot = call.out.slot
        if not isinstance(call, Map) or call.out.picks or slot in slots_read(call) or slot in memory.rows:
            return 0
    return rows if rows > 1 else columns.pop()


def threads() -> int:
    """How many threads take part."""
    given = [os.environ.get(name, "") for name in ("OMP_NUM_THREADS", "NUMBA_NUM_THREADS")]
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min([int(n) for n in given if n.isdecimal()], default=cores))


@lru_cache(1)
def helpers(process: int) -> ThreadPoolExecutor:
    """The threads beside the one that calls; a process that was forked has its own."""
    return ThreadPoolExecutor(max(1, threads() - 1), "chalkgrad")


def by_threads(part: Callable[..., int], rows: int) -> Callable[..., int]:
    """`part`, whose first arguments are the first row and the one behind the last, called by each thread for its rows.

    What is returned takes the other arguments, and gives the first code that is not 0.
    """
    n = threads()
    ends = [rows * k // n for k in range(n + 1)]

    def run(*args: Any) -> int:
        submit = helpers(os.getpid()).submit
        others = [submit(part, begin, end, *args) for begin, end in pairwise(ends[1:])]
        codes = [part(0, ends[1], *args), *[other.result() for other in others]]
        return next((code for code in codes if code), 0)

    return run if n > 1 else lambda *args: part(0, rows, *args)
