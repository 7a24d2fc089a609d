"""`chalkgrad predict`: what the model of a run makes of new files."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from rich.markup import escape

import nn

from ..train import predict as outputs_of
from . import show
from .outcome import probabilities
from .run_folder import RunFolder
from .task import Table, Task


def predict(path: Path, files: list[Path], as_json: bool = False) -> None:
    """Print a line for each image, or for each row of each CSV file: a table, or tab-separated text if piped.

    Raises ConfigError if `path` is not the folder of a run; FileError for a model that is missing or damaged;
    OSError or ValueError for files that cannot be read.
    """
    folder = RunFolder.open(path)
    model = folder.load_model()
    rows = [row for file in files for row in predictions(model, folder.task, file.expanduser())]
    if as_json:
        print(json.dumps(rows, indent=1, ensure_ascii=False))
    elif sys.stdout.isatty():
        table = show.grid(*rows[0])
        for row in rows:
            table.add_row(*(escape(_text(value)) for value in row.values()))
        show.console().print(table)
    else:
        print("\n".join("\t".join(map(_text, line)) for line in [rows[0], *(row.values() for row in rows)]))


def predictions(model: nn.Module, task: Task, file: Path) -> list[dict[str, Any]]:
    """For each image or row in a file its name, and its class with the probability, or its predicted number.

    Raises OSError or ValueError for a file that cannot be read.
    """
    x, names = task.read(file)
    scores = outputs_of(model, x)
    if isinstance(task, Table) and task.classes is None:
        values = task.encoding.decode(scores)
        return [{"input": name, task.goal: value} for name, value in zip(names, values, strict=True)]
    assert task.classes is not None
    chances = probabilities(scores)
    return [
        {"input": name, "class": task.classes[row.argmax()], "probability": round(float(row.max()), 4)}
        for name, row in zip(names, chances, strict=True)
    ]


def _text(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)
