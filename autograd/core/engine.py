"""The engine: how a computation is recorded, and how it is walked backward. No maths lives here.

A `Node` is one use of an op: it knows the nodes that its inputs came from (`edges`) and keeps exactly the values that
the op's rules name in their signatures. `walk` visits every node once, after all the gradients that flow into it have
been added up.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from contextvars import ContextVar
from operator import attrgetter
from typing import Any

import numpy as np

from . import writes
from .backward_names import backward_name
from .dtypes import NARROW
from .errors import freed, wrong_gradient
from .listeners import listeners, tell_pulled
from .ops import Op, Plan
from .shapes import Shape, unbroadcast

new = object.__new__
_stamp = attrgetter("stamp")

# Whether operations are recorded, in this thread and this coroutine.
recording: ContextVar[bool] = ContextVar("recording", default=True)


class Traced:
    """A value, and the node that made it (None if no gradient is wanted). `Tensor` is built on it.

    A view knows the tensor whose memory it shows, its parent, and the node that this had then.
    """

    __slots__ = ("__weakref__", "_data", "_node", "_parent", "_parent_node")
    _data: Any
    _node: Any
    _parent: Any
    _parent_node: Any
    _follow: Callable[..., Any]  # brings the node of a view up to date, after a recorded write to its parent
    _result: type[Any]  # the class of what is computed from it; Tensor writes itself here
    _hooks: Any = None  # the hooks that its result's node starts with


def node_of(tensor: Any) -> Any:
    """Where the graph of a tensor begins: the node that made it, the leaf it is, or None if it requires no grad."""
    if writes.rewritten:
        tensor._follow()
    return tensor._node


def wrap(array: Any, node: Any = None) -> Any:
    """A tensor of `array`, made by `node`."""
    tensor = new(Traced._result)
    tensor._data, tensor._node = array, node
    return tensor


class Leaf:
    """Where the walk ends: collects the gradient of a tensor that no op made, its `variable` (a weak reference)."""

    __slots__ = ("__weakref__", "dtype", "grad", "hooks", "note", "shape", "stamp", "variable")
    edges = saved = ()
    op = plan = None

    def __init__(self, shape: Shape, dtype: np.dtype[Any]) -> None:
        self.shape, self.dtype = shape, dtype
        self.stamp: Any = 0  # older than every node
        self.hooks: Any = None
        self.grad: Any = None
        self.variable: Any = None
        self.note: Any = None


class Node:
    """One use of an op: the plan of its rules, the nodes its gradients go to, and the values that the rules read.

    Its `stamp` grows with every node made, so by stamps the nodes of a graph stand in the order of their computation.
    One that starts with hooks, a Value's, has a `note` for drawings: its result, with the inputs where some of them
    were plain numbers, which nothing else knows.
    """

    __slots__ = ("__weakref__", "dtype", "edges", "grad", "hooks", "note", "plan", "saved", "shape", "stamp")
    plan: Plan
    edges: tuple[Any, ...]
    saved: Any
    grad: Any
    hooks: Any
    shape: Shape
    dtype: np.dtype[Any]
    stamp: int
    note: Any

    @property
    def op(self) -> Op:
        """What was computed."""
        return self.plan.op

    @property
    def needed(self) -> list[int]:
        """The positions of the op's inputs that the `edges` lead to."""
        return self.plan.needed

    @property
    def saved_values(self) -> dict[str, Any]:
        """What the rules read, by name: inputs x, y, z, w, `out`, options; empty once backward has freed it."""
        return dict(zip(self.plan.reads, self.saved or (), strict=False))

    name = backward_name

    @property
    def next_functions(self) -> tuple[tuple[Any, int], ...]:
        """The nodes that the gradients go to, each paired with 0, as in PyTorch."""
        return tuple((edge, 0) for edge in self.edges)

    def __repr__(self) -> str:
        return f"<{self.name()}>"


def record(plan: Plan, edges: Any, saved: Any, data: Any, out: Any, hooks: Any) -> Node:
    """A node for the result `out` of `data`; the listeners are told."""
    node = new(Node)
    node.plan, node.edges, node.saved, node.hooks, node.grad = plan, edges, saved, hooks, None
    node.shape, node.dtype, node.stamp = out.shape, out.dtype, writes.tick()
    if hooks is not None:
        node.note = out if plan.whole else (out, data)
    if listeners.recorded:
        for tell in listeners.recorded:
            tell(node, data, out)
    return node


# -- backward ---------------------------------------------------------------------------------------------------------


