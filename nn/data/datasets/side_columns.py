"""Columns beside the inputs, which say how the rows may be split."""

from __future__ import annotations

from typing import Any

import numpy as np

from .column_facts import Facts
from .csv_table import Table

Array = np.ndarray[Any, Any]


def group_numbers(table: Table, name: str) -> Array:
    """A number for each row, (N,), the same where the cells of a column are. Raises ValueError for an unknown name."""
    numbers: dict[str, int] = {}
    groups = [numbers.setdefault(cell, len(numbers)) for (cells,), _ in table.pieces([name]) for cell in cells]
    if len(numbers) < 2:
        raise ValueError(f"{table.source}: the groups of a split: expected two or more different cells in {name!r}")
    return np.array(groups)


def moments_of(table: Table, name: str) -> Array:
    """The numbers, or the seconds of the dates, in a column, (N,). Raises ValueError for a column of anything else."""
    facts = Facts(table.source, name)
    for (cells,), places in table.pieces([name]):
        facts.add(cells, places)
    if not facts.dated and not facts.numeric:
        raise ValueError(
            f"{table.source}: a split by time: {name!r} holds neither dates nor numbers: {facts.first!r:.40}"
        )
    column, moments = facts.column(words=False, doubt=table.doubt), []
    for (cells,), places in table.pieces([name]):
        moments.append(column.read(cells, table.doubt))
        wrong = np.flatnonzero(np.isnan(moments[-1]))
        if len(wrong):
            raise ValueError(
                f"{table.source}, {places[wrong[0]]}: a split by time: expected a date or a number in every cell of "
                f"{name!r}, found {cells[wrong[0]]!r}: fill it in, or delete this row"
            )
    return np.concatenate(moments)
