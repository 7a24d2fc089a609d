"""Which memory each result of a program lies in: planned once, by the stretch of steps in which it is read.

A result that nobody outside sees has a place in a few blocks of memory that stay from call to call. A place is free
again after the last step that reads it, or a view of it; so an elementwise step may put its result where an input was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from .program import Program, Slot, Step, slots_of


def last_reads(program: Program) -> dict[Slot, int]:
    """The number of the last step that reads each slot, or a view of it; what is given out is read at the very end."""
    end = len(program.steps)
    last: dict[Slot, int] = {}
    for i, step in enumerate(program.steps):
        for slot in slots_of(step):
            last[slot] = i
    for slot in (*program.outputs, *(value for _, value in program.writes)):
        last[slot] = end
    for step in reversed(program.steps):  # a view is made after what it shows
        root = step.out.strides_like
        if root is not None:
            last[root] = max(last.get(root, -1), last.get(step.out, -1))
    return last


class Buffers:
    """Blocks of memory, and which of them are free."""

    def __init__(self) -> None:
        self._blocks: list[Any] = []
        self._free: list[int] = []
        self._held: dict[Slot, int] = {}
        self._was: dict[Slot, int] = {}

    @property
    def nbytes(self) -> int:
        """The memory that stays from call to call."""
        return sum(block.nbytes for block in self._blocks)

    def take(self, slot: Slot, near: Iterable[Slot] = ()) -> Any:
        """An array for the result `slot`: where one of the slots `near` was, if that is free, or elsewhere."""
        size = slot.dtype.itemsize * int(np.prod(slot.shape))
        fitting = [i for i in self._free if size <= self._blocks[i].nbytes <= 2 * size + 64]
        wanted = {self._was[x] for x in near if x in self._was}
        if fitting:
            chosen = min(fitting, key=lambda i: (i not in wanted, self._blocks[i].nbytes))
            self._free.remove(chosen)
        else:
            chosen = len(self._blocks)
            self._blocks.append(np.empty(size + 64, np.uint8)[:size] if size else np.empty(1, np.uint8))
        self._held[slot] = self._was[slot] = chosen
        strides = slot.strides if dense(slot.shape, slot.strides, slot.dtype.itemsize) else None
        return np.ndarray(slot.shape, slot.dtype, self._blocks[chosen], strides=strides)

    def give(self, slot: Slot) -> None:
        """The memory of `slot` is free from now on."""
        if slot in self._held:
            self._free.append(self._held.pop(slot))


def plan(
    program: Program, groups: list[list[Step]], wanted: Callable[[Step], bool], in_place: Callable[[Step], bool]
) -> tuple[dict[Slot, Any], int]:
    """An array for the result of every step that is `wanted`, and the bytes that they take.

    The steps of a group are computed together, so none of them takes the place of what another reads; a step alone
    does, if it is elementwise, as `in_place` tells.
    """
    last, buffers = last_reads(program), Buffers()
    arrays: dict[Slot, Any] = {}
    i = -1
    for group in groups:
        i += len(group)
        read = dict.fromkeys(slot for step in group for slot in slots_of(step))
        ends = [slot for slot in (*read, *_shown(read)) if i - len(group) < last.get(slot, -1) <= i]
        near = [slot for slot in read if slot in ends and alike(slot, group[0].out)] if in_place(group[0]) else []
        near = near if len(group) == 1 else []
        for slot in near:
            buffers.give(slot)
        for step in group:
            if wanted(step):
                arrays[step.out] = buffers.take(step.out, near)
        made = [step.out for step in group if i - len(group) < last.get(step.out, -1) <= i or step.out not in last]
        for slot in dict.fromkeys((*ends, *made)):
            if slot not in near:
                buffers.give(slot)
    return arrays, buffers.nbytes


def dense(shape: tuple[int, ...], strides: tuple[int, ...] | None, size: int) -> bool:
    """Whether elements of so many bytes lie next to each other in memory, in whatever order of the axes."""
    for stride, n in sorted((s, n) for s, n in zip(strides or (), shape, strict=False) if n != 1):
        if stride != size:
            return False
        size *= n
    return True


def alike(a: Slot, b: Slot) -> bool:
    """Whether two slots lie in memory in the same way."""
    return (a.shape, a.dtype, a.strides) == (b.shape, b.dtype, b.strides)


def _shown(slots: Iterable[Slot]) -> list[Slot]:
    """What the views among the slots show."""
    return list(dict.fromkeys(slot.strides_like for slot in slots if slot.strides_like is not None))
