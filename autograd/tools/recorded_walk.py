"""One backward pass, seen from outside and written down: which node, which gradients, in which order."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from ..core.differentiate import grad
from ..core.engine import fit, node_of, reachable, wrap
from ..core.listening import observe
from ..tensors.tensor import Tensor
from .array_summary import Summary
from .graph_facts import known, tensor_of
from .naive_recursion import naive


class Flow(NamedTuple):
    """A gradient that a step sends along an edge.

    Attributes:
        step: the number of the step; 0 for the gradient that the backward pass begins with, -1 for what was there
            before it.
        node: where it goes.
        position: of which input of the op it is the gradient, counted from 0.
        gradient: in the shape of that input.
        total: the sum of all that has come to `node` so far.
    """

    step: int
    node: Any
    position: int
    gradient: Summary
    total: Summary


class Step(NamedTuple):
    """One node of the backward pass: all its contributions are in, and its rules send gradients on to its inputs.

    Attributes:
        number: 1 for the first.
        node: the node; `node.op` is what was computed.
        g: the gradient of its result.
        flows: the gradients of its inputs, in their order.
        values: what is known of the computation there, by the names that the rules use: x, y, out, an option.
        given: the names of those that are tensors with a name.
        changed: the sum of what came to the node, if a hook made another gradient of it, else None.
    """

    number: int
    node: Any
    g: Summary
    flows: tuple[Flow, ...]
    values: dict[str, Any]
    given: dict[str, str]
    changed: Summary | None = None

    @property
    def makes_nan(self) -> bool:
        """Whether a NaN or an infinity goes out of it, and none came in."""
        return not self.g.bad and any(flow.gradient.bad for flow in self.flows)


@dataclass
class Walk:
    """A backward pass.

    Attributes:
        nodes: the nodes of the graph; the first is the one it began with.
        steps: one for each op, in their order.
        arrivals: by node, the gradients that came to it, in their order; for a leaf that had a `.grad` before, this
            is the first, with -1 for its step.
        values: the values of the leaves, of the root and of other tensors, where they are known.
        hooked: by leaf, what `.grad` is at the end, where a hook made another gradient of what came.
        naive: by leaf, what would come of not waiting: see `naive_recursion`.
    """

    nodes: list[Any]
    steps: list[Step]
    arrivals: dict[Any, list[Flow]]
    values: dict[Any, Any]
    hooked: dict[Any, Summary]
    naive: dict[Any, Summary]

    @property
    def leaves(self) -> list[Any]:
        """The leaves, in the order of their first use."""
        used = (edge for step in reversed(self.steps) for edge in step.node.edges)
        return list(dict.fromkeys(edge for edge in (*used, *self.nodes) if not edge.edges))

    def so_far(self, node: Any, step: int) -> list[Flow]:
        """What had come to a node after that many steps."""
        return [flow for flow in self.arrivals.get(node, ()) if flow.step <= step]

    def expected(self, node: Any) -> int:
        """How many gradients come to a node in this pass."""
        return sum(flow.step >= 0 for flow in self.arrivals.get(node, ()))

    def complete(self, node: Any) -> int:
        """The step after which all of them are there."""
        came = self.arrivals.get(node)
        return came[-1].step if came else 0

    def gradient(self, node: Any, step: int) -> Summary | None:
        """The gradient of a node after that many steps, of a leaf what `.grad` is by then; None before the first."""
        if node in self.hooked and step >= self.complete(node):
            return self.hooked[node]
        came = self.so_far(node, step)
        return came[-1].total if came else None


def record(root: Tensor, gradient: Any = None, tensors: Mapping[str, Tensor] = MappingProxyType({})) -> Walk:
    """Walk back from `root` as `backward` would, and write down what happens. No `.grad` is changed, nothing is freed.

    The values of `tensors`, by name, are written down, too, beside those that the graph knows. Of large gradients
    summaries are kept, so that this takes at most twice the memory of a backward pass, and afterwards next to none.

    Raises RuntimeError as `backward`.
    """
    start = node_of(root)
    nodes = [] if start is None else reachable([start])
    leaves = [node for node in nodes if not node.edges]
    retained = [(node, node.grad) for node in nodes if node.edges and node.hooks is not None and node.hooks.retain]
    seed = np.ones(root.shape, root.dtype) if gradient is None else array_of(gradient).astype(root.dtype)
    recorder = _Recorder(nodes, seed, {id(x._data): name for name, x in tensors.items()})
    end = observe(recorder)
    try:
        for node, _ in retained:  # `grad` adds to these
            node.grad = None
        inputs = [_stand_in(leaf) for leaf in leaves]
        found = grad(root, inputs or root, gradient, retain_graph=True, allow_unused=True)
    finally:
        end()
        for node, kept in retained:
            node.grad = kept
    values = {node: glimpse(x) for x in (root, *tensors.values()) if (node := node_of(x)) in recorder.arrivals}
    return recorder.walk(zip(leaves, found, strict=True), values, naive(nodes, seed))


def array_of(x: Any) -> Any:
    """The array of a tensor, or what else is given, as an array."""
    return np.asarray(x._data if isinstance(x, Tensor) else x)


def glimpse(value: Any) -> Any:
    """A summary of a tensor, an array or a number; what is nothing of the kind stays as it is."""
    if isinstance(value, Tensor | np.ndarray | np.generic | float):
        return Summary(array_of(value))
    return value


def _stand_in(leaf: Any) -> Any:
    """A tensor in place of a leaf's own, which may be gone."""
    return wrap(np.broadcast_to(np.zeros((), leaf.dtype), leaf.shape), leaf)


