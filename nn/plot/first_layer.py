"""The weights of a first layer as images."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from ..module import Module
from .figure import Figure
from .layer_outputs import output_of
from .pixels import full_colour, mosaic
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
    shades,
    title,
)

FAINT = 0.05  # of full colour: a unit whose weights are all below that looks blank
REASONS = {"off": "never on for the data given", "constant": "constant", "faint": "≈ 0", "NaN": "not finite"}


def weights(
    model: Any,
    path: PathLike | None = None,
    shape: Sequence[int] | None = None,
    *,
    x: Any = None,
    most: int = 64,
    heading: str = "Weights of the first layer",
) -> Figure:
    """The weights of a model's first layer, each neuron or kernel as an image: blue above 0, red below.

    On a unit that looks blank stands why: its weights are all the same, too near to 0 for a colour to be seen, or not
    finite. With data, units that are off for all of it are marked, too.

    Args:
        model: a Module whose first weight is (out, in) or (out, in, H, W).
        shape: the shape (H, W) or (C, H, W) of a linear layer's inputs; by default a square or, if the number of inputs
            is not a square number, one row for each neuron. Channels are added up; the three channels of a kernel are
            shown as red, green and blue.
        x: inputs of the model (N, …): a unit whose output is above 0 for none of them is marked as off. That is dead,
            if a ReLU follows.
        most: the largest number of neurons or kernels to show.

    Raises ValueError for a model without such a weight, and for inputs that do not have this shape.
    """
    found = [(name, weight) for name, weight in model.named_parameters() if weight.ndim in (2, 4)]
    if not found:
        raise ValueError(
            f"expected a model with a weight (out, in) or (out, in, H, W), {type(model).__name__} has none"
        )
    name = found[0][0]
    kernels = _kernels(name, array(found[0][1]), shape)
    coloured = kernels.ndim == 4
    limit = full_colour(kernels)
    marks = list(_marks(kernels[:most], limit, None if x is None else _off(model, name.rpartition(".")[0], x)))

    if kernels.ndim == 2:
        tiles = kernels[:most]
        fig, ax = figure(*np.clip([0.35 * tiles.shape[1], 0.28 * len(tiles)], 1.2, 6.2))
        ax.set(xlabel=f"{tiles.shape[1]} inputs", ylabel=f"{len(tiles)} neurons")
        for i, (_, mark) in enumerate(marks):
            place = {"xycoords": ax.get_yaxis_transform(), "textcoords": "offset points", "va": "center"}
            ax.annotate(mark, (1, i), (5, 0), color=GREY, fontsize=min(8, 400 / len(tiles)), **place)
    else:
        whole = mosaic(kernels[:most])
        tiles = whole.image
        fig, ax = figure(6.2, 6.2 * tiles.shape[0] / tiles.shape[1])
        for (left, top), (_, mark) in zip(whole.corners, marks, strict=True):
            _mark(ax, (left + whole.size[0] / 2 - 0.5, top + whole.size[1] / 2 - 0.5), mark, tiles, whole.size)
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
    counts = Counter(reason for reason, _ in marks if reason)
    told = "".join(f"; {count} {REASONS[reason]}" for reason, count in counts.items())
    title(ax, heading, f"{shown}{meaning}, full colour from ±{limit:.2g} on{told}")
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


def _off(model: Module, layer: str, x: Any) -> Array:
    """Which units of a layer are above 0 for none of the inputs."""
    out = output_of(model, x, layer)
    out = np.moveaxis(out, 1, -1) if out.ndim == 4 else out
    return np.asarray(~(out > 0).any(axis=tuple(range(out.ndim - 1))))


def _marks(kernels: Array, limit: float, off: Array | None) -> Iterator[tuple[str, str]]:
    """For each unit why it looks blank, or is off, and a word that says so; two empty strings for any other."""
    for i, kernel in enumerate(kernels):
        if not np.isfinite(kernel).all():
            yield "NaN", "not finite"
        elif off is not None and off[i]:
            yield "off", "off"
        elif np.ptp(kernel) == 0 and kernel.size > 1:
            yield "constant", f"all {kernel.flat[0]:.2g}"
        elif np.abs(kernel).max() < FAINT * limit:
            yield "faint", "≈ 0"
        else:
            yield "", ""


def _mark(ax: Any, place: tuple[float, float], mark: str, tiles: Array, size: tuple[int, int]) -> None:
    if mark:
        points = 72 * 6.2 * size[0] / tiles.shape[1]
        box = {"facecolor": PAPER, "edgecolor": "none", "alpha": 0.85, "pad": 1.5}
        ax.text(*place, mark, ha="center", va="center", color=DARK, fontsize=min(9, 1.5 * points / len(mark)), bbox=box)
