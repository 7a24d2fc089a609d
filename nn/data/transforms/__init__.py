"""Transforms of images on their way from a data set into a batch."""

from .fixed_transforms import Compose, Lambda, Normalize, ToTensor, Transform, apply_to_batch
from .random_affine import InterpolationMode, RandomAffine, RandomRotation
from .random_transforms import RandomCrop, RandomErasing, RandomHorizontalFlip

__all__ = [
    "Compose",
    "InterpolationMode",
    "Lambda",
    "Normalize",
    "RandomAffine",
    "RandomCrop",
    "RandomErasing",
    "RandomHorizontalFlip",
    "RandomRotation",
    "ToTensor",
    "Transform",
    "apply_to_batch",
]
