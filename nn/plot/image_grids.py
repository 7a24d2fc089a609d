"""The confusion matrix, and the images that were misclassified."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from .figure import Figure
from .pixels import as_pixels, show_image, shown_range
from .style import BLUE, DARK, GREY, PALE, RED, PathLike, array, bare, figure, finish, finite, names, shorten, title


def confusion_matrix(
    matrix: Any, classes: Sequence[Any] | None = None, path: PathLike | None = None, heading: str = "Confusion matrix"
) -> Figure:
    """How often samples of each class (rows) were predicted to be of each class (columns).

    Args:
        matrix: counts (C, C), true classes in rows, predicted ones in columns.
        classes: C names; None stands for the numbers from 0.

    The depth of a colour is the share of the row; of mistakes its square root, which makes rare ones visible. Raises
    ValueError for a matrix that is not square, and for too few names.
    """
    from matplotlib.colors import to_rgb

    counts = array(matrix).astype(float)
    if counts.ndim != 2 or counts.shape[0] != counts.shape[1] or not len(counts):
        raise ValueError(f"expected a confusion matrix (C, C), given {counts.shape}")
    n, labels = len(counts), names(classes, len(counts))
    totals = counts.sum(1, keepdims=True)
    shares = np.divide(counts, totals, out=np.zeros_like(counts), where=totals > 0)
    right = np.eye(n, dtype=bool)
    depth = np.where(right, shares, np.sqrt(shares))[..., None]
    colours = np.where(right[..., None], to_rgb(BLUE), to_rgb(RED))

    side = min(max(0.45 * n, 2.2), 8)
    fig, ax = figure(side, side)
    ax.imshow((1 - depth) * to_rgb(PALE) + depth * colours)
    if n <= 25:
        size = min(11, 72 * side / n / 3.6)
        for row, column in zip(*np.nonzero(counts), strict=True):
            colour = "white" if depth[row, column, 0] > 0.45 else DARK
            ax.text(column, row, _count(counts[row, column]), ha="center", va="center", color=colour, fontsize=size)
    shown = range(0, n, max(1, math.ceil(n / 40)))
    texts = [shorten(labels[i]) for i in shown]
    size = 10 if n <= 20 else 7
    turned = {"rotation": 90} if n > 20 else {"rotation": 40, "ha": "right", "rotation_mode": "anchor"}
    ax.set_xticks(shown, texts, fontsize=size, **(turned if max(map(len, texts)) > 3 else {}))
    ax.set_yticks(shown, texts, fontsize=size)
    ax.set_xticks(np.arange(1, n) - 0.5, minor=True)
    ax.set_yticks(np.arange(1, n) - 0.5, minor=True)
    if n <= 40:
        ax.grid(which="minor", color="white", linewidth=2 if n <= 20 else 0.8)
    ax.set(xlabel="predicted", ylabel="true")
    bare(ax)
    ax.tick_params(which="minor", length=0)
    total = int(counts.sum())
    note = f"{int(counts.trace()):,} of {total:,} right ({counts.trace() / total:.1%})" if total else "no samples"
    title(ax, heading, note)
    return finish(fig, path)


def misclassified(
    images: Any,
    truth: Any,
    scores: Any,
    classes: Sequence[Any] | None = None,
    path: PathLike | None = None,
    shape: Sequence[int] | None = None,
    *,
    most: int = 10,
    noun: str = "images",
) -> Figure:
    """The images that were misclassified, the most confident mistakes first.

    Args:
        images: (N, …), one for each score; only those that are shown are read.
        truth: class numbers (N,).
        scores: logits (N, C); for two classes also (N,) or (N, 1), which are above 0 for class 1.
        classes: C names; None stands for the numbers from 0.
        shape: the shape of an image: (H, W), (H, W, 3), (1, H, W) or (3, H, W). By default, that of the images given;
            rows of numbers are square grey images.
        most: the largest number of images to show.
        noun: what the heading calls them.

    Raises ValueError for images of another shape, and for too few names.
    """
    truth, logits = array(truth).astype(int), finite(scores).reshape(len(images), -1)
    logits = np.hstack([np.zeros_like(logits), logits]) if logits.shape[1] == 1 else logits
    chances = np.exp(logits - logits.max(1, keepdims=True))
    chances /= chances.sum(1, keepdims=True)
    labels, read = names(classes, logits.shape[1]), chances.argmax(1)
    wrong = np.flatnonzero(read != truth)
    shown = wrong[np.argsort(-chances[wrong, read[wrong]], kind="stable")][:most]
    heading = f"{len(wrong):,} of {len(truth):,} {noun} misread"

    if not len(shown):
        fig, ax = figure(4.8, 0.1)
        ax.axis("off")
        title(ax, f"None of {len(truth):,} {noun} misread")
        return finish(fig, path)
    rows = math.ceil(len(shown) / 5)
    columns = max(4, math.ceil(len(shown) / rows))
    pixels = [as_pixels(array(images[int(i)]), shape) for i in shown]
    high, text = 1.4 * pixels[0].shape[0] / pixels[0].shape[1], 0.55  # inches of an image, and of the text below it
    height = rows * high + (rows - 1) * text
    fig, axes = figure(1.48 * columns, height, rows, columns, gaps=(text / high, 0.06))
    fig.text(0, 1 + 0.5 / height, heading, fontsize=12, fontweight="bold")
    lightest, darkest = shown_range(pixels)
    short = all(len(labels[truth[i]]) + len(labels[read[i]]) < 8 for i in shown)
    for ax, i, image in zip(axes.flat, shown, pixels, strict=False):
        show_image(ax, image, lightest, darkest)
        given, taken = labels[truth[i]], labels[read[i]]
        words = f"{given} read as {taken}" if short else f"{shorten(given)}\nread as {shorten(taken, 14)}"
        ax.set_title(words, fontsize=11 if short else 9, fontweight="bold", color=RED, pad=3)
        ax.set_xlabel(f"{chances[i, read[i]]:.0%} sure", fontsize=9, color=GREY, labelpad=3)
    for ax in axes.flat[len(shown) :]:
        ax.axis("off")
    return finish(fig, path, heading)


def _count(value: float) -> str:
    return f"{value:.0f}" if value < 10_000 else f"{value / 1000:.0f}k"
