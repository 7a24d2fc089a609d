"""Whether what a model gives a probability happens as often as that: the reliability diagram."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from .figure import Figure
from .judged_scores import one_hot
from .line_labels import short
from .style import BLUE, DARK, GREY, Array, PathLike, array, bare, figure, finish, names, title

CERTAIN = 1.96  # standard deviations of a 95 % interval
ROUNDING = 1e-6  # by which a probability may be above 1
MOST_COUNTS = 20  # bins whose counts are written


class Bins(NamedTuple):
    """Of each bin that is not empty: its place, the mean probability, the share of hits, and the number of samples."""

    places: Array
    said: Array
    found: Array
    counts: Array

    @property
    def error(self) -> float:
        """The expected calibration error: how far the two are apart, on average over the samples."""
        return float(np.average(np.abs(self.said - self.found), weights=self.counts))

    @property
    def interval(self) -> tuple[Array, Array]:
        """Where the shares of as many samples would lie 95 times in 100 (Wilson, 1927): low and high."""
        n, z = self.counts, CERTAIN
        centre = (self.found * n + z * z / 2) / (n + z * z)
        half = z / (n + z * z) * np.sqrt(self.found * (1 - self.found) * n + z * z / 4)
        return centre - half, centre + half


def calibration(
    probabilities: Any,
    targets: Any,
    path: PathLike | None = None,
    *,
    bins: int = 10,
    classes: Sequence[Any] | None = None,
    heading: str = "Does it happen as often as it says?",
) -> Figure:
    """The reliability diagram: how often what was given a probability is so, by that probability. On the diagonal, it
    happens as often as the model says; below it, the model is too sure. The bars are the numbers of samples.

    Args:
        probabilities: those of class 1, (N,) or (N, 1); or of each class, (N, C). Of two classes it is that of class 1
            that is drawn; of more, that of the class which the model says, for each sample the likeliest.
        targets: class numbers (N,) or (N, 1); for two classes also False and True, or -1 and 1.
        bins: how many parts of equal width the probabilities from 0 to 1 fall into.
        classes: C names; of two classes the second is named.

    The points are those of scikit-learn's `calibration_curve`; a line through each is where it would lie 95 times in
    100 (Wilson, 1927). The note gives the expected calibration error (Naeini et al., 2015), which is the mean distance
    from the diagonal, weighted by the samples, and the Brier score, the mean squared error of the probabilities as
    `nn.train.Brier` has it. Samples with a NaN are left out, as the note says. Raises ValueError for shapes that do not
    fit, for other classes, for numbers that are no probabilities, if no sample is left, and for less than one bin.
    """
    if bins < 1:
        raise ValueError(f"expected bins to be 1 or more, given {bins}")
    chances, truth, unknown = _checked(array(probabilities), array(targets).reshape(-1))
    single = chances.shape[1] == 1
    if single:
        said, hit, brier = chances[:, 0], truth[:, 0], np.square(chances - truth).mean()
    else:
        top = chances.argmax(1)
        rows = np.arange(len(chances))
        said, hit, brier = chances[rows, top], truth[rows, top], np.square(chances - truth).sum(1).mean()
    parts = _binned(said, hit, bins)
    what = "the class it says" if not single else "class 1" if classes is None else short(names(classes, 2)[1])
    fig, ax = figure(4.0, 4.0)
    _diagram(ax, parts)
    ax.set_ylabel(f"of these samples, the share of {what}")
    below = ax.inset_axes((0, -0.26, 1, 0.2))
    _histogram(below, parts, bins)
    below.set_xlabel(f"probability of {what}")
    note = f"expected calibration error {parts.error:.3f}, Brier score {brier:.3f}"
    if unknown:
        note += f"; {unknown:,} sample{'s' * (unknown > 1)} with NaN left out"
    title(ax, heading, note)
    return finish(fig, path)


def _checked(given: Array, targets: Array) -> tuple[Array, Array, int]:
    """Probabilities (n, 1) of class 1 of two, or (n, C), who is of these classes, alike, and how many are left out."""
    if given.ndim not in (1, 2) or len(given) != len(targets) or (given.ndim == 2 and not given.shape[1]):
        raise ValueError(
            f"expected probabilities (N,) or (N, C) and a class for each, given {given.shape} and {len(targets)} "
            "classes"
        )
    chances = (given[:, None] if given.ndim == 1 else given).astype(float)
    known = ~np.isnan(chances).any(1)
    if not known.any():
        raise ValueError(f"expected probabilities, given {len(chances):,} samples without one")
    chances, targets = chances[known], targets[known]
    whole = chances.shape[1] == 1 or np.allclose(chances.sum(1), 1, atol=1e-3)
    if chances.min() < 0 or chances.max() > 1 + ROUNDING or not whole:
        sums = "" if whole else f", whose sums are from {chances.sum(1).min():.3g} to {chances.sum(1).max():.3g}"
        raise ValueError(
            f"expected probabilities from 0 to 1, of all classes 1 together, given {chances.min():.3g} to "
            f"{chances.max():.3g}{sums}: of logits, take softmax(1), or sigmoid() of single ones"
        )
    chances = chances[:, 1:] if chances.shape[1] == 2 else chances
    return chances, one_hot(targets, chances.shape[1]), len(known) - len(chances)


def _binned(said: Array, hit: Array, bins: int) -> Bins:
    place = np.searchsorted(np.linspace(0, 1, bins + 1)[1:-1], said)
    counts = np.bincount(place, minlength=bins)
    full = counts > 0
    means, shares = (np.bincount(place, values, bins)[full] / counts[full] for values in (said, hit))
    return Bins(np.flatnonzero(full), means, shares, counts[full])


def _diagram(ax: Any, parts: Bins) -> None:
    ax.plot([0, 1], [0, 1], color=GREY, linewidth=0.8, linestyle=(0, (4, 3)), zorder=1)
    ax.vlines(parts.said, *parts.interval, color=BLUE, alpha=0.35, linewidth=3, zorder=2)
    ax.plot(parts.said, parts.found, color=BLUE, linewidth=1.2, marker="o", markersize=7, zorder=3, clip_on=False)
    words = {"color": GREY, "fontsize": 9, "transform": ax.transAxes, "zorder": 0}
    ax.text(0.03, 0.97, "more often than it says", va="top", **words)
    ax.text(0.97, 0.03, "less often than it says", ha="right", **words)
    ax.set(xlim=(0, 1), ylim=(0, 1), aspect="equal", xticks=[0, 0.25, 0.5, 0.75, 1], yticks=[0, 0.25, 0.5, 0.75, 1])
    ax.yaxis.set_major_formatter("{x:g}")
    ax.grid(color=GREY, alpha=0.25)
    ax.tick_params(colors=DARK, labelbottom=False)
    bare(ax)


def _histogram(ax: Any, parts: Bins, bins: int) -> None:
    ax.bar(parts.places / bins, parts.counts, 0.92 / bins, align="edge", color=BLUE, alpha=0.35)
    if bins <= MOST_COUNTS:
        for place, count in zip(parts.places, parts.counts, strict=True):
            text = f"{count:,}" if count < 10_000 else f"{count / 1000:.0f}k"
            words = {"ha": "center", "va": "bottom", "color": GREY, "fontsize": min(8, 100 / bins)}
            ax.text((place + 0.46) / bins, count, text, **words)
    ax.set(xlim=(0, 1), yticks=[], xticks=[0, 0.25, 0.5, 0.75, 1])
    ax.xaxis.set_major_formatter("{x:g}")
    bare(ax, "bottom")
