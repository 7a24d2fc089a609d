"""One training run, from settings to a folder with its model, and from that folder on to its end."""

from __future__ import annotations

import math
import shlex
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from rich.markup import escape

import autograd
import nn

from ..distributed import get_world_size, is_initialized
from ..runs.baselines import fit_baselines, save_baselines
from ..runs.build_model import build_model
from ..runs.data_of_run import same_data
from ..runs.data_record import DataRecord
from ..runs.run_data import Data, load_data
from ..runs.run_folder import MODEL, RESULTS, RunFolder, write_json
from ..runs.settings import ConfigError, Settings, check_folds
from ..train import Callback, Checkpoints, EarlyStopping, History, Interrupted, Trainer
from ..train.not_saved import NotSavedError, saving
from . import show
from .build_training import Replanned, build_trainer, fit_arguments, measured
from .class_balance import check_task, threshold_for
from .disk_full import FULL, disk_full
from .outcome import Outcome, measure

BESIDE_RESUME = ("epochs", "early_stop", "doctor", "quiet")


class TrainingError(Exception):
    """The training run did not reach its end; the message says what to do."""


class Finished(NamedTuple):
    """What a run came to: the last row of its history, its outcome, and the pictures in its folder."""

    row: Mapping[str, Any]
    outcome: Outcome
    pictures: list[Path]


def to_resume(path: Path) -> str:
    """The command that goes on with the run in a folder, with as many processes as now."""
    command = f"chalkgrad train --resume {shlex.quote(str(path))}"
    if not is_initialized():
        return command
    return f"mpiexec -n {get_world_size()} {command} --distributed"


@contextmanager
def resumable(path: Path) -> Iterator[None]:
    """Turns what stops the training in a folder into a TrainingError that says how it goes on."""
    go_on = to_resume(path)
    try:
        yield
    except Interrupted as stop:
        raise TrainingError(f"{stop}; to resume: {go_on}") from None
    except NotSavedError as stop:
        raise TrainingError(f"{stop.problem}; once there is room: {go_on}") from None
    except OSError as error:
        if error.errno not in FULL:
            raise
        raise TrainingError(f"{disk_full(error)}; once there is room: {go_on}") from None


def fit(folder: RunFolder, data: Data, model: nn.Sequential, resume: bool, kind: type[Trainer] = Trainer) -> Finished:
    """Train the model of a run to its end by a trainer of a `kind`, and leave in its folder what was learned.

    Raises TrainingError if the loss is not finite, and what `Trainer.fit` raises.
    """
    settings, console = folder.settings, show.console()
    if not settings.quiet:
        console.print(show.heading(settings, data, model), soft_wrap=True)
        for note in [*data.notes, *show.few_rows(data, model)]:
            console.print(f"[bold]note[/]  {escape(note)}", soft_wrap=True)
    arguments = fit_arguments(settings, data, model)
    stopping = EarlyStopping("loss" if data.valid is None else "valid_loss", patience=settings.early_stop or 1)
    callbacks: list[Callback] = [Checkpoints(), *loggers(settings)]
    callbacks += [stopping] * (settings.early_stop > 0)
    callbacks += [Replanned(arguments["scheduler"])] * resume
    trainer = build_trainer(settings, data.task, callbacks, folder.path, kind)
    try:
        history = trainer.fit(**arguments, resume=resume)
    except FloatingPointError as stop:
        raise TrainingError(
            f"{str(stop).removeprefix('fit: ')}; try an --lr below {settings.lr:g} or --clip-norm 1"
        ) from None
    weights = stopping.best_epoch if settings.early_stop else history[-1]["epoch"]
    return finish(folder, data, model, history, weights)


def begin(settings: Settings) -> tuple[RunFolder, Data, nn.Sequential]:
    """A new run: its folder, its data, and the model with its initial weights. Raises as `train` does."""
    return begin_on(load_data(settings), settings)


