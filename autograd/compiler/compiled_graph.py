"""The one node of the graph that a compiled forward pass leaves: its rule is the compiled backward pass."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator
from copy import copy
from typing import Any

from ..core.engine import Node, Traced, record
from ..core.ops import Op, Plan
from ..core.quiet import run_quietly
from .capture import Backward


def compiled_function(*xs: Any) -> Any:
    """What the op of such a node is called by."""
    raise NotImplementedError


OP = Op(compiled_function, lambda g: g, variadic=True, name="compiled")


class CompiledPlan(Plan):
    """The plan of a compiled forward pass: one gradient for each tensor that it leads to."""

    whole = frees = gaps = True

    def __init__(self, backward: Backward | None, targets: int, back_end: Callable[[Any], Any]) -> None:
        self.op, self.needed = OP, list(range(targets))
        self.chosen = self.needed
        self.reads = [f"saved_{i}" for i in range(len(backward.saved))] if backward else ["saved"]
        self.program: Any = back_end(backward.program) if backward else None

    def pull(self, g: Any, *saved: Any) -> Any:
        """The gradients, by the program; raises RuntimeError when they are to be differentiated again."""
        if isinstance(g, Traced):
            raise _first_order_only()
        found = run_quietly(self.program, *saved, g)
        return found if self.chosen is self.needed else [found[i] for i in self.chosen]

    pull_wide = pull

    def part(self, node: Any, useful: Container[Any]) -> tuple[Plan, list[Any], list[Any]]:
        """The plan for those edges that are `useful`."""
        part = copy(self)
        part.chosen = [i for i, edge in zip(self.chosen, node.edges, strict=True) if edge in useful]
        part.needed = list(part.chosen)
        return part, [edge for edge in node.edges if edge in useful], node.saved

    def tensors(self, node: Node, saved: Iterable[Any], wrap: Callable[[Any, Any], Any]) -> Iterator[Any]:
        """Raises RuntimeError: what is compiled has first derivatives only."""
        raise _first_order_only()

    def node(self, edges: tuple[Any, ...], saved: Any, out: Any) -> Node:
        """The node of the output `out`; without `saved`, of one that backward has been through."""
        return record(self, edges, saved, [], out, None)


def _first_order_only() -> RuntimeError:
    return RuntimeError(
        "a compiled function has first derivatives only (create_graph=True): differentiate the function itself, or "
        "compile one that computes the derivatives"
    )
