"""A drawing becomes an image in the way the digits of its data set did: scaled first, then put in its place.

- MNIST's were scaled into 20 x 20 pixels, and put into 28 x 28 with their centre of mass in the middle
  (http://yann.lecun.com/exdb/mnist/).
- scikit-learn's were scaled to bitmaps of 32 x 32, of which each block of 4 x 4 pixels was counted
  (https://archive.ics.uci.edu/dataset/80). In the images they reach from top to bottom, over 24 columns at most.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.tools.extras import require

Array = np.ndarray[Any, Any]


def like_mnist(ink: Array) -> Array:
    """Ink on black, uint8 (H, W), as one of MNIST's images (28, 28). An image of MNIST stays as it is."""
    digit = cropped(ink)
    scale = 20 / max(digit.shape)
    return placed(scaled(digit, *(round(side * scale) for side in digit.shape)), 28)


def like_digits(ink: Array) -> Array:
    """Ink on black, uint8 (H, W), as one of scikit-learn's digits (8, 8)."""
    digit = cropped(ink)
    width = round(32 * digit.shape[1] / digit.shape[0])
    bitmap = placed(np.where(scaled(digit, 32, min(width, 24)) > 127, 255, 0), 32)
    blocks: Array = np.rint(bitmap.reshape(8, 4, 8, 4).mean((1, 3))).astype(np.uint8)
    return blocks


CENTRED: dict[tuple[int, ...], Callable[[Array], Array]] = {(1, 28, 28): like_mnist, (1, 8, 8): like_digits}


def cropped(ink: Array) -> Array:
    """The part of an image that has ink. Raises ValueError if there is none."""
    rows, columns = (np.flatnonzero(ink.max(axis)) for axis in (1, 0))
    if not rows.size:
        raise ValueError("the picture is empty: draw something, or choose another picture")
    return ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def scaled(ink: Array, height: int, width: int) -> Array:
    """An image in another size of one pixel or more, each pixel an average of those it covers."""
    pillow = require("PIL.Image", "web", "drawings are scaled with Pillow")
    image = pillow.fromarray(ink).resize((max(width, 1), max(height, 1)), pillow.Resampling.BOX)
    return np.asarray(image)


def placed(ink: Array, side: int) -> Array:
    """A black square with the ink in it: its centre of mass at pixel side / 2, as near as whole pixels allow."""
    out = np.zeros((side, side), np.uint8)
    weight = max(ink.sum(dtype=float), 1.0)
    corner = []
    for axis in (0, 1):
        centre = (ink.sum(1 - axis, dtype=float) * np.arange(ink.shape[axis])).sum() / weight
        corner.append(min(max(math.ceil(side / 2 - 0.5 - centre), 0), side - ink.shape[axis]))
    top, left = corner
    out[top : top + ink.shape[0], left : left + ink.shape[1]] = ink
    return out