def walk(
    roots: Sequence[Any],
    seeds: Sequence[Any],
    targets: Collection[Any] | None = None,
    retain_graph: bool = False,
    wrap: Callable[[Any, Any], Any] | None = None,
    keep: bool = True,
) -> dict[Any, Any]:
    """Carry `seeds`, the gradients of the nodes `roots`, back through the graph.

    With `keep` the gradients are left in the leaves; nodes that retain theirs keep it in any case. When `targets` are
    given, only the paths that lead to these nodes are computed, and their gradients are returned: those of targets on
    the way to others as they arrive, before the hooks, as in PyTorch. With `wrap(array, node)`,
    which makes tensors of the saved values, the rules record themselves (create_graph); without it they run on arrays.

    Nothing is written on a node while the walk is under way, so a rule or a hook may start another walk, and so may
    other threads; and when it refuses to start, nothing has changed.

    Raises RuntimeError as `check`, and for a gradient of the wrong shape; TypeError for a rule that returns no array.
    """
    nodes, useful = reachable(roots), None
    if targets is not None:
        nodes, useful = leading_to(nodes, targets)
    check(nodes if useful is None else [node for node in nodes if not useful.isdisjoint(node.edges)])
    grads: dict[Any, Any] = {}
    for root, seed in zip(roots, seeds, strict=True):
        grads[root] = grads[root] + seed if root in grads else seed if root.edges else own(seed)
    found: dict[Any, Any] = {}
    for node in nodes:
        g, pulled, r = grads.pop(node, None), None, None  # of the step before, nothing else is held
        if g is None:
            continue
        plan, edges, saved, hooks = node.plan, node.edges, node.saved, node.hooks
        arrived = g
        if hooks is not None:
            if hooks.functions:
                g = hooks.pass_through(g, wrap is not None)
                g = g if edges else own(g)
            if edges and (hooks.retain is True or (keep and hooks.retain)):
                accumulate(node, g if isinstance(g, np.generic) else own(g))
        if useful is not None and not useful.issuperset(edges):
            plan, edges, saved = plan.part(node, useful)
        if targets is not None and node in targets:
            found[node] = arrived if edges else g
        if not edges:
            if keep and not node.edges:
                (accumulate if hooks is None else hooks.accumulate)(node, g)
            continue
        pull = plan.pull_wide if node.dtype in NARROW else plan.pull
        pulled = pull(g, *(saved if wrap is None else plan.tensors(node, saved, wrap)))
        if listeners.pulled:
            tell_pulled(node, edges, g, pulled)
        for edge, r in zip(edges, pulled):  # noqa: B905  (of one length, and every nanosecond counts)
            try:
                if r.shape != edge.shape or r.dtype is not edge.dtype:
                    r = fit(r, edge, plan.op)
            except AttributeError:
                if r is None and getattr(plan, "gaps", False):  # no gradient, from a Function
                    continue
                raise TypeError(f"the rule of {plan.op.name} returned {r!r}, expected an array") from None
            if edge in grads:
                grads[edge] = grads[edge] + r
            else:
                grads[edge] = r if edge.edges or owns(r, g, saved, plan.op) else own(r)
        if node.plan.frees and not retain_graph:
            node.saved = None
    return found


def reachable(roots: Iterable[Any]) -> list[Any]:
    """The nodes `roots` and all that they were computed from, the youngest first: each before all of its inputs."""
    nodes = dict.fromkeys(roots)
    stack = list(nodes)
    while stack:
        for edge in stack.pop().edges:
            if edge not in nodes:
                nodes[edge] = None
                stack.append(edge)
    return sorted(nodes, key=_stamp, reverse=True)


def leading_to(nodes: list[Any], targets: Iterable[Any]) -> tuple[list[Any], set[Any]]:
    """Those of `nodes`, in the order of `reachable`, that are a target or lead to one; and the same as a set."""
    useful = set(targets)
    for node in reversed(nodes):
        if not useful.isdisjoint(node.edges):
            useful.add(node)
    return [node for node in nodes if node in useful], useful


def check(nodes: Iterable[Any]) -> None:
    """Raise RuntimeError if a value that the rules will read has been freed, or written to since it was saved."""
    for node in nodes:
        if node.saved is None:
            raise freed(node)
        if node.stamp < writes.last and node.edges:
            writes.verify(node)


def fit(r: Any, edge: Any, op: Op) -> Any:
    """The gradient `r` in the shape of its input, summed where broadcasting repeated it, and in its dtype.

    Raises RuntimeError for a shape that broadcasting cannot explain.
    """
    if r.shape != edge.shape:
        try:
            r = unbroadcast(r, edge.shape)
        except ValueError:
            raise wrong_gradient(op, r.shape, edge.shape) from None
    return r if r.dtype is edge.dtype else r.astype(edge.dtype)


def owns(r: Any, g: Any, saved: Sequence[Any], op: Op) -> bool:
    """Whether nobody else holds the memory of the gradient `r`: not g, no saved value, no array that it views."""
    if isinstance(r, Traced):
        r, g = r._data, g._data
    return r.base is None and r is not g and not op.foreign and id(r) not in map(id, saved)


def own(r: Any) -> Any:
    """A copy; of a NumPy scalar, which cannot be written to, the scalar itself."""
    return r if isinstance(r, np.generic) else r.clone() if isinstance(r, Traced) else r.copy()  # type: ignore[attr-defined]


def accumulate(node: Any, g: Any) -> None:
    """Add `g`, which nobody else holds, to the gradient that is kept at `node`."""
    old = node.grad
    if old is None:
        node.grad = g
    elif isinstance(g, Traced):
        node.grad = old + g
    elif isinstance(old, Traced):
        writes.wrote(old._data)
        old._data += g
    else:
        node.grad += g
