"""The samples that were seen: fingerprints to tell them apart, and a few hundred with their targets."""

from __future__ import annotations

from collections import deque
from typing import Any

import numpy as np

from autograd import Tensor

from ..data import DataLoader, TensorDataset
from ..data.collate import fetch
from ..data.streams import stream

Array = np.ndarray[Any, Any]

MOST_HASHED = 100_000  # fingerprints kept
NEW_FOR_LONG = 20_000  # if the first so many are all different, as with augmentation, no more are taken
MOST_KEPT = 400  # samples kept with their targets
MOST_NUMBERS = 1_000_000  # in the samples kept
AT_ONCE = 0.02  # what the same batch again counts, as it comes in one step of a GAN, or in all of a single batch
ALMOST = 0.9  # of a batch: all of it, where training draws its samples at random and has not met a few
BITS = 24  # of information that make it unlikely for two samples to be equal by chance
VOTERS = 50  # neighbours that are asked together: where labels are noisy, one says little
PROJECTED = 64  # dimensions to which wider samples are projected for comparison


class Samples:
    """Fingerprints of training and validation inputs, and pairs of an input and its target."""

    def __init__(self) -> None:
        self.train: set[int] = set()
        self.valid: set[int] = set()
        self.wanted: dict[int, Array] = {}  # the target of each sample of those data
        self.given = False  # whether `valid` comes from data that the user named as such
        self.looking = True  # whether training inputs are still being added
        self.repeated = 0.0
        self._newest: deque[int] = deque(maxlen=4)  # the first sample of each of the last batches
        self.x: list[Array] = []
        self.y: list[Array] = []
        self.kept = 0
        self.shape: tuple[int, ...] = ()  # of a kept sample
        self.dtype = np.dtype(np.float32)
        self.columns = 0  # numbers in a training sample
        self._weights: dict[int, Any] = {}
        self._telling: bool | None = None

    def trained_on(self, x: Any) -> None:
        """Add a batch of inputs that the model is trained on."""
        marks = self._marks(x)
        if marks is None:
            return
        before, self.columns = len(self.train), x[0].numel() if isinstance(x, Tensor) else x[0].size
        self.train.update(marks)
        if before == len(self.train):
            self.repeated += AT_ONCE if marks[0] in self._newest else 1
        self._newest.append(marks[0])
        self.looking = self.repeated < 2 and len(self.train) < (MOST_HASHED if self.repeated else NEW_FOR_LONG)

    def validated_on(self, x: Any) -> bool:
        """Add a batch of inputs that the model was only evaluated on; whether nearly all are training samples."""
        marks = None if self.given or len(self.valid) >= MOST_HASHED else self._marks(x)
        self.valid.update(marks or ())
        return bool(marks) and len(self.train.intersection(marks or ())) >= ALMOST * len(marks or ())

    def take_valid(self, data: Any) -> None:
        """Add the validation data themselves, if they can be indexed, without drawing any random number."""
        dataset = (
            data.dataset if isinstance(data, DataLoader) else TensorDataset(*data) if isinstance(data, tuple) else data
        )
        if not hasattr(dataset, "__getitem__"):
            return
        with stream(0, 0):
            for start in range(0, min(len(dataset), NEW_FOR_LONG), 256):
                batch = fetch(dataset, np.arange(start, min(start + 256, len(dataset))))
                marks = self._marks(batch[0] if isinstance(batch, list | tuple) else batch)
                if marks is not None:
                    self.valid.update(marks)
                    self.given = True
                    y = batch[1] if isinstance(batch, list | tuple) and len(batch) == 2 else None
                    y = y.numpy(force=True) if isinstance(y, Tensor) else y
                    if isinstance(y, np.ndarray) and y.ndim and len(y) == len(marks):
                        self.wanted.update(zip(marks, y, strict=True))

    def targets(self, x: Any) -> Array | None:
        """The targets of a batch of validation inputs, where all are known."""
        marks = self._marks(x) if self.wanted else None
        return np.array([self.wanted[m] for m in marks]) if marks and self.wanted.keys() >= set(marks) else None

    def _tells(self, x: Array) -> bool:
        """Whether equal values mean the same sample, which they do not for a few yes-or-no columns."""
        if self._telling is None and len(x) >= 8:
            columns = np.sort(np.nan_to_num(x[:64].reshape(min(len(x), 64), -1)[:, :256]), axis=0)
            kinds = 1 + np.count_nonzero(np.diff(columns, axis=0), axis=0)
            self._telling = bool(np.where(2 * kinds > len(columns), BITS, np.log2(kinds)).sum() >= BITS)
        return self._telling is not False

    def pair(self, x: Any, y: Array) -> None:
        """Keep a batch of inputs with its targets."""
        x = _numbers(x)
        if x is None or len(x) != len(y) or self.kept >= MOST_KEPT:
            return
        if (self.kept + len(x)) * x[0].size <= MOST_NUMBERS:
            self.shape, self.dtype = x.shape[1:], x.dtype
            self.x.append(x.reshape(len(x), -1).astype(np.float32))
            self.y.append(y)
            self.kept += len(x)

    def neighbours(self) -> tuple[Array, Array]:
        """For every distinct sample that was kept, its target and that of its nearest neighbour."""
        if not self.x or len({part.shape[1] for part in self.x}) > 1:
            return np.zeros(0), np.zeros(0)
        x = np.concatenate(self.x)
        _, first = np.unique(self._marks(x) or [], return_index=True)
        x, y = x[first], np.concatenate(self.y)[first]
        if len(x) < 3:
            return np.zeros(0), np.zeros(0)
        x = (x - x.mean(0)) / np.where(x.std(0) > 0, x.std(0), 1)
        if x.shape[1] > PROJECTED:  # Johnson and Lindenstrauss (1984): distances are nearly preserved
            x = x @ np.random.default_rng(0).standard_normal((x.shape[1], PROJECTED), np.float32)
        self._distinct = x
        squares = np.square(x).sum(1)
        apart = squares[:, None] + squares - 2 * x @ x.T
        np.fill_diagonal(apart, np.inf)
        self._nearest = np.argsort(apart, 1)[:, : min(VOTERS, len(x) - 1)]
        return y, y[self._nearest[:, 0]]

    def voted(self, wanted: Array) -> Array:
        """For each sample of `neighbours`, the mean of `wanted` (N, K) among those around it."""
        return np.asarray(wanted[self._nearest].mean(1))

    def fitted(self, wanted: Array) -> Array:
        """Leave-one-out predictions (N, K) of ridge regression from the samples of `neighbours` to `wanted` (N, K)."""
        x = np.column_stack([self._distinct, np.ones(len(wanted))]).astype(np.float64)
        hat = x @ np.linalg.solve(x.T @ x + np.eye(x.shape[1]), x.T)
        own = np.diag(hat)[:, None]
        return np.asarray((hat @ wanted - own * wanted) / (1 - own))

    def _marks(self, x: Any) -> list[int] | None:
        """A fingerprint of every sample; None if their values cannot tell samples apart."""
        x = _numbers(x)
        if x is None or not self._tells(x):
            return None
        rows = np.ascontiguousarray(x.reshape(len(x), -1))
        words = rows.view(f"u{rows.itemsize}")
        if rows.itemsize == 4 and words.shape[1] % 2 == 0:
            words = words.view(np.uint64)
        count = words.shape[1]
        if count not in self._weights:
            self._weights[count] = 2 * np.random.default_rng(count).integers(2**62, size=count, dtype=np.uint64) + 1
        marks = np.einsum("ij,j->i", words, self._weights[count])
        return list(marks.tolist())


def _numbers(x: Any) -> Array | None:
    """A batch of floating-point samples as an array (N, …); None for anything else."""
    array = x.numpy(force=True) if isinstance(x, Tensor) else x
    if not isinstance(array, np.ndarray) or "float" not in array.dtype.name or array.ndim < 2 or not array.size:
        return None
    return array
