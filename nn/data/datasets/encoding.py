"""How a table becomes tensors: fitted to the training rows, kept as JSON, applied to any rows."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

import autograd
from autograd import Tensor

from ...files import replacing
from .csv_table import MISSING, Faults, Gaps, Table, as_table, number, numbers, read_table
from .mapped import Rows, joined
from .moments import mean_and_std

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Column:
    """How the cells of one column become numbers: (x - mean) / std, or the index of a word among the categories."""

    name: str
    categories: tuple[str, ...] | None = None
    mean: float = 0.0
    std: float = 1.0

    @property
    def features(self) -> list[str]:
        """The names of its inputs: one; or one for each category, "column=category"."""
        return [self.name] if self.categories is None else [f"{self.name}={word}" for word in self.categories]

    @property
    def width(self) -> int:
        """The number of its inputs."""
        return 1 if self.categories is None else len(self.categories)

    def read(self, cells: Sequence[str]) -> Array:
        """The numbers, or the indices of the categories, (N,) in float64: NaN for other cells."""
        if self.categories is None:
            return numbers(cells)
        places = {word: i for i, word in enumerate(self.categories) if word.lower() not in MISSING}
        codes = {cell: places.get(cell, places.get(shortest(cell), math.nan)) for cell in set(cells)}
        return np.array([codes[cell] for cell in cells], np.float64)

    def fit(self, values: Rows, number: int) -> Column:
        """The column with mean and standard deviation of column `number`; if all are equal, it is only centred."""
        if self.categories is not None:
            return self
        mean, std = mean_and_std(partial(values.column, number), len(values))
        return replace(self, mean=mean, std=std or 1.0)

    def standardized(self, values: Array) -> Array:
        """(N,)."""
        return (values - self.mean) / self.std

    def encode(self, values: Array, out: Array) -> None:
        """Write its inputs into `out`, (N, width), which holds zeros."""
        if self.categories is None:
            out[:, 0] = self.standardized(values)
        else:
            out[np.arange(len(values)), values.astype(np.int64)] = 1


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
        return joined(self._pieces(table, [*self.columns, *[self.target] * target]))

    def _pieces(self, table: Table, columns: list[Column]) -> Iterator[Array]:
        names, total, gaps = [column.name for column in columns], 0, Gaps()
        faults = [Faults(column.categories) for column in columns]
        for cells, places in table.pieces(names):
            values = np.empty((len(places), len(columns)))
            for i, (column, part) in enumerate(zip(columns, cells, strict=True)):
                values[:, i] = column.read(part)
                wrong = np.flatnonzero(np.isnan(values[:, i]))
                if len(wrong):
                    gaps.add(column.name, part, places)
                    faults[i].add(wrong, part, places)
            total += len(places)
            yield values
        gaps.check(table.source, names, "fill them in, or delete these lines")
        for name, fault in zip(names, faults, strict=True):
            fault.check(table.source, name, total)

    def fit(self, values: Array | Rows) -> Encoding:
        """The encoding with the means and standard deviations of the numbers that `read` returned."""
        rows = values if isinstance(values, Rows) else Rows(values)
        *columns, target = (column.fit(rows, i) for i, column in enumerate([*self.columns, self.target]))
        return Encoding(tuple(columns), target)

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

    def rows(self, source: str | os.PathLike[str] | Mapping[str, Any] | Sequence[Mapping[str, Any]]) -> Tensor:
        """The inputs, (N, F), of a CSV file or of rows given as dicts.

        The columns may come in any order, the target may be missing, and unknown columns are ignored. Raises ValueError
        for any other missing column, and for a missing, unreadable or unknown value.
        """
        table = read_table(source) if isinstance(source, str | os.PathLike) else as_table(source)
        return self.inputs(self.read(table, target=False))

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
        return {"columns": [_state(column) for column in self.columns], "target": _state(self.target)}

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Encoding:
        """The encoding whose `state_dict` this is. Raises ValueError for anything else."""
        try:
            *columns, target = (_from_state(**column) for column in [*state["columns"], state["target"]])
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


def shortest(cell: str) -> str:
    """A number in its shortest form: 1.0 and 1 name the same class."""
    value = number(cell)
    return cell if value is None else str(int(value)) if value.is_integer() else str(value)


def _state(column: Column) -> dict[str, Any]:
    state = asdict(column)
    return state | {"categories": None if column.categories is None else list(column.categories)}


def _from_state(name: str, categories: list[str] | None, mean: float, std: float) -> Column:
    if not (math.isfinite(mean) and math.isfinite(std) and std > 0):
        raise ValueError(f"column {name!r} has mean {mean} and std {std}")
    return Column(name, None if categories is None else tuple(map(str, categories)), mean, std)