class _Recorder:
    """An observer that writes down the steps of one graph in this thread."""

    def __init__(self, nodes: list[Any], seed: Any, names: dict[int, str]) -> None:
        self.nodes, self.names, self.thread = nodes, names, threading.get_ident()
        self.steps: list[Step] = []
        self.sums: dict[Any, Any] = {}
        self.arrivals: dict[Any, list[Flow]] = {node: [] for node in nodes}
        for node in nodes:
            if not node.edges and node.grad is not None:
                self.add(-1, node, 0, array_of(node.grad))
        for root in nodes[:1]:
            self.add(0, root, 0, seed)

    def pulled(self, node: Any, g: Any, gradients: Any) -> None:
        """Write down a step: what came to the node, and what goes on."""
        if node not in self.arrivals or threading.get_ident() != self.thread:
            return
        came, changed = self.sums.pop(node), None
        if node.hooks is not None and node.hooks.functions and not np.array_equal(came, g, equal_nan=True):
            changed = Summary(came)
        number = len(self.steps) + 1
        gone = zip(node.needed, node.edges, gradients, strict=True)
        flows = [self.add(number, edge, i, fit(r, edge, node.op)) for i, edge, r in gone if r is not None]
        facts = {name: value for name, value in known(node).items() if name != "xs"}
        given = {name: self.names[id(value)] for name, value in facts.items() if id(value) in self.names}
        values = {name: glimpse(value) for name, value in facts.items()}
        self.steps.append(Step(number, node, Summary(g), tuple(flows), values, given, changed))

    def add(self, step: int, node: Any, position: int, r: Any) -> Flow:
        """One more contribution to the gradient of `node`."""
        gradient = total = Summary(r)
        if node in self.sums:
            r = self.sums[node] + r
            total = Summary(r)
        self.sums[node] = r
        flow = Flow(step, node, position, gradient, total)
        self.arrivals[node].append(flow)
        return flow

    def walk(self, found: Iterable[tuple[Any, Any]], values: dict[Any, Any], naive: dict[Any, Summary]) -> Walk:
        """All that was written down, once the gradients of the leaves have been `found`."""
        hooked = {}
        for leaf, g in found:
            if g is not None and leaf.hooks is not None and leaf.hooks.functions:
                hooked[leaf] = Summary(array_of(g) if leaf.grad is None else array_of(leaf.grad) + array_of(g))
            if (tensor := tensor_of(leaf)) is not None:
                values.setdefault(leaf, glimpse(tensor))
        return Walk(self.nodes, self.steps, self.arrivals, values, hooked, naive)
