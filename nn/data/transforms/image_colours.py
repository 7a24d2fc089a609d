"""Transforms of what the pixels are: grey, brighter, of another hue.

An image has one channel or three (red, green, blue); bytes go from 0 to 255, fractions from 0 to 1. Bytes are computed
as Pillow computes them, fractions as torchvision does.
"""

from __future__ import annotations

from typing import Any

import numpy as np

import autograd
from autograd import Tensor

from .fixed_transforms import Transform
from .image_kinds import Array, change_images

GREY = (0.2989, 0.587, 0.114)  # of red, green, blue: ITU-R 601
GREY_BYTES = (19595, 38470, 7471)  # Pillow's, in parts of 65,536


class Grayscale(Transform):
    """Each image in shades of grey, with one channel, or with three that are equal.

    Raises ValueError for another number of channels, and for images that have neither one nor three.
    """

    def __init__(self, num_output_channels: int = 1) -> None:
        if num_output_channels not in (1, 3):
            raise ValueError(f"num_output_channels should be either 1 or 3, given {num_output_channels}")
        self.num_output_channels = num_output_channels

    def batch(self, samples: Any) -> Any:
        return change_images("Grayscale", samples, lambda images: grey(images).repeat(self.num_output_channels, 1))

    def __repr__(self) -> str:
        return f"Grayscale(num_output_channels={self.num_output_channels})"


class ConvertImageDtype(Transform):
    """A tensor of another dtype, with values of the same brightness: 255 as a byte is 1.0 as a fraction.

    Raises TypeError for anything but a tensor, RuntimeError for fractions as integers that cannot tell them apart.
    """

    def __init__(self, dtype: Any) -> None:
        self.dtype = np.dtype(dtype)

    def batch(self, samples: Any) -> Tensor:
        if not isinstance(samples, Tensor):
            raise TypeError(f"ConvertImageDtype: expected a Tensor, given {type(samples).__name__}: use ToTensor()")
        return autograd.from_numpy(_converted(samples.numpy(force=True), self.dtype))

    def __repr__(self) -> str:
        return "ConvertImageDtype()"


def _converted(x: Array, dtype: Any) -> Array:
    if x.dtype.kind == "f":
        if dtype.kind == "f":
            return x.astype(dtype)
        if dtype.itemsize * 8 > np.finfo(x.dtype).nmant + 1:
            raise RuntimeError(f"The cast from {x.dtype} to {dtype} cannot be performed safely")
        return (x * (np.iinfo(dtype).max + 1 - 1e-3)).astype(dtype)
    most = np.iinfo(x.dtype).max
    if dtype.kind == "f":
        return x.astype(dtype) / most
    other = np.iinfo(dtype).max
    if most > other:
        return (x // ((most + 1) // (other + 1))).astype(dtype)
    return x.astype(dtype) * ((other + 1) // (most + 1))


def three_or_one(images: Array) -> None:
    """Raise ValueError unless images (N, C, H, W) have one channel or three."""
    if images.shape[1] not in (1, 3):
        raise ValueError(f"expected images of 1 or 3 channels, given {images.shape[1]}")


def grey(images: Array) -> Array:
    """Images (N, C, H, W) with one channel: the brightness that an eye sees."""
    three_or_one(images)
    if images.shape[1] == 1:
        return images.copy()
    if images.dtype == np.uint8:
        share = np.array(GREY_BYTES, np.uint32).reshape(3, 1, 1)
        return ((images * share).sum(1, keepdims=True) + 0x8000 >> 16).astype(np.uint8)
    share = np.array(GREY).reshape(3, 1, 1).astype(images.dtype)
    return (images * share).sum(1, keepdims=True)


def blend(images: Array, others: Array | float, factor: Array) -> Array:
    """others + factor * (images - others), within the range of colours; a factor for each image."""
    kind = images.dtype if images.dtype.kind == "f" else np.dtype(np.float32)
    others = np.asarray(others).astype(kind)
    mixed = others + factor.astype(kind).reshape(-1, 1, 1, 1) * (images - others)
    most = 1 if images.dtype.kind == "f" else np.iinfo(images.dtype).max
    return np.clip(mixed, 0, most).astype(images.dtype)


def brighter(images: Array, factor: Array) -> Array:
    """Towards black for a factor below 1, away from it above."""
    three_or_one(images)
    return blend(images, 0, factor)


def contrasted(images: Array, factor: Array) -> Array:
    """Towards the mean brightness of each image for a factor below 1, away from it above."""
    shades = grey(images)
    mean = shades.mean((1, 2, 3), keepdims=True, dtype=np.float64 if images.dtype == np.uint8 else None)
    return blend(images, np.floor(mean + 0.5) if images.dtype == np.uint8 else mean, factor)


def saturated(images: Array, factor: Array) -> Array:
    """Towards grey for a factor below 1, away from it above; images of one channel stay as they are."""
    shades = grey(images)
    return images.copy() if images.shape[1] == 1 else blend(images, shades, factor)


def hued(images: Array, shift: Array) -> Array:
    """The hues turned, each image by a share between -1/2 and 1/2 of the circle; one channel stays as it is."""
    three_or_one(images)
    if images.shape[1] == 1:
        return images.copy()
    if images.dtype != np.uint8:
        h, s, v = _hsv(images)
        return _rgb((h + shift.reshape(-1, 1, 1).astype(h.dtype)) % 1, s, v)
    h, s, v = _hsv(images.astype(np.float32))
    turn = (shift.reshape(-1, 1, 1) * 255).astype(np.int64)
    h = ((h.astype(np.float64) * 255).astype(np.int64) + turn) % 256 / 255
    return np.rint(_rgb(h, np.floor(s * 255) / 255, v.astype(np.float64))).astype(np.uint8)


def _hsv(images: Array) -> tuple[Array, Array, Array]:
    """Hue, saturation and value, each (N, H, W), from 0 to 1. Source: Smith, "Color Gamut Transform Pairs"."""
    r, g, b = images[:, 0], images[:, 1], images[:, 2]
    v, low = images.max(1), images.min(1)
    range_ = np.where(v > low, v - low, 1)
    red, green, blue = (((v - x) / range_).astype(np.float64) for x in (r, g, b))
    h = np.where(v == r, blue - green, np.where(v == g, 2 + red - blue, 4 + green - red)).astype(v.dtype)
    turn = ((h.astype(np.float64) / 6 + 1) % 1).astype(v.dtype)
    return np.where(v > low, turn, 0), (v - low) / np.where(v > 0, v, 1), v


def _rgb(h: Array, s: Array, v: Array) -> Array:
    """The inverse of `_hsv`, (N, 3, H, W)."""
    sector = np.floor(h * 6)
    f = h * 6 - sector
    p, q, t = v * (1 - s), v * (1 - s * f), v * (1 - s * (1 - f))
    channels = ((v, q, p, p, t, v), (t, v, v, q, p, p), (p, p, t, v, v, q))
    return np.stack([np.choose(sector.astype(np.intp) % 6, channel) for channel in channels], 1)
