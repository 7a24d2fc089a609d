"""Images of noise, to try a program without data."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from ..dataset import Dataset


class FakeData(Dataset):
    """`size` images of noise, and classes drawn at random; image i is always the same. Sample i is (image, class).

    Args:
        image_size: (channels, height, width). Without a transform an image is a uint8 array, height x width (one
            channel) or height x width x channels.
        num_classes: the classes are 0 ... num_classes - 1.
        transform, target_transform: functions of an image, and of a class number.
        random_offset: another number gives other images.

    Raises IndexError for an index out of range.
    """

    def __init__(
        self,
        size: int = 1000,
        image_size: tuple[int, int, int] = (3, 224, 224),
        num_classes: int = 10,
        transform: Callable[[Any], Any] | None = None,
        target_transform: Callable[[Any], Any] | None = None,
        random_offset: int = 0,
    ) -> None:
        self.size, self.image_size, self.num_classes = size, tuple(image_size), num_classes
        self.transform, self.target_transform, self.random_offset = transform, target_transform, random_offset

    def __getitem__(self, index: Any) -> tuple[Any, Any]:
        i = operator.index(index)
        if not 0 <= i < self.size:
            raise IndexError(f"FakeData: index {i} is out of range for {self.size} images")
        rng = np.random.default_rng(abs(i + self.random_offset))
        channels, height, width = self.image_size
        image: Any = rng.integers(0, 256, (height, width, channels), dtype=np.uint8)
        image, target = image[:, :, 0] if channels == 1 else image, int(rng.integers(self.num_classes))
        return (
            self.transform(image) if self.transform else image,
            self.target_transform(target) if self.target_transform else target,
        )

    def __len__(self) -> int:
        return self.size
