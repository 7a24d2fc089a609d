"""All that a report is made from: what the run keeps and, if they are still there, its data and how well it does."""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

import nn

from ..cli.evaluate_command import part_of
from ..cli.outcome import Outcome, measure
from ..cli.verdict import noun, who
from ..data import Subset
from ..data.datasets import DataNote
from ..history import History
from ..runs.baselines import CONSTANT, LINEAR, load_baselines
from ..runs.data_of_run import data_of
from ..runs.data_record import DataRecord
from ..runs.run_data import Data
from ..runs.run_folder import ENVIRONMENT, RunFolder, read_json
from ..runs.settings import Settings
from ..runs.task import Images, Task
from ..train import TrainedRun, permutation_importance
from ..train.importances import Importances

OWN_WORDS = "about.txt"
NETWORK = "network"
MOST_PERMUTED = 2000  # rows
Figures = dict[str, float]


@dataclass(frozen=True)
class Facts:
    """A run to report on.

    Attributes:
        folder, run: where it is, and its model.
        record: what it remembers of its data; None if it is of the time before there was any.
        results, environment: what was measured at the end of the training, and where that took place.
        data: its data as they are now; None if they are gone or cannot be used.
        note: what has become of them since, if anything.
        part, outcome: which of them the model was measured on, and how that went; None without data.
    """

    run: TrainedRun
    folder: RunFolder
    record: DataRecord | None
    results: dict[str, Any]
    environment: dict[str, Any]
    data: Data | None = None
    note: str = ""
    part: str = ""
    outcome: Outcome | None = None
    undrawn: list[str] = field(default_factory=list)  # what could not be drawn, and why

    @property
    def task(self) -> Task:
        return self.folder.task

    @property
    def settings(self) -> Settings:
        return self.folder.settings

    @property
    def model(self) -> nn.Module:
        return self.run.model

    @property
    def needs_class(self) -> bool:
        """Whether the folder cannot build the model, whose class is that of a program."""
        return self.folder.made is not None and self.folder.made.layers is None

    @cached_property
    def history(self) -> History:
        return self.run.history

    @property
    def classes(self) -> tuple[str, ...]:
        """Their names; none in a regression."""
        return self.task.classes or ()

    @property
    def noun(self) -> str:
        """What the samples are: rows or images."""
        return noun(self.task)

    @property
    def tested(self) -> Any:
        """The samples that the model was measured on."""
        return None if self.data is None else self.data.parts[self.part]

    @property
    def source(self) -> str:
        """The name of the data, without the folder that they are in."""
        return Path(self.settings.dataset).name

    @property
    def own(self) -> bool:
        """Whether the data are a file or a folder, not a data set that goes by a name."""
        return Path(self.settings.dataset).is_absolute()

    @property
    def parameters(self) -> int:
        return sum(parameter.numel() for parameter in self.model.parameters())

    @property
    def samples(self) -> dict[str, int]:
        """How many rows or images each part had when the model was trained."""
        if self.record is not None:
            return {name: len(ids) for name, ids in self.record.parts.items()}
        return dict(self.results.get("samples", {}))

    @property
    def held_out(self) -> bool:
        """Whether the model was measured on what it did not learn from."""
        return (self.part or self.results.get("measured_on", "train")) != "train"

    @cached_property
    def figures(self) -> dict[str, Figures]:
        """All figures by name, of the network and of its baselines: measured now or, without data, kept by the run."""
        if self.outcome is not None:
            others = {name: other.figures() for name, other in self.outcome.baselines.items()}
            return {NETWORK: self.outcome.figures(), **others}
        own = {name: self.results[name] for name in FIGURES if name in self.results}
        kept = {NETWORK: own, **self.results.get("baselines", {})} if own else {}
        return {name: {key: _number(value) for key, value in each.items()} for name, each in kept.items()}

    @property
    def goal(self) -> str:
        """The name of the figure that the baselines are compared by."""
        return self.outcome.goal if self.outcome else "accuracy" if self.classes else "mae"

    @property
    def count(self) -> int:
        """How many samples the figures are of."""
        if self.outcome is not None:
            return len(self.outcome.targets)
        return int(self.results.get("samples", {}).get(self.results.get("measured_on"), 0))

    @property
    def interval(self) -> tuple[float, float]:
        """That of the accuracy, or of the mean absolute error."""
        if self.outcome is not None:
            return self.outcome.interval
        low, high = map(_number, self.results.get("interval", (None, None)))
        return low, high

    def called(self, name: str) -> str:
        """What a network or a baseline is called."""
        if name == NETWORK:
            return "this network"
        if self.outcome is not None:
            return who(self.outcome, name)
        always = "always the most frequent class" if self.classes else "always the mean"
        return {LINEAR: "a linear model", CONSTANT: always}.get(name, name)

    @cached_property
    def importances(self) -> Importances | None:
        """What each column is worth to the model, on rows evenly spread over those it is measured on; None if nobody
        can know."""
        if self.outcome is None or isinstance(self.task, Images):
            return None
        places = np.linspace(0, self.count - 1, min(self.count, MOST_PERMUTED)).astype(int)
        return permutation_importance(self.run, Subset(self.tested, places), scoring=self.goal)

    @property
    def own_words(self) -> str:
        """What the owner of the model has written about it."""
        file = self.folder.path / OWN_WORDS
        return file.read_text(encoding="utf-8", errors="replace").strip() if file.is_file() else ""


FIGURES = (
    "loss", "accuracy", "balanced_accuracy", "f1", "roc_auc", "average_precision", "brier", "mae", "rmse", "r2",
)  # fmt: skip


def gather(run: TrainedRun) -> Facts:
    """The facts about a run, measured on its data if they can be had.

    Raises FileError for a file that is damaged, and ValueError if the loss is not finite.
    """
    folder = RunFolder.open(run.path)
    record, results = DataRecord.load(folder.path), run.results
    facts = Facts(run, folder, record, results, read_json(folder.path / ENVIRONMENT))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DataNote)  # they are among the notes that the run keeps
            data = data_of(folder)
        part = part_of(data, "", folder.path)
    except (OSError, ValueError, ImportError) as error:
        return replace(facts, note=" ".join(str(error).split()))
    outcome = measure(run.model, data.parts[part], folder.task, load_baselines(folder.path), run.threshold)
    if not math.isfinite(outcome.loss):
        raise ValueError(f"{run.path}: the loss is not a finite number: the training run has failed")
    return replace(facts, data=data, note=data.note, part=part, outcome=outcome)


def whole(part: Any) -> tuple[Any, Any]:
    """The data set that a part is taken from, and the places of its samples there."""
    return (part.dataset, part.indices) if isinstance(part, Subset) else (part, range(len(part)))


def _number(value: Any) -> float:
    return math.nan if value is None else float(value)
