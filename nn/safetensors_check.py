"""Read a safetensors file without trust: every number in the header is checked before it is used.

A file is eight bytes that give the length of the header, the header (JSON), and the data:

    {"__metadata__": {"key": "text"}, "weight": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}, …}
"""

from __future__ import annotations

import io
import json
import math
import os
import stat
from typing import Any

import numpy as np

DTYPES: dict[str, np.dtype[Any]] = {
    "F64": np.dtype(np.float64), "F32": np.dtype(np.float32), "F16": np.dtype(np.float16),
    "I64": np.dtype(np.int64), "I32": np.dtype(np.int32), "I16": np.dtype(np.int16), "I8": np.dtype(np.int8),
    "U64": np.dtype(np.uint64), "U32": np.dtype(np.uint32), "U16": np.dtype(np.uint16), "U8": np.dtype(np.uint8),
    "BOOL": np.dtype(np.bool_),
}  # fmt: skip
LONGEST_HEADER = 100_000_000
MOST_DIMENSIONS = 64

Arrays = dict[str, np.ndarray[Any, Any]]


class FileError(ValueError):
    """A file that is damaged, or not what it says."""


def read(path: str | os.PathLike[str]) -> tuple[Arrays, dict[str, str]]:
    """The tensors of a safetensors file, in the order of its header, and its metadata.

    Raises FileError, naming the file and what is wrong with it, and FileNotFoundError if there is none.
    """
    mode = os.stat(path).st_mode
    if not stat.S_ISREG(mode):
        raise FileError(f"{path}: {'a folder' if stat.S_ISDIR(mode) else 'not a regular file'}, expected a file")
    try:
        with open(path, "rb") as file:
            header, length = _header(file, os.fstat(file.fileno()).st_size)
            metadata = header.pop("__metadata__", {})
            _check(
                isinstance(metadata, dict) and all(isinstance(text, str) for text in metadata.values()),
                "its __metadata__ is not a dict of strings",
            )
            places = {name: _place(name, entry, length) for name, entry in header.items()}
            return _tensors(file, places, length), metadata
    except FileError as error:
        raise FileError(f"{path}: {error}") from None


def _check(condition: bool, problem: str) -> None:
    if not condition:
        raise FileError(problem)


def _header(file: io.BufferedReader, size: int) -> tuple[dict[str, Any], int]:
    """The header, and the length of the data after it."""
    start = file.read(8)
    _check(len(start) == 8, f"{size} bytes long, too short for a safetensors file")
    length = int.from_bytes(start, "little")
    if length > size - 8:
        _check(not start.startswith(b"PK"), "a zip archive (a .pt file of PyTorch?), expected a safetensors file")
        _check(not start.startswith(b"\x80"), "a pickle, expected a safetensors file: a pickle can run any code")
    _check(
        length <= size - 8,
        f"its header is to be {length:,} bytes long and the whole file has {size:,}: truncated, or no safetensors file",
    )
    _check(length <= LONGEST_HEADER, f"its header is {length:,} bytes long, at most {LONGEST_HEADER:,} are read")
    try:
        header = json.loads(file.read(length).decode("utf-8"), object_pairs_hook=_unique)
    except FileError:
        raise
    except (ValueError, RecursionError) as error:
        raise FileError(f"its header is not JSON ({type(error).__name__}: {error})") from None
    _check(isinstance(header, dict), f"its header is a JSON {type(header).__name__}, expected a dict")
    return header, size - 8 - length


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A dict of pairs; a key that stands twice is refused, because readers differ in which of the two they believe."""
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise FileError(f"the key {twice!r:.80} stands twice in its header")
    return found


def _place(name: str, entry: Any, length: int) -> tuple[np.dtype[Any], tuple[int, ...], int, int]:
    """Dtype, shape, begin and end of one tensor in the data."""
    _check(
        isinstance(entry, dict) and entry.keys() == {"dtype", "shape", "data_offsets"},
        f"the entry of tensor {name!r:.80} is not a dict of dtype, shape and data_offsets",
    )
    kind, shape, offsets = entry["dtype"], entry["shape"], entry["data_offsets"]
    _check(
        isinstance(kind, str) and kind in DTYPES,
        f"tensor {name!r:.80} has the dtype {kind!r:.20}, expected one of {', '.join(DTYPES)}",
    )
    _check(
        _counts(shape) and len(shape) <= MOST_DIMENSIONS,
        f"tensor {name!r:.80} has the shape {shape!r:.80}, expected a list of at most {MOST_DIMENSIONS} lengths",
    )
    _check(
        _counts(offsets) and len(offsets) == 2 and offsets[0] <= offsets[1] <= length,
        f"tensor {name!r:.80} lies at {offsets!r:.80}, expected a begin and an end within the {length:,} bytes of data",
    )
    dtype, (begin, end) = DTYPES[kind], offsets
    wanted = math.prod(shape) * dtype.itemsize
    _check(
        wanted == end - begin,
        f"tensor {name!r:.80} of dtype {kind} and shape {shape!r:.80} takes {wanted:,} bytes, it has {end - begin:,}",
    )
    _check(math.prod(n or 1 for n in shape) < 2**56, f"tensor {name!r:.80} has the shape {shape!r:.80}: too large")
    return dtype, tuple(shape), begin, end


def _counts(numbers: Any) -> bool:
    """Whether `numbers` is a list of integers from 0 up."""
    return isinstance(numbers, list) and all(type(n) is int and n >= 0 for n in numbers)


def _tensors(file: io.BufferedReader, places: dict[str, Any], length: int) -> Arrays:
    """The tensors, read in the order of the data, which they must fill without a gap or an overlap."""
    arrays: Arrays = {}
    reached = 0
    for name in sorted(places, key=lambda name: places[name][2:]):
        dtype, shape, begin, end = places[name]
        _check(begin >= reached, f"tensor {name!r:.80} overlaps the one before it ({begin:,} < {reached:,})")
        _check(begin == reached, f"bytes {reached:,} to {begin:,} of the data belong to no tensor")
        array = np.empty(shape, dtype.newbyteorder("<"))
        _check(
            file.readinto(array.reshape(-1).view(np.uint8).data) == end - begin, f"it ends within tensor {name!r:.80}"
        )
        _check(
            dtype != np.bool_ or not array.size or array.view(np.uint8).max() <= 1,
            f"tensor {name!r:.80} of dtype BOOL holds bytes other than 0 and 1",
        )
        arrays[name] = array.astype(dtype, copy=False)
        reached = end
    _check(reached == length, f"the last {length - reached:,} bytes of the data belong to no tensor")
    return {name: arrays[name] for name in places}
