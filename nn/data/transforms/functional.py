"""The transforms as functions of one image, or of a batch of tensors (N, channels, height, width)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd import Tensor

from .fixed_transforms import Normalize, ToTensor
from .image_colours import ConvertImageDtype, Grayscale, brighter, contrasted, hued, saturated
from .image_geometry import CenterCrop, Fill, Pad, Resize, cropped
from .image_kinds import Array, array_or_tensor, change_images, of_its_kind
from .interpolation import InterpolationMode, interpolation_mode
from .pillow_images import PILToTensor, ToPILImage
from .random_affine import inverse_matrix, resample

__all__ = [
    "adjust_brightness", "adjust_contrast", "adjust_hue", "adjust_saturation", "center_crop",
    "convert_image_dtype", "crop", "hflip", "normalize", "pad", "pil_to_tensor", "resize", "resized_crop",
    "rgb_to_grayscale", "rotate", "to_grayscale", "to_pil_image", "to_tensor", "vflip",
]  # fmt: skip


def to_tensor(pic: Any) -> Tensor:
    """A Pillow image or an ndarray as a tensor; bytes as fractions. Errors are those of `ToTensor`."""
    return ToTensor()(pic)


def pil_to_tensor(pic: Any) -> Tensor:
    """A Pillow image as a tensor of the same numbers. Raises TypeError for a Tensor."""
    return PILToTensor()(pic)


def to_pil_image(pic: Tensor | Array, mode: str | None = None) -> Any:
    """A tensor or an ndarray as a Pillow image. Errors are those of `ToPILImage`."""
    return ToPILImage(mode)(pic)


def convert_image_dtype(image: Tensor, dtype: Any = np.float32) -> Tensor:
    """A tensor of another dtype, and of the same brightness. Errors are those of `ConvertImageDtype`."""
    return ConvertImageDtype(dtype)(image)


def normalize(tensor: Tensor, mean: Sequence[float], std: Sequence[float], inplace: bool = False) -> Tensor:
    """(tensor - mean) / std for each channel. Errors are those of `Normalize`."""
    return Normalize(mean, std, inplace)(tensor)


def resize(
    img: Any,
    size: int | Sequence[int],
    interpolation: str | int = InterpolationMode.BILINEAR,
    max_size: int | None = None,
    antialias: bool | None = True,
) -> Any:
    """The image in another size. Arguments and errors are those of `Resize`."""
    return Resize(size, interpolation, max_size, antialias)(img)


def pad(img: Any, padding: int | Sequence[int], fill: Fill = 0, padding_mode: str = "constant") -> Any:
    """The image with a margin. Arguments and errors are those of `Pad`."""
    return Pad(padding, fill, padding_mode)(img)


def center_crop(img: Any, output_size: int | Sequence[int]) -> Any:
    """The middle of the image. Errors are those of `CenterCrop`."""
    return CenterCrop(output_size)(img)


def crop(img: Any, top: int, left: int, height: int, width: int) -> Any:
    """The window whose upper left corner is at (top, left); zeros where it lies outside of the image."""
    return _changed("crop", img, lambda images: cropped(images, top, left, height, width))


def resized_crop(
    img: Any,
    top: int,
    left: int,
    height: int,
    width: int,
    size: int | Sequence[int],
    interpolation: str | int = InterpolationMode.BILINEAR,
    antialias: bool | None = True,
) -> Any:
    """A window, as by `crop`, in another size, as by `resize`."""
    return resize(crop(img, top, left, height, width), size, interpolation, None, antialias)


def hflip(img: Any) -> Any:
    """The image with left and right exchanged."""
    return _changed("hflip", img, lambda images: images[..., ::-1])


def vflip(img: Any) -> Any:
    """The image with top and bottom exchanged."""
    return _changed("vflip", img, lambda images: images[..., ::-1, :])


def rotate(img: Any, angle: float, interpolation: str | int = InterpolationMode.NEAREST, *, fill: float = 0) -> Any:
    """The image turned about its centre by an angle in degrees, counter-clockwise; it keeps its size."""

    def change(images: Array) -> Array:
        turn, still = np.full(len(images), -np.radians(angle)), np.zeros(len(images))
        linear = inverse_matrix(turn, still + 1, still, still)
        return resample(images, linear, np.zeros((len(images), 2)), interpolation_mode(interpolation), fill)

    return _changed("rotate", img, change)


def rgb_to_grayscale(img: Any, num_output_channels: int = 1) -> Any:
    """The image in shades of grey, in 1 or 3 channels. Errors are those of `Grayscale`."""
    return Grayscale(num_output_channels)(img)


def to_grayscale(img: Any, num_output_channels: int = 1) -> Any:
    """`rgb_to_grayscale`, under its other name."""
    return Grayscale(num_output_channels)(img)


def adjust_brightness(img: Any, brightness_factor: float) -> Any:
    """0 gives black, 1 the image itself, 2 twice its brightness. Raises ValueError for a negative factor."""
    return _adjusted("brightness_factor", img, brightness_factor, brighter)


def adjust_contrast(img: Any, contrast_factor: float) -> Any:
    """0 gives the mean brightness everywhere, 1 the image itself. Raises ValueError for a negative factor."""
    return _adjusted("contrast_factor", img, contrast_factor, contrasted)


def adjust_saturation(img: Any, saturation_factor: float) -> Any:
    """0 gives shades of grey, 1 the image itself. Raises ValueError for a negative factor."""
    return _adjusted("saturation_factor", img, saturation_factor, saturated)


def adjust_hue(img: Any, hue_factor: float) -> Any:
    """The hues turned by a share of the circle. Raises ValueError for one outside [-0.5, 0.5]."""
    if not -0.5 <= hue_factor <= 0.5:
        raise ValueError(f"hue_factor ({hue_factor}) is not in [-0.5, 0.5].")
    return _changed("adjust_hue", img, lambda images: hued(images, np.full(len(images), hue_factor)))


def _adjusted(name: str, img: Any, factor: float, change: Any) -> Any:
    if not factor >= 0:
        raise ValueError(f"{name} ({factor}) is not non-negative.")
    return _changed(name, img, lambda images: change(images, np.full(len(images), factor)))


def _changed(name: str, img: Any, change: Any) -> Any:
    return of_its_kind(img, change_images(name, array_or_tensor(img)[None], change)[0])
