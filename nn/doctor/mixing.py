"""Ops between the models of a program that mix the samples of a batch: a softmax over it, a view in place of permute.

They are found by their shapes and results, as the probe at the end calls one model alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd.hooks import Node

Array = np.ndarray[Any, Any]
Shape = tuple[int, ...]

SOFTMAX = {"softmax", "log_softmax"}
LEAST = 4  # samples in a batch
NEAR = 0.01  # what the sums of probabilities may differ from 1


class Mixing:
    """What may mix the samples in one step; which of it does is known from the shapes of inputs and targets."""

    def __init__(self) -> None:
        self._over_first: dict[int, tuple[str, Shape]] = {}  # softmaxes over the first axis, by their nodes,
        self._second_first: dict[int, tuple[str, Shape, Shape]] = {}  # and views that begin with the second axis
        self._used: set[int] = set()  # those that backward came to

    def recorded(self, node: Node, inputs: Sequence[Array], out: Array, line: str) -> None:
        """Note a new node."""
        name = node.op.name
        if name in SOFTMAX and out.ndim > 1 and out.shape[1] > 1 and len(out) >= LEAST:
            shares = np.exp(out) if name == "log_softmax" else out
            if np.allclose(shares.sum(0), 1, atol=NEAR):
                self._over_first[node.stamp] = f"{name} at {line}", out.shape
        elif name == "reshape" and isinstance(node.edges[0], Node) and inputs[0].ndim > 2 and out.ndim > 1:
            first, second = inputs[0].shape[:2]
            if out.shape[0] == second != first > 1 < second:
                self._second_first[node.stamp] = line, inputs[0].shape, out.shape

    def pulled(self, node: Node) -> None:
        """Note that backward came to a node."""
        if node.stamp in self._over_first or node.stamp in self._second_first:
            self._used.add(node.stamp)

    def told(self, x: Any, targets: Sequence[Shape]) -> str | None:
        """What mixes the samples, where inputs x and all targets hold them along their first axis; None if nothing."""
        batches = {shape[0] if shape else 0 for shape in targets}
        inputs = {len(x) if getattr(x, "shape", ()) else 0}
        for stamp, (place, shape) in self._over_first.items():
            beside = {sizes[1] for sizes in targets if len(sizes) > 1}  # the batch, if time comes first
            known = batches | inputs == {shape[0]} and shape[0] not in shape[1:] and shape[1] not in beside
            if stamp in self._used and known:
                return f"the results {shape} of {place} sum to 1 over the batch of {shape[0]}."
        for stamp, (line, before, after) in self._second_first.items():
            swapped = after == (before[1], before[0], *before[2:])
            known = bool(batches & {*before[:2], before[0] * before[1]}) if swapped else batches == {after[0]}
            if stamp in self._used and known:
                return (
                    f"view or reshape at {line} makes {after} of {before} and leaves all numbers in their order, so "
                    "that those of one sample become parts of several."
                )
        return None
