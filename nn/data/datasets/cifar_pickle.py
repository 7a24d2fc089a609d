"""CIFAR-10's "python version", read without running any of its code.

The files are pickles, and a pickle can call any function by name. Here only the three names that an array of bytes
needs are allowed, and each of them stands for an object that merely keeps what it is given.
"""

from __future__ import annotations

import io
import pickle
from pathlib import Path
from typing import Any

import numpy as np

from .binary_formats import read_bytes

PIXELS = 3 * 32 * 32
LARGEST = 1 << 26  # the original files have 31 MB
MOST_MEMOS = 1 << 16  # objects that a pickle refers back to; the original files have a few


class Inert:
    """What a name in the file stands for: an object that keeps what it is given."""

    __slots__ = ("state",)

    def __init__(self, *_: Any) -> None:
        self.state: Any = ()

    def __setstate__(self, state: Any) -> None:
        self.state = state


class Reader(pickle.Unpickler):
    """An unpickler that knows dicts, lists, strings, bytes, numbers, and NumPy arrays as inert data.

    Raises UnpicklingError for a file that asks for anything else.
    """

    NAMES = frozenset({"_reconstruct", "ndarray", "dtype"})
    MODULES = frozenset({"numpy", "numpy.core.multiarray", "numpy._core.multiarray"})

    def find_class(self, module: str, name: str) -> Any:
        if module in self.MODULES and name in self.NAMES:
            return type(name, (Inert,), {"__slots__": ()})
        raise pickle.UnpicklingError(f"it asks for {module}.{name}, which no CIFAR-10 file needs")


def read_cifar_python(path: Path) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Images (N, 3, 32, 32) and labels (N,), uint8, from a file of the python version.

    Raises ValueError for any other file.
    """
    content = read_bytes(path, LARGEST + 1)
    try:
        if len(content) > LARGEST:
            raise ValueError(f"it has more than {LARGEST:,} bytes")
        _check_memos(content)
        batch = Reader(io.BytesIO(content), encoding="latin1").load()
        labels = batch["labels"]
        if not isinstance(labels, list) or not all(type(label) is int and 0 <= label < 256 for label in labels):
            raise ValueError("its labels are not a list of numbers from 0 to 255")
        _, shape, _, fortran, raw = batch["data"].state
        raw = raw.encode("latin1") if isinstance(raw, str) else raw
        if not isinstance(raw, bytes) or fortran or shape != (len(labels), PIXELS) or len(raw) != len(labels) * PIXELS:
            raise ValueError(f"its data are not ({len(labels)}, {PIXELS}) bytes, one row for each label")
    except Exception as error:
        raise ValueError(
            f"{path}: expected a batch of CIFAR-10's python version, a dict of data and labels: {error}"
        ) from None
    return np.frombuffer(bytearray(raw), np.uint8).reshape(-1, 3, 32, 32), np.array(labels, np.uint8)


def _check_memos(content: bytes) -> None:
    """Raises ValueError for a number so high that the unpickler's table of all lower numbers would fill the memory."""
    from pickletools import genops

    for opcode, number, _ in genops(content):
        if opcode.name.endswith("PUT") and int(number or 0) > MOST_MEMOS:
            raise ValueError(f"it has an object number {number:,}, at most {MOST_MEMOS:,} are read")