def begin_on(data: Data, settings: Settings) -> tuple[RunFolder, Data, nn.Sequential]:
    """A new run on data that were loaded for it. Raises as `train` does."""
    check_task(settings, data.task)
    autograd.manual_seed(settings.seed)
    model = build_model(settings, data.task)
    settings = measured(settings, data, model, *[show.console().print] * (not settings.quiet))
    return RunFolder.create(settings, data.task, DataRecord.of(data.parts)), data, model


def reopen(path: Path, flags: Mapping[str, Any], config: Path | None = None) -> tuple[RunFolder, Data, nn.Sequential]:
    """The run in a folder, ready to be resumed; `flags` may give other `epochs`, `early_stop`, `doctor` and `quiet`.

    Raises ConfigError for any other flag, and for what is not the folder of a run; DataChangedError for other data than
    it was trained on; what unreadable data raise.
    """
    changes = {name: value for name, value in flags.items() if value is not None}
    if others := [name for name in changes if name not in BESIDE_RESUME]:
        given = ", ".join("a data set" if name == "dataset" else f"--{name.replace('_', '-')}" for name in others)
        raise ConfigError(
            "--resume keeps the settings of the run: only --epochs, --early-stop, --doctor and --quiet can be changed, "
            f"not {given}"
        )
    if config is not None:
        raise ConfigError("--resume keeps the settings of the run: it takes no --config")
    if changes.get("epochs") == "auto":
        raise ConfigError("--epochs: a run that is resumed takes a number, not auto")
    folder = RunFolder.open(path)
    folder.check_trained_by_command()
    before = folder.settings
    now = folder.settings = check_folds(replace(before, **changes))
    if before.early_stop and not now.early_stop:
        raise ConfigError("--early-stop: expected a number above 0, since the run has counted from its start; give a "
                          "large one, and the run does not stop early")  # fmt: skip
    data = same_data(folder)
    show.note(show.console(), data.note)
    autograd.manual_seed(before.seed)
    told = []
    if now.epochs != before.epochs:
        told.append(f"resumed after being planned for {before.epochs} epochs, which can make a difference")
    if now.early_stop != before.early_stop:
        told.append(f"resumed after early_stop = {before.early_stop}")
    if told:
        folder.write_config(*told)
    return folder, data, build_model(folder.settings, folder.task)


def loggers(settings: Settings) -> list[Callback]:
    """The logger that the settings ask for, if any."""
    if settings.log == "none":
        return []
    from ..train.loggers import TensorBoardLog, WandbLog

    return [TensorBoardLog() if settings.log == "tensorboard" else WandbLog()]


def finish(folder: RunFolder, data: Data, model: nn.Sequential, history: History, weights: int) -> Finished:
    """Leave in the folder of a run what was learned; `weights` is the epoch whose weights the model has."""
    beside = fit_baselines(data.train, len(data.task.classes) if data.task.classes else None)
    with saving("the model", folder.path):
        nn.save(model.state_dict(), folder.path / MODEL)
        save_baselines(beside, folder.path)
    threshold = threshold_for(folder.settings, data, model)
    outcome = measure(model, data.parts[data.final], data.task, beside, threshold)
    row = history[-1]
    results = {
        "measured_on": data.final,
        **finite(outcome.figures()),
        **({"threshold": threshold} if len(outcome.classes) == 2 else {}),
        "interval": list(finite(dict(enumerate(outcome.interval))).values()),
        "baselines": {name: finite(other.figures()) for name, other in outcome.baselines.items()},
        "weights_of_epoch": weights,
        "epochs": row["epoch"],
        "steps": row["step"],
        "seconds": round(row["seconds"], 3),
        "parameters": sum(parameter.numel() for parameter in model.parameters()),
        "samples": {name: len(part) for name, part in data.parts.items()},
    }
    write_json(folder.path / RESULTS, results)
    from .run_pictures import draw_pictures

    return Finished(row, outcome, draw_pictures(folder, data, model, history, outcome))


def finite(figures: Mapping[Any, float]) -> dict[Any, float | None]:
    """Figures as JSON can hold them: None in place of what is not finite."""
    return {name: value if math.isfinite(value) else None for name, value in figures.items()}
