"""How pixels of one size become pixels of another."""

from __future__ import annotations

import math
from enum import StrEnum
from functools import lru_cache
from typing import Any

import numpy as np

from .image_kinds import Array


class InterpolationMode(StrEnum):
    """How a value between pixels is found."""

    NEAREST = "nearest"
    NEAREST_EXACT = "nearest-exact"
    BILINEAR = "bilinear"
    BICUBIC = "bicubic"
    BOX = "box"
    HAMMING = "hamming"
    LANCZOS = "lanczos"


BY_NUMBER = ("nearest", "lanczos", "bilinear", "bicubic", "box", "hamming")  # in the order of PIL.Image.Resampling
NEAREST = (InterpolationMode.NEAREST, InterpolationMode.NEAREST_EXACT)
SUPPORT = {InterpolationMode.BILINEAR: 1.0, InterpolationMode.BICUBIC: 2.0}


def interpolation_mode(given: str | int) -> InterpolationMode:
    """The mode of that name, or of Pillow's number for it. Raises ValueError for another."""
    known = isinstance(given, int) and 0 <= given < len(BY_NUMBER)
    return InterpolationMode(BY_NUMBER[int(given)] if known else str(given))


def resized(images: Array, size: tuple[int, int], mode: InterpolationMode, antialias: bool, *, floor: bool) -> Array:
    """Images (N, C, H, W) as (N, C, *size).

    Bytes are resized by Pillow, which always smooths when it makes images smaller; numbers of other dtypes by the same
    filters in their own precision, without smoothing unless `antialias`. The nearest pixel is that under the middle of
    the new one, or with `floor` that under its corner, as in torch.nn.functional.interpolate.
    """
    if images.shape[2:] == size:
        return images.copy()
    if mode in NEAREST:
        shift = 0.0 if floor and mode == InterpolationMode.NEAREST else 0.5
        rows, columns = (
            np.minimum(((np.arange(n) + shift) * (old / n)).astype(np.intp), old - 1)
            for n, old in zip(size, images.shape[2:], strict=True)
        )
        return images[:, :, rows[:, None], columns]
    if images.dtype == np.uint8:
        return _by_pillow(images, size, mode)
    if mode not in SUPPORT:
        raise ValueError(
            f"the interpolation {mode} is for bytes alone: expected bilinear or bicubic for {images.dtype}"
        )
    kind = images.dtype if images.dtype.kind == "f" else np.dtype(np.float64)
    tall, wide = (
        _weights(old, new, mode, antialias).astype(kind) for old, new in zip(images.shape[2:], size, strict=True)
    )
    out: Array = tall @ (images.astype(kind, copy=False) @ wide.T)
    if images.dtype.kind == "f":
        return out
    limits = np.iinfo(images.dtype)
    return np.rint(out).clip(limits.min, limits.max).astype(images.dtype)


def _by_pillow(images: Array, size: tuple[int, int], mode: InterpolationMode) -> Array:
    from PIL import Image

    how = Image.Resampling[mode.name]

    def one(plane: Array) -> Array:
        return np.asarray(Image.fromarray(np.ascontiguousarray(plane)).resize(size[::-1], how))

    if images.shape[1] in (3, 4):
        out = [one(np.moveaxis(image, 0, -1)) for image in images]
        return np.moveaxis(np.stack(out), -1, 1) if out else np.empty((0, images.shape[1], *size), np.uint8)
    planes = [one(plane) for plane in images.reshape(-1, *images.shape[2:])]
    return np.array(planes, np.uint8).reshape(*images.shape[:2], *size)


@lru_cache(maxsize=64)
def _weights(old: int, new: int, mode: InterpolationMode, antialias: bool) -> Any:
    """(new, old): the share of each old pixel in each new one.

    It falls with the distance of their middles: linearly, or as Keys' cubic, "Cubic convolution interpolation for
    digital image processing", 1981, with a = -1/2 and, as in PyTorch, -3/4 if nothing is smoothed.
    """
    scale = old / new
    stretch = max(scale, 1.0) if antialias else 1.0
    middles = (np.arange(new) + 0.5) * scale
    if not antialias and mode == InterpolationMode.BICUBIC:
        return _taps(middles, old)
    reach = SUPPORT[mode] * stretch
    pixels = np.arange(old)
    first = np.maximum((middles - reach + 0.5).astype(np.intp), 0)[:, None]
    last = np.minimum((middles + reach + 0.5).astype(np.intp), old)[:, None]
    distance = np.abs(pixels + 0.5 - middles[:, None]) / stretch
    share = np.maximum(1 - distance, 0) if mode == InterpolationMode.BILINEAR else _cubic(distance, -0.5)
    share = share * ((pixels >= first) & (pixels < last))
    return share / share.sum(1, keepdims=True)


def _taps(middles: Array, old: int) -> Array:
    """The weights of four neighbours each, where those beyond the border are the border's pixel."""
    out = np.zeros((len(middles), old))
    for i, middle in enumerate(middles - 0.5):
        for k in range(math.floor(middle) - 1, math.floor(middle) + 3):
            out[i, min(max(k, 0), old - 1)] += _cubic(np.abs(middle - k), -0.75)
    return out


def _cubic(x: Any, a: float) -> Any:
    near = ((a + 2) * x - (a + 3)) * x * x + 1
    far = ((a * x - 5 * a) * x + 8 * a) * x - 4 * a
    return np.where(x < 1, near, np.where(x < 2, far, 0))
