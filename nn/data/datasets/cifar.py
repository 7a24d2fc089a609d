"""CIFAR-10 from its original files."""

from __future__ import annotations

import os
import shutil
import tarfile
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from .binary_formats import check_labels, read_cifar_binary
from .cifar_pickle import read_cifar_python
from .images import ImageDataset
from .places import find, not_found

BINARY, PYTHON, TINY = "cifar-10-batches-bin", "cifar-10-batches-py", "cifar10-tiny"
TRAIN = tuple(f"data_batch_{i}" for i in range(1, 6))


class CIFAR10(ImageDataset):
    """60,000 photographs of 32 x 32 pixels in ten classes, 50,000 of them for training.

    Reads the binary version in root/cifar-10-batches-bin, or the python version in root/cifar-10-batches-py without
    running anything in its pickles. If there is neither, it reads root/cifar10-tiny: 12,000 of the images in the binary
    format, 10,000 of them for training; then it warns, and `is_subset` is True. `data` is a uint8 array
    (N, 32, 32, 3). Source: Krizhevsky, "Learning Multiple Layers of Features from Tiny Images", 2009.
    """

    classes = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
    mirrors: ClassVar[tuple[str, ...]] = ("https://www.cs.toronto.edu/~kriz/",)
    archive_md5: ClassVar[str] = "c32a1d4ab5d03f1284b67883e8d87530"
    is_subset = False

    def download(self) -> None:
        """Fetch the archive of the binary version (162 MB) and unpack it, unless the files are there.

        Raises RuntimeError if it cannot be fetched, ValueError if a file is missing in it.
        """
        if all(self._files(train) for train in (True, False)):
            return
        from .download import download as fetch_file

        archive = self.root / "cifar-10-binary.tar.gz"
        fetch_file([mirror + archive.name for mirror in self.mirrors], archive, self.archive_md5)
        unpack(archive, self.root, [f"{BINARY}/{name}.bin" for name in (*TRAIN, "test_batch")])
        archive.unlink()

    def _files(self, train: bool) -> tuple[list[Path], Callable[..., Any]] | None:
        """The files of the whole set, and the function that reads them."""
        names = TRAIN if train else ("test_batch",)
        for folder, end, read in ((BINARY, ".bin", read_cifar_binary), (PYTHON, "", read_cifar_python)):
            files = [path for name in names if (path := find(self.root, [folder], name + end))]
            if len(files) == len(names):
                return files, read
        return None

    def _read(self) -> tuple[Any, np.ndarray[Any, Any]]:
        files, read = self._files(self.train) or self._tiny()
        parts = []
        for path in files:
            images, labels = read(path)
            check_labels(path, labels, len(images), len(self.classes))
            parts.append((images, labels))
        images, labels = (np.concatenate(column) for column in zip(*parts, strict=True))
        if self.is_subset:
            warnings.warn(
                f"CIFAR10: {files[0].parent} holds a subset, {len(images):,} {'training' if self.train else 'test'} "
                "images: accuracies cannot be compared with published ones",
                stacklevel=3,
            )
        return np.ascontiguousarray(images.transpose(0, 2, 3, 1)), labels

    def _tiny(self) -> tuple[list[Path], Callable[..., Any]]:
        file = find(self.root, [TINY], f"{TRAIN[0] if self.train else 'test_batch'}.bin")
        if file is None:
            names = [f"{name}.bin" for name in (TRAIN if self.train else ("test_batch",))]
            raise not_found("CIFAR10", self.root, BINARY, names)
        self.is_subset = True
        return [file], read_cifar_binary

    def extra_repr(self) -> str:
        return super().extra_repr() + ("\na subset of CIFAR-10" if self.is_subset else "")


def unpack(archive: Path, root: Path, names: list[str]) -> None:
    """Unpack the named files of a tar archive below `root`, each in one step, and no others.

    Raises ValueError if one of them is missing.
    """
    with tarfile.open(archive) as tar:
        for name in names:
            try:
                source = tar.extractfile(name)
            except KeyError:
                source = None
            if source is None:
                raise ValueError(f"{archive}: expected a file {name} in it, found none")
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            part = path.with_name(path.name + ".part")
            with source, part.open("wb") as file:
                shutil.copyfileobj(source, file)
            os.replace(part, path)
