"""Nodes that do not hold what their rules read, but know where it is to be had when backward comes to them."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator
from typing import Any

from .engine import Node, new
from .ops import Plan


class Deferred(Plan):
    """The plan of a node in whose `saved` stands a place, from which `fetch` gets what stood there."""

    frees = True

    def __init__(self, plan: Plan, fetch: Callable[[Any], tuple[Any, ...]]) -> None:
        self.plan, self.fetch = plan, fetch
        self.op, self.needed, self.whole = plan.op, plan.needed, plan.whole
        self.reads = ["place"]
        self.gaps = getattr(plan, "gaps", False)

    def pull(self, g: Any, saved: Any) -> Any:
        """What the plan of the node makes of `saved`: a place, or the values themselves, from `tensors`."""
        return self.plan.pull(g, *(saved if type(saved) is _Values else self.fetch(saved)))

    def part(self, node: Node, useful: Container[Any]) -> tuple[Plan, list[Any], list[Any]]:
        """As `Plan.part`, of the node as it was."""
        whole = new(Node)
        whole.plan, whole.edges, whole.saved = self.plan, node.edges, self.fetch(*node.saved)
        return self.plan.part(whole, useful)

    def tensors(self, node: Node, saved: Iterable[Any], wrap: Callable[[Any, Any], Any]) -> Iterator[Any]:
        """What was saved, joined to the nodes that it belongs to: one value, which holds them all."""
        yield _Values(self.plan.tensors(node, self.fetch(*saved), wrap))


class _Values(tuple[Any, ...]):
    """The values that a rule reads, where a place might stand."""


def defer(node: Node, place: Any, fetch: Callable[[Any], tuple[Any, ...]]) -> None:
    """Let `node` hold `place` instead of its values: `fetch(place)` must give them when backward asks."""
    node.plan, node.saved = Deferred(node.plan, fetch), (place,)
