"""Nodes that do not hold what their rules read, but know where it is to be had when backward comes to them."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator
from typing import Any

from .engine import Node, new
from .ops import Plan

Fetch = Callable[[], tuple[Any, ...]]


def defer(node: Node, fetch: Fetch) -> None:
    """Let `node` hold `fetch` instead of its values: a function that gives them when backward asks."""
    plan = node.plan
    node.plan, node.saved = DEFERRED.get(plan) or Deferred(plan), (fetch,)
    if type(plan) is Plan:  # which stays
        DEFERRED[plan] = node.plan


class Deferred(Plan):
    """The plan of a node that holds, instead of what it saved, a function that gives it."""

    frees = True

    def __init__(self, plan: Plan) -> None:
        self.plan, self.op, self.needed, self.whole = plan, plan.op, plan.needed, plan.whole
        self.reads = ["fetch"]
        self.gaps = getattr(plan, "gaps", False)

    def pull(self, g: Any, fetch: Fetch) -> Any:
        """The gradients, by the plan of the node, of the values that are fetched now."""
        return self.plan.pull(g, *fetch())

    def part(self, node: Node, useful: Container[Any]) -> tuple[Plan, list[Any], list[Any]]:
        """As `Plan.part`, of the node as it was."""
        whole = new(Node)
        (fetch,) = node.saved
        whole.plan, whole.edges, whole.saved = self.plan, node.edges, fetch()
        return self.plan.part(whole, useful)

    def tensors(self, node: Node, saved: Iterable[Any], wrap: Callable[[Any, Any], Any]) -> Iterator[Any]:
        """A function that gives what was saved, joined to the nodes that it belongs to."""
        (fetch,) = saved
        yield lambda: self.plan.tensors(node, fetch(), wrap)


DEFERRED: dict[Plan, Deferred] = {}  # by the plan of an op
