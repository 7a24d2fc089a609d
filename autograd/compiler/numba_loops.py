"""Which calls share a loop: a nest is one loop over rows, and in it a few loops over the numbers of a row.

A call joins a nest if what it reads of the nest is there at the very row and column where it is read. The result of a
fold along a row (its maximum, its sum) is there as soon as the row has been gone through, so what follows stands in
the next `phase`: another loop over the same row, which is in the cache by now. What is folded across the rows (a loss,
the gradient of a bias) is there after the nest.

How the axes are divided into rows and columns is left open as long as possible: `phases` has an entry for each number
of rows under which all calls of the nest fit.
"""

from __future__ import annotations

import math
from collections.abc import Container
from dataclasses import dataclass
from functools import lru_cache

from .numba_calls import Call, Calls, Check, Fold, Map, Outside, Product, View, slots_read
from .program import Slot

Term = tuple[int, int, int]  # an index k adds (k // divisor) % modulus * stride to an address; modulus 0: no remainder
MOST = 80  # calls in one nest: more only take longer to compile


@dataclass(frozen=True, slots=True)
class Address:
    """Where a view's element in row i and column j stands."""

    slot: Slot
    offset: int
    rows: tuple[Term, ...]
    columns: tuple[Term, ...]
    picks: tuple[tuple[Address, int, int], ...] = ()  # where an index stands, its stride, and how many choices it has

    @property
    def fixed(self) -> bool:
        return not (self.rows or self.columns or self.picks)

    @property
    def cost(self) -> int:
        """How many divisions an element takes."""
        return sum((by > 1) + (of > 0) for by, of, _ in self.columns) + sum(a.cost for a, _, _ in self.picks)


def split(shape: tuple[int, ...], rows: int) -> int | None:
    """How many leading axes make up so many rows."""
    n = 1
    for axis, size in enumerate((*shape, 0)):
        if n == rows:
            return axis
        n *= size
    return None


def terms(shape: tuple[int, ...], strides: tuple[int, ...]) -> tuple[Term, ...]:
    """An index over some axes, row after row, as a sum: axes that lie one behind the other are taken as one."""
    merged: list[tuple[int, int]] = []
    for size, stride in zip(shape, strides, strict=True):
        if size == 1:
            continue
        if merged and merged[-1][1] == size * stride:
            merged[-1] = merged[-1][0] * size, stride
        else:
            merged.append((size, stride))
    found, divisor = [], math.prod(size for size, _ in merged)
    for k, (size, stride) in enumerate(merged):
        divisor //= size
        if stride:
            found.append((divisor, size if k else 0, stride))
    return tuple(found)


@lru_cache(1 << 14)
def address_of(view: View, rows: int) -> Address:
    d = split(view.shape, rows)
    assert d is not None
    picks = tuple((address_of(pick.index, rows), pick.stride, pick.size) for pick in view.picks)
    lead, trail = terms(view.shape[:d], view.strides[:d]), terms(view.shape[d:], view.strides[d:])
    return Address(view.slot, view.offset, lead, trail, picks)


def columns_of(call: Call, rows: int) -> int:
    assert call.out is not None
    return math.prod(call.out.shape) // rows


class Nest:
    """Calls in one loop over rows."""

    def __init__(self, call: Map | Fold) -> None:
        self.calls: list[Map | Fold] = []
        self.reads: set[Slot] = set()
        self.writers: dict[Slot, Map | Fold] = {}
        self.phases: dict[int, dict[Call, int]] = {}
        n = 1
        for size in (*call.out.shape, 1):
            self.phases[n] = {}
            n *= size
        self.add(call)

    def fit(self, call: Map | Fold) -> dict[int, int]:
        """The phase that a call would have, for each number of rows under which it fits."""
        if call.out.slot in self.writers:
            return {}
        found = {rows: self._phase(call, rows) for rows in self.phases}
        return {rows: phase for rows, phase in found.items() if phase is not None}

    def add(self, call: Map | Fold) -> bool:
        """Whether the call has joined."""
        fit = self.fit(call)
        if not fit:
            return False
        self.phases = {rows: self.phases[rows] | {call: phase} for rows, phase in fit.items()}
        self.calls.append(call)
        self.reads.update(slots_read(call))
        self.writers[call.out.slot] = call
        return True

    def _phase(self, call: Map | Fold, rows: int) -> int | None:
        if split(call.out.shape, rows) is None:
            return None
        phase = 0
        views = [x for x in (*call.operands, call.out) if isinstance(x, View)]
        for view in views + [pick.index for x in views for pick in x.picks]:
            writer = self.writers.get(view.slot)
            if writer is None:
                continue
            at = address_of(view, rows)
            if at != address_of(writer.out, rows) or at.picks or view.slot in slots_read(writer):
                return None
            if isinstance(writer, Fold):
                if at.columns or math.prod(writer.out.slot.shape) != rows:
                    return None
            elif at.columns and columns_of(writer, rows) != columns_of(call, rows):
                return None
            phase = max(phase, self.phases[rows][writer] + isinstance(writer, Fold))
        return phase

    @property
    def rows(self) -> int:
        """The best number of rows: few divisions for each element, then few rows, that is, long inner loops."""

        def cost(rows: int) -> tuple[int, int]:
            total = 0
            for call in self.calls:
                views = [x for x in (*call.operands, call.out) if isinstance(x, View)]
                total += sum(address_of(x, rows).cost for x in views) * columns_of(call, rows) * rows
            return total, rows

        return min(self.phases, key=cost)


