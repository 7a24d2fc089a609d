"""What a network answered in one step, and what it should have: recognised as the two meet in the loss."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .following import CHOICE, Array, Met, after, logarithms

KINDS = {
    "cross_entropy": "classes", "nll_loss": "classes", CHOICE: "classes", "mse_loss": "squares", "l1_loss": "distances",
    "binary_cross_entropy": "chances", "binary_cross_entropy_with_logits": "chances",
}  # fmt: skip
MOST_NUMBERS = 500_000  # of the answers of one step


@dataclass
class Answers:
    """What was compared, and how: "classes" (scores (N, C) and classes (N,)), "chances" (probabilities (N, K) and
    targets between 0 and 1), "squares" or "distances" (numbers (N, K)); and how much each sample counts."""

    kind: str
    given: Array
    wanted: Array
    weights: Array | None = None
    made: Sequence[str] = ()  # the functions that made this of the output of the model, the newest first
    picked: bool = False  # whether the losses of single samples were there to be weighted, as by a reward
    balance: Array | None = None  # (N, K, 2): how much a target 1, and a target 0, counts among "chances"

    def best(self) -> Array:
        """The number or numbers (K,) that lead to the smallest loss as an answer to everything."""
        if self.kind == "distances":
            return np.asarray(np.median(self.wanted, 0))
        wanted = self.wanted.astype(np.float64)
        if self.balance is None:
            return np.asarray(wanted.mean(0))
        yes, no = (self.balance[..., 0] * wanted).sum(0), (self.balance[..., 1] * (1 - wanted)).sum(0)
        return np.asarray(yes / np.where(yes + no, yes + no, 1))

    def losses(self, answer: Array | None = None) -> Array:
        """The loss of each sample: of what was answered, or of the same `answer` (C,) or (K,) to everything."""
        given = (self.given if answer is None else np.broadcast_to(answer, self.given.shape)).astype(np.float64)
        with np.errstate(all="ignore"):
            if self.kind == "classes":
                given = given - given.max(1, keepdims=True)
                return np.asarray(np.log(np.exp(given).sum(1)) - given[np.arange(len(given)), self.wanted])
            if self.kind == "chances":
                no, yes = np.maximum(np.log1p(-given), -100), np.maximum(np.log(given), -100)
                if self.balance is not None:
                    yes, no = yes * self.balance[..., 0], no * self.balance[..., 1]
                return np.asarray(((self.wanted - 1) * no - self.wanted * yes).mean(1))
            off = given - self.wanted
            return np.asarray((off * off if self.kind == "squares" else np.abs(off)).mean(1))

    @property
    def labels(self) -> tuple[Array, Array] | None:
        """The classes that were answered and those wanted; None where there are no classes."""
        if self.kind == "classes":
            return self.given.argmax(1), self.wanted
        if self.kind == "chances" and self.wanted.shape[1] == 1 and np.isin(self.wanted, (0, 1)).all():
            return (self.given[:, 0] > 0.5).astype(int), self.wanted[:, 0].astype(int)
        return None


def answers(met: Met) -> Answers | None:
    """What was answered and wanted, if the loss is one that has a best constant answer."""
    kind, x, y, made = KINDS.get(met.loss), met.x, met.y, met.made or ()
    if kind is None or not (x.ndim and y.ndim and x.size) or "float" not in x.dtype.name or len(x) != len(y):
        return None
    rows = slice(max(1, MOST_NUMBERS * len(x) // x.size))
    x, y = x[rows], y[rows]
    if kind == "classes":
        if y.dtype.kind not in "iu" or x.ndim < 2:
            return None
        x, y = np.moveaxis(x, 1, -1).reshape(-1, x.shape[1]), y.reshape(-1)
        if met.loss != "cross_entropy":
            if (logs := logarithms(x)) is None:
                return None
            x, made = after(logs, x), (*logs, *made)
    elif x.shape != y.shape or (met.made is None and met.loss != "binary_cross_entropy"):
        return None
    elif met.made is None and len(y) > 1 and (y == y.flat[0]).all():
        return None  # what another network is asked for, as by a generator
    elif met.loss == "binary_cross_entropy_with_logits":
        if y.min() < 0 or y.max() > 1:
            return None
        x, made = after(("sigmoid",), x), ("sigmoid", *made)
    x = x.reshape(len(x), -1)
    y = y if kind == "classes" else y.reshape(x.shape)
    if kind == "chances" and met.factors is not None:
        balance = met.factors[rows].reshape(*x.shape, 2)
        return Answers(kind, np.array(x), np.array(y), None, made, met.picked, balance)
    factors = None if met.factors is None else np.array(met.factors[rows], np.float64).reshape(-1)
    return Answers(kind, np.array(x), np.array(y), factors, made, met.picked)
