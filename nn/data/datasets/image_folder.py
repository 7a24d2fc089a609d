"""Images of your own: a folder with a folder of images for each class."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import IO, Any

import numpy as np

import autograd
from autograd.tools.extras import require

from .images import ImageDataset
from .mapped import fits, free_bytes, joined, scratch

Array = np.ndarray[Any, Any]

ENDINGS = frozenset({".bmp", ".gif", ".jpeg", ".jpg", ".pgm", ".png", ".ppm", ".tif", ".tiff", ".webp"})
PARTS = frozenset({"test", "testing", "train", "training", "val", "valid", "validation"})
READ = 64  # images that are looked at together
MOST_BYTES = 1 << 28  # of an image
TURNED = (5, 6, 7, 8)  # EXIF orientations whose width is the height of the file


class ImageFolder(ImageDataset):
    """The images in root/<class>/, each with its class number, kept as bytes.

        data = datasets.ImageFolder("leaves", size=32)
        train, valid = stratified_split(data, 0.8)

    The classes are the names of the folders in alphabetical order. `data` is a uint8 array, (N, height, width) for grey
    images and (N, height, width, 3) for others; an image of another size is scaled to fit, which may stretch it.
    Each file is read once; of more than 64 MB of pixels, a temporary file holds them, and memory a batch.
    Photographs are turned upright, an animation counts as its first image, and transparent pixels become white.

    Args:
        root: the folder. The folder of a class is searched with all its subfolders.
        size: height and width, or one number for both; by default the most frequent size or, if less than half of the
            images have it, the median height and the median width.
        grey: whether to make all images grey; by default, only if all of them are.
        transform, target_transform: as for the other image data sets.

    Attributes: `data`, `targets` (N,), `classes`, `class_to_idx`, `size`, `grey`, `files` (N paths), and `skipped`: the
    number of files that are hidden, do not have the extension of an image, or are not in the folder of a class.

    Raises:
        FileNotFoundError: there is no such folder.
        ValueError: the folder is not laid out like this, or images cannot be read; the message says which.
        ImportError: Pillow is not installed.
    """

    def __init__(
        self,
        root: str | os.PathLike[str],
        size: int | tuple[int, int] | None = None,
        grey: bool | None = None,
        transform: Callable[[Any], Any] | None = None,
        target_transform: Callable[[Any], Any] | None = None,
    ) -> None:
        self.root = Path(root).expanduser()
        self.transform, self.target_transform = transform, target_transform
        found, self.skipped = _find(self.root)
        self.classes = tuple(found)
        self.files = [path for paths in found.values() for path in paths]
        self.targets = autograd.from_numpy(np.repeat(np.arange(len(found)), [len(paths) for paths in found.values()]))
        looks = list(_all(self.files, _look))
        self.size = _usual([look[0] for look in looks]) if size is None else _pair(size)
        self.grey = all(look[1] for look in looks) if grey is None else grey
        shape = (len(self.files), *self.size, *(() if self.grey else (3,)))
        self._check_room(shape)
        self.data = joined(_all(self.files, lambda path: self._decoded(path)[None]))

    def read(self, path: str | os.PathLike[str]) -> Array:
        """Another image in the size and colours of these, for a model trained on them; raises as `read_image` does."""
        return read_image(path, self.size, self.grey)

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

    def _decoded(self, path: Path) -> Array:
        return decode_image(path, self.size, self.grey)

    def extra_repr(self) -> str:
        return f"Images: {self.data.shape[1:]}, {len(self.classes)} classes"


def read_image(path: str | os.PathLike[str], size: int | tuple[int, int] | None = None, grey: bool = False) -> Array:
    """An image file as a uint8 array, (height, width) if grey, else (height, width, 3), as `ImageFolder` reads it.

    `size` is height and width, or one number for both; by default the image's own. Raises FileNotFoundError if there is
    no such file, ValueError for one that is damaged or not an image, and ImportError without Pillow.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(
            f"{path}: expected an image file, found {'a folder' if path.is_dir() else 'nothing there'}"
        )
    return next(_all([path], lambda path: decode_image(path, None if size is None else _pair(size), grey)))


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


def _all(paths: Iterable[Path], function: Callable[[Path], Any]) -> Iterator[Any]:
    """The result of `function` for each file; at the end ValueError, naming the files that cannot be read."""
    faults = []
    for path in paths:
        try:
            yield function(path)
        except ImportError:
            raise
        except Exception as error:  # Pillow raises OSError, SyntaxError, struct.error …
            faults.append(f"{path}: {'empty' if not path.stat().st_size else _reason(error)}")
    if faults:
        more = f"\n    and {len(faults) - 5} more" if len(faults) > 5 else ""
        raise ValueError(
            f"expected images that can be read; replace or remove {'this file' if len(faults) == 1 else 'these files'}:"
            + "".join(f"\n    {fault}" for fault in faults[:5])
            + more
        )


def _reason(error: Exception) -> str:
    from PIL import UnidentifiedImageError

    return "not an image in a known format" if isinstance(error, UnidentifiedImageError) else f"damaged ({error})"


def _pillow() -> Any:
    return require("PIL.Image", "cli", "images are read with Pillow")


def _look(path: Path) -> tuple[tuple[int, int], bool]:
    """Height and width of an image turned upright, and whether it is grey, without reading its pixels."""
    with _pillow().open(path) as image:
        width, height = image.size
        turned = image.getexif().get(0x0112) in TURNED
        return (width, height) if turned else (height, width), image.mode[0] in "1LIF" and image.mode != "LAB"


def decode_image(path: Path | IO[bytes], size: tuple[int, int] | None, grey: bool) -> Array:
    """What `read_image` gives, also of an open file, with whatever Pillow raises if it is no image or damaged."""
    pillow = _pillow()
    from PIL import ImageOps

    with pillow.open(path) as file:
        if size:
            file.draft(None, (max(size), max(size)))  # a large JPEG is not decoded in full size
        image = ImageOps.exif_transpose(file)
        if image.mode.startswith("I"):  # 16 bits
            image = pillow.fromarray((np.asarray(image) >> 8).astype(np.uint8))
        if image.mode == "F" and np.min(image) >= 0 and np.max(image) <= 1:
            image = pillow.fromarray(np.rint(255 * np.asarray(image)).astype(np.uint8))
        if image.has_transparency_data:
            image = image.convert("RGBA")
            image = pillow.alpha_composite(pillow.new("RGBA", image.size, "white"), image)
        image = image.convert("L" if grey else "RGB")
        if size and image.size != size[::-1]:
            image = image.resize(size[::-1], pillow.Resampling.BILINEAR)
        return np.array(image)


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
