"""The bytes of arrays, as tracemalloc counts them."""

import tracemalloc
from contextlib import contextmanager

import numpy as np

ARRAYS = tracemalloc.DomainFilter(True, np.lib.tracemalloc_domain)


def array_bytes():
    """The memory of all arrays made since tracing began that are alive: NumPy's domain, no Python objects."""
    return sum(trace.size for trace in tracemalloc.take_snapshot().filter_traces([ARRAYS]).traces)


@contextmanager
def tracing():
    """Count from here; the function it gives says by how many bytes of arrays there are more than at the beginning."""
    tracemalloc.start()
    try:
        begin = array_bytes()
        yield lambda: array_bytes() - begin
    finally:
        tracemalloc.stop()
