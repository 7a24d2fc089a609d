"""One metric of several runs, over each other."""

from __future__ import annotations

import csv
import math
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ..history import History as RunHistory
from .curves import ENDLESS, History, column, columns, draw_line, epoch_axis, scale, value_text
from .figure import Figure
from .line_labels import LINES, PALE_LINE, coloured, name_ends, short
from .style import Array, PathLike, figure, finish, sign, title

SMALL_IS_GOOD = re.compile("loss|error|mae|mse|perplexity|seconds")

Line = tuple[Array, Array]


def compare_runs(
    runs: Mapping[str, History | PathLike],
    name: str = "valid_loss",
    path: PathLike | None = None,
    *,
    mode: str | None = None,
    training: bool = False,
    heading: str | None = None,
) -> Figure:
    """One metric of several runs by epoch, each line with its name and last value; the best value of all is marked.

    Args:
        runs: the history of each run by its name, as for `loss_curve`; or the path of its folder, or of a file
            history.csv or history.jsonl.
        name: the metric, such as "valid_loss" or "valid_accuracy".
        mode: "min" if small values are better, "max" if large ones are; by default "min" for names with loss, error,
            mae, mse, perplexity or seconds in them, "max" for all others.
        training: also draw the metric in training, in lighter lines: that of "valid_loss" is "loss".

    Of more than twelve runs, the best twelve have colours and names, the rest is grey. Raises ValueError if there are
    no runs, for another mode, and for a run without this metric; FileNotFoundError for a path without a history.
    """
    mode = mode or ("min" if SMALL_IS_GOOD.search(name) else "max")
    direction = sign(mode)
    histories = {str(run): _history(given) for run, given in runs.items()}
    if not histories:
        raise ValueError("expected at least one run to compare, given none")
    lines = {run: _line(run, history, name) for run, history in histories.items()}
    bests = {run: _best(line, direction) for run, line in lines.items()}
    ranked = sorted(bests, key=lambda run: direction * bests[run][0])
    colours = coloured(ranked, list(lines))
    lighter = {run: column(history, name.removeprefix("valid_")) for run, history in histories.items() if training}

    share = "accuracy" in name
    fig, ax = figure(5.2, max(3.0, 0.22 * min(len(lines), len(LINES))))
    drawn = [line for line in [*lines.values(), *lighter.values()] if line is not None]
    scale(ax, np.concatenate([values for _, values in drawn]), direction > 0, share)
    epoch_axis(ax, [epochs for epochs, _ in drawn])
    ends = []
    for run in reversed(ranked):
        epochs, values = lines[run]
        front = 1.5 if colours[run] == PALE_LINE else 2
        if (light := lighter.get(run)) is not None:
            ax.plot(*light, color=colours[run], linewidth=1, alpha=0.45, zorder=front - 0.2)
        end, text = draw_line(ax, epochs, values, short(run), colours[run], share, front)
        if colours[run] != PALE_LINE:
            ends.append((end if np.isfinite(end) else min(ax.get_ylim()), text, colours[run]))
        if np.isfinite(end) and epochs[-1] < ax.get_xlim()[1]:
            last = epochs[np.abs(values) < ENDLESS][-1]
            ax.plot([last, ax.get_xlim()[1]], [end, end], color=colours[run], linewidth=0.7, linestyle=":")
    name_ends(ax, ends[::-1], size=10 if len(ends) < 9 else 9)
    title(ax, heading or _words(name), _note(ax, ranked, bests, colours, share))
    if lighter:
        ax.set_xlabel("epoch (lighter: training)")
    return finish(fig, path)


def _history(given: Any) -> Any:
    """A history, read from the disk if a path is given."""
    if not isinstance(given, str | os.PathLike):
        return given
    path = Path(given)
    files = [path / "history.jsonl", path / "history.csv"] if path.is_dir() else [path]
    found = next((file for file in files if file.is_file()), None)
    if found is None:
        raise FileNotFoundError(f"{path} has no history.jsonl or history.csv: give the folder of a run, or such a file")
    if found.suffix == ".jsonl":
        return RunHistory.load(found)
    with found.open(newline="", encoding="utf-8") as file:
        return [{name: _number(cell) for name, cell in row.items()} for row in csv.DictReader(file)]


def _number(cell: str | None) -> float | None:
    try:
        return float(cell) if cell else None
    except ValueError:
        return None


def _line(run: str, history: Any, name: str) -> Line:
    line = column(history, name)
    if line is None:
        raise ValueError(f"expected runs with {name!r}, {run!r} has {', '.join(columns(history)) or 'nothing'}")
    return line


def _best(line: Line, direction: int) -> tuple[float, float]:
    """The best finite value, and the epoch of it; infinitely bad if there is none."""
    epochs, values = line
    known = np.abs(values) < ENDLESS
    if not known.any():
        return direction * math.inf, epochs[0]
    place = (direction * values[known]).argmin()
    return float(values[known][place]), float(epochs[known][place])


def _note(
    ax: Any, ranked: list[str], bests: dict[str, tuple[float, float]], colours: dict[str, str], share: bool
) -> str:
    """Mark the best value of all runs and say which it is, and how many runs are grey."""
    value, epoch = bests[ranked[0]]
    if not math.isfinite(value):
        return "no run has a finite value"
    dot = {"marker": "o", "markersize": 6, "markerfacecolor": "white", "markeredgewidth": 1.5, "clip_on": False}
    ax.plot(epoch, value, color=colours[ranked[0]], zorder=3, **dot)
    rest = len(ranked) - len(LINES)
    grey = f"; {rest} more {'are' if rest > 1 else 'is'} grey" if rest > 0 else ""
    return f"best: {short(ranked[0])}, {value_text(value, share)} in epoch {epoch:g}{grey}"


def _words(name: str) -> str:
    """valid_loss in words."""
    words = name.removeprefix("valid_").replace("_", " ")
    return (f"validation {words}" if name.startswith("valid_") else words).capitalize()
