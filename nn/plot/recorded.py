"""What a Recorder saw of every layer: how its numbers are distributed, and how the gradient flows."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..histogram import Histogram
from ..module import Module
from ..recorder import Recorder
from .figure import Figure
from .style import BLUE, DARK, GREY, PALE, RED, Array, PathLike, bare, figure, finish, rounded, shades, shorten, title

KINDS = {"weights": BLUE, "gradients": "#b5678a", "activations": "#5b8c6e"}
BINS = 72  # of a strip, from its lower to its upper edge
MOST = 40  # layers in a picture
FAR = 6.0  # a strip ends at so many times the median of the ends of its histograms
GOLD, GREEN = "#c08a1e", "#5b8c6e"


class Row(NamedTuple):
    """A line of a picture: a parameter of a layer, the layer's output, or both."""

    label: str
    kind: str
    parameter: str | None
    layer: str | None


def histograms(
    recorded: Recorder,
    path: PathLike | None = None,
    *,
    kinds: Sequence[str] = ("weights", "gradients", "activations"),
    layers: Iterable[str] | None = None,
    heading: str = "Layer by layer, step by step",
) -> Figure:
    """How the weights, gradients and activations of each layer are distributed, over the steps of a training.

    Each strip has the optimizer steps from left to right, and the numbers from bottom to top between the two written at
    its end: the deeper the colour, the more of them lie there. It is red where numbers were NaN or infinite.

    Args:
        recorded: an `nn.train.Recorder` that has watched a training.
        kinds: which to draw, of "weights", "gradients" and "activations".
        layers: names of layers; by default all or, of more than 40 lines, 40 evenly chosen ones.

    Raises ValueError for a record without a row, for another kind, and for a layer that was not recorded.
    """
    if not kinds or (unknown := [kind for kind in kinds if kind not in KINDS]):
        raise ValueError(f"expected kinds among {', '.join(KINDS)}, given {unknown[0] if kinds else 'none'!r}")
    rows, left_out = _lines(recorded, kinds, layers)
    high = min(0.62, 8.6 / len(rows))
    fig, axes = figure(3.0 * len(kinds) - 0.7, 1.14 * high * len(rows), len(rows), len(kinds), gaps=(0.14, 0.33))
    axes = np.array(axes).reshape(len(rows), len(kinds))
    faults: list[tuple[int, str]] = []
    for row, line in zip(rows, axes, strict=True):
        for kind, ax in zip(kinds, line, strict=True):
            column = getattr(recorded, kind).get(row.layer if kind == "activations" else row.parameter)
            if column is not None or kind != "activations":
                _strip(ax, recorded, column, kind, high)
            else:
                ax.axis("off")
            wrong = [(i, _fault(h)) for i, h in enumerate(column or ()) if h and _fault(h)]
            faults += [(i, f"{fault} in the {kind} of {shorten(row.label, 24)}") for i, fault in wrong[:1]]
        _name(line[0], row, high)
    for kind, ax in zip(kinds, axes[0], strict=True):
        ax.annotate(kind, (0, 1), (0, 4), "axes fraction", textcoords="offset points", color=KINDS[kind])
    for ax in axes[-1]:
        ax.axis("on")
        ax.set(xlim=(recorded.steps[0], recorded.steps[-1] + recorded.every), yticks=[])
        bare(ax)
        _steps(ax, recorded)
    note = "the deeper, the more numbers lie there" + (f"; {left_out} more lines left out" if left_out else "")
    if faults:
        first, note = min(faults, key=lambda fault: fault[0])
        note += f" from step {recorded.steps[first]:,}" + (
            f"; {len(faults)} strips with red" if len(faults) > 1 else ""
        )
    fig.text(0, 1 + 0.62 / (1.14 * high * len(rows)), heading, fontsize=12, fontweight="bold")
    place = 1 + 0.38 / (1.14 * high * len(rows))
    fig.text(0, place, note, fontsize=9, color=RED if faults else GREY)
    return finish(fig, path, heading)


