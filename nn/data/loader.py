"""Batches out of a data set."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

import autograd
from autograd import Generator, Tensor


class DataLoader:
    """Walk through `dataset` in batches of `batch_size` samples, in order or, with `shuffle`, in a new order each time.

    The order is drawn from `generator`, or from the one that `autograd.manual_seed` seeds. A last batch that is smaller
    is served too, unless `drop_last`. A data set with `__getitems__` serves a batch at once; samples of any other are
    stacked by `collate`.
    """

    def __init__(
        self,
        dataset: Any,
        batch_size: int = 1,
        shuffle: bool = False,
        *,
        drop_last: bool = False,
        generator: Generator | None = None,
    ) -> None:
        if not isinstance(batch_size, int) or batch_size < 1:
            raise ValueError(f"batch_size should be a positive integer value, but got batch_size={batch_size}")
        self.dataset, self.batch_size, self.shuffle = dataset, batch_size, shuffle
        self.drop_last, self.generator = drop_last, generator

    def __iter__(self) -> Iterator[Any]:
        order, size = self._order(), self.batch_size
        for start in range(0, len(self) * size, size):
            yield self._fetch(order[start : start + size])

    def __len__(self) -> int:
        """The number of batches."""
        full, rest = divmod(len(self.dataset), self.batch_size)
        return full if self.drop_last or not rest else full + 1

    def _order(self) -> np.ndarray:
        if not self.shuffle:
            return np.arange(len(self.dataset))
        return (self.generator or autograd.default_generator).rng.permutation(len(self.dataset))

    def _fetch(self, indices: np.ndarray) -> Any:
        if hasattr(self.dataset, "__getitems__"):
            return self.dataset.__getitems__(indices)
        return collate([self.dataset[int(i)] for i in indices])


def collate(samples: Sequence[Any]) -> Any:
    """One batch of many samples: tensors, arrays and numbers are stacked, tuples and dicts are gone into."""
    first = samples[0]
    if isinstance(first, tuple | list):
        return [collate(parts) for parts in zip(*samples, strict=True)]
    if isinstance(first, dict):
        return {key: collate([sample[key] for sample in samples]) for key in first}
    if isinstance(first, Tensor):
        return autograd.stack(list(samples))
    return autograd.as_tensor(np.stack(samples)) if isinstance(first, np.ndarray) else autograd.tensor(list(samples))
