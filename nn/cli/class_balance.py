"""What a training does about classes that are rare: weights, another loss, and a threshold other than one half."""

from __future__ import annotations

from typing import Any

import numpy as np

import autograd
import nn

from ..data.dataset import class_numbers
from ..runs.data_record import DataChangedError
from ..runs.run_data import Data
from ..runs.settings import BEST, ConfigError, Settings
from ..runs.task import Task
from ..train.decisions import EVEN, best_threshold
from .outcome import loss_of, measure


def check_task(settings: Settings, task: Task) -> None:
    """Raises ConfigError for settings about classes that do not suit the task."""
    classes = len(task.classes or ())
    for name, off in ("class_weight", "none"), ("loss", ""):
        if getattr(settings, name) != off and not classes:
            raise ConfigError(f"{name}: {getattr(settings, name)} is for classes, and {task.goal} is a number")
    if settings.threshold != EVEN and classes != 2:
        given = f"there are {classes}" if classes else f"{task.goal} is a number"
        raise ConfigError(f"threshold: it tells two classes apart, and {given}")


def training_loss(settings: Settings, data: Data) -> nn.Module:
    """The loss to train with: that of the task, or the focal loss; with weights, if classes are to be balanced.

    Raises DataChangedError for the weights of a run of whose training data nothing is left.
    """
    classes, weight = data.task.classes, None
    if classes is None:
        return loss_of(data.task)
    if settings.class_weight == "balanced":
        if not len(data.train):
            raise DataChangedError(f"{data.note}: the classes that the model was trained on cannot be counted any more")
        weight = autograd.tensor(balanced(class_numbers(data.train), len(classes)))
    return nn.FocalLoss(weight) if settings.loss == "focal" else nn.CrossEntropyLoss(weight)


def balanced(numbers: Any, classes: int) -> Any:
    """Weights (C,) with which all classes that have samples count the same, N / (C · samples), as in scikit-learn."""
    counts = np.bincount(np.asarray(numbers), minlength=classes)
    return (len(numbers) / (np.count_nonzero(counts) * np.maximum(counts, 1))).astype(np.float32)


def chosen_on(settings: Settings, data: Data) -> str:
    """The name of the part that the best threshold is chosen on; "" if there is nothing to choose."""
    if settings.threshold != BEST:
        return ""
    return "valid" if "valid" in data.parts else "train"


def threshold_for(settings: Settings, data: Data, model: nn.Module) -> float:
    """The probability from which the second of two classes is decided for."""
    if not (part := chosen_on(settings, data)):
        return settings.threshold
    outcome = measure(model, data.parts[part], data.task)
    return best_threshold(outcome.scores, outcome.targets)
