"""The table as a picture: bars for this engine, marks for its neighbours, a line where PyTorch stands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..plot.figure import Figure
from ..plot.style import BLUE, CLASSES, DARK, GREY, RED, PathLike, bare, figure, finish, title
from .rows import ROWS
from .verdicts import Verdict, label

BARS = {"chalkgrad": BLUE, "compiled": RED, "numba": CLASSES[2]}
MARKS = {"numpy": "o", "torch.compile": "s", "jax": "D", "mygrad": "^", "hips": "v", "micrograd": "P"}
MOST = 2.0  # where the axis ends, in units of PyTorch


def bench_bars(verdicts: Sequence[Verdict], path: PathLike | None = None, heading: str = "Time of a step") -> Figure:
    """The ratios of each row on the smallest number of threads. Raises ValueError if there is no figure."""
    fewest = min((verdict.turn.threads for verdict in verdicts), default=1)
    shown = [verdict for verdict in verdicts if verdict.turn.threads == fewest and verdict.figures]
    if not shown:
        raise ValueError("bench: there is no figure to draw")
    bars = [engine for engine in BARS if any(engine in verdict.figures for verdict in shown)]
    thick = 0.8 / max(1, len(bars))
    height = len(shown) * max(0.27, 0.14 * len(bars))
    fig, ax = figure(4.4, height)
    for i, verdict in enumerate(shown):
        for j, engine in enumerate(bars):
            if engine in verdict.figures:
                _bar(ax, i + (j - (len(bars) - 1) / 2) * thick, verdict.ratio(engine), thick, BARS[engine])
        for engine, mark in MARKS.items():
            if engine in verdict.figures and engine != verdict.unit:
                _mark(ax, i, verdict.ratio(engine), mark)
    ax.axvline(1, color=DARK, linewidth=1, zorder=3)
    ax.set_yticks(range(len(shown)), [ROWS[verdict.turn.row].about for verdict in shown], fontsize=9)
    ax.set(xlim=(0, MOST), ylim=(len(shown) - 0.45, -0.55))
    ax.set_xticks([0, 0.5, 1, 1.5, 2], ["0", "0.5", "PyTorch", "1.5", "2"])
    ax.grid(axis="x", color=GREY, alpha=0.25)
    ax.set_axisbelow(True)
    marks = [engine for engine in MARKS if any(engine in v.figures and engine != v.unit for v in shown)]
    _legend(ax, bars, marks, -0.3 / height)
    bare(ax)
    threads = "one thread" if fewest == 1 else f"{fewest} threads"
    others = [ROWS[v.turn.row].about for v in shown if v.unit != "torch"]
    units = "PyTorch = 1" + f" ({others[0]}: {label('micrograd')} = 1)" * bool(others)
    title(ax, heading, f"{threads}; {units}; shorter is faster")
    return finish(fig, path)


def _bar(ax: Any, place: float, ratio: float, thick: float, colour: str) -> None:
    ax.barh(place, min(ratio, MOST), 0.9 * thick, color=colour, zorder=2)
    inside = ratio > 0.9 * MOST
    ax.annotate(
        f"{ratio:.2f}", (min(ratio, MOST), place), xytext=(-3 if inside else 3, 0), textcoords="offset points",
        ha="right" if inside else "left", va="center", fontsize=8, color="white" if inside else colour, zorder=5,
        bbox=None if inside else {"facecolor": "white", "edgecolor": "none", "pad": 0.4, "alpha": 0.8},
    )  # fmt: skip


def _mark(ax: Any, place: float, ratio: float, mark: str) -> None:
    """A neighbour; nothing where it would lie beyond the axis."""
    if ratio <= MOST:
        look: dict[str, Any] = {"color": DARK, "markerfacecolor": "white", "markersize": 5, "markeredgewidth": 0.9}
        ax.plot(ratio, place, mark, **look, clip_on=False, zorder=4)


def _legend(ax: Any, bars: Sequence[str], marks: Sequence[str], below: float) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    handles: list[Any] = [Patch(color=BARS[engine], label=label(engine)) for engine in bars]
    for engine in marks:
        look: dict[str, Any] = {"color": DARK, "linestyle": "", "markersize": 5, "markerfacecolor": "white"}
        handles.append(Line2D([], [], marker=MARKS[engine], label=label(engine), **look))
    ax.legend(handles=handles, loc="upper center", bbox_to_anchor=(0.25, below), ncols=4, frameon=False, fontsize=8)
