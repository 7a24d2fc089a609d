"""`chalkgrad predict`: what the model of a run makes of new files."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from rich.markup import escape

from ..train import Prediction, load_run
from . import show


def predict(path: Path, files: list[Path], as_json: bool = False) -> None:
    """Print a line for each image, or for each row of each CSV file: a table, or tab-separated text if piped.

    Raises ConfigError if `path` is not the folder of a run; FileError for a model that is missing or damaged;
    OSError or ValueError for files that cannot be read.
    """
    run = load_run(path)
    rows = [row(found, run.preprocessing.goal) for file in files for found in run.predict(file)]
    if as_json:
        print(json.dumps(rows, indent=1, ensure_ascii=False))
    elif sys.stdout.isatty():
        table = show.grid(*rows[0])
        for each in rows:
            table.add_row(*(escape(_text(value)) for value in each.values()))
        show.console().print(table)
    else:
        print("\n".join("\t".join(map(_text, line)) for line in [rows[0], *(each.values() for each in rows)]))


def row(found: Prediction, goal: str) -> dict[str, Any]:
    """An input by name, and its class with the probability, or its predicted number."""
    if not found.probabilities:
        return {"input": found.input, goal: found.answer}
    chance = round(found.probabilities[found.answer], 4)
    return {"input": found.input, "class": found.answer, "probability": chance}


def _text(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)
