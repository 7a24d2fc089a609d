"""What the commands print: a line or two about data and model, the metrics, tables."""

from __future__ import annotations

import math
import sys

import numpy as np
from rich.console import Console
from rich.markup import escape
from rich.table import Table as Grid

import nn

from ..distributed.launcher import launched
from ..runs.run_data import Data
from ..runs.settings import Settings, kind
from ..runs.task import Images, Task
from ..train import Importances
from .confusion_table import ConfusionTable
from .grid import grid
from .outcome import Outcome

MOST_COLUMNS = 40  # of a table, that are listed


def console() -> Console:
    """Where tables go: as wide as the terminal, or wide enough if it is none, as what a launcher gives."""
    if launched():
        return Console(highlight=False, width=200, force_terminal=False)
    return Console(highlight=False, width=None if sys.stdout.isatty() else 200)


def note(console: Console, text: str) -> None:
    """Print what has to be said of the figures that follow, if anything, in a line."""
    if text:
        console.print(f"[bold]note:[/] {escape(text)}", soft_wrap=True)


def heading(settings: Settings, data: Data, model: nn.Sequential) -> str:
    """The data and the model, in two lines."""
    task, parts = data.task, data.parts
    name = settings.dataset if kind(settings.dataset) == settings.dataset else settings.dataset.rpartition("/")[2]
    samples = f"{len(data.train):,} {_samples(task)} for training"
    uses = {"valid": "validation", "test": "testing"}
    held_out = "".join(f", {len(parts[part]):,} for {use}" for part, use in uses.items() if parts.get(part))
    goal = f"{len(task.classes)} classes" if task.classes else f"to predict {task.goal}"
    parameters = sum(parameter.numel() for parameter in model.parameters())
    rate = "" if settings.schedule == "constant" else f" {settings.schedule}"
    return (
        f"[bold]{escape(name)}[/]  {samples}{held_out}, {escape(goal)}\n"
        f"[bold]model[/]  {layers(model, task)}, {settings.activation}, {parameters:,} parameters, "
        f"{settings.optimizer}, lr {settings.lr:g}{rate}, batches of {settings.batch_size}"
        + f", {settings.accumulate} to a step"
        * (settings.accumulate > 1)
    )


def few_rows(data: Data, model: nn.Sequential) -> list[str]:
    """A note if a table has fewer rows to learn from than the model has weights."""
    return fewer_than_weights(len(data.train), model) if hasattr(data.train, "notes") else []


def fewer_than_weights(rows: int, model: nn.Module) -> list[str]:
    """A note if there are fewer rows to learn from than weights."""
    weights = sum(parameter.numel() for parameter in model.parameters())
    if weights <= rows:
        return []
    return [f"fewer rows ({rows:,}) than weights ({weights:,}): watch the held-out figures, not the others"]


def layers(model: nn.Sequential, task: Task) -> str:
    """The sizes of the layers: 3x32x32-conv16-conv32-64-10."""
    grey = len(task.shape) < 3 or task.shape[0] == 1
    sizes = [str(math.prod(task.shape)) if grey else "x".join(map(str, task.shape))]
    for layer in model:
        if isinstance(layer, nn.Conv2d):
            sizes.append(f"conv{layer.out_channels}")
        elif isinstance(layer, nn.Linear):
            sizes.append(str(layer.out_features))
    return "-".join(sizes)


def per_class(outcome: Outcome) -> Grid:
    """Precision and recall of every class."""
    table = grid("class", "precision", "recall", "samples")
    for name, precision, recall, count in zip(
        outcome.classes, outcome.confusion.precision, outcome.confusion.recall, outcome.matrix.sum(1), strict=True
    ):
        table.add_row(escape(name), _share(precision), _share(recall), f"{count:,}")
    return table


def confusion(outcome: Outcome) -> ConfusionTable:
    """How often each class, a row, was classified as each class, a column."""
    return ConfusionTable(outcome)


def importance(found: Importances) -> Grid:
    """What each column of a table is worth, the most important first."""
    table = grid("column", f"{found.scoring} {found.change} by", "±")
    for i, (name, mean, std) in enumerate(found.ranked()):
        if i == MOST_COLUMNS:
            table.add_row(f"and {len(found.features) - i:,} more", f"≤ {mean:z.4f}", "")
            break
        table.add_row(escape(name), f"{mean:z.4f}", f"{std:.4f}")
    return table


def _samples(task: Task) -> str:
    return f"images of {task.shape[1]} x {task.shape[2]}" if isinstance(task, Images) else "rows"


def _share(value: float) -> str:
    return "-" if np.isnan(value) else f"{value:.1%}"
