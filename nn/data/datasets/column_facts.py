"""What the columns of a table hold, words or numbers, and the encoding that follows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from .csv_table import Faults, Gaps, Table, number, numbers
from .encoding import Column, Encoding, shortest

MOST_WORDS = 1000  # in a column of words
MOST_CLASSES = 20  # of whole numbers; more different ones are treated as a quantity


@dataclass
class Facts:
    """What is known of a column of `source` after some of its pieces.

    Attributes:
        rows, numbers: how many cells there are, and how many are numbers.
        first: the first cell.
        different: the different cells; not all, if there are `more`, as there may be once they are too many for words.
        faults: the cells that are no numbers.
    """

    source: str
    name: str
    rows: int = 0
    numbers: int = 0
    first: str = ""
    different: set[str] = field(default_factory=set)
    more: bool = False
    faults: Faults = field(default_factory=Faults)

    def add(self, cells: Sequence[str], places: list[str], gaps: Gaps) -> None:
        """Look through a piece of the column."""
        self.first = self.first if self.rows else cells[0]
        self.more = len(self.different) > MOST_WORDS
        if not self.more:
            self.different.update(cells)
        wrong = np.flatnonzero(np.isnan(numbers(cells)))
        if len(wrong):
            gaps.add(self.name, cells, places)
            self.faults.add(wrong, cells, places)
        self.rows += len(cells)
        self.numbers += len(cells) - len(wrong)

    def column(self, words: bool) -> Column:
        """A column of words, if asked for or if at most half of the cells are numbers; else one of numbers."""
        if not words and 2 * self.numbers > self.rows:
            return Column(self.name)
        if len(self.different) > min(MOST_WORDS, max(20, self.rows // 2)):
            raise ValueError(
                f"{self.source}, column {self.name!r}: {'more than ' * self.more}{len(self.different):,} different "
                f"words in {self.rows:,} rows (such as {self.first!r:.40}) are too many to learn from: leave the "
                f"column out with ignore=[{self.name!r}]"
            )
        return Column(self.name, tuple(sorted(self.different)))

    def few_whole_numbers(self) -> bool:
        """Whether they may be classes. Raises ValueError for cells that are no numbers."""
        self.faults.check(self.source, self.name, self.rows)
        different = np.unique(numbers(list(self.different)))
        few = not self.more and len(different) <= min(MOST_CLASSES, self.rows // 2)
        return few and bool((different % 1 == 0).all())


def encoding_of(
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
    facts, gaps = [Facts(table.source, name) for name in [*names, target]], Gaps()
    for columns, places in table.pieces([*names, target]):
        for fact, cells in zip(facts, columns, strict=True):
            fact.add(cells, places, gaps)
    advice = "fill them in, delete these lines, or leave a column out with ignore=[…]"
    gaps.check(table.source, [*names, target], advice)
    features = tuple(fact.column(fact.name in words) for fact in facts[:-1])
    return Encoding(features, _target(facts[-1], task, target in words))


def _target(facts: Facts, task: str | None, words: bool) -> Column:
    """The target: for classes, a column of words, which are sorted as numbers if they are all numbers."""
    column = facts.column(words or task == "classification")
    if column.categories is None and task is None and facts.few_whole_numbers():
        column = facts.column(words=True)
    if column.categories is None:
        return column
    if task == "regression":
        raise ValueError(
            f"{facts.source}, column {facts.name!r}: expected numbers for a regression, found words such as "
            f"{column.categories[0]!r}: name another target, or task='classification'"
        )
    if not words and all(number(word) is not None for word in column.categories):
        column = Column(facts.name, tuple(sorted(set(map(shortest, column.categories)), key=float)))
    if len(column.categories or ()) < 2:
        raise ValueError(
            f"{facts.source}: in all {facts.rows:,} rows {facts.name!r} is {facts.first!r}: expected two or more "
            "classes to tell apart"
        )
    return column
