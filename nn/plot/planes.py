"""What a search found over two settings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .figure import Figure
from .style import BLUE, DARK, GREY, PAPER, RED, Array, PathLike, bare, figure, finish, shades, shorten, sign, title


def heat_map(
    rows: Sequence[Any],
    columns: Sequence[Any],
    values: Any,
    path: PathLike | None = None,
    names: tuple[str, str, str] = ("rows", "columns", "value"),
    *,
    mode: str = "min",
    best: tuple[Any, Any] | None = None,
) -> Figure:
    """The result of each pair of two settings. The deeper the colour the better; the best has a frame.

    Args:
        rows, columns: the values of the settings; or, for N trials that do not form a grid, the settings of each.
        values: (rows, columns), with NaN or None where nothing was tried; or (N,).
        names: what rows, columns and values are, such as ("learning rate", "hidden", "validation loss").
        mode: "min" if small values are better, "max" if large ones are.
        best: which pair has the frame, where several have the best value.

    Raises ValueError for another mode, and for values of another shape.
    """
    values = np.array(values, dtype=float)
    if values.shape not in ((len(rows), len(columns)), (len(rows),)) or (
        values.ndim == 1 and len(rows) != len(columns)
    ):
        raise ValueError(
            f"expected values ({len(rows)}, {len(columns)}), one for each pair of settings, or as many of each as "
            f"there are trials, given {values.shape}"
        )
    direction = sign(mode)
    if values.ndim == 1 and len(set(rows)) * len(set(columns)) <= 2 * len(values):
        rows, columns, values = _grid(rows, columns, direction * values)
        values = direction * values
    known = np.isfinite(values)
    framed = _framed(rows, columns, np.where(known, direction * values, np.inf), best) if known.any() else None
    colours = _by_goodness(values, known, direction)
    if values.ndim == 1:
        fig, ax = figure(5.2, 3.8)
        _dots(ax, rows, columns, values, known, colours, framed)
    else:
        fig, ax = figure(min(0.75 * len(columns), 8), min(0.5 * len(rows), 7))
        _cells(ax, rows, columns, values, colours, framed)
    ax.set(xlabel=names[1], ylabel=names[0])
    bare(ax)
    note = "no finite result"
    if framed is not None:
        row, column = rows[framed[0]], columns[framed[-1]]
        note = f"best {values[framed]:.4g}, with {names[0]} {_short(row)} and {names[1]} {_short(column)}"
    title(ax, names[2].capitalize(), note)
    return finish(fig, path)


def _framed(rows: Sequence[Any], columns: Sequence[Any], lacks: Array, best: Any) -> tuple[int, ...]:
    """The place of the smallest value: that of the pair `best`, if it is there as well."""
    places = [tuple(int(i) for i in place) for place in np.argwhere(lacks == lacks.min())]
    named = [place for place in places if best == (rows[place[0]], columns[place[-1]])]
    return (named or places)[0]


def _grid(rows: Sequence[Any], columns: Sequence[Any], values: Array) -> tuple[list[Any], list[Any], Array]:
    """Trials as a table with the smallest value for each pair of settings."""
    across, down = sorted(set(columns)), sorted(set(rows))
    table = np.full((len(down), len(across)), np.nan)
    for row, column, value in zip(rows, columns, values, strict=True):
        place = down.index(row), across.index(column)
        table[place] = np.fmin(table[place], value)
    return down, across, table


def _by_goodness(values: Array, known: Array, direction: int) -> Array:
    """From 1, the best, to 0, the worst or three times the median distance from the best. NaN where unknown."""
    out = np.full(values.shape, np.nan)
    if known.any():
        lack = direction * values[known] - (direction * values[known]).min()
        out[known] = 1 - np.minimum(lack / (min(lack.max(), 3 * np.median(lack)) or lack.max() or 1), 1)
    return out


def _cells(ax: Any, rows: Sequence[Any], columns: Sequence[Any], values: Array, colours: Array, best: Any) -> None:
    ax.imshow(colours, cmap=shades(PAPER, "#9fb4c7", BLUE), vmin=0, vmax=1, aspect="auto")
    if values.size <= 150:
        for row, column in np.ndindex(*values.shape):
            value = values[row, column]
            text = "–" if np.isnan(value) else f"{value:.3g}".replace("inf", "∞")
            colour = GREY if not np.isfinite(value) else "white" if colours[row, column] > 0.65 else DARK
            ax.text(column, row, text, ha="center", va="center", color=colour, fontsize=9)
    across, down = max(1, -(-len(columns) // 10)), max(1, -(-len(rows) // 20))
    texts = [_short(value) for value in columns[::across]]
    turned = {"rotation": 40, "ha": "right", "rotation_mode": "anchor"} if max(map(len, texts)) > 7 else {}
    ax.set_xticks(range(0, len(columns), across), texts, **turned)
    ax.set_yticks(range(0, len(rows), down), [_short(value) for value in rows[::down]])
    if best is not None:
        from matplotlib.patches import Rectangle

        corner = best[1] - 0.5, best[0] - 0.5
        ax.add_patch(Rectangle(corner, 1, 1, fill=False, edgecolor=RED, linewidth=2.5, clip_on=False))


def _dots(ax: Any, rows: Any, columns: Any, values: Array, known: Array, colours: Array, best: Any) -> None:
    """Draw each trial at its settings."""
    rows, columns = np.array(rows), np.array(columns)
    ax.scatter(columns[~known], rows[~known], s=36, color=GREY, marker="x", linewidth=1)
    shown = {"cmap": shades(PAPER, "#9fb4c7", BLUE), "vmin": 0, "vmax": 1, "edgecolor": GREY, "linewidth": 0.5}
    ax.scatter(columns[known], rows[known], s=70, c=colours[known], **shown)
    if best is not None:
        ax.scatter(columns[best], rows[best], s=170, facecolor="none", edgecolor=RED, linewidth=2.5)
    for settings, scale, axis in ((columns, ax.set_xscale, ax.xaxis), (rows, ax.set_yscale, ax.yaxis)):
        if settings.dtype.kind in "iuf" and settings.min() > 0 and settings.max() > 20 * settings.min():
            scale("log")
            axis.set_major_formatter("{x:g}")
    ax.grid(color=GREY, alpha=0.25)
    ax.set_axisbelow(True)


def _short(value: Any) -> str:
    return f"{value:.3g}" if isinstance(value, float | np.floating) else shorten(value)
