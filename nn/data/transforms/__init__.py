"""Transforms of images on their way from a data set into a batch."""

from . import functional
from .fixed_transforms import Compose, Lambda, Normalize, ToTensor, Transform, apply_to_batch
from .image_colours import ConvertImageDtype, Grayscale
from .image_geometry import CenterCrop, Pad, Resize
from .interpolation import InterpolationMode
from .pillow_images import PILToTensor, ToPILImage
from .random_affine import RandomAffine, RandomRotation
from .random_colours import ColorJitter, RandomGrayscale
from .random_crops import RandomResizedCrop
from .random_transforms import RandomCrop, RandomErasing, RandomHorizontalFlip, RandomVerticalFlip

__all__ = [
    "CenterCrop",
    "ColorJitter",
    "Compose",
    "ConvertImageDtype",
    "Grayscale",
    "InterpolationMode",
    "Lambda",
    "Normalize",
    "PILToTensor",
    "Pad",
    "RandomAffine",
    "RandomCrop",
    "RandomErasing",
    "RandomGrayscale",
    "RandomHorizontalFlip",
    "RandomResizedCrop",
    "RandomRotation",
    "RandomVerticalFlip",
    "Resize",
    "ToPILImage",
    "ToTensor",
    "Transform",
    "apply_to_batch",
    "functional",
]
