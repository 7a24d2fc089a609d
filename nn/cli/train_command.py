"""`chalkgrad train`: from settings to a folder with a trained model, its metrics and its pictures."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.markup import escape

import nn

from ..runs.fold_folders import FoldFolders
from ..runs.folder_lock import FolderLock
from ..runs.run_data import Data
from ..runs.run_folder import RunFolder
from ..runs.settings import settings_from
from ..train import Trainer
from . import show
from .class_balance import chosen_on
from .cross_validation import cross_validate, resume_folds
from .evaluate_command import judge
from .one_run import Finished, TrainingError, begin, fit, reopen, resumable
from .train_together import train_together


def train(
    flags: Mapping[str, Any], config: Path | None = None, resume: Path | None = None, distributed: bool = False
) -> None:
    """Train a model as the flags and the file say, in a new run folder; or resume the run in a folder, bit for bit.

    With folds, it is a run for each of them, and a folder that holds these. `distributed`: by all processes that
    mpiexec has started.

    Raises ConfigError for settings that cannot be used; TrainingError after Ctrl-C, and if the loss is not finite;
    what `Trainer.fit` raises, and what unreadable data and files raise.
    """
    if distributed:
        train_together(flags, config, resume, complete)
    elif resume is None:
        settings = settings_from(flags, config)
        if settings.folds and not settings.fold:
            cross_validate(settings)
            return
        folder, data, model = begin(settings)
        with FolderLock(folder.path):
            complete(folder, data, model)
    elif folds := FoldFolders.at(resume):
        resume_folds(folds, flags, config)
    else:
        with FolderLock(RunFolder.open(resume).path):
            complete(*reopen(resume, flags, config), resume=True)


def complete(
    folder: RunFolder, data: Data, model: nn.Sequential, resume: bool = False, kind: type[Trainer] = Trainer
) -> None:
    """Train the model of a run to its end, and report. Raises as `train` does."""
    with resumable(folder.path):
        report(folder, data, fit(folder, data, model, resume, kind))


def report(folder: RunFolder, data: Data, finished: Finished) -> None:
    """Print the outcome, and what the folder has. Raises TrainingError if the loss is not finite."""
    row, outcome, pictures = finished
    if not math.isfinite(outcome.loss):
        raise TrainingError(
            f"the loss is not a finite number: try an --lr below {folder.settings.lr:g}, --clip-norm 1, or --doctor "
            f"to find the cause; the metrics are in {folder.path}"
        )
    console = show.console()
    epochs, seconds = row["epoch"], row["seconds"]
    time = f", after {epochs} epoch{'s' * (epochs != 1)} and {seconds:.{1 if seconds >= 1 else 2}f} s"
    judge(console, outcome, data.task, data.final, time, chosen=chosen_on(folder.settings, data) == data.final)
    names = ", ".join(path.name for path in pictures)
    console.print(f"[bold]{escape(str(folder.path))}[/]  {names or 'no pictures'}", soft_wrap=True)
