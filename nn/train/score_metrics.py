"""Metrics of the scores of classes: how sure a model is, and how well its scores put the classes in order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import numpy as np

from autograd import Tensor

from .collected import Collected
from .metrics import Metric, mean_of_known, scored

Array = np.ndarray[Any, Any]


class MeanScore(Metric):
    """Base class of metrics that are the mean of something over the samples: override `name` and `each`.

    Args:
        from_logits: whether the outputs are logits, (N, C, …), or single ones of class 1, (N,) or (N, 1, …); False says
            that they are probabilities. Targets are as for `Accuracy`.

    `update` raises ValueError for targets of another shape, and for a class without a score.
    """

    name: ClassVar[str]

    def __init__(self, from_logits: bool = True) -> None:
        self.from_logits = from_logits
        super().__init__()

    def reset(self) -> None:
        self.sum, self.total = 0.0, 0

    def each(self, scores: Array, truth: Array) -> Array:
        """What each sample adds to the sum. Raises NotImplementedError here."""
        raise NotImplementedError(f"{type(self).__name__} must define each(scores, truth)")

    def update(self, output: Tensor, target: Tensor) -> None:
        scores, truth = known_classes(type(self).__name__, output, target)
        self.sum += float(self.each(scores, truth).sum())
        self.total += truth.size

    def compute(self) -> dict[str, Any]:
        return {self.name: self.sum / self.total if self.total else np.nan}


class LogLoss(MeanScore):
    """The cross-entropy of the true classes, "log_loss": the mean of -log p. Probabilities below 2.2e-16 count as that,
    as in scikit-learn; logits are not cut off."""

    name = "log_loss"

    def each(self, scores: Array, truth: Array) -> Array:
        if not self.from_logits:
            return -np.log(_of_truth(two_or_more(scores), truth).clip(np.finfo(np.float64).eps))
        logits = np.hstack([np.zeros_like(scores), scores]) if scores.shape[1] == 1 else scores
        return np.logaddexp.reduce(logits, axis=1) - _of_truth(logits, truth)


class Brier(MeanScore):
    """The mean squared error of the probabilities, "brier": 0 is perfect.

    Of two classes it is that of class 1, (p - y)², from 0 to 1; of more it is Σ (p - y)² over the classes, from 0 to 2:
    scikit-learn's, and Brier's own of 1950.
    """

    name = "brier"

    def each(self, scores: Array, truth: Array) -> Array:
        chances = probabilities(scores) if self.from_logits else two_or_more(scores)
        if chances.shape[1] == 2:
            return np.square(chances[:, 1] - truth)
        return np.square(chances).sum(1) - 2 * _of_truth(chances, truth) + 1


class TopK(MeanScore):
    """The share of samples whose class is among the `k` with the largest scores, "top5_accuracy" for k = 5.

    Of equal scores the later class comes first, as in scikit-learn. Raises ValueError for a k below 1; `update` does
    for fewer than two scores, too.
    """

    def __init__(self, k: int = 5) -> None:
        if k < 1:
            raise ValueError(f"TopK: expected k to be 1 or more, given {k}")
        self.k = k
        super().__init__()

    def each(self, scores: Array, truth: Array) -> Array:
        if scores.shape[1] < 2:
            raise ValueError("TopK: expected a score for each class, (N, C), given single scores: take Accuracy")
        own = _of_truth(scores, truth)[:, None]
        later = np.arange(scores.shape[1]) > truth[:, None]
        return ((scores > own) | ((scores == own) & later)).sum(1) < self.k

    def compute(self) -> dict[str, Any]:
        return {f"top{self.k}_accuracy": self.sum / self.total if self.total else np.nan}


class OneVersusRest(Collected):
    """Base class of metrics of how well scores tell one class from the rest: override `name` and `area`.

    Of two classes, or single scores, it is that of class 1. Of more, "name[class]" is that of each class by its
    probability, and "name" their mean; classes without samples are left out, and their figures NaN. All scores are
    kept until the end of the epoch, because the figure needs them all at once.

    Args:
        classes: their names; None stands for the numbers from 0.
        from_logits: False says that the outputs are probabilities, or other scores that can be compared between
            samples.

    `update` raises ValueError for targets of another shape, and for a class without a score.
    """

    name: ClassVar[str]
    area: ClassVar[Callable[[Array, Array], float]]

    def __init__(self, classes: Sequence[str] | None = None, from_logits: bool = True) -> None:
        self.classes, self.from_logits = None if classes is None else list(classes), from_logits
        super().__init__()

    def update(self, output: Tensor, target: Tensor) -> None:
        scores, truth = known_classes(type(self).__name__, output, target)
        if scores.shape[1] == 2:
            scores = scores[:, 1:] - scores[:, :1] if self.from_logits else scores[:, 1:]
        elif scores.shape[1] > 2 and self.from_logits:
            scores = probabilities(scores)
        self.keep(scores, truth)

    def compute(self) -> dict[str, Any]:
        scores, truth = self.kept()
        area = type(self).area
        if scores.ndim < 2 or scores.shape[1] == 1:
            return {self.name: area(scores.reshape(-1), truth == 1)}
        each = [area(column, truth == i) for i, column in enumerate(scores.T)]
        names = self.classes or range(len(each))
        figures = {f"{self.name}[{name}]": value for name, value in zip(names, each, strict=True)}
        return {self.name: mean_of_known(np.array(each)), **figures}


def area_under_roc(scores: Array, positive: Array) -> float:
    """The probability that a positive has a higher score than a negative, a tie counting half; NaN without both.

    It is the area under the receiver operating characteristic (Hanley and McNeil, 1982), from the ranks of the scores.
    """
    true, false = int(positive.sum()), int((~positive).sum())
    if not true or not false or np.isnan(scores).any():
        return np.nan
    _, place, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = np.cumsum(counts) - (counts - 1) / 2
    return float((ranks[place][positive].sum() - true * (true + 1) / 2) / (true * false))


def mean_precision(scores: Array, positive: Array) -> float:
    """Σ (R_n - R_{n-1}) P_n over all thresholds, from the highest: the average precision; NaN without positives."""
    true = int(positive.sum())
    if not true or np.isnan(scores).any():
        return np.nan
    order = np.argsort(-scores, kind="stable")
    last = np.append(np.flatnonzero(np.diff(scores[order])), len(scores) - 1)  # of each threshold
    found = np.cumsum(positive[order])[last]
    return float((np.diff(found, prepend=0) * found / (last + 1)).sum() / true)


class ROCAUC(OneVersusRest):
    """The area under the receiver operating characteristic, "roc_auc": 1 is perfect, 0.5 is guessing.

    Of two classes, or single scores, it is that of class 1. Of more, "roc_auc[class]" tells each class from the rest by
    its probability, and "roc_auc" is their mean. `classes`, `from_logits`, and what is kept and raised are as for
    `OneVersusRest`.
    """

    name, area = "roc_auc", area_under_roc


class AveragePrecision(OneVersusRest):
    """The average precision over all thresholds, "average_precision": guessing gets the share of positives.

    Which class is the positive one, `classes`, `from_logits`, and what is kept and raised are as for `ROCAUC`.
    """

    name, area = "average_precision", mean_precision


def known_classes(name: str, output: Tensor, target: Tensor) -> tuple[Array, Array]:
    """The scores (n, C) in float64, and the true classes (n,). Raises ValueError for a class without a score."""
    scores, truth = scored(output, target)
    most = max(scores.shape[1], 2)
    if truth.size and truth.max() >= most:
        raise ValueError(f"{name}: met class {truth.max()}, but has scores for {most} classes")
    return scores.astype(np.float64), truth


def probabilities(logits: Array) -> Array:
    """The probabilities (n, C) of logits (n, C), or of single ones of class 1, (n, 1)."""
    if logits.shape[1] == 1:
        logits = np.hstack([np.zeros_like(logits), logits])
    return np.exp(logits - np.logaddexp.reduce(logits, axis=1, keepdims=True))


def two_or_more(chances: Array) -> Array:
    """Probabilities of each class, from those of class 1 if there is a single column."""
    return np.hstack([1 - chances, chances]) if chances.shape[1] == 1 else chances


def _of_truth(values: Array, truth: Array) -> Array:
    return values[np.arange(len(truth)), truth]
