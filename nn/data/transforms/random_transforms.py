"""What a random transform is; crops, flips and erasures."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from autograd import Generator

from ..streams import rng
from .fixed_transforms import Transform
from .image_geometry import Fill, check_mode, padded, sides
from .image_kinds import Array, change_images, pair


class RandomTransform(Transform):
    """Base class: a subclass defines `draw`, how many uniform random numbers each sample takes, and `change`.

    `change(images, u)` gets the images as (N, channels, height, width) and the numbers, from [0, 1), as (N, draw).
    Since every sample takes the same number of them, a batch gives the same as its samples one by one. The numbers come
    from `generator`; without one, from the loader, or outside a loader from `autograd.default_generator`.

    Raises ValueError for samples that are not images, NotImplementedError where a subclass lacks `change`.
    """

    draw = 1
    generator: Generator | None = None

    def change(self, images: Array, u: Array) -> Array:
        raise NotImplementedError(f"{type(self).__name__} must define change(images, u)")

    def batch(self, samples: Any) -> Any:
        u = rng(self.generator).random((len(samples), self.draw))
        return change_images(type(self).__name__, samples, lambda images: self.change(images, u))

    def __repr__(self) -> str:
        options = ", ".join(f"{name}={value}" for name, value in vars(self).items() if name != "generator")
        return f"{type(self).__name__}({options})"


def probability(name: str, p: float) -> float:
    """`p`. Raises ValueError unless it is between 0 and 1."""
    if not 0 <= p <= 1:
        raise ValueError(f"{name}: expected a probability p between 0 and 1, given {p}")
    return p


class RandomHorizontalFlip(RandomTransform):
    """Exchange left and right with probability `p`. Raises ValueError unless it is between 0 and 1."""

    def __init__(self, p: float = 0.5, *, generator: Generator | None = None) -> None:
        self.p, self.generator = probability("RandomHorizontalFlip", p), generator

    def change(self, images: Array, u: Array) -> Array:
        flipped = u[:, 0] < self.p
        out = images.copy()
        out[flipped] = images[flipped][..., ::-1]
        return out


class RandomVerticalFlip(RandomTransform):
    """Exchange top and bottom with probability `p`. Raises ValueError unless it is between 0 and 1."""

    def __init__(self, p: float = 0.5, *, generator: Generator | None = None) -> None:
        self.p, self.generator = probability("RandomVerticalFlip", p), generator

    def change(self, images: Array, u: Array) -> Array:
        flipped = u[:, 0] < self.p
        out = images.copy()
        out[flipped] = images[flipped][..., ::-1, :]
        return out


class RandomCrop(RandomTransform):
    """Cut a window of `size` (height, width; or one number) out of the image at a random position.

    Args:
        padding: added to the image first: one number, (left and right, top and bottom), or (left, top, right, bottom).
        pad_if_needed: whether a smaller image is padded until the window fits.
        fill: the value of the padding, or one for each channel.
        padding_mode: "constant", "edge", "reflect" or "symmetric", as in numpy.pad.

    Raises ValueError for a window that is larger than the padded image, and for arguments other than these; TypeError
    for a size that is none.
    """

    draw = 2

    def __init__(
        self,
        size: int | Sequence[int],
        padding: int | Sequence[int] | None = None,
        pad_if_needed: bool = False,
        fill: Fill = 0,
        padding_mode: str = "constant",
        *,
        generator: Generator | None = None,
    ) -> None:
        self.size, self.padding, self.pad_if_needed = pair("RandomCrop", size), padding, pad_if_needed
        self._sides = sides("RandomCrop", padding or 0)
        if min(self._sides) < 0:
            raise ValueError(f"RandomCrop: expected a padding of 0 or more, given {padding}")
        self.fill, self.padding_mode, self.generator = fill, check_mode("RandomCrop", padding_mode), generator

    def change(self, images: Array, u: Array) -> Array:
        out = padded(images, self._sides, self.fill, self.padding_mode)
        if self.pad_if_needed:
            tall, wide = (max(want - have, 0) for want, have in zip(self.size, out.shape[2:], strict=True))
            out = padded(out, (wide, tall, wide, tall), self.fill, self.padding_mode)
        room = np.array(out.shape[2:]) - self.size + 1
        if (room < 1).any():
            raise ValueError(
                f"RandomCrop: the window {self.size} is larger than the image {images.shape[2:]} with its padding "
                f"{self.padding}, {out.shape[2:]}"
            )
        top, left = (u * room).astype(np.intp).T
        return sliding_window_view(out, self.size, axis=(2, 3))[np.arange(len(images)), :, top, left]

    def __repr__(self) -> str:
        return f"RandomCrop(size={self.size}, padding={self.padding})"


class RandomErasing(RandomTransform):
    """Overwrite a random rectangle with probability `p`.

    Args:
        scale: the smallest and largest fraction of the image's area.
        ratio: the smallest and largest ratio of height to width.
        value: a number, one number for each channel, or "random" for normal noise.

    Up to ten rectangles are drawn until one fits; if none does, the image stays as it is. `inplace` changes nothing,
    the result is a new image. Raises ValueError for arguments out of range. Source: Zhong et al., "Random Erasing Data
    Augmentation", arXiv:1708.04896.
    """

    tries = 10
    draw = 1 + 2 * tries + 2

    def __init__(
        self,
        p: float = 0.5,
        scale: tuple[float, float] = (0.02, 0.33),
        ratio: tuple[float, float] = (0.3, 3.3),
        value: Any = 0,
        inplace: bool = False,
        *,
        generator: Generator | None = None,
    ) -> None:
        self.p = probability("RandomErasing", p)
        if not 0 <= scale[0] <= scale[1] <= 1 or not 0 < ratio[0] <= ratio[1]:
            raise ValueError(
                f"RandomErasing: expected 0 <= scale <= 1 and 0 < ratio in order, given {scale} and {ratio}"
            )
        if isinstance(value, str) and value != "random":
            raise ValueError(f'RandomErasing: expected a number, one for each channel, or "random", given {value!r}')
        self.scale, self.ratio, self.value, self.inplace, self.generator = scale, ratio, value, inplace, generator

    def change(self, images: Array, u: Array) -> Array:
        height, width = images.shape[2:]
        sizes, places = u[:, 1:-2].reshape(-1, 2, self.tries), u[:, -2:]
        area = height * width * (self.scale[0] + sizes[:, 0] * (self.scale[1] - self.scale[0]))
        low, high = math.log(self.ratio[0]), math.log(self.ratio[1])
        aspect = np.exp(low + sizes[:, 1] * (high - low))
        h, w = np.rint(np.sqrt(area * aspect)), np.rint(np.sqrt(area / aspect))
        fits = (h < height) & (w < width)
        row, first = np.arange(len(images)), fits.argmax(1)
        h, w = h[row, first], w[row, first]
        top, left = np.floor(places[:, 0] * (height - h + 1)), np.floor(places[:, 1] * (width - w + 1))
        inside = _between(height, top, h)[:, :, None] & _between(width, left, w)[:, None, :]
        inside &= ((u[:, 0] < self.p) & fits.any(1))[:, None, None]
        return np.where(inside[:, None], self._values(images, u), images)

    def _values(self, images: Array, u: Array) -> Array:
        if isinstance(self.value, str):
            seeds = u[:, -1].copy().view(np.uint64).tolist()
            noise = [np.random.default_rng(seed).standard_normal(images.shape[1:]) for seed in seeds]
            return np.stack(noise).astype(images.dtype)
        value = np.atleast_1d(self.value).astype(images.dtype)
        if len(value) not in (1, images.shape[1]):
            raise ValueError(f"RandomErasing: {len(value)} values for an image of {images.shape[1]} channels")
        return value[:, None, None]


def _between(length: int, start: Array, count: Array) -> Array:
    """(N, length): whether each of 0 ... length - 1 lies in [start, start + count)."""
    place = np.arange(length)
    return (place >= start[:, None]) & (place < (start + count)[:, None])
