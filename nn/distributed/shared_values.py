"""Values that one rank has and all need, or that each rank has, and rows of which each rank has some."""

from __future__ import annotations

import math
import pickle
from collections.abc import Sequence
from typing import Any

import numpy as np

import autograd
from autograd import Tensor

from .process_group import Group


def told_by_first(group: Group, value: Any, what: str) -> Any:
    """The `value` of rank 0, on all ranks; `what` it is stands in messages. The others' `value` does not count."""
    if group.size == 1:
        return value
    packed = np.frombuffer(pickle.dumps(value), np.uint8).copy() if group.rank == 0 else None
    length = np.array([0 if packed is None else packed.size])
    for buffer in (lambda: length, lambda: np.empty(length[0], np.uint8) if packed is None else packed):
        array = buffer()
        announcement = group.announce(what)
        group.wait((), announcement)
        group.wait([group.comm.Ibcast(array, 0)], announcement)
    return pickle.loads(array.tobytes())


def gathered(group: Group, array: Any, what: str) -> Any:
    """The arrays (n,) of all ranks, as rows."""
    rows = np.empty((group.size, *array.shape), array.dtype)
    announcement = group.announce(f"the {what}")
    group.wait((), announcement)
    group.wait([group.comm.Iallgather(array, rows)], announcement)
    return rows


def told_by_all(group: Group, value: Any, what: str) -> list[Any]:
    """The `value` of every rank, by rank, on all; `what` it is stands in messages."""
    packed = np.frombuffer(pickle.dumps(value), np.uint8)
    longest = int(gathered(group, np.array([packed.size]), f"length of {what}").max())
    rows = gathered(group, np.pad(packed, (0, longest - packed.size)), what)
    return [pickle.loads(row.tobytes()) for row in rows]  # which reads no further than it needs


def dealt_rows_together(group: Group, parts: Sequence[Tensor], total: int) -> list[Tensor]:
    """The `total` rows of each tensor, of which a rank has every size-th, from its own number on, in their order."""
    own = [np.ascontiguousarray(part.numpy(force=True)) for part in parts]
    rows = [array.reshape(len(array), math.prod(array.shape[1:])).view(np.uint8) for array in own]
    packed = np.concatenate(rows, 1)  # for one message
    found = np.empty((total, packed.shape[1]), np.uint8)
    sizes = [len(range(rank, total, group.size)) * packed.shape[1] for rank in range(group.size)]
    announcement = group.announce(f"the outputs for {total} samples")
    group.wait((), announcement)
    group.wait([group.comm.Iallgatherv(packed, [found, sizes])], announcement)
    order = np.argsort(np.concatenate([np.arange(rank, total, group.size) for rank in range(group.size)]))
    columns = np.split(found[order], np.cumsum([each.shape[1] for each in rows])[:-1], 1)
    return [
        autograd.from_numpy(np.ascontiguousarray(part).view(array.dtype).reshape(total, *array.shape[1:]))
        for part, array in zip(columns, own, strict=True)
    ]
