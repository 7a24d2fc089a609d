"""What is printed: a line or two about data and model, the figures, tables."""

from __future__ import annotations

import sys

import numpy as np
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table as Grid
from rich.text import Text

import nn

from .build import describe
from .outcome import Outcome
from .run_data import Data
from .settings import Settings, kind
from .task import Images, Task

WIDE = 12  # classes whose confusion matrix still fits beside their names


def console() -> Console:
    """Where tables go. What is not a terminal has no width to keep to."""
    return Console(highlight=False, width=None if sys.stdout.isatty() else 200)


def heading(settings: Settings, data: Data, model: nn.Sequential) -> str:
    """What is learned from, and by what: two lines."""
    task, parts = data.task, data.parts
    name = settings.dataset if kind(settings.dataset) == settings.dataset else settings.dataset.rpartition("/")[2]
    samples = f"{len(data.train):,} {_samples(task)} to learn from"
    tested = "".join(f", {len(parts[part]):,} to test on" for part in ("valid", "test") if parts.get(part))
    goal = f"{len(task.classes)} classes" if task.classes else f"predicts {task.goal}"
    parameters = sum(parameter.numel() for parameter in model.parameters())
    rate = "" if settings.schedule == "constant" else f" {settings.schedule}"
    return (
        f"[bold]{escape(name)}[/]  {samples}{tested}, {escape(goal)}\n"
        f"[bold]model[/]  {describe(model, task.shape)}, {settings.activation}, {parameters:,} parameters, "
        f"{settings.optimizer}, lr {settings.lr:g}{rate}, batches of {settings.batch_size}"
    )


def verdict(outcome: Outcome, task: Task, part: str) -> str:
    """What the model reached on a part of the data, or on a file, in a line."""
    noun = "images" if isinstance(task, Images) else "rows"
    which = {"train": f"training {noun}", "valid": f"held-out {noun}", "test": f"test {noun}"}.get(part)
    samples = f"{len(outcome.targets):,} {which or f'{noun} in {escape(part)}'}"
    if not outcome.classes:
        goal = f"{escape(task.goal)} is off by {outcome.mae:.4g} on average"
        return f"[bold]{goal}[/] over {samples}, R² {outcome.r2:.3f}"
    return f"[bold]{outcome.accuracy:.1%} right[/]: {outcome.right:,} of {samples}, loss {outcome.loss:.4f}"


def per_class(outcome: Outcome) -> Grid:
    """Precision and recall of every class."""
    table = grid("class", "precision", "recall", "samples")
    for name, precision, recall, count in zip(
        outcome.classes, outcome.confusion.precision, outcome.confusion.recall, outcome.matrix.sum(1), strict=True
    ):
        table.add_row(escape(name), _share(precision), _share(recall), f"{count:,}")
    return table


def confusion(outcome: Outcome) -> Grid:
    """How often each class, a row, was taken for each other, a column."""
    classes, matrix = outcome.classes, outcome.matrix
    heads = classes if len(classes) <= WIDE else [str(number) for number in range(len(classes))]
    table = grid("is \\ was read as", *map(escape, heads))
    for i, row in enumerate(matrix):
        name = classes[i] if heads is classes else f"{i} {classes[i]}"
        cells = [Text(f"{count:,}" if count else "·", style=_colour(i == j, count)) for j, count in enumerate(row)]
        table.add_row(escape(name), *cells)
    return table


def regression(outcome: Outcome, task: Task) -> Grid:
    """The figures of a regression."""
    table = grid("figure", "value")
    table.add_row(f"mean absolute error of {escape(task.goal)}", f"{outcome.mae:.4g}")
    table.add_row("R²", f"{outcome.r2:.4f}")
    table.add_row("loss (squared error, standardized)", f"{outcome.loss:.4g}")
    return table


def grid(first: str, *others: str, left: bool = False) -> Grid:
    """A table without lines but one."""
    table = Grid(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column(first)
    for name in others:
        table.add_column(name, justify="left" if left else "right")
    return table


def _samples(task: Task) -> str:
    return f"images of {task.shape[1]} x {task.shape[2]}" if isinstance(task, Images) else "rows"


def _share(value: float) -> str:
    return "-" if np.isnan(value) else f"{value:.1%}"


def _colour(right: bool, count: int) -> str:
    return "dim" if not count else "bold" if right else "red"
