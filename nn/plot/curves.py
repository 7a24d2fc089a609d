"""Metrics by epoch, and predictions against true values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from .figure import Figure
from .line_labels import name_ends
from .style import BLUE, DARK, GREY, RED, Array, PathLike, array, bare, figure, finish, rounded, sign, title

ENDLESS = 1e100  # larger values are treated as infinite

History = Mapping[str, Any] | Iterable[Mapping[str, Any]]


def loss_curve(history: History, path: PathLike | None = None, heading: str = "Loss") -> Figure:
    """The training loss by epoch and, if it was measured, the validation loss.

    Args:
        history: an `nn.train.History`, rows {"epoch": 1, "loss": 0.5, "valid_loss": 0.6}, or a dict of such columns.
            The epochs may be left out, and a value may be None where it was not measured.

    The axis is logarithmic if the values are positive and the largest is more than 5 times the smallest. A line ends in
    a cross where the loss became NaN or infinite. Raises ValueError for a history without a loss.
    """
    return _by_epoch(history, "loss", path, heading, best=min)


def metric_curve(
    history: History, name: str, path: PathLike | None = None, heading: str | None = None, *, mode: str = "max"
) -> Figure:
    """Any other metric by epoch, such as "accuracy" with "valid_accuracy"; `history` as for `loss_curve`.

    `mode` says which values are better: "max" for large ones, "min" for small ones. Raises ValueError for another mode,
    and for a history without this metric.
    """
    best = min if sign(mode) > 0 else max
    return _by_epoch(history, name, path, heading or name.replace("_", " ").capitalize(), best=best, log=False)


def learning_rate(history: History, path: PathLike | None = None, heading: str = "Learning rate") -> Figure:
    """The learning rate, "lr", by epoch; `history` as for `loss_curve`. Raises ValueError for a history without it."""
    return _by_epoch(history, "lr", path, heading, log=False)


def predictions(y: Any, out: Any, path: PathLike | None = None, heading: str = "Predicted and true values") -> Figure:
    """The predictions of a regression against the true values; on the line, both are equal.

    Args:
        y, out: true and predicted numbers, (N,) or (N, 1).

    Raises ValueError if there are none, or not as many of one as of the other.
    """
    y, out = array(y).astype(float).reshape(-1), array(out).astype(float).reshape(-1)
    if y.shape != out.shape or not len(y):
        raise ValueError(f"expected as many predictions as true values, given {len(out)} and {len(y)}")
    known = np.isfinite(y) & np.isfinite(out)
    error, spread = out[known] - y[known], np.sum((y[known] - y[known].mean()) ** 2) if known.any() else 0
    note = f"mean absolute error {rounded(np.abs(error).mean())}" if known.any() else "no prediction is finite"
    note = f"R² {1 - np.sum(error**2) / spread:.3f}, {note}" if spread else note
    if 0 < known.sum() < len(y):
        note += f", {len(y) - known.sum():,} not finite"
    fig, ax = figure(4.0, 4.0)
    if known.any():
        low, high = (function(function(y[known]), function(out[known])) for function in (min, max))
        low, high = np.array([low, high]) + np.array([-0.04, 0.04]) * ((high - low) or 1)
        ax.plot([low, high], [low, high], color=DARK, linewidth=1, zorder=0)
        size, alpha = np.interp(np.log10(len(y)), [1.5, 4], [36, 6]), np.interp(np.log10(len(y)), [2, 4], [0.85, 0.25])
        ax.scatter(y[known], out[known], s=size, color=BLUE, alpha=alpha, linewidth=0.5, edgecolor="white")
        ax.set(xlim=(low, high), ylim=(low, high))
    ax.set(aspect="equal", xlabel="true", ylabel="predicted")
    ax.grid(color=GREY, alpha=0.25)
    ax.locator_params(nbins=6)
    ax.xaxis.set_major_formatter(rounded)
    ax.yaxis.set_major_formatter(rounded)
    bare(ax)
    title(ax, heading, note)
    return finish(fig, path)


def _by_epoch(
    history: History, name: str, path: PathLike | None, heading: str, best: Any = None, log: bool = True
) -> Figure:
    """A metric by epoch, in training and in validation if it was measured there."""
    measured = {"training": column(history, name), "validation": column(history, f"valid_{name}")}
    lines = {label: line for label, line in measured.items() if line is not None}
    if not lines:
        raise ValueError(f"expected a history with {name!r} in it, found {', '.join(columns(history)) or 'nothing'}")
    share = "accuracy" in name
    fig, ax = figure(5.2, 3.0)
    scale(ax, np.concatenate([values for _, values in lines.values()]), log, share)
    ends = []
    for label, (epochs, values) in lines.items():
        colour, label = (BLUE, RED)[label == "validation"], label if len(lines) > 1 else ""
        end, text = draw_line(ax, epochs, values, label, colour, share)
        if np.isfinite(end):
            ends.append((end, text, colour))
        else:
            ax.text(0.5, 0.5, text, color=colour, ha="center", transform=ax.transAxes)
    epoch_axis(ax, [epochs for epochs, _ in lines.values()])
    name_ends(ax, ends)
    title(ax, heading, _best(ax, lines, best, share))
    return finish(fig, path)


def draw_line(
    ax: Any, epochs: Array, values: Array, label: str, colour: str, share: bool, zorder: float = 2
) -> tuple[float, str]:
    """Draw a line, with a cross where it stops being finite; return its last value, and a text about it.

    The value is NaN if none is finite.
    """
    known = np.abs(values) < ENDLESS
    x, y = epochs[known], values[known]
    width = 2 if len(x) < 200 else 1.2
    ax.plot(x, y, color=colour, linewidth=width, marker="o" if len(x) < 3 else None, zorder=zorder)
    fault = ""
    if not known.all():
        fault = f"{'NaN' if np.isnan(values[~known][0]) else 'infinite'} in epoch {epochs[~known][0]:g}"
    if not len(x):
        return np.nan, f"{label} {fault}".strip()
    if fault:
        ax.plot(x[-1], y[-1], color=colour, marker="x", markersize=8, markeredgewidth=2)
    return float(y[-1]), f"{label} {fault or value_text(y[-1], share)}".strip()


def epoch_axis(ax: Any, all_epochs: list[Array]) -> None:
    """A horizontal axis over the epochs of all lines, and a grid for their values."""
    epochs = np.concatenate(all_epochs)
    ax.set(xlabel="epoch", xlim=(epochs.min(), epochs.max()) if np.ptp(epochs) else (epochs[0] - 1, epochs[0] + 1))
    ax.xaxis.get_major_locator().set_params(integer=True)
    ax.grid(axis="y", color=GREY, alpha=0.25)
    bare(ax, "bottom")
    ax.tick_params(axis="x", length=3)


def column(history: History, name: str) -> tuple[Array, Array] | None:
    """The epochs in which a metric was measured, and its values; None if it never was."""
    rows: Any = getattr(history, "rows", history)
    if isinstance(rows, Mapping):
        values = list(rows.get(name, ()))
        epochs = list(rows.get("epoch", range(1, len(values) + 1)))
    else:
        rows = list(rows)
        values = [row.get(name) for row in rows]
        epochs = [row.get("epoch", i) for i, row in enumerate(rows, 1)]
    measured = [i for i, value in enumerate(values) if value is not None]
    if not measured:
        return None
    return np.array([epochs[i] for i in measured], float), np.array([float(values[i]) for i in measured])


def columns(history: History) -> list[str]:
    """What a history has figures of."""
    rows: Any = getattr(history, "rows", history)
    return list(rows) if isinstance(rows, Mapping) else list(dict.fromkeys(name for row in rows for name in row))


def scale(ax: Any, values: Array, log: bool, share: bool) -> None:
    """Set the vertical axis, to a logarithmic scale where that helps."""
    from matplotlib.ticker import LogLocator, MaxNLocator, NullLocator, PercentFormatter

    values = values[np.abs(values) < ENDLESS]
    low, high = (values.min(), values.max()) if len(values) else (0.0, 1.0)
    if log and low > 0 and high > 5 * low:
        ax.set_yscale("log")
        ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if high < 1e3 * low else (1,)))
        ax.yaxis.set_minor_locator(NullLocator())
        ax.yaxis.set_major_formatter("{x:g}")
        ax.set_ylim(low / 1.1, high * 1.1)
    else:
        ax.yaxis.set_major_locator(MaxNLocator(6, steps=(1, 2, 2.5, 5, 10)))
        room = 0.05 * (high - low) or 0.05 * abs(high) or 1
        ax.set_ylim(low - room, min(high + room, 1.005) if share and high <= 1 else high + room)
        if share:
            ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=None))


def _best(ax: Any, lines: dict[str, tuple[Array, Array]], best: Any, share: bool) -> str:
    """Mark the best validation value, unless it is the last, and return a note about it."""
    epochs, values = lines.get("validation", (np.zeros(0), np.zeros(0)))
    known = np.abs(values) < ENDLESS
    if best is None or known.sum() < 2:
        return ""
    value = best(values[known])
    epoch = epochs[values == value][0]
    if epoch == epochs[known][-1]:
        return ""
    ax.plot(epoch, value, color=RED, marker="o", markersize=6, markerfacecolor="white", markeredgewidth=1.5)
    return f"best in validation: {value_text(value, share)} in epoch {epoch:g}"


def value_text(value: float, share: bool) -> str:
    """A figure as it stands beside its line: in percent if it is a share of a whole."""
    return f"{100 * value:.1f}%" if share else f"{value:.3f}" if 0.01 <= abs(value) < 100 else f"{value:.3g}"
