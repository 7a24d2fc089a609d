"""The look of a table on the terminal."""

from __future__ import annotations

from rich import box
from rich.table import Table as Grid


def grid(first: str, *others: str, left: bool = False) -> Grid:
    """A table whose only line is below its header. What is too wide for the terminal goes on in the next line."""
    table = Grid(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column(first, overflow="fold")
    for name in others:
        table.add_column(name, justify="left" if left else "right", overflow="fold")
    return table
