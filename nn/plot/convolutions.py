"""The filters of a convolution, and what they see in an image."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from ..module import Module
from .figure import Figure
from .layer_outputs import as_input, output_of
from .pixels import Mosaic, as_pixels, full_colour, mosaic, show_image, shown_range
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
    shorten,
    title,
)

WIDTH = 5.6  # inches of a mosaic
ROOM = 0.28  # over each tile, for its number
GRID = 16  # filters and channels in a table of kernels


def filters(
    model: Module, path: PathLike | None = None, *, layer: str | None = None, most: int = 64, heading: str = "Filters"
) -> Figure:
    """The filters of a convolution, numbered as its output channels are: blue above 0, red below.

    A filter of three input channels is shown in red, green and blue, where grey is 0; of more, it is a row with a
    kernel for each of them. Filters whose numbers are all the same say so.

    Args:
        model: a convolution, such as `nn.Conv2d`, or a Module with one.
        layer: the name of the convolution in the model; by default the first.
        most: the largest number of filters to show; 16 of those that are a row.

    Raises ValueError for a model without a convolution, and for another name.
    """
    name, weight = _convolution(model, layer)
    kernels = array(weight).astype(float)
    kernels = kernels[:, None] if kernels.ndim == 3 else kernels  # over time: one image of channels and steps
    count, channels = kernels.shape[:2]
    limit = full_colour(kernels)
    words = [_constant(kernel) for kernel in kernels]
    told = [f"{count} filters of {' × '.join(map(str, weight.shape[1:]))}"]
    if channels in (1, 3):
        tiles = np.moveaxis(kernels[:most], 1, -1)
        tiles = tiles[..., 0] if channels == 1 else (tiles / limit + 1).clip(0, 2) / 2
        fig, ax = _sheet(mosaic(tiles, above=ROOM), words, _colours(limit))
    else:
        part = kernels[: min(most, GRID), :GRID]
        whole = mosaic(part.reshape(-1, *part.shape[2:]), columns=part.shape[1])
        fig, ax = _table(whole, part.shape[:2], words, _colours(limit))
        told += [f"channels 0 to {part.shape[1] - 1} across"]
    shown = min(most, GRID if channels not in (1, 3) else most, count)
    told += [f"the first {shown} shown"] * (shown < count)
    told += ["grey is 0" if channels == 3 else "blue above 0, red below", f"full colour from ±{limit:.2g} on"]
    title(ax, f"{heading} of layer {shorten(name, 30)}" if name else heading, "; ".join(told))
    return finish(fig, path)


def feature_maps(
    model: Module,
    x: Any,
    path: PathLike | None = None,
    *,
    layer: str | None = None,
    most: int = 32,
    heading: str = "Feature maps",
) -> Figure:
    """An image, and what each channel of a layer makes of it; maps without anything to see say so.

    Args:
        model: a Module that takes images (N, C, H, W), or rows of pixels (N, H * W).
        x: an image (C, H, W); or several, as the model takes them, of which the first is drawn: a map is called dead if
            it is 0 everywhere for all of them.
        layer: the name of a layer with an output (N, C, H, W); by default the first convolution.
        most: the largest number of maps to show.

    The model is used in evaluation mode, and left as it is. Raises ValueError for a name that the model does not have,
    for a layer with another output, and without a convolution if no name is given.
    """
    name = _convolution(model, None)[0] if layer is None else layer
    images = as_input(model, x)
    images = images[None] if images.ndim == 3 else images
    out = output_of(model, images, name)
    if out.ndim != 4:
        raise ValueError(f"the layer {name!r} gives {out.shape}, which is no map: expected (N, C, H, W)")
    maps, first = out[0][:most].astype(float), array(images)[0]
    words = [_word(out[:, i]) for i in range(len(maps))]
    limit = full_colour(maps)
    signed = (maps[np.isfinite(maps)] < 0).any()
    whole = mosaic(maps, above=ROOM)
    fig, ax = _sheet(
        whole, words, _colours(limit) if signed else {"cmap": shades(PAPER, BLUE, DARK), "vmin": 0, "vmax": limit}
    )
    _beside(fig, first)
    dead = sum(word == "dead" for word in words)
    told = [f"{out.shape[1]} maps of {out.shape[2]} × {out.shape[3]}"]
    told += [f"the first {len(maps)} shown"] * (len(maps) < out.shape[1])
    told += [f"{dead} dead"] * bool(dead)
    told += ["blue above 0, red below" if signed else f"dark from {limit:.2g} on"]
    title(ax, f"{heading} of layer {shorten(name, 30)}" if name else heading, "; ".join(told))
    return finish(fig, path)


def _convolution(model: Module, layer: str | None) -> tuple[str, Any]:
    """The name and the weight of a convolution in a model, or of the model itself."""
    modules = dict(model.named_modules())
    found = dict(_weights(modules))
    if layer is not None and layer not in found:
        known = ", ".join(map(repr, found)) or "none"
        raise ValueError(f"{layer!r} is no convolution of the model: expected one of {known}")
    if not found:
        raise ValueError(f"expected a convolution or a model with one, {type(model).__name__} has none")
    name = next(iter(found)) if layer is None else layer
    return name, found[name]


def _weights(modules: dict[str, Module]) -> Iterator[tuple[str, Any]]:
    for name, module in modules.items():
        weight = dict(module.named_parameters(recurse=False)).get("weight")
        if weight is not None and weight.ndim in (3, 4):
            yield name, weight


def _colours(limit: float) -> dict[str, Any]:
    return {"cmap": shades(RED, PALE, BLUE), "vmin": -limit, "vmax": limit}


def _sheet(whole: Mosaic, words: list[str], colours: dict[str, Any]) -> tuple[Any, Any]:
    """A mosaic with a number over each tile, and the words that belong to it."""
    height, width = whole.image.shape[:2]
    columns = width / whole.size[0]
    inches = min(WIDTH, 1.1 * columns)
    fig, ax = figure(inches, inches * height / width)
    image = np.nan_to_num(whole.image, nan=1.0) if whole.image.ndim == 3 else whole.image
    ax.imshow(image, interpolation="nearest", **(colours if image.ndim == 2 else {}))
    ax.axis("off")
    size = min(8.0, 72 * inches / columns * 0.2)
    for i, (left, top) in enumerate(whole.corners):
        ax.text(left - 0.5, top - 1.2, str(i), color=GREY, fontsize=size, va="bottom")
        if words[i]:
            style = {"color": GREY, "fontsize": size, "va": "bottom", "ha": "right"}
            ax.text(left + whole.size[0] - 0.5, top - 1.2, words[i], **style)
            _outline(ax, left, top, whole.size)
    return fig, ax


def _table(whole: Mosaic, shape: tuple[int, ...], words: list[str], colours: dict[str, Any]) -> tuple[Any, Any]:
    """A mosaic with a number beside each row, and the words that belong to it."""
    height, width = whole.image.shape[:2]
    inches = min(WIDTH, 0.55 * shape[1])
    fig, ax = figure(inches, inches * height / width)
    ax.imshow(whole.image, interpolation="nearest", **colours)
    bare(ax)
    centres = [whole.corners[i * shape[1]][1] + whole.size[1] / 2 - 0.5 for i in range(shape[0])]
    ax.set(xticks=[])
    size = min(8.0, 72 * inches * height / width / shape[0] * 0.6)
    ax.set_yticks(centres, [str(i) for i in range(shape[0])], fontsize=size, color=GREY)
    for centre, word in zip(centres, words, strict=False):
        place = {"xycoords": ax.get_yaxis_transform(), "textcoords": "offset points", "va": "center"}
        ax.annotate(word, (1, centre), (5, 0), color=GREY, fontsize=size, **place)
    return fig, ax


def _outline(ax: Any, left: float, top: float, size: tuple[int, int]) -> None:
    """A thin frame around a tile with nothing in it to see."""
    from matplotlib.patches import Rectangle

    ax.add_patch(Rectangle((left - 0.5, top - 0.5), *size, fill=False, edgecolor=GREY, linewidth=0.5, clip_on=False))


def _beside(fig: Any, image: Array) -> None:
    """Draw the input at the left of a mosaic: pixels, a square row of them, or of several channels the sum."""
    if image.ndim == 1:
        side = math.isqrt(len(image))
        image = image.reshape(-1, side if side * side == len(image) else len(image))
    elif image.shape[0] not in (1, 3):
        image = image.sum(0)
    pixels = as_pixels(image, image.shape)
    width, height = fig.get_size_inches()
    side = min(1.5, height) if pixels.shape[0] >= pixels.shape[1] else 1.5 * pixels.shape[0] / pixels.shape[1]
    ax = fig.add_axes((-1.75 / width, 1 - side / height, 1.5 / width, side / height), anchor="NW")
    show_image(ax, pixels, *shown_range([pixels]))
    ax.set_xlabel("input", color=GREY, fontsize=8, loc="left")


def _word(maps: Array) -> str:
    if not np.isfinite(maps).all():
        return "NaN" if np.isnan(maps).any() else "infinite"
    if not maps.any():
        return "dead"
    return _constant(maps)


def _constant(values: Array) -> str:
    if not np.isfinite(values).all():
        return "NaN" if np.isnan(values).any() else "infinite"
    return f"all {values.flat[0]:.2g}" if values.size > 1 and np.ptp(values) == 0 else ""
