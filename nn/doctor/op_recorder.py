"""What is seen of the graph while the doctor looks: the engine tells of each op on its way forward and back."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np

from autograd.core.writes import user_line

Array = np.ndarray[Any, Any]

VIEWS = {"reshape", "permute", "expand", "index", "to", "clone", "flip", "roll", "repeat", "pad", "diagonal", "windows"}
SQUEEZERS = {"softmax", "sigmoid"}
TAKES_LOGITS = {"cross_entropy", "log_softmax", "log_sigmoid"}
LAYERS = {"linear", "matmul", "conv2d"}
BOUNDED = {"tanh": 1.0, "sigmoid": 0.5}  # how far the limits are from the middle
MIDDLE = {"tanh": 0.0, "sigmoid": 0.5}
NEAR = 0.98  # of the way from the middle to a limit: 1 % of the range is left
MOST_OPS = 500  # of a look; what comes after is not followed


def guarded(function: Callable[..., None]) -> Callable[..., None]:
    """A look that fails is no reason for the training to fail."""

    @wraps(function)
    def call(self: Any, *args: Any) -> None:
        try:
            function(self, *args)
        except Exception as error:
            self.failed = f"{type(error).__name__}: {error}"

    return call


class Recorder:
    """One look at a training: a few facts about every op, and no op, graph or batch is kept.

    The engine calls `recorded` when an op was computed, `pulled` when its gradient was. `labels` tells of a value, by
    the stamp of its node, what it is a view of: the model's "output", or a softmax.
    """

    def __init__(self, names: dict[int, str]) -> None:
        self.failed: str | None = None
        self.names = names  # of the parameters, by the id of their leaf
        self.labels: dict[int, tuple[str, str]] = {}
        self.lines: dict[int, str] = {}  # by stamp: where an op was called; of those that come of the parameters
        self.sequence: list[tuple[str, str]] = []  # name and line of every op, in their order
        self.softmax: str | None = None
        self.broadcast: str | None = None
        self.broken: str | None = None  # the first op that made a NaN or inf of finite numbers
        self.units: dict[int, tuple[str, Array]] = {}  # by stamp: of a relu, which units are alive
        self.limits: dict[int, tuple[str, float]] = {}  # of a tanh or sigmoid, the share that is at its limits
        self.inputs: tuple[float, ...] = ()  # what the first layer is given, if nothing before it is trained
        self.targets: list[Array] = []
        self.reached: set[str] = set()  # parameters that a gradient came to
        self.arriving: dict[str, float] = {}  # the size of the gradient that arrives at a layer, by its weight

    @guarded
    def recorded(self, node: Any, data: Any, out: Any) -> None:
        """A new node; `data` are the values of its inputs, `out` that of its result."""
        own = any(edge.stamp in self.lines or id(edge) in self.names for edge in node.edges)
        if not own or len(self.sequence) >= MOST_OPS:
            return
        name, stamp = node.plan.op.name, node.stamp
        line = user_line()
        self.sequence.append((name, line))
        self.lines[stamp] = line
        inputs = [np.asarray(x) for x in data if x is not None]
        out = np.asarray(out)
        labels = [self.labels.get(edge.stamp) for edge in node.edges]
        if name in VIEWS and labels and labels[0]:
            self.labels[stamp] = labels[0]
        if name in SQUEEZERS:
            self.labels[stamp] = name, line
        if name in TAKES_LOGITS and labels and labels[0] and labels[0][0] in SQUEEZERS:
            self.softmax = self.softmax or f"{name} at {line} is given what {labels[0][0]} at {labels[0][1]} made"
        outputs = [edge for edge, label in zip(node.edges, labels, strict=True) if label]
        if len(outputs) == 1 and _squared(outputs[0].shape, out.shape):  # of two, it is a comparison of all pairs
            shapes = " and ".join(str(x.shape) for x in inputs)
            self.broadcast = self.broadcast or f"{name} at {line} made {out.shape} of {shapes}"
        if self.broken is None and not _finite(out) and all(map(_finite, inputs)):
            self.broken = f"{name} at {line} made {out[~np.isfinite(out)].reshape(-1)[0]} of finite numbers"
        if name in LAYERS and not self.inputs and inputs[0].dtype.kind == "f" and 0 not in node.plan.needed:
            self.inputs = _spread(inputs[0])
        self._target(node, name, labels, inputs)
        if name == "relu":
            self.units[stamp] = "relu", _alive(out)
        elif name in BOUNDED:
            share = float((np.abs(out - MIDDLE[name]) > NEAR * BOUNDED[name]).mean()) if out.size else 0.0
            self.limits[stamp] = name, share

    @guarded
    def pulled(self, node: Any, g: Any, pulled: Any) -> None:
        """The gradients for a node's inputs; `g` is the one that came in."""
        arrays = [None if r is None else np.asarray(getattr(r, "_data", r)) for r in pulled]
        g = np.asarray(getattr(g, "_data", g))
        name = node.plan.op.name
        for edge, r in zip(node.edges, arrays, strict=True):
            if r is not None and not edge.edges and (parameter := self.names.get(id(edge))):
                self.reached.add(parameter)
                if name in LAYERS and r.ndim > 1:
                    size = float(np.sqrt(np.mean(np.square(g, dtype=np.float64)))) if g.size else 0.0
                    self.arriving[parameter] = max(size, self.arriving.get(parameter, 0.0))
        if self.broken is None and _finite(g) and not all(r is None or _finite(r) for r in arrays):
            line = self.lines.get(node.stamp, "an unknown line")
            self.broken = f"the slope of {name} at {line} is infinite or NaN where its gradient is computed"

    def is_output(self, node: Any) -> None:
        """This node made the output of the model; what it is a view of is not a hidden activation."""
        if node is None or node.plan is None:
            return
        self.labels.setdefault(node.stamp, ("output", ""))
        while True:
            self.units.pop(node.stamp, None)
            self.limits.pop(node.stamp, None)
            if node.plan.op.name not in VIEWS or not node.edges[0].edges:
                return
            node = node.edges[0]

    def named(self, node: Any, path: str) -> None:
        """This node made the output of the module at that path."""
        if node is not None:
            for facts in self.units, self.limits:
                if node.stamp in facts:
                    facts[node.stamp] = (path, facts[node.stamp][1])  # type: ignore[assignment]

    def _target(self, node: Any, name: str, labels: list[Any], inputs: list[Array]) -> None:
        """The targets, where an op of a loss has them beside the output of the model."""
        if name == "cross_entropy":
            saved = dict(zip(node.plan.reads, node.saved, strict=True))
            if "target" in saved:
                self.targets.append(np.array(saved["target"]).reshape(-1))
        elif name in ("sub", "mul") and len(node.edges) == 1 and labels[0] and len(inputs) == 2:
            other = inputs[1 - node.plan.needed[0]]
            if other.shape == node.edges[0].shape and other.ndim and (other.ndim == 1 or other.shape[1:] == (1,)):
                self.targets.append(np.array(other).reshape(-1))


def _squared(shape: Any, out: Any) -> bool:
    """Whether a column or row became a square."""
    n = out[0] if len(out) == 2 and out[0] == out[1] > 2 else 0
    return tuple(shape) in ((n,), (n, 1), (1, n))


def _alive(out: Array) -> Array:
    """Of each unit, or channel, whether it is above 0 for any sample."""
    axis = 1 if out.ndim in (2, 4) else out.ndim - 1
    others = tuple(i for i in range(out.ndim) if i != axis)
    return np.asarray((out > 0).any(axis=others)) if out.ndim > 1 else out > 0


def _spread(x: Array) -> tuple[float, ...]:
    """Of the column with the largest root mean square, that and the mean; of all, the least and the largest value.

    Images (N, C, H, W) and sequences count as one column.
    """
    columns = x.reshape(len(x), -1) if x.ndim == 2 else x.reshape(-1, 1)
    if not columns.size:
        return ()
    rms = np.sqrt(np.square(columns, dtype=np.float64).mean(0))
    i = int(rms.argmax())
    return float(rms[i]), float(columns[:, i].mean()), float(x.min()), float(x.max())


def _finite(a: Array) -> bool:
    return a.dtype.kind != "f" or bool(np.isfinite(a).all())
