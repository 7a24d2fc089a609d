"""Where random numbers come from: `Generator`, and the one that is used by default."""

from __future__ import annotations

import json
import operator
import os
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from ..core.engine import wrap
from .device import CPU, DeviceLike, device, require_cpu
from .tensor_base import TensorBase

if TYPE_CHECKING:
    from .tensor import Tensor


class Generator:
    """A source of random numbers: a NumPy generator (`rng`) under PyTorch's names.

    Its sequence belongs to `seed`, a number; without it, to one that the operating system draws. The device may be
    given in its place, as in PyTorch, or by name: it must be the CPU. Raises as `require_cpu` for another.
    """

    def __init__(self, seed: int | str | device | None = None, *, device: DeviceLike = None) -> None:
        self._seed: int | None = None
        named = seed if isinstance(seed, str | type(CPU)) else None
        require_cpu(device if named is None else named)
        if seed is not None and named is None:
            self.manual_seed(seed)  # type: ignore[arg-type]

    @cached_property
    def rng(self) -> np.random.Generator:
        """The NumPy generator, made when the first number is drawn."""
        return np.random.default_rng(self.initial_seed() % 2**64)

    @property
    def device(self) -> device:
        """The CPU."""
        return CPU

    def manual_seed(self, seed: int) -> Generator:
        """Start the sequence that belongs to `seed`; returns the generator. Raises TypeError if it is no integer."""
        self._seed = operator.index(seed)
        self.rng = np.random.default_rng(self._seed % 2**64)
        return self

    def seed(self) -> int:
        """Start the sequence of a seed that the operating system draws; returns the seed."""
        self.manual_seed(int.from_bytes(os.urandom(7), "little"))
        return self.initial_seed()

    def initial_seed(self) -> int:
        """The seed that the sequence started from."""
        if self._seed is None:
            self._seed = int.from_bytes(os.urandom(7), "little")
        return self._seed

    def get_state(self) -> dict[str, Any]:
        """Where the sequence stands, in numbers and strings that JSON can hold."""
        return dict(self.rng.bit_generator.state)

    def set_state(self, state: dict[str, Any] | Tensor) -> None:
        """Go on from what `get_state` gave, or `get_rng_state`. Raises ValueError for what is no such state."""
        if isinstance(state, TensorBase):
            state = _read(state)
        self.rng.bit_generator.state = state  # type: ignore[assignment]


def _read(state: Any) -> Any:
    try:
        return json.loads(state._array.astype(np.uint8).tobytes())
    except ValueError:
        raise ValueError("set_state expected the bytes that get_rng_state gave") from None


default_generator = Generator()


def manual_seed(seed: int) -> Generator:
    """Seed the generator that all random functions use by default; returns it. Raises TypeError if it is no integer."""
    return default_generator.manual_seed(seed)


def seed() -> int:
    """Seed the default generator with a number that the operating system draws; returns it."""
    return default_generator.seed()


def initial_seed() -> int:
    """The seed of the default generator."""
    return default_generator.initial_seed()


def get_rng_state() -> Tensor:
    """Where the sequence of the default generator stands: bytes, in a uint8 tensor, for `set_rng_state`.

    They are the JSON of `Generator.get_state()`; PyTorch's, of another generator, mean nothing here.
    """
    state: Tensor = wrap(np.frombuffer(json.dumps(default_generator.get_state()).encode(), np.uint8).copy())
    return state


def set_rng_state(new_state: Tensor) -> None:
    """Let the default generator go on from what `get_rng_state` gave. Raises ValueError for what is no such state."""
    default_generator.set_state(new_state)