def gradient_flow(
    recorded: Recorder | Module,
    path: PathLike | None = None,
    *,
    step: int | None = None,
    layers: Iterable[str] | None = None,
    heading: str = "Gradient flow",
) -> Figure:
    """How large the gradient is in each layer, from the first at the top to the last: at one step, and over all.

    Beside the mean |g| over a parameter's elements stand ‖g‖ / ‖w‖, which counts for its direction, and the norm of the
    optimizer's step, ‖Δw‖ / ‖w‖; about 0.001 is usual for that. Parameters without a gradient are named.

    Args:
        recorded: an `nn.train.Recorder` that has watched a training; or a Module after `backward()`, which is drawn as
            it is now.
        step: the step drawn at the left: the nearest that was recorded; by default the last.
        layers: names of layers; by default all or, of more than 40 parameters, 40 evenly chosen ones.

    Raises ValueError for a record without a row, for a layer that was not recorded, and if there is no gradient at all.
    """
    record = recorded if isinstance(recorded, Recorder) else _now(recorded)
    rows, left_out = _lines(record, ("gradients",), layers)
    names = [str(row.parameter) for row in rows]
    gradients = [record.gradients[name] for name in names]
    if not any(h for column in gradients for h in column):
        raise ValueError("no parameter has a gradient: call loss.backward() before, and zero_grad after")
    place = -1 if step is None else int(np.abs(np.array(record.steps) - step).argmin())
    over_time = len(record.steps) > 1
    high = 0.34 * len(rows) if len(rows) < 26 else 9.0
    fig, axes = figure(7.6 if over_time else 4.2, high, 1, 1 + over_time, gaps=(0, 0.06))
    ax, *others = np.ravel(axes)
    size = 9 if len(rows) < 26 else 7
    ax.set_yticks(range(len(rows)), [shorten(row.label, 30) for row in rows], fontsize=size)
    now = [column[place] for column in gradients]
    sizes = np.array([h.magnitude if h else math.nan for h in now])
    _dots(ax, sizes, "mean |g|", BLUE, "o-")
    norms = np.array([record.weights[name][place].norm for name in names])
    with np.errstate(divide="ignore", invalid="ignore"):
        _dots(ax, np.array([h.norm if h else math.nan for h in now]) / norms, "‖g‖ / ‖w‖", GOLD, "D")
    if over_time:
        _dots(ax, np.array([record.updates[name][place] for name in names]), "‖Δw‖ / ‖w‖", GREEN, "|")
    _log_axis(ax, len(rows))
    for i, h in enumerate(now):
        if word := "no gradient" if h is None else _fault(h) or ("all 0" if h.magnitude == 0 else ""):
            colour = GREY if h is None else RED
            ax.text(0.02, i, word, color=colour, fontsize=size, va="center", transform=ax.get_yaxis_transform())
    if others:
        _over_time(others[0], record, gradients)
    moment = f"at step {record.steps[place]:,}: " if isinstance(recorded, Recorder) else ""
    left = f"; {left_out} more left out" if left_out else ""
    title(ax, heading, moment + _told(rows, sizes, now) + left)
    return finish(fig, path)


def _now(model: Module) -> Recorder:
    """A record of one row, of a model's parameters and gradients as they are."""
    recorder = Recorder()
    with recorder.watch(model):
        recorder.end_step()
    return recorder


def _lines(recorded: Recorder, kinds: Sequence[str], layers: Iterable[str] | None) -> tuple[list[Row], int]:
    """What is drawn, in the order of the network, and how much is left out."""
    if not recorded.steps or recorded.model is None:
        raise ValueError("nothing was recorded: give the recorder to the Trainer, or call its end_step after each step")
    modules = dict(recorded.model.named_modules())
    chosen = list(recorded.activations if layers is None else layers)
    if unknown := [name for name in chosen if name not in recorded.activations]:
        known = ", ".join(map(repr, recorded.activations))
        raise ValueError(f"{unknown[0]!r} was not recorded, only {shorten(known, 200)}")
    rows = []
    for layer in chosen:
        kind = type(modules[layer]).__name__
        own = [name for name in recorded.weights if name.rpartition(".")[0] == layer]
        shown = own if set(kinds) & {"weights", "gradients"} else []
        for i, name in enumerate(shown):
            rows.append(Row(name if len(own) > 1 or not layer else layer, kind, name, None if i else layer))
        if "activations" in kinds and not shown:
            rows.append(Row(layer or "model", kind, None, layer))
    if not rows:
        raise ValueError(f"the layers recorded have no {' and no '.join(kinds)}")
    kept = np.unique(np.linspace(0, len(rows) - 1, MOST).round().astype(int)) if len(rows) > MOST else range(len(rows))
    return [rows[i] for i in kept], len(rows) - len(kept)


# -- histograms ------------------------------------------------------------------------------------------------------


