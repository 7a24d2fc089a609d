"""The random numbers that a transform or a sampler draws.

Outside a loader they come from its own generator or from `autograd.default_generator`. A loader gives every batch its
own stream, which depends only on the seed of the epoch and the number of the batch. So a batch is the same whether or
not a thread fetches it in advance, and an epoch can be resumed in the middle.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cached_property

import numpy as np

import autograd
from autograd import Generator


class Stream:
    """The random numbers of batch number `batch` in the epoch with this seed, made when they are first needed."""

    def __init__(self, seed: int, batch: int) -> None:
        self.key = (seed, batch)

    @cached_property
    def rng(self) -> np.random.Generator:
        return np.random.default_rng(self.key)


current: ContextVar[Stream | None] = ContextVar("current", default=None)


@contextmanager
def stream(seed: int, batch: int) -> Iterator[None]:
    """Within this context, `rng()` gives the numbers of this batch."""
    token = current.set(Stream(seed, batch))
    try:
        yield
    finally:
        current.reset(token)


def rng(generator: Generator | None = None) -> np.random.Generator:
    """The NumPy generator to draw from: that of `generator`, else of the batch being fetched, else the default."""
    return (generator or current.get() or autograd.default_generator).rng
