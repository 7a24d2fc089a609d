"""The order in which samples are read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

import numpy as np

import autograd
from autograd import Generator

from .streams import rng

CHUNK = 4096  # indices that are drawn with replacement, or become Python's integers, at once


def _listed(indices: np.ndarray[Any, Any]) -> Iterator[int]:
    """Python's integers, which take five times the memory of an array, not all at once."""
    for start in range(0, len(indices), CHUNK):
        yield from indices[start : start + CHUNK].tolist()


class Sampler:
    """Indices of samples: a subclass defines `__iter__()` and, if it can, `__len__()`.

    One that draws random numbers takes them from an attribute `generator` or from `streams.rng()`, so that a loader can
    resume in the middle of an epoch.

    Raises NotImplementedError where a subclass lacks `__iter__`.
    """

    def __iter__(self) -> Iterator[Any]:
        raise NotImplementedError(f"{type(self).__name__} must define __iter__()")


class SequentialSampler(Sampler):
    """0, 1, 2, ... in order."""

    def __init__(self, data_source: Any) -> None:
        self.data_source = data_source

    def __iter__(self) -> Iterator[int]:
        return iter(range(len(self.data_source)))

    def __len__(self) -> int:
        return len(self.data_source)


class RandomSampler(Sampler):
    """All indices in a new random order each time; with `replacement`, `num_samples` indices drawn independently.

    Raises ValueError for a number of samples that is not a positive integer, and for an empty data set; TypeError for a
    `replacement` that is no bool.
    """

    def __init__(
        self,
        data_source: Any,
        replacement: bool = False,
        num_samples: int | None = None,
        generator: Generator | None = None,
    ) -> None:
        self.data_source, self.replacement, self.generator = data_source, replacement, generator
        if not isinstance(replacement, bool):
            raise TypeError(f"replacement should be a boolean value, but got replacement={replacement}")
        self.num_samples = len(data_source) if num_samples is None else num_samples
        if not isinstance(self.num_samples, int) or self.num_samples < 1:
            raise ValueError(
                f"num_samples should be a positive integer value, but got num_samples={self.num_samples}"
                + (" (the data set is empty)" if num_samples is None else "")
            )

    def __iter__(self) -> Iterator[int]:
        draw, n, total = rng(self.generator), self.num_samples, len(self.data_source)
        if self.replacement:
            for start in range(0, n, CHUNK):
                yield from draw.integers(total, size=min(CHUNK, n - start)).tolist()
        else:
            for start in range(0, n, total):
                yield from _listed(draw.permutation(total)[: n - start])

    def __len__(self) -> int:
        return self.num_samples


class SubsetRandomSampler(Sampler):
    """The given indices, in a new random order each time."""

    def __init__(self, indices: Sequence[int], generator: Generator | None = None) -> None:
        self.indices, self.generator = indices, generator

    def __iter__(self) -> Iterator[int]:
        for i in _listed(rng(self.generator).permutation(len(self.indices))):
            yield self.indices[i]

    def __len__(self) -> int:
        return len(self.indices)


class WeightedRandomSampler(Sampler):
    """`num_samples` indices, each drawn with a probability in the ratio of the weights (N,).

    Without `replacement` no index is drawn twice. Raises ValueError for weights that are not one-dimensional, and for a
    number of samples that is not a positive integer; RuntimeError for weights that are negative, not finite or all 0,
    and for more samples than there are weights above 0 to draw from without replacement.
    """

    def __init__(
        self,
        weights: Sequence[float] | autograd.Tensor,
        num_samples: int,
        replacement: bool = True,
        generator: Generator | None = None,
    ) -> None:
        if not isinstance(num_samples, int) or isinstance(num_samples, bool) or num_samples < 1:
            raise ValueError(f"num_samples should be a positive integer value, but got num_samples={num_samples}")
        if not isinstance(replacement, bool):
            raise ValueError(f"replacement should be a boolean value, but got replacement={replacement}")
        self.weights = autograd.as_tensor(weights, dtype=autograd.float64)
        if self.weights.ndim != 1:
            raise ValueError(
                f"weights should be a 1d sequence but given weights have shape {tuple(self.weights.shape)}"
            )
        w = self.weights.numpy(force=True)
        if not (np.isfinite(w) & (w >= 0)).all() or not w.any():
            raise RuntimeError("WeightedRandomSampler: expected finite weights of 0 or more, and not only zeros")
        if not replacement and num_samples > np.count_nonzero(w):
            raise RuntimeError(
                f"cannot sample {num_samples} samples without replacement: {np.count_nonzero(w)} weights are above 0"
            )
        self.num_samples, self.replacement, self.generator = num_samples, replacement, generator

    def __iter__(self) -> Iterator[int]:
        draw, n = rng(self.generator), self.num_samples
        w = self.weights.numpy(force=True)
        p = w / w.sum()
        for start in range(0, n, CHUNK if self.replacement else n):
            size = min(CHUNK, n - start) if self.replacement else n
            yield from draw.choice(len(p), size, self.replacement, p).tolist()

    def __len__(self) -> int:
        return self.num_samples


class BatchSampler(Sampler):
    """The indices of `sampler` in lists of `batch_size`; the last may be shorter, unless `drop_last`.

    Raises ValueError for a batch size that is not a positive integer, and for a `drop_last` that is no bool.
    """

    def __init__(self, sampler: Iterable[int], batch_size: int, drop_last: bool = False) -> None:
        if not isinstance(batch_size, int) or isinstance(batch_size, bool) or batch_size < 1:
            raise ValueError(f"batch_size should be a positive integer value, but got batch_size={batch_size}")
        if not isinstance(drop_last, bool):
            raise ValueError(f"drop_last should be a boolean value, but got drop_last={drop_last}")
        self.sampler, self.batch_size, self.drop_last = sampler, batch_size, drop_last

    def __iter__(self) -> Iterator[list[int]]:
        indices = iter(self.sampler)
        while batch := list(islice(indices, self.batch_size)):
            if len(batch) < self.batch_size and self.drop_last:
                return
            yield batch

    def __len__(self) -> int:
        full, rest = divmod(len(self.sampler), self.batch_size)  # type: ignore[arg-type]
        return full if self.drop_last or not rest else full + 1
