"""Transforms of where the pixels are: other sizes, margins, middles."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd import Tensor

from .fixed_transforms import Transform
from .image_kinds import Array, change_images, pair
from .interpolation import InterpolationMode, interpolation_mode, resized

PADDING_MODES = ("constant", "edge", "reflect", "symmetric")
Fill = float | Sequence[float]


class Resize(Transform):
    """Images of another size: (height, width), or one number for the shorter side, which keeps the proportions.

    Args:
        interpolation: "nearest", "nearest-exact", "bilinear", "bicubic"; for bytes also "box", "hamming", "lanczos".
        max_size: the most that the longer side may have, if `size` is one number.
        antialias: smooth when making an image smaller. Bytes are always smoothed.

    Bytes are resized by Pillow. Raises TypeError and ValueError for arguments other than these, ImportError for bytes
    without Pillow.
    """

    def __init__(
        self,
        size: int | Sequence[int],
        interpolation: str | int = InterpolationMode.BILINEAR,
        max_size: int | None = None,
        antialias: bool | None = True,
    ) -> None:
        self._pair = pair("Resize", size)
        self._shorter = isinstance(size, int) or len(size) == 1
        if max_size is not None and (not self._shorter or max_size <= self._pair[0]):
            raise ValueError(
                f"max_size must be greater than the requested size for the smaller edge, and given with one size only: "
                f"given max_size={max_size} and size={size}"
            )
        self.size, self.interpolation = size, interpolation_mode(interpolation)
        self.max_size, self.antialias = max_size, antialias

    def batch(self, samples: Any) -> Any:
        floor = isinstance(samples, Tensor)

        def change(images: Array) -> Array:
            height, width = images.shape[2:]
            size = self._fitted(height, width) if self._shorter else self._pair
            return resized(images, size, self.interpolation, bool(self.antialias), floor=floor)

        return change_images("Resize", samples, change)

    def _fitted(self, height: int, width: int) -> tuple[int, int]:
        """The size whose shorter side is the one asked for, and whose longer side is at most `max_size`."""
        short, long = self._pair[0], int(self._pair[0] * max(height, width) / min(height, width))
        if self.max_size is not None and long > self.max_size:
            short, long = int(self.max_size * short / long), self.max_size
        return (long, short) if height > width else (short, long)

    def __repr__(self) -> str:
        return (
            f"Resize(size={self.size}, interpolation={self.interpolation}, max_size={self.max_size}, "
            f"antialias={self.antialias})"
        )


class CenterCrop(Transform):
    """The middle of each image, `size` (height, width; or one number) large; a smaller image gets a margin of zeros.

    Raises TypeError and ValueError for a size other than these.
    """

    def __init__(self, size: int | Sequence[int]) -> None:
        self.size = pair("CenterCrop", size)

    def batch(self, samples: Any) -> Any:
        return change_images("CenterCrop", samples, lambda images: middle(images, *self.size))

    def __repr__(self) -> str:
        return f"CenterCrop(size={self.size})"


class Pad(Transform):
    """A margin around each image.

    Args:
        padding: one number, (left and right, top and bottom), or (left, top, right, bottom). Negative numbers crop.
        fill: the value of a constant margin, or one for each channel.
        padding_mode: "constant", "edge", "reflect" or "symmetric", as in numpy.pad.

    Raises ValueError for arguments other than these.
    """

    def __init__(self, padding: int | Sequence[int], fill: Fill = 0, padding_mode: str = "constant") -> None:
        self._sides = sides("Pad", padding)
        self.padding, self.fill, self.padding_mode = padding, fill, check_mode("Pad", padding_mode)

    def batch(self, samples: Any) -> Any:
        return change_images("Pad", samples, lambda images: padded(images, self._sides, self.fill, self.padding_mode))

    def __repr__(self) -> str:
        return f"Pad(padding={self.padding}, fill={self.fill}, padding_mode={self.padding_mode})"


def sides(name: str, padding: int | Sequence[int]) -> tuple[int, int, int, int]:
    """(left, top, right, bottom) of a padding of 1, 2 or 4 numbers; raises ValueError for another."""
    given = (padding,) if isinstance(padding, int) else tuple(padding)
    if len(given) not in (1, 2, 4):
        raise ValueError(f"{name}: expected a padding of 1, 2 or 4 numbers, given {padding}")
    left, top, right, bottom = (given * 4)[:4]
    return left, top, right, bottom


def check_mode(name: str, mode: str) -> str:
    """`mode`; raises ValueError for one that is unknown."""
    if mode not in PADDING_MODES:
        raise ValueError(f"{name}: expected padding_mode constant, edge, reflect or symmetric, given {mode}")
    return mode


def padded(images: Array, margin: Sequence[int], fill: Fill = 0, mode: str = "constant") -> Array:
    """Images (N, C, H, W) with a margin (left, top, right, bottom); negative sides are cut off."""
    left, top, right, bottom = margin
    images = images[:, :, max(-top, 0) : images.shape[2] - max(-bottom, 0)]
    images = images[:, :, :, max(-left, 0) : images.shape[3] - max(-right, 0)]
    left, top, right, bottom = (max(side, 0) for side in (left, top, right, bottom))
    if mode != "constant":
        return np.pad(images, ((0, 0), (0, 0), (top, bottom), (left, right)), mode=mode)  # type: ignore[call-overload]
    n, channels, height, width = images.shape
    out = np.empty((n, channels, top + height + bottom, left + width + right), images.dtype)
    out[:] = np.asarray(fill).reshape(-1, 1, 1)
    out[:, :, top : top + height, left : left + width] = images
    return out


def cropped(images: Array, top: int, left: int, height: int, width: int) -> Array:
    """The window of that place and size; zeros where it lies outside of the images (N, C, H, W)."""
    right, bottom = left + width - images.shape[3], top + height - images.shape[2]
    return padded(images, (-left, -top, right, bottom))


def middle(images: Array, height: int, width: int) -> Array:
    """The middle of that size of images (N, C, H, W), with zeros around smaller images."""
    rows, columns = images.shape[2:]
    tall, wide = max(height - rows, 0), max(width - columns, 0)
    images = padded(images, (wide // 2, tall // 2, (wide + 1) // 2, (tall + 1) // 2))
    top, left = round((images.shape[2] - height) / 2), round((images.shape[3] - width) / 2)
    return cropped(images, top, left, height, width)
