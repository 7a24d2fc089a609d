"""The folder of a cross-validation: a run for each fold in a folder of its own, and what they came to."""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from itertools import takewhile
from pathlib import Path
from typing import Any

import numpy as np

from ..files import FileError
from .baselines import CONSTANT, LINEAR
from .python_run import MADE
from .run_folder import CONFIG, ENVIRONMENT, FOLD, RESULTS, environment, new_folder, settings_in, write_json
from .settings import METRICS, Settings, write_toml

SCORES = "folds.json"
NETWORK = "network"
MODELS, PARTS = (NETWORK, LINEAR, CONSTANT), ("train", "test")
LOWER = {"loss", "mae", "rmse", "brier"}  # the figures of which the smallest is best
SKEWED = 0.2  # how far above its even share the most frequent class makes accuracies look good
DAMAGED = OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class FoldScores:
    """The figures on the held-out rows of each fold that is done.

    Attributes:
        folds: how many there are to be.
        metric: the names of the figures that are compared.
        rows: how many rows were trained on, "train", and held out, "test", in each fold.
        figures: all figures of "network", "linear" and "constant" by name, a list with one for each fold; None where
            it is not defined.
    """

    folds: int
    metric: list[str]
    rows: dict[str, list[int]]
    figures: dict[str, dict[str, list[float | None]]]

    @property
    def done(self) -> int:
        """How many folds are done."""
        return len(self.rows["train"])

    def of(self, model: str, metric: str) -> Array:
        """A figure of "network", "linear" or "constant" in each fold, (done,): NaN where it is not defined."""
        values = self.figures[model][metric]
        return np.array([math.nan if value is None else value for value in values], np.float64)

    def check(self) -> None:
        """Raises ValueError, LookupError or TypeError if these are not the figures of one or more folds."""
        counts = [self.rows[part] for part in PARTS]
        values = [self.of(model, name) for model in MODELS for name in {*self.metric, *self.figures[model]}]
        lengths = {*map(len, counts), *map(len, values)}
        whole = lengths == {self.done} and 0 < self.done <= self.folds
        numbers = all(isinstance(count, int) for each in counts for count in each) and not np.isinf(values).any()
        if not self.metric or not set(self.metric) <= set(METRICS) or not whole or not numbers:
            raise ValueError("its figures are not those of folds")

    def save(self, folder: Path) -> None:
        """Write them, with means and standard deviations, into the folder of the cross-validation."""
        over: dict[str, Callable[..., Any]] = {"mean": np.mean, "std": np.std}
        told = {word: {model: self._over_folds(model, each) for model in MODELS} for word, each in over.items()}
        write_json(folder / SCORES, asdict(self) | told)

    def _over_folds(self, model: str, over: Callable[[Array], Any]) -> dict[str, float | None]:
        found = {name: float(over(self.of(model, name))) for name in self.figures[model]}
        return {name: value if math.isfinite(value) else None for name, value in found.items()}

    @classmethod
    def load(cls, folder: Path) -> FoldScores:
        """Those that `save` wrote. Raises FileError if no fold is done yet, and for a damaged file."""
        file = folder / SCORES
        if not file.is_file():
            raise FileError(f"{folder}: no fold is done yet: go on with `chalkgrad train --resume {folder}`")
        try:
            content = json.loads(file.read_text(encoding="utf-8"))
            scores = cls(**{name: content[name] for name in cls.__dataclass_fields__})
            scores.check()
            return scores
        except DAMAGED as error:
            raise FileError(f"{file}: not what chalkgrad train writes: {error}") from None


@dataclass(frozen=True)
class FoldFolders:
    """A cross-validation on the disk: where it is, and the settings that its runs share."""

    path: Path
    settings: Settings

    @classmethod
    def create(cls, settings: Settings) -> FoldFolders:
        """A new folder, with the settings. It is chosen, and may be refused, as that of a run."""
        with new_folder(settings) as lock:
            try:
                repeat = "to repeat this cross-validation: chalkgrad train --config FILE, with this file"
                write_toml(settings, lock.folder / CONFIG, repeat)
                write_json(lock.folder / ENVIRONMENT, environment())
            except BaseException:
                shutil.rmtree(lock.folder, ignore_errors=True)
                raise
        return cls(lock.folder, settings)

    @classmethod
    def at(cls, path: Path) -> FoldFolders | None:
        """The cross-validation in a folder; None for that of a single run. Raises ConfigError for anything else."""
        if (Path(path) / MADE).is_file():
            return None
        settings = settings_in(Path(path))
        return cls(Path(path), settings) if settings.folds and not settings.fold else None

    def fold(self, number: int) -> Path:
        """The folder of a fold, of which the first has number 1."""
        return self.path / FOLD.format(number)

    def begun(self, number: int) -> bool:
        """Whether the folder of a fold is complete; what is left of one that was being made is removed."""
        if (self.fold(number) / ENVIRONMENT).is_file():
            return True
        shutil.rmtree(self.fold(number), ignore_errors=True)
        return False

    def done(self, number: int) -> bool:
        """Whether the run of a fold has come to its end."""
        return (self.fold(number) / RESULTS).is_file()

    def scores(self, classes: int) -> FoldScores:
        """The figures of the first folds, as far as they are done; `classes` is their number, 0 in a regression.

        Raises FileError for results that are damaged, and if there are none.
        """
        done = takewhile(self.done, range(1, self.settings.folds + 1))
        try:
            found = [json.loads((self.fold(each) / RESULTS).read_text(encoding="utf-8")) for each in done]
            scores = _collected(found, self.settings, classes)
            scores.check()
            return scores
        except DAMAGED as error:
            raise FileError(f"{self.path}: a {RESULTS} in it is not what chalkgrad train writes: {error}") from None


def _collected(found: list[Any], settings: Settings, classes: int) -> FoldScores:
    rows = {part: [results["samples"][part] for results in found] for part in PARTS}
    figures = {}
    for model in MODELS:
        each = [_figures(results, model) for results in found]
        figures[model] = {name: [of[name] for of in each] for name in METRICS if name in each[0]}
    scores = FoldScores(settings.folds, settings.metric, rows, figures)
    return scores if scores.metric else replace(scores, metric=_usual(scores, classes))


def _figures(results: dict[str, Any], model: str) -> dict[str, float | None]:
    found: dict[str, float | None] = results if model == NETWORK else results["baselines"][model]
    return found


def _usual(scores: FoldScores, classes: int) -> list[str]:
    """The figures to compare by, if none was asked for."""
    if not classes:
        return ["mae"]
    skewed = scores.of(CONSTANT, "accuracy").mean() >= 1 / classes + SKEWED
    return ["balanced_accuracy", "accuracy"] if skewed else ["accuracy"]
