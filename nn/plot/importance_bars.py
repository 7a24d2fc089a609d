"""What each column of a table is worth to a model, as bars."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np

from .figure import Figure
from .line_labels import short
from .style import BLUE, DARK, GREY, Array, PathLike, array, bare, figure, finish, title


class Measured(Protocol):
    """What `nn.train.permutation_importance` returns, and scikit-learn's function of this name."""

    @property
    def importances(self) -> Array: ...


def importance(
    result: Measured,
    path: PathLike | None = None,
    *,
    features: Sequence[Any] | None = None,
    most: int = 20,
    heading: str = "What each column is worth",
) -> Figure:
    """How much worse a model gets when a column is permuted: the mean of the repeats as a bar, each repeat as a dot.

    Args:
        result: what `nn.train.permutation_importance` returned, or scikit-learn's `permutation_importance`.
        features: the names of the columns (C,), by default those of the result, or their numbers.
        most: the largest number of columns to draw: the most important.

    Raises ValueError for a result without columns or repeats, for `most` below 1, and for other than one name for each
    column.
    """
    values = array(result.importances).astype(float)
    if values.ndim != 2 or not values.size:
        raise ValueError(f"expected importances (columns, repeats), given {values.shape}")
    if most < 1:
        raise ValueError(f"expected most to be 1 or more, given {most}")
    named = [*(getattr(result, "features", range(len(values))) if features is None else features)]
    if len(named) != len(values):
        raise ValueError(f"expected a name for each of {len(values)} columns, given {len(named)}")
    means, spread = values.mean(1), values.std(1)
    shown = np.argsort(-means, kind="stable")[:most]
    places = np.arange(len(shown))
    fig, ax = figure(4.6, 0.28 * len(shown) + 0.25)
    ax.barh(places, means[shown], height=0.68, alpha=0.7, color=[BLUE if mean > 0 else GREY for mean in means[shown]])
    repeats = {"color": DARK, "markersize": 4, "markeredgecolor": "white", "markeredgewidth": 0.6}
    end = {"xycoords": ("axes fraction", "data"), "xytext": (6, 0), "textcoords": "offset points", "va": "center"}
    small = np.abs(means[shown]).max() < 100
    for place, i in zip(places, shown, strict=True):
        ax.plot(values[i], np.full(values.shape[1], place), "o", **repeats)
        text = f"{means[i]:z.3f} ± {spread[i]:.3f}" if small else f"{means[i]:,.4g} ± {spread[i]:.3g}"
        ax.annotate(text, (1, place), color=DARK if means[i] > 0 else GREY, fontsize=9, **end)
    ax.axvline(0, color=DARK, linewidth=0.8)
    ax.set_yticks(places, [short(named[i]) for i in shown])
    ax.set_ylim(len(shown) - 0.5, -0.5)
    ax.set_xlabel(_axis(result))
    ax.locator_params(axis="x", nbins=6)
    ax.xaxis.set_major_formatter("{x:g}")
    ax.grid(axis="x", color=GREY, alpha=0.25)
    ax.set_axisbelow(True)
    bare(ax)
    title(ax, heading, _note(result, len(values), len(shown)))
    return finish(fig, path)


def _axis(result: Any) -> str:
    change = "falls" if getattr(result, "falls", True) else "rises"
    return f"{getattr(result, 'scoring', 'score')} {change} by so much when the column is permuted"


def _note(result: Any, columns: int, shown: int) -> str:
    told = [f"the {shown} most important of {columns}"] * (shown < columns)
    if hasattr(result, "score"):
        told += [f"{result.scoring} {result.score:.4g} on {result.rows:,} {result.measured_on}"]
    return "; ".join(told)
