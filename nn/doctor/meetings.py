"""What a loss is given, in numbers: whether the output can be what the targets ask for."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

import numpy as np

from .following import CHOICE, OF_CLASSES, Array, Last, Met, after

RANGES = {"sigmoid": (0.0, 1.0), "softmax": (0.0, 1.0), "tanh": (-1.0, 1.0), "relu": (0.0, inf)}
BEYOND = 0.3  # outside the range: labels that were smoothed, or made noisy on purpose, come as far as 1.2
MOST = 1_000_000  # numbers of an output; of a larger one only the first samples are looked at
BELOW = 0.05  # of the largest target: what noise may put below the 0 where a ReLU ends


@dataclass(frozen=True)
class Meeting:
    """One loss in one step. Sums are medians; they are NaN where there is nothing to sum."""

    loss: str
    line: str
    last: Last
    shape: tuple[int, ...]  # of the output
    lowest: float  # of the numbers that the loss is given
    highest: float
    lowest_target: float
    highest_target: float
    beyond: float  # the share of targets outside the range of the last function
    one: bool  # whether all probabilities are 1
    row: float  # the sum of the probabilities of a sample
    column: float  # and of those of a class, over the batch
    target_row: float  # likewise of the targets, if they are as many
    target_column: float
    several: float  # the share of samples that have more than one label
    of_output: bool  # whether the loss is given the output of the model, and not something else that depends on it

    @property
    def ends(self) -> str:
        """The name of the last function, "" if the output comes from none."""
        return self.last[0][0] if self.last else ""


def meeting(met: Met) -> Meeting:
    """An output and its targets in numbers."""
    loss, x, y, ends = met.loss, met.x, met.y, met.ends
    whole = x.size <= MOST or len(x) != len(y)
    if not whole:
        x, y = (a[: max(1, MOST * len(x) // x.size)] for a in (x, y))
    logs = loss in ("nll_loss", "kl_div") or ends in ("log_softmax", "log")
    scores = loss == "cross_entropy" and not logs and x.ndim > 1 and x.size
    with np.errstate(all="ignore"):
        shares = after(("softmax",) * bool(scores) or ("exp",) * logs, x)
        axis = 1 if loss in OF_CLASSES or x.ndim == 2 else _class_axis(shares)
        row, column = _sum(shares, axis), _sum(shares, 0) if whole else np.nan
        both = y.shape == x.shape
        target_row, target_column = (_sum(y, axis), _sum(y, 0)) if both else (np.nan, np.nan)
        several = _several(y, axis) if both else 0.0
        return Meeting(
            loss, met.line, met.last, met.x.shape, *_limits(x), *_limits(y), _beyond(loss, ends, y),
            bool(x.size and (shares == 1).all()), row, column, target_row, target_column, several,
            met.made is not None,
        )  # fmt: skip


def targets(met: Met) -> Array | None:
    """One number or class for each sample, where the targets have that form, and are no actions that were chosen."""
    if met.loss == CHOICE:
        return None
    if met.y.shape != met.x.shape:
        return met.y.reshape(-1).copy() if met.loss in OF_CLASSES else None
    column = _as_column(met.y) if met.made is not None else None
    return None if column is None else column.copy()


def _as_column(y: Array) -> Array | None:
    """Targets as one number a sample: a column as it is, one-hot rows as the number of their class."""
    if y.ndim == 1 or (y.ndim > 1 and y.shape[1:] == (1,)):
        return y.reshape(-1)
    one_hot = y.ndim == 2 and y.size and ((y == 0) | (y == 1)).all() and (y.sum(1) == 1).all()
    return y.argmax(1) if one_hot else None


def _limits(a: Array) -> tuple[float, float]:
    return (float(a.min()), float(a.max())) if a.size else (np.nan, np.nan)


def _sum(a: Array, axis: int | None) -> float:
    """The median of the sums along an axis, NaN if there is no such axis."""
    if axis is None or axis >= a.ndim or not a.size:
        return np.nan
    sums = np.sort(a.sum(axis, dtype=np.float64), None)
    return float(sums[sums.size // 2])


def _class_axis(shares: Array) -> int | None:
    """The last axis but the first along which probabilities add up to 1."""
    return next((i for i in range(shares.ndim - 1, 0, -1) if abs(_sum(shares, i) - 1) < 1e-2), None)


def _beyond(loss: str, ends: str, y: Array) -> float:
    low, high = RANGES["sigmoid"] if loss == "binary_cross_entropy_with_logits" else RANGES.get(ends, (-inf, inf))
    if loss in OF_CLASSES or not y.size or low == -inf:
        return 0.0
    margin = BEYOND if high < inf else BELOW * float(np.abs(y).max())
    return float(((y < low - margin) | (y > high + margin)).mean())


def _several(y: Array, axis: int | None) -> float:
    """The share of rows with two or more entries above one half, if all are between 0 and 1."""
    if axis is None or axis >= y.ndim or not y.size or y.min() < 0 or y.max() > 1:
        return 0.0
    return float(((y > 0.5).sum(axis) > 1).mean())
