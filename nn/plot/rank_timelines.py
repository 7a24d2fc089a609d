"""A training step on several ranks: what each computed, and what was on its way meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..distributed.step_record import Span, record_step
from .figure import Figure
from .style import BLUE, CLASSES, DARK, GREY, RED, PathLike, bare, figure, finish, title

# What a span is called in the legend; where it lies in the lane of its rank, from below, and how high it is.
KINDS = {
    "forward": ("forward", 0.5, 0.34),
    "backward": ("backward", 0.5, 0.34),
    "waiting": ("waiting", 0.5, 0.34),
    "sending": ("in MPI meanwhile", 0.5, 0.34),
    "message": ("gradients on their way", 0.1, 0.34),
}
LOOKS: dict[str, Any] = {
    "forward": {"facecolor": CLASSES[5], "edgecolor": "white"},
    "backward": {"facecolor": BLUE, "edgecolor": "white"},
    "waiting": {"facecolor": "none", "hatch": "////", "edgecolor": GREY, "linewidth": 0},
    "sending": {"facecolor": DARK, "linewidth": 0},
    "message": {"facecolor": RED, "edgecolor": "white"},
}
WIDTH, LETTER = 7.5, 0.068  # inches: of the axes, and of a letter in a bar


def step_timeline(step: record_step, path: PathLike | None, heading: str) -> Figure:
    """What each rank computed in a step, by layer, and below it when gradients were on their way to the others.

    `step.draw()` calls this. Raises ValueError for a record without a span.
    """
    if not any(step.ranks):
        raise ValueError("step_timeline: expected the record of a step, got one in which nothing was computed")
    end = max(span.ended for spans in step.ranks for span in spans)
    factor, unit = (1e3, "ms") if end < 1 else (1, "s")
    fig, ax = figure(WIDTH, 0.3 + 1.05 * len(step.ranks))
    for rank, spans in enumerate(step.ranks):
        _lane(ax, len(step.ranks) - 1 - rank, spans, factor, factor * end)
    names = [f"rank {rank}" for rank in range(len(step.ranks))]
    ax.set_yticks(np.arange(len(names))[::-1] + 0.47, names)
    ax.set(xlim=(0, factor * end), ylim=(0, len(names)), xlabel=unit)
    used = {span.kind for spans in step.ranks for span in spans}
    _legend(ax, [kind for kind in KINDS if kind in used])
    bare(ax, "bottom")
    sent = step.seconds("message")
    told = f"{factor * sent:.3g} {unit} of messages on rank 0, {step.hidden():.0%} of them behind backward"
    title(ax, heading, told if sent else "nothing was sent")
    return finish(fig, path)


def _lane(ax: Any, floor: int, spans: Sequence[Span], factor: float, end: float) -> None:
    """The bars of a rank, with their names where there is room."""
    rows = _rows([span for span in spans if span.kind == "message"])
    pale = {"forward": False, "backward": False}
    for span in sorted(spans, key=lambda span: list(KINDS).index(span.kind)):
        _, low, height = KINDS[span.kind]
        if span.kind in pale:
            pale[span.kind] = not pale[span.kind]
        if span.kind == "message":
            height /= max(rows.values()) + 1
            low += height * rows[span]
        began, long = factor * span.began, factor * (span.ended - span.began)
        look = {"alpha": 0.75 if pale.get(span.kind) else 1.0, "linewidth": 0.4, **LOOKS[span.kind]}
        ax.broken_barh([(began, long)], (floor + low, height), **look)
        if span.name and long / end * WIDTH > LETTER * (len(span.name) + 1) and height > 0.1:
            ax.text(began + long / 2, floor + low + height / 2, span.name, ha="center", va="center", fontsize=7,
                    color="white")  # fmt: skip


def _rows(messages: Sequence[Span]) -> dict[Span, int]:
    """For every message a row in which no other is on its way at the same time."""
    ends: list[float] = []
    rows = {}
    for message in sorted(messages, key=lambda span: span.began):
        row = next((i for i, end in enumerate(ends) if end <= message.began), len(ends))
        ends[row : row + 1] = [message.ended]
        rows[message] = row
    return rows


def _legend(ax: Any, kinds: Sequence[str]) -> None:
    from matplotlib.patches import Patch

    patches = [Patch(label=KINDS[kind][0], **LOOKS[kind]) for kind in kinds]
    ax.legend(handles=patches, loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False, fontsize=8)