def _strip(ax: Any, recorded: Recorder, column: list[Histogram | None] | None, kind: str, high: float) -> None:
    """Draw the histograms of all steps side by side."""
    ax.set(xticks=[], yticks=[])
    bare(ax)
    extent = recorded.steps[0], recorded.steps[-1] + recorded.every
    ax.set(xlim=extent, ylim=(0, 1), facecolor="none" if column is None else PALE)
    faulty = [i for i, h in enumerate(column or ()) if h and _fault(h)]
    for i in faulty:
        start = recorded.steps[i]
        ax.axvspan(start, start + recorded.every, color=RED, alpha=0.8, linewidth=0, zorder=4)
    known = [h for h in column or () if h is not None and len(h.counts)]
    if known:
        _shade(ax, column or [], known, extent, KINDS[kind], high)
    elif not faulty:
        word = "no parameters" if column is None else "no gradient" if kind == "gradients" else "not called"
        style = {"ha": "center", "va": "center", "color": GREY, "fontsize": min(9, 30 * high)}
        ax.text(0.5, 0.5, word, transform=ax.transAxes, **style)


def _shade(ax: Any, column: Sequence[Any], known: list[Histogram], extent: Any, colour: str, high: float) -> None:
    low, top = _limits(known)
    room = 0.03 * (top - low) or 0.5 * abs(top) or 1.0
    bottom, ceiling = low - room, top + room
    edges = np.linspace(bottom, ceiling, BINS + 1)
    depth = np.stack([_density(h, edges) if h else np.full(BINS, np.nan) for h in column], 1)
    frame = {"extent": (*extent, 0, 1), "origin": "lower", "aspect": "auto", "interpolation": "nearest"}
    ax.imshow(depth, cmap=shades(PALE, colour, DARK), vmin=0, vmax=1.25, **frame)
    if bottom < 0 < ceiling:
        ax.axhline(-bottom / (ceiling - bottom), color="white", linewidth=0.6)
    text = {"color": GREY, "fontsize": min(7.5, 26 * high), "annotation_clip": False, "textcoords": "offset points"}
    if high > 0.3:
        ax.annotate(rounded(top), (1, 1), (3, 0), "axes fraction", va="top", **text)
        ax.annotate(rounded(low), (1, 0), (3, 0), "axes fraction", va="bottom", **text)
    else:
        ax.annotate(f"{low:.1g} … {top:.1g}", (1, 0.5), (3, 0), "axes fraction", va="center", **text)


def _limits(known: list[Histogram]) -> tuple[float, float]:
    """The ends of a strip: those of its histograms; but a few that reach far further do not flatten the others."""
    low, top = min(h.low for h in known), max(h.high for h in known)
    reach = FAR * float(np.median([max(abs(h.low), abs(h.high)) for h in known]))
    if reach:
        low, top = max(low, -reach), min(top, reach)
    return low, top


def _density(h: Histogram, edges: Array) -> Array:
    """The share of a histogram's numbers between each two edges, the square root of it, 1 where it is largest."""
    if not len(h.counts):
        return np.full(len(edges) - 1, np.nan)
    if h.high > h.low:
        ends = np.linspace(h.low, h.high, len(h.counts) + 1)
        below = np.interp(edges, ends, np.append(0, h.counts.cumsum()))
    else:
        below = (edges > h.low) * float(h.counts.sum())
    below[0], below[-1] = 0, h.counts.sum()
    share = np.sqrt(np.diff(below))
    return np.asarray(share / (share.max() or 1))


def _name(ax: Any, row: Row, high: float) -> None:
    place = {"xycoords": "axes fraction", "textcoords": "offset points", "ha": "right", "annotation_clip": False}
    label = shorten(row.label, 30)
    if high > 0.4:
        ax.annotate(label, (0, 0.5), (-7, 0), va="bottom", color=DARK, fontsize=9, **place)
        ax.annotate(row.kind, (0, 0.5), (-7, -1), va="top", color=GREY, fontsize=8, **place)
    else:
        ax.annotate(label, (0, 0.5), (-7, 0), va="center", color=DARK, fontsize=min(9, 32 * high), **place)


def _steps(ax: Any, recorded: Recorder) -> None:
    """Mark the first step and the last that were recorded."""
    first, last = recorded.steps[0], recorded.steps[-1]
    ends = [first, last][: 1 + (last > first)]
    ax.set_xticks(ends, [f"step {first:,}", f"{last:,}"][: len(ends)], fontsize=9)
    ax.tick_params(axis="x", length=3)
    ax.get_xticklabels()[0].set_ha("left")
    if len(ends) > 1:
        ax.get_xticklabels()[1].set_ha("right")


def _fault(h: Histogram) -> str:
    return "NaN" if h.nan else "infinite" if h.inf else ""


# -- gradient flow ---------------------------------------------------------------------------------------------------


