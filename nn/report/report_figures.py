"""How good the model is: beside what it has to beat, how sure that is, and class by class."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

import autograd
from autograd.display import Cell, Html, html, table

from ..cli import verdict
from ..runs.settings import BEST
from ..train import (
    F1,
    R2,
    RMSE,
    ROCAUC,
    AveragePrecision,
    BalancedAccuracy,
    Brier,
    LogLoss,
    Metric,
    bootstrap_interval,
)  # fmt: skip
from ..train.figures import confusion
from .report_facts import NETWORK, Facts
from .report_tags import bar, bars, figure, lines, number, paragraph, percent, sentence, tag

METRICS: dict[str, type[Metric]] = {
    "loss": LogLoss,
    "balanced_accuracy": BalancedAccuracy,
    "f1": F1,
    "roc_auc": ROCAUC,
    "average_precision": AveragePrecision,
    "brier": Brier,
    "rmse": RMSE,
    "r2": R2,
}
DECIDED = ("balanced_accuracy", "f1")  # these are judged by the class decided for, whatever the threshold
SHARES = ("accuracy", "balanced_accuracy")
MOST_DRAWN = 20_000_000  # numbers, to find an interval


def headline(facts: Facts) -> Html:
    """The figure that counts most, how sure it is, and as bars beside what it has to beat."""
    if not facts.figures:
        unfinished = ": the training did not come to its end" * (facts.folder.made is None)
        return paragraph(f"No figures were kept{unfinished}.", "bad")
    name = facts.goal
    value = facts.figures[NETWORK][name]
    shown = figure_text(name, value)
    correct = percent(facts.figures[NETWORK].get("accuracy", math.nan))
    words = {
        "accuracy": f"of {tested(facts)} are classified correctly",
        "balanced_accuracy": f"of each class are found, on average; of all {tested(facts)} {correct} are correct",
        "mae": f"is how far {facts.task.goal} is off on average, over {tested(facts)}",
    }[name]
    return tag(
        "div",
        tag("p", tag("strong", html(shown)), html(f" {words}"), kind="headline"),
        beside_baselines(facts),
        *(paragraph(text, "small") for text in _sureness(facts)),
        kind="card result",
    )


def beside_baselines(facts: Facts) -> Html:
    """The network and its baselines by the figure that counts, each a bar."""
    name = facts.goal
    values = {key: figures[name] for key, figures in facts.figures.items() if math.isfinite(figures[name])}
    top = 1.0 if name in SHARES else max(values.values(), default=1.0) or 1.0
    low, high = main_interval(facts)
    rows = [
        bar(
            facts.called(key),
            figure_text(name, value),
            value / top,
            (low / top, high / top) if key == NETWORK else (0, 0),
            "network" if key == NETWORK else "",
        )
        for key, value in values.items()
    ]
    told = "longer is better" if name in SHARES else "shorter is better"
    return Html(bars(*rows) + paragraph(f"{names_of(facts)[name]}: {told}", "small"))


def main_interval(facts: Facts) -> tuple[float, float]:
    """The interval of the figure that counts most."""
    return facts.interval if facts.goal != "balanced_accuracy" else interval_of(facts, facts.goal)


def figures_table(facts: Facts) -> Html:
    """All figures of the network, with their intervals, beside those of the baselines."""
    names = names_of(facts)
    rows = []
    for name, value in facts.figures[NETWORK].items():
        low, high = facts.interval if name in ("accuracy", "mae") else interval_of(facts, name)
        sure = f"{figure(low)} to {figure(high)}" if low < high else ""
        others = [figures[name] for key, figures in facts.figures.items() if key != NETWORK]
        rows.append([names[name], number(value), Cell(sure, "number"), *map(number, others)])
    heads = [facts.called(key) for key in facts.figures if key != NETWORK]
    return table(["", "this network", "95 % interval", *heads], rows, headings=True)


def interval_of(facts: Facts, name: str) -> tuple[float, float]:
    """Where a figure of as many other samples would lie 95 times in 100; NaN if it cannot be known."""
    outcome = facts.outcome
    if outcome is None or name not in METRICS or (name == "loss" and not facts.classes):
        return math.nan, math.nan
    unit = outcome.unit if name == "rmse" else 1.0

    def measured(scores: Any, targets: Any) -> float:
        metric = METRICS[name]()
        metric.update(autograd.from_numpy(scores), autograd.from_numpy(targets))
        (value,) = (value for key, value in metric.compute().items() if key in (name, "log_loss"))
        return float(value) * unit

    scores = np.asarray(outcome.decided if name in DECIDED else outcome.scores)
    times = int(np.clip(MOST_DRAWN // scores.size, 100, 1000))
    with np.errstate(all="ignore"):
        return bootstrap_interval(measured, scores, np.asarray(outcome.targets), resamples=times)


def per_class(facts: Facts) -> Html:
    """Precision and recall of every class."""
    assert facts.outcome is not None
    found = facts.outcome.confusion
    rows = [
        [name, _share(precision), _share(recall), Cell(f"{count:,}", "number")]
        for name, precision, recall, count in zip(
            facts.classes, found.precision, found.recall, found.matrix.sum(1).tolist(), strict=True
        )
    ]
    head = ["class", Cell("precision", "number"), Cell("recall", "number"), Cell("samples", "number")]
    return table(head, rows, headings=True)


def confusion_table(facts: Facts) -> Html:
    """How often each class, a row, was taken for each class, a column."""
    assert facts.outcome is not None
    return confusion("", facts.outcome.matrix.tolist(), list(facts.classes))


def doubts(facts: Facts) -> Html:
    """What makes the figures look better than they are."""
    found = []
    if facts.figures and not facts.held_out:
        found.append(
            f"nothing was held out: these are figures on the {facts.noun} that the network learned from, which say "
            f"little about others"
        )
    if facts.outcome is not None:
        chosen = facts.settings.threshold == BEST and facts.part == "valid"
        found += verdict.doubts(facts.outcome, facts.task, chosen)
    return lines(map(sentence, found), "notes")


def names_of(facts: Facts) -> dict[str, str]:
    """What people call the figures."""
    return verdict.figure_names(facts.task)


def figure_text(name: str, value: float) -> str:
    """A figure in words: in percent if it is a share."""
    return percent(value) if name in SHARES else figure(value)


def tested(facts: Facts) -> str:
    """What the figures are of, and how many there are."""
    part = facts.part or facts.results.get("measured_on", "")
    which = {"train": "training", "valid": "held-out", "test": "test"}.get(part, part)
    return f"{facts.count:,} {which} {facts.noun}"


def _sureness(facts: Facts) -> list[str]:
    """How sure the figure is."""
    low, high = main_interval(facts)
    if not low < high:
        return []
    name, noun = facts.goal, facts.noun
    return [
        f"Of as many other {noun} of this kind it would be {figure_text(name, low)} to {figure_text(name, high)}, 95 "
        "times in 100 (the thin line; bootstrap)."
    ]


def _share(value: float) -> Cell:
    return Cell("–" if math.isnan(value) else percent(value), "number")
