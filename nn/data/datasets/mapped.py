"""Arrays made piece by piece: small ones lie in memory, large ones in a file that is mapped into memory."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from tempfile import TemporaryFile, gettempdir
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]

IN_MEMORY = 64 << 20  # bytes of an array; a larger one is a file


def scratch() -> Path:
    """The folder for large temporary files: TMPDIR, else /var/tmp, because /tmp is often memory."""
    return Path("/var/tmp" if not os.environ.get("TMPDIR") and os.access("/var/tmp", os.W_OK) else gettempdir())


def fits(size: int) -> bool:
    """Whether an array of this many bytes is held in memory."""
    return size <= IN_MEMORY


def free_bytes() -> int:
    """How much room there is in `scratch()`."""
    return shutil.disk_usage(scratch()).free


def joined(pieces: Iterable[Array]) -> Array:
    """One array (N, …) of one or more pieces (n, …) of the same kind.

    Beyond `IN_MEMORY` bytes they are written to a file in `scratch()` as they come. It is mapped into memory, has no
    name, and is gone with the array. Raises OSError if there is no room for it.
    """
    held: list[Array] = []
    size, pieces = 0, iter(pieces)
    for piece in pieces:
        held.append(piece)
        size += piece.nbytes
        if not fits(size):
            return _written(held, pieces)
    return np.concatenate(held)


def _written(held: list[Array], rest: Iterable[Array]) -> Array:
    length, (_, *shape), dtype = 0, held[0].shape, held[0].dtype
    try:
        with TemporaryFile(dir=scratch()) as file:
            for piece in chain(_taken(held), rest):
                file.write(np.ascontiguousarray(piece).data)
                length += len(piece)
            file.flush()
            return np.memmap(file, dtype, "r+", shape=(length, *shape))
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise OSError(
            error.errno,
            f"{scratch()}: there is no room for the {length:,} samples read so far and the rest: make some, or name "
            "another folder in the environment variable TMPDIR",
        ) from None


def _taken(pieces: list[Array]) -> Iterator[Array]:
    while pieces:
        yield pieces.pop(0)


class Rows:
    """Rows (N, …) of an array in a given order: of a mapped one they are read when they are asked for."""

    def __init__(self, array: Array, order: Array | None = None) -> None:
        self.array, self.order = array, order

    def __len__(self) -> int:
        return len(self.array if self.order is None else self.order)

    def __getitem__(self, index: Any) -> Array:
        """The row at an index, or the rows of a slice or at indices."""
        return np.asarray(self.array[index if self.order is None else self.order[index]])

    def column(self, number: int, start: int, stop: int) -> Array:
        """The rows from `start` to `stop` of one column, (stop - start,)."""
        rows = slice(start, stop) if self.order is None else self.order[start:stop]
        return np.asarray(self.array[rows, number])

    def chosen(self, order: Array) -> Rows:
        """Those of the rows that are at these indices, in this order."""
        if isinstance(self.array, np.memmap):
            return Rows(self.array, order if self.order is None else self.order[order])
        return Rows(self[order])
