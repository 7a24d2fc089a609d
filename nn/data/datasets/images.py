"""Image data sets in memory; MNIST and Fashion-MNIST from their original files."""

from __future__ import annotations

import operator
import os
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

import autograd
from autograd import Tensor

from ..collate import default_collate
from ..dataset import Dataset
from ..transforms import apply_to_batch
from .binary_formats import check_labels, read_idx
from .places import data_root, find, not_found


class ImageDataset(Dataset):
    """Images with one label each, held in memory as bytes. Sample i is (image, class number).

    Without a transform, an image is a uint8 array, height x width (grey) or height x width x 3 (RGB). A batch is
    fetched and transformed as one array.

    Args:
        root: the folder that holds the data sets; default CHALKGRAD_DATA, else ~/.cache/chalkgrad.
        train: whether to read the training images; else the test images.
        transform: a function of an image; those of `nn.data.transforms` transform the whole batch at once.
        target_transform: a function of the class number.
        download: whether to fetch missing files.

    Raises:
        FileNotFoundError: files are missing; the message says which, and where they belong.
        ValueError: a file is damaged or is not what it should be.
        RuntimeError: files could not be fetched.
    """

    classes: tuple[str, ...]

    def __init__(
        self,
        root: str | os.PathLike[str] | None = None,
        train: bool = True,
        transform: Callable[[Any], Any] | None = None,
        target_transform: Callable[[Any], Any] | None = None,
        download: bool = False,
    ) -> None:
        self.root, self.train = data_root(root), train
        self.transform, self.target_transform = transform, target_transform
        if download:
            self.download()
        images, labels = self._read()
        self.data: Any = images
        self.targets: Tensor = autograd.from_numpy(labels.astype(np.int64))

    def download(self) -> None:
        """Fetch the files that are missing. Raises RuntimeError if that fails."""
        raise NotImplementedError

    def _read(self) -> tuple[Any, np.ndarray[Any, Any]]:
        raise NotImplementedError

    @property
    def class_to_idx(self) -> dict[str, int]:
        """The number of each class by its name."""
        return {name: number for number, name in enumerate(self.classes)}

    def __getitem__(self, index: Any) -> tuple[Any, Any]:
        image = np.asarray(self.data)[operator.index(index)].copy()
        target = int(self.targets[index].item())
        return (
            self.transform(image) if self.transform else image,
            self.target_transform(target) if self.target_transform else target,
        )

    def __getitems__(self, indices: Any) -> list[Any]:
        images: Any = np.asarray(self.data)[indices]
        if self.transform:
            images = apply_to_batch(self.transform, images)
        targets: Any = self.targets[indices]
        if self.target_transform:
            targets = default_collate([self.target_transform(target) for target in targets.tolist()])
        return [autograd.as_tensor(images) if isinstance(images, np.ndarray) else images, targets]

    def __len__(self) -> int:
        return len(self.data)

    def extra_repr(self) -> str:
        """What is printed of the data set besides its size and its place."""
        return f"Split: {'Train' if self.train else 'Test'}"

    def __repr__(self) -> str:
        facts = [f"Number of datapoints: {len(self)}", f"Root location: {self.root}", *self.extra_repr().splitlines()]
        transforms = _printed("Transform", self.transform) + _printed("Target transform", self.target_transform)
        if transforms:
            facts.append("StandardTransform")
        return "\n".join([f"Dataset {type(self).__name__}", *(f"    {fact}" for fact in facts), *transforms])


def _printed(name: str, transform: Any) -> list[str]:
    """A transform behind its name, its further lines below the first, as torchvision prints it."""
    first, *rest = repr(transform).splitlines()
    indent = " " * len(f"{name}: ")
    return [] if transform is None else [f"{name}: {first}", *(indent + line for line in rest)]


class MNIST(ImageDataset):
    """70,000 handwritten digits of 28 x 28 pixels, 60,000 of them for training.

    Reads the IDX files in root/mnist or in torchvision's root/MNIST/raw. `data` is a uint8 tensor (N, 28, 28).
    Source: LeCun, Cortes, Burges, "The MNIST database of handwritten digits".
    """

    classes = ("0 - zero", "1 - one", "2 - two", "3 - three", "4 - four",
               "5 - five", "6 - six", "7 - seven", "8 - eight", "9 - nine")  # fmt: skip
    folders: ClassVar[tuple[str, ...]] = ("mnist", "MNIST/raw")
    mirrors: ClassVar[tuple[str, ...]] = (
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
    )
    md5: ClassVar[dict[str, str]] = {  # of the unpacked files
        "train-images-idx3-ubyte": "6bbc9ace898e44ae57da46a324031adb",
        "train-labels-idx1-ubyte": "a25bea736e30d166cdddb491f175f624",
        "t10k-images-idx3-ubyte": "2646ac647ad5339dbf082846283269ea",
        "t10k-labels-idx1-ubyte": "27ae3e4e09519cfbb04c329615203637",
    }

    def download(self) -> None:
        """Fetch those of the four files that are missing, into root/mnist. Raises RuntimeError if that fails."""
        from .download import download as fetch_file  # here, because it takes longer to import than all the rest

        for name, md5 in self.md5.items():
            if find(self.root, self.folders, name) is None:
                path = self.root / self.folders[0] / f"{name}.gz"
                fetch_file([mirror + path.name for mirror in self.mirrors], path, md5)

    def _read(self) -> tuple[Any, np.ndarray[Any, Any]]:
        part = "train" if self.train else "t10k"
        names = f"{part}-images-idx3-ubyte", f"{part}-labels-idx1-ubyte"
        image_file, label_file = (find(self.root, self.folders, name) for name in names)
        if image_file is None or label_file is None:
            raise not_found(type(self).__name__, self.root, self.folders[0], [f"{name}.gz" for name in names])
        images, labels = read_idx(image_file, 3), read_idx(label_file, 1)
        check_labels(label_file, labels, len(images), len(self.classes))
        return autograd.from_numpy(images), labels


class FashionMNIST(MNIST):
    """70,000 pictures of clothing in the format of MNIST, in root/fashion-mnist or torchvision's root/FashionMNIST/raw.

    Source: Xiao, Rasul, Vollgraf, "Fashion-MNIST", arXiv:1708.07747.
    """

    classes = ("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
               "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot")  # fmt: skip
    folders = ("fashion-mnist", "FashionMNIST/raw")
    mirrors = (
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
        "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/",
    )
    md5: ClassVar[dict[str, str]] = {
        "train-images-idx3-ubyte": "f4a8712d7a061bf5bd6d2ca38dc4d50a",
        "train-labels-idx1-ubyte": "9018921c3c673c538a1fc5bad174d6f9",
        "t10k-images-idx3-ubyte": "8181f5470baa50b63fa0f6fddb340f0a",
        "t10k-labels-idx1-ubyte": "15d484375f8d13e6eb1aabb0c3f46965",
    }
