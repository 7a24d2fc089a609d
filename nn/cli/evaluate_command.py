"""`chalkgrad evaluate`: how good the model of a run is, class by class."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from rich.console import Console

from ..runs.baselines import load_baselines
from ..runs.data_of_run import data_of, trained_on
from ..runs.data_record import DataChangedError
from ..runs.fold_folders import FoldFolders, FoldScores
from ..runs.run_data import Data
from ..runs.run_folder import RunFolder
from ..runs.settings import BEST, ConfigError
from ..runs.task import Table, Task
from ..train import load_run, permutation_importance
from ..train.importances import CAUTION
from . import show, verdict
from .fold_table import print_scores
from .outcome import Outcome, measure

PARTS = ("train", "valid", "test")


def evaluate(path: Path, data: str = "", importance: bool = False) -> None:
    """Print the metrics of a run's model on the data held out for it, on another part of them, or on other data; of a
    table, with `importance`, also what each column is worth to it. Of a cross-validation, print its scores.

    Raises what `outcome_on` does; ConfigError for the importance of columns that images do not have; ValueError if the
    loss is not finite.
    """
    console = show.console()
    if folders := FoldFolders.at(path):
        if data or importance:
            asked = "--data" if data else "--importance"
            raise ConfigError(f"{asked}: {path} is a cross-validation: name one of its runs, such as {folders.fold(1)}")
        print_scores(console, folders, FoldScores.load(path))
        return
    folder = RunFolder.open(path)
    if importance and not isinstance(folder.task, Table):
        raise ConfigError("--importance: it is for the columns of a table, and this is a run of images")
    name, samples, note = samples_of(data, folder)
    outcome = outcome_of(folder, samples)
    show.note(console, note)
    judge(console, outcome, folder.task, name, chosen=folder.settings.threshold == BEST and name == "valid")
    console.print(verdict.all_figures(outcome, folder.task))
    if folder.task.classes is not None:
        console.print(show.per_class(outcome))
        console.print(show.confusion(outcome))
    if not math.isfinite(outcome.loss):
        raise ValueError(f"{path}: the loss is not a finite number: the training run has failed")
    if importance:
        found = permutation_importance(load_run(path), samples, scoring=outcome.goal if outcome.classes else "r2")
        console.print(show.importance(found))
        show.note(console, CAUTION)


def judge(console: Console, outcome: Outcome, task: Task, part: str, after: str = "", chosen: bool = False) -> None:
    """Print how good a model is on a part of the data, what it has to beat, and what makes it look better than it is.

    The first of these lines ends with `after`; `chosen` says that the threshold was chosen on the same data.
    """
    console.print(verdict.verdict(outcome, task, part) + after, soft_wrap=True)
    if line := verdict.baselines(outcome):
        console.print(line, soft_wrap=True)
    for doubt in verdict.doubts(outcome, task, chosen):
        show.note(console, doubt)


def outcome_on(data: str, folder: RunFolder) -> tuple[str, Outcome, str]:
    """The name of some data, the outcome of a run's model on them, and what there is to say of the data, if anything.

    `data` and what is raised are those of `samples_of`; besides, FileError for a model that is missing or damaged.
    """
    name, samples, note = samples_of(data, folder)
    return name, outcome_of(folder, samples), note


def outcome_of(folder: RunFolder, samples: Any) -> Outcome:
    """The outcome of a run's model on a data set. Raises FileError for a model that is missing or damaged."""
    return measure(folder.load_model(), samples, folder.task, load_baselines(folder.path), folder.threshold)


def samples_of(data: str, folder: RunFolder) -> tuple[str, Any, str]:
    """The name of some data, the data set, and what there is to say of it, if anything.

    `data` is "train", "valid" or "test", as far as the run has such a part; or a CSV file, or a folder of images. If
    empty, it is the part that the model did not learn from. Raises ConfigError for data that do not exist;
    DataChangedError if nobody knows which rows were held out, or none is left; ValueError for data that cannot be read.
    """
    if data and data not in PARTS:
        path = Path(data).expanduser()
        if not path.exists():
            raise ConfigError(f"--data: expected {', '.join(PARTS)}, a file or a folder, and there is no {path}")
        other = folder.task.labelled(path)
        seen = trained_on(folder, other)
        return data, other, f"{seen:,} of {len(other):,} in {path} are data that the model was trained on" * (seen > 0)
    parts = data_of(folder)
    name = part_of(parts, data, folder.path)
    return name, parts.parts[name], parts.note


def part_of(data: Data, name: str, run: Path) -> str:
    """The name of the part to measure on: the one named, or the one that the model did not learn from.

    Raises ConfigError if the data of the run have no such part; DataChangedError if nothing is left of it.
    """
    name = name or data.final
    if name not in data.parts:
        raise ConfigError(f"--data: {run} has no part {name!r}, only {', '.join(data.parts)}")
    if not len(data.parts[name]):
        which = "was trained on" if name == "train" else "was not trained on"
        rest = next((f"; --data {each} measures on the rest" for each in PARTS if data.parts.get(each)), "")
        raise DataChangedError(f"{data.note}: nothing is left that the model {which}{rest}")
    return name
