"""`chalkgrad evaluate`: what the model of a run is worth, class by class."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from . import show
from .outcome import Outcome, measure
from .run_data import load_data
from .run_folder import Run
from .settings import ConfigError

PARTS = ("train", "valid", "test")


def command(path: Path, data: str = "") -> None:
    """Print the figures of a run on the data held out for it, on another part of them, or on a file or folder."""
    run = Run.open(path)
    name, outcome = evaluate(run, data)
    console = show.console()
    console.print(show.verdict(outcome, run.task, name), soft_wrap=True)
    if run.task.classes is None:
        console.print(show.regression(outcome, run.task))
    else:
        console.print(show.per_class(outcome))
        console.print(show.confusion(outcome))
    if not math.isfinite(outcome.loss):
        raise ValueError(f"{path}: the loss is not a number: the training has gone wrong")


def evaluate(run: Run, data: str = "") -> tuple[str, Outcome]:
    """The model of a run on some data, with the name of those.

    `data` is "train", "valid" or "test", as far as the run has such a part; or a CSV file, or a folder of images. By
    default it is the part that the model did not learn from.
    """
    model = run.load()
    if data and data not in PARTS:
        return data, measure(model, labelled(run, Path(data)), run.task)
    parts = load_data(run.settings)
    name = data or parts.final
    if name not in parts.parts:
        raise ConfigError(f"--data: {run.path} has no part {name!r}, only {', '.join(parts.parts)}")
    return name, measure(model, parts.parts[name], run.task)


def labelled(run: Run, path: Path) -> Any:
    """The data set in a CSV file, or a folder, with what it should be taken for."""
    path = path.expanduser()
    if not path.exists():
        raise ConfigError(f"--data: expected {', '.join(PARTS)}, a file or a folder, and there is no {path}")
    return run.task.labelled(path)
