"""Tells a search how a training goes, epoch by epoch: Optuna, which may end it early, or Ray Tune."""

from __future__ import annotations

from typing import Any

from autograd.tools.extras import require

from ..callbacks import Callback, Run
from ..history import plain


class OptunaReport(Callback):
    """Reports a figure of every epoch to a trial of Optuna, and stops the training if the study's pruner says so.

        def objective(trial):
            report = OptunaReport(trial, "valid_accuracy")
            history = Trainer(metrics=[Accuracy()], callbacks=[report]).fit(...)
            if report.pruned:
                raise optuna.TrialPruned
            return history[-1]["valid_accuracy"]

    Args:
        trial: an `optuna.Trial`.
        monitor: the figure, by its name in the history.

    Attributes:
        pruned: whether the training was stopped.

    Raises ValueError in the first epoch if the history has no such figure.
    """

    def __init__(self, trial: Any, monitor: str = "valid_loss") -> None:
        self.trial, self.monitor, self.pruned = trial, monitor, False

    def on_epoch_end(self, run: Run) -> None:
        value = figure(run, self.monitor, self)
        self.trial.report(value, run.epoch)
        if self.trial.should_prune():
            self.pruned = run.stopping = True

    def state_dict(self) -> dict[str, Any]:
        return {"pruned": self.pruned}


class RayReport(Callback):
    """Reports the figures of every epoch to Ray Tune, whose scheduler may end the trial.

        def trainable(config):
            Trainer(metrics=[Accuracy()], callbacks=[RayReport()]).fit(...)

        ray.tune.Tuner(trainable, ...).fit()

    Args:
        monitor: the figure that Tune goes by, by its name in the history: it is made sure that there is one.

    Raises ImportError without Ray; ValueError in the first epoch if the history has no such figure.
    """

    def __init__(self, monitor: str = "valid_loss") -> None:
        self.tune, self.monitor = require("ray.tune", "ray", "RayReport reports to Ray Tune"), monitor

    def on_epoch_end(self, run: Run) -> None:
        figure(run, self.monitor, self)
        self.tune.report({name: value for name, value in run.row.items() if plain(value)})

    def state_dict(self) -> dict[str, Any]:
        return {}


def figure(run: Run, name: str, callback: Callback) -> float:
    """A figure of the newest epoch. Raises ValueError, naming the callback, if there is none of this name."""
    if name not in run.row:
        raise ValueError(
            f"{type(callback).__name__}: there is no {name!r} in the history, only {', '.join(run.row)}"
            + ("" if run.valid_batches is not None else ": give fit() validation data")
        )
    return float(run.row[name])
