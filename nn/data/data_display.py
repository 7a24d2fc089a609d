"""What a notebook shows of a data set and of a loader: their size, shapes and classes, and a few samples.

However large the data set, only a few samples are read, for at most about a second; a stream is not read at all. What
fails is told in one line: a display never raises.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from autograd.display import Cell, Html, display, fold, html, note, table

from .inline_images import SHOWN, looks_like_image, picture, thumbnail
from .sample_facts import Look, Part, class_numbers, given, looked_at

MOST_CLASSES = 20  # that are listed with their counts
MOST_COLUMNS = 10  # of a vector
LONGEST = 200  # characters of a text


def dataset_html(dataset: Any, stream: bool = False) -> str:
    """The display of a data set."""

    def made() -> str:
        look = looked_at(dataset, stream)
        return display(*_facts(dataset, look), *_samples(dataset, look))

    return guarded(dataset, made)


def loader_html(loader: Any) -> str:
    """The display of a DataLoader: its batches, then its data set."""
    return guarded(loader, lambda: display(*_loader(loader)))


def guarded(thing: Any, made: Callable[[], str]) -> str:
    """What is made, or one line about why it could not be."""
    try:
        return made()
    except Exception as error:
        return display(note(f"{type(thing).__name__} cannot be shown: {told(error)}", "bad"))


def told(error: BaseException) -> str:
    """An error in one line."""
    return _cut(f"{type(error).__name__}: {error}".splitlines()[0])


def _heading(text: str) -> Html:
    return Html(f'<p style="opacity: 1; font-weight: 600">{html(text)}</p>')


def _facts(dataset: Any, look: Look, batch: Callable[[Part], str] | None = None) -> Iterator[Html]:
    """The size, the parts of a sample, and the classes."""
    size = look.trouble or f"{look.length:,} sample{'s' * (look.length != 1)}"
    yield _heading(f"{title(dataset)}: {size}")
    if look.parts:
        heads = ["", "shape of a sample", "dtype", *(["in a batch"] if batch else [])]
        rows = [[part.name, part.shape, part.dtype, *([batch(part)] if batch else [])] for part in look.parts]
        yield table(heads, rows, headings=True)
    if look.stream:
        yield note("Its samples are not shown, because reading a stream may use it up.")
    for line in str(getattr(dataset, "extra_repr", str)()).splitlines():
        yield note(line)
    if (transform := given(dataset, "transform")) is not None:
        yield note(f"transform: {_cut(repr(transform))}")
    if (numbers := class_numbers(dataset)) is not None:
        yield from _classes(numbers, _names(dataset))
    if look.fault is not None:
        index, error = look.fault
        yield note(f"sample {index:,} cannot be read: {told(error)}", "bad")


def _classes(numbers: np.ndarray[Any, Any], names: list[str]) -> Iterator[Html]:
    """How many samples each class has, those without any included."""
    found, counts = np.unique(numbers, return_counts=True)
    count = dict(zip(found.tolist(), counts.tolist(), strict=True))
    count = {number: count.pop(number, 0) for number in range(len(names))} | count
    if not count or (len(count) > MOST_CLASSES and not names and len(count) > len(numbers) / 2):
        return  # whole numbers that are no classes
    if len(count) > MOST_CLASSES:
        few, many = min(count.values()), max(count.values())
        yield note(f"{len(count):,} classes, each of {few:,} to {many:,} samples")
        return
    most = max(count.values())
    cells = [Cell(f"{n:,}", "number" if n else "number bad", shade=n / max(2 * most, 1)) for n in count.values()]
    yield table(["class", *(_class(number, names) for number in count)], [["samples", *cells]], headings=True)


def _samples(dataset: Any, look: Look) -> Iterator[Html]:
    """A sheet of images with what belongs to them, or the first samples as a table."""
    names = _names(dataset)
    images = [part for part in look.parts if look.samples and looks_like_image(part.values[0])]
    if images:
        yield from _sheet(look, images[0], names)
    elif look.samples:
        columns = [column for part in look.parts for column in _columns(part, given(dataset, "features"), names)]
        heads = [head for head, _ in columns]
        rows = [
            [Cell(f"{index:,}", "index"), *(cells[i] for _, cells in columns)] for i, index in enumerate(look.indices)
        ]
        yield table(["", *heads], rows)


def _sheet(look: Look, image: Part, names: list[str]) -> Iterator[Html]:
    others = [part for part in look.parts if part is not image and part.values]
    scaled, tiles = False, []
    for i, value in enumerate(image.values):
        if not looks_like_image(value):
            continue
        pixels, odd = thumbnail(value)
        scaled |= odd
        label = ", ".join(_text(part.values[i], names if part.target else []) for part in others)
        drawn = picture(pixels, f"sample {look.indices[i]:,}" + (f": {label}" if label else ""))
        below = f'<div style="font-size: .85em; opacity: .75; overflow-wrap: anywhere">{html(_cut(label, 40))}</div>'
        tiles.append(f'<div style="max-width: {SHOWN}px">{drawn}{below}</div>')
    yield Html(f'<div style="display: flex; flex-wrap: wrap; gap: .7em; margin: .7em">{"".join(tiles)}</div>')
    if scaled:
        yield note("Values outside 0 to 1 (or 255) are scaled: in each image the smallest is black, the largest white.")


def _columns(part: Part, features: Any, names: list[str]) -> Iterator[tuple[Any, list[Any]]]:
    """The head and the cells of each column that shows a part of the samples: a vector takes several."""
    width = part.width
    if width is None:
        yield part.name, [_cell(value, names if part.target else []) for value in part.values]
        return
    named = features if isinstance(features, list | tuple) and len(features) == width and not part.target else None
    for j in range(min(width, MOST_COLUMNS)):
        yield named[j] if named else f"{part.name}[{j}]", [_cell(value[j]) for value in part.values]
    if width > MOST_COLUMNS:
        yield f"… of {width:,}", ["…"] * len(part.values)


def _cell(value: Any, names: list[str] | None = None) -> Cell:
    number = not names and isinstance(_plain(value), int | float) and not isinstance(_plain(value), bool)
    return Cell(_text(value, names), "number" if number else "wrap" if isinstance(value, str) else "")


def _text(value: Any, names: list[str] | None = None) -> str:
    """A value in a few words: the name of a class, a number, a text, or the shape of an array."""
    value = _plain(value)
    if names and isinstance(value, int) and not isinstance(value, bool):
        return _class(value, names)
    if isinstance(value, float):
        return f"{value:.4g}"
    if hasattr(value, "shape") and hasattr(value, "dtype"):
        return f"{tuple(value.shape)} {value.dtype}"
    return _cut(value if isinstance(value, str) else repr(value))


def _plain(value: Any) -> Any:
    """The number that an array or tensor without dimensions holds; anything else as it is."""
    return value.item() if getattr(value, "shape", None) == () and hasattr(value, "item") else value


def _loader(loader: Any) -> Iterator[Html]:
    look = looked_at(loader.dataset, loader.iterates)
    try:
        number = f"{len(loader):,}"
    except (TypeError, NotImplementedError):
        number = "an unknown number"
    size = " single samples" if loader.single else f" of {loader.batch_size:,} samples" if loader.batch_size else ""
    rows = [["batches", f"{number}{size}" if not loader.single else f"{number},{size}"], ["order", _order(loader)]]
    if loader.drop_last:
        rows.append(["last batch", "dropped if it is not full"])
    if loader.prefetch:
        rows.append(["prefetched", f"{loader.prefetch:,} batches"])
    if loader.collate_fn is not None:
        rows.append(["collate_fn", getattr(loader.collate_fn, "__qualname__", type(loader.collate_fn).__name__)])
    if epoch := loader.state_dict()["epoch"]:
        rows.append(["served", f"{epoch['position']:,} in this epoch"])
    yield _heading(type(loader).__name__)
    yield table((), rows, headings=True)
    known = loader.batch_size and loader.collate_fn is None and not loader.single
    yield from _facts(loader.dataset, look, (lambda part: part.batched(loader.batch_size)) if known else None)
    yield fold("a few samples", *_samples(loader.dataset, look), opened=True) if look.samples else Html()


def _order(loader: Any) -> str:
    if loader.iterates:
        return "that of the stream"
    if loader.shuffle:
        return "shuffled"
    name = type(loader.sampler or loader.batch_sampler).__name__
    return "as in the data set" if name == "SequentialSampler" else f"that of the {name}"


def title(dataset: Any) -> str:
    """The type of a data set and, in parentheses, the types of those it consists of."""
    within = given(dataset, "datasets")
    parts = list(within.values()) if isinstance(within, dict) else list(within or ())
    one = given(dataset, "dataset")
    parts += [] if one is None else [one]
    if not parts:
        return type(dataset).__name__
    more = [f"… {len(parts)} in all"] * (len(parts) > 4)
    return f"{type(dataset).__name__} of {', '.join([*map(title, parts[:4]), *more])}"


def _names(dataset: Any) -> list[str]:
    """The names of the classes, if the data set has them."""
    names, within = given(dataset, "classes"), given(dataset, "datasets")
    if isinstance(names, list | tuple):
        return list(map(str, names))
    inner = within if isinstance(within, list) else [given(dataset, "dataset")]
    found = [[] if part is None else _names(part) for part in inner]
    return found[0] if found and all(names == found[0] for names in found) else []


def _class(number: Any, names: list[str]) -> str:
    return _cut(names[number], 40) if isinstance(number, int) and 0 <= number < len(names) else str(number)


def _cut(text: str, longest: int = LONGEST) -> str:
    return text if len(text) <= longest else f"{text[:longest]}…"
