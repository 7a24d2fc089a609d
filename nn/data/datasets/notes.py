"""What is said of a data set before anything is learned from it."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from .columns import Column

Array = np.ndarray[Any, Any]

LOOKED_AT = 5000  # rows, to see whether a feature gives the target away
FEW = 30  # rows; of fewer, what looks odd may be chance
ALONE = 0.99
RARE = 0.3  # of the share that a class would have if all had the same
ID_WORDS = {"id", "ids", "idx", "index", "key", "nr", "no", "num", "number", "guid", "uuid", "row", "rownames", "rowid",
            "rownum", "serial", "unnamed"}  # fmt: skip


class DataNote(UserWarning):
    """Something that was done to a table or to images without being asked for, or that may make a result worthless."""


def say(notes: Iterable[str], level: int = 3) -> None:
    """Give each note as a warning, at the line that many calls up."""
    for note in notes:
        warnings.warn(note, DataNote, stacklevel=level + 1)


def named_as_id(name: str) -> bool:
    """Whether the name of a column says that it numbers the rows: "id", "PassengerId", "Unnamed: 0"."""
    words = re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)
    return any(word.lower() in ID_WORDS for word in words) or name.lower() in ID_WORDS


def imbalance(classes: tuple[str, ...], y: Array) -> list[str]:
    """A note if a class is rare. `y` is the class of each row, (N,)."""
    counts = np.bincount(y, minlength=len(classes))
    if len(y) < FEW or counts.min() >= RARE * len(y) / len(classes):
        return []
    most, least = int(counts.argmax()), int(counts.argmin())
    return [
        f"the classes are not balanced: {counts[most] / len(y):.1%} of the rows are {classes[most]!r}, "
        f"{counts[least] / len(y):.1%} {classes[least]!r}: always answering {classes[most]!r} is right that often"
    ]


def giveaways(names: list[str], words: list[bool], values: Array, classes: bool) -> list[str]:
    """A note if there are features that tell the target alone.

    Args:
        names: of the features.
        words: which of them are indices of words.
        values: some rows, (N, features + 1), the target last; NaN is missing.
        classes: whether the target is a class.
    """
    if len(values) < FEW:
        return []
    target, known = values[:, -1], ~np.isnan(values)
    usual = np.unique(target, return_counts=True)[1].max() / len(target)
    if classes and usual >= ALONE:
        return []
    alone, centred = [], _centred(target)
    for i, name in enumerate(names):
        there, x, y = known[:, i], values[:, i], target
        whole = bool(there.all())
        if not whole:
            x, y = x[there], y[there]
        if len(x) < max(FEW, len(values) // 2):
            continue
        if classes:
            share = _told(x, y, ordered=not words[i])
        else:
            share = 0.0 if words[i] else _explained(_centred(x), centred if whole else _centred(y))
        if share > ALONE and share > usual:
            alone.append(f"{name!r} ({share:.1%})")
    if not alone:
        return []
    what = "classes are right" if classes else "variance is explained"
    more = f" and {len(alone) - 5} more" if len(alone) > 5 else ""
    return [
        f"one column alone gives the target away: {', '.join(alone[:5])}{more} of the {what}: if it is not known "
        "before the target is, leave it out with the setting ignore"
    ]


def _centred(x: Array) -> Array:
    """The numbers around their mean, in a unit in which none is large."""
    largest = float(np.abs(x).max())
    x = x / (largest or 1.0)
    return x - x.sum() / len(x)


def _explained(x: Array, y: Array) -> float:
    """The R² of a straight line between centred numbers; 0 if those of either are all equal."""
    spread = float(x @ x) * float(y @ y)
    return float(x @ y) ** 2 / spread if spread else 0.0


def _told(x: Array, y: Array, ordered: bool) -> float:
    """How often the class is that of most rows with the same value; for a value that only one row has, that of the row
    with the next value, if values are `ordered`."""
    order = np.lexsort((y, x))
    x, y = x[order], y[order]
    new = np.r_[True, x[1:] != x[:-1]]
    pairs = np.flatnonzero(new | np.r_[True, y[1:] != y[:-1]])
    counts = np.diff(np.r_[pairs, len(x)])
    starts = np.flatnonzero(new[pairs])
    sizes = np.add.reduceat(counts, starts)
    right = int(np.maximum.reduceat(counts, starts)[sizes > 1].sum())
    if ordered:
        single = np.flatnonzero(new)[sizes == 1]
        right += int((y[single] == np.r_[y[1:], y[-2]][single]).sum())
    return right / len(x)


def filled(columns: Sequence[Column], lacking: Sequence[int]) -> list[str]:
    """A note that says what was filled in, if anything was. `lacking` counts the missing cells of each column."""
    found = [(column, count) for column, count in zip(columns, lacking, strict=True) if count]
    if not found:
        return []
    each = ", ".join(f"{column.name} ({count:,}: {column.filling()})" for column, count in found[:8])
    more = f" and {len(found) - 8} more columns" if len(found) > 8 else ""
    flags = sum(column.flag for column, _ in found)
    said = f"; for {flags} of these columns an input says which" if flags else ""
    total = sum(count for _, count in found)
    cells = "missing cell is" if total == 1 else "missing cells are"
    return [f"{total:,} {cells} filled in: {each}{more}{said}"]
