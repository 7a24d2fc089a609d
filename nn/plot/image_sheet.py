"""Images of a data set, with what they are and what they were taken for."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd import Tensor

from .figure import Figure
from .pixels import as_pixels, show_image, shown_range, value_range
from .style import DARK, GREY, RED, Array, PathLike, array, figure, finish, rounded, shorten


def images(
    x: Any,
    path: PathLike | None = None,
    *,
    labels: Any = None,
    predictions: Any = None,
    classes: Sequence[Any] | None = None,
    shape: Sequence[int] | None = None,
    most: int = 40,
    heading: str = "Images",
) -> Figure:
    """A sheet of images with their labels; in red those that were taken for something else.

    Args:
        x: images (N, H, W), (N, 1, H, W), (N, 3, H, W) or (N, H, W, 3), of any range of values, which is told; or a
            data set, whose samples are an image, or an image and its label.
        labels: class numbers (N,), or anything to write above the images; by default those of the data set.
        predictions: class numbers (N,), or scores (N, C).
        classes: names of the classes.
        shape: the shape of an image, if it is none of the above: rows of numbers are square grey images by default.
        most: the largest number of images to show: the first.

    Raises ValueError for images of another shape, and for other than one label or prediction for each.
    """
    pixels, found, count = _taken(x, shape, most)
    truth = _named("labels", labels, count, len(pixels), classes) if labels is not None else _names(found, classes)
    taken = _named("predictions", predictions, count, len(pixels), classes) if predictions is not None else None
    low, high = value_range(pixels)
    note = f"{count:,} image{'s' * (count > 1)}" if len(pixels) == count else f"the first {len(pixels)} of {count:,}"
    sizes = {image.shape[:2] for image in pixels}
    note += f" of {' × '.join(map(str, sizes.pop()))}" if len(sizes) == 1 else " of several sizes"
    note += f"; values from {rounded(low)} to {rounded(high)}" if high > low else f"; every value is {rounded(low)}"
    if odd := sum(int(np.size(image) - np.isfinite(image).sum()) for image in pixels):
        note += f", {odd:,} not finite"
    if truth and taken:
        note += f"; {sum(a != b for a, b in zip(truth, taken, strict=True))} misread"
    columns = min(len(pixels), max(4, math.ceil(math.sqrt(1.6 * len(pixels)))))
    rows = math.ceil(len(pixels) / columns)
    side = min(1.0, 8.4 / columns)
    tall = side * min(max(max(image.shape[0] / image.shape[1] for image in pixels), 0.3), 2.0)
    text = 0.26 if truth or taken else 0.06
    height = rows * tall + (rows - 1) * text
    fig, axes = figure(1.08 * side * columns, height, rows, columns, (text / tall, 0.08))
    lightest, darkest = shown_range(pixels)
    for i, ax in enumerate(np.ravel(axes)):
        ax.axis("off")
        if i < len(pixels):
            show_image(ax, pixels[i], lightest, darkest)
            say(ax, truth[i] if truth else None, taken[i] if taken else None, side)
    fig.text(0, 1 + (0.3 + text) / height, heading, fontsize=12, fontweight="bold")
    fig.text(0, 1 + (0.08 + text) / height, note, fontsize=9, color=GREY)
    return finish(fig, path, heading)


def _taken(x: Any, shape: Sequence[int] | None, most: int) -> tuple[list[Array], list[Any] | None, int]:
    """The first images, their labels if the samples have any, and how many there are of all."""
    if isinstance(x, Tensor | np.ndarray | list):
        x = x if isinstance(x, Tensor) else np.asarray(x)
        samples: list[Any] = [array(x[i]) for i in range(min(len(x), most))]
    else:
        samples = [x[i] for i in range(min(len(x), most))]
    if not samples:
        raise ValueError("expected images, given none")
    pairs = [sample if isinstance(sample, tuple | list) else (sample,) for sample in samples]
    found = [pair[1] for pair in pairs] if all(len(pair) > 1 for pair in pairs) else None
    return [as_pixels(array(pair[0]), shape) for pair in pairs], found, len(x)


def _named(what: str, given: Any, count: int, shown: int, classes: Sequence[Any] | None) -> list[str] | None:
    values = array(given) if not isinstance(given, list) else np.asarray(given, dtype=object if not given else None)
    if len(values) != count:
        raise ValueError(f"expected one of the {what} for each of {count} images, given {len(values)}")
    if values.ndim == 2 and values.shape[1] > 1:
        values = values.argmax(1)
    return _names(list(values.reshape(count)[:shown]), classes)


def _names(values: list[Any] | None, classes: Sequence[Any] | None) -> list[str] | None:
    if values is None:
        return None
    plain = [value.item() if hasattr(value, "item") else value for value in values]
    return [str(classes[int(value)] if classes is not None else value) for value in plain]


def say(ax: Any, truth: str | None, taken: str | None, side: float) -> None:
    """Write above an image, `side` inches wide, what it is; in red what it is and what it was taken for, if another."""
    most = max(4, int(side * 13))
    wrong = truth is not None and taken is not None and truth != taken
    words = taken if truth is None else truth
    if words is None:
        return
    if wrong:
        words = f"{shorten(truth, most // 2)} → {shorten(taken, most // 2)}"
    ax.set_title(shorten(words, most), fontsize=8, color=RED if wrong else DARK, pad=2.5)
