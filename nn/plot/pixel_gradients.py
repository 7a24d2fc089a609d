"""Which pixels of an image a network's answer hangs on."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

import autograd
from autograd import Tensor

from ..module import Module
from ..utils import evaluating
from .figure import Figure
from .image_sheet import say
from .layer_outputs import as_input
from .pixels import as_pixels, full_colour, show_image, shown_range
from .style import BLUE, DARK, GREY, PAPER, Array, PathLike, array, bare, figure, finish, names, shades, shorten

ACROSS = 4  # pairs in a row
GAP = 0.03  # between an image and its map, as a share of both


def saliency(
    model: Module,
    images: Any,
    targets: Any = None,
    path: PathLike | None = None,
    *,
    classes: Sequence[Any] | None = None,
    of: int | Sequence[int] | None = None,
    shape: Sequence[int] | None = None,
    most: int = 12,
    heading: str = "Which pixels the answer hangs on",
) -> Figure:
    """Images, and beside each |d score / d pixel|, the largest of its channels (Simonyan et al., 2013): the darker a
    pixel, the more a small change of it would move the score of the class that the network says.

    Args:
        model: a Module that takes images (N, C, H, W), or rows of pixels (N, H * W), and gives scores (N, C), or (N,)
            or (N, 1) for the second of two classes.
        images: the images (N, …) as the model takes them; the first ones are drawn.
        targets: their class numbers (N,); an answer that is another is red.
        classes: names of the classes; None stands for their numbers.
        of: the class whose score is looked at in place of that which the network says: one, or one for each image.
        shape: the shape of an image whose pixels are a row, (H, W) or (C, H, W); by default it is square and grey.
        most: the largest number of images to show.

    The model is used in evaluation mode, and left as it is, with its gradients and its mode. Each map has a scale of
    its own. It shows what the score reacts to in this very image, not what the class looks like. Raises ValueError if
    there are no images, for images or scores of another shape, for other than one target for each image, for a class
    without a score, for less than one image to show, and for scores that do not depend on the pixels.
    """
    x = as_input(model, images)
    truth = None if targets is None else array(targets).reshape(-1)
    if not len(x):
        raise ValueError("expected images, given none")
    if most < 1:
        raise ValueError(f"expected most to be 1 or more, given {most}")
    if truth is not None and len(truth) != len(x):
        raise ValueError(f"expected one of the targets for each of {len(x)} images, given {len(truth)}")
    pictures = [as_pixels(image, shape) for image in array(x[:most])]
    chosen = None if of is None else np.broadcast_to(np.asarray(of), len(x))[:most]
    scores, slopes = _slopes(model, x[:most], chosen)
    labels = names(classes, max(2, scores.shape[1]))
    if truth is not None and not np.isin(truth, np.arange(len(labels))).all():
        raise ValueError(f"expected targets from 0 to {len(labels) - 1}, given {np.unique(truth).tolist()}")
    said = scores.argmax(1) if scores.shape[1] > 1 else (scores[:, 0] > 0).astype(int)
    maps = [np.abs(as_pixels(slope, shape)) for slope in slopes]
    maps = [each.max(-1) if each.ndim == 3 else each for each in maps]

    note = "dark: where a small change moves the score most; each on its own scale"
    if len(x) > len(pictures):
        note = f"the first {len(pictures)} of {len(x):,}; {note}"
    side, columns = 1.0, min(len(pictures), ACROSS)
    tall = side * min(max(pictures[0].shape[0] / pictures[0].shape[1], 0.3), 2.0)
    rows, text, wide = math.ceil(len(pictures) / columns), 0.28, 2 * side / (1 - GAP)
    height = rows * tall + (rows - 1) * text
    fig, axes = figure(wide * columns + 0.2 * (columns - 1), height, rows, columns, (text / tall, 0.2 / wide))
    ends = shown_range(pictures)
    for i, ax in enumerate(np.ravel(axes)):
        ax.axis("off")
        if i >= len(pictures):
            continue
        left, right = (ax.inset_axes((start, 0, (1 - GAP) / 2, 1)) for start in (0, (1 + GAP) / 2))
        show_image(left, pictures[i], *ends)
        word = _show_map(right, maps[i]) or ("" if chosen is None else f"for {shorten(labels[int(chosen[i])], 10)}")
        right.set_title(word, fontsize=8, color=GREY, pad=2.5)
        answer = labels[said[i]] if np.isfinite(scores[i]).all() else "NaN"
        say(left, None if truth is None else labels[int(truth[i])], answer, side)
    fig.text(0, 1 + (0.3 + text) / height, heading, fontsize=12, fontweight="bold")
    fig.text(0, 1 + (0.08 + text) / height, note, fontsize=9, color=GREY)
    return finish(fig, path, heading)


def _slopes(model: Module, images: Tensor, chosen: Array | None) -> tuple[Array, Array]:
    """The scores (N, C) or (N, 1), and the gradients (N, …) of the highest, or of those of the chosen classes."""
    if not images.is_floating_point():
        images = as_input(model, array(images))
    x = images.detach().requires_grad_()
    with evaluating(model), autograd.enable_grad():
        out: Any = model(x)
        if not isinstance(out, Tensor) or out.ndim not in (1, 2) or len(out) != len(x):
            given = tuple(out.shape) if isinstance(out, Tensor) else type(out).__name__
            raise ValueError(f"expected a model with scores (N, C) or (N,) for {len(x)} images, given {given}")
        scores = out.reshape(len(x), -1)
        classes = max(2, scores.shape[1])
        if chosen is not None and not np.isin(chosen, np.arange(classes)).all():
            raise ValueError(f"of: expected classes from 0 to {classes - 1}, given {np.unique(chosen).tolist()}")
        values = array(scores.detach())
        columns = values.argmax(1) if chosen is None else chosen % scores.shape[1]  # a single score is of both classes
        picked = scores[np.arange(len(x)), columns].sum()
        (slopes,) = autograd.grad(picked, x, allow_unused=True) if picked.requires_grad else (None,)
    if slopes is None:
        raise ValueError(
            f"the scores of {type(model).__name__} do not depend on the pixels: nothing leads back to them"
        )
    return values, array(slopes)


def _show_map(ax: Any, slopes: Array) -> str:
    """Draw the map of an image; returns a word if there is nothing to see in it."""
    ax.imshow(slopes, cmap=shades(PAPER, BLUE, DARK), vmin=0, vmax=full_colour(slopes), interpolation="nearest")
    ax.set(xticks=[], yticks=[])
    bare(ax)
    return "" if np.isfinite(slopes).all() and slopes.any() else "all 0" if not slopes.any() else "not finite"
