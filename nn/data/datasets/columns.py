"""How the cells of one column become numbers, and the numbers become inputs."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from . import dates
from .cell_numbers import MISSING, NO_NUMBER, numbers, plain
from .mapped import Rows
from .moments import mean_and_std

Array = np.ndarray[Any, Any]

UNKNOWN = -1.0  # the index of a word that is not among the categories: all its inputs are 0
OTHER = "(other)"
LONGEST = max(map(len, NO_NUMBER))
FLAGGED = 0.01  # of the training rows that lack a cell; with more, an input says which do
SAMPLE = 5000  # numbers, to find the quartiles
POLICIES = ("auto", "median", "mean", "mode", "drop", "flag")
FAR = 20.0  # interquartile ranges from the quartiles; a number beyond is an outlier, and brought back to there


@dataclass(frozen=True)
class Column:
    """A column of numbers, which become (x - mean) / std, or of words, which become the indices of the categories.

    Attributes:
        name: what it is called in the header.
        categories: the words, each of which is an input; None for numbers.
        mean, std: of the training rows.
        missing: what becomes of missing cells, one of `POLICIES`; empty if they are refused.
        fill: what takes their place: a number, or the index of a word.
        flag: whether an input says which cells are missing.
        decimal: "," or "." if the numbers are known to be written with it.
        low, high: outliers are brought back to these, if there are any.
        other: whether there is an input for all words that are not among the categories.
        strays: words among the numbers that stand for missing cells.
    """

    name: str
    categories: tuple[str, ...] | None = None
    mean: float = 0.0
    std: float = 1.0
    missing: str = ""
    fill: float | None = None
    flag: bool = False
    decimal: str = ""
    low: float | None = None
    high: float | None = None
    other: bool = False
    strays: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        """What its cells are, for messages."""
        return "number" if self.categories is None else "word"

    @property
    def features(self) -> list[str]:
        """The names of its inputs: one; or one for each category, "column=category"; and "column is missing"."""
        words = None if self.categories is None else [*self.categories, *[OTHER] * self.other]
        names = [self.name] if words is None else [f"{self.name}={word}" for word in words]
        return names + [f"{self.name} is missing"] * self.flag

    @property
    def width(self) -> int:
        """The number of its inputs."""
        return (1 if self.categories is None else len(self.categories) + self.other) + self.flag

    def read(self, cells: Sequence[str], doubt: str = ".") -> Array:
        """The numbers, or the indices of the categories, (N,) in float64: NaN for other cells.

        `doubt` is the decimal mark of a number that may have either, if the column has no other numbers to tell.
        """
        if self.categories is None:
            return numbers(cells, self.decimal, doubt)
        places = {word: i for i, word in enumerate(self.categories)}
        codes: dict[str, float] = {}
        for cell in set(cells):
            code = places.get(cell)
            codes[cell] = places.get(shortest(cell), math.nan) if code is None else code
        if self.other:
            rest = float(len(places))
            codes |= {cell: rest for cell, code in codes.items() if code != code and not is_missing(cell)}
        return np.array([codes[cell] for cell in cells], np.float64)

    def lacks(self, cell: str) -> bool:
        """Whether a cell, which `read` made NaN, stands for a missing value."""
        return is_missing(cell, self.categories is not None) or cell in self.strays

    def fit(self, values: Rows, number: int, scale: bool = True) -> Column:
        """The column with what is measured on column `number` of the rows: what takes the place of missing cells and,
        with `scale`, mean and standard deviation; of numbers that are all equal, the deviation is 1."""
        known, lacking = _known(values, number)
        flag = self.missing == "flag" or (self.missing == "auto" and lacking > FLAGGED * len(values))
        if not len(known) or self.categories is not None:
            fill = (_mode(known) if len(known) else 0.0) if self.missing else None
            return replace(self, flag=flag and lacking > 0, fill=fill)
        low, high = self.bounds(known)
        mean, std = _moments(known if low is None else np.clip(known, low, high))
        fill = _typical(known, self.missing, mean)
        if not scale:
            mean, std = self.mean, self.std
        return replace(self, mean=mean, std=std or 1.0, fill=fill, flag=flag and lacking > 0, low=low, high=high)

    def narrowed(self, codes: Array) -> tuple[Column, Array]:
        """The column with only those of its categories that are among the `codes`, and for each index of a category,
        (categories,), what it becomes: that of all other words, or UNKNOWN, for one that is not there."""
        assert self.categories is not None
        there = np.isin(np.arange(len(self.categories) + self.other), codes)
        kept = tuple(word for word, found in zip(self.categories, there, strict=False) if found)
        found = replace(self, categories=kept, other=bool(self.other and there[-1]))
        rest = float(len(kept)) if found.other else UNKNOWN
        return found, np.where(there, np.cumsum(there) - 1, rest)

    def bounds(self, known: Array) -> tuple[float | None, float | None]:
        """What outliers are brought back to, if there are any among the numbers."""
        if not self.missing:  # a target
            return self.low, self.high
        sample = np.sort(known[:: 1 + len(known) // SAMPLE])
        first, third = float(sample[len(sample) // 4]), float(sample[(3 * len(sample) - 1) // 4])
        low, high = first - FAR * (third - first), third + FAR * (third - first)
        bounded = first < third and math.isfinite(low) and math.isfinite(high)
        if not bounded or (known.min() >= low and known.max() <= high):
            return None, None
        return low, high

    def clipped(self, values: Array) -> Array:
        """The numbers with outliers brought back, (N,)."""
        return values if self.low is None else np.clip(values, self.low, self.high)

    def standardized(self, values: Array) -> Array:
        """(N,)."""
        if self.std > 1e100:
            return values / self.std - self.mean / self.std
        return (values - self.mean) / self.std

    def encode(self, values: Array, out: Array) -> None:
        """Write its inputs into `out`, (N, width), which holds zeros."""
        gone = np.isnan(values)
        if gone.any():
            values = np.where(gone, np.float64(self.fill or 0), values)
            if self.flag:
                out[:, -1] = gone
        self.write(values, out)

    def write(self, values: Array, out: Array) -> None:
        """Write the inputs of values that are all there."""
        if self.categories is None:
            out[:, 0] = self.standardized(self.clipped(values))
        elif self.categories:
            known = np.flatnonzero(values >= 0)
            out[known, values[known].astype(np.int64)] = 1

    def filling(self) -> str:
        """What takes the place of missing cells, for people."""
        if self.categories is None:
            which = {"mean": "the mean", "mode": "the most frequent"}.get(self.missing, "the median")
            return f"{which}, {self.fill:.4g}"
        words = [*self.categories, OTHER]
        return repr(words[int(self.fill or 0)])


@dataclass(frozen=True)
class DateColumn(Column):
    """A column of dates or times, as seconds: they become years, and a place in the year, in the week and in the day.

    Attributes:
        order: "dmy" or "mdy", of day and month; "time" for times of day.
        cycles: those that differ among the training rows, each a sine and a cosine.
    """

    order: str = "dmy"
    cycles: tuple[str, ...] = dates.CYCLES

    @property
    def kind(self) -> str:
        """What its cells are, for messages."""
        return "time" if self.order == "time" else "date"

    @property
    def features(self) -> list[str]:
        """The names of its inputs."""
        first = f"{self.name} {'hour' if self.order == 'time' else 'year'}"
        round_and_round = [f"{self.name} {cycle} {part}" for cycle in self.cycles for part in ("sin", "cos")]
        return [first, *round_and_round, *[f"{self.name} is missing"] * self.flag]

    @property
    def width(self) -> int:
        """The number of its inputs."""
        return 1 + 2 * len(self.cycles) + self.flag

    def read(self, cells: Sequence[str], doubt: str = ".") -> Array:
        """The seconds, (N,) in float64: NaN for other cells."""
        found = {cell: dates.moment(cell, self.order) for cell in set(cells)}
        return np.array([found[cell] for cell in cells], np.float64)

    def fit(self, values: Rows, number: int, scale: bool = True) -> DateColumn:
        """As that of numbers, which are years, or hours; without `scale` in whole."""
        known, _ = _known(values, number)
        possible = ("hour",) if self.order == "time" else dates.CYCLES
        cycles = tuple(cycle for cycle in possible if len(np.unique(dates.position(known, cycle))) > 1)
        found = replace(self, **vars(super().fit(values, number, scale)) | {"cycles": cycles})
        unit = 3600.0 if self.order == "time" else dates.YEAR
        return found if scale else replace(found, std=unit)

    def write(self, values: Array, out: Array) -> None:
        """Write the inputs of moments that are all there."""
        out[:, 0] = self.standardized(self.clipped(values))
        for i, cycle in enumerate(self.cycles):
            angle = 2 * np.pi * dates.position(values, cycle)
            out[:, 1 + 2 * i], out[:, 2 + 2 * i] = np.sin(angle), np.cos(angle)

    def filling(self) -> str:
        """What takes the place of missing cells, for people."""
        if self.order == "time":
            return f"{(self.fill or 0) / 3600:.1f} h"
        return str(np.datetime64(int(self.fill or 0), "s"))[:10]


def shortest(cell: str) -> str:
    """A number in its shortest form: 1.0 and 1 name the same class."""
    value = plain(cell)
    return cell if value is None else str(int(value)) if value.is_integer() else str(value)


def is_missing(cell: str, word: bool = True) -> bool:
    """Whether a cell stands for a missing value, as "?" and "NA" do; among numbers, "-" and "none" do as well."""
    return len(cell) <= LONGEST and cell.lower() in (MISSING if word else NO_NUMBER)


def state_of(column: Column) -> dict[str, Any]:
    """A column in what JSON can hold: what is as usual is left out."""
    state = asdict(column)
    usual = asdict(type(column)(column.name))
    always = ("name", "categories", "mean", "std", "order")
    kept = {name: value for name, value in state.items() if name in always or value != usual[name]}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in kept.items()}


def from_state(state: Mapping[str, Any]) -> Column:
    """The column whose `state_of` this is. Raises KeyError, TypeError or ValueError for anything else."""
    given = dict(state)
    for name in ("name", "categories", "mean", "std"):
        given[name]
    categories, missing = given["categories"], given.get("missing", "")
    given["categories"] = None if categories is None else tuple(map(str, categories))
    for name in {"cycles", "strays"} & set(given):
        given[name] = tuple(map(str, given[name]))
    column = DateColumn(**given) if "order" in given else Column(**given)
    numbers = [column.mean, column.std, *(x for x in (column.fill, column.low, column.high) if x is not None)]
    if not all(map(math.isfinite, numbers)) or column.std <= 0:
        raise ValueError(f"column {column.name!r} has mean {column.mean} and std {column.std}")
    if missing and missing not in POLICIES:
        raise ValueError(f"column {column.name!r} has the policy {missing!r} for missing cells")
    if isinstance(column, DateColumn) and not set(column.cycles) <= set(dates.CYCLES):
        raise ValueError(f"column {column.name!r} has the cycles {column.cycles}")
    return column


def _known(values: Rows, number: int) -> tuple[Array, int]:
    """The values of a column that are there, and how many are not."""
    cells = values.column(number, 0, len(values))
    gone = np.isnan(cells)
    lacking = int(gone.sum())
    return (cells[~gone] if lacking else cells), lacking


def _moments(known: Array) -> tuple[float, float]:
    """Mean and deviation, without overflow or underflow on the way."""
    largest = max(abs(float(known.min())), abs(float(known.max())))
    if largest == 0 or 1e-100 < largest < 1e100:
        return mean_and_std(lambda a, b: known[a:b], len(known))
    scale = 2.0 ** math.frexp(largest)[1] if largest < 1e307 else 2.0**1023
    mean, std = mean_and_std(lambda a, b: known[a:b] / scale, len(known))
    return mean * scale, std * scale


def _typical(known: Array, policy: str, mean: float) -> float | None:
    if policy in ("", "drop"):
        return None
    if policy == "mean":
        return mean
    if policy == "mode":
        return _mode(known)
    half = len(known) // 2
    parts = np.partition(known, [half] if len(known) % 2 else [half - 1, half])
    return float(parts[half]) if len(known) % 2 else float(parts[half - 1] / 2 + parts[half] / 2)


def _mode(known: Array) -> float:
    different, counts = np.unique(known, return_counts=True)
    return float(different[counts.argmax()])
