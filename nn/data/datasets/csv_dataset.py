"""Tables of your own: a CSV file becomes inputs and targets."""

from __future__ import annotations

import copy
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from autograd import Generator, Tensor

from ..dataset import TensorDataset, stratified_split
from .csv_table import Table, number, read_table
from .encoding import Array, Column, Encoding, shortest

MOST_CLASSES = 20  # of whole numbers; more different ones are treated as a quantity


class CSV(TensorDataset):
    """The rows of a CSV file with a header: sample i is (inputs (F,) in float32, target).

        data = datasets.CSV("iris.csv", target="species")
        train, valid = data.split(0.8)
        train.encoding.save("runs/iris/encoding.json")

    A column of numbers is one input, standardised: the mean is subtracted, and the result divided by the standard
    deviation. A column of words is one-hot encoded: one input for each different word, in alphabetical order. A target
    of words, or of at most 20 different whole numbers that occur at least twice on average, is a class number (int64)
    for `nn.CrossEntropyLoss`. A target of other numbers is a float32 tensor (1,), so that `y` is (N, 1) like the output
    of a model for `nn.MSELoss`; it is standardised too, so that predicting the mean gives a loss of 1, and
    `encoding.decode` turns outputs back into the unit of the file.

    Means and standard deviations are those of all rows or, after `split`, those of the training rows.

    Args:
        path: UTF-8 text, comma-, semicolon- or tab-separated, possibly packed as .gz.
        target: the column to predict; by default the last.
        task: "classification" or "regression", if the target alone would mean the other.
        words: columns to treat as words although they hold numbers, such as postcodes.
        ignore: columns to leave out, such as names and row numbers.
        standardize: whether to standardise numbers; else they stay as they are in the file.
        encoding: that of the training data, instead of all the options above.

    Attributes: `x` (N, F), `y`, `features` (F names), `classes` (names, or None), `task`, `encoding`.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file cannot be read as a table, or cells are missing or do not fit their column; the message
            names the line, the column and what to do.
    """

    x: Tensor
    y: Tensor
    encoding: Encoding

    def __init__(
        self,
        path: str | os.PathLike[str],
        target: str | None = None,
        *,
        task: str | None = None,
        words: Sequence[str] = (),
        ignore: Sequence[str] = (),
        standardize: bool = True,
        encoding: Encoding | None = None,
    ) -> None:
        table = read_table(path)
        self.path, self.standardize = Path(path), standardize and encoding is None
        encoding = encoding or _encoding(table, target, task, words, ignore)
        self._values = encoding.read(table)
        self._encode(encoding.fit(self._values) if self.standardize else encoding)

    def split(self, fraction: float = 0.8, generator: Generator | None = None) -> tuple[CSV, CSV]:
        """Split at random into `fraction` of the rows, to train on, and the others, with the encoding of the former.

        Every class is split in this proportion (see `nn.data.stratified_split`). Raises ValueError for a fraction that
        is not between 0 and 1.
        """
        strata = np.zeros(len(self)) if self.classes is None else self.y
        first, second = (part.indices for part in stratified_split(strata, fraction, generator))
        encoding = self.encoding.fit(self._values[first]) if self.standardize else self.encoding
        return self._part(first, encoding), self._part(second, encoding)

    def _part(self, rows: Array, encoding: Encoding) -> CSV:
        part = copy.copy(self)
        part._values = self._values[rows]
        part._encode(encoding)
        return part

    def _encode(self, encoding: Encoding) -> None:
        self.encoding, self.features = encoding, encoding.features
        self.task, self.classes = encoding.task, encoding.classes
        self.x, self.y = self.tensors = encoding.inputs(self._values), encoding.targets(self._values)

    def __repr__(self) -> str:
        kind = f"{len(self.classes)} classes" if self.classes else "regression"
        return f"CSV({self.path}, {len(self):,} rows, {len(self.features)} features, {kind})"


def _encoding(
    table: Table, target: str | None, task: str | None, words: Sequence[str], ignore: Sequence[str]
) -> Encoding:
    """What the columns of a table hold, without means and standard deviations. The arguments are those of `CSV`."""
    if task not in (None, "classification", "regression"):
        raise ValueError(f"expected the task 'classification' or 'regression', given {task!r}")
    for name in [*words, *ignore]:
        table.column(name)
    names = [name for name in table.header if name not in ignore]
    target = names[-1] if target is None and names else target
    names = [name for name in names if name != target]
    if target is None or not names:
        raise ValueError(
            f"{table.source}: expected one or more columns beside the target, found the columns "
            f"{', '.join(map(repr, table.header))}: are they separated by commas, semicolons or tabs?"
        )
    table.check_complete([*names, target], "fill them in, delete these lines, or leave a column out with ignore=[…]")
    columns = tuple(_column(table, name, name in words) for name in names)
    return Encoding(columns, _target(table, target, task, target in words))


def _column(table: Table, name: str, words: bool) -> Column:
    """A column of words, if asked for or if at most half of the cells are numbers; else one of numbers."""
    cells = table.column(name)
    if not words and 2 * sum(number(cell) is not None for cell in cells) > len(cells):
        return Column(name)
    different, most = set(cells), min(1000, max(20, len(cells) // 2))
    if len(different) > most:
        raise ValueError(
            f"{table.source}, column {name!r}: {len(different):,} different words in {len(cells):,} rows (such as "
            f"{cells[0]!r:.40}) are too many to learn from: leave the column out with ignore=[{name!r}]"
        )
    return Column(name, tuple(sorted(different)))


def _target(table: Table, name: str, task: str | None, words: bool) -> Column:
    """The target: for classes, a column of words, which are sorted as numbers if they are all numbers."""
    column = _column(table, name, words or task == "classification")
    if column.categories is None and task is None and _few_whole_numbers(column.read(table)):
        column = _column(table, name, words=True)
    if column.categories is None:
        return column
    if task == "regression":
        raise ValueError(
            f"{table.source}, column {name!r}: expected numbers for a regression, found words such as "
            f"{column.categories[0]!r}: name another target, or task='classification'"
        )
    if not words and all(number(word) is not None for word in column.categories):
        column = Column(name, tuple(sorted(set(map(shortest, column.categories)), key=float)))
    if len(column.categories or ()) < 2:
        raise ValueError(
            f"{table.source}: in all {len(table.rows):,} rows {name!r} is {table.column(name)[0]!r}: expected two or "
            "more classes to tell apart"
        )
    return column


def _few_whole_numbers(values: Array) -> bool:
    different = np.unique(values)
    return len(different) <= min(MOST_CLASSES, len(values) // 2) and bool((different % 1 == 0).all())
