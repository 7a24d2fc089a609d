"""Follows the outputs of a model from function to function, to where targets meet them: the loss, in one of its forms.

A loss of the library is recognised by its running function, which has the input and the target among its variables; a
squared or absolute difference, a sum of targets times logarithms, a margin, and the probabilities of the classes that
are wanted also where they are written by hand.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from inspect import currentframe, unwrap
from types import FrameType
from typing import Any

import numpy as np

from autograd import Tensor
from autograd.hooks import Node, node_of

from .. import functional as F

Array = np.ndarray[Any, Any]
Last = tuple[tuple[str, str], ...]  # the names and lines of the functions a value went through last, the newest first

VIEWS = {"reshape", "permute", "expand", "index", "to", "clone", "flip", "roll", "repeat", "pad", "diagonal", "windows"}
FUNCTIONS: dict[str, Callable[[Array], Array]] = {
    "softmax": lambda x: np.exp(FUNCTIONS["log_softmax"](x)),
    "log_softmax": lambda x: (d := x - x.max(1, keepdims=True)) - np.log(np.exp(d).sum(1, keepdims=True)),
    "sigmoid": lambda x: np.exp(FUNCTIONS["log_sigmoid"](x)),
    "log_sigmoid": lambda x: -np.logaddexp(0, -x),
    "tanh": np.tanh, "relu": lambda x: np.maximum(x, 0), "exp": np.exp, "log": np.log,
}  # fmt: skip
TOGETHER = {("exp", "log_softmax"): "softmax", ("log", "softmax"): "log_softmax", ("log", "sigmoid"): "log_sigmoid"}
PRODUCT, MARGIN, CHOICE, NORM = "a product", "a margin", "a choice", "a norm"  # by hand; the rest as in the library:
POSITIVE = {"square": "mse_loss", "pow": "mse_loss", "abs": "l1_loss", "vector_norm": NORM, "huber": "huber_loss"}
OUTPUT = "output", ""
OF_CLASSES = {"cross_entropy", "nll_loss", CHOICE}
CALLS = 18  # between an op and the loss function it is part of

SYMMETRIC = {"mse_loss", "l1_loss", "huber_loss", "smooth_l1_loss"}
LOSSES = {
    unwrap(function).__code__
    for function in (
        F.mse_loss, F.l1_loss, F.huber_loss, F.smooth_l1_loss, F.binary_cross_entropy, F.kl_div,
        F.binary_cross_entropy_with_logits, F.cross_entropy, F.nll_loss,
    )
}  # fmt: skip


@dataclass(frozen=True)
class Met:
    """An output x and its targets y, as they meet in one loss."""

    loss: str  # the name of the function, or what was written by hand
    line: str
    last: Last
    made: tuple[str, ...] | None  # which of the last functions came after the model's output; None if x is not of it
    x: Array
    y: Array
    factors: Array | None = (
        None  # how much each sample counts; of a binary cross-entropy, (N, ..., 2): with a target 1, 0
    )
    picked: bool = False  # whether the losses of single samples were there to be weighted, as by a reward
    apart: bool = False  # whether the loss is one number for each sample, which a mask may come after
    stamp: int = 0  # of the node that made x

    @property
    def ends(self) -> str:
        """The name of the last function, "" if the output comes from none."""
        return self.last[0][0] if self.last else ""


class Following:
    """Follows values through the ops of one step, told apart by the stamps of their nodes."""

    def __init__(self) -> None:
        self.outputs: set[int] = set()  # the stamps of the outputs of the model,
        self.used: set[int] = set()  # and of those that backward came to
        self._chains: dict[int, Last] = {}  # of functions and the model's end, OUTPUT; views leave them as they are
        self.differences: dict[int, Met] = {}  # of outputs and targets, by the nodes that made them
        self._seen: set[tuple[int, str, int]] = set()

    def is_output(self, node: Node) -> None:
        """Note that a node made the output of the model."""
        self._chains[node.stamp] = (OUTPUT, *self._chains.get(node.stamp, ()))
        self.outputs.add(node.stamp)

    def pulled(self, node: Node) -> None:
        """Note that backward came to a node."""
        if node.stamp in self.outputs:
            self.used.add(node.stamp)

    def of_output(self, stamp: int) -> bool:
        """Whether a value is the output of the model, but for views and functions."""
        return OUTPUT in self._chains.get(stamp, ())

    def last(self, stamp: int) -> Last:
        """The functions that a value went through last."""
        functions = [each for each in self._chains.get(stamp, ()) if each != OUTPUT]
        if len(functions) > 1 and (together := TOGETHER.get((functions[0][0], functions[1][0]))):
            functions[:2] = [(together, functions[1][1])]
        return tuple(functions)

    def recorded(self, node: Node, inputs: Sequence[Array], line: str) -> Met | None:
        """Note a new node; returns what meets in it, if anything does."""
        name, chain = node.op.name, self._chains.get(node.edges[0].stamp, ())
        if chain and name in VIEWS:
            self._chains[node.stamp] = chain
        elif name in FUNCTIONS:
            self._chains[node.stamp] = (name, line), *chain
        elif name == "div" and _is_softmax(node):
            self._chains[node.stamp] = ("softmax", line), *chain[1:]
        if frame := _running_loss():
            return self._called(frame, line) if name not in VIEWS else None
        if name == "index":
            return self._chosen(node, inputs[0], line)
        if len(node.edges) == 1 and len(inputs) == 2 and OUTPUT in chain:
            return self._compared(node, inputs, line)
        known = self.differences.get(node.edges[0].stamp)
        return replace(known, loss=form) if known and (form := _positive(node)) else None

    def _met(self, stamp: int, loss: str, line: str, *rest: Any) -> Met:
        chain = self._chains.get(stamp, ())
        made = tuple(name for name, _ in chain[: chain.index(OUTPUT)]) if OUTPUT in chain else None
        return replace(Met(loss, line, self.last(stamp), made, *rest), stamp=stamp)

    def _called(self, frame: FrameType, line: str) -> Met | None:
        values, loss = frame.f_locals, frame.f_code.co_name
        x, y = values["input"], values["target"]
        if loss in SYMMETRIC and isinstance(y, Tensor) and node_of(y) is not None:
            x, y = y, x
        source = node_of(x) if isinstance(x, Tensor) else None
        if source is None or not isinstance(y, Tensor) or node_of(y) is not None:
            return None
        key = source.stamp, line, id(y)
        if key in self._seen:
            return None
        self._seen.add(key)
        target = y.numpy(force=True)
        if loss == "kl_div" and values["log_target"]:
            target = np.exp(target)
        factors = (
            _factors(values, target) if loss in OF_CLASSES and target.dtype.kind in "iu" else _balance(values, target)
        )
        whole = values["reduction"] != "none" and not values.get("label_smoothing")
        picked = loss == "nll_loss" or (loss == "cross_entropy" and not whole)
        apart = values["reduction"] == "none"
        return self._met(source.stamp, loss, line, x.numpy(force=True), target, factors, picked, apart)

    def _compared(self, node: Node, inputs: Sequence[Array], line: str) -> Met | None:
        place, stamp = node.needed[0], node.edges[0].stamp
        x, y = inputs[place], inputs[1 - place]
        if x.shape != y.shape or not x.ndim:
            return None
        if node.op.name == "sub":
            self.differences[node.stamp] = self._met(stamp, NORM, line, x, y)
        elif node.op.name == "mul":
            met = self._met(stamp, PRODUCT, line, x, y)
            return met if met.ends in ("log_softmax", "log") else replace(met, loss=MARGIN) if _signs(y) else None
        return None

    def _chosen(self, node: Node, x: Array, line: str) -> Met | None:
        """Probabilities, or their logarithms, of the classes that are wanted: x[0, 1, 2, ..., classes]."""
        index = node.saved_values.get("index", ())
        if x.ndim != 2 or not isinstance(index, tuple) or [np.asarray(i).dtype.kind for i in index] != ["i", "i"]:
            return None
        rows, classes = (np.reshape(i, -1) for i in index)
        if len(classes) != len(x) or not np.array_equal(rows, np.arange(len(x))) or logarithms(x) is None:
            return None
        return self._met(node.edges[0].stamp, CHOICE, line, x, classes, None, True, True)


def after(functions: Sequence[str], x: Array) -> Array:
    """x, in double precision, after the functions of these names, of which the first comes last."""
    x = x.astype(np.float64)
    with np.errstate(all="ignore"):
        for name in reversed(functions):
            x = np.asarray(FUNCTIONS[name](x))
    return x


def logarithms(x: Array) -> tuple[str, ...] | None:
    """What makes logarithms of probabilities of x (N, C), which holds them or the probabilities; None for others."""
    found = (made for made in ((), ("log",)) if np.allclose(after(("exp", *made), x).sum(1), 1, atol=1e-3))
    return next(found, None)


def _running_loss() -> FrameType | None:
    """The loss function of the library that is running, if one is."""
    frame = currentframe()
    for _ in range(CALLS):
        if frame is None or frame.f_code in LOSSES:
            return frame
        frame = frame.f_back
    return None


def _positive(node: Node) -> str | None:
    """What a node makes of a difference, if that is never below 0."""
    twice = node.op.name == "mul" and len(node.edges) == 2 and node.edges[0] is node.edges[1]
    return "mse_loss" if twice else POSITIVE.get(node.op.name)


def _is_softmax(node: Node) -> bool:
    """Whether a quotient is exp(x) / exp(x).sum()."""
    if [getattr(edge.op, "name", "") for edge in node.edges] != ["exp", "sum"]:
        return False
    above, below = node.edges[0], node.edges[1].edges[0]
    return below is above or (getattr(below.op, "name", "") == "exp" and below.edges[0] is above.edges[0])


def _signs(y: Array) -> bool:
    return bool((y < 0).any() and (np.abs(y) == 1).all())


def _factors(values: Any, labels: Array) -> Array | None:
    """How much each sample counts in a loss of classes: the weight of its class, 0 for the class that is ignored."""
    counted, weight = labels != values["ignore_index"], values["weight"]
    if weight is None:
        return None if counted.all() else counted.astype(np.float64)
    return np.where(counted, weight.numpy(force=True)[np.where(counted, labels, 0)], 0.0)


def _balance(values: Any, target: Array) -> Array | None:
    """How much each number counts in a binary cross-entropy where its target is 1, and where it is 0."""
    weight, positive = values.get("weight"), values.get("pos_weight")
    if target.dtype.kind != "f" or (weight is None and positive is None):
        return None
    every, yes = (1.0 if each is None else each.numpy(force=True) for each in (weight, positive))
    return np.stack([np.broadcast_to(every * each, target.shape) for each in (yes, 1.0)], -1).astype(np.float64)
