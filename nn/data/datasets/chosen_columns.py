"""Which columns of a table become inputs, and how: the encoding of a table, before anything is measured on its rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from .cell_numbers import plain
from .column_facts import MANY, MOST_WORDS, Facts
from .columns import POLICIES, Column, DateColumn, shortest
from .csv_table import Table
from .encoding import Encoding
from .notes import named_as_id


@dataclass(frozen=True)
class Wishes:
    """What `CSV` is told of the columns; the names are those of its arguments."""

    target: str | None = None
    task: str | None = None
    words: Sequence[str] = ()
    ignore: Sequence[str] = ()
    keep: Sequence[str] = ()
    missing: str = "auto"

    def of(self, table: Table) -> Wishes:
        """With the names as the header has them. Raises ValueError for one that is not in it."""

        def known(names: Sequence[str]) -> list[str]:
            return [table.header[table.column(name)] for name in names]

        target = self.target if self.target is None else known([self.target])[0]
        return replace(self, target=target, words=known(self.words), ignore=known(self.ignore), keep=known(self.keep))


def encoding_of(table: Table, wishes: Wishes) -> tuple[Encoding, list[str]]:
    """What the columns of a table hold, without means and standard deviations; and notes on what is left out."""
    if wishes.task not in (None, "classification", "regression"):
        raise ValueError(f"expected the task 'classification' or 'regression', given {wishes.task!r}")
    if wishes.missing not in POLICIES:
        raise ValueError(f"missing: expected one of {', '.join(POLICIES)}, given {wishes.missing!r}")
    wishes = wishes.of(table)
    names = _names(table, wishes)
    facts = [Facts(table.source, name) for name in names]
    for columns, places in table.pieces(names):
        for fact, cells in zip(facts, columns, strict=True):
            fact.add(cells, places)
    notes = list(table.notes)
    goal = facts.pop() if wishes.target else _last(facts, wishes, notes)
    features = facts
    column = _target(goal, wishes.task, goal.name in wishes.words, table.doubt)
    for fact in features:
        if fact.numeric and not (fact.name in wishes.words or fact.dated or fact.mixed or fact.strayed):
            fact.faults.check(table.source, fact.name, fact.rows)
    chosen = _chosen(features, wishes, notes)
    inputs = [fact.column(fact.name in wishes.words, table.doubt, wishes.missing) for fact in chosen]
    for fact, kind in zip(chosen, inputs, strict=True):
        notes += _read_as(fact, kind)
    return Encoding(tuple(inputs), column), notes


def _names(table: Table, wishes: Wishes) -> list[str]:
    """The columns that are not ignored, the target last."""
    names = [name for name in table.header if name not in wishes.ignore]
    target = names[-1] if wishes.target is None and names else wishes.target
    names = [name for name in names if name != target]
    if target is None or not names:
        raise ValueError(
            f"{table.source}: expected one or more columns beside the target, found the columns "
            f"{', '.join(map(repr, table.header))}: are they separated by commas, semicolons, tabs or blanks?"
        )
    return [*names, target]


def _last(facts: list[Facts], wishes: Wishes, notes: list[str]) -> Facts:
    """Take out the last column that can be predicted; if none can, the last."""
    able = [fact for fact in facts if _predictable(fact, fact.name in wishes.words)]
    goal = able[-1] if able else facts[-1]
    if goal is not facts[-1]:
        notes.append(
            f"the target is {goal.name!r}: the last column, {facts[-1].name!r}, cannot be predicted, as it "
            f"{'is empty' if not facts[-1].known else 'has too many different words'}"
        )
    facts.remove(goal)
    return goal


def _predictable(fact: Facts, words: bool) -> bool:
    if not fact.known or (fact.dated and not words):
        return False
    return (fact.numeric and not words) or not _too_many(fact)


def _too_many(fact: Facts) -> bool:
    return fact.more or len(fact.words) > min(MOST_WORDS, max(20, fact.known // 2))


def _chosen(features: list[Facts], wishes: Wishes, notes: list[str]) -> list[Facts]:
    """The features without those that tell nothing; all, if none would be left."""
    reasons = {
        fact.name: _useless(fact, fact.name in wishes.words) for fact in features if fact.name not in wishes.keep
    }
    chosen = [fact for fact in features if not reasons.get(fact.name)]
    if not chosen:
        chosen = [fact for fact in features if fact.known] or features
    for fact in features:
        reason = reasons.get(fact.name)
        if fact not in chosen:
            notes.append(f"column {fact.name!r} is left out: {reason} (the setting keep takes it in)")
        elif reason or (fact.rising and fact.distinct and fact.rows >= MANY):
            why = reason or "it rises from row to row"
            notes.append(
                f"column {fact.name!r}: {why}: if that only numbers the rows, leave it out with the setting ignore"
            )
    return chosen


def _useless(fact: Facts, words: bool) -> str:
    """Why nothing that holds for other rows can be learned from a column; empty if something can."""
    if not fact.known:
        return "it is empty"
    if fact.constant:
        return f"it is {fact.first!r:.40} in all rows"
    if fact.rows < MANY or fact.lacking or fact.dated or not fact.distinct:
        return "" if not _scattered(fact, words) else "hardly any of its words comes twice"
    if not fact.numeric or words:
        return "every row has another word"
    if fact.whole and named_as_id(fact.name):
        return "by its name and its values it numbers the rows"
    if fact.whole and not fact.rising and fact.high - fact.low == fact.rows - 1:
        return "it numbers the rows, in an order that has nothing to do with theirs"
    return ""


def _scattered(fact: Facts, words: bool) -> bool:
    if fact.dated or (fact.numeric and not words):
        return False
    column = fact.column(words=True)
    return column.other and not column.categories


def _read_as(fact: Facts, column: Column) -> list[str]:
    """Notes on a column that could have been read in another way."""
    name, example = fact.name, fact.first
    if isinstance(column, DateColumn):
        if fact.clear or len(fact.orders) < 2:
            return []
        order = "day before month" if column.order == "dmy" else "month before day"
        return [f"column {name!r}: dates such as {example!r} are read with the {order}, and fit the other way as well"]
    if fact.mixed and column.categories is not None:
        return [f"column {name!r} holds numbers and words such as {fact.faults.first[0]!r}: all are taken as words"]
    if column.strays:
        count, (word, place) = fact.faults.count, fact.faults.first
        cells = "cell that is no number is" if count == 1 else "cells that are no numbers are"
        return [f"column {name!r}: {count:,} {cells} taken as missing, such as {word!r} ({place})"]
    if column.categories is None:
        if "?" not in fact.forms or {".", ","} & fact.forms:
            return []
        mark = "decimal comma" if column.decimal == "," else "comma between thousands"
        return [f"column {name!r}: the comma of numbers such as 1,000 is taken for a {mark}"]
    if fact.unit:
        return [
            f"column {name!r}: {example!r} and the like are taken as words: to learn from the numbers, write the unit "
            f"{fact.unit!r} into the header, not into the cells"
        ]
    if column.other and column.categories:
        return [f"column {name!r}: the {len(column.categories)} most frequent words are inputs, and one for all others"]
    return []


def _target(facts: Facts, task: str | None, words: bool, doubt: str) -> Column:
    """The target: for classes, a column of words, which are sorted as numbers if they are all numbers."""
    if not facts.known:
        raise ValueError(f"{facts.source}: all {facts.rows:,} cells of the target {facts.name!r} are missing")
    numeric = facts.numeric and not words and task != "classification"
    if numeric and (task is not None or not facts.few_whole_numbers()):
        facts.faults.check(facts.source, facts.name, facts.rows)
        return Column(facts.name, decimal=facts.decimal(doubt))
    if task == "regression":
        raise ValueError(
            f"{facts.source}, column {facts.name!r}: expected numbers for a regression, found words such as "
            f"{min(facts.words)!r}: name another target, or task='classification'"
        )
    found = facts.words
    if _too_many(facts):
        raise ValueError(
            f"{facts.source}, column {facts.name!r}: {'more than ' * facts.more}{len(found):,} different words in "
            f"{facts.rows:,} rows (such as {facts.first!r:.40}) are too many classes: name another target, or "
            f"leave this column out with ignore=[{facts.name!r}]"
        )
    classes = tuple(sorted(found))
    if not words and all(plain(word) is not None for word in classes):
        classes = tuple(sorted(set(map(shortest, classes)), key=float))
    if len(classes) < 2:
        raise ValueError(
            f"{facts.source}: in all {facts.rows:,} rows {facts.name!r} is {facts.first!r}: expected two or more "
            "classes to tell apart"
        )
    return Column(facts.name, classes)
