"""How good a model is on some data: its outputs beside the targets, and the metrics that follow."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

import autograd
import nn
from autograd import Tensor

from ..data import DataLoader
from ..runs.task import Table, Task
from ..train import MAE, R2, Accuracy, ConfusionMatrix, Metric
from ..utils import evaluating


@dataclass
class Outcome:
    """The metrics of a model on a data set.

    Attributes:
        scores, targets: the outputs of the model, and what they should be; (N, C) and (N,), in a regression (N, 1).
        loss: the loss that the model is trained with.
        classes: their names; empty in a regression.
        confusion: how often class i was mistaken for class j, as its `matrix` (C, C), and what follows from that.
        mae, r2: of a regression; the mean absolute error is in the unit of the target.
    """

    scores: Tensor
    targets: Tensor
    loss: float
    classes: tuple[str, ...]
    confusion: ConfusionMatrix
    mae: float = math.nan
    r2: float = math.nan

    @property
    def matrix(self) -> np.ndarray[Any, Any]:
        return self.confusion.matrix

    @property
    def correct(self) -> int:
        """How many samples were classified correctly."""
        return int(self.matrix.trace())

    @property
    def accuracy(self) -> float:
        return self.correct / len(self.targets)

    def metrics(self) -> dict[str, float]:
        """The metrics by name."""
        names = ("loss", "accuracy") if self.classes else ("loss", "mae", "r2")
        return {name: getattr(self, name) for name in names}


def measure(model: nn.Module, data: Any, task: Task) -> Outcome:
    """The outcome of a model on a data set, in evaluation mode and without gradients."""
    found, wanted = [], []
    with evaluating(model):
        for inputs, target in DataLoader(data, 256):
            found.append(model(inputs))
            wanted.append(target)
        scores, targets = autograd.cat(found), autograd.cat(wanted)
        loss = loss_of(task)(scores, targets).item()
    outcome = Outcome(scores, targets, loss, task.classes or (), ConfusionMatrix(task.classes))
    if task.classes:
        outcome.confusion.update(scores, targets)
    else:
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
