"""Random changes of colour."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from autograd import Generator

from .image_colours import brighter, contrasted, grey, hued, saturated
from .image_kinds import Array
from .random_transforms import RandomTransform, probability

Amount = float | Sequence[float]


class RandomGrayscale(RandomTransform):
    """Shades of grey with probability `p`, in as many channels as before.

    Raises ValueError unless it is between 0 and 1, and for images that have neither one channel nor three.
    """

    def __init__(self, p: float = 0.1, *, generator: Generator | None = None) -> None:
        self.p, self.generator = probability("RandomGrayscale", p), generator

    def change(self, images: Array, u: Array) -> Array:
        return np.where((u[:, 0] < self.p)[:, None, None, None], grey(images), images)


class ColorJitter(RandomTransform):
    """Brightness, contrast, saturation and hue changed at random, in random order.

    Args:
        brightness, contrast, saturation: the factor is drawn from [max(0, 1 - x), 1 + x], or from the range given.
        hue: the turn of the hues, as a share of the circle, is drawn from [-x, x], or from the range given; x <= 0.5.

    Raises ValueError for arguments other than these, and for images that have neither one channel nor three.
    """

    draw = 8
    changes = (brighter, contrasted, saturated, hued)

    def __init__(
        self,
        brightness: Amount = 0,
        contrast: Amount = 0,
        saturation: Amount = 0,
        hue: Amount = 0,
        *,
        generator: Generator | None = None,
    ) -> None:
        self.brightness = _range("brightness", brightness)
        self.contrast = _range("contrast", contrast)
        self.saturation = _range("saturation", saturation)
        self.hue = _range("hue", hue, centre=0, least=-0.5, most=0.5)
        self.generator = generator

    def change(self, images: Array, u: Array) -> Array:
        out = images.copy()
        ranges = (self.brightness, self.contrast, self.saturation, self.hue)
        order = u[:, :4].argsort(1)
        for place in range(4):
            for which, (alter, span) in enumerate(zip(self.changes, ranges, strict=True)):
                chosen = order[:, place] == which
                if span is not None and chosen.any():
                    out[chosen] = alter(out[chosen], span[0] + u[chosen, 4 + which] * (span[1] - span[0]))
        return out


def _range(
    name: str, value: Amount, centre: float = 1, least: float = 0, most: float = float("inf")
) -> tuple[float, float] | None:
    """The range to draw from; None if there is nothing to change."""
    if isinstance(value, int | float):
        if value < 0:
            raise ValueError(f"If {name} is a single number, it must be non negative, given {value}")
        low, high = centre - value, centre + value
        low = max(low, 0) if centre == 1 else low
    else:
        low, high = value
    if not least <= low <= high <= most:
        raise ValueError(f"{name} values should be between ({least}, {most}), but got {value}")
    return None if low == high == centre else (float(low), float(high))
