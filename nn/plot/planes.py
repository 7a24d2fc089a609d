"""What a model predicts at every point of the plane, and what a search found over two settings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

import autograd

from ..utils import evaluating
from .figure import Figure
from .style import (
    BLUE,
    CLASSES,
    DARK,
    GREY,
    PALE,
    PAPER,
    RED,
    Array,
    PathLike,
    array,
    bare,
    figure,
    finish,
    finite,
    shades,
    shorten,
    sign,
    title,
)

POINTS = 300  # along each side of the plane
CHUNK = 10_000  # points that the model gets at once


def decision_boundary(
    model: Any,
    x: Any,
    y: Any,
    path: PathLike | None = None,
    *,
    classes: Sequence[Any] | None = None,
    heading: str = "Decision boundary",
) -> Figure:
    """The plane of two inputs in the colours of the classes, with the boundaries between them and the samples.

    Args:
        model: a Module from (N, 2) to scores (N, C), or to a single score, (N,) or (N, 1). A single score separates two
            classes at 0, with dashed margins at -1 and 1; or at 0.5 if it lies between 0 and 1 everywhere.
        x: samples (N, 2).
        y: class numbers (N,); for a single score also -1 and 1, and (N, 1).
        classes: names of the classes, for a legend.

    Raises ValueError for samples of another shape, and for other than one class for each.
    """
    x, y = array(x), array(y).reshape(-1)
    if x.ndim != 2 or x.shape[1] != 2 or len(x) != len(y) or not len(x):
        raise ValueError(f"expected inputs (N, 2) and N classes, given {x.shape} and {len(y)}")
    room = 0.15 * np.maximum(np.ptp(x, axis=0), 1e-6)
    (left, below), (right, above) = x.min(0) - room, x.max(0) + room
    columns, rows = np.meshgrid(np.linspace(left, right, POINTS), np.linspace(below, above, POINTS))
    scores = _scores(
        model, np.stack([columns.ravel(), rows.ravel()], 1).astype(x.dtype if x.dtype.kind == "f" else "f4")
    )
    scores = scores.reshape(POINTS, POINTS, -1)

    width, height = right - left, above - below
    alike = 1 / 3 < width / height < 3
    fig, ax = figure(6.2, 6.2 * height / width if 0.5 < height / width < 1 else 4.6)
    frame = {"extent": (left, right, below, above), "origin": "lower", "interpolation": "bilinear"}
    frame["aspect"] = "equal" if alike else "auto"
    colours: Sequence[str] = CLASSES
    if scores.shape[2] == 1:
        _one_score(ax, columns, rows, scores[..., 0], frame)
        middle = (y.min() + y.max()) / 2 if np.ptp(y) else 0
        numbers = (y > middle).astype(int)
    else:
        colours = [CLASSES[i % len(CLASSES)] for i in range(scores.shape[2])]
        _many_scores(ax, columns, rows, scores, frame, colours)
        numbers = y.astype(int)
    size = np.interp(np.log10(len(x)), [0.5, 2, 3.5], [160, 42, 8])
    for number in np.unique(numbers).tolist():
        name = classes[number] if classes is not None else None
        dots = x[numbers == number].T
        ax.scatter(*dots, s=size, color=colours[number], edgecolor="white", linewidth=min(size / 42, 1.5), label=name)
    ax.set(xlim=(left, right), ylim=(below, above))
    ax.axis("off")
    if classes is not None:
        ax.legend(loc="center left", bbox_to_anchor=(1, 0.5), frameon=False, handletextpad=0.2)
    title(ax, heading)
    return finish(fig, path)


def heat_map(
    rows: Sequence[Any],
    columns: Sequence[Any],
    values: Any,
    path: PathLike | None = None,
    names: tuple[str, str, str] = ("rows", "columns", "value"),
    *,
    mode: str = "min",
) -> Figure:
    """The result of each pair of two settings. The deeper the colour the better; the best has a frame.

    Args:
        rows, columns: the values of the settings; or, for N trials that do not form a grid, the settings of each.
        values: (rows, columns), with NaN or None where nothing was tried; or (N,).
        names: what rows, columns and values are, such as ("learning rate", "hidden", "validation loss").
        mode: "min" if small values are better, "max" if large ones are.

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
    place = np.unravel_index(np.where(known, direction * values, np.inf).argmin(), values.shape)
    best = tuple(int(i) for i in place) if known.any() else None
    colours = _by_goodness(values, known, direction)
    if values.ndim == 1:
        fig, ax = figure(5.2, 3.8)
        _dots(ax, rows, columns, values, known, colours, best)
    else:
        fig, ax = figure(min(0.75 * len(columns), 8), min(0.5 * len(rows), 7))
        _cells(ax, rows, columns, values, colours, best)
    ax.set(xlabel=names[1], ylabel=names[0])
    bare(ax)
    note = "no finite result"
    if best is not None:
        row, column = rows[best[0]], columns[best[-1]]
        note = f"best {values[best]:.4g}, with {names[0]} {_short(row)} and {names[1]} {_short(column)}"
    title(ax, names[2].capitalize(), note)
    return finish(fig, path)


def _scores(model: Any, points: Array) -> Array:
    """The outputs (N, C) of a model in evaluation mode; afterwards it is in the mode it had before."""
    with evaluating(model):
        parts = [model(autograd.from_numpy(points[i : i + CHUNK])).numpy() for i in range(0, len(points), CHUNK)]
    return finite(np.concatenate(parts)).reshape(len(points), -1)


def _one_score(ax: Any, columns: Array, rows: Array, score: Array, frame: dict[str, Any]) -> None:
    probability = score.min() >= 0 and score.max() <= 1
    middle = 0.5 if probability else 0.0
    limit = 0.8 if probability else max(1.5 * float(np.percentile(np.abs(score), 90)), 1e-3)
    ax.imshow(score, cmap=shades(RED, PALE, BLUE), vmin=middle - limit, vmax=middle + limit, **frame)
    _contour(ax, columns, rows, score, middle, linewidths=2)
    for margin in (-1.0, 1.0) if not probability else ():
        _contour(ax, columns, rows, score, margin, linewidths=0.8, linestyles="--")


def _many_scores(
    ax: Any, columns: Array, rows: Array, scores: Array, frame: dict[str, Any], colours: Sequence[str]
) -> None:
    """Colour each point with a mixture of the classes' colours, weighted by their probabilities."""
    from matplotlib.colors import to_rgb

    chances = np.exp(scores - scores.max(2, keepdims=True))
    chances /= chances.sum(2, keepdims=True)
    mixture = chances @ np.array([to_rgb(colour) for colour in colours])
    sure = (chances.max(2, keepdims=True) - 1 / chances.shape[2]) / (1 - 1 / chances.shape[2])
    depth = 0.08 + 0.42 * sure
    ax.imshow((1 - depth) * to_rgb(PALE) + depth * mixture, **frame)
    for i in range(scores.shape[2]):
        lead = scores[..., i] - np.delete(scores, i, axis=2).max(2)
        _contour(ax, columns, rows, lead, 0.0, linewidths=1.4)


def _contour(ax: Any, columns: Array, rows: Array, values: Array, level: float, **options: Any) -> None:
    if values.min() < level < values.max():
        ax.contour(columns, rows, values, [level], colors=DARK, **options)


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
