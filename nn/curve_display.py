"""Curves in a notebook: lines of SVG in the colours of the page, made without Matplotlib."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import cycle, groupby
from numbers import Real
from typing import Any

from autograd.display import Html, html

Points = list[tuple[float, float]]

WIDTH, HEIGHT, LEFT, TOP, BOTTOM = 560, 190, 56, 24, 22
INKS = "#4285f4", "#e8710a"
DASHES = "none", "6 3"
MOST = 400  # points of a line
ENDLESS = 1e100  # larger values are treated as infinite


def curves(columns: Mapping[str, Sequence[Any]], ends: Sequence[str]) -> Html:
    """Lines over the same rows, with a gap wherever there is no finite number; `ends` name the first and last row.

    The axis is logarithmic if all values are positive and the largest is more than 5 times the smallest. Nothing is
    drawn of less than two rows.
    """
    count = max(map(len, columns.values()), default=0)
    numbers = [value for column in columns.values() for value in column if _finite(value)]
    if count < 2 or not numbers:
        return Html("")
    low, high = min(numbers), max(numbers)
    scale = math.log if low > 0 and high > 5 * low else float
    span = scale(high) - scale(low) or 1.0

    def at(i: int, value: float) -> tuple[float, float]:
        height = (scale(value) - scale(low)) / span
        return LEFT + i / (count - 1) * (WIDTH - LEFT - 8), HEIGHT - BOTTOM - height * (HEIGHT - TOP - BOTTOM - 8)

    lines, key = [], LEFT
    for (name, column), ink, dash in zip(columns.items(), cycle(INKS), cycle(DASHES), strict=False):
        paint = f'fill="none" stroke="{ink}" stroke-width="2" stroke-dasharray="{dash}"'
        lines += [_line(points, paint, ink) for points in _pieces(column, at)]
        lines.append(f'<path d="M{key} 10h24" {paint}/>{_text(key + 30, 14, name)}')
        key += 50 + 7 * len(name)
    floor = HEIGHT - BOTTOM
    axes = f'<path d="M{LEFT} {TOP}V{floor}H{WIDTH}" fill="none" stroke="currentColor" stroke-opacity=".4"/>'
    labels = [_text(LEFT - 6, y + 4, f"{v:.3g}", "end") for v, y in ((high, at(0, high)[1]), (low, at(0, low)[1]))]
    labels += [_text(LEFT, HEIGHT - 5, ends[0]), _text(WIDTH - 8, HEIGHT - 5, ends[1], "end")]
    told = f"{', '.join(columns)}: between {low:.3g} and {high:.3g}{', logarithmic' * (scale is math.log)}"
    size = f'viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}"'
    return Html(f'<svg {size} role="img" aria-label="{html(told)}">{axes}{"".join(lines + labels)}</svg>')


def _pieces(column: Sequence[float | None], at: Any) -> Iterator[Points]:
    """The runs of finite values, as points in the picture."""
    step = -(-len(column) // MOST)
    kept = [*range(0, len(column) - 1, step), len(column) - 1]
    for finite, piece in groupby(kept, lambda i: _finite(column[i])):
        if finite:
            yield [at(i, column[i]) for i in piece]


def _line(points: Points, paint: str, ink: str) -> str:
    if len(points) == 1:
        return f'<circle cx="{points[0][0]:.1f}" cy="{points[0][1]:.1f}" r="2.5" fill="{ink}"/>'
    return f'<polyline points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in points)}" {paint}/>'


def _text(x: float, y: float, text: Any, anchor: str = "start") -> str:
    return (
        f'<text x="{x:.0f}" y="{y:.0f}" font-size="12" fill="currentColor" text-anchor="{anchor}">{html(text)}</text>'
    )


def _finite(value: Any) -> bool:
    return isinstance(value, Real) and abs(float(value)) < ENDLESS
