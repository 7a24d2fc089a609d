"""Where all the sequences of random numbers stand that a program draws from: chalkgrad's, NumPy's and Python's."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from ..tensors.generator import default_generator


class RandomState:
    """The state of the default generator, of `numpy.random` and of `random`, as it is when this is made."""

    def __init__(self) -> None:
        self.generator = default_generator.get_state()
        self.numpy = np.random.get_state(legacy=False)
        version, numbers, self.normal = random.getstate()
        self.python = version, np.array(numbers, np.uint32)  # a tenth of the tuple's size

    def restore(self) -> None:
        """Let all of them go on from here."""
        default_generator.set_state(self.generator)
        np.random.set_state(self.numpy)
        version, numbers = self.python
        random.setstate((version, tuple(numbers.tolist()), self.normal))

    @contextmanager
    def again(self) -> Iterator[None]:
        """In a `with` block the numbers come once more from here; after it, as if nothing had been drawn."""
        now = RandomState()
        self.restore()
        try:
            yield
        finally:
            now.restore()
