"""What was recorded of one call: its program, what it changes, what it returns; and whether two calls did the same."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..core.writes import owner
from .program import Program, Slot, Step, leaves

Origin = tuple[str, int]  # "tensor", "grad", "array", "number" or "argument", and which of them


@dataclass(frozen=True, slots=True)
class Result:
    """In the place of a tensor, array or number in what is returned: which output it is, and how it is wrapped."""

    output: int
    kind: str  # "tensor", "array" or "number"
    spent: bool = False  # of a graph that backward has been through


@dataclass(frozen=True, slots=True)
class Same:
    """In the place of a tensor that the function reached and returned itself."""

    tensor: int


@dataclass(frozen=True, slots=True)
class Backward:
    """What a differentiable output leads to: its program takes `saved` of the forward's outputs, and the gradient."""

    output: int
    program: Program
    saved: tuple[int, ...]
    targets: tuple[int, ...]  # the tensors


@dataclass
class Capture:
    """A recorded call. `grads`: what becomes of the gradients, by tensor: None, or the output that is the new one."""

    program: Program
    origins: list[Origin]
    result: Any
    grads: dict[int, int | None] = field(default_factory=dict)
    numbers: dict[int, int] = field(default_factory=dict)  # by place: the output that it becomes
    written: list[Origin] = field(default_factory=list)  # of the program's writes
    backward: Backward | None = None
    constants: list[Any] = field(default_factory=list)
    random: bool = False


def alike(a: Capture, b: Capture) -> str | None:
    """Why two captures of one signature are not the same program; None if they are."""
    if len(a.program.steps) != len(b.program.steps):
        return "it computes something else at each call"
    for x, y in zip(_described(a), _described(b), strict=True):
        if not _equal(x, y):
            return f"a value that is not computed here changes from call to call: {_difference(x, y)}"
    kept = {id(x) for x in a.constants if x.flags.writeable or owner(x).flags.writeable}
    if any(id(x) in kept for x in b.constants):
        return "it computes with an array that it reaches by a way that cannot be watched"
    return None


def _described(capture: Capture) -> Iterator[Any]:
    programs = [capture.program] + ([capture.backward.program] if capture.backward else [])
    yield capture.origins, capture.result, capture.grads, capture.numbers, capture.written
    for program in programs:
        yield program.inputs, program.outputs, program.writes
        yield from program.steps
    if capture.backward:
        yield capture.backward.saved, capture.backward.targets, capture.backward.output


def _equal(a: Any, b: Any) -> bool:
    if type(a) is not type(b):
        return False
    if type(a) is Slot:
        return bool(a.number == b.number and a.shape == b.shape and a.dtype == b.dtype)
    if type(a) is Step:
        return _equal((a.function, a.inputs, a.options, a.out), (b.function, b.inputs, b.options, b.out))
    if type(a) in (tuple, list):
        return len(a) == len(b) and all(map(_equal, a, b))
    if type(a) is dict:
        return a.keys() == b.keys() and all(_equal(x, b[key]) for key, x in a.items())
    if type(a) is slice:
        return _equal((a.start, a.stop, a.step), (b.start, b.stop, b.step))
    if isinstance(a, np.ndarray | np.generic):
        return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
    return repr(a) == repr(b) if type(a) is float else bool(a == b)


def _difference(a: Any, b: Any) -> str:
    """Where two steps differ, in words."""
    if type(a) is Step and type(b) is Step and a.function is b.function:
        for x, y in zip(leaves((a.inputs, a.options)), leaves((b.inputs, b.options)), strict=False):
            if not _equal(x, y):
                return f"{x!r:.40}, then {y!r:.40}, in {getattr(a.function, '__name__', a.function)}"
    return "other steps"
