"""What is known of a data set at little cost: its length, a few samples and their parts, and its classes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from inspect import getattr_static
from itertools import takewhile
from time import perf_counter
from typing import Any

import numpy as np

from autograd import Generator, Tensor

from .inline_images import looks_like_image
from .streams import aside

Array = np.ndarray[Any, Any]

ROWS = 5  # samples that a table shows
IMAGES = 16  # samples on a sheet of images
SECONDS = 1.0  # after which no further sample is read
MOST_LABELS = 2_000_000  # that are counted
MOST_PARTS = 16  # of a sample; a longer list is a value


@dataclass
class Part:
    """What has the same place in every sample: its name, and its values in those that were read."""

    name: str
    values: list[Any]
    target: bool = False

    @property
    def shape(self) -> str:
        """The shape that all have, with a ? for what differs."""
        shapes = {_shape(value) for value in self.values}
        if len({len(shape) for shape in shapes}) > 1:
            return "varies"
        if shapes == {()} and not any(map(_is_array, self.values)):
            return ""
        return _as_text(lengths[0] if len(set(lengths)) == 1 else "?" for lengths in zip(*shapes, strict=True))

    @property
    def dtype(self) -> str:
        """The dtypes, or the types of what is no array."""
        return ", ".join(dict.fromkeys(map(_dtype, self.values)))

    @property
    def width(self) -> int | None:
        """The length of these vectors; None if they are no vectors of one length."""
        shapes = {_shape(value) for value in self.values}
        lengths = [shape[0] for shape in shapes if len(shape) == 1]
        return lengths[0] if len(lengths) == len(shapes) == 1 and lengths[0] > 0 else None

    def batched(self, size: int) -> str:
        """What a batch of `size` samples holds, as `default_collate` makes it."""
        kinds = {bool: "bool", int: "int64", float: "float64"}
        first = self.values[0]
        if isinstance(first, str | bytes):
            return f"a list of {size:,}"
        if "?" in self.shape or self.shape == "varies":
            return "they do not stack"
        if _is_array(first) or type(first) in kinds:
            return f"{_as_text((size, *_shape(first)))} {kinds.get(type(first)) or _dtype(first)}"
        return ""


@dataclass
class Look:
    """What was seen of a data set.

    Attributes:
        length: the number of samples.
        trouble: why there is no such number.
        indices, samples: those that were read.
        parts: what they consist of.
        stream: whether the data set is a stream, which is not read.
        fault: the first sample that could not be read, and the error.
    """

    length: int = 0
    trouble: str = ""
    indices: list[int] = field(default_factory=list)
    samples: list[Any] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    fault: tuple[int, Exception] | None = None
    stream: bool = False


def looked_at(dataset: Any, stream: bool = False) -> Look:
    """A few samples: of images, from all over the data set; of anything else, the first. None of a stream."""
    try:
        look = Look(len(dataset))
    except Exception as error:
        unknown = f"its length is not known ({type(error).__name__}: {error})"
        return Look(trouble="a stream of unknown length" if stream else unknown, stream=stream)
    if stream:
        look.trouble, look.stream = f"a stream of {look.length:,} samples", True
    elif look.length:
        with aside(), _own_generators_kept(dataset):
            _read_samples(dataset, look)
        look.parts = parts(look.samples)
    return look


def _read_samples(dataset: Any, look: Look) -> None:
    end, last = perf_counter() + SECONDS, look.length - 1

    def read(indices: Iterable[int]) -> None:
        for index in takewhile(lambda _: perf_counter() < end, indices):
            try:
                look.samples.append(dataset[index])
                look.indices.append(index)
            except Exception as error:
                look.fault = look.fault or (index, error)

    read([0])
    images = any(looks_like_image(part.values[0]) for part in parts(look.samples))
    more = [last * i // (IMAGES - 1) for i in range(IMAGES)] if images else range(ROWS)
    read(dict.fromkeys(index for index in more if 0 < index <= last))


def parts(samples: list[Any]) -> list[Part]:
    """The parts that all samples have; a sample that is no tuple, list or dict is one part."""
    if not samples:
        return []
    split = [dict(_split(sample)) for sample in samples]
    names = [name for name in split[0] if all(name in each for each in split)]
    return [Part(name, [each[name] for each in split], name.split(".")[-1] == "target") for name in names]


def _split(sample: Any, within: str = "") -> Iterator[tuple[str, Any]]:
    """The names and values of the parts of a sample, and of the parts of those that hold arrays."""
    if not (isinstance(sample, Mapping | tuple | list) and 0 < len(sample) <= MOST_PARTS):
        yield within or "sample", sample
        return
    if isinstance(sample, Mapping):
        named = {str(key): value for key, value in sample.items()}
    else:
        named = dict(zip(_part_names(sample), sample, strict=True))
    for name, value in named.items():
        full = f"{within}.{name}" if within else name
        if isinstance(value, Mapping) or (isinstance(value, tuple | list) and any(map(_is_array, value))):
            yield from _split(value, full)
        else:
            yield full, value


def _part_names(sample: Any) -> tuple[str, ...]:
    """The names in a named tuple; else the last of several is the target."""
    fields = getattr(sample, "_fields", None)
    if fields is not None:
        return fields
    if len(sample) <= 2:
        return ("input", "target")[: len(sample)]
    return (*(f"input {i}" for i in range(1, len(sample))), "target")


def class_numbers(dataset: Any) -> Array | None:
    """The class of every sample, (N,), if the data set holds them in memory and they are not too many; else None."""
    within, indices = given(dataset, "datasets"), given(dataset, "indices")
    if isinstance(within, list) and within:
        found = [class_numbers(part) for part in within]
        known = [part for part in found if part is not None]
        return np.concatenate(known) if len(known) == len(found) else None
    if indices is not None:
        whole = class_numbers(given(dataset, "dataset"))
        return None if whole is None else whole[np.asarray(indices)]
    tensors, held = given(dataset, "tensors"), given(dataset, "targets")
    if isinstance(tensors, tuple) and len(tensors) > 1:
        held = tensors[-1]
    if not isinstance(held, Tensor | np.ndarray | list | tuple) or len(held) > MOST_LABELS:
        return None
    numbers = held.numpy(force=True) if isinstance(held, Tensor) else np.asarray(held)
    return numbers if numbers.ndim == 1 and numbers.dtype.kind in "iub" and numbers.size else None


def given(dataset: Any, name: str) -> Any:
    """An attribute that the object or its class simply has: no code of a property runs, as it might read everything."""
    held = getattr(dataset, "__dict__", {})
    if name in held:
        return held[name]
    value = getattr_static(type(dataset), name, None)
    return None if hasattr(type(value), "__get__") else value


@contextmanager
def _own_generators_kept(dataset: Any) -> Iterator[None]:
    """Give the generators that a data set has for itself, and those it is made of, their states back."""
    with ExitStack() as ends:
        for owner in _with_parts(dataset):
            for value in getattr(owner, "__dict__", {}).values():
                if isinstance(value, Generator):
                    ends.callback(value.set_state, value.get_state())
                elif isinstance(value, np.random.Generator):
                    ends.callback(setattr, value.bit_generator, "state", value.bit_generator.state)
        yield


def _with_parts(dataset: Any) -> Iterator[Any]:
    yield dataset
    within = given(dataset, "datasets")
    parts = within.values() if isinstance(within, dict) else within or ()
    for part in (*parts, given(dataset, "dataset"), given(dataset, "transform")):
        if part is not None:
            yield from _with_parts(part)


def _is_array(value: Any) -> bool:
    return isinstance(value, Tensor | np.ndarray | np.generic)


def _shape(value: Any) -> tuple[int, ...]:
    if hasattr(value, "convert") and hasattr(value, "size"):  # an image of Pillow
        return tuple(value.size[::-1])
    return tuple(value.shape) if _is_array(value) else ()


def _dtype(value: Any) -> str:
    return str(value.dtype) if _is_array(value) else type(value).__name__


def _as_text(lengths: Iterable[Any]) -> str:
    """A shape as it prints."""
    texts = [str(n) for n in lengths]
    return f"({texts[0]},)" if len(texts) == 1 else f"({', '.join(texts)})"
