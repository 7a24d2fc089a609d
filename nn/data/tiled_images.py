"""Many images in one: as a tensor, and as a file."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from typing import IO, Any

import numpy as np

import autograd
from autograd import Tensor


def make_grid(
    tensor: Tensor | Sequence[Tensor],
    nrow: int = 8,
    padding: int = 2,
    normalize: bool = False,
    value_range: tuple[float, float] | None = None,
    scale_each: bool = False,
    pad_value: float = 0.0,
) -> Tensor:
    """Images in rows of `nrow`, as one image (channels, height, width); grey ones get three equal channels.

    Args:
        tensor: (N, C, H, W), or a list of images (C, H, W) of one size; a single one, also (H, W), stays alone.
        padding, pad_value: the width of the lines around the images, and their value.
        normalize: move the values into [0, 1]: those from the smallest to the largest, or those in `value_range`.
        scale_each: find the smallest and the largest for each image by itself.

    Raises TypeError for anything else.
    """
    if not isinstance(tensor, Tensor) and not all(isinstance(image, Tensor) for image in tensor):
        raise TypeError(f"tensor or list of tensors expected, got {type(tensor)}")
    x = (tensor if isinstance(tensor, Tensor) else autograd.stack(list(tensor))).numpy(force=True)
    if x.ndim not in (2, 3, 4):
        raise TypeError(f"make_grid: expected images (N, C, H, W), (C, H, W) or (H, W), given {x.shape}")
    x = x.reshape((1,) * (4 - x.ndim) + x.shape)
    x = x.repeat(3, 1) if x.shape[1] == 1 else x
    if normalize:
        x = _into_range(x, value_range, scale_each)
    n, channels, height, width = x.shape
    if n == 1:
        return autograd.tensor(x[0])
    columns = min(nrow, n)
    tall, wide = height + padding, width + padding
    grid = np.full((channels, tall * math.ceil(n / columns) + padding, wide * columns + padding), pad_value, x.dtype)
    for i, image in enumerate(x):
        top, left = i // columns * tall + padding, i % columns * wide + padding
        grid[:, top : top + height, left : left + width] = image
    return autograd.from_numpy(grid)


def _into_range(x: np.ndarray[Any, Any], span: tuple[float, float] | None, each: bool) -> np.ndarray[Any, Any]:
    axes = (1, 2, 3) if each else (0, 1, 2, 3)
    low, high = (x.min(axes, keepdims=True), x.max(axes, keepdims=True)) if span is None else map(np.asarray, span)
    return ((x.clip(low, high) - low) / np.maximum(high - low, 1e-5)).astype(x.dtype)


def save_image(
    tensor: Tensor | Sequence[Tensor],
    fp: str | os.PathLike[str] | IO[bytes],
    format: str | None = None,
    nrow: int = 8,
    padding: int = 2,
    normalize: bool = False,
    value_range: tuple[float, float] | None = None,
    scale_each: bool = False,
    pad_value: float = 0.0,
) -> None:
    """Write images with values from 0 to 1 into one file, arranged as by `make_grid`.

    The format is that of the file name's extension unless one is given. Raises what `make_grid` raises, ValueError for
    an unknown format, and ImportError without Pillow.
    """
    from PIL import Image

    grid = make_grid(tensor, nrow, padding, normalize, value_range, scale_each, pad_value).numpy()
    pixels = np.clip(grid * 255.0 + 0.5, 0, 255).astype(np.uint8)
    Image.fromarray(np.ascontiguousarray(np.moveaxis(pixels, 0, -1))).save(fp, format=format)
