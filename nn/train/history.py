"""The figures of a training, a row for each epoch."""

from __future__ import annotations

import csv
import io
import json
import math
import os
from collections.abc import Iterable, Iterator, Sequence
from numbers import Integral, Real
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..callbacks import Callback
from ..files import replacing

if TYPE_CHECKING:
    from .trainer import Trainer

Row = dict[str, Any]
NESTED = (list, tuple, dict)


class History(Sequence[Row]):
    """Rows of figures: "epoch", "step", "lr", "loss", "valid_loss", the metrics, and the "seconds" since the start.

    `history["loss"]` is a column, `history[-1]` the last row. A figure that a row does not have is None in its column.
    """

    def __init__(self, rows: Iterable[Row] = ()) -> None:
        self.rows: list[Row] = list(rows)

    def append(self, row: Row) -> None:
        """Add one row."""
        self.rows.append(row)

    @property
    def columns(self) -> list[str]:
        """The names of all figures, in the order in which they first appeared."""
        return list(dict.fromkeys(name for row in self.rows for name in row))

    def __getitem__(self, index: Any) -> Any:
        if not isinstance(index, str):
            return self.rows[index]
        if index not in self.columns:
            raise KeyError(f"the history has no {index!r}, only {', '.join(self.columns) or 'nothing yet'}")
        return [row.get(index) for row in self.rows]

    def __contains__(self, name: object) -> bool:
        return any(name in row for row in self.rows)

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def best(self, name: str = "valid_loss", mode: str = "min") -> Row:
        """The row in which a figure is smallest or, with the mode "max", largest; NaN never is."""
        sign = -1 if mode == "max" else 1
        rows = [row for row in self.rows if row.get(name) is not None and not math.isnan(row[name])]
        if not rows:
            raise KeyError(f"the history has no {name!r}, only {', '.join(self.columns) or 'nothing yet'}")
        return min(rows, key=lambda row: sign * row[name])

    def numbers(self) -> list[str]:
        """The columns that a table can hold: those without lists and dicts."""
        nested = {name for row in self.rows for name, value in row.items() if isinstance(as_python(value), NESTED)}
        return [name for name in self.columns if name not in nested]

    def save_csv(self, path: str | os.PathLike[str]) -> None:
        """Write a table of the numbers, with a header."""
        with replacing(path) as beside:
            beside.write_text(as_csv(self.rows, self.numbers(), header=True), encoding="utf-8")

    def save_jsonl(self, path: str | os.PathLike[str]) -> None:
        """Write an object for every row, one on a line; NaN and infinities become null."""
        with replacing(path) as beside:
            beside.write_text(as_jsonl(self.rows), encoding="utf-8")

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> History:
        """What is in a .jsonl file, without a last line that is not complete. Raises ValueError for any other file."""
        rows = []
        for number, line in enumerate(Path(path).read_text(encoding="utf-8").splitlines(keepends=True), 1):
            if line.endswith("\n"):
                try:
                    row = json.loads(line)
                except ValueError as error:
                    raise ValueError(f"{path}, line {number}: expected a row of a history: {error}") from None
                rows.append({name: math.nan if value is None else value for name, value in row.items()})
        return cls(rows)

    def __repr__(self) -> str:
        names = [name for name in self.columns if shown(name) and any(_short(row.get(name)) for row in self.rows)]
        table = [names, *([_short(row.get(name)) for name in names] for row in self.rows)]
        sizes = [max(map(len, column)) for column in zip(*table, strict=True)]
        return "\n".join("  ".join(f"{cell:>{size}}" for cell, size in zip(row, sizes, strict=True)) for row in table)


class HistoryFiles(Callback):
    """Keeps history.csv and history.jsonl in the folder of the run, up to date after every epoch."""

    def on_fit_start(self, trainer: Trainer) -> None:
        self.csv, self.jsonl = trainer.out / "history.csv", trainer.out / "history.jsonl"
        if not trainer.resume and self.jsonl.exists() and self.jsonl.stat().st_size:
            raise FileExistsError(
                f"{trainer.out} has the history of another run: give fit() resume=True to go on with that one, or the "
                "trainer another folder"
            )
        trainer.out.mkdir(parents=True, exist_ok=True)
        self._rewrite(trainer.history)

    def on_epoch_end(self, trainer: Trainer) -> None:
        if trainer.row.keys() - self.columns:
            self._rewrite(trainer.history)
        else:
            _add(self.csv, as_csv([trainer.row], self.numbers))
            _add(self.jsonl, as_jsonl([trainer.row]))

    def _rewrite(self, history: History) -> None:
        self.columns, self.numbers = set(history.columns), history.numbers()
        history.save_csv(self.csv)
        history.save_jsonl(self.jsonl)


def as_python(value: Any) -> Any:
    """NumPy's numbers and arrays, and tensors, as Python's own numbers and lists; all else as it is."""
    return value.tolist() if hasattr(value, "tolist") else value


def plain(value: Any) -> bool:
    """Whether it is a number, which a table of numbers can hold."""
    return isinstance(value, Real) and not isinstance(value, bool)


def shown(name: str) -> bool:
    """Whether a figure is for everybody to see, and not that of a single class, such as "recall[3]"."""
    return "[" not in name


def as_csv(rows: list[Row], names: list[str], header: bool = False) -> str:
    """Some columns of the rows as text; in a place without a number there is nothing."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([names] * header)
    writer.writerows([[_cell(row.get(name)) for name in names] for row in rows])
    return text.getvalue()


def as_jsonl(rows: list[Row]) -> str:
    """The rows as text."""
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


def _short(value: Any) -> str:
    value = as_python(value)
    return "" if not plain(value) else str(value) if isinstance(value, Integral) else f"{value:.4g}"


def _add(path: Path, text: str) -> None:
    """Add lines at the end, all or nothing."""
    with path.open("ab", buffering=0) as file:
        before = file.tell()
        content = text.encode()
        try:
            if file.write(content) != len(content):
                raise OSError(f"{path} could not be written to its end: is the disk full?")
        except OSError:
            file.truncate(before)
            raise
