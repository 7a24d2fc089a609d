"""Leaves that the walk is to reach early: each as soon as its gradient is complete, not after all nodes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from .engine import node_of

if TYPE_CHECKING:
    from ..tensors.tensor import Tensor


def hasten(roots: Iterable[Tensor], leaves: Iterable[Tensor]) -> list[bool]:
    """Let the next walk from `roots` reach each of `leaves` right after the last node that its gradient comes from.

    Their hooks are then called while the rest of the walk is still to come. It holds for the walk that is about to
    start: call it in `backward_started` (see `observe`), before every one. Returns which of the leaves are reached.
    """
    wanted: dict[Any, float] = {node_of(leaf): 0 for leaf in leaves}
    for leaf in wanted:
        leaf.stamp = 0
    met = {node for root in roots if (node := node_of(root)) is not None}
    stack, reached = list(met), met.intersection(wanted)
    while stack:
        node = stack.pop()
        for edge in node.edges:
            if edge in wanted:
                reached.add(edge)
                edge.stamp = min(edge.stamp or node.stamp, node.stamp - 0.5)
            elif edge not in met:
                met.add(edge)
                stack.append(edge)
    return [leaf in reached for leaf in wanted]
