"""The memory of a training step: what was there at every op, as bands over each other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from autograd import record_memory

from .figure import Figure
from .style import BLUE, CLASSES, DARK, GREY, RED, Array, PathLike, bare, figure, finish, title

# What lies below first; a kind's colour, and its name in the legend.
KINDS = {
    "parameter": (DARK, "parameters"),
    "state": (CLASSES[4], "state of the optimizer"),
    "input": (GREY, "inputs"),
    "gradient": (RED, "gradients"),
    "activation": (BLUE, "activations"),
    "flow": (CLASSES[2], "gradients on their way"),
}
LEAST = 200  # what is smaller than this part of the peak is drawn together with others of its kind
WIDTH, LETTER = 7.5, 0.068  # inches: of the axes, and of a letter in a band's name
NAMED = 45  # so many ops can have their names below the axis


def memory_timeline(
    record: record_memory, path: PathLike | None = None, heading: str = "Memory of one training step"
) -> Figure:
    """What a step allocates, op by op, and when it is freed: a band for every array, as long as the array was there.

        with autograd.record_memory(model, optimizer) as memory:
            criterion(model(x), y).backward()
            optimizer.step()
        nn.plot.memory_timeline(memory)

    Args:
        record: the record of a step.

    Arrays that are there throughout lie at the bottom. What an op takes and gives back while it is computed stands
    hatched above. Raises ValueError for a record without an op.
    """
    if len(record.events) < 2:
        raise ValueError("memory_timeline: expected the record of a step, got one without an op that needs a gradient")
    factor, unit = _unit(record.peak)
    fig, ax = figure(WIDTH, 3.6)
    floor = np.zeros(len(record.events) + 1)
    used = []
    for kind, name, sizes, shade in _bands(record):
        there = np.flatnonzero(sizes)
        span = np.arange(there[0], there[-1] + 1)
        _band(ax, span, floor / factor, (floor + sizes) / factor, facecolor=shade, edgecolor="white", linewidth=0.4)
        level = max(np.split(span, np.flatnonzero(np.diff(floor[span])) + 1), key=len)  # where it lies longest
        if sizes.max() > record.peak / 16 and len(level) * WIDTH / len(floor) > LETTER * len(name) > 0:
            middle = (floor[level[0]] + sizes.max() / 2) / factor
            ax.text(level.mean(), middle, name, ha="center", va="center", fontsize=7, color="white")
        floor = floor + sizes
        used.append(kind)
    top = floor + np.array([0, *(event.temporary for event in record.events)])
    _band(ax, np.arange(len(floor)), floor / factor, top / factor, facecolor="none", hatch="////",
          edgecolor=GREY, linewidth=0)  # fmt: skip
    ax.set(xlim=(-0.5, len(floor) - 0.5), ylim=(0, 1.08 * record.peak / factor), ylabel=unit)
    ax.grid(axis="y", color=GREY, alpha=0.25)
    _phases(ax, record)
    _legend(ax, [kind for kind in KINDS if kind in used])
    bare(ax, "bottom")
    title(ax, heading, f"peak {record.peak / factor:.3g} {unit}, at {record.where}; hatched: temporary, inside an op")
    return finish(fig, path)


def _bands(record: record_memory) -> Iterator[tuple[str, str, Array, Any]]:
    """From the bottom: a kind, the name of an array or "" for all small ones of it, its size by event, and a shade."""
    from matplotlib.colors import to_rgb

    for kind, (colour, _) in KINDS.items():
        small, large = np.zeros(len(record.events) + 1), []
        for buffer in record.buffers:
            if buffer.kind == kind:
                last = buffer.died if buffer.died is not None else len(small)
                sizes = np.zeros(len(small))
                sizes[buffer.born : last + 1] = buffer.nbytes
                if buffer.nbytes * LEAST < record.peak:
                    small += sizes
                elif sizes.any():
                    of = f"{buffer.op} of {buffer.path}" if buffer.path else buffer.op
                    large.append((f"input of {of}" if kind == "input" else of, sizes))
        rgb = np.array(to_rgb(colour))
        for i, (name, sizes) in enumerate(large):
            yield kind, name, sizes, rgb + (1 - rgb) * 0.18 * (i % 2)
        if small.any():
            yield kind, "", small, rgb


def _band(ax: Any, span: Array, low: Array, high: Array, **look: Any) -> None:
    """Fill between two heights, each of which holds from half an event before its event to half an event after it."""
    edges = np.append(span, span[-1] + 1) - 0.5
    last = np.append(span, span[-1])
    ax.fill_between(edges, low[last], high[last], step="post", **look)


def _phases(ax: Any, record: record_memory) -> None:
    """The ops below the axis, if there is room for their names, and a line between forward, backward and step."""
    phases = [event.phase for event in record.events]
    for i in range(1, len(phases)):
        if phases[i] != phases[i - 1]:
            ax.axvline(i + 0.5, color=DARK, linewidth=0.8, linestyle=(0, (4, 3)))
    for phase in dict.fromkeys(phases):
        if phase in ("forward", "backward"):
            places = [i for i, other in enumerate(phases, 1) if other == phase]
            ax.text(np.mean(places), 0.99, phase, transform=ax.get_xaxis_transform(), ha="center", va="top",
                    color=DARK, fontsize=9)  # fmt: skip
    if len(phases) <= NAMED:
        names = ["begin", *(event.op for event in record.events)]
        ax.set_xticks(range(len(names)), names, rotation=60, ha="right", rotation_mode="anchor", fontsize=7)
    else:
        ax.set_xlabel("op")


def _legend(ax: Any, kinds: list[str]) -> None:
    from matplotlib.patches import Patch

    patches = [Patch(color=KINDS[kind][0], label=KINDS[kind][1]) for kind in reversed(kinds)]
    ax.legend(handles=patches, loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False, fontsize=8)


def _unit(most: int) -> tuple[float, str]:
    """By what bytes are divided so that they are easy to read, and what they are then."""
    return next(((size, unit) for size, unit in ((1e9, "GB"), (1e6, "MB"), (1e3, "kB")) if most >= size), (1, "bytes"))
