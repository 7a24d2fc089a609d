"""From an image file to bytes: upright, on white, and whatever the depth of its pixels."""

from __future__ import annotations

import io
import os
from collections.abc import Iterable
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np

from autograd.tools.extras import require

Array = np.ndarray[Any, Any]
Span = tuple[float, float]  # the values that become black and white

TURNED = (5, 6, 7, 8)  # EXIF orientations whose width is the height of the file
TOPS = (1, 255, 1023, 4095, 16383, 65535)  # the white of fractions, and of 8, 10, 12, 14 and 16 bits
SCALED = 1 << 20  # deep pixels at once
FEW, MOST_PER_BYTE = 1 << 25, 1000  # more bytes of pixels than both are more than a file can hold


@dataclass(frozen=True)
class Look:
    """An image turned upright: its height and width, whether it is grey, and the least and the greatest of its values
    if they are floats or have more than 8 bits."""

    size: tuple[int, int]
    grey: bool
    extremes: Span | None


@dataclass
class Seen:
    """What there is to say of images that were decoded: how many had deep pixels, with the values that became black and
    white, and how many had transparent ones."""

    deep: int = 0
    transparent: int = 0
    span: Span = (0.0, 1.0)

    def notes(self, images: str) -> list[str]:
        """A sentence each; `images` is how many there are."""
        said = []
        if self.deep:
            black, white = (f"{value:,.6g}" for value in self.span)
            scaled = f"scaled so that {black} is black and {white} is white"
            said.append(f"{self.deep:,} of {images} of 16 bits or floats: {scaled}")
        if self.transparent:
            said.append(f"{self.transparent:,} of {images} with transparent pixels, which become white")
        return said


def look_at(path: Path) -> Look:
    """What an image is, without its pixels unless they are deep. Raises what Pillow does if it is none or damaged."""
    with _Bounded(path) as file, _pillow().open(file) as image:
        _check_size(image, path.stat().st_size)
        width, height = image.size
        turned = image.getexif().get(0x0112) in TURNED
        extremes = _extremes(_values(image)) if _deep(image) else None
        grey = image.mode[0] in "1LIF" and image.mode != "LAB"
        return Look((width, height) if turned else (height, width), grey, extremes)


def common_span(extremes: Iterable[Span]) -> Span | None:
    """What becomes black and white in images with these least and greatest values; None if there are none.

    From 0 to the white of their kind (1 of fractions, 4,095 of 12 bits …), if they cover half of that; else from the
    least to the greatest of all.
    """
    pairs = list(extremes)
    if not pairs:
        return None
    low, high = min(low for low, _ in pairs), max(high for _, high in pairs)
    top = next((top for top in TOPS if top >= high), None)
    if low < 0 or top is None or 0 < high - low < top / 2:
        return low, high
    return 0.0, float(top)


def decode_image(
    path: Path | IO[bytes],
    size: tuple[int, int] | None,
    grey: bool,
    span: Span | None = None,
    seen: Seen | None = None,
) -> Array:
    """What `read_image` gives, also of an open file, with whatever Pillow raises if it is no image or damaged.

    `span` is as for `read_image`; `seen` counts what there is to say of the image.
    """
    pillow = _pillow()
    from PIL import ImageOps

    with _Bounded(path) if isinstance(path, Path) else nullcontext(path) as content, pillow.open(content) as file:
        _check_size(file, path.stat().st_size if isinstance(path, Path) else path.seek(0, os.SEEK_END))
        if size:
            file.draft(None, (max(size), max(size)))  # a large JPEG is not decoded in full size
        image = ImageOps.exif_transpose(file)
        deep, clear = _deep(image), False
        if deep:
            values = _values(image)
            span = span or common_span([_extremes(values)])
            assert span is not None
            image = pillow.fromarray(_scaled(values, span))
        if image.has_transparency_data:
            image = image.convert("RGBA")
            clear = image.getextrema()[3][0] < 255
            image = pillow.alpha_composite(pillow.new("RGBA", image.size, "white"), image)
        image = image.convert("L" if grey else "RGB")
        if size and image.size != size[::-1]:
            image = image.resize(size[::-1], pillow.Resampling.BILINEAR)
        if seen is not None:
            seen.deep, seen.transparent = seen.deep + deep, seen.transparent + clear
            seen.span = span or seen.span
        return np.array(image)


class _Bounded(io.BufferedReader):
    """A file that makes no room for more than it has, whatever a damaged header asks it to read."""

    def __init__(self, path: Path) -> None:
        super().__init__(io.FileIO(path))
        self.size = os.fstat(self.fileno()).st_size

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(size if size is None or size < 0 else min(size, max(0, self.size - self.tell())))


def _pillow() -> Any:
    return require("PIL.Image", "cli", "images are read with Pillow")


def _check_size(image: Any, size: int) -> None:
    """Raises ValueError for a header that would take memory for pixels which the file cannot have."""
    width, height = image.size
    if width * height * (4 if _deep(image) else len(image.getbands())) > max(FEW, MOST_PER_BYTE * size):
        raise ValueError(f"its header announces {width} x {height} pixels, too many for {size:,} bytes")


def _deep(image: Any) -> bool:
    return image.mode[0] in "IF"


def _values(image: Any) -> Array:
    """The deep pixels of an image. Raises ValueError if some are not finite."""
    values = np.asarray(image)
    if wrong := values.size - np.count_nonzero(np.isfinite(values)):
        raise ValueError(f"{wrong:,} of its {values.size:,} pixels are not finite numbers")
    return values


def _extremes(values: Array) -> Span:
    return float(values.min()), float(values.max())


def _scaled(values: Array, span: Span) -> Array:
    low, high = span
    out = np.empty(values.shape, np.uint8)
    step = max(1, SCALED // values.shape[-1])
    for start in range(0, len(values), step):  # in pieces, each of which takes several arrays of 64 bits
        levels = (values[start : start + step].astype(np.float64) - low) * (255 / ((high - low) or 1))
        out[start : start + step] = np.rint(levels.clip(0, 255))
    return out
