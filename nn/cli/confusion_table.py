"""A confusion matrix on the terminal: in one table, or in several below each other where that would be too wide."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions
from rich.markup import escape
from rich.table import Table as Grid
from rich.text import Text

from .grid import grid
from .outcome import Outcome

MOST_NAMES = 12  # classes whose names stand above the columns; with more, or where they are too wide, their numbers do
CORNER = "true \\ predicted"
BETWEEN = 3  # characters between two columns


@dataclass(frozen=True)
class ConfusionTable:
    """How often each class, a row, was classified as each class, a column."""

    outcome: Outcome

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Grid]:
        classes = self.outcome.classes
        named = len(self._parts(classes, classes, options.max_width)) == 1 and len(classes) <= MOST_NAMES
        numbers = [str(number) for number in range(len(classes))]
        heads = classes if named else numbers
        names = classes if named else [f"{number} {name}" for number, name in enumerate(classes)]
        for columns in self._parts(names, heads, options.max_width):
            yield self._table(names, heads, columns)

    def _parts(self, names: Sequence[str], heads: Sequence[str], width: int) -> list[range]:
        """The columns of each table."""
        taken = max(map(cell_len, [CORNER, *names])) + BETWEEN
        parts, start, left = [], 0, width - taken
        for column, head in enumerate(heads):
            needed = BETWEEN + max(cell_len(head), *(len(f"{count:,}") for count in self.outcome.matrix[:, column]))
            if needed > left and column > start:
                parts.append(range(start, column))
                start, left = column, width - taken
            left -= needed
        return [*parts, range(start, len(heads))]

    def _table(self, names: Sequence[str], heads: Sequence[str], columns: range) -> Grid:
        table = grid(CORNER, *(escape(heads[column]) for column in columns))
        for row, (name, counts) in enumerate(zip(names, self.outcome.matrix, strict=True)):
            table.add_row(escape(name), *(_cell(counts[column], row == column) for column in columns))
        return table


def _cell(count: int, correct: bool) -> Text:
    return Text(f"{count:,}" if count else "·", style="dim" if not count else "bold" if correct else "red")
