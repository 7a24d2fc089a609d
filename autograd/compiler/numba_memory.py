"""Where the numbers of a program stand: in arrays that are given, in one block of memory, or nowhere but in a loop.

The block is divided by lifetimes: a slot takes the place of others that have been read for the last time. What a write
brings into an input (a parameter, a state of the optimizer) is put there by the loop that computes it, if nobody reads
the old value after that loop, at another place of it, or after a call that may still fail; else by a copy at the end.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from .buffers import divided
from .numba_calls import Call, Calls, Check, Map, Outside, View, slots_read, whole
from .numba_loops import Group, Nest, address_of, columns_of
from .numba_scalars import COPY
from .program import Slot


@dataclass(slots=True)
class Memory:
    """`arrays` are given by name; `offsets` into the block of `nbytes`; `rows` hold one row at a time."""

    arrays: dict[Slot, Slot] = field(default_factory=dict)  # which given array a slot stands in
    offsets: dict[Slot, int] = field(default_factory=dict)
    rows: dict[Slot, int] = field(default_factory=dict)  # the length of a row, of slots that are kept for one row only
    nbytes: int = 0

    def holder(self, slot: Slot) -> Slot:
        """The given array that a slot stands in, or itself."""
        return self.arrays.get(slot, slot)

    def kept(self, slot: Slot) -> bool:
        """Whether a slot stands anywhere but in a loop."""
        return slot in self.arrays or slot in self.offsets


def plan(calls: Calls, groups: list[Group]) -> Memory:
    """The place of each slot. Appends the copies that the rest of the writes take to `groups`."""
    memory = Memory()
    for slot in (*calls.inputs, *calls.constants, *calls.outputs):
        memory.arrays[slot] = slot
    for to, value in calls.writes:
        if not to.weak and 0 not in to.shape:
            if value not in memory.arrays and in_place(groups, to, value, [v for _, v in calls.writes]):
                memory.arrays[value] = to
            else:
                groups.append(Nest(Map(COPY, (whole(value),), (to.dtype, to.dtype), whole(to))))
    returned = [value for to, value in calls.writes if to.weak]
    lives = lifetimes(groups, memory, returned)
    counts = {slot: memory.rows.get(slot, math.prod(slot.shape)) for slot in lives}
    memory.offsets, memory.nbytes = divided(lives, lambda slot: counts[slot] * slot.dtype.itemsize)
    return memory


def members(group: Group) -> list[Call]:
    return list(group.calls) if isinstance(group, Nest) else [group]


def in_place(groups: list[Group], to: Slot, value: Slot, values: list[Slot]) -> bool:
    """Whether the loop that computes `value` may put it into `to` right away."""
    writers = [
        (g, call) for g, group in enumerate(groups) for call in members(group) if call.out and call.out.slot is value
    ]
    if len(writers) != 1 or values.count(value) > 1 or value.dtype != to.dtype:
        return False
    at, writer = writers[0]
    nest = groups[at]
    if not isinstance(nest, Nest) or not isinstance(writer, Map):
        return False
    if any(isinstance(group, (Check, Outside)) for group in groups[at:]):
        return False
    if any(to in slots_read(call) for group in groups[at + 1 :] for call in members(group)):
        return False
    rows = nest.rows
    phases, out = nest.phases[rows], address_of(writer.out, rows)
    for call in nest.calls:
        for x in call.operands:
            if isinstance(x, View) and to in x.slots():
                a = address_of(x, rows)
                same = (a.offset, a.rows, a.columns, a.picks) == (out.offset, out.rows, out.columns, ())
                if not same or phases[call] > phases[writer] or columns_of(call, rows) != columns_of(writer, rows):
                    return False
    return True


def lifetimes(groups: list[Group], memory: Memory, returned: list[Slot]) -> dict[Slot, tuple[int, int]]:
    """From which group to which each slot stands in the block. Notes those of which a nest needs one row at a time."""
    written: dict[Slot, int] = {}
    lives: dict[Slot, tuple[int, int]] = {}
    inside: dict[Slot, bool] = {}

    def live(slot: Slot, g: int, within: bool) -> None:
        """A slot stands in the block until group g; or is it only needed `within` a row of the nest that writes it?"""
        begin, end = lives.get(slot, (written[slot], g))
        lives[slot] = begin, max(end, g)
        inside[slot] = inside.get(slot, True) and within

    for g, group in enumerate(groups):
        for call in members(group):
            for slot in slots_read(call):
                if (
                    slot in written
                    and slot not in memory.arrays
                    and not (isinstance(group, Nest) and by_name(group, call, slot))
                ):
                    live(slot, g, written[slot] == g)
            if call.out is not None:
                slot = call.out.slot
                if slot in written and slot not in memory.arrays:  # a part of it is there already
                    live(slot, g, False)
                written.setdefault(slot, g)
    for slot in returned:
        if slot in written:
            live(slot, len(groups), False)
    for slot, within in inside.items():
        nest = groups[written[slot]]
        writer = nest.writers.get(slot) if within and isinstance(nest, Nest) and nest.rows > 1 else None
        if isinstance(nest, Nest) and isinstance(writer, Map) and not writer.out.picks:
            memory.rows[slot] = columns_of(writer, nest.rows)
    return lives


def by_name(nest: Nest, call: Any, slot: Slot) -> bool:
    """Whether a call has what it reads of its own nest as a number with a name: in the same loop, or for the row."""
    writer = nest.writers.get(slot)
    if writer is None or writer is call:
        return False
    rows = nest.rows
    at = address_of(writer.out, rows)
    return not at.columns or (isinstance(writer, Map) and nest.phases[rows][writer] == nest.phases[rows][call])
