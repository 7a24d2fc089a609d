"""How good a model is on some data: its outputs beside the targets, and the metrics that follow."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

import autograd
import nn
from autograd import Tensor

from ..data import DataLoader
from ..runs.fold_folders import SKEWED
from ..runs.task import Table, Task
from ..train import (
    F1,
    MAE,
    R2,
    RMSE,
    ROCAUC,
    Accuracy,
    AveragePrecision,
    Brier,
    ConfusionMatrix,
    Metric,
    bootstrap_interval,
)  # fmt: skip
from ..train.decisions import EVEN, leaning
from ..utils import evaluating


@dataclass
class Outcome:
    """The metrics of a model on a data set.

    Attributes:
        scores, targets: the outputs of the model, and what they should be; (N, C) and (N,), in a regression (N, 1).
        loss: the cross-entropy, or the mean squared error.
        classes: their names; empty in a regression.
        confusion: how often class i was mistaken for class j, as its `matrix` (C, C), and what follows from that.
        mae, r2: of a regression; the mean absolute error is in the unit of the target.
        unit: how much a difference of 1 between output and target is in the unit of the target.
        threshold: the probability from which the second of two classes is decided for.
        baselines: the outcomes of the baselines on the same data, "constant" and "linear".
    """

    scores: Tensor
    targets: Tensor
    loss: float
    classes: tuple[str, ...]
    confusion: ConfusionMatrix
    mae: float = math.nan
    r2: float = math.nan
    unit: float = 1.0
    threshold: float = EVEN
    baselines: dict[str, Outcome] = field(default_factory=dict)

    @property
    def matrix(self) -> np.ndarray[Any, Any]:
        return self.confusion.matrix

    @property
    def decided(self) -> Tensor:
        """Scores (N, C) whose largest is the class decided for, whatever the threshold."""
        return leaning(self.scores, self.threshold)

    @property
    def correct(self) -> int:
        """How many samples were classified correctly."""
        return int(self.matrix.trace())

    @property
    def accuracy(self) -> float:
        return self.correct / len(self.targets)

    @property
    def balanced_accuracy(self) -> float:
        """The mean recall of the classes that have samples."""
        recall = self.confusion.recall
        return float(recall[~np.isnan(recall)].mean())

    @property
    def skewed(self) -> bool:
        """Whether one class is so frequent that always saying it looks good."""
        if not self.classes:
            return False
        return bool(self.matrix.sum(1).max() / len(self.targets) >= 1 / len(self.classes) + SKEWED)

    @property
    def goal(self) -> str:
        """The name of the figure that the baselines are compared by."""
        return "mae" if not self.classes else "balanced_accuracy" if self.skewed else "accuracy"

    def beats(self, other: Outcome) -> bool:
        """Whether it is better than another outcome on the same data."""
        own, others = getattr(self, self.goal), getattr(other, self.goal)
        return bool(own < others if self.goal == "mae" else own > others)

    @cached_property
    def interval(self) -> tuple[float, float]:
        """Where the accuracy, or the mean absolute error, of as many samples would lie 95 times in 100."""
        if self.classes:
            return bootstrap_interval(np.mean, np.asarray(self.decided).argmax(1) == np.asarray(self.targets))
        return bootstrap_interval(np.mean, np.abs(np.asarray(self.scores - self.targets, np.float64)) * self.unit)

    def metrics(self) -> dict[str, float]:
        """The metrics that every epoch is judged by, too, by name."""
        names = ("loss", "accuracy") if self.classes else ("loss", "mae", "r2")
        return {name: getattr(self, name) for name in names}

    def figures(self) -> dict[str, float]:
        """All metrics by name, of which those of a single class are left out."""
        if self.classes:
            return self.metrics() | {"balanced_accuracy": self.balanced_accuracy} | self._of_classes()
        rmse = RMSE()
        rmse.update(self.scores, self.targets)
        return {"loss": self.loss, "mae": self.mae, "rmse": rmse.compute()["rmse"] * self.unit, "r2": self.r2}

    def _of_classes(self) -> dict[str, float]:
        found: dict[str, float] = {}
        metrics: list[Metric] = [F1(), ROCAUC(), AveragePrecision(), Brier()]
        for metric in metrics:
            metric.update(self.decided if isinstance(metric, F1) else self.scores, self.targets)
            found |= metric.compute()
        return {name: found[name] for name in ("f1", "roc_auc", "average_precision", "brier")}


def measure(
    model: nn.Module, data: Any, task: Task, baselines: Mapping[str, nn.Module] | None = None, threshold: float = EVEN
) -> Outcome:
    """The outcome of a model on a data set, in evaluation mode and without gradients, and those of the baselines."""
    models = {"": model, **(baselines or {})}
    found: dict[str, list[Tensor]] = {name: [] for name in models}
    wanted = []
    with evaluating(model):
        for inputs, target in DataLoader(data, 256):
            wanted.append(target)
            for name, each in models.items():
                found[name].append(each(inputs))
        targets = autograd.cat(wanted)
        judged = {
            name: _judged(autograd.cat(scores), targets, task, EVEN if name else threshold)
            for name, scores in found.items()
        }
    outcome = judged.pop("")
    outcome.baselines = judged
    return outcome


def _judged(scores: Tensor, targets: Tensor, task: Task, threshold: float) -> Outcome:
    loss = loss_of(task)(scores, targets).item()
    outcome = Outcome(scores, targets, loss, task.classes or (), ConfusionMatrix(task.classes), threshold=threshold)
    if task.classes:
        outcome.confusion.update(outcome.decided, targets)
        return outcome
    if isinstance(task, Table):
        outcome.unit = task.encoding.target.std
    for metric in metrics_of(task):
        metric.update(scores, targets)
        vars(outcome).update(metric.compute())
    return outcome


def loss_of(task: Task) -> nn.Module:
    """Cross-entropy for classes, the mean squared error for numbers."""
    return nn.MSELoss() if task.classes is None else nn.CrossEntropyLoss()


def metrics_of(task: Task) -> list[Metric]:
    """The metrics of every epoch, besides the loss."""
    if isinstance(task, Table) and task.classes is None:
        return [MAEIn(task.encoding.target.std), R2()]
    return [Accuracy()]


class MAEIn(MAE):
    """The mean absolute error in the unit of a column that was divided by `unit`."""

    def __init__(self, unit: float) -> None:
        self.unit = unit
        super().__init__()

    def compute(self) -> dict[str, Any]:
        return {"mae": super().compute()["mae"] * self.unit}
