"""Metrics: what is measured besides the loss, accumulated batch by batch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd import Tensor
from autograd.display import display, note

from .figures import figures_html

Array = np.ndarray[Any, Any]


class Metric:
    """Base class of metrics: override `reset`, `update` and `compute`, which raise NotImplementedError here.

    Keep all counts in attributes that are numbers or arrays: these are what a checkpoint saves.
    """

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Start over."""
        raise NotImplementedError(f"{type(self).__name__} must define reset()")

    def update(self, output: Tensor, target: Tensor) -> None:
        """Count one more batch of outputs and targets."""
        raise NotImplementedError(f"{type(self).__name__} must define update(output, target)")

    def compute(self) -> dict[str, Any]:
        """The figures so far, by name: numbers, or lists of numbers."""
        raise NotImplementedError(f"{type(self).__name__} must define compute()")

    def _repr_html_(self) -> str:
        try:
            return figures_html(self.compute(), getattr(self, "classes", None))
        except Exception as error:  # a metric of the user's, which may not know what to say before the first batch
            return display(note(f"{type(self).__name__} has no figures: {type(error).__name__}: {error}"))

    def state_dict(self) -> dict[str, Any]:
        """What has been counted so far."""
        return dict(vars(self))

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue counting from there."""
        arrays = {name: value.numpy() for name, value in state.items() if isinstance(value, Tensor)}
        vars(self).update({**state, **arrays})


class Accuracy(Metric):
    """The fraction of correct predictions, "accuracy".

    For outputs (N, C, …) the prediction is the class with the largest score. For single scores, (N,) or (N, 1, …), it
    is class 1 if the score is above `threshold` (0 suits logits, 0.5 probabilities) and class 0 otherwise. Targets are
    class numbers (N, …), or probabilities of the shape of the outputs; with single scores, -1 also means class 0.
    Targets of -100 are ignored, as in the cross-entropy.

    `update` raises ValueError for targets of another shape.
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
    """How often class i (row) was predicted as class j (column): "confusion", a list of rows.

    Outputs and targets are as for `Accuracy`. `classes` are the names; None makes room for classes as they appear.

    `update` raises ValueError for targets of another shape, and for a class without a name.
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
        """For each class, the fraction of its predictions that are correct; NaN if it was never predicted."""
        return _ratio(self.matrix.diagonal(), self.matrix.sum(0))

    @property
    def recall(self) -> Array:
        """For each class, the fraction of its samples that were predicted as such; NaN if it has no samples."""
        return _ratio(self.matrix.diagonal(), self.matrix.sum(1))


class PrecisionRecall(ConfusionMatrix):
    """Precision and recall: their means over the classes, and "precision[name]" and "recall[name]" of each class."""

    def compute(self) -> dict[str, Any]:
        figures = {}
        for what, values in ("precision", self.precision), ("recall", self.recall):
            known = values[~np.isnan(values)]
            figures[what] = float(known.mean()) if known.size else np.nan
            for i, value in enumerate(values.tolist()):
                figures[f"{what}[{self.classes[i] if self.classes else i}]"] = value
        return figures


class MAE(Metric):
    """Mean absolute error, "mae": Σ |output - target| / n. `update` raises ValueError for shapes that differ."""

    def reset(self) -> None:
        self.sum, self.total = 0.0, 0

    def update(self, output: Tensor, target: Tensor) -> None:
        out, y = alike(type(self).__name__, output, target)
        self.sum += float(np.abs(out - y).sum())
        self.total += y.size

    def compute(self) -> dict[str, Any]:
        return {"mae": self.sum / self.total if self.total else np.nan}


class R2(Metric):
    """Coefficient of determination, "r2": 1 - Σ (target - output)² / Σ (target - mean of the targets)².

    1 is perfect; 0 is no better than predicting the mean. The spread of the targets is accumulated as in Chan, Golub
    and LeVeque (1979), which avoids cancellation. `update` raises ValueError for shapes that differ.
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
    """The predicted and the true classes: two integer arrays (n,). Raises ValueError for shapes that do not fit."""
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
    """Both as float64 arrays. Raises ValueError if their shapes differ."""
    if output.shape != target.shape:
        raise ValueError(f"{name}: expected output and target of one shape, given {output.shape} and {target.shape}")
    return output.numpy(force=True).astype(np.float64), target.numpy(force=True).astype(np.float64)


def _ratio(part: Array, whole: Array) -> Array:
    return np.divide(part, whole, out=np.full(len(whole), np.nan), where=whole != 0)
