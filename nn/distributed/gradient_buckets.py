"""Buckets: the gradients of several parameters side by side in one array, which MPI adds up over the ranks at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

import numpy as np

import autograd
from autograd import Tensor

from .process_group import Group
from .rank_watch import Announcement

FIRST = 2**20  # bytes in the first bucket, which is to be on its way early


class Bucket:
    """The gradients of some parameters of one dtype in a flat array; 16-bit floats as float32, which MPI can add up."""

    def __init__(self, parameters: Sequence[Tensor]) -> None:
        self.parameters = list(parameters)
        sizes = [p.numel() for p in parameters]
        dtype = parameters[0].dtype
        self.flat = np.zeros(sum(sizes), np.float32 if dtype.itemsize == 2 else dtype)
        ends = np.cumsum(sizes).tolist()
        self.parts = [self.flat[a:b].reshape(p.shape) for p, a, b in zip(parameters, [0, *ends], ends, strict=False)]
        self.request: Any = None
        self.start_by: Callable[[Callable[[], Any]], Any] | None = None  # called in place of the call that starts it
        self.waiting: set[int] = set()  # positions of the parameters whose gradients are to come

    def expect(self, positions: Iterable[int]) -> None:
        """Wait for the gradients of these parameters; the others take no part, and count as zero."""
        self.waiting, self.request = set(positions), None
        for i in range(len(self.parts)):
            if i not in self.waiting:
                self.parts[i][...] = 0

    def arrived(self, position: int) -> None:
        """Take the gradient of a parameter in."""
        self.parts[position][...] = self.parameters[position].grad.numpy(force=True)  # type: ignore[union-attr]
        self.waiting.discard(position)

    def start(self, group: Group) -> None:
        """Begin to add up."""
        start = partial(group.gradients.Iallreduce, group.mpi.IN_PLACE, self.flat, group.mpi.SUM)
        self.request = start() if self.start_by is None else self.start_by(start)

    def hand_out(self, size: int, used: set[int]) -> None:
        """Divide by the number of ranks; each parameter that some rank has `used` gets its gradient back."""
        self.flat *= 1 / size
        with autograd.no_grad():
            for i in sorted(used):
                parameter, part = self.parameters[i], self.parts[i]
                averaged = autograd.from_numpy(part).to(parameter.dtype)
                if parameter.grad is None:
                    parameter.grad = averaged.clone()
                else:
                    parameter.grad.copy_(averaged)


def in_buckets(parameters: Sequence[Tensor], capacity: int) -> list[Bucket]:
    """The parameters, last first, as backward reaches them, in buckets of at most `capacity` bytes, one dtype each."""
    groups: list[list[Tensor]] = []
    filled = limit = 0
    for parameter in reversed(parameters):
        size = parameter.numel() * parameter.dtype.itemsize
        if not groups or groups[-1][0].dtype != parameter.dtype or filled + size > limit:
            limit = min(FIRST, capacity) if not groups else capacity
            groups.append([])
            filled = 0
        groups[-1].append(parameter)
        filled += size
    return [Bucket(group) for group in groups]


class Reduction:
    """The averaging of all gradients in one backward pass: buckets start in their order, each once it is full."""

    def __init__(self, group: Group, buckets: Sequence[Bucket], used: Sequence[set[int]], number: int) -> None:
        self.group, self.buckets, self.used, self.number = group, buckets, used, number
        self.started = 0
        self.announcement: Announcement | None = None
        for bucket, positions in zip(buckets, used, strict=True):
            bucket.expect(positions)

    def arrived(self, bucket: int, position: int) -> bool:
        """Take a gradient in, and start what is full. Returns whether all buckets have started."""
        if self.announcement is None:
            self.announcement = self.group.announce(f"the gradients of backward pass {self.number}")
        self.buckets[bucket].arrived(position)
        while self.started < len(self.buckets) and not self.buckets[self.started].waiting:
            self.buckets[self.started].start(self.group)
            self.started += 1
        for each in self.buckets[: self.started]:
            each.request.Test()  # MPI gets on with its work only while it is called
        return self.started == len(self.buckets)

    def finish(self, used: Sequence[set[int]]) -> None:
        """Wait for the sums, and hand the averages out. Raises DistributedError if a rank does not come."""
        assert self.announcement is not None  # a gradient has arrived
        self.group.wait([bucket.request for bucket in self.buckets], self.announcement)
        for bucket, positions in zip(self.buckets, used, strict=True):
            bucket.hand_out(self.group.size, positions)

    def missing(self) -> list[Tensor]:
        """The parameters whose gradients have not come."""
        return [bucket.parameters[i] for bucket in self.buckets for i in sorted(bucket.waiting)]
