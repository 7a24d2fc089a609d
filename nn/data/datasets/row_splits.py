"""Which rows of a table to train on, and which to hold out: copies and groups stay together, time goes forward."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from autograd import Generator

from ..dataset import stratified_split
from ..streams import rng
from .mapped import Rows
from .row_hashes import hash_rows

Array = np.ndarray[Any, Any]

PIECE = 1 << 12  # rows that are looked at at once
LOOKED_AT = 5000  # distinct rows, to see whether they must be copies
CHANCE = 20  # different values of a feature; of fewer, equal rows may well be different things


def row_numbers(values: Rows) -> Array:
    """A number for each row, (N,), the same for rows that are equal in all cells."""
    keys = np.concatenate([hash_rows(_words(part)) for part in _pieces(values)])
    order = np.argsort(keys, kind="stable")
    keys = keys[order]
    new = np.empty(len(keys), bool)
    new[:1] = True
    np.not_equal(keys[1:], keys[:-1], out=new[1:])
    del keys
    numbers = np.empty(len(order), np.int32 if len(order) < 1 << 31 else np.int64)
    numbers[order] = np.cumsum(new, dtype=numbers.dtype) - 1
    return numbers


def copied(values: Rows, numbers: Array) -> bool:
    """Whether rows that are equal must be copies of each other: at least half of the rows are distinct, or a feature
    has so many different values among the distinct rows that none could agree by chance."""
    first = first_of(numbers)
    if 2 * len(first) >= len(numbers):
        return True
    distinct = values[np.sort(first[:LOOKED_AT])]
    most = max(len(np.unique(distinct[:, i])) for i in range(distinct.shape[1]))
    return most > CHANCE and 2 * most >= len(distinct)


def first_of(groups: Array) -> Array:
    """The index of the first row of each group, whose numbers go from 0 up, (groups,)."""
    first = np.empty(int(groups.max()) + 1, np.int64)
    first[groups[::-1]] = np.arange(len(groups) - 1, -1, -1)
    return first


def split_groups(strata: Array, groups: Array, fraction: float, generator: Generator | None) -> tuple[Array, Array]:
    """The indices of the rows to train on, and of the others, in random order, so that no group is in both.

    Groups that lie within a stratum are split in the `fraction` there; if one does not, about that fraction of all rows
    is in the groups to train on.
    """
    groups = np.unique(groups, return_inverse=True)[1]
    first = first_of(groups)
    side = np.zeros(len(first), bool)
    if (strata[first][groups] == strata).all():
        side[stratified_split(strata[first], fraction, generator)[0].indices] = True
    else:
        shuffled = rng(generator).permutation(len(first))
        shares = np.cumsum(np.bincount(groups)[shuffled]) / len(groups)
        side[shuffled[: 1 + np.abs(shares[:-1] - fraction).argmin()]] = True
    order = rng(generator).permutation(len(groups))
    inside = side[groups[order]]
    return order[inside], order[~inside]


def split_time(moments: Array, fraction: float) -> tuple[Array, Array]:
    """The indices of the older rows, about `fraction` of them, and of the newer ones; those of one moment stay
    together."""
    order = np.argsort(moments, kind="stable")
    cut = min(max(round(len(order) * fraction), 1), len(order))
    ahead = np.searchsorted(moments[order], moments[order[cut - 1]], "right")
    behind = np.searchsorted(moments[order], moments[order[cut - 1]], "left")
    cut = int(ahead if ahead < len(order) or behind == 0 else behind)
    return order[:cut], order[cut:]


def _pieces(values: Rows) -> Iterator[Array]:
    return (values[start : start + PIECE] for start in range(0, len(values), PIECE))


def _words(rows: Array) -> Array:
    """The bits of numbers, the same for both zeros and for every NaN."""
    return np.where(np.isnan(rows), np.nan, rows + 0.0).view(np.uint64)
