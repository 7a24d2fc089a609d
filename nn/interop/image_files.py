"""`torchvision.utils`: many images as one, and an image as a file."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from typing import Any

import autograd
from autograd import Tensor
from autograd.tools.extras import require


def make_grid(
    tensor: Tensor | Sequence[Tensor],
    nrow: int = 8,
    padding: int = 2,
    normalize: bool = False,
    value_range: tuple[float, float] | None = None,
    scale_each: bool = False,
    pad_value: float = 0.0,
) -> Tensor:
    """Images (N, C, H, W), or a list of (C, H, W), side by side as one image (3, height, width), `nrow` in a row.

    A single image (C, H, W) or (H, W) stays as it is, and grey becomes RGB. `normalize` shifts the values of all
    images, or with `scale_each` of each, from `value_range`, by default their own, to between 0 and 1.

    Raises TypeError for anything but tensors, ValueError for a `value_range` that is no tuple.
    """
    images = autograd.stack(list(tensor)) if isinstance(tensor, list | tuple) else tensor
    if not isinstance(images, Tensor):
        raise TypeError(f"tensor or list of tensors expected, got {type(tensor)}")
    if value_range is not None and not isinstance(value_range, tuple):
        raise TypeError("value_range has to be a tuple (min, max) if specified. min and max are numbers")
    images = images.detach()
    while images.ndim < 4:
        images = images.unsqueeze(0)
    if images.shape[1] == 1:
        images = autograd.cat([images] * 3, 1)
    if normalize:
        parts = [each.unsqueeze(0) for each in images] if scale_each else [images]
        images = autograd.cat([_stretched(part, value_range) for part in parts])
    n, channels, height, width = images.shape
    if n == 1:
        return images[0]
    columns = min(nrow, n)
    rows = math.ceil(n / columns)
    height, width = height + padding, width + padding
    grid = autograd.full((channels, height * rows + padding, width * columns + padding), pad_value, dtype=images.dtype)
    for i, image in enumerate(images):
        top, left = i // columns * height + padding, i % columns * width + padding
        grid[:, top : top + height - padding, left : left + width - padding] = image
    return grid


def _stretched(images: Tensor, value_range: tuple[float, float] | None) -> Tensor:
    low, high = value_range or (images.min().item(), images.max().item())
    return (images.clamp(low, high) - low) / max(high - low, 1e-5)


def save_image(
    tensor: Tensor | Sequence[Tensor], fp: str | os.PathLike[str] | Any, format: str | None = None, **grid: Any
) -> None:
    """Write images, values between 0 and 1, as one image file through Pillow; `grid` is for `make_grid`.

    Raises ImportError without Pillow.
    """
    pillow = require("PIL.Image", "cli", "images are written with Pillow")
    image = make_grid(tensor, **grid)
    pixels = (image * 255 + 0.5).clamp(0, 255).permute(1, 2, 0).numpy().astype("uint8")
    pillow.fromarray(pixels).save(fp, format=format)
