"""Whether a loss can only be negative, or has no lowest value: read from the ops that made it, up to where the targets
come in."""

from __future__ import annotations

from collections.abc import Container
from typing import Any

import numpy as np

from autograd.hooks import Node

MOST_OPS = 60  # of a loss that are followed
KEEPS = {
    "mean", "sum", "reshape", "permute", "expand", "to", "clone", "where", "clamp",
}  # fmt: skip
POSITIVE = {"cross_entropy", "binary_cross_entropy"}  # never below 0, and they have targets
OF_DIFFERENCES = {"square", "abs", "huber", "pow", "vector_norm"}  # never below 0, if they have targets
LOGS = {"log_softmax", "log_sigmoid", "log"}
NUDGES = {"clamp", "add", "sub", "reshape", "index", "expand", "to"}  # 1 - p, and a small number added
CERTAINTIES = {"softmax", "sigmoid", "exp"}

POSITIVE_ONLY, NEGATIVE_ONLY, UNBOUNDED = "positive", "negative", "unbounded"
OPPOSITE = {POSITIVE_ONLY: NEGATIVE_ONLY, NEGATIVE_ONLY: POSITIVE_ONLY, UNBOUNDED: UNBOUNDED, "": ""}


def range_of(root: Node, differences: Container[int]) -> tuple[str, tuple[float, ...]]:
    """What is certain of the values of a loss, and the numbers it was multiplied by, which may be a reward.

    POSITIVE_ONLY, NEGATIVE_ONLY, or UNBOUNDED for a difference of output and target that is neither squared nor made
    absolute; "" if nothing is certain.

    `differences` are the stamps of the nodes that are an output minus its target. Certain is only what is made of known
    losses: squared and absolute differences from targets, cross-entropies, and logarithms of probabilities that targets
    choose. A reward, a density, or a critic's score is nothing of this.
    """
    walk = _Walk(differences)
    return walk.sign(root), tuple(walk.factors)


class _Walk:
    def __init__(self, differences: Container[int]) -> None:
        self.differences = differences
        self.left = MOST_OPS
        self.factors: list[float] = []

    def sign(self, node: Any) -> str:
        """What is certain of the values of a node."""
        self.left -= 1
        if not isinstance(node, Node) or self.left < 0:
            return ""
        name, edges = node.op.name, node.edges
        if name in POSITIVE:
            return POSITIVE_ONLY if len(edges) == 1 and _in_range(node) else ""
        if name in OF_DIFFERENCES:
            even = name != "pow" or node.saved_values.get("y") in (2, 4)
            return POSITIVE_ONLY if even and _is_difference(edges[0]) else ""
        if name == "index":
            return NEGATIVE_ONLY if _chosen(node) and _is_log(edges[0]) else self.sign(edges[0])
        if name == "neg":
            return OPPOSITE[self.sign(edges[0])]
        if name in KEEPS and len(edges) == 1:
            return self.sign(edges[0])
        if name in ("add", "sub") and len(edges) == 2:
            return self._sum(name, edges)
        if name in ("mul", "div") and len(edges) == 1:
            return self._multiple(node)
        return UNBOUNDED if name == "sub" and node.stamp in self.differences else ""

    def _sum(self, name: str, edges: Any) -> str:
        if name == "sub" and _is_cross_entropy_of_logits(*edges):
            return POSITIVE_ONLY
        first, second = (self.sign(edge) for edge in edges)
        return first if first == (second if name == "add" else OPPOSITE[second]) != UNBOUNDED else ""

    def _multiple(self, node: Node) -> str:
        """A node multiplied by a constant, or divided by it."""
        factor = np.asarray(_constant(node))
        if not factor.size or (node.needed[0] and node.op.name == "div"):
            return ""
        if (factor == factor.reshape(-1)[0]).all():
            inner = self.sign(node.edges[0])
            first = float(factor.reshape(-1)[0])
            if node.op.name == "mul" and abs(first) != 1:
                self.factors.append(first)
            return inner if first > 0 else OPPOSITE[inner] if first < 0 else ""
        targets = factor.ndim and factor.min() >= 0 and factor.max() <= 1 and factor.shape == node.edges[0].shape
        return NEGATIVE_ONLY if targets and node.op.name == "mul" and _is_log(node.edges[0]) else ""


def _constant(node: Node) -> Any:
    """The constant of an op with one input of the graph, and one constant."""
    return node.saved_values.get("x" if node.needed[0] else "y", ())


def _in_range(node: Node) -> bool:
    """Whether the targets of a cross-entropy are classes or probabilities."""
    y = np.asarray(node.saved_values.get("y", 0))
    return bool(not y.size or (y.min() >= 0 and y.max() <= 1))


def _is_difference(node: Any) -> bool:
    """Whether a node is an output minus a target of the same shape, or the other way round."""
    if not isinstance(node, Node) or node.op.name != "sub" or len(node.edges) != 1 or not node.shape:
        return False
    return node.shape == node.edges[0].shape and isinstance(node.edges[0], Node)


def _is_log(node: Any) -> bool:
    """Whether a node is the logarithm of probabilities."""
    while isinstance(node, Node) and node.op.name in ("reshape", "clamp", "to"):
        node = node.edges[0]
    if not isinstance(node, Node) or node.op.name not in LOGS:
        return False
    if node.op.name != "log":
        return True
    inner = node.edges[0]
    while isinstance(inner, Node) and inner.op.name in NUDGES and len(inner.edges) == 1:
        inner = inner.edges[0]
    return isinstance(inner, Node) and inner.op.name in CERTAINTIES and _at_most_one(node)


def _at_most_one(node: Node) -> bool:
    x = np.asarray(node.saved_values.get("x", 2.0))
    return bool(x.size and x.max() < 1 + 1e-3)


def _chosen(node: Node) -> bool:
    """Whether one class is chosen for every sample."""
    index = node.saved_values.get("index")
    return isinstance(index, tuple) and any(isinstance(i, np.ndarray) and i.dtype.kind in "iu" for i in index)


def _is_cross_entropy_of_logits(first: Any, second: Any) -> bool:
    """Whether a difference is (1 - target) * logits - log_sigmoid(logits)."""
    if not all(isinstance(each, Node) for each in (first, second)) or first.op.name != "mul":
        return False
    factor = np.asarray(_constant(first))
    same = second.op.name == "log_sigmoid" and len(first.edges) == 1 and first.edges[0] is second.edges[0]
    return bool(same and factor.size and factor.min() >= 0 and factor.max() <= 1)
