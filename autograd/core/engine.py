"""The engine: how a computation is recorded, and how it is walked backward. No maths lives here.

A `Node` is one use of an op: it knows the nodes that its inputs came from (`edges`) and keeps exactly the values that
the op's rules name in their signatures. `walk` visits every node once, after all the gradients that flow into it have
been added up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextvars import ContextVar
from operator import attrgetter
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from . import writes
from .errors import freed
from .ops import Op, Plan
from .shapes import Shape, unbroadcast

new = object.__new__
_stamp = attrgetter("stamp")

# Whether operations are recorded, in this thread and this coroutine: False, True, or the recorder of `detect_anomaly`.
recording: ContextVar[Any] = ContextVar("recording", default=True)

# Who else is told of every op, in any thread: True is nobody. `hooks.observe` sets it.
observer: Any = True

# For drawings: the labels of tensors that have a node. So is a node's `value`, where it has one: on a leaf a weak
# reference to its tensor; on the node of a Value its number, with those of its inputs where one was a plain number.
labels: WeakKeyDictionary[Any, str] = WeakKeyDictionary()


class Traced:
    """A value, and the node that made it (None when no gradient is wanted). `Tensor` is built on it."""

    __slots__ = ("__weakref__", "_data", "_node")
    _data: Any
    _node: Any
    _result: type[Traced]  # the class of what is computed from it
    clone: Any
    _hooks: Any = None  # the hooks that its result's node starts with


class Leaf:
    """Where the walk ends: collects the gradient of a tensor that nothing computed."""

    __slots__ = ("__weakref__", "dtype", "grad", "hooks", "shape", "value")
    edges = saved = ()
    stamp = 0  # older than every node
    op = plan = None

    def __init__(self, shape: Shape, dtype: np.dtype[Any]) -> None:
        self.shape, self.dtype = shape, dtype
        self.hooks: Any = None
        self.grad: Any = None


class Node:
    """One use of an op: the plan of its rules, the nodes its gradients go to, and the values that the rules read.

    Its `stamp` grows with every node made, so by stamps the nodes of a graph stand in the order of their computation.
    """

    __slots__ = ("__weakref__", "dtype", "edges", "grad", "hooks", "plan", "saved", "shape", "stamp", "value")
    plan: Plan
    edges: tuple[Any, ...]
    saved: Any
    grad: Any
    hooks: Any
    shape: Shape
    dtype: np.dtype[Any]
    stamp: int
    value: Any

    @property
    def op(self) -> Op:
        """What was computed."""
        return self.plan.op

    @property
    def needed(self) -> list[int]:
        """Which inputs of the op the `edges` lead to."""
        return self.plan.needed

    @property
    def saved_values(self) -> dict[str, Any]:
        """What the rules read, by its name in them: inputs x, y, z, w, `out`, options; empty once backward freed it."""
        return dict(zip(self.plan.reads, self.saved or (), strict=False))

    def name(self) -> str:
        """The name of the backward function, as in PyTorch: 'MulBackward'."""
        return "".join(part.capitalize() for part in self.op.name.split("_")) + "Backward"

    @property
    def next_functions(self) -> tuple[tuple[Any, int], ...]:
        """The nodes that the gradients go to, each paired with 0, as in PyTorch."""
        return tuple((edge, 0) for edge in self.edges)

    def __repr__(self) -> str:
        return f"<{self.name()}>"


def record(mode: Any, plan: Plan, edges: Any, saved: Any, data: Any, out: Any, hooks: Any) -> Node:
    """A node for the result `out` of `data`."""
    node = new(Node)
    node.plan, node.edges, node.saved, node.hooks, node.grad = plan, edges, saved, hooks, None
    node.shape, node.dtype, node.stamp = out.shape, out.dtype, writes.tick()
    if hooks is not None:
        node.value = out if plan.whole else (out, data)
    if mode is not observer:
        for listener in (mode, observer):
            if listener is not True:
                listener.recorded(node, data, out)
    return node


# -- backward ---------------------------------------------------------------------------------------------------------


def walk(
    roots: Sequence[Any],
    seeds: Sequence[Any],
    targets: Iterable[Any] | None = None,
    retain_graph: bool = False,
    wrap: Callable[[Any, Any], Any] | None = None,
) -> dict[Any, Any]:
    """Carry `seeds`, the gradients of the nodes `roots`, back through the graph.

    The gradients are left in the leaves. When `targets` are given they are returned for these nodes instead, and only
    the paths that lead there are computed. With `wrap(array, node)`, which makes tensors of the saved values, the rules
    record themselves (create_graph); without it they run on plain arrays.

    Nothing is written on a node while the walk is under way, so a rule or a hook may start another one, and so may
    other threads; and nothing has changed when it refuses to start.
    """
    nodes = reachable(roots)
    useful = None
    if targets is not None:
        nodes = leading_to(nodes, targets)
        useful = set(nodes)
    for node in nodes:
        if node.saved is None:
            raise freed(node)
        if node.stamp < writes.last:
            writes.verify(node)
    grads: dict[Any, Any] = {}
    for root, seed in zip(roots, seeds, strict=True):
        grads[root] = grads[root] + seed if root in grads else seed
    borrowed = set(roots)  # leaves whose gradient is, so far, memory that somebody else may hold too
    found: dict[Any, Any] = {}
    listeners = [each for each in (recording.get(), observer) if each is not True and each is not False]
    for node in nodes:
        g = grads.pop(node, None)
        if g is None:
            continue
        hooks, edges = node.hooks, node.edges
        if hooks is not None:
            if hooks.functions:
                g = hooks(g, wrap is not None)
                borrowed.add(node)
            if hooks.retain and edges and targets is None:
                if node.grad is None and isinstance(g, np.generic):
                    node.grad = g
                else:
                    accumulate(node, g, borrowed=True)
        if targets is not None and node in targets:
            found[node] = g
        if not edges:
            if targets is None:
                accumulate(node, g, node in borrowed)
            continue
        plan = node.plan
        saved = node.saved if wrap is None else plan.tensors(node, wrap)
        if useful is None:
            pulled = plan.pull(g, *saved)
        else:
            pulled = [rule(g, *saved) if e in useful else None for rule, e in zip(plan.each, edges, strict=True)]
        if listeners:
            for listener in listeners:
                listener.pulled(node, g, pulled)
        for edge, r in zip(edges, pulled):  # noqa: B905  (of one length, and every nanosecond counts)
            if r is None:
                continue
            try:
                if r.shape != edge.shape:
                    r = fit(r, edge.shape, plan.op)
                if r.dtype is not edge.dtype:
                    r = r.astype(edge.dtype)
            except AttributeError:
                raise TypeError(f"the rule of {plan.op.name} returned {r!r}, expected an array") from None
            if edge in grads:
                grads[edge] = grads[edge] + r
                borrowed.discard(edge)
            else:
                grads[edge] = r
                if not edge.edges and not isinstance(r, np.generic) and (plan.op.foreign or lent(r, g, saved)):
                    borrowed.add(edge)
        if plan.frees and not retain_graph:
            node.saved = None
    return found


def reachable(roots: Iterable[Any]) -> list[Any]:
    """Every node from `roots` down, the youngest first: each one before all that it was computed from."""
    nodes = list(dict.fromkeys(roots))
    seen = set(nodes)
    stack = list(nodes)
    while stack:
        for edge in stack.pop().edges:
            if edge not in seen:
                seen.add(edge)
                nodes.append(edge)
                stack.append(edge)
    nodes.sort(key=_stamp, reverse=True)
    return nodes


def leading_to(nodes: list[Any], targets: Iterable[Any]) -> list[Any]:
    """Those of `nodes`, which are in the order of `reachable`, that are a target or lead to one."""
    useful = set(targets)
    for node in reversed(nodes):
        if not useful.isdisjoint(node.edges):
            useful.add(node)
    return [node for node in nodes if node in useful]


def fit(r: Any, shape: Shape, op: Op) -> Any:
    """`r` summed to `shape` if it came of broadcasting; otherwise the rule is wrong, and says so."""
    tail = r.shape[len(r.shape) - len(shape) :]
    if tail == shape:
        return unbroadcast(r, shape)
    if len(tail) != len(shape) or any(n not in (1, m) for n, m in zip(shape, tail, strict=True)):
        raise RuntimeError(
            f"{op.name} returned an invalid gradient: got shape {list(r.shape)} but expected a shape compatible with "
            f"{list(shape)}, the shape of its input; the rule is wrong"
        )
    return unbroadcast(r, shape)


def lent(r: Any, g: Any, saved: Sequence[Any]) -> bool:
    """Whether the memory of the gradient `r` may also be somebody else's: the same array, a view, a saved value."""
    if isinstance(r, Traced):
        r, g, saved = r._data, g._data, [s._data if isinstance(s, Traced) else s for s in saved]
    return r is g or r.base is not None or any(r is s for s in saved)


def accumulate(node: Any, g: Any, borrowed: bool) -> None:
    """Add `g` to the gradient kept at `node`, which owns its memory: what is borrowed is copied."""
    old = node.grad
    if old is None:
        node.grad = g if not borrowed or isinstance(g, np.generic) else g.clone() if isinstance(g, Traced) else g.copy()
    elif isinstance(g, Traced):
        node.grad = old + g
    elif isinstance(old, Traced):
        writes.wrote(old._data)
        old._data += g
    else:
        node.grad += g
