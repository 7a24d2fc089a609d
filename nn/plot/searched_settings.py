"""What a search over many settings found: every trial as a line across them, and what each setting is worth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from .figure import Figure
from .line_labels import short
from .style import BLUE, DARK, GREY, RED, Array, PathLike, bare, figure, finish, rounded, shades, shorten, sign, title

FEW = 5  # so many different numbers are written beside an axis; of more, the ends and the middle
LOG = 10  # a range whose ends are further apart than this factor is drawn by orders of magnitude


def parallel_coordinates(
    points: Sequence[Mapping[str, Any]],
    values: Sequence[float | None],
    path: PathLike | None = None,
    name: str = "value",
    *,
    mode: str = "min",
) -> Figure:
    """Every trial of a search as a line: its settings from left to right, and its value at the right end.

    The deeper the colour the better, by rank; the best is red. Trials without a finite value are not drawn, but told.

    Args:
        points: the settings of each trial by name, the same ones in all; words, and what is true or false, stand in
            the order in which they first come.
        values: the value of each trial, (N,).
        name: what the values are, such as "validation loss".
        mode: "min" if small values are better, "max" if large ones are.

    Raises ValueError for another mode, for points that are not as many as values, or have not the same settings, and if
    no value is finite.
    """
    direction = sign(mode)
    found = np.array([np.nan if value is None else value for value in values], dtype=float)
    names = list(points[0]) if points else []
    if len(points) != len(found) or any(list(point) != names for point in points):
        raise ValueError(f"expected {len(found)} points with the same settings, one for each value, given {points!r}")
    known = np.flatnonzero(np.isfinite(found)).tolist()
    if not len(known):
        raise ValueError("expected a finite value, given none")
    fig, ax = figure(1.35 * (len(names) + 1), 2.9)
    columns = [_place(ax, i, [points[k][each] for k in known]) for i, each in enumerate(names)]
    heights = np.column_stack([*columns, _place(ax, len(names), found[known].tolist())])
    order = np.argsort(-direction * found[known], kind="stable")  # the best last, on top
    colours = shades("#d9dde2", "#9fb4c7", BLUE)(np.linspace(0, 1, len(order)))
    for rank, k in enumerate(order):
        best = rank == len(order) - 1
        ax.plot(heights[k], color=RED if best else colours[rank], linewidth=2.2 if best else 1.2, zorder=2)
    ax.set_xticks(range(len(names) + 1), [*map(shorten, names), shorten(name, 24)])
    ax.set(yticks=[], xlim=(-0.1, len(names) + 0.1), ylim=(-0.04, 1.04))
    bare(ax)
    left_out = f"; {len(found) - len(known)} without a value" * (len(known) < len(found))
    title(ax, f"{name[:1].upper()}{name[1:]} by settings", f"{len(known)} trials, in red the best{left_out}")
    return finish(fig, path)


def settings_importance(shares: Mapping[str, float], path: PathLike | None = None, name: str = "value") -> Figure:
    """How much of the differences between trials each setting accounts for, the largest share first.

    Args:
        shares: of each setting, between 0 and 1, such as `optuna.importance.get_param_importances` returns.
        name: what differs, such as "validation loss".

    Raises ValueError if there are no settings.
    """
    if not shares:
        raise ValueError("expected the share of at least one setting, given none")
    ordered = sorted(shares.items(), key=lambda share: -share[1])
    fig, ax = figure(4.6, 0.32 * len(ordered) + 0.2)
    ax.barh(range(len(ordered)), [share for _, share in ordered], height=0.68, alpha=0.7, color=BLUE)
    for place, (_, share) in enumerate(ordered):
        ax.annotate(f"{share:.0%}", (share, place), xytext=(5, 0), textcoords="offset points", va="center", color=DARK)
    ax.set_yticks(range(len(ordered)), [short(each) for each, _ in ordered])
    ax.set(ylim=(len(ordered) - 0.5, -0.5), xlim=(0, 1.1 * max(share for _, share in ordered) or 1), xticks=[])
    bare(ax, "left")
    title(ax, "What each setting is worth", f"share of the differences in {name}")
    return finish(fig, path)


def _place(ax: Any, x: int, values: list[Any]) -> Array:
    """How high values stand on an axis, between 0 and 1; the axis and its labels are drawn."""
    ax.axvline(x, color=GREY, linewidth=0.8, zorder=1)
    if any(isinstance(value, str | bool) for value in values) or len(set(values)) == 1:
        words = list(dict.fromkeys(values))
        labels = {i / max(len(words) - 1, 1): _word(word) for i, word in enumerate(words)}
        heights = np.array([words.index(value) / max(len(words) - 1, 1) for value in values])
    else:
        numbers = np.array(values, dtype=float)
        log = numbers.min() > 0 and numbers.max() > LOG * numbers.min()
        scaled = np.log(numbers) if log else numbers
        heights = (scaled - scaled.min()) / np.ptp(scaled)
        marked = np.linspace(scaled.min(), scaled.max(), 3) if len(set(values)) > FEW else np.unique(scaled)
        labels = {
            (at - scaled.min()) / np.ptp(scaled): rounded(float(np.exp(at) if log else at)) for at in marked.tolist()
        }
    box = {"facecolor": "white", "edgecolor": "none", "pad": 1, "alpha": 0.8}
    for height, text in labels.items():
        ax.annotate(text, (x, height), xytext=(4, 0), textcoords="offset points", va="center", fontsize=8, color=DARK,
                    bbox=box, zorder=3)  # fmt: skip
    return heights


def _word(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else shorten(value)
