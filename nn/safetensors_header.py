"""What the safetensors library accepts in silence, or refuses without saying clearly why.

A file is eight bytes that give the length of the header, the header (JSON), and the data:

    {"__metadata__": {"key": "text"}, "weight": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}, …}

The library makes sure that every number in the header is valid and that the tensors fill the data. It accepts keys that
occur twice, fields that it does not know, and dtypes that NumPy does not have.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from typing import Any

DTYPES = {
    "F64": "float64", "F32": "float32", "F16": "float16", "BF16": "bfloat16", "I64": "int64", "I32": "int32",
    "I16": "int16", "I8": "int8", "U64": "uint64", "U32": "uint32", "U16": "uint16", "U8": "uint8", "BOOL": "bool",
}  # fmt: skip
FIELDS = {"dtype", "shape", "data_offsets"}
OTHER_KINDS = {
    b"PK": "a zip archive (a .pt file of PyTorch?), expected a safetensors file",
    b"\x80": "a pickle, expected a safetensors file: a pickle can run any code",
}


class FileError(ValueError):
    """A file that is damaged, or is not what it claims to be."""


def tensor_names(path: str | os.PathLike[str]) -> list[str]:
    """The names of the tensors in a file that the library has opened, in the order of the header.

    Raises FileError for a header that means different things to different readers, or more than NumPy can hold.
    """
    with open(path, "rb") as file:
        length = int.from_bytes(file.read(8), "little")
        header = json.loads(file.read(length), object_pairs_hook=_unique)
    header.pop("__metadata__", None)
    for name, entry in header.items():
        if entry.keys() != FIELDS:
            unknown = ", ".join(sorted(entry.keys() - FIELDS))
            raise FileError(f"tensor {name!r:.80} has unknown fields in the header: {unknown:.80}")
        if (dtype := entry["dtype"]) not in DTYPES:
            raise FileError(f"tensor {name!r:.80} has the dtype {dtype!r}, expected one of {', '.join(DTYPES)}")
    return list(header)


def explain(path: str | os.PathLike[str], problem: Exception) -> str:
    """What is wrong with a file that the library refuses to open because of `problem`."""
    size = os.path.getsize(path)
    with open(path, "rb") as file:
        start = file.read(8)
    if int.from_bytes(start, "little") > size:
        for mark, kind in OTHER_KINDS.items():
            if start.startswith(mark):
                return kind
    words = str(problem).removeprefix("Error while deserializing header: ")
    return f"truncated, damaged or not a safetensors file ({words}; it has {size:,} bytes)"


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A dict of pairs. A key that occurs twice is refused, because readers differ in which of the two they believe."""
    found = dict(pairs)
    if len(found) < len(pairs):
        ((key, _),) = Counter(key for key, _ in pairs).most_common(1)
        raise FileError(f"the key {key!r:.80} occurs more than once in its header")
    return found
