"""Small drawings for the pages of docs/mistakes: curves, bars, points and cells, side by side, as one SVG.

What belongs to the mistaken program is red, what belongs to the mended one blue, everywhere; the colours follow a dark
page. A panel is a piece of SVG and its width.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from html import escape
from itertools import groupby, pairwise
from typing import Any, NamedTuple

from nn.plot.style import BLUE, DARK, GREY, RED

HEIGHT, TOP, FLOOR = 236, 44, 204  # of a picture, and of what is drawn in it
BAD, GOOD, FAINT, INK = "bad", "good", "faint", "ink"
COLOURS = {BAD: (RED, "#f08a72"), GOOD: (BLUE, "#82b4e6"), FAINT: (GREY, "#98a1ab"), INK: (DARK, "#dfe5ea")}
PAPER = "#ffffff", "#14181c"
FONT = "font-family:system-ui,sans-serif;font-size:12px"


class Panel(NamedTuple):
    body: str
    width: float


class Line(NamedTuple):
    """A curve: what it is called at its end, its values, and its kind."""

    name: str
    values: Sequence[float]
    kind: str = INK


Scale = Callable[[float], float]


def picture(about: str, *panels: Panel) -> str:
    """The panels from left to right."""
    body, x = [], 0.0
    for panel in panels:
        body.append(f'<g transform="translate({x:g} 0)">{panel.body}</g>')
        x += panel.width
    light = "".join(f".{kind}{{color:{pair[0]}}}" for kind, pair in COLOURS.items())
    dark = "".join(f".{kind}{{color:{pair[1]}}}" for kind, pair in COLOURS.items())
    style = f"text{{{FONT}}}.paper{{fill:{PAPER[0]}}}{light}"
    style += f"@media(prefers-color-scheme:dark){{.paper{{fill:{PAPER[1]}}}{dark}}}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {x:g} {HEIGHT}" width="{x:g}" height="{HEIGHT}" '
        f'role="img"><title>{escape(about)}</title><style>{style}</style>'
        f'<rect class="paper" width="100%" height="100%" rx="6"/>{"".join(body)}</svg>\n'
    )


def text(x: float, y: float, words: Any, kind: str = INK, anchor: str = "start", bold: bool = False) -> str:
    weight = ' font-weight="600"' if bold else ""
    place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"'
    return f'<text class="{kind}" {place} fill="currentColor"{weight}>{escape(str(words))}</text>'


def rect(x: float, y: float, width: float, height: float, kind: str, opacity: float = 1.0) -> str:
    see = f' fill-opacity="{opacity:.2f}"' if opacity < 1 else ""
    return f'<rect class="{kind}" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" {PAINT}{see}/>'


PAINT = 'fill="currentColor"'


def path(d: str, kind: str, width: float = 1.0, dash: str = "") -> str:
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    return f'<path class="{kind}" d="{d}" fill="none" stroke="currentColor" stroke-width="{width:g}"{dashed}/>'


def ticks(low: float, high: float, log: bool) -> list[float]:
    """A few round numbers from low to high."""
    if log:
        first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
        step = max(1, math.ceil((last - first) / 4))
        round_ = [10.0**e for e in range(first, last + 1, step)]
        if len([v for v in round_ if low <= v <= high]) < 2:
            round_ = [m * 10.0**e for e in range(first, last + 1) for m in (1, 2, 5)]
    else:
        rough = (high - low) / 3
        unit = 10.0 ** math.floor(math.log10(rough))
        step = min((m * unit for m in (1, 2, 5, 10)), key=lambda s: abs(s - rough))
        round_ = [k * step for k in range(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1)]
    return [v for v in round_ if low * (1 - 1e-9) - 1e-12 <= v <= high * (1 + 1e-9) + 1e-12]


def number(value: float) -> str:
    """As short as it can be read."""
    if value == 0 or 1e-3 <= abs(value) < 1e5:
        return f"{value:,.3g}" if abs(value) < 100 else f"{value:,.0f}"
    mantissa, _, exponent = f"{value:.0e}".partition("e")
    return f"{mantissa}e{int(exponent)}"


def heights(values: Iterable[float], log: bool, zero: bool) -> tuple[Scale, list[float]]:
    """From a value to its height in the picture, and the numbers at the axis."""
    finite = [v for v in values if math.isfinite(v) and (v > 0 or not log)]
    low, high = min(finite), max(finite)
    if zero and not log:
        low, high = min(low, 0.0), max(high, 0.0)
    if not log:
        room = 0.04 * (high - low or 1)
        low, high = low - room * (low != 0), high + room * (high != 0)
    turn = math.log10 if log else float
    span = turn(high) - turn(low) or 1.0
    return lambda v: FLOOR - (turn(v) - turn(low)) / span * (FLOOR - TOP), ticks(low, high, log)


def curves(
    title: str, lines: Sequence[Line], ends: tuple[str, str], *, log: bool = False, zero: bool = True,
    level: tuple[float, str] | None = None, width: float = 560, right: float = 150, values: bool = True,
) -> Panel:  # fmt: skip
    """Curves with their names and last values at their ends; `level` is a dashed line and what it is."""
    at, marks = heights([v for line in lines for v in line.values] + ([level[0]] if level else []), log, zero)
    left, span = 58.0, width - 58.0 - right
    body = [text(14, 22, title, bold=True), path(f"M{left} {TOP}V{FLOOR}H{left + span:g}", FAINT)]
    for mark in marks:
        body += [text(left - 7, at(mark) + 4, number(mark), FAINT, "end"), path(f"M{left - 4} {at(mark):.1f}h4", FAINT)]
    body += [text(left, HEIGHT - 14, ends[0], FAINT), text(left + span, HEIGHT - 14, ends[1], FAINT, "end")]
    if level:
        body.append(path(f"M{left} {at(level[0]):.1f}h{span:g}", FAINT, dash="3 4"))
        below = at(level[0]) > TOP + 30
        body.append(text(left + 6, at(level[0]) + (16 if below else -5), level[1], FAINT))
    tips = []
    for line in lines:
        count = max(len(line.values) - 1, 1)
        whole = [(left + i / count * span, v) for i, v in enumerate(line.values)]
        kept = thin([(x, at(v)) for x, v in whole if math.isfinite(v) and (v > 0 or not log)])
        body.append(path("M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in kept), line.kind, 2))
        last = line.values[-1]
        said = f"{line.name}: {number(last) if math.isfinite(last) else 'NaN'}" if values else line.name
        tips.append([kept[-1][1], kept[-1][0], said, line.kind])
        if kept[-1][0] < left + span - 3:
            body.append(f'<circle class="{line.kind}" cx="{kept[-1][0]:.1f}" cy="{kept[-1][1]:.1f}" r="3" {PAINT}/>')
    tips.sort(key=lambda tip: tip[0])
    for above, below in pairwise(tips):
        below[0] = max(below[0], above[0] + 17)
    body += [text(x + 8, y + 4, said, kind) for y, x, said, kind in tips]
    return Panel("".join(body), width)


def thin(points: list[tuple[float, float]], least: float = 1.5) -> list[tuple[float, float]]:
    """The points without those that lie closer to the last one than can be seen."""
    kept = points[:1]
    for point in points[1:-1]:
        if math.dist(point, kept[-1]) >= least:
            kept.append(point)
    return [*kept, points[-1]]


def bars(
    title: str, values: Sequence[float], names: Sequence[str], kind: str, *, log: bool = False, width: float = 280,
    top: float | None = None, low: float | None = None, form: Callable[[float], str] = number,
) -> Panel:  # fmt: skip
    """Bars with their values above and their names below; on a logarithmic axis they begin at `low`."""
    highest = top or max(values) or 1.0
    turn = (lambda v: max(math.log10(v / low), 0) if v > 0 else 0.0) if log and low else float
    span, gap = width - 36, (width - 36) / len(values)
    body = [text(14, 22, title, kind, bold=True), path(f"M18 {FLOOR}h{span:g}", FAINT)]
    for i, (value, name) in enumerate(zip(values, names, strict=True)):
        height = turn(value) / turn(highest) * (FLOOR - TOP - 12)
        x, middle = 18 + i * gap + 0.15 * gap, 18 + (i + 0.5) * gap
        body += [rect(x, FLOOR - height, 0.7 * gap, max(height, 1), kind)]
        body += [
            text(middle, FLOOR - height - 5, form(value), INK, "middle"),
            text(middle, FLOOR + 16, name, FAINT, "middle"),
        ]
    return Panel("".join(body), width)


def points(
    title: str, groups: Sequence[tuple[Sequence[Sequence[float]], str]], *, kind: str = INK, width: float = 280,
    axes: tuple[str, str] = ("", ""), diagonal: bool = False, ground: str = "",
    box: tuple[float, float, float, float] | None = None,
) -> Panel:  # fmt: skip
    """Points in the plane, each group in the colour of its kind, with the names of the axes."""
    everything = [point for group, _ in groups for point in group]
    x0, x1, y0, y1 = box or (
        min(p[0] for p in everything), max(p[0] for p in everything),
        min(p[1] for p in everything), max(p[1] for p in everything),
    )  # fmt: skip
    left, right = 24.0, width - 14.0

    def place(x: float, y: float) -> tuple[float, float]:
        return left + (x - x0) / (x1 - x0) * (right - left), FLOOR - (y - y0) / (y1 - y0) * (FLOOR - TOP)

    body = [text(14, 22, title, kind, bold=True), ground, path(f"M{left} {TOP}V{FLOOR}H{right:g}", FAINT)]
    if diagonal:
        low, high = max(x0, y0), min(x1, y1)
        (ax, ay), (bx, by) = place(low, low), place(high, high)
        body.append(path(f"M{ax:.1f} {ay:.1f}L{bx:.1f} {by:.1f}", FAINT, dash="3 4"))
    for group, colour in groups:
        dots = "".join("M{:.1f} {:.1f}h0".format(*place(*point)) for point in group)
        body.append(
            f'<path class="{colour}" d="{dots}" stroke="currentColor" stroke-width="5" stroke-linecap="round"/>'
        )
    body += [text(right, FLOOR + 18, axes[0], FAINT, "end"), text(left + 6, TOP + 2, axes[1], FAINT)]
    return Panel("".join(body), width)


def region(inside: Sequence[Sequence[bool]], width: float = 280) -> str:
    """A plane in pale colours, red where a grid says so and blue elsewhere: the ground of `points`."""
    rows, columns = len(inside), len(inside[0])
    left, wide, high = 24.0, (width - 38.0) / columns, (FLOOR - TOP) / rows
    pieces = []
    for r, row in enumerate(inside):
        start = 0
        for value, run in groupby(row):
            length = len(list(run))
            pieces.append(rect(left + start * wide, TOP + r * high, length * wide, high, BAD if value else GOOD, 0.16))
            start += length
    return f'<g shape-rendering="crispEdges">{"".join(pieces)}</g>'


def cells(
    title: str, shades: Sequence[Sequence[float]], kinds: Sequence[Sequence[str]] | str, *, words: Any = None,
    above: Sequence[str] = (), beside: Sequence[str] = (), kind: str = INK, width: float = 280, note: str = "",
) -> Panel:  # fmt: skip
    """A table of cells, tinted from 0 to 1, with words in them, above the columns, beside the rows, and below."""
    rows, columns = len(shades), len(shades[0])
    left, top = (22.0 if not beside else 76.0), TOP + (14 if above else 0)
    wide, high = (width - left - 18) / columns, (FLOOR - top) / rows
    body = [text(14, 22, title, kind, bold=True)]
    body += [text(left + (c + 0.5) * wide, top - 6, name, FAINT, "middle") for c, name in enumerate(above)]
    body += [text(left - 8, top + (r + 0.5) * high + 4, name, FAINT, "end") for r, name in enumerate(beside)]
    for r in range(rows):
        for c in range(columns):
            colour = kinds if isinstance(kinds, str) else kinds[r][c]
            body.append(
                rect(left + c * wide, top + r * high, wide - 1.5, high - 1.5, colour, 0.06 + 0.8 * shades[r][c])
            )
            if words is not None:
                body.append(text(left + (c + 0.5) * wide, top + (r + 0.5) * high + 4, words[r][c], INK, "middle"))
    body.append(text(left, FLOOR + 20, note, FAINT))
    return Panel("".join(body), width)
