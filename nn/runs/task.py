"""What a model takes and what it gives: enough to use it on new files without the data it was trained on."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from autograd import Tensor

from ..data import datasets, transforms
from ..data.datasets.broken_images import BROKEN
from ..files import FileError, replacing

TABLE, IMAGES = "encoding.json", "images.json"
LARGEST = 1 << 14  # pixels on a side


@dataclass(frozen=True)
class Table:
    """Rows of a table with a header, which `encoding` turns into tensors. In a regression `classes` is None."""

    encoding: datasets.Encoding

    @property
    def classes(self) -> tuple[str, ...] | None:
        return self.encoding.classes

    @property
    def shape(self) -> tuple[int, ...]:
        return (len(self.encoding.features),)

    @property
    def goal(self) -> str:
        """The name of what is predicted."""
        return self.encoding.target.name

    def read(self, path: Path) -> tuple[Tensor, list[str]]:
        """The inputs in a CSV file, and a name for each. Raises OSError or ValueError if it cannot be read."""
        x = self.inputs(path)
        return x, [f"{path.name}:{number}" for number in range(1, len(x) + 1)]

    def inputs(self, rows: Any) -> Tensor:
        """The inputs (N, F) of a CSV file, or of one or more rows as dicts. Raises ValueError for unreadable ones."""
        return self.encoding.rows(rows)

    def labelled(self, path: Path) -> Any:
        """The data set in a CSV file that has the target, too. Raises OSError or ValueError if it cannot be read."""
        return datasets.CSV(path, encoding=self.encoding)

    def save(self, folder: Path) -> None:
        self.encoding.save(folder / TABLE)


@dataclass(frozen=True)
class Images:
    """Images of a shape (channels, height, width), their pixels normalized by `mean` and `std` of each channel.

    With `dark`, the background is black: a file with a light border is inverted. `span` are the values of deep pixels
    that become black and white, and `broken` what becomes of images that cannot be read, as for `ImageFolder`.
    """

    classes: tuple[str, ...]
    shape: tuple[int, int, int]
    mean: tuple[float, ...] = (0.0,)
    std: tuple[float, ...] = (1.0,)
    dark: bool = False
    span: tuple[float, float] | None = None
    broken: str = "refuse"
    goal: ClassVar[str] = "class"

    @property
    def transform(self) -> transforms.Compose:
        """From bytes to the inputs of the model."""
        plain = set(self.mean) == {0.0} and set(self.std) == {1.0}
        normalize = [] if plain else [transforms.Normalize(self.mean, self.std)]
        return transforms.Compose([transforms.ToTensor(), *normalize])

    @property
    def augment(self) -> transforms.Compose:
        """Small changes that leave an image in its class: photographs are flipped and shifted; grey images are slightly
        rotated, shifted and scaled."""
        size = self.shape[1:]
        changes: list[Any] = [transforms.RandomHorizontalFlip()]
        changes.append(transforms.RandomCrop(size, padding=max(1, min(size) // 8), padding_mode="edge"))
        if self.grey:
            black = (0 - self.mean[0]) / self.std[0]
            changes = [transforms.RandomAffine(8, (0.08, 0.08), (0.9, 1.1), interpolation="bilinear", fill=black)]
        return transforms.Compose(changes)

    def read(self, path: Path) -> tuple[Tensor, list[str]]:
        """The input that an image file makes, and its name. Raises OSError or ValueError if it cannot be read."""
        pixels = datasets.read_image(path, self.shape[1:], self.grey, self.span)
        return self.inputs(self.on_black(pixels) if self.dark else pixels), [path.name]

    def inputs(self, pixels: Any) -> Tensor:
        """The inputs (N, C, H, W) that one or more images make, uint8 of the model's size; a single channel is
        no axis, three are the last. Raises ValueError for other arrays."""
        images = np.asarray(pixels)
        one = self.shape[1:] if self.grey else (*self.shape[1:], 3)
        if images.dtype != np.uint8 or images.shape[-len(one) :] != one or images.ndim > len(one) + 1:
            raise ValueError(
                f"expected images as uint8 arrays of shape {one} or (N, {', '.join(map(str, one))}), given "
                f"{images.dtype} of shape {images.shape}: resize them first, or give the path of an image file"
            )
        return self.transform.batch(images.reshape(-1, *one))

    @property
    def grey(self) -> bool:
        """Whether the images have one channel."""
        return self.shape[0] == 1

    @staticmethod
    def on_black(pixels: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """An image, inverted if its border is light."""
        return 255 - pixels if border(pixels).mean() > 127 else pixels

    def labelled(self, path: Path) -> Any:
        """The data set in a folder that has a folder of images for each class, which goes by the name of the class.

        Raises ValueError for a class that the model does not know, and for images that cannot be read.
        """
        data = datasets.ImageFolder(path, self.shape[1:], self.grey, self.transform, broken=self.broken, span=self.span)
        names = {name: number for number, name in enumerate(self.classes)}
        if unknown := [name for name in data.classes if name not in names]:
            raise ValueError(f"{path}: the model has no class {unknown[0]!r}, only {', '.join(self.classes)}")
        data.target_transform = [names[name] for name in data.classes].__getitem__
        return data

    def pictures(self, x: Any) -> np.ndarray[Any, Any]:
        """Inputs (N, C, H, W) as they look: (N, H, W) if grey, else (N, H, W, C), from 0 to 1."""
        mean, std = (np.array(values)[:, None, None] for values in (self.mean, self.std))
        pixels = np.clip(np.asarray(x) * std + mean, 0, 1)
        return pixels[:, 0] if self.grey else np.moveaxis(pixels, 1, -1)

    def save(self, folder: Path) -> None:
        with replacing(folder / IMAGES) as beside:
            beside.write_text(json.dumps(asdict(self), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def border(pixels: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The outermost pixels of an image (H, W) or (H, W, C)."""
    return np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])


Task = Table | Images


def load_task(folder: Path) -> Task:
    """The task that `save` wrote into the folder of a run. Raises FileError if it is missing or damaged."""
    if (folder / TABLE).exists():
        return Table(datasets.Encoding.load(folder / TABLE))
    try:
        content: dict[str, Any] = json.loads((folder / IMAGES).read_text(encoding="utf-8"))
        given: Any = {name: tuple(value) if isinstance(value, list) else value for name, value in content.items()}
        images = Images(**given)
        if wrong := [name for name, fits in _fits(images).items() if not fits]:
            raise ValueError(f"{', '.join(wrong)} cannot have such a value")
        return images
    except (OSError, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise FileError(f"{folder}: expected {TABLE} or {IMAGES}, as chalkgrad train writes them: {error}") from None


def _fits(images: Images) -> dict[str, bool]:
    """Whether each field has a value that `chalkgrad train` could have written."""
    shape, channels = images.shape or (0,), len(images.mean)
    return {
        "classes": len(images.classes) > 1 and all(isinstance(name, str) for name in images.classes),
        "shape": len(shape) == 3 and all(type(n) is int and 0 < n <= LARGEST for n in shape) and shape[0] in (1, 3),
        "mean": channels in (1, shape[0]) and all(map(_finite, images.mean)),
        "std": len(images.std) == channels and all(_finite(value) and value > 0 for value in images.std),
        "dark": isinstance(images.dark, bool),
        "span": images.span is None or (len(images.span) == 2 and all(map(_finite, images.span))),
        "broken": images.broken in BROKEN,
    }


def _finite(value: Any) -> bool:
    return type(value) in (int, float) and math.isfinite(value)
