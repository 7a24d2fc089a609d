"""Which module computed which part of a graph.

A forward pass is a stack of calls, and nodes are stamped as they are made; so a call of a module is a span of stamps.
Nothing is recorded for this in an ordinary forward pass. After it, the spans are inferred from the parameters: a call
lasts from the first use of one of the module's parameters to the last. Before it, `watched` can be told to look on.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..core.engine import node_of
from ..core.writes import tick
from .graph_facts import inputs

BEGINNINGS = ("standardize",)  # ops before the first parameter that can only be a part of its module


class Call(NamedTuple):
    """A call of a module: its path, its class, how many parameters it has; the first and last stamp of its nodes."""

    path: str
    kind: str
    parameters: int
    first: float
    last: float


def inferred(nodes: Sequence[Any], modules: Mapping[str, Any]) -> list[Call]:
    """The calls of `modules`, by name, and of all modules below them, as their parameters tell.

    A module whose parameters were all used equally often was called as many times. One without parameters, or with
    none that requires a gradient, cannot be seen.
    """
    members = dict(callable_members(modules))
    leaves = {node_of(p) for root in modules.values() for p in root.parameters()}
    used = uses(nodes, leaves)
    calls = []
    for path, module in members.items():
        found = [spans for p in module.parameters() if (spans := used.get(node_of(p)))]
        often = {len(spans) for spans in found}
        each = zip(*found, strict=True) if len(often) == 1 else [[span for spans in found for span in spans]]
        calls += [_call(path, module, min(s[0] for s in spans), max(s[1] for s in spans)) for spans in each if spans]
    return calls


def uses(nodes: Sequence[Any], leaves: Collection[Any]) -> dict[Any, list[tuple[int, int]]]:
    """For each leaf, the spans in which it met the data that flow through its module.

    Before that it may have been cut, turned, or combined with other leaves: the span begins there. A number that was
    made of it, such as its norm, is not it any more.
    """
    made_of: dict[Any, set[Any]] = {leaf: {leaf} for leaf in leaves}
    since: dict[Any, int] = {}
    used: dict[Any, list[tuple[int, int]]] = defaultdict(list)
    for node in nodes:
        sources = [edge for edge in node.edges if edge in made_of]
        if not sources:
            continue
        first = min([node.stamp, *(since[edge] for edge in sources if edge in since)])
        if len(sources) == len(node.edges) and not meets_data(node):
            if node.shape or not any(edge.shape for edge in sources):
                made_of[node], since[node] = set().union(*(made_of[edge] for edge in sources)), first
            continue
        before = [edge.stamp for edge in node.edges if edge.op is not None and edge.op.name in BEGINNINGS]
        for leaf in set().union(*(made_of[edge] for edge in sources)):
            used[leaf].append((min([first, *before]), node.stamp))
    return used


def meets_data(node: Any) -> bool:
    """Whether an op has an input that is no number, and that no gradient goes to."""
    return any(edge is None and (value is None or np.ndim(value) > 0) for _, _, edge, value in inputs(node))


def watched(forward: Callable[[], Any], modules: Mapping[str, Any]) -> tuple[Any, list[Call]]:
    """What `forward()` returns, and the calls of `modules` and of all below them while it ran."""
    calls: list[Call] = []
    open_calls: list[int] = []
    handles = []

    def look(path: str, module: Any) -> None:
        def close(*_: Any) -> None:
            calls.append(_call(path, module, open_calls.pop(), tick()))

        handles.append(module.register_forward_pre_hook(lambda *_: open_calls.append(tick())))
        handles.append(module.register_forward_hook(close, always_call=True))

    for path, module in callable_members(modules):
        look(path, module)
    try:
        return forward(), calls
    finally:
        for handle in handles:
            handle.remove()


def callable_members(modules: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """`modules` and all below them that can be called, by path: not a list of modules, which has no forward."""
    for name, root in modules.items():
        for path, module in root.named_modules(prefix=name):
            base = next(cls for cls in type(module).__mro__ if "named_modules" in vars(cls))
            if module.forward.__func__ is not base.__dict__.get("forward"):
                yield path, module


def spanned(nodes: Sequence[Any], calls: Iterable[Call]) -> list[Call]:
    """Those of `calls` that made some of `nodes`, an outer one before those inside it."""
    stamps = [node.stamp for node in nodes]  # in order
    met = [call for call in calls if bisect_left(stamps, call.first) < bisect_right(stamps, call.last)]
    return sorted(met, key=lambda call: (call.first, -call.last, call.path.count(".")))


def _call(path: str, module: Any, first: int, last: int) -> Call:
    return Call(path, type(module).__name__, sum(p.numel() for p in module.parameters()), first, last)
