"""The binary file formats of MNIST and CIFAR-10. Faults are ValueErrors that name the file and what was expected."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, cast

import numpy as np

CHUNK = 1 << 20
CIFAR_RECORD = 1 + 3 * 32 * 32


@contextmanager
def opened(path: Path, packed: bool | None = None) -> Iterator[IO[bytes]]:
    """The bytes of a file, unpacked if `packed` or, by default, if its name ends in .gz.

    Raises ValueError for a damaged gzip file.
    """
    packed = path.suffix == ".gz" if packed is None else packed
    try:
        with gzip.open(path) if packed else path.open("rb") as file:
            yield cast(IO[bytes], file)
    except EOFError:
        raise ValueError(f"{path}: the file is cut short, its gzip data has no end mark: fetch it again") from None
    except (gzip.BadGzipFile, zlib.error) as error:
        raise ValueError(f"{path}: expected an undamaged gzip file ({error}): fetch it again") from None


def read_bytes(path: Path, limit: int | None = None, *, packed: bool | None = None) -> bytes:
    """The content of a file, up to `limit` bytes; raises as `opened`."""
    parts, left = [], limit
    with opened(path, packed) as file:
        while part := file.read(CHUNK if left is None else min(CHUNK, left)):
            parts.append(part)
            left = None if left is None else left - len(part)
    return b"".join(parts)


def read_idx(path: Path, ndim: int) -> np.ndarray[Any, Any]:
    """A uint8 array of `ndim` dimensions from an IDX file, gzipped or not: magic number, big-endian sizes, bytes.

    Raises ValueError for another file. Source: yann.lecun.org/exdb/mnist, "the IDX file format".
    """
    start = 4 + 4 * ndim
    header = read_bytes(path, start)
    magic = 0x00000800 + ndim
    if header[:4] != magic.to_bytes(4, "big"):
        raise ValueError(
            f"{path}: expected the magic number 0x{magic:08x} (unsigned bytes in {ndim} dimensions), "
            f"found 0x{header[:4].hex() or '0 (an empty file)'}"
        )
    shape = tuple(int.from_bytes(header[i : i + 4], "big") for i in range(4, start, 4))
    expected = start + int(np.prod([int(n) for n in shape], dtype=object))
    content = read_bytes(path, expected + 1)
    if len(header) < start or len(content) != expected:
        given = "more" if len(content) > expected else f"{len(content):,}"
        raise ValueError(f"{path}: its header announces {shape}, which takes {expected:,} bytes; the file has {given}")
    return np.frombuffer(bytearray(content), np.uint8, offset=start).reshape(shape)


def read_cifar_binary(path: Path) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Images (N, 3, 32, 32) and labels (N,), uint8, from records of a label and three planes of 32 x 32 bytes.

    Raises ValueError for another file. Source: cs.toronto.edu/~kriz/cifar.html, "binary version".
    """
    content = read_bytes(path)
    if not content or len(content) % CIFAR_RECORD:
        raise ValueError(f"{path}: expected records of {CIFAR_RECORD:,} bytes, the file has {len(content):,} bytes")
    records = np.frombuffer(bytearray(content), np.uint8).reshape(-1, CIFAR_RECORD)
    return records[:, 1:].reshape(-1, 3, 32, 32), records[:, 0]


def check_labels(path: Path, labels: np.ndarray[Any, Any], images: int, classes: int) -> None:
    """Raises ValueError unless there is one label for every image, and each is the number of a class."""
    if len(labels) != images:
        raise ValueError(f"{path}: {len(labels):,} labels for {images:,} images")
    if len(labels) and labels.max() >= classes:
        where = int(labels.argmax())
        raise ValueError(f"{path}: expected labels from 0 to {classes - 1}, label {where} is {labels[where]}")
