"""What a cross-validation came to: a table of the folds, and whether the network is ahead of its baselines."""

from __future__ import annotations

import math
import shlex
from typing import Any

import numpy as np
from rich.console import Console
from rich.markup import escape
from rich.table import Table as Grid

from ..runs.baselines import CONSTANT, LINEAR
from ..runs.fold_folders import LOWER, MODELS, NETWORK, SCORES, FoldFolders, FoldScores
from ..runs.run_folder import CONFIG, FOLD
from . import show
from .grid import grid


def print_scores(console: Console, folders: FoldFolders, scores: FoldScores) -> None:
    """Print a table for each figure, what follows from it, and what the folder holds."""
    for metric in scores.metric:
        console.print(table(scores, metric))
    spread = f"± is the standard deviation over {scores.done} folds{', which share training rows' * (scores.done > 2)}"
    console.print(f"{spread}: it is no confidence interval", soft_wrap=True)
    for metric in scores.metric:
        console.print(f"[bold]{metric}[/]  {beside(scores, metric, LINEAR)}", soft_wrap=True)
        if not ahead(scores, metric, CONSTANT):
            show.note(console, f"{metric}: {beside(scores, metric, CONSTANT)}")
    path = shlex.quote(str(folders.path))
    if scores.done < scores.folds:
        missing = f"{scores.done} of {scores.folds} folds are done: go on with chalkgrad train --resume {path}"
        show.note(console, missing)
    runs = f"{FOLD.format(1)} to {FOLD.format(scores.folds)}, each a run"
    console.print(f"[bold]{escape(str(folders.path))}[/]  {SCORES}, and {runs}", soft_wrap=True)
    console.print(
        "the folds judge the settings; for the model to use, train one: "
        f"chalkgrad train --config {escape(path)}/{CONFIG} --folds 0",
        soft_wrap=True,
    )


def table(scores: FoldScores, metric: str) -> Grid:
    """A figure of the network and its baselines in each fold, their mean, and their standard deviation."""
    names = {NETWORK: "network", LINEAR: "linear model", CONSTANT: _constant(scores)}
    found = grid(metric.replace("_", " "), *names.values(), "held out")
    values = [scores.of(model, metric) for model in MODELS]
    for i in range(scores.done):
        found.add_row(FOLD.format(i + 1), *(_text(each[i]) for each in values), f"{scores.rows['test'][i]:,}")
    found.add_section()
    found.add_row("mean", *(_text(each.mean()) for each in values), "")
    found.add_row("±", *(_text(each.std(), 2) for each in values), "")
    return found


def beside(scores: FoldScores, metric: str, model: str) -> str:
    """How the network does beside a baseline, over the folds, in a sentence."""
    other = "a linear model" if model == LINEAR else f"always the {_constant(scores)}"
    gain = _gain(scores, metric, model)
    mean, spread = float(gain.mean()), float(gain.std())
    if not math.isfinite(mean):
        return f"in a fold it is not defined, so that the network and {other} cannot be compared"
    by = f"{_text(abs(mean))} ± {_text(spread, 2)}"
    wins = f"the network is better in {int((gain > 0).sum())} of {scores.done}"
    if abs(mean) <= spread or not mean:
        return f"the network and {other} differ by {by}, which is within the spread of the folds; {wins}"
    better, worse = ("the network", other) if mean > 0 else (other, "the network")
    return f"{better} is ahead of {worse} by {by}, which is more than the spread of the folds; {wins}"


def ahead(scores: FoldScores, metric: str, model: str) -> bool:
    """Whether the network is better than a baseline by more than the standard deviation of the difference."""
    gain = _gain(scores, metric, model)
    return bool(gain.mean() > gain.std())


def _gain(scores: FoldScores, metric: str, model: str) -> np.ndarray[Any, Any]:
    """How much better the network is than a baseline in each fold."""
    gain = scores.of(NETWORK, metric) - scores.of(model, metric)
    return -gain if metric in LOWER else gain


def _constant(scores: FoldScores) -> str:
    return "most frequent class" if "accuracy" in scores.figures[NETWORK] else "mean"


def _text(value: float, digits: int = 4) -> str:
    return "-" if math.isnan(value) else f"{value:.{digits}g}"
