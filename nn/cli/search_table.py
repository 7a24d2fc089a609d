"""The rows of a search: as a table to look at, as text, and in a file."""

from __future__ import annotations

import csv
import io
import math
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..files import replacing
from . import show
from .search import Row


def print_table(rows: Sequence[Row]) -> None:
    """Print the rows, tab-separated if not on a terminal."""
    if not sys.stdout.isatty():
        print(as_table(rows, "\t"), end="", flush=True)
        return
    table = show.grid(*map(words, rows[0]))
    for row in rows:
        table.add_row(*(short(name, value) for name, value in row.items()))
    show.console().print(table)


def as_table(rows: Sequence[Row], delimiter: str) -> str:
    """The rows as text, with a header."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]) if rows else [], delimiter=delimiter, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def write_csv(rows: Sequence[Row], path: Path) -> None:
    """Keep the rows in a file."""
    with replacing(path) as beside:
        beside.write_text(as_table(rows, ","), encoding="utf-8")


def line(row: Row) -> str:
    """A row in words."""
    return "  ".join(f"{words(name)} {short(name, value)}" for name, value in row.items())


def words(name: str) -> str:
    """A setting or a figure as people call it."""
    return {"lr": "learning rate", "mae": "mean absolute error"}.get(name, name.replace("_", " "))


def short(name: str, value: Any) -> str:
    """A value in a few digits."""
    if isinstance(value, str | bool):
        return str(value).lower() if isinstance(value, bool) else value
    if math.isnan(value):
        return "diverged"
    return f"{value:.1%}" if name == "accuracy" else f"{value:.4g}"
