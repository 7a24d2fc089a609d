"""`chalkgrad predict`: what a model that was trained says of new files."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rich.markup import escape

import nn

from ..train import predict as outputs_of
from . import show
from .outcome import chances
from .run_folder import Run
from .task import Table, Task


def command(path: Path, files: list[Path], as_json: bool = False) -> None:
    """Print a line for each image, or for each row of each CSV file: a table, or tab-separated where nobody looks."""
    run = Run.open(path)
    model = run.load()
    rows = [row for file in files for row in predict(model, run.task, file)]
    if as_json:
        print(json.dumps(rows, indent=1, ensure_ascii=False))
    elif sys.stdout.isatty():
        table = show.grid(*rows[0])
        for row in rows:
            table.add_row(*(escape(_text(value)) for value in row.values()))
        show.console().print(table)
    else:
        print("\n".join("\t".join(map(_text, line)) for line in [rows[0], *(row.values() for row in rows)]))


def predict(model: nn.Module, task: Task, file: Path) -> list[dict[str, Any]]:
    """For each image or row in a file what it is called, and its class with the probability, or the number it has."""
    return list(_rows(model, task, file.expanduser()))


def _rows(model: nn.Module, task: Task, file: Path) -> Iterator[dict[str, Any]]:
    x, names = task.read(file)
    scores = outputs_of(model, x)
    if isinstance(task, Table) and task.classes is None:
        for name, value in zip(names, task.encoding.decode(scores), strict=True):
            yield {"input": name, task.encoding.target.name: value}
        return
    assert task.classes is not None
    for name, probabilities in zip(names, chances(scores), strict=True):
        best = int(probabilities.argmax())
        yield {"input": name, "class": task.classes[best], "probability": round(float(probabilities[best]), 4)}


def _text(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)
