"""Whether a loss grows with the agreement of outputs and targets, as a minimised Dice coefficient or cosine does."""

from __future__ import annotations

import math
from collections.abc import Sequence
from inspect import currentframe, unwrap
from typing import Any

import numpy as np

from autograd.hooks import Node

from .. import functional as F
from .following import CALLS, Array, Following

PROBABILITIES = {"sigmoid", "softmax"}
MEANT = math.inf  # stands for a product by which the loss does not punish agreement
COSINE = unwrap(F.cosine_similarity).__code__
GLANCE = 64  # numbers that show that an array holds more than 0 and 1


class Agreement:
    """Follows products of probabilities and an array of 0 and 1, and cosines of outputs and targets, in one step.

    `found` are the correlations of both where the loss grows with the product, and `MEANT` for every other: of a
    hidden value or of 1 - p, or one that lowers the loss. Beside such a product, the first may be about the places
    where the output is to be 0.
    """

    def __init__(self, followed: Following) -> None:
        self.followed = followed
        self.found: list[float] = []
        self._open: dict[int, float] = {}  # by the stamp of the product, the correlation

    def recorded(self, node: Node, inputs: Sequence[Array]) -> None:
        """Note a new node, given the values of its inputs."""
        if node.op.name != "mul" or len(inputs) != 2 or not node.shape or inputs[0].shape != inputs[1].shape:
            return
        alone, cosine = len(node.edges) == 1, _in_cosine()
        x, y = inputs[node.needed[0]], inputs[1 - node.needed[0]]
        if cosine or (alone and _is_mask(y)):
            ours = alone and (self._is_unit_output if cosine else self._is_probability)(node.edges[0])
            self._open[node.stamp] = correlation(x, y) if ours else MEANT

    def _is_probability(self, node: Node) -> bool:
        last = self.followed.last(node.stamp)
        return self.followed.of_output(node.stamp) and bool(last) and last[0][0] in PROBABILITIES

    def _is_unit_output(self, node: Node) -> bool:
        """Whether a node is the output divided by its norm."""
        return isinstance(node, Node) and node.op.name == "div" and self.followed.of_output(node.edges[0].stamp)

    def pulled(self, node: Node, g: Array) -> None:
        """Note how the loss depends on a product, given its gradient."""
        if (known := self._open.pop(node.stamp, None)) is not None:
            self.found.append(known if bool((g > 0).all()) else MEANT)


def _in_cosine() -> bool:
    """Whether `cosine_similarity` is running."""
    frame = currentframe()
    for _ in range(CALLS):
        if frame is None or frame.f_code is COSINE:
            return frame is not None
        frame = frame.f_back
    return False


def _is_mask(y: Array) -> bool:
    first = y.reshape(-1)[:GLANCE]
    return bool(((first == 0) | (first == 1)).all() and ((y == 0) | (y == 1)).all() and y.min() < y.max())


def correlation(x: Any, y: Any) -> float:
    """The correlation of all numbers of two arrays, 0 where one of them holds a single value."""
    x, y = (a.reshape(-1).astype(np.float64) - a.mean(dtype=np.float64) for a in (x, y))
    size = float(np.linalg.norm(x) * np.linalg.norm(y))
    return float(x @ y) / size if size else 0.0
