"""A close look at one step: what the engine tells of every op, on the way forward and back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

import numpy as np

from autograd.hooks import Leaf, Node, user_line

from .agreement import Agreement
from .answers import Answers, answers
from .chains import Chains
from .following import VIEWS, Following, Met
from .meetings import Meeting, meeting, targets
from .mixing import Mixing
from .padded import Padded
from .subsets import some

Array = np.ndarray[Any, Any]

SQUEEZERS = {"softmax", "sigmoid"}
TAKES_LOGITS = {"cross_entropy", "log_softmax", "log_sigmoid"}
LAYERS = {"linear", "matmul", "conv2d"}
BOUNDED = {"tanh": 1.0, "sigmoid": 0.5}  # the distance from the middle of the range to its limits
MIDDLE = {"tanh": 0.0, "sigmoid": 0.5}
NEAR = 0.98  # of the way from the middle to a limit: the outermost 1 % of the range
MOST_OPS = 500  # followed in one look


def guarded(function: Callable[..., None]) -> Callable[..., None]:
    """Note an error in `failed` instead of raising it: the doctor must never break the training it watches."""

    @wraps(function)
    def call(self: Any, *args: Any) -> None:
        try:
            function(self, *args)
        except Exception as error:
            self.failed = f"{type(error).__name__}: {error}"

    return call


class CloseLook:
    """An observer of the engine that notes a few facts about each op, and keeps no graph and no batch.

    The engine calls `recorded` when an op has been computed, and `pulled` when its gradients have been. Values are told
    apart by the stamp of the node that made them. `names` are those of the parameters, by their leaves.
    """

    def __init__(self, names: Mapping[Any, str]) -> None:
        self.names = names
        self.failed: str | None = None
        self.lines: dict[int, str] = {}  # where the ops were called that depend on the parameters
        self.sequence: list[tuple[str, str]] = []  # name and line of each of these ops, in order
        self.softmax: str | None = None  # a softmax given to a loss that has its own
        self.broadcast: str | None = None  # outputs that were compared with every target
        self.broken: str | None = None  # the first op that turned finite numbers into NaN or infinity
        self.units: dict[int, tuple[str, Array, int]] = {}  # for each relu, which units are alive, in how many samples
        self.limits: dict[int, tuple[str, float]] = {}  # for each tanh or sigmoid, the share of outputs near a limit
        self.inputs: tuple[float, ...] = ()  # the spread of what the first layer is given, if nothing trained made it
        self.followed = Following()  # what became of the outputs, up to where targets meet them:
        self.meetings: list[Meeting] = []  # what both are,
        self.answers: list[Answers] = []  # how well they agree, since this was last asked,
        self.targets: list[Array] = []  # and one number or class for each sample
        self.wanted: list[tuple[int, ...]] = []  # the shapes of what the output is compared with
        self.compared: list[tuple[int, ...]] = []  # and of all targets
        self.chains = Chains(names)  # of layers
        self.padded = Padded(names)
        self.agreement = Agreement(self.followed)
        self.dropouts: list[tuple[str, float] | None] = []  # the dropout that each output came straight from
        self.mixing = Mixing()
        self.reached: set[str] = set()  # the parameters that received a gradient
        self.arriving: dict[str, float] = {}  # the size of the gradient that arrives at a layer, by its weight

    @guarded
    def recorded(self, node: Node, data: Any, out: Any) -> None:
        """Note a new node, given the values of its inputs and its result."""
        follows = any(edge.stamp in self.lines or edge in self.names for edge in node.edges)
        if not follows or len(self.sequence) >= MOST_OPS:
            return
        name, stamp, line = node.op.name, node.stamp, user_line()
        self.sequence.append((name, line))
        self.lines[stamp] = line
        inputs = [np.asarray(x) for x in data if x is not None]
        out = np.asarray(out)
        if met := self.followed.recorded(node, inputs, line):
            self._meet(met)
        last = self.followed.last(node.edges[0].stamp) if node.edges else ()
        normalised = name == "logsumexp" and last and last[0][0] == "softmax"  # logits of a distribution
        if normalised or (name in TAKES_LOGITS and last and last[0][0] in SQUEEZERS):
            self.softmax = self.softmax or f"{name} at {line} is given the result of {last[0][0]} at {last[0][1]}"
        outputs = [edge for edge in node.edges if self.followed.of_output(edge.stamp)]
        if len(outputs) == 1 and _squared(outputs[0].shape, out.shape):  # two would be a comparison of all pairs
            shapes = " and ".join(str(x.shape) for x in inputs)
            self.broadcast = self.broadcast or f"{name} at {line} broadcast {shapes} to {out.shape}"
        if self.broken is None and not _finite(out) and all(map(_finite, inputs)):
            self.broken = f"{name} at {line} made {out[~np.isfinite(out)].reshape(-1)[0]} from finite numbers"
        if name in LAYERS and not self.inputs and "float" in inputs[0].dtype.name and 0 not in node.needed:
            self.inputs = _spread(inputs[0])
        self.chains.recorded(node, inputs, line)
        self.padded.recorded(node, inputs, line)
        self.agreement.recorded(node, inputs)
        self.mixing.recorded(node, inputs, out, line)
        if name == "relu":
            alive = _alive(out)
            self.units[stamp] = "relu", alive, out.size // max(1, alive.size)
        elif name in BOUNDED:
            share = float((np.abs(some(out) - MIDDLE[name]) > NEAR * BOUNDED[name]).mean()) if out.size else 0.0
            self.limits[stamp] = name, share

    @guarded
    def pulled(self, node: Node, g: Any, gradients: Any) -> None:
        """Note the gradients for the inputs of a node, given the one that came in."""
        g, arrays = np.asarray(g), [None if r is None else np.asarray(r) for r in gradients]
        name = node.op.name
        self.followed.pulled(node)
        self.padded.pulled(node, g)
        self.agreement.pulled(node, g)
        self.mixing.pulled(node)
        for edge, r in zip(node.edges, arrays, strict=True):
            if r is not None and (parameter := self.names.get(edge)):
                self.reached.add(parameter)
                if name in LAYERS and r.ndim > 1:
                    size = float(np.sqrt(np.mean(np.square(some(g), dtype=np.float64)))) if g.size else 0.0
                    self.arriving[parameter] = max(size, self.arriving.get(parameter, 0.0))
        if self.broken is None and _finite(g) and not all(r is None or _finite(r) for r in arrays):
            line = self.lines.get(node.stamp, "an unknown line")
            self.broken = f"{name} at {line} has an infinite or undefined slope where its gradient is computed"

    def is_output(self, node: Node | Leaf | None) -> None:
        """Note that a node made the output of the model: what that is a view of is not a hidden activation."""
        if not isinstance(node, Node):
            return
        self.followed.is_output(node)
        while isinstance(node, Node):
            self.units.pop(node.stamp, None)
            self.limits.pop(node.stamp, None)
            node = node.edges[0] if node.op.name in VIEWS else None

    def name_layer(self, node: Node | Leaf | None, name: str) -> None:
        """Note that a node made the output of the layer of that name."""
        if node is not None:
            for facts in self.units, self.limits:
                if node.stamp in facts:
                    facts[node.stamp] = (name, *facts[node.stamp][1:])

    def _meet(self, met: Met) -> None:
        if met.made is not None:
            self.wanted.append(met.y.shape)
        self.padded.meet(met)
        self.dropouts.append(self.chains.dropouts.get(met.stamp))
        self.compared.append(met.y.shape)
        self.meetings.append(meeting(met))
        if (agreed := answers(met)) is not None:
            self.answers.append(agreed)
        if (wanted := targets(met)) is not None:
            self.targets.append(wanted)


def _squared(shape: Any, out: Any) -> bool:
    """Whether a column or a row was broadcast to a square."""
    n = out[0] if len(out) == 2 and out[0] == out[1] > 2 else 0
    return tuple(shape) in ((n,), (n, 1), (1, n))


def _alive(out: Array) -> Array:
    """For each unit or channel, whether it is above 0 for any sample."""
    axis = 1 if out.ndim in (2, 4) else out.ndim - 1
    others = tuple(i for i in range(out.ndim) if i != axis)
    return np.asarray((out > 0).any(axis=others)) if out.ndim > 1 else out > 0


def _spread(x: Array) -> tuple[float, ...]:
    """The root mean square and the mean of the column where the first is largest, and the extremes of all columns.

    Images (N, C, H, W) and sequences count as one column.
    """
    columns = x.reshape(len(x), -1) if x.ndim == 2 else some(x)[:, None]
    if not columns.size:
        return ()
    rms = np.sqrt(np.square(columns, dtype=np.float64).mean(0))
    i = int(rms.argmax())
    return float(rms[i]), float(columns[:, i].mean()), float(x.min()), float(x.max())


def _finite(a: Array) -> bool:
    """Whether no number is NaN or infinite; then their sum is neither, unless it overflows."""
    with np.errstate(all="ignore"):
        return "float" not in a.dtype.name or bool(np.isfinite(a.sum()) or np.isfinite(a).all())
