"""Changes to images on their way from the data set into a batch."""

from .affine import InterpolationMode, RandomAffine, RandomRotation
from .augment import RandomCrop, RandomErasing, RandomHorizontalFlip
from .base import Compose, Lambda, Normalize, ToTensor, Transform, apply_to_batch

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
