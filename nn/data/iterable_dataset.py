"""Data sets that are read from beginning to end, because single samples cannot be asked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from .data_display import dataset_html
from .dataset import Dataset


class IterableDataset(Dataset):
    """A stream of samples: a subclass defines `__iter__()` and, if it can, `__len__()`.

    A loader puts each `batch_size` samples that follow one another into a batch. It reads a stream once, however many
    workers it is given.

    Raises NotImplementedError where a subclass lacks `__iter__`, TypeError where it has no length or is indexed.
    """

    def __iter__(self) -> Iterator[Any]:
        raise NotImplementedError(f"{type(self).__name__} must define __iter__()")

    def __getitem__(self, index: Any) -> Any:
        raise TypeError(f"{type(self).__name__} is an IterableDataset: it has no sample {index}, iterate over it")

    def __len__(self) -> int:
        raise TypeError(f"{type(self).__name__} is an IterableDataset without a length: define __len__() if it has one")

    def __add__(self, other: Any) -> ChainDataset:  # type: ignore[override]
        return ChainDataset([self, other])

    def _repr_html_(self) -> str:
        return dataset_html(self, stream=True)


class ChainDataset(IterableDataset):
    """Several iterable data sets, one after the other. Raises TypeError for any other data set."""

    def __init__(self, datasets: Iterable[IterableDataset]) -> None:
        self.datasets = list(datasets)
        for i, dataset in enumerate(self.datasets):
            if not isinstance(dataset, IterableDataset):
                given = type(dataset).__name__
                raise TypeError(f"ChainDataset only supports IterableDataset, given a {given} at index {i}")

    def __iter__(self) -> Iterator[Any]:
        for dataset in self.datasets:
            yield from dataset

    def __len__(self) -> int:
        return sum(len(dataset) for dataset in self.datasets)


def get_worker_info() -> None:
    """None: a data set is never read by another process."""