Group = Nest | Product | Check | Outside


def groups_of(calls: Calls) -> list[Group]:
    """The calls in an order in which each reads what is there, those that share a loop together."""
    groups: list[Group] = []
    place: dict[Slot, int] = {}  # the last group that writes to a slot
    for call in checked_first(calls.calls):
        if call.out is not None and 0 in call.out.shape:
            continue
        used = slots_read(call) + ([call.out.slot] if call.out is not None else [])
        first = max([place[slot] for slot in used if slot in place], default=0)
        if any(view.picks for view in (*call.operands, call.out) if isinstance(view, View)):
            first = max([first, *[k for k, group in enumerate(groups) if checks(group, used)]])
        at = len(groups)
        if isinstance(call, (Map, Fold)):
            at = next((k for k in range(first, len(groups)) if _joins(groups[k], call)), at)
        if at == len(groups):
            groups.append(Nest(call) if isinstance(call, (Map, Fold)) else call)
        if call.out is not None:
            place[call.out.slot] = at
    return merged(groups)


def checked_first(calls: list[Call]) -> list[Call]:
    """What is looked at, and what it is computed from, comes before the rest: then that can be written in place."""
    needed: set[Slot] = set()
    first: set[int] = set()
    for k in range(len(calls) - 1, -1, -1):
        call = calls[k]
        if isinstance(call, Check) or (call.out is not None and call.out.slot in needed):
            first.add(k)
            needed.update(slots_read(call))
    return [calls[k] for k in sorted(range(len(calls)), key=lambda k: k not in first)]


def _joins(group: Group, call: Map | Fold) -> bool:
    if (
        not isinstance(group, Nest)
        or len(group.calls) >= MOST
        or not related(group, {*slots_read(call), call.out.slot})
    ):
        return False
    return group.add(call)


def related(nest: Nest, slots: set[Slot]) -> bool:
    """Whether a nest has to do with arrays among these slots. That both read the same number says nothing, unless
    there are only numbers."""
    if all(math.prod(slot.shape) <= 1 for slot in (*slots, *nest.reads, *nest.writers)):
        return True
    return any(math.prod(slot.shape) > 1 for slot in slots & (nest.reads | nest.writers.keys()))


def merged(groups: list[Group]) -> list[Group]:
    """The groups, with those nests made one that can be."""
    b = 1
    while b < len(groups):
        met = next((a for a in range(b - 1, -1, -1) if _meet(groups, a, b)), None)
        b = b + 1 if met is None else max(1, met)  # it may now fit with what comes before
    return groups


def _meet(groups: list[Group], a: int, b: int) -> bool:
    """Whether two nests have become one: one moves up or down to the other, past what is between."""
    upper, lower, between = groups[a], groups[b], groups[a + 1 : b]
    if not isinstance(upper, Nest) or not isinstance(lower, Nest) or not related(upper, lower.reads | {*lower.writers}):
        return False
    used, made = lower.reads, lower.writers.keys()
    up = not any((used | made) & writes(g) or made & reads(g) or checks(g, used) for g in between)
    down = not any(upper.writers.keys() & (reads(g) | writes(g)) for g in between)
    one = _one(upper, lower) if up or down else None
    if one is None:
        return False
    groups[a if up else b] = one
    del groups[b if up else a]
    return True


def checks(group: Group, slots: Container[Slot]) -> bool:
    """Whether a group looks whether indices that stand among these slots are in range: nobody reads by them before."""
    return isinstance(group, Check) and group.operands[0].slot in slots


def _one(a: Nest, b: Nest) -> Nest | None:
    if len(a.calls) + len(b.calls) > MOST:
        return None
    nest = Nest(a.calls[0])
    return nest if all(nest.add(call) for call in a.calls[1:] + b.calls) else None


def reads(group: Group) -> set[Slot]:
    return group.reads if isinstance(group, Nest) else {*slots_read(group)}


def writes(group: Group) -> set[Slot]:
    if isinstance(group, Nest):
        return {*group.writers}
    return {group.out.slot} if group.out is not None else set()
