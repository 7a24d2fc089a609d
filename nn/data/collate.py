"""Samples into batches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from numbers import Number
from typing import Any

import numpy as np

import autograd
from autograd import Tensor


def fetch(dataset: Any, indices: Any) -> Any:
    """The batch of the samples at `indices`: by `__getitems__` if the data set has it, else collated one by one."""
    if hasattr(dataset, "__getitems__"):
        return dataset.__getitems__(np.asarray(indices, dtype=np.int64))
    return default_collate([dataset[int(i)] for i in indices])


def default_collate(batch: Sequence[Any]) -> Any:
    """Make one batch of many samples as PyTorch does: tensors, arrays and numbers are stacked along a new first axis.

    This applies to the elements of tuples, lists and dicts; a tuple becomes a list, but a named tuple stays one.
    Strings become a list, Python floats float64 and ints int64. Raises RuntimeError for samples that differ in shape,
    length or keys, and TypeError for what cannot be stacked; give the loader a `collate_fn` for those.
    """
    first = batch[0]
    if isinstance(first, Tensor | np.ndarray):
        return _stack(batch)
    if isinstance(first, float):
        return autograd.tensor(batch, dtype=autograd.float64)
    if isinstance(first, Number | np.generic):
        return autograd.as_tensor(np.array(batch))
    if isinstance(first, str | bytes):
        return list(batch)
    if isinstance(first, Mapping):
        for i, sample in enumerate(batch):
            if sample.keys() != first.keys():
                raise RuntimeError(f"default_collate: sample 0 has the keys {list(first)}, sample {i} {list(sample)}")
        return {key: default_collate([sample[key] for sample in batch]) for key in first}
    if isinstance(first, tuple | list):
        for i, sample in enumerate(batch):
            if len(sample) != len(first):
                raise RuntimeError(f"default_collate: sample 0 has {len(first)} elements, sample {i} has {len(sample)}")
        parts = [default_collate(part) for part in zip(*batch, strict=True)]
        return type(first)(*parts) if hasattr(first, "_fields") else parts
    raise TypeError(
        "default_collate: a sample must contain tensors, arrays, numbers, strings, tuples, lists or dicts, found "
        f"{type(first).__name__}; give the loader a collate_fn"
    )


def default_convert(data: Any) -> Any:
    """`data` with tensors in place of arrays, inside of tuples, lists and dicts too; all else stays as it is."""
    if isinstance(data, np.ndarray | np.generic) and data.dtype.kind not in "SUO":
        return autograd.as_tensor(data)
    if isinstance(data, Mapping):
        return {key: default_convert(value) for key, value in data.items()}
    if isinstance(data, tuple | list):
        parts = [default_convert(part) for part in data]
        return type(data)(*parts) if hasattr(data, "_fields") else parts
    return data


def _stack(samples: Sequence[Any]) -> Tensor:
    shape = np.shape(samples[0])
    for i, sample in enumerate(samples):
        if np.shape(sample) != shape:
            raise RuntimeError(
                f"default_collate: expected samples of one shape, got {shape} at entry 0 and {np.shape(sample)} at "
                f"entry {i}: crop or pad them, or give the loader a collate_fn"
            )
    if isinstance(samples[0], Tensor):
        return autograd.stack(list(samples))
    return autograd.from_numpy(np.stack(samples))


def rearrange(batches: Sequence[Any], order: np.ndarray[Any, Any]) -> Any:
    """Join batches of one structure; sample i of the result is sample order[i] of their concatenation.

    Raises RuntimeError for batches whose samples differ in shape.
    """
    first = batches[0]
    if isinstance(first, Tensor):
        shapes = [tuple(batch.shape[1:]) for batch in batches]
        if len(set(shapes)) > 1:
            raise RuntimeError(f"expected data sets with samples of one shape, got {' and '.join(map(str, shapes))}")
        return autograd.cat(list(batches))[order]
    if isinstance(first, Mapping):
        return {key: rearrange([batch[key] for batch in batches], order) for key in first}
    if isinstance(first[0], str | bytes):
        row = [text for batch in batches for text in batch]
        return [row[i] for i in order]
    parts = [rearrange(part, order) for part in zip(*batches, strict=True)]
    return type(first)(*parts) if hasattr(first, "_fields") else parts
