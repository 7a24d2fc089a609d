"""Data sets: small ones that need no network, well-known image data sets, and tables and images of your own."""

from .cifar import CIFAR10
from .csv_dataset import CSV
from .encoding import Encoding
from .fake import FakeData
from .first_names import names
from .image_folder import ImageFolder, read_image
from .images import MNIST, FashionMNIST, ImageDataset
from .notes import DataNote
from .toy import blobs, circles, digits, gates, iris, moons, spirals

__all__ = [
    "CIFAR10",
    "CSV",
    "MNIST",
    "DataNote",
    "Encoding",
    "FakeData",
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
