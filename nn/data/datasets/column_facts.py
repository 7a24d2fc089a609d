"""What the columns of a table hold: words, numbers or dates, as far as a look at all of their cells tells."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from . import dates
from .cell_numbers import form, numbers, quick, unit
from .columns import Column, DateColumn, is_missing
from .csv_table import Faults

MOST_WORDS = 1000  # in a target of words
MOST_INPUTS = 64  # of a column of words
MOST_CLASSES = 20  # of whole numbers; more different ones are treated as a quantity
LOOKED = 1 << 16  # different cells; a column that repeats none of so many never does
FEW = 10  # different words among numbers
SHARE = 0.05  # of the cells that may be such words
MANY = 10  # rows; of fewer, all cells may differ by chance


@dataclass
class Facts:
    """What is known of a column of `source` after some of its pieces.

    Attributes:
        rows, numbers, lacking: how many cells there are, how many are numbers, and how many are missing.
        first: the first cell.
        counts: how often the different cells occur; not all, if there are `more`, as there may be once they are too
            many for words.
        faults: the cells that are no numbers.
        strays: the different cells that are no numbers, as far as they are few.
        forms: how the numbers are written that Python would not take.
        orders: in which order day and month may be, if all other cells are dates.
        clear: whether no date can be read in both orders.
        units: how often a unit stands behind a number among the first cells, `looked` of them.
        odd: whether there is a cell that Python would not take for a number.
        whole: whether all cells are whole numbers; `low` and `high` are then the smallest and the largest.
        rising: whether each is larger than the one above.
    """

    source: str
    name: str
    rows: int = 0
    numbers: int = 0
    lacking: int = 0
    first: str = ""
    counts: Counter[str] = field(default_factory=Counter)
    counted: int = 0
    more: bool = False
    faults: Faults = field(default_factory=Faults)
    strays: set[str] = field(default_factory=set)
    forms: set[str] = field(default_factory=set)
    orders: frozenset[str] = frozenset({"dmy", "mdy", "time"})
    clear: bool = True
    units: Counter[str] = field(default_factory=Counter)
    looked: int = 0
    odd: bool = False
    whole: bool = True
    rising: bool = True
    low: float = np.inf
    high: float = -np.inf

    def add(self, cells: Sequence[str], places: list[str]) -> None:
        """Look through a piece of the column."""
        self.first = self.first if self.rows else cells[0]
        self.more = self.more or not self._counting()
        if not self.more:
            self.counts.update(cells)
            self.counted += len(cells)
        values = quick(cells)
        if values is None:
            self.odd, self.whole, self.rising = True, False, False
            self._add_odd(cells, places)
        else:
            self.numbers += len(cells)
            if self.whole:
                self._add_whole(values)
        self.rows += len(cells)

    def _counting(self) -> bool:
        """Whether the different cells may still matter: they may be words, or the numbers of rows."""
        if len(self.counts) <= MOST_WORDS:
            return True
        return len(self.counts) < LOOKED and (2 * self.numbers <= self.rows or (self.whole and self.distinct))

    def _add_whole(self, values: np.ndarray[Any, Any]) -> None:
        self.whole = bool(values[0] % 1 == 0 and (values % 1 == 0).all())
        if not self.whole:
            self.rising = False
            return
        self.rising = self.rising and values[0] > self.high and bool((np.diff(values) > 0).all())
        self.low, self.high = min(self.low, float(values.min())), max(self.high, float(values.max()))

    def _add_odd(self, cells: Sequence[str], places: list[str]) -> None:
        wrong = np.flatnonzero(np.isnan(numbers(cells))).tolist()
        self.numbers += len(cells) - len(wrong)
        different = {cells[i] for i in wrong}
        lacking = {cell for cell in different if is_missing(cell, word=False)}
        self.lacking += sum(cells.count(cell) for cell in lacking if is_missing(cell))
        faults = [i for i in wrong if cells[i] not in lacking]
        if len(wrong) < len(cells):
            self.forms.update(form(cell) or "" for cell in set(cells) - different)
        if not faults:
            return
        self.faults.add(np.array(faults), cells, places)
        if len(self.strays) <= FEW:
            self.strays |= different - lacking
        for cell in different - lacking if self.orders else ():
            self.orders &= dates.orders(cell)
            self.clear = self.clear and dates.is_clear(cell)
        if not self.rows:
            self.units.update(unit(cells[i]) for i in faults)
            self.looked = len(faults)

    @property
    def known(self) -> int:
        """How many cells are not missing."""
        return self.rows - self.lacking

    @property
    def distinct(self) -> bool:
        """Whether no two of the cells looked at are equal."""
        return len(self.counts) == self.counted

    @property
    def constant(self) -> bool:
        """Whether all cells are equal, or missing."""
        return not self.more and not self.lacking and len(self.counts) == 1

    @property
    def numeric(self) -> bool:
        """Whether more than half of the cells are numbers."""
        return 2 * self.numbers > self.known

    @property
    def dated(self) -> bool:
        """Whether all cells are dates, or times."""
        return bool(self.orders) and self.faults.count > 0 and self.numbers == 0

    @property
    def words(self) -> Counter[str]:
        """How often each word occurs."""
        return Counter({cell: n for cell, n in self.counts.items() if not is_missing(cell)})

    @property
    def unit(self) -> str:
        """The unit behind nearly all of the first cells; empty if there is none."""
        found = self.units.most_common(1)
        return found[0][0] if found and found[0][1] > 0.9 * self.looked else ""

    def decimal(self, doubt: str) -> str:
        """The decimal mark of the numbers, if they tell; `doubt` decides for those that may have either."""
        if "," in self.forms and "." not in self.forms:
            return ","
        return "." if "." in self.forms else doubt if "?" in self.forms else ""

    def column(self, words: bool, doubt: str = ".", missing: str = "") -> Column:
        """A column of words, if asked for or if at most half of the cells are numbers; else one of numbers or dates."""
        if not words and self.dated:
            order = self.order
            return DateColumn(self.name, missing=missing, order=order)
        if not words and self.numeric and not self.mixed:
            strays = tuple(sorted(self.strays)) if self.strayed else ()
            return Column(self.name, missing=missing, decimal=self.decimal(doubt), strays=strays)
        found = self.words
        if len(found) <= MOST_INPUTS and not self.more:
            return Column(self.name, tuple(sorted(found)), missing=missing)
        often = [word for word, count in found.most_common(MOST_INPUTS - 1) if count > 1]
        return Column(self.name, tuple(sorted(often)), missing=missing, other=True)

    @property
    def mixed(self) -> bool:
        """Whether numbers and words are names of a few things that come again and again, as in 4, 6, 8, rotary."""
        again = len(self.counts) <= min(MOST_INPUTS, self.known // 4)
        return self.numeric and self.faults.count > 0 and not self.more and again

    @property
    def strayed(self) -> bool:
        """Whether a few cells among many numbers are words, which must mean that there is no number."""
        few = len(self.strays) <= FEW and self.faults.count <= SHARE * self.known
        return self.numeric and self.faults.count > 0 and few and self.known >= 2 * MANY

    @property
    def order(self) -> str:
        """The order of day and month; where both are possible, 3/4/2020 is the 4th of March, and 3.4.2020 of April."""
        if len(self.orders) > 1 and not self.clear and any("/" in cell for cell in self.words):
            return "mdy"
        return "dmy" if "dmy" in self.orders else min(self.orders)

    def few_whole_numbers(self) -> bool:
        """Whether they may be classes. Raises ValueError for cells that are no numbers."""
        self.faults.check(self.source, self.name, self.rows)
        if self.more or not (self.whole or self.odd):
            return False
        different = np.unique(numbers(list(self.words)))
        few = len(different) <= min(MOST_CLASSES, self.known // 2)
        return few and bool((different % 1 == 0).all())
