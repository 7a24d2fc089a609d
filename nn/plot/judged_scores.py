"""How well scores part the classes at every threshold: ROC and precision-recall curves."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from autograd.tools.extras import require

from .figure import Figure
from .line_labels import LINES, PALE_LINE, coloured, key, short
from .style import BLUE, DARK, GREY, Array, PathLike, array, bare, figure, finish, names, title


class Curve(NamedTuple):
    """A curve from left to right, the area under it, and the share of samples that belong to the class."""

    x: Array
    y: Array
    area: float
    share: float


def roc(
    scores: Any,
    y: Any,
    path: PathLike | None = None,
    *,
    classes: Sequence[Any] | None = None,
    heading: str = "ROC: true and false positives at every threshold",
) -> Figure:
    """The receiver operating characteristic, with the area under it (AUC): 1 is perfect, 0.5 is guessing.

    Args:
        scores: logits or probabilities, larger for class 1: (N,), (N, 1) or (N, 2). Or (N, C) for C classes, each of
            which is then told from all others by its own column. Or a dict of these by the names of several models,
            which are compared; if there are C classes, with all decisions "this class or not" taken together (the
            micro-average).
        y: class numbers (N,) or (N, 1); for two classes also False and True, or -1 and 1.
        classes: C names; None stands for the numbers from 0.

    All figures are scikit-learn's. Samples with a score that is NaN are left out, as the note says; so are classes that
    no sample has. Of more than twelve lines, the twelve lowest, or of models the highest, are in colour. Raises
    ValueError for shapes that do not fit, for other classes, and if all samples are of one class.
    """
    metrics = require("sklearn.metrics", "demos", "ROC curves are computed with scikit-learn")

    def curve(scores: Array, positive: Array) -> Curve:
        false, true, _ = metrics.roc_curve(positive, scores)
        return Curve(false, true, float(metrics.roc_auc_score(positive, scores)), float(positive.mean()))

    fig, ax = figure(4.0, 4.0)
    ax.plot([0, 1], [0, 1], color=GREY, linewidth=0.8, linestyle=(0, (4, 3)), zorder=1)
    ax.text(0.97, 0.93, "guessing", color=GREY, fontsize=9, ha="right", va="top", rotation=45, rotation_mode="anchor")
    note = _draw(ax, curve, "AUC", scores, y, classes)
    ax.set(xlabel="of the negatives, the share called positive", ylabel="of the positives, the share found")
    title(ax, heading, note)
    return finish(fig, path)


def precision_recall(
    scores: Any,
    y: Any,
    path: PathLike | None = None,
    *,
    classes: Sequence[Any] | None = None,
    heading: str = "Precision and recall at every threshold",
) -> Figure:
    """Precision against recall, with the average precision (AP) of each curve. Unlike ROC it shows what rarity costs.

    A dashed line is the precision of guessing: the share of positives. `scores`, `y`, `classes`, what is drawn and what
    is raised are as for `roc`; the curve goes in steps, as the average precision sums it.
    """
    metrics = require("sklearn.metrics", "demos", "precision and recall are computed with scikit-learn")

    def curve(scores: Array, positive: Array) -> Curve:
        precision, recall, _ = (values[::-1] for values in metrics.precision_recall_curve(positive, scores))
        shown = np.diff(recall, prepend=-1) > 0  # of the thresholds that find as many, the most precise
        shown[-1] = True
        area = float(metrics.average_precision_score(positive, scores))
        return Curve(recall[shown], precision[shown], area, float(positive.mean()))

    fig, ax = figure(4.0, 4.0)
    note = _draw(ax, curve, "AP", scores, y, classes, drawstyle="steps-pre", level=True)
    ax.set(
        xlabel="recall: of the positives, the share found",
        ylabel="precision: of those called positive, the share right",
    )
    title(ax, heading, note)
    return finish(fig, path)


def _draw(
    ax: Any,
    curve: Callable[[Array, Array], Curve],
    measure: str,
    scores: Any,
    y: Any,
    classes: Sequence[Any] | None,
    drawstyle: str = "default",
    level: bool = False,
) -> str:
    """Draw all curves, with a key in the order of their areas; return what the note is to say."""
    problems, remarks = _problems(scores, y, classes)
    curves = {name: curve(*problem) for name, problem in problems.items()}
    models = isinstance(scores, Mapping)
    best_first = sorted(curves, key=lambda name: -curves[name].area)
    colours = coloured(best_first if models else best_first[::-1], list(curves))
    for name, (x, height, area, share) in curves.items():
        front = 2 if colours[name] != PALE_LINE else 1.5
        ax.plot(x, height, color=colours[name], linewidth=2, drawstyle=drawstyle, zorder=front, clip_on=False)
        if level and (len(curves) == 1 or (models and name == best_first[0])):
            ax.plot([0, 1], [share, share], color=GREY, linewidth=0.8, linestyle=(0, (4, 3)), zorder=1)
            ax.text(0.01, share + 0.01, f"guessing {share:.3g}", color=GREY, fontsize=9, va="bottom")
        if len(curves) == 1:
            step = None if drawstyle == "default" else "pre"
            ax.fill_between(x, 0, height, color=BLUE, alpha=0.08, linewidth=0, step=step)
            remarks = [f"{measure} {area:.3f}" + (f", {short(name)}" if models else ""), *remarks]
    if len(curves) > 1:
        shown = [name for name in best_first if colours[name] != PALE_LINE]
        key(ax, [(f"{short(name)}  {measure} {curves[name].area:.3f}", colours[name]) for name in shown])
    if len(curves) > len(LINES):
        remarks = [f"the {len(LINES)} {'highest' if models else 'lowest'} of {len(curves)} in colour", *remarks]
    ax.set(xlim=(0, 1), ylim=(0, 1), aspect="equal", xticks=[0, 0.25, 0.5, 0.75, 1], yticks=[0, 0.25, 0.5, 0.75, 1])
    ax.xaxis.set_major_formatter("{x:g}")
    ax.yaxis.set_major_formatter("{x:g}")
    ax.grid(color=GREY, alpha=0.25)
    ax.tick_params(colors=DARK)
    bare(ax)
    return "; ".join(remarks)


def _problems(scores: Any, y: Any, classes: Sequence[Any] | None) -> tuple[dict[str, tuple[Array, Array]], list[str]]:
    """The decisions to judge, each as scores (N,) and who is positive (N,), by name; and what was left out."""
    y = array(y).reshape(-1)
    given = (
        {str(name): _columns(array(value), y) for name, value in scores.items()}
        if isinstance(scores, Mapping)
        else {"": _columns(array(scores), y)}
    )
    if not given:
        raise ValueError("expected the scores of at least one model, given none")
    widths = {name: value.shape[1] for name, value in given.items()}
    if len(set(widths.values())) > 1:
        raise ValueError(f"expected models with scores for the same classes, given {widths}")
    width = next(iter(widths.values()))
    truth = one_hot(y, width)
    known = {name: ~np.isnan(value).any(1) for name, value in given.items()}
    remarks = []
    if unknown := sum(int((~rows).sum()) for rows in known.values()):
        remarks.append(f"{unknown:,} sample{'s' * (unknown > 1)} without a score left out")
    problems: dict[str, tuple[Array, Array]] = {}
    if isinstance(scores, Mapping) or width == 1:
        remarks = ["all classes together, one against the rest"] * (width > 1) + remarks
        for name, value in given.items():
            problems[name] = value[known[name]].ravel(), truth[known[name]].ravel()
    else:
        rows, labels = known[""], names(classes, width)
        problems = {f"{labels[i]}": (given[""][rows, i], truth[rows, i]) for i in range(width)}
    missing = [name for name, (_, positive) in problems.items() if positive.all() or not positive.any()]
    if len(missing) == len(problems):
        raise ValueError(
            f"expected samples of at least two classes, given {len(y)} sample{'s' * (len(y) != 1)}, "
            f"{'with no finite scores' if not any(rows.any() for rows in known.values()) else 'all of one class'}"
        )
    if missing:
        remarks.append(f"left out, without samples: {', '.join(map(short, missing[:3]))}{'…' * (len(missing) > 3)}")
    return {name: problem for name, problem in problems.items() if name not in missing}, remarks


def _columns(scores: Array, y: Array) -> Array:
    """Scores as (N, 1) for two classes, or (N, C); infinite ones as the largest numbers."""
    if scores.ndim not in (1, 2) or len(scores) != len(y) or (scores.ndim == 2 and not scores.shape[1]):
        raise ValueError(
            f"expected scores (N,) or (N, C) and a class for each, given {scores.shape} and {len(y)} classes"
        )
    scores = scores.astype(float) if scores.ndim == 2 else scores.astype(float)[:, None]
    most = np.finfo(float).max / 4
    scores = scores.clip(-most, most)
    return scores[:, 1:] - scores[:, :1] if scores.shape[1] == 2 else scores


def one_hot(y: Array, width: int) -> Array:
    """Which samples are of class 1 (N, 1), or of each class (N, C)."""
    found = np.unique(y)
    if width == 1:
        if not (set(found.tolist()) <= {0, 1} or set(found.tolist()) <= {-1, 1}):
            raise ValueError(f"expected the classes 0 and 1, or -1 and 1, given {found[:5].tolist()}")
        return (y > 0)[:, None]
    if not np.isin(found, np.arange(width)).all():
        raise ValueError(
            f"expected classes from 0 to {width - 1} for scores of {width} classes, given {found[-5:].tolist()}"
        )
    return y[:, None] == np.arange(width)
