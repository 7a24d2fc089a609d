"""To and from the images of Pillow."""

from __future__ import annotations

from typing import Any

import numpy as np

import autograd
from autograd import Tensor

from .fixed_transforms import Transform
from .image_kinds import Array, array_or_tensor


class ToPILImage(Transform):
    """A tensor (channels, height, width) or (height, width), or an ndarray, as an image of Pillow.

    Fractions become bytes: 1.0 is 255. In a batch the images are ndarrays, which stand for those of Pillow.

    Args:
        mode: Pillow's name for what the channels mean; by default that of their number and dtype.

    Raises TypeError for anything else, ValueError for another number of dimensions or channels, ImportError without
    Pillow.
    """

    def __init__(self, mode: str | None = None) -> None:
        self.mode = mode

    def __call__(self, sample: Any) -> Any:
        from PIL import Image

        if not isinstance(sample, Tensor | np.ndarray):
            raise TypeError(f"pic should be Tensor or ndarray. Got {type(sample)}.")
        image = Image.fromarray(_pixels(sample))
        return image if self.mode in (None, image.mode) else Image.frombuffer(self.mode, image.size, image.tobytes())

    def batch(self, samples: Any) -> Any:
        return np.stack([_pixels(sample) for sample in samples])

    def __repr__(self) -> str:
        return f"ToPILImage({f'mode={self.mode}' if self.mode else ''})"


def _pixels(image: Tensor | Array) -> Array:
    """(height, width) or (height, width, channels)."""
    array = image.numpy(force=True) if isinstance(image, Tensor) else image
    if array.ndim not in (2, 3):
        raise ValueError(f"pic should be 2/3 dimensional. Got {array.ndim} dimensions.")
    if isinstance(image, Tensor):
        if array.dtype.kind == "f":
            array = (array * 255).astype(np.int64).astype(np.uint8)
        array = np.moveaxis(array, 0, -1) if array.ndim == 3 else array
    if array.ndim == 3 and array.shape[2] > 4:
        raise ValueError(f"pic should not have > 4 channels. Got {array.shape[2]} channels.")
    array = array.astype(np.float32) if array.dtype == np.float64 else array
    return np.ascontiguousarray(array[:, :, 0] if array.ndim == 3 and array.shape[2] == 1 else array)


class PILToTensor(Transform):
    """An image of Pillow, or an ndarray in its place, as a tensor (channels, height, width) of the same numbers.

    Raises TypeError for a Tensor.
    """

    def batch(self, samples: Any) -> Tensor:
        if isinstance(samples, Tensor):
            raise TypeError("pic should be PIL Image. Got a Tensor")
        planes = samples[:, None] if samples.ndim == 3 else np.moveaxis(samples, -1, 1)
        return autograd.from_numpy(np.ascontiguousarray(array_or_tensor(planes)))

    def __repr__(self) -> str:
        return "PILToTensor()"
