"""Which layers are given the output of another layer as it is, and how much dropout leaves out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from inspect import currentframe
from typing import Any, NamedTuple

import numpy as np

from autograd.hooks import Node

from ..functional.layer_functions import dropout
from .following import VIEWS

Array = np.ndarray[Any, Any]

LINEAR = {"linear", "matmul", "conv2d"}
FILE = dropout.__code__.co_filename  # where all kinds of dropout are written


class Layer(NamedTuple):
    """A layer with trained weights: its numbers of inputs and outputs, and the one whose output it is given."""

    line: str
    inputs: int
    outputs: int
    before: str | None


class Chains:
    """Follows the outputs of layers through views and dropout, in one step. `names` are those of the parameters."""

    def __init__(self, names: Mapping[Any, str]) -> None:
        self.names = names
        self.layers: dict[str, Layer] = {}  # linear ones, by their weights
        self.given: Counter[int] = Counter()  # how many layers an output is given to, by the stamp of its node
        self.dropped: dict[str, float] = {}  # the share that is left out, by the line
        self.dropouts: dict[int, tuple[str, float]] = {}  # the line and share of what comes straight out of one
        self._weights: dict[int, str] = {}  # of a layer, by the stamp of its node,
        self._from: dict[int, int] = {}  # which this leads to from its output, seen as it is

    def recorded(self, node: Node, inputs: Sequence[Array], line: str) -> None:
        """Note a new node, given the values of its inputs."""
        name, before = node.op.name, self._from.get(node.edges[0].stamp)
        if name in LINEAR:
            self._layer(node, inputs, line)
            return
        if name == "mul" and len(node.edges) == 1 and len(inputs) == 2 and (p := _left_out(inputs, node)) is not None:
            self.dropped[line] = p
            if p:
                self.dropouts[node.stamp] = line, p
        elif name not in VIEWS and not self._adds_bias(node):
            return
        elif name in VIEWS and (known := self.dropouts.get(node.edges[0].stamp)):
            self.dropouts[node.stamp] = known
        if before is not None:
            self._from.setdefault(node.stamp, before)

    def _adds_bias(self, node: Node) -> bool:
        return node.op.name == "add" and len(node.edges) == 2 and node.edges[1] in self.names

    def _layer(self, node: Node, inputs: Sequence[Array], line: str) -> None:
        weights = [edge for edge, place in zip(node.edges, node.needed, strict=True) if place == 1]
        weight = self.names.get(weights[0]) if weights else None
        before = self._from.get(node.edges[0].stamp) if node.needed[0] == 0 else None
        if before is not None:
            self.given[before] += 1
        if weight is None or not (inputs[1].ndim == 2 or _is_whole(*inputs[:2])):
            return
        ends = inputs[1].shape[:2] if node.op.name == "matmul" else inputs[1].shape[1::-1]
        self.layers[weight] = Layer(line, ends[0], ends[1], None if before is None else self._weights[before])
        self._weights[node.stamp] = weight
        self._from[node.stamp] = node.stamp

    def straight(self) -> list[tuple[str, str]]:
        """The pairs of layers of which the first is given to the second and to nothing else, and is no bottleneck."""
        shared = {self._weights[stamp] for stamp, count in self.given.items() if count > 1}
        pairs = []
        for name, (_, _, outputs, before) in self.layers.items():
            if before is None or before == name or before in shared:
                continue
            first = self.layers[before]
            if first.outputs >= min(first.inputs, outputs):
                pairs.append((before, name))
        return pairs


def _is_whole(x: Array, kernels: Array) -> bool:
    """Whether a convolution is no part of one that was split: into depth and places, or into rows and columns."""
    return kernels.ndim == 4 and kernels.shape[1] == x.shape[1] and min(kernels.shape[2:]) > 1


def _left_out(inputs: Sequence[Array], node: Node) -> float | None:
    """The probability of dropout, if this product is one: its mask holds 0 and 1 / (1 - p)."""
    mask = inputs[1 - node.needed[0]]
    if not mask.size or "float" not in mask.dtype.name or not _in_dropout():
        return None
    largest = float(mask.max())
    return 1 - 1 / largest if largest else 1.0


def _in_dropout() -> bool:
    """Whether a function of dropout is running."""
    frame = currentframe()
    for _ in range(12):
        if frame is None:
            return False
        if frame.f_code.co_name == "_dropout" and frame.f_code.co_filename == FILE:
            return True
        frame = frame.f_back
    return False
