"""Data sets that a DataLoader reads from, and how to split them."""

from __future__ import annotations

import math
import operator
import warnings
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import accumulate, pairwise
from typing import Any

import numpy as np

import autograd
from autograd import Generator, Tensor

from .collate import fetch, rearrange
from .data_display import dataset_html
from .streams import rng


class Dataset:
    """A sequence of samples: a subclass defines `__getitem__(index)` and `__len__()`.

    One that can serve many samples at once also defines `__getitems__(indices)`, which takes an integer array and
    returns the finished batch; the loader then never asks for single samples.

    Raises NotImplementedError where a subclass lacks what it has to define.
    """

    def __getitem__(self, index: Any) -> Any:
        raise NotImplementedError(f"{type(self).__name__} must define __getitem__(index)")

    def __len__(self) -> int:
        raise NotImplementedError(f"{type(self).__name__} must define __len__()")

    def __add__(self, other: Any) -> ConcatDataset:
        return ConcatDataset([self, other])

    def _repr_html_(self) -> str:
        return dataset_html(self)


class TensorDataset(Dataset):
    """Tensors or ndarrays of the same length: sample i is the tuple of their i-th elements.

    Raises ValueError for tensors of different lengths or without a first dimension, and if there are none.
    """

    def __init__(self, *tensors: Any) -> None:
        self.tensors = tuple(autograd.as_tensor(tensor) for tensor in tensors)
        if not self.tensors or any(tensor.ndim == 0 for tensor in self.tensors):
            raise ValueError("TensorDataset: expected one or more tensors with a first dimension that counts samples")
        if len({len(tensor) for tensor in self.tensors}) > 1:
            shapes = ", ".join(str(tuple(tensor.shape)) for tensor in self.tensors)
            raise ValueError(f"TensorDataset: expected tensors of the same length, given shapes {shapes}")

    def __getitem__(self, index: Any) -> tuple[Tensor, ...]:
        return tuple(tensor[index] for tensor in self.tensors)

    def __getitems__(self, indices: np.ndarray[Any, Any]) -> list[Tensor]:
        return list(self[indices])

    def __len__(self) -> int:
        return len(self.tensors[0])


class Subset(Dataset):
    """The samples of `dataset` at `indices`, in that order. Raises IndexError for an index out of range."""

    def __init__(self, dataset: Any, indices: Sequence[int] | np.ndarray[Any, Any]) -> None:
        self.dataset, self.indices = dataset, np.array(indices, dtype=np.int64).reshape(-1)
        outside = (self.indices < -len(dataset)) | (self.indices >= len(dataset))
        if outside.any():
            given = self.indices[outside][0]
            raise IndexError(f"Subset: index {given} is out of range for a data set of {len(dataset)} samples")

    def __getitem__(self, index: Any) -> Any:
        return self.dataset[int(self.indices[operator.index(index)])]

    def __getitems__(self, indices: np.ndarray[Any, Any]) -> Any:
        return fetch(self.dataset, self.indices[indices])

    def __len__(self) -> int:
        return len(self.indices)


class ConcatDataset(Dataset):
    """Several data sets in a row. Raises ValueError if there are none, IndexError for an index out of range."""

    def __init__(self, datasets: Iterable[Any]) -> None:
        self.datasets = list(datasets)
        if not self.datasets:
            raise ValueError("ConcatDataset: expected at least one data set, given none")
        self.cumulative_sizes = list(accumulate(len(dataset) for dataset in self.datasets))

    def __getitem__(self, index: Any) -> Any:
        index = operator.index(index)
        if not -len(self) <= index < len(self):
            raise IndexError(f"ConcatDataset: index {index} is out of range for {len(self)} samples")
        index %= len(self)
        part = bisect_right(self.cumulative_sizes, index)
        return self.datasets[part][index - (self.cumulative_sizes[part - 1] if part else 0)]

    def __getitems__(self, indices: np.ndarray[Any, Any]) -> Any:
        """The batches of the single data sets, put together in the order of `indices`."""
        indices = indices % len(self)
        parts = np.searchsorted(self.cumulative_sizes, indices, side="right")
        firsts, order = np.array([0, *self.cumulative_sizes])[parts], np.argsort(parts, kind="stable")
        batches = [fetch(self.datasets[part], (indices - firsts)[parts == part]) for part in np.unique(parts).tolist()]
        return batches[0] if len(batches) == 1 else rearrange(batches, np.argsort(order))

    def __len__(self) -> int:
        return self.cumulative_sizes[-1]


