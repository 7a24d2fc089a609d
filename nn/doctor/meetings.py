"""Where an output meets its targets: the loss, the functions the output went through last, and both in numbers.

A loss of the library is recognised by its running function, which has the input and the target among its variables; a
squared or absolute difference and a sum of targets times logarithms also when they are written by hand.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from inspect import currentframe, unwrap
from math import inf
from types import FrameType
from typing import Any

import numpy as np

from autograd import Tensor
from autograd.hooks import Node, node_of

from .. import functional as F

Array = np.ndarray[Any, Any]
Last = tuple[tuple[str, str], ...]  # the names and lines of the functions a value went through last, the newest first

VIEWS = {"reshape", "permute", "expand", "index", "to", "clone", "flip", "roll", "repeat", "pad", "diagonal", "windows"}
FUNCTIONS = {"softmax", "log_softmax", "sigmoid", "log_sigmoid", "tanh", "relu", "exp", "log"}
TOGETHER = {("exp", "log_softmax"): "softmax", ("log", "softmax"): "log_softmax", ("log", "sigmoid"): "log_sigmoid"}
RANGES = {"sigmoid": (0.0, 1.0), "softmax": (0.0, 1.0), "tanh": (-1.0, 1.0), "relu": (0.0, inf)}
POSITIVE = {"square", "pow", "abs", "vector_norm", "huber"}  # what a loss by hand makes of a difference
OUTPUT = "output", ""
OF_CLASSES = {"cross_entropy", "nll_loss"}
BEYOND = 0.3  # outside the range: labels that were smoothed, or made noisy on purpose, come as far as 1.2
BELOW = 0.05  # of the largest target: what noise may put below the 0 where a ReLU ends
CALLS = 18  # between an op and the loss function it is part of

LOSSES = {
    unwrap(function).__code__
    for function in (
        F.mse_loss, F.l1_loss, F.huber_loss, F.smooth_l1_loss, F.binary_cross_entropy, F.kl_div,
        F.binary_cross_entropy_with_logits, F.cross_entropy, F.nll_loss,
    )
}  # fmt: skip


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

    @property
    def ends(self) -> str:
        """The name of the last function, "" if the output comes from none."""
        return self.last[0][0] if self.last else ""

    @property
    def of_output(self) -> bool:
        """Whether the loss is given the output of the model, and not something else that depends on it."""
        return OUTPUT in self.last


class Meetings:
    """Follows values from function to function, up to the losses of one step."""

    def __init__(self) -> None:
        self.found: dict[tuple[int, str], Meeting] = {}  # by the stamp of the output, and the line
        self.targets: list[Array] = []  # one number or class for each sample, where they have that form
        self.outputs: set[int] = set()  # the stamps of the outputs of the model,
        self.used: set[int] = set()  # and of those that backward came to
        self._last: dict[int, Last] = {}
        self._differences: dict[int, tuple[int, Meeting, Array]] = {}

    def is_output(self, node: Node) -> None:
        """Note that a node made the output of the model."""
        self._last[node.stamp] = (*self._last.get(node.stamp, ()), OUTPUT)
        self.outputs.add(node.stamp)

    def pulled(self, node: Node) -> None:
        """Note that backward came to a node."""
        if node.stamp in self.outputs:
            self.used.add(node.stamp)

    def recorded(self, node: Node, inputs: Sequence[Array], line: str) -> bool:
        """Note a new node; returns whether it is a part of a loss of the library."""
        name, before = node.op.name, self._last.get(node.edges[0].stamp, ())
        if before and name in VIEWS:
            self._last[node.stamp] = before
        elif before and (together := TOGETHER.get((name, before[0][0]))):
            self._last[node.stamp] = (together, before[0][1]), *before[1:]
        elif name in FUNCTIONS:
            self._last[node.stamp] = (name, line), *before
        elif name == "div" and _is_softmax(node):
            self._last[node.stamp] = ("softmax", line), *before[1:]
        if frame := _running_loss():
            self._note_call(frame, line)
        elif len(node.edges) == 1 and len(inputs) == 2 and OUTPUT in before:
            self._note_terms(node, inputs, before, line)
        elif (known := self._differences.get(node.edges[0].stamp)) and _makes_positive(node):
            self._note(*known)
        return frame is not None

    def softmax(self, node: Node) -> tuple[str, str] | None:
        """The softmax that was written out and ends in this node: its name and line."""
        written = node.op.name == "div" and self._last.get(node.stamp, ())
        return written[0] if written and written[0][0] == "softmax" else None

    def _note_call(self, frame: FrameType, line: str) -> None:
        values, loss = frame.f_locals, frame.f_code.co_name
        x, y = values["input"], values["target"]
        source = node_of(x) if isinstance(x, Tensor) else None
        if source is None or not isinstance(y, Tensor) or node_of(y) is not None or (source.stamp, line) in self.found:
            return
        last = self._last.get(source.stamp, ())
        target = y.numpy(force=True)
        if loss == "kl_div" and values["log_target"]:
            target = np.exp(target)
        self._note(source.stamp, meeting(loss, line, last, x.numpy(force=True), target), target)

    def _note_terms(self, node: Node, inputs: Sequence[Array], last: Last, line: str) -> None:
        place, name = node.needed[0], node.op.name
        x, y = inputs[place], inputs[1 - place]
        if x.shape != y.shape or not x.ndim:
            return
        stamp = node.edges[0].stamp
        if name == "sub":
            self._differences[node.stamp] = stamp, meeting("a difference", line, last, x, y), y
        elif name == "mul" and last[0][0] in ("log_softmax", "log"):
            self._note(stamp, meeting("a product", line, last, x, y), y)

    def _note(self, stamp: int, met: Meeting, y: Array) -> None:
        self.found[stamp, met.line] = met
        if y.shape != met.shape:
            targets = y.reshape(-1) if met.loss in OF_CLASSES else None
        else:
            targets = _as_column(y) if met.of_output else None
        if targets is not None:
            self.targets.append(np.array(targets))


def meeting(loss: str, line: str, last: Last, x: Array, y: Array) -> Meeting:
    """An output and its targets in numbers."""
    ends = last[0][0] if last else ""
    logs = loss in ("nll_loss", "kl_div") or ends in ("log_softmax", "log")
    scores = loss == "cross_entropy" and not logs
    with np.errstate(all="ignore"):
        shares = _softmax(x) if scores else np.exp(x, dtype=np.float64) if logs else x.astype(np.float64)
        axis = 1 if loss in OF_CLASSES or x.ndim == 2 else _class_axis(shares)
        row, column = _sum(shares, axis), _sum(shares, 0)
        both = y.shape == x.shape
        target_row, target_column = (_sum(y, axis), _sum(y, 0)) if both else (np.nan, np.nan)
        several = _several(y, axis) if both else 0.0
        return Meeting(
            loss, line, last, x.shape, *_limits(x), *_limits(y), _beyond(loss, ends, y),
            bool(x.size and (shares == 1).all()), row, column, target_row, target_column, several,
        )  # fmt: skip


def _running_loss() -> FrameType | None:
    """The loss function of the library that is running, if one is."""
    frame = currentframe()
    for _ in range(CALLS):
        if frame is None or frame.f_code in LOSSES:
            return frame
        frame = frame.f_back
    return None


def _makes_positive(node: Node) -> bool:
    twice = node.op.name == "mul" and len(node.edges) == 2 and node.edges[0] is node.edges[1]
    return twice or node.op.name in POSITIVE


def _is_softmax(node: Node) -> bool:
    """Whether a quotient is exp(x) / exp(x).sum()."""
    if [getattr(edge.op, "name", "") for edge in node.edges] != ["exp", "sum"]:
        return False
    above, below = node.edges[0], node.edges[1].edges[0]
    return below is above or (getattr(below.op, "name", "") == "exp" and below.edges[0] is above.edges[0])


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


def _softmax(x: Array) -> Array:
    if x.ndim < 2 or not x.size:
        return np.full(x.shape, np.nan)
    e = np.exp(x.astype(np.float64) - x.max(1, keepdims=True))
    return np.asarray(e / e.sum(1, keepdims=True))


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
