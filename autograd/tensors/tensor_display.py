"""How a notebook shows a tensor: its numbers, and below them what it is and where it comes from."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..display import Cell, Html, display, note, preformatted, table
from .printing import formatter
from .torch_names import shown

WIDEST = 12  # rows and columns of a matrix that is shown as a table


def html(tensor: Any) -> str:
    """A small matrix as a table with the numbers of its rows and columns, anything else as it prints; then its facts.

    It takes no longer than printing, records nothing and changes nothing.
    """
    array = tensor._array
    small = array.ndim == 2 and min(array.shape) > 0 and max(array.shape) <= WIDEST
    return display(_matrix(array) if small else preformatted(repr(tensor)), note(_facts(tensor)))


def value_html(value: Any) -> str:
    """A table of one row: the label if there is one, the number, its gradient, and the op that computed it."""
    if value._array.ndim:
        return html(value)
    named = {"label": value.label} if value.label else {}
    cells = named | {"data": Cell(value.data, "number"), "grad": Cell(value.grad, "number")}
    if not value.is_leaf:
        cells["op"] = value.grad_fn.op.name
    return display(table([*cells], [[*cells.values()]]))


def _matrix(array: np.ndarray[Any, Any]) -> Html:
    form = formatter(array)
    rows = [
        [Cell(i, "index"), *(Cell(form(x).strip(), "number bad" if x != x else "number") for x in row)]
        for i, row in enumerate(array)
    ]
    return table(["", *(Cell(j, "index") for j in range(array.shape[1]))], rows, headings=True)


def _facts(tensor: Any) -> str:
    array = tensor._array
    kind = type(tensor).__name__
    facts = [
        f"{kind} {tensor.label!r}" if tensor.label else kind,
        f"shape {tuple(array.shape)}",
        str(shown(array.dtype)),
    ]
    if array.size > WIDEST**2:
        facts.insert(2, f"{array.size:,} numbers")
    if not tensor.is_leaf:
        facts.append(f"computed by {tensor.grad_fn.op.name}")
    elif tensor.requires_grad:
        facts.append("requires grad")
    if tensor._kept_grad() is not None:
        facts.append("has a gradient in .grad")
    return ", ".join(facts)