def _dots(ax: Any, values: Array, name: str, colour: str, mark: str) -> None:
    """A mark for each layer, and the name of the marks above the first of them."""
    known = np.isfinite(values) & (values > 0)
    if not known.any():
        return
    y = np.flatnonzero(known)
    style = {"markerfacecolor": "none", "markeredgewidth": 1.3} if mark in "D|" else {}
    ax.plot(
        values[known], y, mark, color=colour, linewidth=1.4, markersize=8 if mark == "|" else 5, label=name, **style
    )


def _log_axis(ax: Any, count: int) -> None:
    from matplotlib.ticker import LogLocator, NullLocator

    ax.set(ylim=(count - 0.4, -0.6), xscale="log")
    values = np.concatenate([line.get_xdata() for line in ax.lines] or [np.ones(1)])
    low, high = math.floor(math.log10(values.min()) - 0.2), math.ceil(math.log10(values.max()) + 0.2)
    ax.set_xlim(10.0**low, 10.0**high)
    ax.xaxis.set_major_locator(LogLocator(numticks=6) if ax.lines else NullLocator())
    ax.xaxis.set_minor_locator(NullLocator())
    ax.xaxis.set_major_formatter("{x:g}")
    ax.grid(axis="x", color=GREY, alpha=0.25)
    ax.set_axisbelow(True)
    bare(ax)
    for i, line in enumerate(ax.lines):
        place = {"xycoords": "axes fraction", "textcoords": "offset points", "va": "top", "annotation_clip": False}
        text = f"{ {'o': '●', 'D': '◇'}.get(line.get_marker(), '|') } {line.get_label()}"
        ax.annotate(text, (i / 2.7, 0), (0, -22), color=line.get_color(), fontsize=9, **place)


def _over_time(ax: Any, record: Recorder, gradients: list[list[Histogram | None]]) -> None:
    """The mean |g| of each layer and step as a colour."""
    values = np.array([[h.magnitude if h else math.nan for h in column] for column in gradients])
    known = np.isfinite(values) & (values > 0)
    logs = np.log10(values, out=np.full(values.shape, np.nan), where=known)
    low, high = (logs[known].min(), logs[known].max()) if known.any() else (0.0, 1.0)
    steps = record.steps
    extent = (steps[0], steps[-1] + record.every, len(values) - 0.5, -0.5)
    frame = {"extent": extent, "aspect": "auto", "interpolation": "nearest"}
    ax.imshow(logs, cmap=shades(PALE, "#9fb4c7", BLUE, DARK), vmin=low, vmax=max(high, low + 1), **frame)
    wrong = np.array([[bool(h and _fault(h)) for h in column] for column in gradients])
    ax.imshow(np.where(wrong, 1.0, np.nan), cmap=shades(RED, RED), **frame)
    ax.set(yticks=[], ylim=(len(values) - 0.4, -0.6))
    bare(ax)
    for i in range(1, len(values)):
        ax.axhline(i - 0.5, color="white", linewidth=1.2 if len(values) < 26 else 0.5)
    _steps(ax, record)
    note = f"mean |g| over time: {10**low:.1g} pale, {10**high:.1g} dark" + (", NaN red" if wrong.any() else "")
    place = {"xycoords": "axes fraction", "textcoords": "offset points", "annotation_clip": False}
    ax.annotate(note, (0, 0), (0, -22), va="top", color=GREY, fontsize=9, **place)


def _told(rows: list[Row], sizes: Array, now: Sequence[Histogram | None]) -> str:
    """What there is to see: whether the gradient vanishes or explodes on its way back, and where there is none."""
    if faults := [shorten(row.label) for row, h in zip(rows, now, strict=True) if h and _fault(h)]:
        return f"not finite in {_listed(faults)}"
    if lacking := [shorten(row.label) for row, h in zip(rows, now, strict=True) if h is None or not h.magnitude]:
        return f"no gradient reaches {_listed(lacking)}"
    known = sizes[np.isfinite(sizes) & (sizes > 0)]
    if len(known) < 2:
        return f"mean |g| {known[0]:.2g}"
    ratio = known[0] / known[-1]
    first, last = f"{known[0]:.1g}", f"{known[-1]:.1g}"
    if 1e-3 < ratio < 1e3:
        return f"{last} in the last layer, {first} in the first"
    return f"{'vanishes' if ratio < 1 else 'explodes'}: {last} in the last layer, {first} in the first"


def _listed(names: list[str]) -> str:
    return ", ".join(names[:2]) + (f" and {len(names) - 2} more" if len(names) > 2 else "")
