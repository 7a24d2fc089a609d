"""Windows of random place, size and shape."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from autograd import Generator

from .image_geometry import cropped
from .image_kinds import Array, pair
from .interpolation import InterpolationMode, interpolation_mode, resized
from .random_transforms import RandomTransform


class RandomResizedCrop(RandomTransform):
    """A random window of each image, resized to `size` (height, width; or one number).

    Args:
        scale: the smallest and largest share of the area.
        ratio: the smallest and largest ratio of width to height.
        interpolation, antialias: as for `Resize`.

    Up to ten windows are drawn until one fits; if none does, it is the largest one in the middle whose ratio is in the
    range. Raises TypeError and ValueError for arguments other than these. Source: Szegedy et al., "Going Deeper with
    Convolutions", arXiv:1409.4842.
    """

    tries = 10
    draw = 2 * tries + 2

    def __init__(
        self,
        size: int | Sequence[int],
        scale: tuple[float, float] = (0.08, 1.0),
        ratio: tuple[float, float] = (3.0 / 4.0, 4.0 / 3.0),
        interpolation: str | int = InterpolationMode.BILINEAR,
        antialias: bool | None = True,
        *,
        generator: Generator | None = None,
    ) -> None:
        self.size = pair("RandomResizedCrop", size)
        if not 0 < scale[0] <= scale[1] or not 0 < ratio[0] <= ratio[1]:
            raise ValueError(
                f"RandomResizedCrop: expected a positive scale and ratio in order, given {scale} and {ratio}"
            )
        self.scale, self.ratio, self.generator = scale, ratio, generator
        self.interpolation, self.antialias = interpolation_mode(interpolation), antialias

    def change(self, images: Array, u: Array) -> Array:
        out = np.empty((*images.shape[:2], *self.size), images.dtype)
        for i in range(len(images)):
            window = cropped(images[i : i + 1], *self._window(images.shape[2], images.shape[3], u[i]))
            out[i] = resized(window, self.size, self.interpolation, bool(self.antialias), floor=False)[0]
        return out

    def _window(self, height: int, width: int, u: Array) -> tuple[int, int, int, int]:
        """Its top, left, height and width."""
        areas, shapes = u[:-2].reshape(2, self.tries)
        low, high = math.log(self.ratio[0]), math.log(self.ratio[1])
        area = height * width * (self.scale[0] + areas * (self.scale[1] - self.scale[0]))
        aspect = np.exp(low + shapes * (high - low))
        for w, h in zip(np.rint(np.sqrt(area * aspect)), np.rint(np.sqrt(area / aspect)), strict=True):
            if 0 < w <= width and 0 < h <= height:
                return int(u[-2] * (height - h + 1)), int(u[-1] * (width - w + 1)), int(h), int(w)
        w = min(width, max(1, round(height * self.ratio[1])))
        h = min(height, max(1, round(width / self.ratio[0])))
        return (height - h) // 2, (width - w) // 2, h, w

    def __repr__(self) -> str:
        scale, ratio = (tuple(round(x, 4) for x in pair) for pair in (self.scale, self.ratio))
        return (
            f"RandomResizedCrop(size={self.size}, scale={scale}, ratio={ratio}, interpolation={self.interpolation}, "
            f"antialias={self.antialias})"
        )
