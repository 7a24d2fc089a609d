"""What a recorded step is: a list of calls of the table's functions, from arrays to arrays.

    Program(inputs=[x, w], steps=[Step(np.matmul, (x, w), {}, h), Step(np.tanh, (h,), {}, y)], outputs=[y], writes=[])

Nothing is written until the end: `writes` says which inputs take the value of which result then (a parameter, a state
of the optimizer, a buffer), so a program that stops in the middle has changed nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass(eq=False, slots=True)
class Slot:
    """An array of the program: what is known of it before it is computed. `number` names it: v0, v1, …"""

    number: int
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    strides_like: Slot | None = None  # set for a view: the slot whose memory it shows

    def __repr__(self) -> str:
        return f"v{self.number}"


@dataclass(eq=False, slots=True)
class Step:
    """One call: `function` (a key of the table, or NumPy's function) of `inputs`, with `options`, gives `out`.

    An input is a Slot, a plain number, None, a constant array, or (of a variadic op) there is one list of these.
    """

    function: Callable[..., Any]
    inputs: tuple[Any, ...]
    options: dict[str, Any]
    out: Slot


@dataclass(eq=False, slots=True)
class Program:
    """The steps in the order in which they are computed; `inputs` are given at each call, in this order."""

    inputs: list[Slot]
    steps: list[Step]
    outputs: list[Slot]
    writes: list[tuple[Slot, Slot]] = field(default_factory=list)  # (an input, the slot whose value it takes)
