"""The parts that a drawing is made of, as Graphviz writes them: text in a style, boxes of rows; and their colours."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core.dtypes import is_floating
from ..tensors.printing import formatter
from ..tensors.tensor import Tensor

SANS, MONO = "Helvetica,Arial,DejaVu Sans,sans-serif", "Menlo,Consolas,DejaVu Sans Mono,monospace"
INK, RED, BLUE, GREY, LINE, PAPER = "#22303c", "#b8452f", "#2f5d8a", "#7d838c", "#c3c9d1", "#fdfcfa"
OP, GROUP, FAULT, WHITE = "#22303d", "#f3f2ed", "#c0392b", "#fffffe"  # fills; what is written on OP and FAULT
DARK = {
    INK: "#dfe5ea", RED: "#f2957c", BLUE: "#82b4e6", GREY: "#98a1ab", LINE: "#4a545e", PAPER: "#14181c",
    OP: "#3d5064", GROUP: "#1b2127", FAULT: "#e8705f",
    "#fdf1d8": "#39301d", "#d9a441": "#b58a3c", "#ffffff": "#20272e", "#e3edf7": "#1c2f42", "#f4f4f1": "#262b30",
    "#fbe6e1": "#45201a",
}  # fmt: skip
BOXES = {  # fill, border, its width
    "leaf": ("#fdf1d8", "#d9a441", 1),
    "result": ("#ffffff", LINE, 1),
    "root": ("#e3edf7", BLUE, 2),
    "data": ("#f4f4f1", LINE, 1),
    "fault": ("#fbe6e1", FAULT, 2),
}
GAP = '<font point-size="9">&nbsp; &nbsp;</font>'
FULL = 12  # elements of the largest tensor that is written out


def text(value: Any) -> list[str]:
    """A value in a few lines: in full if it is small, else its range and mean."""
    a = np.asarray(value._data if isinstance(value, Tensor) else value)
    if not a.ndim and is_floating(a.dtype):
        plain = not np.isfinite(a) or a == 0 or 1e-4 <= abs(a) < 1e6
        return [f"{a:.4f}" if plain else f"{a:.3e}"]
    if a.size <= FULL:
        written = np.array2string(a, separator=" ", formatter={"all": formatter(a)}, max_line_width=36)
        return [line for line in written.split("\n") if line]
    fine = a[np.isfinite(a)]
    told = [f"{fine.min():.3g} … {fine.max():.3g}, mean {fine.mean():.3g}"] if fine.size else []
    return told + [f"{a.size - fine.size:,} nan or inf"] * (fine.size < a.size)


def bytes_text(n: int) -> str:
    """A size in memory, in three digits: 512 B, 8.19 kB, 1.23 MB."""
    for unit in ("B", "kB", "MB"):
        if n < 1000:
            return f"{n:.3g} {unit}"
        n /= 1000  # type: ignore[assignment]
    return f"{n:.3g} GB"


def plural(n: int, one: str, many: str = "") -> str:
    """ "1 op", "2 ops"."""
    return f"{n:,} {one if n == 1 else many or f'{one}s'}"


# -- Graphviz's HTML-like labels --------------------------------------------------------------------------------------


def font(text: str, color: str = INK, size: float = 10, face: str = SANS, tag: str = "") -> str:
    """`text` in a style; `tag` is b or i."""
    text = "".join(c if c.isprintable() else " " for c in text)
    for c, entity in {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\\": "\\\\"}.items():
        text = text.replace(c, entity)
    text = f"<{tag}>{text}</{tag}>" if tag else text
    return f'<font face="{face}" color="{color}" point-size="{size}">{text}</font>'


def small(text: str, color: str = GREY, tag: str = "i") -> str:
    """A remark."""
    return font(text, color, 9, tag=tag)


def box(kind: str, name: str, type: str, value: Any, grad: list[str]) -> str:
    """Name and type, value, gradient; the type of a plain number is left out."""
    head = [font(name, size=12, tag="b")] * bool(name) + [font(type, GREY, 9)] * (type != "float64[]")
    rows = [[GAP.join(head)]] if head else []
    return table(kind, [*rows, *value_rows(value, grad)] or [["&nbsp;"]])


def value_rows(value: Any, grad: list[str]) -> list[list[str]]:
    """The rows of a box with its value and its gradient, as far as they are there."""
    rows = []
    if value is not None:
        rows.append([font("data", GREY, 9), "<br/>".join(font(line, face=MONO) for line in text(value))])
    if grad:
        rows.append([font("grad", RED, 9), "<br/>".join(grad)])
    return rows


def gradient_lines(grad: Any, kept: bool) -> list[str]:
    """The lines of the gradient, as far as it is there; none if none is kept."""
    if grad is not None:
        return [font(line, RED, face=MONO) for line in text(grad)]
    return [small("not yet")] if kept else []


def table(kind: str, rows: list[list[str]]) -> str:
    """A box with rounded corners; a row of one cell spans both columns."""
    fill, color, border = BOXES[kind]
    lines = ""
    for row in rows:
        cells = (f'<td align="left" balign="left" colspan="{3 - len(row)}">{cell}</td>' for cell in row)
        lines += f"<tr>{''.join(cells)}</tr>"
    return (
        f'<<table border="{border}" cellborder="0" cellspacing="0" cellpadding="3" style="rounded" bgcolor="{fill}" '
        f'color="{color}">{lines}</table>>'
    )


def card(kind: str, title: str, beside: str, lines: list[str]) -> str:
    """A box with a title, what stands beside it, and lines below."""
    fill, color, border = BOXES[kind]
    head = font(title, FAULT if kind == "fault" else INK, 13, tag="b")
    rows = [f"{head}{GAP}{font(beside, GREY, 9)}" if beside else head, *lines]
    body = "".join(f'<tr><td align="left" balign="left">{row}</td></tr>' for row in rows)
    return (
        f'<<table border="{border}" cellborder="0" cellspacing="0" cellpadding="5" style="rounded" bgcolor="{fill}" '
        f'color="{color}"><tr><td align="left"><table border="0" cellborder="0" cellspacing="0" cellpadding="1">{body}'
        "</table></td></tr></table>>"
    )
