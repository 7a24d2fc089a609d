"""What is known about a graph from outside: its nodes, their values and gradients."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from ..core.engine import reachable


def below(roots: Iterable[Any]) -> list[Any]:
    """The nodes that the roots were computed from, in the order of computation, leaves just before their first use."""
    nodes = reachable(roots)[::-1]
    order = [node for op in nodes for node in (*(edge for edge in op.edges if not edge.edges), op) if op.edges]
    return list(dict.fromkeys([*order, *nodes]))


def known(node: Any) -> dict[str, Any]:
    """What is known about the computation at a node, by the names that rules use: x, y, out, an option.

    These are the rules' saved values; for a Value its number, too, and its inputs where one of them was a plain number.
    """
    facts = node.saved_values
    facts |= {f"x{i}": x for i, x in enumerate(facts.get("xs", ()))}
    out, given = noted(node)
    facts |= zip(node.op.inputs, given, strict=False)
    return facts if out is None else facts | {"out": out}


def noted(node: Any) -> tuple[Any, Any]:
    """The number of a Value that a node notes, or None; and those of its inputs, where it notes them."""
    note = getattr(node, "note", None)
    return note if isinstance(note, tuple) else (note, ())


def tensor_of(node: Any) -> Any:
    """The tensor that a node belongs to, if it is known and still alive; of a Value that is gone, its number."""
    variable = getattr(node, "variable", None)
    tensor = None if variable is None else variable()
    return noted(node)[0] if tensor is None else tensor


def inputs(node: Any) -> Iterator[tuple[int, str, Any, Any]]:
    """For each input of a node: its position, its name in the rules, the node it came from and its value, or None."""
    op, facts, edges = node.op, known(node), dict(zip(node.needed, node.edges, strict=True))
    count = len(op.inputs) or max(len(facts.get("xs", ())), max(edges) + 1)
    for i in range(count):
        name = op.inputs[i] if op.inputs else f"x{i}"
        yield i, name, edges.get(i), facts.get(name)


def options(node: Any) -> dict[str, Any]:
    """Those options of a node's op that are known, and short enough to be written beside it."""
    facts = known(node)
    shown = {name: facts[name] for name in node.op.options if type(facts.get(name)) in (int, float, str, tuple)}
    return {name: value for name, value in shown.items() if len(str(value)) < 16}


def values(nodes: Iterable[Any]) -> dict[Any, Any]:
    """The value of each node's result, as far as some rule has saved it."""
    found: dict[Any, Any] = {}
    for node in nodes:
        if node.op is not None:
            given = [(edge, value) for _, _, edge, value in inputs(node)] + [(node, known(node).get("out"))]
            found |= {edge: value for edge, value in given if edge is not None and value is not None}
    return found


def keeps_gradient(node: Any) -> bool:
    """Whether backward leaves a gradient here: on leaves, on every Value, and where retain_grad() asked for it."""
    return node.op is None or (node.hooks is not None and bool(node.hooks.retain))
