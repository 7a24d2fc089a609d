"""Which memory each result of a program lies in: planned once, by the stretch of steps in which it is read.

A result that nobody outside sees has a place in a block of memory that stays from call to call. A place is free again
after the last step that reads it, or a view of it; so an elementwise step may put its result where an input was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from heapq import heappop, heappush
from math import prod
from typing import Any

import numpy as np

from .program import Program, Slot, Step, slots_of

ALIGNMENT = 64  # bytes: a line of the cache
FITTED = 1000  # slots
Lives = Mapping[Slot, tuple[int, int]]  # from when until when the place of a slot is taken, both ends included


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


def divided(lives: Lives, size: Callable[[Slot], int]) -> tuple[dict[Slot, int], int]:
    """A place in a block for each slot that is free for as long as it lives, and the bytes of the block.

    The largest are fitted in beside each other. Every further slot, each smaller than these, takes a place of its own
    size that has become free: to compare all with all would take a minute for a program of 10⁵ steps.
    """
    sizes = {slot: -(-max(size(slot), 1) // ALIGNMENT) * ALIGNMENT for slot in lives}
    order = sorted(lives, key=lambda slot: (-sizes[slot], slot.number))
    offsets, nbytes = _fitted(order[:FITTED], lives, sizes)
    return _in_turn(order[FITTED:], lives, sizes, offsets, nbytes)


def _fitted(slots: list[Slot], lives: Lives, sizes: dict[Slot, int]) -> tuple[dict[Slot, int], int]:
    """The lowest place for each slot that is free for as long as it lives, one slot after the other."""
    offsets: dict[Slot, int] = {}
    placed: list[tuple[int, int, int, int]] = []  # begin, end, from byte, to byte
    for slot in slots:
        begin, end = lives[slot]
        at = 0
        for start, stop in sorted((start, stop) for b, e, start, stop in placed if b <= end and begin <= e):
            if at + sizes[slot] <= start:
                break
            at = max(at, stop)
        placed.append((begin, end, at, at + sizes[slot]))
        offsets[slot] = at
    return offsets, max((stop for *_, stop in placed), default=0)


def _in_turn(
    slots: list[Slot], lives: Lives, sizes: dict[Slot, int], offsets: dict[Slot, int], nbytes: int
) -> tuple[dict[Slot, int], int]:
    """Places behind what there is, in the order of time: that of an earlier slot of the same size, or a new one."""
    free: dict[int, list[int]] = {}
    taken: list[tuple[int, int, int]] = []  # end, offset, size
    for slot in sorted(slots, key=lambda slot: lives[slot]):
        begin, end = lives[slot]
        while taken and taken[0][0] < begin:
            _, at, n = heappop(taken)
            free.setdefault(n, []).append(at)
        n = sizes[slot]
        if free.get(n):
            offsets[slot] = free[n].pop()
        else:
            offsets[slot], nbytes = nbytes, nbytes + n
        heappush(taken, (end, offsets[slot], n))
    return offsets, nbytes


def plan(
    program: Program, groups: list[list[Step]], wanted: Callable[[Step], bool], in_place: Callable[[Step], bool]
) -> tuple[dict[Slot, Any], int]:
    """An array for the result of every step that is `wanted`, and the bytes that they take.

    The steps of a group are computed together, so none of them takes the place of what another reads; a step alone
    does, if it is elementwise, as `in_place` tells.
    """
    last = last_reads(program)
    group_of = [g for g, group in enumerate(groups) for _ in group] + [len(groups)]
    lives: dict[Slot, tuple[int, int]] = {}
    same: dict[Slot, Slot] = {}  # the first of those that lie in one place, one after the other
    for g, group in enumerate(groups):
        for step in filter(wanted, group):
            out, end = step.out, group_of[last[step.out]] if step.out in last else g
            near = _replaced(step, [x for x in lives_of(step, same) if lives[same[x]][1] == g])
            same[out] = same[near] if near is not None and len(group) == 1 and in_place(step) else out
            lives[same[out]] = lives.get(same[out], (g, g))[0], end
    offsets, nbytes = divided(lives, lambda slot: slot.dtype.itemsize * prod(slot.shape))
    block = aligned(nbytes)
    return {slot: _array(slot, block[offsets[first] :]) for slot, first in same.items()}, nbytes


def lives_of(step: Step, same: Mapping[Slot, Slot]) -> Iterable[Slot]:
    """The slots that a step reads and that have a place."""
    return (slot for slot in slots_of(step) if slot in same)


def _replaced(step: Step, dying: list[Slot]) -> Slot | None:
    """The slot whose place the result may take: one that nobody reads any more, and that lies in memory as it does."""
    return next((slot for slot in dying if alike(slot, step.out)), None)


def aligned(nbytes: int) -> Any:
    """So many bytes that begin with a line of the cache."""
    memory = np.zeros(nbytes + ALIGNMENT, np.uint8)
    skipped = -memory.ctypes.data % ALIGNMENT
    return memory[skipped : skipped + nbytes]


def _array(slot: Slot, memory: Any) -> Any:
    """The array of a slot at the beginning of some memory."""
    strides = slot.strides if dense(slot.shape, slot.strides, slot.dtype.itemsize) else None
    return np.ndarray(slot.shape, slot.dtype, memory, strides=strides)


def dense(shape: tuple[int, ...], strides: tuple[int, ...] | None, size: int) -> bool:
    """Whether elements of so many bytes lie next to each other in memory, in whatever order of the axes."""
    for stride, n in sorted((s, n) for s, n in zip(strides or (), shape, strict=False) if n != 1):
        if stride != size:
            return False
        size *= n
    return True


def in_rows(a: Any) -> bool:
    """Whether the matrices of a view of elements, with its shape and strides, lie row after row without a gap."""
    (rows, columns), (down, right) = a.shape[-2:], a.strides[-2:]
    return (right == 1 or columns == 1) and (down == columns or rows == 1)


def alike(a: Slot, b: Slot) -> bool:
    """Whether two slots lie in memory in the same way."""
    return (a.shape, a.dtype, a.strides) == (b.shape, b.dtype, b.strides)
