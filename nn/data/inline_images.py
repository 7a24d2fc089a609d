"""Pictures inside a page: from a sample that looks like one to pixels, to a PNG file, to HTML. Nothing but NumPy."""

from __future__ import annotations

import math
import struct
import zlib
from base64 import b64encode
from typing import Any

import numpy as np

from autograd import Tensor
from autograd.display import Html, html

Array = np.ndarray[Any, Any]

SIDE = 64  # the most pixels that a thumbnail has in a row or column
SHOWN = 72  # the longer side on the page
SHARPEST = 1024  # of images with more pixels in a row or column, not all of them are read
SMALLEST = 8  # a square with shorter sides is a matrix


def looks_like_image(value: Any) -> bool:
    """Whether this is an image of Pillow, or an array that has the shape of one.

    That is (H, W, 3 or 4) as bytes, (1 or 3, H, W), and (H, W) as bytes or if it is a square.
    """
    if type(value).__module__.startswith("PIL."):
        return True
    if not isinstance(value, Tensor | np.ndarray) or 0 in value.shape:
        return False
    shape, kind = value.shape, np.dtype(value.dtype)
    if kind.kind not in "biuf":
        return False
    if len(shape) == 3:
        return (shape[0] in (1, 3) and min(shape[1:]) > 3) or (shape[2] in (1, 3, 4) and kind == np.uint8)
    return len(shape) == 2 and min(shape) >= SMALLEST and (kind == np.uint8 or shape[0] == shape[1])


def thumbnail(value: Any) -> tuple[Array, bool]:
    """Pixels, uint8 (H, W) or (H, W, 3), of what looks like an image, and whether its values had to be scaled to fit.

    Whole numbers from 0 to 255 and fractions from 0 to 1 fit. Others are scaled so that the smallest is black and the
    largest white. What is not finite is black.
    """
    x = _channels_last(value)
    step = math.ceil(max(x.shape[:2]) / SHARPEST)
    x = x[::step, ::step]
    top = 255.0 if x.dtype.kind in "iu" else 1.0
    x = _averaged(x.astype(np.float64), math.ceil(max(x.shape[:2]) / SIDE))
    finite = np.isfinite(x)
    low, high = (x[finite].min(), x[finite].max()) if finite.any() else (0.0, 0.0)
    fits = low >= 0 and high <= top
    low, high = (0.0, top) if fits else (low, high)
    x = (np.where(finite, x, low) - low) / max(high - low, 1e-12)
    return (x * 255 + 0.5).astype(np.uint8), not fits


def picture(pixels: Array, title: str = "") -> Html:
    """An image element that holds its own PNG file; `title` describes it."""
    height, width = pixels.shape[:2]
    zoom = SHOWN / max(height, width)
    source = b64encode(png(pixels)).decode()
    return Html(
        f'<img src="data:image/png;base64,{source}" alt="{html(title)}" title="{html(title)}" '
        f'width="{max(round(width * zoom), 1)}" height="{max(round(height * zoom), 1)}" '
        'style="image-rendering: pixelated; display: block; margin: 0"/>'
    )


def png(pixels: Array) -> bytes:
    """A PNG file of pixels, uint8 (H, W) or (H, W, 3). Source: w3.org/TR/png."""
    height, width = pixels.shape[:2]
    rows = b"".join(b"\0" + row.tobytes() for row in pixels)
    header = struct.pack(">2I5B", width, height, 8, 2 if pixels.ndim == 3 else 0, 0, 0, 0)
    chunks = (b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _channels_last(value: Any) -> Array:
    """An image as an array (H, W) or (H, W, 3)."""
    if hasattr(value, "convert"):  # Pillow's
        return np.asarray(value.convert("L" if value.mode in ("1", "L") else "RGB"))
    x = value.numpy(force=True) if isinstance(value, Tensor) else value
    if x.ndim == 3 and x.shape[0] in (1, 3) and min(x.shape[1:]) > 3:
        x = np.moveaxis(x, 0, -1)
    return x if x.ndim == 2 else x[:, :, 0] if x.shape[2] == 1 else x[:, :, :3]


def _averaged(x: Array, block: int) -> Array:
    """The means of squares of `block` x `block` pixels; the rest at the right and the lower edge is left out."""
    height, width = max(x.shape[0] // block, 1), max(x.shape[1] // block, 1)
    tall, wide = min(block, x.shape[0]), min(block, x.shape[1])
    cut = x[: height * tall, : width * wide]
    return cut.reshape(height, tall, width, wide, *x.shape[2:]).mean((1, 3))
