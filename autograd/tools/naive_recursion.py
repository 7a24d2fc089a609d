"""What a recursion would make of a graph that does not wait: the mistake that a topological order is there to avoid."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from ..core.engine import fit
from .array_summary import Summary

VISITS = 2000  # the paths of a graph may be more than anybody can walk
ELEMENTS = 10_000  # of all gradients together


def naive(nodes: list[Any], seed: Any) -> dict[Any, Summary]:
    """The gradients of the leaves, if each node passed on what it has whenever something comes to it.

        def backward(node, g):
            node.grad += g
            for x in the inputs of the node:
                backward(x, the rule for x, given node.grad)

    A node that is reached along two paths so passes on the first contribution twice. `nodes` begin with the root,
    `seed` is its gradient. Empty for a graph that is large, that has very many paths, or that has rules from outside.
    """
    if sum(prod(node.shape) for node in nodes) > ELEMENTS or any(node.edges and node.op.foreign for node in nodes):
        return {}
    sums: dict[Any, Any] = {}
    stack, visits = [(nodes[0], seed)], 0
    while stack:
        node, g = stack.pop()
        visits += 1
        if visits > VISITS:
            return {}
        sums[node] = sums[node] + g if node in sums else g
        if node.edges:
            with np.errstate(all="ignore"):
                pulled = node.plan.pull(sums[node], *node.saved)
            edges = list(zip(node.edges, pulled, strict=True))
            stack += [(edge, fit(r, edge, node.op)) for edge, r in reversed(edges)]
    return {node: Summary(total) for node, total in sums.items() if not node.edges}
