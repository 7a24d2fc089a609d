"""`chalkgrad predict`: what the model of a run makes of new files."""

from __future__ import annotations

import csv
import json
import sys
import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from rich.markup import escape

from ..data.datasets.broken_images import LISTED, BrokenImagesError, listed
from ..data.datasets.readers import read_table
from ..files import replacing
from ..runs.settings import ConfigError, checked
from ..runs.task import Table
from ..train import Prediction, TrainedRun, load_run
from . import show


def predict(
    path: Path,
    files: list[Path],
    as_json: bool = False,
    chances: bool = False,
    out: Path | None = None,
    broken: str = "",
) -> None:
    """Print a line for each image, or for each row of each CSV file: a table, or tab-separated text if piped.

    With `chances`, and in JSON, there is the probability of each class. `out` is a CSV file to write in place of this:
    the rows that were given, and beside each what is predicted. Images that cannot be read are named together; if
    `broken` is "skip" (by default, what it was in training), the others are predicted all the same.

    Raises ConfigError if `path` is not the folder of a run, and for an `out` that is one of the files; FileError for a
    model that is missing or damaged; OSError or ValueError for files that cannot be read.
    """
    run = load_run(path)
    skip = (checked("broken", broken) if broken else run.settings.broken) == "skip"
    if out is not None:
        write_csv(run, files, out, skip)
        return
    goal = run.preprocessing.goal
    rows = [row(each, goal, chances, as_json) for _, found in predictions(run, files, skip) for each in found]
    if as_json:
        print(json.dumps(rows, indent=1, ensure_ascii=False))
    elif sys.stdout.isatty():
        table = show.grid(*rows[0])
        for each in rows:
            table.add_row(*(escape(_text(value)) for value in each.values()))
        show.console().print(table)
    else:
        print("\n".join("\t".join(map(_text, line)) for line in [rows[0], *(each.values() for each in rows)]))


def predictions(run: TrainedRun, files: list[Path], skip: bool) -> list[tuple[Path, list[Prediction]]]:
    """Those of each file. Raises BrokenImagesError with all images that cannot be read, or, with `skip`, warns of
    them unless there are no others; and what `TrainedRun.predict` does."""
    found: list[tuple[Path, list[Prediction]]] = []
    faults: dict[Path, str] = {}
    for file in files:
        try:
            found.append((file, list(run.predict(file))))
        except BrokenImagesError as error:
            faults |= error.faults
    if faults and not (skip and found):
        raise BrokenImagesError(faults)
    if faults:
        count = f"{len(faults):,} of {len(files):,} images"
        warnings.warn(f"{count} cannot be read, and are left out:{listed(faults, LISTED)}", stacklevel=2)
    return found


def row(found: Prediction, goal: str, chances: bool = False, as_json: bool = False) -> dict[str, Any]:
    """An input by name, and its class with the probability, or its predicted number; and the probability of each class,
    in JSON by its name."""
    if not found.probabilities:
        return {"input": found.input, goal: found.answer}
    shown = {"input": found.input, "class": found.answer, "probability": round(found.probabilities[found.answer], 4)}
    each = {name: round(chance, 6) for name, chance in found.probabilities.items()}
    if as_json:
        return {**shown, "probabilities": each}
    return shown | {f"P({name})": chance for name, chance in each.items()} if chances else shown


def write_csv(run: TrainedRun, files: list[Path], out: Path, skip: bool) -> None:
    """Write the rows of the files, as they are, with a column for the prediction and one for each probability.

    Of images, there is the name in place of a row. Raises as `predict` does, before anything is written.
    """
    if any(out.resolve() == file.expanduser().resolve() for file in files):
        raise ConfigError(f"--out: {out} is one of the files to predict, which would be lost: choose another name")
    names = [f"P({name})" for name in run.classes or ()]
    lines: list[list[Any]] = []
    header: list[str] = []
    for file, found in predictions(run, files, skip):
        columns, rows = _given(run, file, found)
        if header and columns != header:
            raise ValueError(f"{file}: its columns are not those of {files[0]}: give one --out for each")
        header = columns
        lines += [
            [*cells, each.answer, *(f"{chance:.6g}" for chance in each.probabilities.values())]
            for cells, each in zip(rows, found, strict=True)
        ]
    goal = run.preprocessing.goal
    added = [f"{name}_predicted" if name in header or name == goal else name for name in [goal, *names]]
    with replacing(out.expanduser()) as beside, open(beside, "w", newline="", encoding="utf-8") as file_to_write:
        csv.writer(file_to_write).writerows([[*header, *added], *lines])
    print(f"{out}  {len(lines):,} {'rows' if isinstance(run.preprocessing, Table) else 'images'}")


def _given(run: TrainedRun, file: Path, found: Iterable[Prediction]) -> tuple[list[str], list[list[str]]]:
    """The header and the rows of a file, as text; of an image, its name."""
    if not isinstance(run.preprocessing, Table):
        return ["input"], [[each.input] for each in found]
    table = read_table(file.expanduser())
    return list(table.header), [cells for piece in table.read() for cells in piece.rows]


def _text(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)
