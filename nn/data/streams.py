"""The random numbers that a transform or a sampler draws.

Outside a loader they come from its own generator or from `autograd.default_generator`. A loader gives every batch its
own stream, which depends only on the seed of the epoch and the number of the batch. So a batch is the same whether or
not a thread fetches it in advance, and an epoch can be resumed in the middle.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cached_property

import numpy as np

import autograd
from autograd import Generator


class Stream:
    """The random numbers of batch number `batch` in the epoch with this seed, made when they are first needed."""

    aside = False  # whether it stands in for the generators of transforms and samplers too

    def __init__(self, seed: int, batch: int) -> None:
        self.key = (seed, batch)

    @cached_property
    def rng(self) -> np.random.Generator:
        return np.random.default_rng(self.key)


current: ContextVar[Stream | None] = ContextVar("current", default=None)


@contextmanager
def stream(seed: int, batch: int) -> Iterator[Stream]:
    """Within this context, `rng()` gives the numbers of this batch."""
    numbers = Stream(seed, batch)
    token = current.set(numbers)
    try:
        yield numbers
    finally:
        current.reset(token)


@contextmanager
def aside() -> Iterator[None]:
    """Within this context, `rng()` gives the same numbers each time, and no generator moves on.

    NumPy's and Python's common generators and autograd's get back their states at the end.
    """
    common = autograd.default_generator
    states = common.get_state(), random.getstate(), np.random.get_state()
    try:
        with stream(0, 0) as numbers:
            numbers.aside = True
            yield
    finally:
        common.set_state(states[0])
        random.setstate(states[1])
        np.random.set_state(states[2])


def rng(generator: Generator | None = None) -> np.random.Generator:
    """The NumPy generator to draw from: that of `generator`, else of the batch being fetched, else the default."""
    numbers = current.get()
    if numbers is not None and numbers.aside:
        return numbers.rng
    return (generator or numbers or autograd.default_generator).rng
