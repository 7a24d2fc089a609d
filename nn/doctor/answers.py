"""What a network answered in one step, and what it should have: recognised as the two meet in the loss."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]

PASSED = {"reshape", "permute", "expand", "index", "to", "clone", "sigmoid", "softmax", "log_softmax"}
SQUARED = {"square": "squares", "pow": "squares", "mul": "squares", "abs": "distances"}
MOST_NUMBERS = 500_000  # of the answers of one step


@dataclass
class Answers:
    """What was compared, and how: "classes" (scores (N, C) and classes (N,)), "chances" (probabilities (N, K) and
    targets between 0 and 1), "squares" or "distances" (numbers (N, K)); and how much each sample counts."""

    kind: str
    given: Array
    wanted: Array
    weights: Array | None = None
    made: str = ""  # what turned the output of the model into this: "log", "sigmoid" or nothing
    picked: bool = False  # whether the classes were picked out by hand, as for an action that is rewarded

    def losses(self, answer: Array | None = None) -> Array:
        """The loss of each sample: of what was answered, or of the same `answer` (C,) or (K,) to everything."""
        given = (self.given if answer is None else np.broadcast_to(answer, self.given.shape)).astype(np.float64)
        with np.errstate(all="ignore"):
            if self.kind == "classes":
                given = given - given.max(1, keepdims=True)
                return np.asarray(np.log(np.exp(given).sum(1)) - given[np.arange(len(given)), self.wanted])
            if self.kind == "chances":
                no, yes = np.maximum(np.log1p(-given), -100), np.maximum(np.log(given), -100)
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


@dataclass
class AnswersInLoss:
    """Follows the outputs of a model through the ops of a loss, to where their targets meet them."""

    outputs: set[int] = field(default_factory=set)
    differences: dict[int, tuple[Array, Array]] = field(default_factory=dict)
    logits: set[int] = field(default_factory=set)  # whose log_sigmoid was taken
    found: list[Answers] = field(default_factory=list)

    def recorded(self, node: Any, inputs: list[Array], out: Array) -> None:
        """Note one op, given its inputs and its result."""
        name, first = node.op.name, node.edges[0].stamp if node.edges else 0
        if name == "cross_entropy":
            values = node.saved_values
            self._add("classes", inputs[0], values.get("target"), values.get("factors"))
        elif name == "index":
            self._chosen(node, inputs)
        elif name == "binary_cross_entropy" and len(node.edges) == 1:
            self._add("chances", inputs[0], inputs[1])
        elif name == "log_sigmoid":
            self.logits.add(first)
        elif name in SQUARED and first in self.differences:
            if {edge.stamp for edge in node.edges} == {first} and (name != "mul" or len(node.edges) == 2):
                self._add(SQUARED[name], *self.differences[first])
        elif first in self.outputs and len(node.edges) == 1 and len(inputs) == 2:
            self._compared(name, node, inputs)
        if name in PASSED and first in self.outputs:
            self.outputs.add(node.stamp)

    def _compared(self, name: str, node: Any, inputs: list[Array]) -> None:
        own = node.needed[0]
        given, wanted = inputs[own], inputs[1 - own]
        if given.shape != wanted.shape or not given.ndim:
            return
        if name == "sub":
            self.differences[node.stamp] = given, wanted
        elif name == "mul" and node.edges[0].stamp in self.logits and ((wanted >= 0) & (wanted <= 1)).all():
            self._add("chances", sigmoid(given), 1 - wanted, made="sigmoid")  # (1 - target) * logits

    def _chosen(self, node: Any, inputs: list[Array]) -> None:
        """Probabilities, or their logarithms, of the classes that are wanted: x[0, 1, 2, ..., classes]."""
        index, x = node.saved_values.get("index", ()), inputs[0]
        if (
            x.ndim != 2
            or not isinstance(index, tuple)
            or len(index) != 2
            or not all(isinstance(i, np.ndarray) and i.dtype.kind in "iu" for i in index)
        ):
            return
        rows, classes = (i.reshape(-1) for i in index)
        if not np.array_equal(rows, np.arange(len(x))) or len(classes) != len(x):
            return
        with np.errstate(all="ignore"):
            for scores, made in (x, ""), (np.log(x), "log"):
                if np.allclose(np.exp(scores).sum(1), 1, atol=1e-3):
                    self._add("classes", scores, classes, made=made)
                    self.found[-1].picked = True
                    return

    def _add(self, kind: str, given: Array, wanted: Any, weights: Any = None, made: str = "") -> None:
        wanted, given = np.asarray(wanted), np.asarray(given)
        if not given.size or "float" not in given.dtype.name:
            return
        if kind != "classes":
            given, wanted = (a.reshape(len(a), -1) for a in (given, wanted))
        rows = slice(max(1, MOST_NUMBERS // max(1, given[0].size)))
        weights = None if weights is None else np.array(weights[rows], np.float64)
        self.found.append(Answers(kind, np.array(given[rows]), np.array(wanted[rows]), weights, made))


def sigmoid(x: Array) -> Array:
    """1 / (1 + exp(-x)), in double precision."""
    return np.asarray(np.exp(-np.logaddexp(0, -x.astype(np.float64))))
