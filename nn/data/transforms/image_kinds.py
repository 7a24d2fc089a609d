"""The three kinds of images: a Pillow image, an ndarray and a tensor.

An ndarray, height x width or height x width x channels, stands for a Pillow image: a transform of a Pillow image gives
one again. A tensor is (..., height, width).
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np

import autograd
from autograd import Tensor

Array = np.ndarray[Any, Any]


def is_pillow(image: Any) -> bool:
    """Whether it is an image of Pillow, which nobody has before Pillow was imported."""
    module = sys.modules.get("PIL.Image")
    return module is not None and isinstance(image, module.Image)


def array_or_tensor(image: Any) -> Any:
    """A tensor itself, anything else as an ndarray; of a Pillow image in black and white, as 0 and 255."""
    if isinstance(image, Tensor):
        return image
    array = np.asarray(image)
    return array.astype(np.uint8) * 255 if is_pillow(image) and array.dtype == bool else array


def of_its_kind(image: Any, out: Any) -> Any:
    """What a transform made of `image`: an ndarray becomes a Pillow image if that was one."""
    if isinstance(out, np.ndarray) and is_pillow(image):
        from PIL import Image

        return Image.fromarray(out)
    return out


def change_images(name: str, samples: Any, change: Callable[[Array], Array]) -> Any:
    """A batch of images with `change`, a function of an array (N, channels, height, width), applied to them.

    Raises ValueError, with the `name` of the transform, for samples that are not images.
    """
    if isinstance(samples, Tensor):
        x = samples.numpy(force=True)
        if x.ndim < 3:
            raise ValueError(f"{name}: expected (..., height, width), given {tuple(x.shape[1:])}")
        planes = x.reshape(len(x), -1, *x.shape[-2:])
        out = change(planes)
        leading = x.shape[:-2] if out.shape[1] == planes.shape[1] else out.shape[:2]
        return autograd.from_numpy(np.ascontiguousarray(out.reshape(*leading, *out.shape[-2:])))
    if samples.ndim not in (3, 4):
        given = samples.shape[1:]
        raise ValueError(f"{name}: expected height x width or height x width x channels, given {given}")
    planes = samples[:, None] if samples.ndim == 3 else np.moveaxis(samples, -1, 1)
    out = change(planes)
    flat = out.shape[1] == 1 and (samples.ndim == 3 or planes.shape[1] > 1)
    return out[:, 0] if flat else np.moveaxis(out, 1, -1)


def pair(name: str, size: Any) -> tuple[int, int]:
    """(height, width), given as both, or one number for both.

    Raises TypeError for what is no number or sequence, ValueError for more than two, and for sizes below 1.
    """
    if not isinstance(size, int | tuple | list):
        raise TypeError(f"{name}: Size should be int or sequence. Got {type(size).__name__}")
    sides = (size,) if isinstance(size, int) else tuple(size)
    if len(sides) not in (1, 2) or min(sides) < 1:
        raise ValueError(f"{name}: expected a positive size, or (height, width), given {size}")
    return sides[0], sides[-1]
