"""What a transform is, and the transforms that are not random.

A transform is written once, for a batch; a single sample is a batch of one. An ndarray is an image as files hold it,
height x width or height x width x channels; a Tensor is an image as networks take it, (..., height, width). All
transforms but those to or from a tensor keep the type and the dtype; an image of Pillow stays one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import autograd
from autograd import Tensor

from ..collate import default_collate
from .image_kinds import array_or_tensor, of_its_kind


class Transform:
    """Base class: a subclass defines `batch(samples)`, on an ndarray or Tensor whose first axis counts samples.

    Raises NotImplementedError where a subclass lacks it.
    """

    def __call__(self, sample: Any) -> Any:
        return of_its_kind(sample, self.batch(array_or_tensor(sample)[None])[0])

    def batch(self, samples: Any) -> Any:
        raise NotImplementedError(f"{type(self).__name__} must define batch(samples)")


def apply_to_batch(transform: Callable[[Any], Any], samples: Any) -> Any:
    """Apply `transform` to every sample: to all at once if it is a `Transform`, else one by one."""
    if hasattr(transform, "batch"):
        return transform.batch(samples)
    changed = [transform(sample) for sample in samples]
    if isinstance(changed[0], np.ndarray) and len({image.shape for image in changed}) == 1:
        return np.stack(changed)
    return default_collate(changed)


class Compose(Transform):
    """One transform after the other."""

    def __init__(self, transforms: Sequence[Callable[[Any], Any]]) -> None:
        self.transforms = list(transforms)

    def __call__(self, sample: Any) -> Any:
        for transform in self.transforms:
            sample = transform(sample)
        return sample

    def batch(self, samples: Any) -> Any:
        for transform in self.transforms:
            samples = apply_to_batch(transform, samples)
        return samples

    def __repr__(self) -> str:
        return "Compose(\n" + "".join(f"    {transform}\n" for transform in self.transforms) + ")"


class ToTensor(Transform):
    """An ndarray, height x width or height x width x channels, as a tensor (channels, height, width).

    Bytes become float32 and are divided by 255, so that values lie between 0 and 1; arrays of other dtypes keep dtype
    and values. Raises TypeError for a Tensor, ValueError for an array of another shape.
    """

    def batch(self, samples: Any) -> Tensor:
        if isinstance(samples, Tensor):
            raise TypeError("ToTensor: expected an image as an ndarray, given a Tensor")
        if samples.ndim not in (3, 4):
            raise ValueError(
                f"ToTensor: expected height x width or height x width x channels, given {samples.shape[1:]}"
            )
        planes = samples[:, None] if samples.ndim == 3 else np.moveaxis(samples, -1, 1)
        if samples.dtype != np.uint8:
            return autograd.tensor(planes)
        values = planes.astype(np.float32, order="C")
        values /= 255
        return autograd.from_numpy(values)

    def __repr__(self) -> str:
        return "ToTensor()"


class Normalize(Transform):
    """(x - mean) / std of a floating-point tensor (..., channels, height, width), with one mean and std per channel.

    `inplace` is understood, and changes nothing: the result is a new tensor. Raises ValueError for a std of zero or
    another number of channels, TypeError for anything but such a tensor.
    """

    def __init__(self, mean: Any, std: Any, inplace: bool = False) -> None:
        self.mean, self.std, self.inplace = mean, std, inplace
        self._mean, self._std = np.atleast_1d(np.asarray(mean)), np.atleast_1d(np.asarray(std))
        if (self._std == 0).any():
            raise ValueError(f"Normalize: std must not be zero, given {std}")

    def batch(self, samples: Any) -> Tensor:
        if not isinstance(samples, Tensor) or not samples.is_floating_point():
            given = f"{type(samples).__name__} of {samples.dtype}"
            raise TypeError(f"Normalize: expected a floating-point Tensor, given {given}: put ToTensor() before it")
        x = samples.numpy()
        channels = x.shape[-3] if x.ndim > 3 else 0
        if not channels or {len(self._mean), len(self._std)} - {1, channels}:
            raise ValueError(
                f"Normalize: expected (..., channels, height, width) with a mean and a std for each channel, given "
                f"{tuple(x.shape[1:])}, {len(self._mean)} means and {len(self._std)} stds"
            )
        mean, std = (values.astype(x.dtype)[:, None, None] for values in (self._mean, self._std))
        out = x - mean
        out /= std
        return autograd.from_numpy(out)

    def __repr__(self) -> str:
        return f"Normalize(mean={self.mean}, std={self.std})"


class Lambda(Transform):
    """Any function of one sample."""

    def __init__(self, lambd: Callable[[Any], Any]) -> None:
        self.lambd = lambd

    def __call__(self, sample: Any) -> Any:
        return self.lambd(sample)

    def batch(self, samples: Any) -> Any:
        return apply_to_batch(self.lambd, samples)

    def __repr__(self) -> str:
        return "Lambda()"
