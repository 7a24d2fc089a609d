"""How a table becomes tensors: fitted to the training rows, kept as JSON, applied to any rows."""

from __future__ import annotations

import json
import os
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

import autograd
from autograd import Tensor

from ...files import replacing
from .columns import UNKNOWN, Column, from_state, state_of
from .csv_table import Faults, Gaps, Table, choice
from .mapped import Rows, joined
from .notes import DataNote, filled
from .readers import read_table

Array = np.ndarray[Any, Any]

PIECE = 1 << 12  # rows that are changed at once


@dataclass(frozen=True)
class Encoding:
    """How the rows of a table become tensors: the columns become inputs, the target column becomes targets.

    `CSV` makes it from the training rows, `save` keeps it in a JSON file, and `rows` encodes new rows for a model.
    """

    columns: tuple[Column, ...]
    target: Column

    @property
    def task(self) -> str:
        """The task: "classification" or "regression"."""
        return "regression" if self.target.categories is None else "classification"

    @property
    def classes(self) -> tuple[str, ...] | None:
        """The names of the classes; None in a regression."""
        return self.target.categories

    @property
    def features(self) -> list[str]:
        """The names of the inputs, F of them."""
        return [name for column in self.columns for name in column.features]

    @property
    def width(self) -> int:
        """The number of inputs, F."""
        return sum(column.width for column in self.columns)

    def read(self, table: Table, *, target: bool = True) -> Array:
        """The numbers in a table, (N, columns), the target last. Raises ValueError for cells that cannot be encoded."""
        refused = ("",) if target else ("", "drop")
        return joined(self._pieces(table, [*self.columns, *[self.target] * target], refused))

    def _pieces(self, table: Table, columns: list[Column], refused: tuple[str, ...]) -> Iterator[Array]:
        checks = [_Check(column, column is self.target, refused) for column in columns]
        names, total = [column.name for column in columns], 0
        for cells, places in table.pieces(names):
            values = np.empty((len(places), len(columns)))
            for i, (check, part) in enumerate(zip(checks, cells, strict=True)):
                values[:, i] = check.column.read(part, table.doubt)
                wrong = np.flatnonzero(np.isnan(values[:, i]))
                if len(wrong):
                    values[wrong, i] = check.sorted_out(wrong, part, places)
            total += len(places)
            yield values
        gaps = Gaps({check.column.name: gap for check in checks for gap in check.gaps.found.values()})
        gaps.check(table.source, names, "fill them in, or delete these lines")
        for check in checks:
            check.faults.check(table.source, check.column.name, total)
        for check in checks:
            if check.unknown:
                warnings.warn(f"{table.source}, {check.told()}", DataNote, stacklevel=2)

    def fit(self, values: Array | Rows, standardize: bool = True) -> Encoding:
        """The encoding with what is measured on the rows that `read` returned: what takes the place of missing cells
        and, if numbers are to be standardised, their means and standard deviations."""
        rows = values if isinstance(values, Rows) else Rows(values)
        columns = [column.fit(rows, i, standardize) for i, column in enumerate(self.columns)]
        return Encoding(tuple(columns), self.target.fit(rows, len(columns)) if standardize else self.target)

    def narrowed(self, values: Rows, rows: Array) -> tuple[Encoding, Rows]:
        """The encoding that knows only the words of features that occur in some of the rows, and what all rows that
        `read` returned are in it."""
        columns, changed = list(self.columns), {}
        for i, column in enumerate(columns):
            if column.categories is not None:
                columns[i], new = column.narrowed(values.column(i, 0, len(values))[rows])
                if columns[i] != column:
                    changed[i] = new
        if not changed:
            return self, values
        pieces = (_recoded(values[start : start + PIECE], changed) for start in range(0, len(values), PIECE))
        return Encoding(tuple(columns), self.target), Rows(joined(pieces))

    def complete(self, values: Array) -> Array:
        """Which of the rows that `read` returned can be used, (N,): a target that is missing is not filled in, and with
        the policy "drop" no cell is."""
        gone = np.isnan(values)
        dropped = [i for i, column in enumerate(self.columns) if column.missing == "drop"]
        return np.asarray(~(gone[:, -1] | gone[:, dropped].any(axis=1)))

    def inputs(self, values: Array) -> Tensor:
        """The inputs, (N, F) in float32, from the numbers that `read` returned."""
        x, start = np.zeros((len(values), self.width), np.float32), 0
        for i, column in enumerate(self.columns):
            column.encode(values[:, i], x[:, start : start + column.width])
            start += column.width
        return autograd.from_numpy(x)

    def targets(self, values: Array) -> Tensor:
        """The targets: class numbers (N,) in int64, or for a regression (N, 1) in float32."""
        if self.target.categories is None:
            return autograd.from_numpy(self.target.standardized(values[:, -1])[:, None].astype(np.float32))
        return autograd.from_numpy(values[:, -1].astype(np.int64))

    def rows(self, source: Any) -> Tensor:
        """The inputs, (N, F), of a file, of a pandas DataFrame, or of one or more rows given as dicts.

        The columns may come in any order, the target may be missing, and unknown columns are ignored. A missing cell is
        filled in as it was in the training, and a word that did not occur there is given inputs of 0, both with a
        `DataNote`. Raises ValueError for a missing column, for a word where a number is expected, and for missing cells
        if they were refused in the training, too (`missing="drop"`).
        """
        values = self.read(read_table(source), target=False)
        for note in filled(self.columns, np.isnan(values).sum(axis=0).tolist()):
            warnings.warn(note, DataNote, stacklevel=2)
        return self.inputs(values)

    def decode(self, out: Any) -> list[Any]:
        """What the outputs of a model mean: the names of classes, or numbers in the unit of the target column.

        `out` is scores (N, C), of which the largest counts; for two classes also logits (N,) or (N, 1); for a
        regression (N,) or (N, 1).
        """
        with autograd.no_grad():
            values = np.asarray(out, np.float64)
        if self.classes is None:
            return list((values.reshape(-1) * self.target.std + self.target.mean).tolist())
        single = values.ndim == 1 or values.shape[1] == 1
        numbers = (values.reshape(-1) > 0).astype(int) if single else values.argmax(1)
        return [self.classes[i] for i in numbers]

    def state_dict(self) -> dict[str, Any]:
        """The encoding in numbers, strings, lists and dicts that JSON can hold."""
        return {"columns": [state_of(column) for column in self.columns], "target": state_of(self.target)}

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Encoding:
        """The encoding whose `state_dict` this is. Raises ValueError for anything else."""
        try:
            *columns, target = (from_state(column) for column in [*state["columns"], state["target"]])
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"expected what Encoding.state_dict() gives, found {state!r:.80} ({error!r})") from None
        return cls(tuple(columns), target)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write a JSON file. Raises the errors of `nn.save` for a path that cannot be written."""
        with replacing(path) as beside:
            beside.write_text(json.dumps(self.state_dict(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Encoding:
        """The encoding that `save` wrote. Raises ValueError for another file."""
        try:
            return cls.from_state(json.loads(Path(path).read_text(encoding="utf-8")))
        except ValueError as error:
            raise ValueError(f"{path}: not the encoding of a table: {error}") from None


def _recoded(values: Array, changed: Mapping[int, Array]) -> Array:
    """Rows in which the words of some columns, by number, have other indices."""
    values = values.copy()
    for i, new in changed.items():
        known = values[:, i] >= 0
        values[known, i] = new[values[known, i].astype(np.int64)]
    return values


@dataclass
class _Check:
    """What is wrong with the cells of a column that could not be read as numbers. `refused` are the policies that do
    not take missing ones."""

    column: Column
    target: bool
    refused: tuple[str, ...]
    gaps: Gaps = field(default_factory=Gaps)
    faults: Faults = field(default_factory=Faults)
    unknown: dict[str, str] = field(default_factory=dict)
    count: int = 0

    def __post_init__(self) -> None:
        self.faults.words = self.column.categories
        self.faults.kind = self.column.kind

    def sorted_out(self, wrong: Array, cells: Sequence[str], places: list[str]) -> Array:
        """For the cells at the indices `wrong`: NaN if they are missing, else the index of an unknown word."""
        lacking = np.array([self.column.lacks(cells[i]) for i in wrong])
        if lacking.any() and not self.target and self.column.missing in self.refused:
            self.gaps.add(self.column.name, [places[i] for i in wrong[lacking]])
        odd = wrong[~lacking]
        if len(odd) and (self.target or self.column.categories is None):
            self.faults.add(odd, cells, places)
        elif len(odd):
            self.count += len(odd)
            for i in odd:
                self.unknown.setdefault(cells[i], places[i])
        return np.where(lacking, np.nan, UNKNOWN)

    def told(self) -> str:
        """What to say of the unknown words."""
        word, place = next(iter(self.unknown.items()))
        more = f" (and {self.count - 1:,} more)" if self.count > 1 else ""
        hint = choice(word, self.column.categories or (), "known are")
        return f"{place}, column {self.column.name!r}: {word!r} is unknown{more}, so its inputs are 0{hint}"
