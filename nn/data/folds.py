"""Cross-validation: which rows are trained on and which are held out, so that each is held out once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from autograd.tools.extras import require

Array = np.ndarray[Any, Any]
Sides = tuple[Array, Array]


def fold_indices(
    k: int,
    rows: int,
    classes: Array | None = None,
    *,
    groups: Array | None = None,
    copies: Array | None = None,
    moments: Array | None = None,
) -> list[Sides]:
    """The indices of the rows to train on, and of those held out, in each of `k` folds, as scikit-learn makes them.

    By `StratifiedKFold` if there are `classes`, (rows,), else by `KFold`, shuffled, always in the same way. Rows that
    agree in `copies` go by the first of them. Rows that agree in `groups` stay together: `StratifiedGroupKFold`, or
    `GroupKFold` without classes. With `moments`, each fold is trained on what is earlier than what is held out, by
    `TimeSeriesSplit` of the different moments.

    Raises ValueError for more folds than there are rows, groups, moments or rows of the most frequent class to hold
    out; ImportError without scikit-learn.
    """
    sklearn = require("sklearn.model_selection", "sklearn", "folds are made with scikit-learn")
    shuffled = {"shuffle": True, "random_state": 0}
    if moments is not None:
        when = np.unique(moments, return_inverse=True)[1]
        _check(k, int(when.max()), "one less than there are different times")
        return _expanded(sklearn.TimeSeriesSplit(k).split(np.arange(when.max() + 1)), when)
    if groups is not None:
        _check(k, len(np.unique(groups)), "the number of groups")
        _check_classes(k, classes)
        if classes is not None:
            found = list(sklearn.StratifiedGroupKFold(k, **shuffled).split(groups, classes, groups))
            if all(len(others) for _, others in found):
                return found
        return list(sklearn.GroupKFold(k, **shuffled).split(groups, groups=groups))
    if copies is not None:
        first, whose = np.unique(copies, return_index=True, return_inverse=True)[1:]
        return _expanded(fold_indices(k, len(first), None if classes is None else classes[first]), whose)
    _check(k, rows, "the number of rows that differ")
    _check_classes(k, classes)
    splitter = sklearn.KFold if classes is None else sklearn.StratifiedKFold
    return list(splitter(k, **shuffled).split(np.zeros(rows), classes))


def _expanded(folds: Iterable[Sides], numbers: Array) -> list[Sides]:
    """The rows whose numbers, (rows,), are in each side of the folds."""
    return [(np.flatnonzero(np.isin(numbers, a)), np.flatnonzero(np.isin(numbers, b))) for a, b in folds]


def _check_classes(k: int, classes: Array | None) -> None:
    if classes is not None:
        _check(k, int(np.unique(classes, return_counts=True)[1].max()), "the rows of the most frequent class")


def _check(k: int, most: int, what: str) -> None:
    if not 2 <= k <= most:
        raise ValueError(f"folds: expected a number from 2 to {most}, {what}, given {k}")
