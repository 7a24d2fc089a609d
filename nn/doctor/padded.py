"""Sequences of different lengths that were padded to one: whether the loss counts the padding, and whether the state of
a recurrent network behind it is taken for that of the end."""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from typing import Any, NamedTuple

import numpy as np

from autograd.hooks import Node

from .following import OF_CLASSES, Array, Met

LEAST = 4  # rows and steps: of fewer, lengths cannot be told
MOST_ROWS = 0.5  # have to end in padding: it is the rule in the batch, and no accident
GOOD_PART = 0.25  # of all positions: of less padding, a loss hardly changes, and a state survives it
LENGTHS = 3  # that are different: if all rows end alike, it may be a part of the task
ELSEWHERE = 0.01  # of the other positions: a padding value that occurs there as well is a real token
RECURRENT = {"rnn", "lstm", "gru"}

Turn = Callable[[Array], Array]
TURNS: list[tuple[Turn, Turn]] = [  # to (B, T) with padding at the end, and back
    (lambda a: a, lambda a: a),
    (lambda a: a[:, ::-1], lambda a: a[:, ::-1]),
    (lambda a: a.T, lambda a: a.T),
    (lambda a: a[::-1].T, lambda a: a[:, ::-1].T),
]


class Counted(NamedTuple):
    """Targets beside the tokens of the same positions: the share of padding, and whether the loss counts it."""

    line: str
    value: float  # the target where there is padding
    share: float
    counts: bool


class Ended(NamedTuple):
    """A recurrent layer that read padded sequences, and of which only the last step is used."""

    line: str
    steps: int
    typical: int  # the median length
    share: float  # of padding


class Padded:
    """Notes padded sequences in one step, and what is made of them. `names` are those of the parameters."""

    def __init__(self, names: Container[Any]) -> None:
        self.names = names
        self.counted: list[Counted] = []
        self.ended: list[Ended] = []
        self.handed_over = False  # whether a recurrent layer starts from the state of another, as a decoder does
        self._tokens: list[tuple[Array, Array]] = []  # (B, T) or (T, B), and where their padding is
        self._masks: list[Array] = []  # where padding is: of tokens, and of what a recurrent layer read
        self._rows: tuple[int, Array] | None = None  # what the newest linear layer was given
        self._reading: dict[int, tuple[str, int, Array]] = {}  # the stamps of recurrent layers: line, batch, padding

    def recorded(self, node: Node, inputs: Sequence[Array], line: str) -> None:
        """Note a new node, given the values of its inputs."""
        name = node.op.name
        if name == "index" and node.edges[0] in self.names:
            self._look_up(node)
        elif name == "linear":
            self._rows = node.stamp, inputs[0]
        elif name in RECURRENT:
            self._read(node, inputs, line)

    def _look_up(self, node: Node) -> None:
        """Rows of an embedding."""
        index = node.saved_values.get("index", ())
        index = index[0] if isinstance(index, tuple) and len(index) == 1 else index
        if not isinstance(index, np.ndarray) or index.dtype.kind not in "iu" or index.ndim != 2:
            return
        for turn, back in TURNS:
            turned = turn(index)
            where = padding(turned == _most_frequent(turned[:, -1]))
            if where is not None:
                self._tokens.append((index, back(where)))
                self._masks += [back(where), back(where).T]
                return

    def _read(self, node: Node, inputs: Sequence[Array], line: str) -> None:
        """A recurrent layer in one direction, from inputs (T B, G H) and states (S, B, H)."""
        saved, batch = node.saved_values, inputs[2].shape[1]
        self.handed_over |= 2 in node.needed and isinstance(node.edges[node.needed.index(2)], Node)
        sizes = saved.get("batch_sizes", ())
        if saved.get("reverse") or len(set(sizes)) != 1 or min(len(sizes), batch) < LEAST:
            return
        shape, where = (batch, len(sizes)), None
        if self._rows is not None and self._rows[0] == node.edges[0].stamp:
            frames = self._rows[1].reshape(len(sizes), batch, -1).swapaxes(0, 1)
            where = padding((frames == _most_frequent(frames[:, -1])).all(2))
        masks = (mask for mask in self._masks if mask.shape == shape and (_at_ends(mask) == mask).all())
        where = next(masks, None) if where is None else where
        if where is not None:
            self._masks.append(where)
            self._reading[node.stamp] = line, batch, where

    def pulled(self, node: Node, g: Array) -> None:
        """Note which steps of a recurrent layer the loss depends on, given the gradient of its results."""
        if node.stamp not in self._reading:
            return
        line, batch, where = self._reading[node.stamp]
        lengths = where.shape[1] - where.sum(1)
        if g[:, -batch:].any() and not g[:, :-batch].any():
            self.ended.append(Ended(line, where.shape[1], int(np.median(lengths)), float(where.mean())))

    def meet(self, met: Met) -> None:
        """Note targets that stand beside tokens."""
        if met.loss not in OF_CLASSES or met.y.dtype.kind not in "iu":
            return
        y = met.y.reshape(-1)
        for tokens, where in self._tokens:
            if tokens.size != y.size:
                continue
            at = where.reshape(-1)
            value, given = y[at][0], tokens.reshape(-1)[at][0]
            alone = (y[~at] == value).mean() <= ELSEWHERE
            if (y[at] == value).all() and (value == given or alone):
                ignored = met.factors is not None and not met.factors.reshape(-1)[at].any()
                self.counted.append(Counted(met.line, float(value), float(at.mean()), not (ignored or met.apart)))
                return


def padding(same: Array) -> Array | None:
    """Where rows (B, T) end in padding, given where they hold its value; None if they do not, or all end alike."""
    if min(same.shape) < LEAST:
        return None
    where = _at_ends(same)
    lengths = where.sum(1)
    many = (lengths > 0).mean() >= MOST_ROWS and where.mean() >= GOOD_PART and len(np.unique(lengths)) >= LENGTHS
    rest = same[~where]
    return where if many and rest.size and rest.mean() <= ELSEWHERE else None


def _at_ends(same: Array) -> Array:
    """The runs of true values that reach the end of their rows."""
    return np.asarray(np.logical_and.accumulate(same[:, ::-1], 1)[:, ::-1])


def _most_frequent(rows: Array) -> Array:
    """The most frequent of numbers (N,), or of rows (N, D)."""
    values, counts = np.unique(rows, axis=0, return_counts=True)
    return np.asarray(values[counts.argmax()])
