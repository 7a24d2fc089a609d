"""Tables of your own: a CSV file becomes inputs and targets."""

from __future__ import annotations

import copy
import os
import warnings
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from autograd import Generator, Tensor

from ..dataset import TensorDataset, stratified_split
from ..folds import fold_indices
from .chosen_columns import Wishes, encoding_of
from .encoding import Encoding
from .mapped import Rows, fits
from .notes import LOOKED_AT, DataNote, filled, giveaways, imbalance, say
from .readers import read_table
from .row_splits import copied, row_numbers, split_groups, split_time
from .side_columns import group_numbers, moments_of

Array = np.ndarray[Any, Any]


class CSV(TensorDataset):
    """The rows of a table with a header: sample i is (inputs (F,) in float32, target).

        data = datasets.CSV("iris.csv", target="species")
        train, valid = data.split(0.8)
        train.encoding.save("runs/iris/encoding.json")

    A column of numbers is one input, standardised: the mean is subtracted, and the result divided by the standard
    deviation. They may be written as people do: 1,000.5 or 1.000,5, $5, 10%, (5) for -5. A column of words is one-hot
    encoded: one input for each different word, in alphabetical order; of more than 64 words, for the most frequent
    ones, and one for all others. A date becomes its year, and sines and cosines of its place in the year, the week and
    the day.

    A target of words, or of at most 20 different whole numbers that occur at least twice on average, is a class number
    (int64) for `nn.CrossEntropyLoss`. A target of other numbers is a float32 tensor (1,), so that `y` is (N, 1) like
    the output of a model for `nn.MSELoss`; it is standardised too, so that predicting the mean gives a loss of 1, and
    `encoding.decode` turns outputs back into the unit of the file. Rows without a target are left out.

    Columns that tell nothing are left out: those that are constant, that have another word in each row, or that number
    the rows. What was done that nobody asked for, and what may make a result worthless, stands in `notes`, and is given
    as `DataNote` warnings.

    The file is read in pieces. What would take more than 64 MB lies in a temporary file, and a batch is encoded when it
    is made; `x` then encodes all rows, when it is asked for.

    Means, standard deviations and what is filled in are measured on all rows or, after `split`, on the training rows.

    Args:
        path: a file: text separated by commas, semicolons, tabs or blanks, possibly packed as .gz; .json or .jsonl;
            .parquet, .feather or .xlsx with pandas. Or a pandas DataFrame, or rows as dicts.
        target: the column to predict; by default the last.
        task: "classification" or "regression", if the target alone would mean the other.
        words: columns to treat as words although they hold numbers, such as postcodes.
        ignore: columns to leave out, such as names and row numbers.
        keep: columns to take in that would be left out because they seem to tell nothing.
        missing: what takes the place of missing cells. "median", "mean" or "mode" of the column, for words always the
            most frequent one; "flag" is the median and another input that says which cells are missing; "auto" is
            that for columns that lack more than 1 % of the cells, and the median for others; "drop" leaves such rows
            out.
        standardize: whether to standardise numbers; else they stay as they are in the file.
        encoding: that of the training data, instead of all the options above.
        group: a column whose equal cells mark rows that belong together, such as a patient: `split` does not part them.
            It is no input, unless `keep` names it.
        time: a column of numbers or dates: `split` holds the newest rows out.

    Attributes: `x` (N, F), `y`, `features` (F names), `classes` (names, or None), `task`, `encoding`, `notes`,
    `lacking`.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file cannot be read as a table, or cells do not fit their column; the message names the line,
            the column and what to do.
    """

    def __init__(
        self,
        path: str | os.PathLike[str] | Any,
        target: str | None = None,
        *,
        task: str | None = None,
        words: Sequence[str] = (),
        ignore: Sequence[str] = (),
        keep: Sequence[str] = (),
        missing: str = "auto",
        standardize: bool = True,
        encoding: Encoding | None = None,
        group: str | None = None,
        time: str | None = None,
    ) -> None:
        table = read_table(path)
        self.path = Path(table.source)
        self.standardize, self._fitted = standardize, encoding is not None
        notes: list[str] = list(table.notes)
        if encoding is None:
            apart = [] if group is None or group in keep else [group]
            wishes = Wishes(target, task, words, [*ignore, *apart], keep, missing)
            encoding, notes = encoding_of(table, wishes)
        with warnings.catch_warnings(record=True) as unknown:
            warnings.simplefilter("always", DataNote)
            values = Rows(encoding.read(table))
        notes += [str(warning.message) for warning in unknown]
        self._groups = None if group is None else group_numbers(table, group)
        self._moments = None if time is None else moments_of(table, time)
        values = self._complete(values, encoding, table.source, notes)
        self._said, self._lacking = notes, np.zeros(len(encoding.columns), int)
        for start in range(0, len(values), LOOKED_AT):
            self._lacking += np.isnan(values[start : start + LOOKED_AT][:, :-1]).sum(axis=0)
        self._take(values, encoding if self._fitted else encoding.fit(values, standardize))
        if not self._fitted:
            self._said += self._doubts()
        say(self.notes)

    def _complete(self, values: Rows, encoding: Encoding, source: str, notes: list[str]) -> Rows:
        """The rows that can be used; `notes` says how many others there are."""
        pieces = range(0, len(values), LOOKED_AT)
        complete = np.concatenate([encoding.complete(values[start : start + LOOKED_AT]) for start in pieces])
        if complete.all():
            return values
        left = int((~complete).sum())
        if left == len(values):
            raise ValueError(f"{source}: cells are missing in all {left:,} rows, so that none is left to use")
        why = f"no {encoding.target.name!r}"
        if any(column.missing == "drop" for column in encoding.columns):
            why += " or without another cell"
        notes.append(f"{left:,} of {len(values):,} rows {'is' if left == 1 else 'are'} left out, with {why}")
        chosen = np.flatnonzero(complete)
        self._groups = None if self._groups is None else self._groups[chosen]
        self._moments = None if self._moments is None else self._moments[chosen]
        return values.chosen(chosen)

    def _doubts(self) -> list[str]:
        """What may make a result worthless, of what the rows show."""
        sample = self._values[np.linspace(0, len(self) - 1, min(len(self), LOOKED_AT)).astype(np.int64)]
        columns = self.encoding.columns
        words = [column.categories is not None for column in columns]
        notes = giveaways([column.name for column in columns], words, sample, self.classes is not None)
        return notes + (imbalance(self.classes, np.asarray(self.y)) if self.classes else [])

    @property
    def notes(self) -> tuple[str, ...]:
        """What was done to the table without being asked for, and what may make a result worthless; a line each."""
        return (*self._said, *filled(self.encoding.columns, self._lacking.tolist()))

    @property
    def lacking(self) -> dict[str, int]:
        """How many cells are missing in each column that becomes inputs, before the rows were split."""
        return dict(zip((column.name for column in self.encoding.columns), self._lacking.tolist(), strict=True))

    def split(self, fraction: float = 0.8, generator: Generator | None = None) -> tuple[CSV, CSV]:
        """Split into `fraction` of the rows, to train on, and the others, with the encoding of the former.

        It is at random, and every class is split in this proportion (see `nn.data.stratified_split`). Rows that are
        copies of each other, and those of a group, stay on one side. With `time`, the newest rows are the others.
        Raises ValueError for a fraction that is not between 0 and 1.
        """
        ours, others, notes = self._sides(fraction, generator)
        train, held_out = self._parts(notes, ours, others)
        return train, held_out

    def folds(self, k: int = 5) -> Iterator[tuple[CSV, CSV]]:
        """Cross-validation: `k` times the rows to train on and those held out, which are all rows once.

            for train, held_out in data.folds(5):
                ...

        Each comes as from `split`, with an encoding that is fitted to the rows to train on; words that do not occur in
        these are unknown to it. scikit-learn makes the folds: `StratifiedKFold` for classes, else `KFold`; with `group`
        `StratifiedGroupKFold` and `GroupKFold`; with `time` `TimeSeriesSplit` of the different times, so that each fold
        is trained on what is earlier, and the earliest rows are never held out. Copies stay together as in `split`. The
        folds are always the same: `random_state` is 0, and groups count in the order in which they appear.

        Raises ValueError if there are not enough rows, groups or times; ImportError without scikit-learn.
        """
        for sides in self._folds(k):
            train, held_out, _ = self._fold(*sides)
            yield train, held_out

    def fold(self, number: int, k: int = 5) -> tuple[CSV, CSV, CSV]:
        """The rows to train on and those held out in one of the `folds`, of which the first has number 1; and those in
        neither: with `time` the later ones, else none.

        Parts that are split off from the first keep its encoding. Raises what `folds` does, and ValueError for another
        number.
        """
        if not 1 <= number <= k:
            raise ValueError(f"fold: expected the number of one of {k} folds, from 1 to {k}, given {number}")
        return self._fold(*next(islice(self._folds(k), number - 1, None)))

    def _fold(self, ours: Array, others: Array, notes: list[str]) -> tuple[CSV, CSV, CSV]:
        rest = np.setdiff1d(np.arange(len(self)), np.concatenate([ours, others]))
        known = copy.copy(self)
        if not self._fitted:
            known.encoding, known._values = self.encoding.narrowed(self._values, ours)
        parts = known._parts(notes, ours, others, rest)
        for part in parts:
            part._fitted = True
        return parts[0], parts[1], parts[2]

    def _sides(self, fraction: float, generator: Generator | None) -> tuple[Array, Array, list[str]]:
        """The indices of the rows to train on and of the others, and notes."""
        strata = np.zeros(len(self)) if self.classes is None else np.asarray(self.y)
        if not 0 < fraction < 1 or (self._moments is None and self._groups is None and not len(self)):
            stratified_split(strata, fraction, generator)
        if self._moments is not None:
            return (*split_time(self._moments, fraction), [])
        if self._groups is not None:
            return (*split_groups(strata, self._groups, fraction, generator), [])
        numbers, note = self._copies()
        if note:
            return (*split_groups(strata, numbers, fraction, generator), [note])
        ours, others = (part.indices for part in stratified_split(strata, fraction, generator))
        return ours, others, _seen(numbers, ours, others)

    def _folds(self, k: int) -> Iterator[tuple[Array, Array, list[str]]]:
        """The indices of the rows to train on and of those held out in each fold, and notes."""
        classes = None if self.classes is None else np.asarray(self.y)
        if self._groups is not None or self._moments is not None:
            for sides in fold_indices(k, len(self), classes, groups=self._groups, moments=self._moments):
                yield *sides, []
            return
        numbers, note = self._copies()
        for sides in fold_indices(k, len(self), classes, copies=numbers if note else None):
            yield *sides, [note] if note else _seen(numbers, *sides)

    def _copies(self) -> tuple[Array, str]:
        """A number for each row, the same for equal rows, and what to say if these must be copies of each other."""
        numbers = row_numbers(self._values)
        copies = len(numbers) - 1 - int(numbers.max())
        if not copies or not copied(self._values, numbers):
            return numbers, ""
        what = "is a copy of another" if copies == 1 else "are copies of others"
        return numbers, f"{copies:,} of {len(self):,} rows {what}: copies stay on one side of the split"

    def _parts(self, notes: list[str], *sides: Array) -> list[CSV]:
        """The rows at some indices, each side with the encoding of the first."""
        values = [self._values.chosen(side) for side in sides]
        encoding = self.encoding if self._fitted else self.encoding.fit(values[0], self.standardize)
        say(notes, 3)
        return [self._part(side, part, encoding, notes) for side, part in zip(sides, values, strict=True)]

    def _part(self, indices: Array, values: Rows, encoding: Encoding, notes: list[str]) -> CSV:
        part = copy.copy(self)
        for name in ("x", "tensors"):
            vars(part).pop(name, None)
        part._said = [*self._said, *notes]
        part._groups = None if self._groups is None else self._groups[indices]
        part._moments = None if self._moments is None else self._moments[indices]
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


def _seen(numbers: Array, ours: Array, others: Array) -> list[str]:
    """A note if held-out rows have the numbers of rows that are trained on."""
    both = int(np.isin(numbers[others], numbers[ours]).sum())
    note = f"{both:,} of {len(others):,} held-out rows are equal to rows that are trained on, in every cell"
    return [note] * (both > 0)
