"""Data sets: small ones that need no network, and the image sets that most experiments start from."""

from .cifar import CIFAR10
from .images import MNIST, FashionMNIST, ImageDataset
from .text import names
from .toy import blobs, circles, digits, gates, iris, moons, spirals

__all__ = [
    "CIFAR10",
    "MNIST",
    "FashionMNIST",
    "ImageDataset",
    "blobs",
    "circles",
    "digits",
    "gates",
    "iris",
    "moons",
    "names",
    "spirals",
]
