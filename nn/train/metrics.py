"""What is measured of a model, besides its loss: each is counted up batch by batch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd import Tensor

Array = np.ndarray[Any, Any]


class Metric:
    """Base class: `reset` begins, `update` takes a batch, `compute` gives the figures so far, by name.

    All that is counted is kept in attributes, numbers or arrays, which are what a checkpoint saves.
    """

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Begin to count."""
        raise NotImplementedError(f"{type(self).__name__} must define reset()")

    def update(self, output: Tensor, target: Tensor) -> None:
        """Take a batch: what the model gave, and what it should have given."""
        raise NotImplementedError(f"{type(self).__name__} must define update(output, target)")

    def compute(self) -> dict[str, Any]:
        """The figures: numbers, or lists of them."""
        raise NotImplementedError(f"{type(self).__name__} must define compute()")

    def state_dict(self) -> dict[str, Any]:
        """What was counted so far."""
        return dict(vars(self))

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on counting."""
        arrays = {name: value.numpy() for name, value in state.items() if isinstance(value, Tensor)}
        vars(self).update({**state, **arrays})


class Accuracy(Metric):
    """The share of right answers.

    The output is scores (N, C, …), of which the largest counts, or a single one in each place, (N,) or (N, 1, …), which
    stands for class 1 if it is above `threshold`: 0 for logits, 0.5 for probabilities. The target holds class numbers,
    (N, …), or probabilities of the output's shape; beside single scores, -1 is class 0 too. A target of -100 does not
    count, as in the cross-entropy.
    """

    def __init__(self, threshold: float = 0.0) -> None:
        self.threshold = threshold
        super().__init__()

    def reset(self) -> None:
        self.right = self.total = 0

    def update(self, output: Tensor, target: Tensor) -> None:
        read, truth = decided(output, target, self.threshold)
        self.right += int(np.count_nonzero(read == truth))
        self.total += truth.size

    def compute(self) -> dict[str, Any]:
        return {"accuracy": self.right / self.total if self.total else np.nan}


class ConfusionMatrix(Metric):
    """How often class i (the row) was read as class j (the column): "confusion", a list of rows.

    Output and target as for `Accuracy`. `classes` are names, or None to count the classes as they come.
    """

    def __init__(self, classes: Sequence[str] | None = None, threshold: float = 0.0) -> None:
        self.classes, self.threshold = None if classes is None else list(classes), threshold
        super().__init__()

    def reset(self) -> None:
        self.matrix = np.zeros((len(self.classes or ()),) * 2, np.int64)

    def update(self, output: Tensor, target: Tensor) -> None:
        read, truth = decided(output, target, self.threshold)
        if not truth.size:
            return
        count = len(self.matrix)
        highest = max(int(read.max()), int(truth.max())) + 1
        if highest > count:
            if self.classes is not None:
                raise ValueError(f"{type(self).__name__}: met class {highest - 1}, but has names for {count} classes")
            self.matrix = np.pad(self.matrix, (0, highest - count))
            count = highest
        self.matrix += np.bincount(truth * count + read, minlength=count * count).reshape(count, count)

    def compute(self) -> dict[str, Any]:
        return {"confusion": self.matrix.tolist()}

    @property
    def precision(self) -> Array:
        """Of what was read as a class, the share that is of it; NaN for a class that never was read."""
        return _ratio(self.matrix.diagonal(), self.matrix.sum(0))

    @property
    def recall(self) -> Array:
        """Of what is of a class, the share that was read so; NaN for a class that never occurred."""
        return _ratio(self.matrix.diagonal(), self.matrix.sum(1))


class PrecisionRecall(ConfusionMatrix):
    """Precision and recall of every class, "precision[name]" and "recall[name]", and their means."""

    def compute(self) -> dict[str, Any]:
        figures = {}
        for what, values in ("precision", self.precision), ("recall", self.recall):
            known = values[~np.isnan(values)]
            figures[what] = float(known.mean()) if known.size else np.nan
            for i, value in enumerate(values.tolist()):
                figures[f"{what}[{self.classes[i] if self.classes else i}]"] = value
        return figures


class MAE(Metric):
    """Mean absolute error, Σ |output - target| / n."""

    def reset(self) -> None:
        self.sum, self.total = 0.0, 0

    def update(self, output: Tensor, target: Tensor) -> None:
        out, y = alike(type(self).__name__, output, target)
        self.sum += float(np.abs(out - y).sum())
        self.total += y.size

    def compute(self) -> dict[str, Any]:
        return {"mae": self.sum / self.total if self.total else np.nan}


class R2(Metric):
    """1 - Σ (target - output)² / Σ (target - mean of the targets)²: 1 is perfect, 0 no better than the mean.

    The spread of the targets is added up batch by batch as in Chan, Golub, LeVeque (1979), which does not cancel.
    """

    def reset(self) -> None:
        self.errors = self.mean = self.spread = 0.0
        self.total = 0

    def update(self, output: Tensor, target: Tensor) -> None:
        out, y = alike(type(self).__name__, output, target)
        if not y.size:
            return
        mean, n = float(y.mean()), self.total + y.size
        off = mean - self.mean
        self.errors += float(np.square(y - out).sum())
        self.spread += float(np.square(y - mean).sum()) + off * off * self.total * y.size / n
        self.mean += off * y.size / n
        self.total = n

    def compute(self) -> dict[str, Any]:
        return {"r2": 1 - self.errors / self.spread if self.spread else np.nan}


def decided(output: Tensor, target: Tensor, threshold: float) -> tuple[Array, Array]:
    """The classes that were read, and the true ones: two integer arrays (n,)."""
    scores, truth = output.numpy(force=True), target.numpy(force=True)
    if scores.ndim == 1 or scores.shape[1] == 1:
        read = scores.reshape(-1) > threshold
        truth = np.where(truth == -100, truth, np.rint(truth).clip(0)).reshape(-1)
    else:
        read = scores.argmax(1)
        if truth.shape == scores.shape:
            truth = truth.argmax(1)
    if read.shape != truth.shape:
        raise ValueError(
            f"expected class numbers of shape {read.shape} for scores of shape {scores.shape}, given {truth.shape}"
        )
    read, truth = read.reshape(-1).astype(np.int64, copy=False), truth.reshape(-1).astype(np.int64, copy=False)
    if truth.size and truth.min() < 0:
        read, truth = read[truth != -100], truth[truth != -100]
    return read, truth


def alike(name: str, output: Tensor, target: Tensor) -> tuple[Array, Array]:
    """Both as float64 arrays of one shape."""
    if output.shape != target.shape:
        raise ValueError(f"{name}: expected output and target of one shape, given {output.shape} and {target.shape}")
    return output.numpy(force=True).astype(np.float64), target.numpy(force=True).astype(np.float64)


def _ratio(part: Array, whole: Array) -> Array:
    return np.divide(part, whole, out=np.full(len(whole), np.nan), where=whole != 0)
