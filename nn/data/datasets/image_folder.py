"""Images of your own: a folder with a folder of images for each class."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

import autograd

from .broken_images import BrokenImagesError, check_policy, listed, readable
from .image_pixels import Seen, Span, common_span, decode_image, look_at
from .images import ImageDataset
from .mapped import fits, free_bytes, joined, scratch
from .notes import say

Array = np.ndarray[Any, Any]

ENDINGS = frozenset({".bmp", ".gif", ".jpeg", ".jpg", ".pgm", ".png", ".ppm", ".tif", ".tiff", ".webp"})
PARTS = frozenset({"test", "testing", "train", "training", "val", "valid", "validation"})
READ = 64  # images that are looked at together
MOST_BYTES = 1 << 28  # of an image
NAMED = 5  # images left out that a note names


class ImageFolder(ImageDataset):
    """The images in root/<class>/, each with its class number, kept as bytes.

        data = datasets.ImageFolder("leaves", size=32)
        train, valid = stratified_split(data, 0.8)

    The classes are the names of the folders in alphabetical order. `data` is a uint8 array, (N, height, width) for grey
    images and (N, height, width, 3) for others; an image of another size is scaled to fit, which may stretch it.
    Each file is read once; of more than 64 MB of pixels, a temporary file holds them, and memory a batch.
    Photographs are turned upright, an animation counts as its first image, and transparent pixels become white. Pixels
    of 16 bits or floats are scaled to bytes by their range in the whole folder. What was scaled, made white or left out
    is told in a warning, a `DataNote`.

    Args:
        root: the folder. The folder of a class is searched with all its subfolders.
        size: height and width, or one number for both; by default the most frequent size or, if less than half of the
            images have it, the median height and the median width.
        grey: whether to make all images grey; by default, only if all of them are.
        transform, target_transform: as for the other image data sets.
        broken: what becomes of images that cannot be read: "refuse" or "skip".
        span: the values of deep pixels that become black and white; by default from 0 to 1, 255, 1023, 4095, 16383 or
            65535, whichever is the next, or from the least value to the greatest if they cover less than half of that.

    Attributes: `data`, `targets` (N,), `classes`, `class_to_idx`, `size`, `grey`, `span` (None without deep pixels),
    `files` (N paths), `broken` (a dict: the paths of the images left out, with the reason), `remarks` (what was done to
    images without being asked for, a line each), and `skipped`: the number of files that are hidden, do not have the
    extension of an image, or are not in the folder of a class.

    Raises:
        FileNotFoundError: there is no such folder.
        ValueError: the folder is not laid out like this, or images cannot be read; the message names all of them.
        ImportError: Pillow is not installed.
    """

    def __init__(
        self,
        root: str | os.PathLike[str],
        size: int | tuple[int, int] | None = None,
        grey: bool | None = None,
        transform: Callable[[Any], Any] | None = None,
        target_transform: Callable[[Any], Any] | None = None,
        broken: str = "refuse",
        span: Span | None = None,
    ) -> None:
        check_policy(broken)
        self.root = Path(root).expanduser()
        self.transform, self.target_transform = transform, target_transform
        found, self.skipped = _find(self.root)
        self.classes = tuple(found)
        numbers = {path: number for number, paths in enumerate(found.values()) for path in paths}
        self.broken: dict[Path, str] = {}
        looks = dict(readable(numbers, look_at, self.broken))
        if not looks:
            raise BrokenImagesError(self.broken)
        self.size = _usual([look.size for look in looks.values()]) if size is None else _pair(size)
        self.grey = all(look.grey for look in looks.values()) if grey is None else grey
        deep = [look.extremes for look in looks.values() if look.extremes is not None]
        self.span = span if span is not None else common_span(deep)
        self._check_room((len(looks), *self.size, *(() if self.grey else (3,))))
        seen = Seen()
        self.files, self.data = self._decoded(list(looks), seen)
        if self.broken and broken == "refuse":
            raise BrokenImagesError(self.broken)
        targets = np.array([numbers[path] for path in self.files])
        self._check_classes(targets)
        self.targets = autograd.from_numpy(targets)
        self.remarks = tuple(self._notes(seen))
        say((f"{self.root}: {note}" for note in self.remarks), 2)

    def _decoded(self, paths: list[Path], seen: Seen) -> tuple[list[Path], Array]:
        """Those of the files that can be read, and their pixels (N, …). Raises BrokenImagesError if there are none."""
        files: list[Path] = []
        images = readable(paths, lambda path: decode_image(path, self.size, self.grey, self.span, seen), self.broken)
        pieces = (files.append(path) or pixels[None] for path, pixels in images)  # type: ignore[func-returns-value]
        if (first := next(pieces, None)) is None:
            raise BrokenImagesError(self.broken)
        return files, joined(chain([first], pieces))

    def _check_classes(self, targets: Array) -> None:
        """Raises ValueError if nothing is left of a class."""
        counts = np.bincount(targets, minlength=len(self.classes))
        if not counts.all():
            raise ValueError(
                f"{self.root / self.classes[counts.argmin()]}: no image of this class can be read: replace some of "
                f"them, or remove the folder:{listed(self.broken, NAMED)}"
            )

    def _notes(self, seen: Seen) -> list[str]:
        said = seen.notes(f"{len(self.files):,} images")
        if self.broken:
            count = f"{len(self.broken):,} of {len(self.files) + len(self.broken):,} images"
            said.append(f"{count} cannot be read, and are left out:{listed(self.broken, NAMED)}")
        return said

    def read(self, path: str | os.PathLike[str]) -> Array:
        """Another image in the size and colours of these, for a model trained on them; raises as `read_image` does."""
        return read_image(path, self.size, self.grey, self.span)

    def pixel_moments(self, indices: Array) -> tuple[Array, Array]:
        """Mean and standard deviation of each channel, (1,) or (3,), over these images, their bytes divided by 255."""
        levels, counts = np.arange(256) / 255.0, np.zeros((1 if self.grey else 3, 256))
        for start in range(0, len(indices), READ):
            pixels = self.data[indices[start : start + READ]].reshape(-1, len(counts))
            counts += [np.bincount(channel, minlength=256) for channel in pixels.T]
        shares = counts / counts.sum(1, keepdims=True)
        mean = shares @ levels
        return mean, np.sqrt((shares * np.square(levels - mean[:, None])).sum(1))

    def _check_room(self, shape: tuple[int, ...]) -> None:
        size, one = (np.prod(part, dtype=object) for part in (shape, shape[1:]))
        room = size if fits(size) else free_bytes()
        if one > MOST_BYTES or size > room:
            raise ValueError(
                f"{self.root}: {shape[0]:,} images of {shape[1]} x {shape[2]} pixels would take {size / 1e9:,.0f} GB "
                + ("of memory" if one > MOST_BYTES else f"on the disk, {scratch()} has {room / 1e9:,.0f} GB left")
                + ": give a smaller size=(height, width)"
            )

    def extra_repr(self) -> str:
        return f"Images: {self.data.shape[1:]}, {len(self.classes)} classes"


def read_image(
    path: str | os.PathLike[str],
    size: int | tuple[int, int] | None = None,
    grey: bool = False,
    span: Span | None = None,
) -> Array:
    """An image file as a uint8 array, (height, width) if grey, else (height, width, 3), as `ImageFolder` reads it.

    `size` is height and width, or one number for both; by default the image's own. `span` are the values that become
    black and white if its pixels have 16 bits or are floats; by default those that `ImageFolder` would choose for it
    alone, which a warning tells. Raises FileNotFoundError if there is no such file, ValueError for one that is damaged
    or not an image, and ImportError without Pillow.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(
            f"{path}: expected an image file, found {'a folder' if path.is_dir() else 'nothing there'}"
        )
    pair = None if size is None else _pair(size)
    faults: dict[Path, str] = {}
    seen = Seen()
    images = dict(readable([path], lambda path: decode_image(path, pair, grey, span, seen), faults))
    if faults:
        raise BrokenImagesError(faults)
    seen.deep *= span is None  # a span was told when it was chosen
    say((f"{path}: {note}" for note in seen.notes("1 image")), 2)
    return images[path]


