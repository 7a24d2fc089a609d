"""Random rotations and other affine maps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd import Generator

from .image_kinds import Array
from .interpolation import InterpolationMode, interpolation_mode
from .random_transforms import RandomTransform


class RandomAffine(RandomTransform):
    """Rotate, shift, scale and shear each image about its centre, by amounts drawn uniformly.

    Args:
        degrees: the smallest and largest angle, or one number for (-degrees, degrees).
        translate: the largest shift in either direction, as a fraction of (width, height); rounded to whole pixels.
        scale: the smallest and largest factor.
        shear: the smallest and largest angle along x in degrees, or one number; four numbers for x and y.
        interpolation: "nearest" or "bilinear".
        fill: the value of pixels that come from outside the image.

    Raises ValueError for arguments other than these. Source of the matrix: torchvision, `_get_inverse_affine_matrix`.
    """

    draw = 6

    def __init__(
        self,
        degrees: float | Sequence[float],
        translate: Sequence[float] | None = None,
        scale: Sequence[float] | None = None,
        shear: float | Sequence[float] | None = None,
        interpolation: str | int = InterpolationMode.NEAREST,
        fill: float = 0,
        *,
        generator: Generator | None = None,
    ) -> None:
        name = type(self).__name__
        self.interpolation, self.fill, self.generator = interpolation_mode(interpolation), fill, generator
        self.degrees = _symmetric(degrees)
        self.translate = tuple(translate or (0.0, 0.0))
        self.scale = tuple(scale or (1.0, 1.0))
        shears = _symmetric(shear or 0.0)
        if self.interpolation not in ("nearest", "bilinear"):
            raise ValueError(f"{name}: expected interpolation nearest or bilinear, given {interpolation}")
        self.shear = (*shears, 0.0, 0.0)[:4]
        if len(self.degrees) != 2 or self.degrees[0] > self.degrees[1]:
            raise ValueError(f"{name}: expected degrees as a number or (smallest, largest), given {degrees}")
        if len(self.translate) != 2 or not all(0 <= share <= 1 for share in self.translate):
            raise ValueError(f"{name}: expected translate as two fractions between 0 and 1, given {translate}")
        if len(self.scale) != 2 or not 0 < self.scale[0] <= self.scale[1]:
            raise ValueError(f"{name}: expected scale as (smallest, largest), both positive, given {scale}")
        if len(shears) not in (2, 4):
            raise ValueError(f"{name}: expected shear as a number, two or four of them, given {shear}")

    def __repr__(self) -> str:
        given: dict[str, Any] = {"degrees": list(self.degrees)}
        given |= {"translate": self.translate} if any(self.translate) else {}
        given |= {"scale": self.scale} if self.scale != (1.0, 1.0) else {}
        given |= {"shear": list(self.shear)} if any(self.shear) else {}
        given |= {"interpolation": self.interpolation} if self.interpolation != "nearest" else {}
        given |= {"fill": self.fill} if self.fill else {}
        return f"{type(self).__name__}({', '.join(f'{name}={value}' for name, value in given.items())})"

    def change(self, images: Array, u: Array) -> Array:
        height, width = images.shape[2:]
        reach = np.array(self.translate) * (width, height)
        shift = np.rint((2 * u[:, 1:3] - 1) * reach)
        angle, shear_x, shear_y = (
            np.radians(low + u[:, i] * (high - low))
            for i, (low, high) in ((0, self.degrees), (4, self.shear[:2]), (5, self.shear[2:]))
        )
        scale = self.scale[0] + u[:, 3] * (self.scale[1] - self.scale[0])
        linear = inverse_matrix(angle, scale, shear_x, shear_y)
        return resample(images, linear, shift, self.interpolation, self.fill)


class RandomRotation(RandomAffine):
    """Rotate each image about its centre, counter-clockwise, by an angle from (-degrees, degrees) or a range.

    Raises ValueError for degrees that are neither, and NotImplementedError for `expand` and `center`: the images of a
    batch keep one size and turn about their middle.
    """

    draw = 1

    def __init__(
        self,
        degrees: float | Sequence[float],
        interpolation: str | int = InterpolationMode.NEAREST,
        expand: bool = False,
        center: Sequence[float] | None = None,
        fill: float = 0,
        *,
        generator: Generator | None = None,
    ) -> None:
        if expand or center is not None:
            raise NotImplementedError("RandomRotation: expand and center are not supported: leave them out")
        super().__init__(degrees, interpolation=interpolation, fill=fill, generator=generator)

    def change(self, images: Array, u: Array) -> Array:
        angle = -np.radians(self.degrees[0] + u[:, 0] * (self.degrees[1] - self.degrees[0]))
        still = np.zeros_like(angle)
        linear = inverse_matrix(angle, still + 1, still, still)
        return resample(images, linear, np.zeros((len(images), 2)), self.interpolation, self.fill)

    def __repr__(self) -> str:
        return (
            f"RandomRotation(degrees={list(self.degrees)}, interpolation={self.interpolation}, expand=False, "
            f"fill={self.fill})"
        )


def _symmetric(value: float | Sequence[float]) -> tuple[float, ...]:
    return (float(-abs(value)), float(abs(value))) if isinstance(value, int | float) else tuple(map(float, value))


def inverse_matrix(angle: Array, scale: Array, shear_x: Array, shear_y: Array) -> Array:
    """(N, 2, 2): for each image the inverse of rotation * shear * scale, in radians, x to the right and y down."""
    a = np.cos(angle - shear_y) / np.cos(shear_y)
    b = -np.cos(angle - shear_y) * np.tan(shear_x) / np.cos(shear_y) - np.sin(angle)
    c = np.sin(angle - shear_y) / np.cos(shear_y)
    d = -np.sin(angle - shear_y) * np.tan(shear_x) / np.cos(shear_y) + np.cos(angle)
    return np.stack([np.stack([d, -b], -1), np.stack([-c, a], -1)], 1) / scale[:, None, None]


def resample(images: Array, linear: Array, shift: Array, interpolation: str, fill: float) -> Array:
    """Images whose pixel p has the value found at linear @ (p - shift) in the original.

    Args:
        images: (N, C, H, W). Coordinates (x, y) count from the centre of the image.
        linear, shift: (N, 2, 2) and (N, 2).

    The image is surrounded by a ring of pixels with the value `fill`, and positions further out are moved onto it.
    """
    n, channels, height, width = images.shape
    centre_x, centre_y = (width - 1) / 2, (height - 1) / 2
    x = (np.arange(width) - centre_x)[None, None, :] - shift[:, 0, None, None]
    y = (np.arange(height) - centre_y)[None, :, None] - shift[:, 1, None, None]
    (a, b), (c, d) = linear.transpose(1, 2, 0)[..., None, None]
    column = np.clip(a * x + b * y + centre_x, -1, width)
    row = np.clip(c * x + d * y + centre_y, -1, height)

    ringed = np.pad(images, ((0, 0), (0, 0), (1, 1), (1, 1)), constant_values=fill)
    across, plane = width + 2, (width + 2) * (height + 2)
    planes = np.arange(n * channels).reshape(n, channels, 1, 1) * plane + across + 1

    def index(column: Array, row: Array) -> Any:
        return planes + (row * across + column).astype(np.intp)[:, None]

    if interpolation == InterpolationMode.NEAREST:
        nearest: Array = ringed.take(index(np.rint(column), np.rint(row)))
        return nearest
    left, top = np.minimum(np.floor(column), width - 1), np.minimum(np.floor(row), height - 1)
    corner = index(left, top)
    right, below = ((column - left)[:, None], (row - top)[:, None])
    upper = ringed.take(corner) * (1 - right) + ringed.take(corner + 1) * right
    lower = ringed.take(corner + across) * (1 - right) + ringed.take(corner + across + 1) * right
    out: Array = upper * (1 - below) + lower * below
    return (out if images.dtype.kind == "f" else np.rint(out)).astype(images.dtype)
