"""Arrays as images: their pixels, the range of values shown, and many of them side by side."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from .style import DARK, PAPER, Array, bare, shades


def as_pixels(image: Array, shape: Sequence[int] | None) -> Array:
    """An image as (H, W) or (H, W, 3). Raises ValueError for one of another shape."""
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


def shown_range(images: Sequence[Array]) -> tuple[float, float]:
    """The values shown as the lightest and the darkest: 0 and 1 or 255 if the images lie in that range."""
    low, high = value_range(images)
    if low >= 0 and high <= 255:
        return 0.0, 1.0 if high <= 1 else 255.0
    return low, high if high > low else low + 1


def value_range(images: Sequence[Array]) -> tuple[float, float]:
    """The smallest and the largest finite value; 0 and 0 if there is none."""
    values = np.concatenate([image[np.isfinite(image)] for image in images])
    return (float(values.min()), float(values.max())) if len(values) else (0.0, 0.0)


def full_colour(values: Array) -> float:
    """How far from 0 a colour is full: one in a hundred of the finite values lies further, and is cut."""
    known = np.abs(values[np.isfinite(values)])
    return float(np.percentile(known, 99)) or float(known.max()) or 1.0 if len(known) else 1.0


def show_image(ax: Any, image: Array, low: float, high: float) -> None:
    """Draw an image: grey from paper at `low` to ink at `high`, or in its colours. What is not finite is left out."""
    if image.ndim == 3:
        scaled = ((image - low) / (high - low)).clip(0, 1)
        ax.imshow(np.nan_to_num(scaled, nan=1.0))
    else:
        ax.imshow(image, cmap=shades(PAPER, DARK), vmin=low, vmax=high)
    ax.set(xticks=[], yticks=[])
    bare(ax)


class Mosaic(NamedTuple):
    """Images of one size side by side in one, with gaps of NaN between them.

    Attributes:
        image: the pixels, (H, W) or (H, W, 3).
        corners: the upper left corner (x, y) of each image in it.
        size: the width and height of each image in it.
    """

    image: Array
    corners: list[tuple[int, int]]
    size: tuple[int, int]


def mosaic(images: Array, *, above: float = 0.0, columns: int | None = None) -> Mosaic:
    """Images (N, H, W) or (N, H, W, 3) in one; small ones are enlarged.

    `above` is the room over each of them, as a share of its larger side; `columns` is how many stand side by side, by
    default so many that the whole is about square.
    """
    factor = max(1, math.ceil(24 / max(images.shape[1:3])))
    images = images.repeat(factor, 1).repeat(factor, 2)
    n, height, width = images.shape[:3]
    gap = max(1, round(0.08 * max(height, width)))
    top = round(above * max(height, width))
    columns = columns or min(n, max(4, math.ceil(math.sqrt(n * (height + top) / width))))
    rows = math.ceil(n / columns)
    tiles = np.full((rows * columns, top + height + gap, width + gap, *images.shape[3:]), np.nan)
    tiles[:n, top : top + height, :width] = images
    tiles = tiles.reshape(rows, columns, *tiles.shape[1:]).swapaxes(1, 2)
    whole = tiles.reshape(rows * (top + height + gap), columns * (width + gap), *images.shape[3:])
    corners = [(i % columns * (width + gap), i // columns * (top + height + gap) + top) for i in range(n)]
    return Mosaic(whole[:-gap, :-gap], corners, (width, height))
