"""What a random transform is; crops, flips and erasures."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

import autograd
from autograd import Generator, Tensor

from ..streams import rng
from .fixed_transforms import Transform

Array = np.ndarray[Any, Any]


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
        if isinstance(samples, Tensor):
            x = samples.numpy()
            if x.ndim < 3:
                raise ValueError(f"{type(self).__name__}: expected (..., height, width), given {tuple(x.shape[1:])}")
            out = self.change(x.reshape(len(x), -1, *x.shape[-2:]), u)
            return autograd.from_numpy(out.reshape(*x.shape[:-2], *out.shape[-2:]))
        if samples.ndim not in (3, 4):
            given = samples.shape[1:]
            raise ValueError(
                f"{type(self).__name__}: expected height x width or height x width x channels, given {given}"
            )
        if samples.ndim == 3:
            return self.change(samples[:, None], u)[:, 0]
        return np.moveaxis(self.change(np.moveaxis(samples, -1, 1), u), 1, -1)

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


class RandomCrop(RandomTransform):
    """Cut a window of `size` (height, width; or one number) out of the image at a random position.

    Args:
        padding: added to the image first: one number, (left and right, top and bottom), or (left, top, right, bottom).
        fill: the value of the padding.
        padding_mode: "constant", "edge", "reflect" or "symmetric", as in numpy.pad.

    Raises ValueError for a window that is larger than the padded image, and for arguments other than these.
    """

    draw = 2

    def __init__(
        self,
        size: int | tuple[int, int],
        padding: int | tuple[int, ...] | None = None,
        fill: float = 0,
        padding_mode: str = "constant",
        *,
        generator: Generator | None = None,
    ) -> None:
        self.size = (size, size) if isinstance(size, int) else (size[0], size[-1])
        sides = (padding or 0,) if isinstance(padding, int | None) else tuple(padding)
        if len(sides) not in (1, 2, 4) or min(sides) < 0 or min(self.size) < 1:
            raise ValueError(
                f"RandomCrop: expected a positive size and a padding of 1, 2 or 4 numbers, given {size} and {padding}"
            )
        if padding_mode not in ("constant", "edge", "reflect", "symmetric"):
            raise ValueError(
                f"RandomCrop: expected padding_mode constant, edge, reflect or symmetric, given {padding_mode}"
            )
        left, top, right, bottom = (sides * 4)[:4]
        self.padding = ((top, bottom), (left, right))
        self.fill, self.padding_mode, self.generator = fill, padding_mode, generator

    def change(self, images: Array, u: Array) -> Array:
        fill: Any = {"constant_values": self.fill} if self.padding_mode == "constant" else {}
        padded = np.pad(images, ((0, 0), (0, 0), *self.padding), mode=self.padding_mode, **fill)  # type: ignore[call-overload]
        room = np.array(padded.shape[2:]) - self.size + 1
        if (room < 1).any():
            raise ValueError(
                f"RandomCrop: the window {self.size} is larger than the image {images.shape[2:]} with its padding "
                f"{self.padding}, {padded.shape[2:]}"
            )
        top, left = (u * room).astype(np.intp).T
        return sliding_window_view(padded, self.size, axis=(2, 3))[np.arange(len(images)), :, top, left]


class RandomErasing(RandomTransform):
    """Overwrite a random rectangle with probability `p`.

    Args:
        scale: the smallest and largest fraction of the image's area.
        ratio: the smallest and largest ratio of height to width.
        value: a number, one number for each channel, or "random" for normal noise.

    Up to ten rectangles are drawn until one fits; if none does, the image stays as it is. Raises ValueError for
    arguments out of range. Source: Zhong et al., "Random Erasing Data Augmentation", arXiv:1708.04896.
    """

    tries = 10
    draw = 1 + 2 * tries + 2

    def __init__(
        self,
        p: float = 0.5,
        scale: tuple[float, float] = (0.02, 0.33),
        ratio: tuple[float, float] = (0.3, 3.3),
        value: Any = 0,
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
        self.scale, self.ratio, self.value, self.generator = scale, ratio, value, generator

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
