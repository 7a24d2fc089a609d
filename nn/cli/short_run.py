"""A run of a search: what `chalkgrad train` would train, told by its last figures."""

from __future__ import annotations

import math
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import autograd
import nn

from ..callbacks import Callback
from ..runs.build_model import build_model
from ..runs.run_data import Data
from ..runs.run_folder import MODEL
from ..runs.settings import Settings
from .build_training import build_trainer, fit_arguments, measured
from .one_run import begin_on

Metrics = dict[str, float]


def attempt(settings: Settings, data: Data) -> Metrics:
    """The metrics after the run that `chalkgrad train` would do, ended early if it diverges. Raises as that does."""
    autograd.manual_seed(settings.seed)
    model = build_model(settings, data.task)
    return trained(measured(settings, data, model), data, model)


def attempt_in(path: Path, settings: Settings, data: Data, callbacks: Iterable[Callback]) -> Metrics:
    """As `attempt`, in the folder of a run that keeps the history and, unless it diverges, the model."""
    folder, data, model = begin_on(data, replace(settings, out=str(path), quiet=True))
    metrics = trained(folder.settings, data, model, callbacks, path)
    if not math.isnan(metrics["loss"]):
        nn.save(model.state_dict(), path / MODEL)
    return metrics


def trained(
    settings: Settings, data: Data, model: nn.Sequential, callbacks: Iterable[Callback] = (), out: Path | None = None
) -> Metrics:
    """Train the model; the figure that counts, the loss and the seconds, NaN if it diverged."""
    trainer = build_trainer(settings, data.task, callbacks, out)
    with suppress(FloatingPointError):
        trainer.fit(**fit_arguments(settings, data, model))
    row = trainer.row if trainer.run.finished else {}
    metrics = {name: row.get(prefix_of(data) + name, math.nan) for name in (goal_in(data), "loss")}
    if not math.isfinite(metrics["loss"]):
        metrics = dict.fromkeys(metrics, math.nan)
    return {**metrics, "seconds": round(trainer.run.seconds, 2)}


def goal_in(data: Data) -> str:
    """The figure that settings are chosen by."""
    return "mae" if data.task.classes is None else "accuracy"


def prefix_of(data: Data) -> str:
    """What its name begins with in the history."""
    return "" if data.valid is None else "valid_"
