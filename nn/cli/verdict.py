"""What a result is worth, in words: beside its baselines, how sure it is, and where it misleads."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from rich.markup import escape
from rich.table import Table as Grid

from ..runs.baselines import CONSTANT, LINEAR
from ..runs.task import Images, Task
from ..train.decisions import EVEN
from .outcome import Outcome
from .show import grid

LOOK_AT_BOTH = "--class-weight balanced, or --threshold best"


def verdict(outcome: Outcome, task: Task, part: str) -> str:
    """How good the model is on a part of the data, or on a file, in a line."""
    which = {"train": f"training {noun(task)}", "valid": f"held-out {noun(task)}", "test": f"test {noun(task)}"}
    samples = f"{len(outcome.targets):,} {which.get(part) or f'{noun(task)} in {escape(part)}'}"
    low, high = (f"{end:.1%}" if outcome.classes else f"{end:.4g}" for end in outcome.interval)
    interval = f" (95 %: {low} to {high})" * (low != high)  # of samples that are all alike it says nothing
    if not outcome.classes:
        goal = f"{escape(task.goal)} is off by {outcome.mae:.4g} on average"
        return f"[bold]{goal}[/]{interval} over {samples}, R² {outcome.r2:.3f}"
    balanced = f", balanced {outcome.balanced_accuracy:.1%}" * outcome.skewed
    return (
        f"[bold]{outcome.accuracy:.1%} correct[/]{interval}{balanced}: {outcome.correct:,} of {samples}, "
        f"loss {outcome.loss:.4f}"
    )


def baselines(outcome: Outcome) -> str:
    """How good those are that a network has to beat, in a line; nothing if they are not known."""
    if not outcome.baselines:
        return ""
    told = []
    for name, other in outcome.baselines.items():
        if not outcome.classes:
            told.append(f"{who(outcome, name)} {other.mae:.4g}")
        else:
            balanced = f" (balanced {other.balanced_accuracy:.1%})" * outcome.skewed
            told.append(f"{who(outcome, name)} {other.accuracy:.1%}{balanced}")
    return f"[bold]baselines[/]  {escape(', '.join(told))}"


def doubts(outcome: Outcome, task: Task, chosen: bool = False) -> list[str]:
    """What makes the result look better than it is, a line each.

    `chosen` says that the threshold was chosen on the same data.
    """
    found = []
    if outcome.threshold != EVEN:
        flattered = ", which was chosen on these data and flatters the figures" * chosen
        found.append(f"it says {outcome.classes[-1]!r} from a probability of {outcome.threshold:.3g} on{flattered}")
    if not outcome.baselines or not math.isfinite(outcome.loss):
        return found
    constant = outcome.baselines[CONSTANT]
    said = np.flatnonzero(outcome.matrix.sum(0))
    if len(said) == 1 and (others := len(outcome.targets) - outcome.correct):
        only = outcome.classes[int(said[0])]
        one = f"misses the one {noun(task).removesuffix('s')} of another class"
        missed = one if others == 1 else f"finds none of the {others:,} {noun(task)} of other classes"
        found.append(
            f"it always says {only!r}, and {missed}: "
            f"{LOOK_AT_BOTH if len(outcome.classes) == 2 else LOOK_AT_BOTH.partition(',')[0]} may help"
        )
    elif outcome.classes and outcome.accuracy < constant.accuracy:
        found.append(
            f"{who(outcome, CONSTANT)} is correct more often, with a balanced accuracy of "
            f"{constant.balanced_accuracy:.1%} instead of {outcome.balanced_accuracy:.1%}"
        )
    elif not outcome.beats(constant):
        found.append(f"the network is not better than {who(outcome, CONSTANT)}: it has learned nothing of use here")
    if (linear := outcome.baselines.get(LINEAR)) and not outcome.beats(linear):
        better = f"better, {compared(linear)}" if linear.beats(outcome) else "as good"
        found.append(f"a linear model of the same inputs is {better}, and trained in an instant")
    return found


def who(outcome: Outcome, name: str) -> str:
    """A baseline as a sentence calls it."""
    if name == LINEAR:
        return "a linear model"
    if not outcome.classes:
        return "always the mean"
    return f"always {outcome.classes[int(np.asarray(outcome.baselines[name].scores)[0].argmax())]!r}"


def compared(outcome: Outcome) -> str:
    """The figure that outcomes are compared by."""
    value = getattr(outcome, outcome.goal)
    if outcome.goal == "mae":
        return f"off by {value:.4g}"
    return f"{value:.1%} {'balanced' if outcome.skewed else 'correct'}"


def all_figures(outcome: Outcome, task: Task) -> Grid:
    """All metrics of the network beside those of the baselines."""
    names = figure_names(task)
    every = [outcome.figures(), *(other.figures() for other in outcome.baselines.values())]
    table = grid("figure", "network", *(escape(who(outcome, name)) for name in outcome.baselines))
    for name in every[0]:
        table.add_row(escape(names[name]), *(_text(figures[name]) for figures in every))
    return table


def figure_names(task: Task) -> dict[str, str]:
    """What people call the figures."""
    classes = task.classes or ()
    return {
        "loss": "loss (cross-entropy)" if classes else "loss (squared error, standardized)",
        "accuracy": "accuracy",
        "balanced_accuracy": "balanced accuracy",
        "f1": "F1, mean of the classes",
        "roc_auc": _of_positive("ROC AUC", classes),
        "average_precision": _of_positive("average precision", classes),
        "brier": "Brier score",
        "mae": f"mean absolute error of {task.goal}",
        "rmse": "root of the mean squared error",
        "r2": "R²",
    }


def noun(task: Task) -> str:
    """What the samples are."""
    return "images" if isinstance(task, Images) else "rows"


def _of_positive(name: str, classes: Sequence[str]) -> str:
    return f"{name} of {classes[-1]}" if len(classes) == 2 else f"{name}, mean of the classes"


def _text(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.4g}"
