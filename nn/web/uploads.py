"""From the bytes of a PNG file, which may be anything, to the pixels that a model takes."""

from __future__ import annotations

import struct
from io import BytesIO
from typing import Any

import numpy as np

from ..data.datasets.image_pixels import decode_image
from ..runs.task import Images, border
from .centring import CENTRED

Array = np.ndarray[Any, Any]

PNG = b"\x89PNG\r\n\x1a\n"
MOST_PIXELS = 1 << 24
FAINTEST = 32  # how much lighter than its ground ink is, in grey levels


def pixels_of(content: bytes, preprocessing: Images) -> Array:
    """The picture in a PNG file as the model takes it, uint8 (H, W) or (H, W, 3).

    A digit is scaled and centred, unless it has the model's size already.

    Raises ValueError for anything but a PNG file, and for one that is damaged, enormous or empty.
    """
    if not content.startswith(PNG) or len(content) < 24:
        raise ValueError("this is not a PNG file: save the picture as PNG, and choose that file")
    width, height = struct.unpack(">II", content[16:24])
    if width * height > MOST_PIXELS:
        raise ValueError(f"the picture has {width} x {height} pixels: make it smaller, 4096 x 4096 at most")
    centre = CENTRED.get(preprocessing.shape) if preprocessing.dark else None
    size = None if centre else preprocessing.shape[1:]
    try:
        pixels = decode_image(BytesIO(content), size, preprocessing.grey, preprocessing.span)
    except Exception as error:  # Pillow raises OSError, SyntaxError, struct.error …
        raise ValueError(f"the PNG file is damaged ({error}): save the picture again") from None
    if centre is None:
        return pixels
    ink = preprocessing.on_black(pixels)
    return ink if ink.shape == preprocessing.shape[1:] else centre(without_ground(ink))


def without_ground(ink: Array) -> Array:
    """Light ink on black, from ink on a dark ground such as that of a photograph; on black it stays as it is."""
    ground = float(np.median(border(ink)))
    if not ground:
        return ink
    least = ground + FAINTEST
    stretched = np.clip((ink - least) * (255 / max(ink.max() - least, 1)), 0, 255)
    clean: Array = np.rint(stretched).astype(np.uint8)
    return clean
