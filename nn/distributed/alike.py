"""Whether all ranks began alike: the same model, seed and data. Hashes are compared; if they differ, the facts."""

from __future__ import annotations

import hashlib
from typing import Any, Protocol
from weakref import WeakSet

import numpy as np

from ..module import Module
from .process_group import Group, the_group
from .rank_watch import DistributedError
from .shared_values import gathered, told_by_all


class Dealt(Protocol):
    """What deals data out to the ranks, and can only do so if it is the same on all."""

    def fact(self) -> str: ...


compared_in_training: WeakSet[Dealt] = WeakSet()  # by DistributedDataParallel, before the first step


def check_alike(**facts: Any) -> None:
    """Compare facts that must be the same on all ranks: `check_alike(model=net, seed=0, rows=len(data))`.

    Of a model that is the names, shapes and dtypes of its parameters and buffers, and which of them are trained; of
    anything else its `repr`. All ranks must call it, at the same place.

    Raises DistributedError, naming the first rank that differs from rank 0 and how; ValueError before
    `init_process_group`.
    """
    compare(the_group(), {name: described(value) for name, value in facts.items()})


def described(value: Any) -> str:
    """The lines by which a fact is compared."""
    if not isinstance(value, Module):
        return repr(value)
    parts = [*value.named_parameters(), *value.named_buffers()]
    return "\n".join(
        f"{name} {tuple(part.shape)} {part.dtype.name}{' trained' * part.requires_grad}" for name, part in parts
    )


def facts_of_data() -> dict[str, str]:
    """The facts of all that deals data out."""
    return {"data": "\n".join(sorted(each.fact() for each in compared_in_training))}


def compare(group: Group, facts: dict[str, str]) -> None:
    """Raise DistributedError if the facts of another rank are not those of rank 0."""
    if group.size == 1:
        return
    text = "\n".join(f"{name}: {line}" for name, fact in facts.items() for line in fact.split("\n"))
    digests = gathered(group, np.frombuffer(hashlib.sha256(text.encode()).digest(), np.uint8), "check of a hash")
    if (digests == digests[0]).all():
        return
    texts = told_by_all(group, text, "what differs")
    other = next(rank for rank, digest in enumerate(digests) if (digest != digests[0]).any())
    here, there = _first_difference(texts[0].split("\n"), texts[other].split("\n"))
    raise DistributedError(
        f"the ranks did not begin alike: rank {other} has {there}, rank 0 has {here}: start all with the same program, "
        "arguments, data and seed"
    )


def _first_difference(ours: list[str], theirs: list[str]) -> tuple[str, str]:
    length = max(len(ours), len(theirs))
    pairs = zip(*(lines + ["nothing more"] * (length - len(lines)) for lines in (ours, theirs)), strict=True)
    return next((one, other) for one, other in pairs if one != other)
