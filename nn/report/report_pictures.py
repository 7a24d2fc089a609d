"""The pictures of a report, each within the page; what cannot be drawn is said."""

from __future__ import annotations

import math
from base64 import b64encode
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

import autograd
from autograd.display import Html, html

from .. import plot
from ..runs.task import Table
from .report_facts import Facts
from .report_tags import figure, tag

KEPT = {
    "confusion_matrix.png": "which classes were taken for which",
    "misclassified.png": "what was misclassified most surely",
    "predictions.png": "predicted and true numbers",
}
BINS = 25
MOST_IMAGES = 8  # whose pixels are looked at
WIDTH, HEIGHT = 480, 150  # of a histogram


def drawn(facts: Facts, about: str, draw: Callable[[], plot.Figure], kind: str = "plot") -> Html:
    """A picture that `draw` draws; nothing if it cannot be drawn, which the report says at its end."""
    try:
        content = draw().ways[".png"]()
    except (ImportError, ValueError) as error:
        facts.undrawn.append(f"{about}: {' '.join(str(error).split())}")
        return Html()
    return embedded(content, about, kind)


def embedded(png: bytes, about: str, kind: str = "plot") -> Html:
    """A PNG file within the page, with what it shows below it."""
    width = int.from_bytes(png[16:20]) * 96 // plot.figure.DPI
    source = f"data:image/png;base64,{b64encode(png).decode()}"
    image = tag("img", src=source, alt=about, width=str(width))
    return tag("figure", image, tag("figcaption", about), kind=kind)


def kept_pictures(facts: Facts) -> Iterator[Html]:
    """Those that were drawn at the end of the training."""
    for name, about in KEPT.items():
        file = facts.folder.path / name
        if file.is_file():
            kind = "photo" if name == "misclassified.png" else "plot"
            yield embedded(file.read_bytes(), f"At the end of the training: {about}", kind)


def learning_curves(facts: Facts) -> Iterator[Html]:
    """The loss by epoch, and what the figures are of."""
    history = facts.history
    if not history.rows:
        return
    yield drawn(facts, "The loss after each epoch", lambda: plot.loss_curve(history))
    name, mode = ("accuracy", "max") if facts.classes else ("mae", "min")
    if name in history.columns:
        about = "The accuracy after each epoch" if facts.classes else "The mean absolute error after each epoch"
        yield drawn(facts, about, lambda: plot.metric_curve(history, name, mode=mode))


def curves_of_classes(facts: Facts) -> Iterator[Html]:
    """Whether the probabilities hold, and how well the scores part the classes at every threshold."""
    outcome = facts.outcome
    if outcome is None:
        return
    scores, targets, classes = outcome.scores, outcome.targets, facts.classes
    chances = scores.double().softmax(1)
    yield drawn(
        facts,
        "Whether what it gives a probability happens as often",
        lambda: plot.calibration(chances, targets, classes=classes),
    )
    which = f" of {classes[-1]}" if len(classes) == 2 else ", each class against all others"
    yield drawn(facts, f"ROC curve{which}", lambda: plot.roc(scores, targets, classes=classes))
    yield drawn(facts, f"Precision and recall{which}", lambda: plot.precision_recall(scores, targets, classes=classes))


def saliency(facts: Facts) -> Html:
    """The pixels that the score of some images hangs on."""
    assert facts.outcome is not None
    some = np.linspace(0, facts.count - 1, min(facts.count, MOST_IMAGES)).astype(int)
    x = autograd.stack([facts.tested[i][0] for i in some.tolist()])
    y = np.asarray(facts.outcome.targets)[some]
    about = f"Some of the {facts.noun} it was measured on, and beside each the pixels that its answer hangs on"
    return drawn(facts, about, lambda: plot.saliency(facts.model, x, y, classes=facts.classes), "photo")


def predictions(facts: Facts) -> Iterator[Html]:
    """Of numbers: what was predicted and what was true, and how the errors are spread."""
    if facts.outcome is None or not isinstance(facts.task, Table):
        return
    truth, found = numbers(facts)
    goal = facts.task.goal
    yield drawn(facts, f"Predicted and true {goal}", lambda: plot.predictions(truth, found, None, goal))
    yield histogram(found - truth, f"The errors, predicted less true {goal}")


def numbers(facts: Facts) -> tuple[Any, Any]:
    """The true and the predicted numbers, in the unit of the target."""
    assert facts.outcome is not None
    assert isinstance(facts.task, Table)
    decode = facts.task.encoding.decode
    return np.array(decode(facts.outcome.targets)), np.array(decode(facts.outcome.scores))


def histogram(values: Any, about: str) -> Html:
    """How often values occur, around zero, as a picture that takes its colours from the page."""
    values = values[np.isfinite(values)]
    most = float(np.abs(values).max(initial=0.0)) or 1.0
    counts, edges = np.histogram(values, BINS, (-most, most))
    step = WIDTH / BINS
    bars = [
        tag("rect", x=f"{i * step + 1:.1f}", y=f"{HEIGHT * (1 - count / counts.max()):.1f}", width=f"{step - 2:.1f}",
            height=f"{HEIGHT * count / counts.max():.1f}", kind="high" if edges[i + 1] > 0 else "low")
        for i, count in enumerate(counts.tolist()) if count
    ]  # fmt: skip
    middle = str(WIDTH // 2)
    axis = tag("line", x1="0", x2=str(WIDTH), y1=str(HEIGHT), y2=str(HEIGHT))
    ends = [
        tag("text", figure(value, 3), x=x, y=str(HEIGHT + 16), **{"text-anchor": anchor})
        for value, x, anchor in ((-most, "0", "start"), (0, middle, "middle"), (most, str(WIDTH), "end"))
    ]
    drawing = tag("svg", *bars, axis, *ends, viewBox=f"0 0 {WIDTH} {HEIGHT + 22}", role="img", kind="histogram",
                  **{"aria-label": about})  # fmt: skip
    return tag("figure", drawing, tag("figcaption", html(about)))


def spread_of(errors: Any) -> Sequence[tuple[str, float]]:
    """How large errors are."""
    found = np.abs(errors[np.isfinite(errors)])
    if not len(found):
        return [("finite", math.nan)]
    return [
        ("half are off by less than", float(np.quantile(found, 0.5))),
        ("nine in ten are off by less than", float(np.quantile(found, 0.9))),
        ("the worst is off by", float(found.max())),
        ("on average they are too high by", float(errors[np.isfinite(errors)].mean())),
    ]
