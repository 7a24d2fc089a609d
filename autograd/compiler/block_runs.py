"""Elementwise steps over large arrays, one after the other, are taken together, block by block.

What one step leaves in the cache the next one finds there, and what none but they read needs memory for a block only.
A step of 3072-512-256-10 with Adam takes a tenth less time so (`python -m tests.benchmarks.blocks`, on a processor with
32 MB of the last cache). Smaller ones take no less, but less memory: 784-256-128-10 6.5 MB in place of 7.2, as
`chalkgrad bench` tells.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import prod
from typing import Any

import numpy as np

from ..calculus.primitives import expand
from .passes import KEPT
from .program import Program, Slot, Step, leaves, slots_of

BLOCK = 1 << 16  # elements
LARGE = 3 << 15  # elements: smaller arrays stay in the cache as they are
SHOWN = {np.broadcast_to, expand}


@dataclass
class Run:
    """Elementwise steps on arrays of one shape, in rows. `numbers`: a number, by the slot that shows it everywhere."""

    steps: list[Step]
    shape: tuple[int, ...]
    numbers: dict[Slot, Any] = field(default_factory=dict)

    def blocks(self) -> list[tuple[int, int]]:
        """Where each block begins and ends."""
        n = prod(self.shape)
        return [(start, min(start + BLOCK, n)) for start in range(0, n, BLOCK)]

    def given(self) -> list[Slot]:
        """The arrays that the steps read and did not make."""
        made = {step.out for step in self.steps}
        read = [slot for step in self.steps for slot in slots_of(step) if slot.shape and slot not in self.numbers]
        return [slot for slot in dict.fromkeys(read) if slot not in made]


def in_runs(program: Program) -> list[Step | Run]:
    """The steps of a program, those that belong together in runs; what lies between comes first, if it may."""
    items: list[Step | Run] = []
    run: Run | None = None
    numbers = _everywhere(program)
    for step in program.steps:
        if run is not None and _fits(step, numbers) and step.out.shape == run.shape:
            run.steps.append(step)
            continue
        if run is not None and step.function not in KEPT and not _reads(step, run):
            items.insert(len(items) - 1, step)
            continue
        run = Run([step], step.out.shape, numbers) if _fits(step, numbers) else None
        items.append(run or step)
    return [item.steps[0] if isinstance(item, Run) and len(item.steps) == 1 else item for item in items]


def _everywhere(program: Program) -> dict[Slot, Any]:
    """The number that stands everywhere in an array, by the slot of such an array."""
    return {
        step.out: step.inputs[0]
        for step in program.steps
        if step.function in SHOWN and type(step.inputs[0]) is Slot and not step.inputs[0].shape
    }


def _fits(step: Step, numbers: dict[Slot, Any]) -> bool:
    """Whether a step may be part of a run: a ufunc on large arrays of one shape, and on numbers."""
    out = step.out
    if not isinstance(step.function, np.ufunc) or step.function.signature or step.options:
        return False
    if prod(out.shape) < LARGE or out.strides is not None or out.strides_like is not None:
        return False
    return all(
        (type(x) is Slot and (x in numbers or not x.shape or (x.shape == out.shape and x.strides is None)))
        or type(x) in (int, float, bool)
        or isinstance(x, np.generic)
        for x in leaves(step.inputs)
    )


def _reads(step: Step, run: Run) -> bool:
    made = {each.out for each in run.steps}
    return any(slot in made or slot.strides_like in made for slot in slots_of(step))
