"""What tells one row or image from another, wherever it stands: a number that follows from its content."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from ..data.datasets import CSV, ImageFolder
from ..data.datasets.images import ImageDataset
from ..data.datasets.row_hashes import hash_rows

Array = np.ndarray[Any, Any]

DIGITS = 40  # binary ones of a number that count: about 12 decimal ones, which a spreadsheet keeps
BYTES = 1 << 24  # that are looked at together


def row_ids(data: Any, places: Any = slice(None), hashes: Sequence[bytes] = ()) -> Array:
    """The ids of the samples at some places of a data set, (N, 2) in int64: of the sample, and of its inputs alone.

    A number counts with 12 digits, so that it may be written as 1, 1.0 or 1e0. An image of an `ImageFolder` is known
    by the hash of its file, which `hashes` gives for all of them. A class counts by its number.
    """
    if isinstance(data, CSV):
        ids = [_of(_canonical(part[:, :-1]), _canonical(part[:, -1:])) for part in _pieces(data)]
        return np.concatenate(ids)[places]
    if isinstance(data, ImageDataset):
        targets = np.asarray(data.targets)
        if data.target_transform:
            targets = np.array([data.target_transform(int(target)) for target in targets])
        files = isinstance(data, ImageFolder)
        x = np.array([list(each) for each in hashes], np.uint8) if files else np.asarray(data.data)
        return _ids(x[places], targets[places])
    x, y = (tensor.numpy()[places] for tensor in data.tensors)
    return _ids(x, y)


def numbered(ids: Array) -> Array:
    """Ids (N,) that are all different: those of equal samples go by their number among them, too."""
    order = np.argsort(ids, kind="stable")
    place = np.arange(len(ids))
    fresh = np.diff(ids[order], prepend=ids[order[:1]]) != 0
    copies = np.empty(len(ids), np.uint64)
    copies[order] = place - np.maximum.accumulate(np.where(fresh, place, 0))
    return hash_rows(np.column_stack([ids.view(np.uint64), copies]))


def _pieces(data: CSV) -> Iterator[Array]:
    step = max(1, BYTES // (8 * (len(data.encoding.columns) + 1)))
    for start in range(0, len(data), step):
        yield data.numbers(slice(start, start + step))


def _ids(x: Array, y: Array) -> Array:
    step = max(1, BYTES // max(1, x[:1].nbytes))
    parts = [_of(_words(x[i : i + step]), _words(y[i : i + step])) for i in range(0, len(x), step)]
    return np.concatenate(parts)


def _of(x: Array, y: Array) -> Array:
    """The ids of samples whose inputs and targets are words of 64 bits, (N, W) each."""
    inputs = hash_rows(x)
    return np.stack([hash_rows(np.column_stack([inputs, y])), inputs], 1).view(np.int64)


def _words(values: Array) -> Array:
    """Samples (N, …) as words (N, W) of 64 bits."""
    flat = values.reshape(len(values), -1)
    if flat.dtype.kind == "f":
        return _canonical(flat)
    return flat.astype(np.int64).view(np.uint64) if flat.dtype != np.uint8 else _padded(flat)


def _padded(flat: Array) -> Array:
    return np.ascontiguousarray(np.pad(flat, ((0, 0), (0, -flat.shape[1] % 8)))).view(np.uint64)


def _canonical(values: Array) -> Array:
    """Numbers as words of 64 bits, equal for those that agree in 12 digits."""
    mantissa, exponent = np.frexp(values.astype(np.float64))
    rounded = np.ldexp(np.rint(np.ldexp(mantissa, DIGITS)), exponent - DIGITS) + 0.0  # + 0.0: there is one zero
    rounded[np.isnan(rounded)] = np.nan
    return np.ascontiguousarray(rounded).view(np.uint64)
