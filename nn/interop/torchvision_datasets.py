"""The data sets of `nn.data.datasets` with the arguments, attributes and printed form of torchvision's."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import numpy as np

from nn.data import datasets
from nn.data.datasets import ImageDataset

from .noted import note

Path = str | os.PathLike[str]


class _Downloadable(ImageDataset):
    """Files below `root`, else those that `chalkgrad data fetch` has, else downloaded ones."""

    def __init__(
        self,
        root: Path | None = None,
        train: bool = True,
        transform: Callable[[Any], Any] | None = None,
        target_transform: Callable[[Any], Any] | None = None,
        download: bool = False,
    ) -> None:
        for place in (root, None):
            try:
                super().__init__(place, train, transform, target_transform)
            except FileNotFoundError as error:
                missing = error
            else:
                if place != root:
                    note(f"{type(self).__name__}: there was nothing in {root}, so {self.root} was read")
                return
        if not download:
            raise RuntimeError(f"Dataset not found. You can use download=True to download it\n{missing}")
        super().__init__(root, train, transform, target_transform, download=True)

    @property
    def train_data(self) -> Any:
        """The images: torchvision's older name for `data`."""
        return self.data

    @property
    def train_labels(self) -> Any:
        """The class numbers: torchvision's older name for `targets`."""
        return self.targets

    @property
    def test_data(self) -> Any:
        """The images: torchvision's older name for `data`."""
        return self.data

    @property
    def test_labels(self) -> Any:
        """The class numbers: torchvision's older name for `targets`."""
        return self.targets


class MNIST(_Downloadable, datasets.MNIST):
    """`nn.data.datasets.MNIST`; without files below `root`, those of `chalkgrad data fetch mnist` are read."""


class FashionMNIST(_Downloadable, datasets.FashionMNIST):
    """`nn.data.datasets.FashionMNIST`; without files below `root`, those of `chalkgrad data fetch` are read."""


class CIFAR10(_Downloadable, datasets.CIFAR10):
    """`nn.data.datasets.CIFAR10`; without files below `root`, those of `chalkgrad data fetch cifar10` are read."""


class ImageFolder(datasets.ImageFolder):
    """`nn.data.datasets.ImageFolder` with torchvision's arguments: the images are RGB, and scaled to one size.

    Raises NotImplementedError for a `loader` or an `is_valid_file`.
    """

    def __init__(
        self,
        root: Path,
        transform: Callable[[Any], Any] | None = None,
        target_transform: Callable[[Any], Any] | None = None,
        loader: Callable[[str], Any] | None = None,
        is_valid_file: Callable[[str], bool] | None = None,
    ) -> None:
        if loader is not None or is_valid_file is not None:
            raise NotImplementedError("ImageFolder: loader and is_valid_file are not supported: leave them out")
        super().__init__(root, grey=False, transform=transform, target_transform=target_transform)

    @property
    def imgs(self) -> list[tuple[str, int]]:
        """The path and the class number of each image."""
        return [(str(path), int(label)) for path, label in zip(self.files, np.asarray(self.targets), strict=True)]

    samples = imgs
