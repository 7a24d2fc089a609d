"""`chalkgrad train --folds K`: a run for each fold, each with another part of the rows held out, and their scores."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.markup import escape

from ..data.dataset import class_numbers
from ..runs.data_record import DataChangedError, DataRecord
from ..runs.fold_folders import NETWORK, FoldFolders, FoldScores
from ..runs.folder_lock import FolderLock
from ..runs.run_data import Data, load_data
from ..runs.run_folder import RunFolder
from ..runs.settings import OF_CLASSES, OF_NUMBERS, ConfigError, Settings
from ..runs.task import Task
from . import show
from .class_balance import check_task
from .fold_table import print_scores
from .one_run import TrainingError, begin_on, fit, reopen, resumable

BESIDE_RESUME = ("doctor", "quiet")


def cross_validate(settings: Settings) -> None:
    """Train a run for each fold, in a folder that holds them all, and print what they came to.

    Raises as `train` does.
    """
    data = load_data(replace(settings, fold=1))
    check_task(settings, data.task)
    check_metric(settings, data.task)
    folders = FoldFolders.create(settings)
    with FolderLock(folders.path):
        work(folders, data)


def resume_folds(folders: FoldFolders, flags: Mapping[str, Any], config: Path | None) -> None:
    """Go on with the folds that are not done, the first of them in its midst, and print what all came to.

    Raises ConfigError for flags that would make the folds differ, and as `train` does.
    """
    changes = {name: value for name, value in flags.items() if value is not None}
    if config is not None or set(changes) - set(BESIDE_RESUME):
        raise ConfigError(
            f"--resume: {folders.path} is a cross-validation, whose folds have the same settings: only --doctor and "
            "--quiet can be changed"
        )
    with FolderLock(folders.path):
        work(replace(folders, settings=replace(folders.settings, **changes)))


def check_metric(settings: Settings, task: Task) -> None:
    """Raises ConfigError for a figure that does not suit the task."""
    known = OF_CLASSES if task.classes else OF_NUMBERS
    if wrong := [name for name in settings.metric if name not in known]:
        goal = "classes" if task.classes else f"{task.goal}, a number"
        raise ConfigError(f"metric: {wrong[0]} is no figure of {goal}: choose from {', '.join(known)}")


def work(folders: FoldFolders, data: Data | None = None) -> None:
    """Train the folds that are not done; `data` are those of the first, if they have been loaded."""
    settings, console = folders.settings, show.console()
    with resumable(folders.path):
        for number in range(1, settings.folds + 1):
            if not folders.done(number):
                train_fold(folders, number, data if number == 1 else None, console)
            scores = scores_of(folders)
            scores.save(folders.path)
    print_scores(console, folders, scores)


def train_fold(folders: FoldFolders, number: int, data: Data | None, console: Console) -> None:
    """Train the run of a fold, or go on with it."""
    path, settings = folders.fold(number), folders.settings
    own = replace(settings, fold=number, out=str(path), quiet=True)
    resume = folders.begun(number)
    if resume:
        changes = {"doctor": settings.doctor, "quiet": True}
        folder, data, model = reopen(path, changes)
    else:
        folder, data, model = begin_on(data or load_data(own), own)
        same_source(folders, number)
    if number == 1 and not settings.quiet:
        console.print(show.heading(folder.settings, data, model), soft_wrap=True)
        console.print(f"[bold]folds[/]  {settings.folds}, {escape(how(settings, data.task))}", soft_wrap=True)
        for note in [*data.notes, *show.few_rows(data, model)]:
            console.print(f"[bold]note[/]  {escape(note)}", soft_wrap=True)
    with FolderLock(path):
        row, outcome, _ = fit(folder, data, model, resume)
    if not settings.quiet:
        told = ", ".join(f"{name} {value:.4g}" for name, value in outcome.metrics().items())
        lacking = "".join(f"; {escape(gap)}" for gap in gaps(data))
        console.print(f"[bold]{path.name}[/]  {told}, after {row['seconds']:.2g} s{lacking}", soft_wrap=True)


def how(settings: Settings, task: Task) -> str:
    """How the rows were parted."""
    if settings.time:
        return f"each trained on what is earlier in {settings.time!r} than what it holds out"
    if settings.group:
        return f"rows that agree in {settings.group!r} together"
    return "every row held out once" + ", all classes in equal shares" * (task.classes is not None)


def same_source(folders: FoldFolders, number: int) -> None:
    """Raises DataChangedError, and removes the new run, if its data are not those of the first fold."""
    first, now = (DataRecord.load(folders.fold(each)) for each in (1, number))
    if first and now and first.source["sha256"] != now.source["sha256"]:
        shutil.rmtree(folders.fold(number), ignore_errors=True)
        raise DataChangedError(
            f"{folders.settings.dataset} has changed since the first fold was trained: put it back, or cross-validate "
            "anew"
        )


def gaps(data: Data) -> Iterator[str]:
    """Which classes a fold does not train on, or does not hold out."""
    names = np.array(data.task.classes or ())
    for part, what in (("train", "trained on"), ("test", "held out")):
        if len(names):
            counts = np.bincount(class_numbers(data.parts[part]), minlength=len(names))
            if absent := names[counts == 0].tolist():
                yield f"nothing of {', '.join(map(repr, absent))} is {what}"


def scores_of(folders: FoldFolders) -> FoldScores:
    """The figures of the folds that are done. Raises TrainingError if a network gives numbers that are not finite."""
    scores = folders.scores(len(RunFolder.open(folders.fold(1)).task.classes or ()))
    if not np.isfinite(scores.of(NETWORK, "loss")).all():
        raise TrainingError(
            "the loss of a fold is not a finite number: cross-validate anew with a smaller --lr, or --clip-norm 1"
        )
    return scores
