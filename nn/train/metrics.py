"""Metrics: what is measured besides the loss, accumulated batch by batch; those that count classes."""

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
            figures[what] = mean_of_known(values)
            for i, value in enumerate(values.tolist()):
                figures[f"{what}[{self.classes[i] if self.classes else i}]"] = value
        return figures


class BalancedAccuracy(ConfusionMatrix):
    """The mean of the recalls of the classes that have samples, "balanced_accuracy": guessing gets 1 / classes.

    Unlike the accuracy, it is not raised by always predicting the most frequent class. It is scikit-learn's.
    """

    def compute(self) -> dict[str, Any]:
        return {"balanced_accuracy": mean_of_known(self.recall)}


class F1(ConfusionMatrix):
    """The harmonic mean of precision and recall, 2 TP / (2 TP + FP + FN): "f1[name]" of each class, and two means.

    "f1" is the plain mean over the classes, "f1_weighted" weights each by its samples. A class that is neither among
    the targets nor among the predictions is left out, as scikit-learn does; its own figure is NaN.
    """

    def compute(self) -> dict[str, Any]:
        predicted, true = self.matrix.sum(0), self.matrix.sum(1)
        each = _ratio(2 * self.matrix.diagonal(), predicted + true)
        weighted = float(np.nansum(each * true) / true.sum()) if true.any() else np.nan
        figures = {"f1": mean_of_known(each), "f1_weighted": weighted}
        return figures | {
            f"f1[{self.classes[i] if self.classes else i}]": value for i, value in enumerate(each.tolist())
        }


def decided(output: Tensor, target: Tensor, threshold: float) -> tuple[Array, Array]:
    """The predicted and the true classes: two integer arrays (n,). Raises ValueError for shapes that do not fit."""
    scores, truth = scored(output, target)
    read = scores[:, 0] > threshold if scores.shape[1] == 1 else scores.argmax(1)
    return read.astype(np.int64, copy=False), truth


def scored(output: Tensor, target: Tensor) -> tuple[Array, Array]:
    """The scores (n, C), or (n, 1) of single ones, and the true classes (n,) of all places that count.

    Outputs and targets are as for `Accuracy`. Raises ValueError for shapes that do not fit.
    """
    scores, truth = output.numpy(force=True), target.numpy(force=True)
    places: tuple[int, ...] = (scores.size,)
    if scores.ndim == 1 or scores.shape[1] == 1:
        truth = np.where(truth == -100, truth, np.rint(truth).clip(0)).reshape(-1)
    else:
        places = scores.shape[:1] + scores.shape[2:]
        if truth.shape == scores.shape:
            truth = truth.argmax(1)
    if places != truth.shape:
        raise ValueError(
            f"expected class numbers of shape {places} for scores of shape {scores.shape}, given {truth.shape}"
        )
    by_sample = np.moveaxis(scores, 1, -1) if scores.ndim > 1 else scores[:, None]
    rows = by_sample.reshape(truth.size, by_sample.shape[-1])
    truth = truth.reshape(-1).astype(np.int64, copy=False)
    if truth.size and truth.min() < 0:
        rows, truth = rows[truth != -100], truth[truth != -100]
    return rows, truth


def mean_of_known(values: Array) -> float:
    """The mean of the numbers that are not NaN; NaN if there are none."""
    known = values[~np.isnan(values)]
    return float(known.mean()) if known.size else np.nan


def _ratio(part: Array, whole: Array) -> Array:
    return np.divide(part, whole, out=np.full(len(whole), np.nan), where=whole != 0)
