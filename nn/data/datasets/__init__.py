"""Data sets: small ones that need no network, well-known sets of images, and tables and images of one's own."""

from .cifar import CIFAR10
from .encoding import Encoding
from .folder import ImageFolder, read_image
from .images import MNIST, FashionMNIST, ImageDataset
from .table import CSV
from .text import names
from .toy import blobs, circles, digits, gates, iris, moons, spirals

__all__ = [
    "CIFAR10",
    "CSV",
    "MNIST",
    "Encoding",
    "FashionMNIST",
    "ImageDataset",
    "ImageFolder",
    "blobs",
    "circles",
    "digits",
    "gates",
    "iris",
    "moons",
    "names",
    "read_image",
    "spirals",
]
