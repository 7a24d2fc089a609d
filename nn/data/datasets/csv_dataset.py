"""Tables of your own: a CSV file becomes inputs and targets."""

from __future__ import annotations

import copy
import os
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from autograd import Generator, Tensor

from ..dataset import TensorDataset, stratified_split
from .column_facts import encoding_of
from .csv_table import read_table
from .encoding import Encoding
from .mapped import Rows, fits

Array = np.ndarray[Any, Any]


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

    The file is read in pieces. What would take more than 64 MB lies in a temporary file, and a batch is encoded when it
    is made; `x` then encodes all rows, when it is asked for.

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
        encoding = encoding or encoding_of(table, target, task, words, ignore)
        values = Rows(encoding.read(table))
        self._take(values, encoding.fit(values) if self.standardize else encoding)

    def split(self, fraction: float = 0.8, generator: Generator | None = None) -> tuple[CSV, CSV]:
        """Split at random into `fraction` of the rows, to train on, and the others, with the encoding of the former.

        Every class is split in this proportion (see `nn.data.stratified_split`). Raises ValueError for a fraction that
        is not between 0 and 1.
        """
        strata = np.zeros(len(self)) if self.classes is None else self.y
        parts = [self._values.chosen(part.indices) for part in stratified_split(strata, fraction, generator)]
        encoding = self.encoding.fit(parts[0]) if self.standardize else self.encoding
        return self._part(parts[0], encoding), self._part(parts[1], encoding)

    def _part(self, values: Rows, encoding: Encoding) -> CSV:
        part = copy.copy(self)
        for name in ("x", "tensors"):
            vars(part).pop(name, None)
        part._take(values, encoding)
        return part

    def _take(self, values: Rows, encoding: Encoding) -> None:
        self._values, self.encoding, self.features = values, encoding, encoding.features
        self.task, self.classes = encoding.task, encoding.classes
        self.y = self.targets = encoding.targets(values.column(-1, 0, len(values))[:, None])
        self._small = fits(4 * len(values) * encoding.width)

    @cached_property
    def x(self) -> Tensor:
        """The inputs of all rows, (N, F) in float32."""
        return self.encoding.inputs(self._values[:])

    @cached_property
    def tensors(self) -> tuple[Tensor, Tensor]:  # type: ignore[override]
        """The inputs and the targets of all rows."""
        return self.x, self.y

    def numbers(self, index: Any) -> Array:
        """Rows as `Encoding.read` gives them, before they are standardised: (n, columns), the target last."""
        return self._values[index]

    def __getitem__(self, index: Any) -> tuple[Tensor, Tensor]:
        if self._small or "x" in vars(self):
            return self.x[index], self.y[index]
        values = self._values[np.asarray(index) if isinstance(index, Tensor) else index]
        rows = np.atleast_2d(values)
        x, y = self.encoding.inputs(rows), self.encoding.targets(rows)
        return (x, y) if values is rows else (x[0], y[0])

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        kind = f"{len(self.classes)} classes" if self.classes else "regression"
        return f"CSV({self.path}, {len(self):,} rows, {len(self.features)} features, {kind})"