class StackDataset(Dataset):
    """Data sets of the same length side by side: sample i is the tuple of their i-th samples.

    Named data sets, StackDataset(image=a, text=b), give a dict. Raises ValueError for different lengths, for none, and
    for some with and some without a name.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if bool(args) == bool(kwargs):
            raise ValueError(f"StackDataset: expected data sets, or named ones, given {len(args)} and {len(kwargs)}")
        self.datasets: tuple[Any, ...] | dict[str, Any] = args or kwargs
        lengths = [len(dataset) for dataset in (*args, *kwargs.values())]
        if len(set(lengths)) > 1:
            raise ValueError(f"Size mismatch between datasets: given {lengths}")
        self._length = lengths[0]

    def __getitem__(self, index: Any) -> Any:
        if isinstance(self.datasets, dict):
            return {name: dataset[index] for name, dataset in self.datasets.items()}
        return tuple(dataset[index] for dataset in self.datasets)

    def __getitems__(self, indices: np.ndarray[Any, Any]) -> Any:
        if isinstance(self.datasets, dict):
            return {name: fetch(dataset, indices) for name, dataset in self.datasets.items()}
        return [fetch(dataset, indices) for dataset in self.datasets]

    def __len__(self) -> int:
        return self._length


def random_split(dataset: Any, lengths: Sequence[float], generator: Generator | None = None) -> list[Subset]:
    """Split at random into subsets of the given lengths, or of fractions that sum to 1.

    The lengths that fractions give are rounded down, and the remaining samples go to the first subsets, one each.
    Raises ValueError for lengths that do not sum to the length of the data set.
    """
    total = len(dataset)
    if any(n < 0 for n in lengths):
        raise ValueError(f"random_split: expected lengths or fractions that are not negative, given {list(lengths)}")
    if math.isclose(sum(lengths), 1):
        sizes = [math.floor(total * fraction) for fraction in lengths]
        for i in range(total - sum(sizes)):
            sizes[i % len(sizes)] += 1
        if 0 in sizes:
            warnings.warn(f"random_split: a subset is empty, {total} samples give lengths {sizes}", stacklevel=2)
    else:
        sizes = [int(n) for n in lengths]
        if sizes != list(lengths) or sum(sizes) != total:
            raise ValueError(
                f"random_split: expected lengths that sum to {total}, the length of the data set, or fractions that "
                f"sum to 1, given {list(lengths)}, which sum to {sum(lengths)}"
            )
    order = rng(generator).permutation(total)
    return [Subset(dataset, order[start:end]) for start, end in pairwise([0, *accumulate(sizes)])]


def stratified_split(dataset: Any, fraction: float = 0.8, generator: Generator | None = None) -> tuple[Subset, Subset]:
    """Split at random into `fraction` of the samples of every class, and the others.

    A class of two samples or more is in both subsets, a class of one in the first.

    Args:
        dataset: a TensorDataset whose last tensor holds the classes (N,), a data set with such `targets`, or Subsets
            and ConcatDatasets of those; or the classes themselves, if only the `indices` of the subsets are wanted.
        fraction: between 0 and 1.

    Raises ValueError for another fraction, and for a data set without classes.
    """
    if not 0 < fraction < 1:
        raise ValueError(f"stratified_split: expected a fraction between 0 and 1, given {fraction}")
    classes = class_numbers(dataset)
    order = rng(generator).permutation(len(classes))
    _, counts = np.unique(classes, return_counts=True)
    first = np.zeros(len(classes), bool)
    by_class = order[np.argsort(classes[order], kind="stable")]
    for end, count in zip(accumulate(counts.tolist()), counts.tolist(), strict=True):
        share = 1 if count == 1 else min(max(round(count * fraction), 1), count - 1)
        first[by_class[end - count : end - count + share]] = True
    return Subset(dataset, order[first[order]]), Subset(dataset, order[~first[order]])


def class_numbers(dataset: Any) -> np.ndarray[Any, Any]:
    """The class of every sample, (N,), of what `stratified_split` takes. Raises ValueError for anything else."""
    if isinstance(dataset, Subset):
        return class_numbers(dataset.dataset)[dataset.indices]
    if isinstance(dataset, ConcatDataset):
        return np.concatenate([class_numbers(part) for part in dataset.datasets])
    labels = getattr(dataset, "targets", None)
    if labels is None:
        labels = dataset.tensors[-1] if isinstance(dataset, TensorDataset) else dataset
    classes = np.asarray(labels) if not isinstance(labels, Dataset) else np.empty(())
    if classes.ndim != 1 or classes.dtype == object:
        raise ValueError(
            f"stratified_split: expected classes (N,), found {classes.shape} in {type(dataset).__name__}: give the "
            "classes instead of the data set, and make Subset(dataset, part.indices) of each part"
        )
    return classes