def _find(root: Path) -> tuple[dict[str, list[Path]], int]:
    """The images of each class, and the number of other files."""
    if not root.is_dir():
        raise FileNotFoundError(f"{root}: expected a folder with a folder of images for each class, found no folder")
    found: dict[str, list[Path]] = {}
    folders = [path for path in sorted(root.iterdir()) if path.is_dir() and not _hidden(path.name)]
    outside = [path for path in root.iterdir() if path not in folders]
    skipped = len(outside)
    for folder in folders:
        found[folder.name] = []
        for place, within, names in os.walk(folder):
            shown = [name for name in names if not _hidden(name) and Path(name).suffix.lower() in ENDINGS]
            found[folder.name] += [Path(place, name) for name in shown]
            skipped += len(names) - len(shown)
            within[:] = [name for name in within if not _hidden(name)]
        found[folder.name].sort()
    layout = f"expected {root / '<class>' / '<image>'}, a folder for each class"
    if not folders and any(path.suffix.lower() in ENDINGS for path in outside):
        raise ValueError(f"{root}: the images lie in the folder itself, {layout}: move those of each class into one")
    if not any(found.values()):
        raise ValueError(f"{root}: there are no images, {layout} ({', '.join(sorted(ENDINGS))})")
    if all(name.lower() in PARTS and paths and paths[0].parent.name != name for name, paths in found.items()):
        raise ValueError(
            f"{root}: {' and '.join(map(repr, found))} are parts of a data set, {layout}: read each part by itself, "
            f"as {root / next(iter(found))}"
        )
    empty = [name for name, paths in found.items() if not paths]
    if empty:
        raise ValueError(f"{root / empty[0]}: there is no image of this class: put some in, or remove the folder")
    if len(found) < 2:
        raise ValueError(f"{root}: there is only the class {next(iter(found))!r}, expected two or more to tell apart")
    return found, skipped


def _hidden(name: str) -> bool:
    return name.startswith((".", "__"))


def _usual(sizes: list[tuple[int, int]]) -> tuple[int, int]:
    """The size that at least half of the images have, else the median height and width."""
    size, count = Counter(sizes).most_common(1)[0]
    height, width = np.median(sizes, axis=0)
    return size if 2 * count >= len(sizes) else (round(height), round(width))


def _pair(size: int | tuple[int, int]) -> tuple[int, int]:
    height, width = (size, size) if isinstance(size, int) else size
    if height < 1 or width < 1:
        raise ValueError(f"expected a size of one pixel or more, as a number or as (height, width), given {size!r}")
    return height, width
