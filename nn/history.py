"""The figures of a training run, one row per epoch."""

from __future__ import annotations

import csv
import io
import json
import math
import os
from collections.abc import Iterable, Iterator, Sequence
from numbers import Integral, Real
from pathlib import Path
from typing import Any

from autograd.display import Cell, display, marked, note, table

from .curve_display import curves
from .files import replacing

Row = dict[str, Any]
NESTED = (list, tuple, dict)
LOSSES = "loss", "valid_loss"  # drawn in a notebook, the best row by the last of them
LAST = 10  # rows that a notebook shows
UNKNOWN = "nan", "inf", "-inf"


class History(Sequence[Row]):
    """Rows of figures: "epoch", "step", "lr", "loss", "valid_loss", the metrics, and "seconds" since training began.

    `history["loss"]` is a column and `history[-1]` the last row. Where a row lacks a figure, its column holds None.
    Raises KeyError for a column that no row has.
    """

    def __init__(self, rows: Iterable[Row] = ()) -> None:
        self.rows: list[Row] = list(rows)

    def append(self, row: Row) -> None:
        """Add a row at the end."""
        self.rows.append(row)

    @property
    def columns(self) -> list[str]:
        """The names of all figures, in order of first appearance."""
        return list(dict.fromkeys(name for row in self.rows for name in row))

    def __getitem__(self, index: Any) -> Any:
        if not isinstance(index, str):
            return self.rows[index]
        if index not in self.columns:
            raise self._lacks(index)
        return [row.get(index) for row in self.rows]

    def __contains__(self, name: object) -> bool:
        return any(name in row for row in self.rows)

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def best(self, name: str = "valid_loss", mode: str = "min") -> Row:
        """The row with the smallest or, with mode "max", the largest value of a figure; NaN is never best.

        Raises KeyError if no row has a number for it.
        """
        sign = -1 if mode == "max" else 1
        rows = [row for row in self.rows if plain(row.get(name)) and not math.isnan(row[name])]
        if not rows:
            raise self._lacks(name)
        return min(rows, key=lambda row: sign * row[name])

    def numbers(self) -> list[str]:
        """The columns that fit into a table: those without lists and dicts."""
        nested = {name for row in self.rows for name, value in row.items() if isinstance(as_python(value), NESTED)}
        return [name for name in self.columns if name not in nested]

    def save_csv(self, path: str | os.PathLike[str]) -> None:
        """Write the columns that fit into a table, with a header. Raises OSError if the file cannot be written."""
        with replacing(path) as beside:
            beside.write_text(as_csv(self.rows, self.numbers(), header=True), encoding="utf-8")

    def save_jsonl(self, path: str | os.PathLike[str]) -> None:
        """Write one JSON object per row and line; NaN and infinities become null. Raises OSError likewise."""
        with replacing(path) as beside:
            beside.write_text(as_jsonl(self.rows), encoding="utf-8")

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> History:
        """Read a .jsonl file, ignoring an incomplete last line.

        Raises ValueError if a line is not a JSON object, and OSError if the file cannot be read.
        """
        rows = []
        for number, line in enumerate(Path(path).read_text(encoding="utf-8").splitlines(keepends=True), 1):
            if line.endswith("\n"):
                try:
                    row = json.loads(line).items()
                except (ValueError, AttributeError) as error:
                    raise ValueError(f"{path}, line {number}: expected a row of a history: {error}") from None
                rows.append({name: math.nan if value is None else value for name, value in row})
        return cls(rows)

    def _lacks(self, name: str) -> KeyError:
        return KeyError(f"the history has no {name!r}, only {', '.join(self.columns) or 'nothing yet'}")

    def __repr__(self) -> str:
        table = self._table()
        sizes = [max(map(len, column)) for column in zip(*table, strict=True)]
        return "\n".join("  ".join(f"{cell:>{size}}" for cell, size in zip(row, sizes, strict=True)) for row in table)

    def _repr_html_(self) -> str:
        if not self.rows:
            return display(note("a history without a row yet"))
        losses = {name: self[name] for name in LOSSES if any(_finite(row.get(name)) for row in self.rows)}
        best = self.best([*losses][-1]) if losses else None
        head, *lines = self._table()
        last = len(lines) - LAST
        rows = [
            marked(_cells(line), "good") if row is best else _cells(line)
            for i, (row, line) in enumerate(zip(self.rows, lines, strict=True))
            if i >= last or row is best
        ]
        ends = [f"epoch {row['epoch']}" if "epoch" in row else "" for row in (self.rows[0], self.rows[-1])]
        told = [f"{len(rows)} of {len(lines):,} rows"] * (len(rows) < len(lines))
        if best:
            name = [*losses][-1]
            told.append(f"the lowest {name}, {_short(best[name])}, is in the marked row")
        return display(curves(losses, ends), table(head, rows), *([note("; ".join(told))] if told else []))

    def _table(self) -> list[list[str]]:
        """The head, and a line for each row, of the figures that are worth showing."""
        names = [name for name in self.columns if shown(name) and any(_short(row.get(name)) for row in self.rows)]
        return [names, *([_short(row.get(name)) for name in names] for row in self.rows)]


def as_python(value: Any) -> Any:
    """NumPy scalars, arrays and tensors as Python numbers and lists; anything else unchanged."""
    return value.tolist() if hasattr(value, "tolist") else value


def plain(value: Any) -> bool:
    """Whether a figure is a single number."""
    return isinstance(value, Real) and not isinstance(value, bool)


def shown(name: str) -> bool:
    """Whether a figure is worth showing by default, unlike that of a single class, such as "recall[3]"."""
    return "[" not in name


def as_csv(rows: list[Row], names: list[str], header: bool = False) -> str:
    """Some columns of the rows as CSV; cells without a number are empty."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([names] * header)
    writer.writerows([[_cell(row.get(name)) for name in names] for row in rows])
    return text.getvalue()


def as_jsonl(rows: list[Row]) -> str:
    """The rows as JSON, one object per line."""
    return "".join(json.dumps(_as_json(row)) + "\n" for row in rows)


def _as_json(value: Any) -> Any:
    value = as_python(value)
    if isinstance(value, dict):
        return {name: _as_json(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_as_json(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _cell(value: Any) -> Any:
    value = as_python(value)
    return None if isinstance(value, NESTED) else value


def _cells(line: list[str]) -> list[Cell]:
    return [Cell(text, "number bad" if text in UNKNOWN else "number") for text in line]


def _finite(value: Any) -> bool:
    return plain(value) and math.isfinite(value)


def _short(value: Any) -> str:
    value = as_python(value)
    return "" if not plain(value) else str(value) if isinstance(value, Integral) else f"{value:.4g}"
