"""Which samples each rank reads."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from autograd import Generator

from ..distributed.alike import compared_in_training
from ..distributed.process_group import get_rank, get_world_size, is_initialized
from .samplers import Sampler


class DistributedSampler(Sampler):
    """Of the samples in a common order, every `num_replicas`-th, from number `rank` on.

    All ranks get equally many: the first samples are repeated at the end or, with `drop_last`, the last ones left out.
    Call `set_epoch(epoch)` before each epoch, or all epochs have the same order.

    Args:
        dataset: the data, of which only the length is asked.
        num_replicas: how many ranks share them, by default all.
        rank: the number of this one, by default its own.
        shuffle: whether the common order is random.
        seed: of that order; the same on all ranks.
        drop_last: leave out the samples that are too many, rather than repeat some.
        pad: whether all ranks get equally many. False is for measuring: no sample is left out or counted twice.

    Raises ValueError for a rank out of range, and without `num_replicas` and `rank` before `init_process_group`.
    """

    def __init__(
        self,
        dataset: Any,
        num_replicas: int | None = None,
        rank: int | None = None,
        shuffle: bool = True,
        seed: int = 0,
        drop_last: bool = False,
        *,
        pad: bool = True,
    ) -> None:
        self.dataset, self.shuffle, self.seed, self.drop_last, self.pad = dataset, shuffle, seed, drop_last, pad
        self.num_replicas = get_world_size() if num_replicas is None else num_replicas
        self.rank, self.epoch = get_rank() if rank is None else rank, 0
        if not 0 <= self.rank < self.num_replicas:
            raise ValueError(f"Invalid rank {self.rank}, rank should be in the interval [0, {self.num_replicas - 1}]")
        whole, n = len(dataset), self.num_replicas
        if not pad:
            self.num_samples, self.total_size = len(range(self.rank, whole, n)), whole
        else:
            self.num_samples = whole // n if drop_last and whole % n else math.ceil(whole / n)
            self.total_size = self.num_samples * n
        if is_initialized() and n == get_world_size():
            compared_in_training.add(self)

    def __iter__(self) -> Iterator[int]:
        whole = len(self.dataset)
        order = np.arange(whole)
        if self.shuffle:
            order = Generator(self.seed + self.epoch).rng.permutation(whole)
        return iter(np.resize(order, self.total_size)[self.rank :: self.num_replicas].tolist())

    def __len__(self) -> int:
        return self.num_samples

    def set_epoch(self, epoch: int) -> None:
        """Choose the order of an epoch."""
        self.epoch = epoch

    def fact(self) -> str:
        """What must be the same on all ranks."""
        return (
            f"a DistributedSampler of {len(self.dataset)} samples, seed {self.seed}, epoch {self.epoch}, shuffle "
            f"{self.shuffle}, drop_last {self.drop_last}"
        )
