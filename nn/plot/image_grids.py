"""The confusion matrix, misclassified images, and weights as images."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from .figure import Figure
from .style import (
    BLUE,
    DARK,
    GREY,
    PALE,
    PAPER,
    RED,
    Array,
    PathLike,
    array,
    bare,
    figure,
    finish,
    finite,
    names,
    shades,
    shorten,
    title,
)


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
    pixels = [_pixels(array(images[int(i)]), shape) for i in shown]
    high, text = 1.4 * pixels[0].shape[0] / pixels[0].shape[1], 0.55  # inches of an image, and of the text below it
    height = rows * high + (rows - 1) * text
    fig, axes = figure(1.48 * columns, height, rows, columns, gaps=(text / high, 0.06))
    fig.text(0, 1 + 0.5 / height, heading, fontsize=12, fontweight="bold")
    lightest, darkest = _range(pixels)
    short = all(len(labels[truth[i]]) + len(labels[read[i]]) < 8 for i in shown)
    for ax, i, image in zip(axes.flat, shown, pixels, strict=False):
        _picture(ax, image, lightest, darkest)
        given, taken = labels[truth[i]], labels[read[i]]
        words = f"{given} read as {taken}" if short else f"{shorten(given)}\nread as {shorten(taken, 14)}"
        ax.set_title(words, fontsize=11 if short else 9, fontweight="bold", color=RED, pad=3)
        ax.set_xlabel(f"{chances[i, read[i]]:.0%} sure", fontsize=9, color=GREY, labelpad=3)
    for ax in axes.flat[len(shown) :]:
        ax.axis("off")
    return finish(fig, path, heading)


def weights(
    model: Any,
    path: PathLike | None = None,
    shape: Sequence[int] | None = None,
    *,
    most: int = 64,
    heading: str = "Weights of the first layer",
) -> Figure:
    """The weights of a model's first layer, each neuron or kernel as an image: blue above 0, red below.

    Args:
        model: a Module whose first weight is (out, in) or (out, in, H, W).
        shape: the shape (H, W) or (C, H, W) of a linear layer's inputs; by default a square or, if the number of inputs
            is not a square number, one row for each neuron. Channels are added up; the three channels of a kernel are
            shown as red, green and blue.
        most: the largest number of neurons or kernels to show.

    Raises ValueError for a model without such a weight, and for inputs that do not have this shape.
    """
    found = [(name, weight) for name, weight in model.named_parameters() if weight.ndim in (2, 4)]
    if not found:
        raise ValueError(
            f"expected a model with a weight (out, in) or (out, in, H, W), {type(model).__name__} has none"
        )
    kernels = _kernels(found[0][0], array(found[0][1]), shape)
    coloured = kernels.ndim == 4
    limit = float(np.percentile(np.abs(finite(kernels)), 99)) or 1.0

    if kernels.ndim == 2:
        tiles = kernels[:most]
        fig, ax = figure(*np.clip([0.35 * tiles.shape[1], 0.28 * len(tiles)], 1.2, 6.2))
        ax.set(xlabel=f"{tiles.shape[1]} inputs", ylabel=f"{len(tiles)} neurons")
    else:
        tiles = _mosaic(kernels[:most])
        fig, ax = figure(6.2, 6.2 * tiles.shape[0] / tiles.shape[1])
    if coloured:
        ax.imshow(np.nan_to_num((tiles / limit + 1).clip(0, 2) / 2, nan=1.0), interpolation="nearest")
    else:
        colours = shades(RED, PALE, BLUE)
        aspect = "auto" if kernels.ndim == 2 else "equal"
        ax.imshow(tiles, cmap=colours, vmin=-limit, vmax=limit, interpolation="nearest", aspect=aspect)
    ax.set(xticks=[], yticks=[])
    bare(ax)
    shown = f"the first {most} of {len(kernels)}; " if len(kernels) > most else ""
    meaning = "grey is 0" if coloured else "blue above 0, red below"
    title(ax, heading, f"{shown}{meaning}, full colour from ±{limit:.2g} on")
    return finish(fig, path)


def _kernels(name: str, weight: Array, shape: Sequence[int] | None) -> Array:
    """A weight as images (out, H, W) or (out, H, W, 3); unchanged if its inputs are not an image."""
    if weight.ndim == 4:
        return np.moveaxis(weight, 1, -1) if weight.shape[1] == 3 else weight.sum(1)
    inputs, side = weight.shape[1], math.isqrt(weight.shape[1])
    if shape is None:
        return weight.reshape(-1, side, side) if side * side == inputs and side > 2 else weight
    if math.prod(shape) != inputs:
        raise ValueError(f"{name} has {inputs} inputs, which cannot be an image of shape {tuple(shape)}")
    kernels: Array = weight.reshape(len(weight), -1, *shape[-2:]).sum(1)
    return kernels


def _mosaic(images: Array) -> Array:
    """Images (N, H, W, …) side by side in one image, with gaps of NaN between them; small ones are enlarged."""
    factor = max(1, math.ceil(24 / max(images.shape[1:3])))
    images = images.repeat(factor, 1).repeat(factor, 2)
    n, height, width = images.shape[:3]
    gap = max(1, round(0.08 * max(height, width)))
    columns = min(n, max(4, math.ceil(math.sqrt(n * height / width))))
    rows = math.ceil(n / columns)
    tiles = np.full((rows * columns, height + gap, width + gap, *images.shape[3:]), np.nan)
    tiles[:n, :height, :width] = images
    tiles = tiles.reshape(rows, columns, *tiles.shape[1:]).swapaxes(1, 2)
    return tiles.reshape(rows * (height + gap), columns * (width + gap), *images.shape[3:])[:-gap, :-gap]


def _pixels(image: Array, shape: Sequence[int] | None) -> Array:
    """An image as (H, W) or (H, W, 3)."""
    if shape is not None:
        image = image.reshape(shape)
    elif image.ndim == 1:
        side = math.isqrt(len(image))
        if side * side != len(image):
            raise ValueError(f"images of {len(image)} numbers are not square: give their shape, such as shape=(28, 28)")
        image = image.reshape(side, side)
    if image.ndim == 3 and image.shape[0] in (1, 3) and image.shape[-1] not in (1, 3):
        image = np.moveaxis(image, 0, -1)
    image = image[..., 0] if image.ndim == 3 and image.shape[-1] == 1 else image
    if image.ndim != 2 and (image.ndim != 3 or image.shape[-1] != 3):
        raise ValueError(f"expected images of shape (H, W), (H, W, 3), (1, H, W) or (3, H, W), given {image.shape}")
    return image.astype(float)


def _range(images: list[Array]) -> tuple[float, float]:
    """The values shown as the lightest and the darkest: 0 and 1 or 255 if the images lie in that range."""
    low, high = min(image.min() for image in images), max(image.max() for image in images)
    if low >= 0 and high <= 255:
        return 0.0, 1.0 if high <= 1 else 255.0
    return float(low), float(high if high > low else low + 1)


def _picture(ax: Any, image: Array, low: float, high: float) -> None:
    if image.ndim == 3:
        ax.imshow((image - low) / (high - low))
    else:
        ax.imshow(image, cmap=shades(PAPER, DARK), vmin=low, vmax=high)
    ax.set(xticks=[], yticks=[])
    bare(ax)


def _count(value: float) -> str:
    return f"{value:.0f}" if value < 10_000 else f"{value / 1000:.0f}k"
