"""`chalkgrad train`: from settings to a folder with a trained model, its figures and its pictures."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from rich.markup import escape

import autograd
import nn

from ..train import Callback, Checkpoints, EarlyStopping, Interrupted, Trainer
from ..train.resume import checkpoints
from . import show
from .build import build_model
from .outcome import Outcome, measure
from .planned_training import Training
from .run_data import Data, load_data
from .run_folder import CHECKPOINTS, MODEL, RESULTS, Run, write_json
from .settings import ConfigError, Settings, settings
from .task import outputs

BESIDE_RESUME = ("epochs", "doctor", "quiet")


class TrainingError(Exception):
    """The training ended before its time; the message tells how to go on."""


def command(flags: Mapping[str, Any], config: Path | None = None, resume: Path | None = None) -> None:
    """Train as the flags and the file say, or go on with the run in a folder."""
    if resume is None:
        train(settings(flags, config))
        return
    if others := [name for name, value in flags.items() if value is not None and name not in BESIDE_RESUME]:
        given = ", ".join("a data set" if name == "dataset" else f"--{name.replace('_', '-')}" for name in others)
        raise ConfigError(
            "--resume goes on with the settings of the run: beside it, only --epochs, --doctor and --quiet can be "
            f"given, not {given}"
        )
    if config is not None:
        raise ConfigError("--resume goes on with the settings of the run: it takes no --config")
    go_on(Run.open(resume), flags)


def train(settings: Settings) -> Run:
    """Train a model in a new folder. Raises TrainingError after Ctrl-C, ConfigError, and what data and files raise."""
    data = load_data(settings)
    autograd.manual_seed(settings.seed)
    model = build_model(settings, data.task.shape, outputs(data.task))
    return fit(Run.create(settings, data.task), data, model)


def go_on(run: Run, changes: Mapping[str, Any]) -> Run:
    """Go on with a training from its newest checkpoint; `changes` may give other `epochs`, `doctor` and `quiet`."""
    before = run.settings
    run.settings = replace(before, **{name: value for name, value in changes.items() if value is not None})
    data = load_data(before)
    autograd.manual_seed(before.seed)
    if run.settings.epochs != before.epochs:
        run.write_config(f"was resumed after being planned for {before.epochs} epochs, which can make a difference")
    return fit(run, data, run.build(), resume=True)


def fit(run: Run, data: Data, model: nn.Sequential, *, resume: bool = False) -> Run:
    """Train the model of a run, and leave what was learned in its folder."""
    settings, console = run.settings, show.console()
    if not settings.quiet:
        console.print(show.heading(settings, data, model), soft_wrap=True)
    callbacks: list[Callback] = [Checkpoints(), *_loggers(settings)]
    stopping = EarlyStopping("loss" if data.valid is None else "valid_loss", patience=settings.early_stop or 1)
    if settings.early_stop:
        callbacks.append(stopping)
    training = Training(settings, data, model, callbacks, run.path, resume)
    trainer = training.trainer
    before = checkpoints(run.path / CHECKPOINTS)[-1:]
    try:
        history = training.fit()
    except Interrupted as stop:
        raise TrainingError(f"{stop}; go on with: chalkgrad train --resume {run.path}") from None
    if resume and checkpoints(run.path / CHECKPOINTS)[-1:] == before:
        console.print("nothing is left to do" + "; a larger --epochs goes on" * (trainer.epoch == trainer.epochs))
    nn.save(model.state_dict(), run.path / MODEL)
    outcome = measure(model, data.parts[data.final], data.task)
    weights = stopping.best_epoch if settings.early_stop else trainer.epoch
    _write_results(run, data, trainer, outcome, weights)
    from .run_pictures import draw_pictures

    pictures = draw_pictures(run, data, model, history, outcome)
    _report(run, data, trainer, outcome, pictures)
    return run


def _loggers(settings: Settings) -> list[Callback]:
    if settings.log == "none":
        return []
    from ..train.loggers import TensorBoardLog, WandbLog

    return [TensorBoardLog() if settings.log == "tensorboard" else WandbLog()]


def _write_results(run: Run, data: Data, trainer: Trainer, outcome: Outcome, weights: int) -> None:
    figures = {name: value if math.isfinite(value) else None for name, value in outcome.figures().items()}
    content = {
        "measured_on": data.final,
        **figures,
        "weights_of_epoch": weights,
        "epochs": trainer.epoch,
        "steps": trainer.step,
        "seconds": round(trainer.row["seconds"], 3),
        "parameters": sum(parameter.numel() for parameter in trainer.model.parameters()),
        "samples": {name: len(part) for name, part in data.parts.items()},
    }
    write_json(run.path / RESULTS, content)


def _report(run: Run, data: Data, trainer: Trainer, outcome: Outcome, pictures: list[Path]) -> None:
    """The last lines. Raises TrainingError if there is nothing to be proud of."""
    if not math.isfinite(outcome.loss):
        raise TrainingError(
            f"the loss is not a number any more: try a lower --lr than {run.settings.lr:g}, or --clip-norm 1, or "
            f"--doctor to find the cause; the figures are in {run.path}"
        )
    console = show.console()
    epochs, seconds = trainer.epoch, trainer.row["seconds"]
    end = f", after {epochs} epoch{'s' * (epochs != 1)} and {seconds:.{1 if seconds >= 1 else 2}f} s"
    console.print(show.verdict(outcome, data.task, data.final) + end, soft_wrap=True)
    names = ", ".join(path.name for path in pictures)
    console.print(f"[bold]{escape(str(run.path))}[/]  {names or 'no pictures'}", soft_wrap=True)
