"""Names beside the lines they belong to, in place of a legend: none lies on another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .style import BLUE, CLASSES, GREY, RED, shorten

LINES = (BLUE, RED, *CLASSES[2:9], "#8f9e3c", "#c98a8a", "#4c4f69")  # twelve that can be told apart
PALE_LINE = "#d5d7da"  # of those beyond them
LONGEST = 40  # letters of a name


def name_ends(ax: Any, ends: Sequence[tuple[float, str, str]], size: float = 10) -> None:
    """Write a text beside the right end of each line, given as its last value, the text and its colour.

    Texts that would overlap are moved apart, no further than they must be, and joined to the ends by thin lines.
    """
    from matplotlib.lines import Line2D

    if not ends:
        return
    fig = ax.get_figure()
    least = 1.5 * size / 72 / (ax.get_position().height * fig.get_figheight())
    to_axes = ax.transAxes.inverted()
    heights = np.array([to_axes.transform(ax.transData.transform((0, value)))[1] for value, _, _ in ends])
    places = spread(heights, least)
    moved = bool((np.abs(places - heights) > least).any())
    for start, place, (_, text, colour) in zip(heights, places, ends, strict=True):
        if moved:
            line = {"color": colour, "linewidth": 0.7, "transform": ax.transAxes}
            fig.add_artist(Line2D([1.005, 1.035], [start, place], **line))
        _write(ax, (1.035 if moved else 1, place), text, colour, size, offset=3 if moved else 6)


def key(ax: Any, entries: Sequence[tuple[str, str]], size: float = 10) -> None:
    """Write texts in their colours below one another, to the right of the axes: for lines that end in one place."""
    height = ax.get_position().height * ax.get_figure().get_figheight()
    step = 1.6 * size / 72 / height
    top = 0.5 + step * (len(entries) - 1) / 2
    for i, (text, colour) in enumerate(entries):
        _write(ax, (1, top - i * step), text, colour, size, offset=12)


def spread(places: Any, least: float) -> Any:
    """The places, moved as little as possible (in the sum of squares) until they lie `least` apart, in their order.

    They end up between 0 and 1 if there is room for all, else around the middle. Those that collide form a block around
    the mean of where they wanted to be: isotonic regression by pooling adjacent violators (Barlow et al., 1972).
    """
    places = np.asarray(places, float)
    order = np.argsort(places, kind="stable")
    blocks: list[list[float]] = []  # the sum of places less their offsets, and how many
    for i, place in enumerate(places[order]):
        blocks.append([place - i * least, 1])
        while len(blocks) > 1 and blocks[-2][0] / blocks[-2][1] > blocks[-1][0] / blocks[-1][1]:
            total, count = blocks.pop()
            blocks[-1] = [blocks[-1][0] + total, blocks[-1][1] + count]
    apart = np.concatenate([np.full(int(count), total / count) for total, count in blocks])
    room = 1 - (len(places) - 1) * least
    apart = apart.clip(0, room) if room >= 0 else np.full(len(places), room / 2)
    out = np.empty_like(places)
    out[order] = apart + np.arange(len(places)) * least
    return out


def coloured(ranked: Sequence[Any], order: Sequence[Any] | None = None) -> dict[Any, str]:
    """A colour for each of the first twelve names, those that matter most; pale grey for the rest.

    Colours are given in `order`, by default in that of `ranked`.
    """
    first = set(ranked[: len(LINES)])
    colours = iter(LINES)
    return {name: next(colours) if name in first else PALE_LINE for name in order or ranked}


def short(name: Any) -> str:
    """A name short enough to stand beside a picture, in one line."""
    return shorten(" ".join(str(name).split()), LONGEST)


def readable(colour: str) -> str:
    """The colour of a text about a line of this colour."""
    return GREY if colour == PALE_LINE else colour


def _write(ax: Any, place: tuple[float, float], text: str, colour: str, size: float, offset: float) -> None:
    where = {"xycoords": "axes fraction", "xytext": (offset, 0), "textcoords": "offset points"}
    ax.annotate(text, place, color=readable(colour), va="center", fontsize=size, annotation_clip=False, **where)
