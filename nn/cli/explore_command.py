"""`chalkgrad explore`: short training runs with many settings, and which of them did best."""

from __future__ import annotations

import math
import shlex
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..runs.run_data import load_data
from ..runs.settings import Settings, settings_from
from .one_run import TrainingError
from .search import KINDS, Row, Search, applied, drawn, goal_of, grid, numbers_of
from .search_table import line, print_table, words, write_csv
from .short_run import attempt

DEFAULT: dict[str, list[Any]] = {"lr": [0.001, 0.003, 0.01, 0.03], "width": [16, 64]}
HELD_OUT = 0.1  # of the training data, where a data set has test data of its own: settings are not chosen by those
RESULTS, PICTURE = "results.csv", "heat_map.png"


def explore(
    dataset: str | None = None,
    given: Mapping[str, Any] | None = None,
    random: int = 0,
    epochs: int = 5,
    seed: int = 0,
    out: Path | None = None,
    config: Path | None = None,
) -> None:
    """Train with every combination of the numbers `given` for lr, width, depth and batch_size, or with `random` ones
    between the smallest and the largest of each; print a table, the best first, and how to train the best in full.

    What is done is kept in `out`, by default runs/explore-<data set>: the same command continues it after an end of
    any kind, and can be run in several processes at a time, which share the work.

    Raises ConfigError for settings that cannot be used; TrainingError after Ctrl-C, and if every run diverged; what
    unreadable data raise.
    """
    numbers = {name: numbers_of(name, value) for name, value in (given or {}).items() if value is not None} or DEFAULT
    base = settings_from({"dataset": dataset, "epochs": epochs, "seed": seed, "quiet": True}, config)
    base = replace(base, valid=base.valid or HELD_OUT, log="none", doctor=False, out="")
    points = drawn(numbers, random, seed) if random else grid(numbers)
    out = out or Path("runs") / f"explore-{Path(base.dataset).stem}"
    data = load_data(base)
    search = Search(out, base, points)
    try:
        for trial, point in search.open_points():
            metrics = attempt(applied(point, base), data)
            search.finish(trial, metrics)
            print(f"{len(search.rows())}/{len(points)}  {line({**point, **metrics})}", file=sys.stderr)
    except KeyboardInterrupt:
        done = f"{len(search.rows())} of {len(points)}"
        raise TrainingError(f"stopped after {done} runs: the same command continues") from None
    finally:
        search.close()
        write_csv(rows := search.rows(), out / RESULTS)
    report(rows, out)
    command = ["chalkgrad", "train", *([dataset] if dataset else []), *(["--config", str(config)] if config else [])]
    command += flags(rows[0], base) + ["--seed", str(seed)] * bool(seed)
    print(f"to train the best in full: {shlex.join(command)}", file=sys.stdout if sys.stdout.isatty() else sys.stderr)


def report(rows: list[Row], out: Path) -> None:
    """Print the table, tab-separated if not on a terminal, and draw the map. Raises TrainingError if all diverged."""
    print_table(rows)
    if math.isnan(rows[0]["loss"]):
        raise TrainingError(f"every run diverged: try lower learning rates (--lr); the results are in {out}")
    draw_map(rows, out / PICTURE)


def flags(row: Row, base: Settings) -> list[str]:
    """The flags of `chalkgrad train` for the settings of a row."""
    best, typed = applied({name: row[name] for name in KINDS if name in row}, base), []
    if "lr" in row:
        typed += ["--lr", f"{best.lr:g}"]
    if "width" in row or "depth" in row:
        typed += ["--hidden", *(map(str, best.hidden) if best.hidden else ["none"])]
    if "batch_size" in row:
        typed += ["--batch-size", str(best.batch_size)]
    return typed


def draw_map(rows: Sequence[Row], path: Path) -> None:
    """Draw the metric that counts over the two settings that matter most, if two or more were varied.

    Raises ImportError without Matplotlib.
    """
    varied = [name for name in KINDS if len({row.get(name) for row in rows}) > 1]
    if len(varied) < 2:
        return
    from .. import plot

    first, second = sorted(varied, key=lambda name: -effect(rows, name))[:2]
    metric, mode = goal_of(rows[0])
    values, others = ([row[name] for row in rows] for name in (first, second))
    found = [row[metric] for row in rows]
    names, best = (words(first), words(second), f"validation {metric}"), (rows[0][first], rows[0][second])
    plot.heat_map(values, others, found, path, names, mode=mode, best=best)


def effect(rows: Sequence[Row], name: str) -> float:
    """How far apart the average metrics at the values of a setting are; many values are taken in four groups."""
    metric, mode = goal_of(rows[0])
    known = [row[metric] for row in rows if not math.isnan(row[metric])]
    worst = (min if mode == "max" else max)(known, default=0.0)
    ordered = sorted(rows, key=lambda row: row[name])
    levels = sorted({row[name] for row in rows})
    size = math.ceil(len(ordered) / 4)
    groups = [[row for row in ordered if row[name] == level] for level in levels]
    if len(levels) > 8:
        groups = [ordered[i : i + size] for i in range(0, len(ordered), size)]
    means = [sum(worst if math.isnan(r[metric]) else r[metric] for r in group) / len(group) for group in groups]
    return max(means) - min(means)
