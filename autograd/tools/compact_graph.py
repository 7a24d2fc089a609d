"""A larger graph: every op is one box, with its rules, its parameters and what it keeps in memory."""

from __future__ import annotations

from collections import Counter
from functools import cached_property
from typing import Any

import numpy as np

from ..core.errors import describe
from .blocks import Block
from .dot_labels import GAP, GREY, MONO, RED, bytes_text, card, font, small, text, value_rows
from .graph_facts import inputs, known, options
from .graph_picture import Picture, gradient, rule_lines
from .saved_memory import size


class CompactGraph(Picture):
    """A graph in which ops and their results are one."""

    caption = (
        "Gradients flow back by the rules in each op's box: from g, that of its result, to dx, dy, … of its inputs.",
    )

    @cached_property
    def uses(self) -> Counter[Any]:
        """How many ops read each leaf."""
        return Counter(edge for node in self.known.ops for edge in set(node.edges) if not edge.edges)

    def op(self, node: Any, into: Any, caller: Block | None) -> None:
        kind = "root" if node in self.known.roots else "result"
        lines = self.result(node)
        lines += [small(f"{caller.path} · {caller.title}" if caller.call else caller.path)] if caller else []
        if settings := options(node):
            lines.append(font(", ".join(f"{name}={value}" for name, value in settings.items()), GREY, 9))
        me = self.id(node)
        for i, name, edge, given in inputs(node):
            if edge is not None:
                lines += self.way(node, i, name, edge, into)
            elif given is not None and np.ndim(given) and id(given) in self.known.data:
                self.data(given, me)
            elif given is not None and not np.ndim(given):
                lines.append(font(f"{name} = {float(given):.6g}", GREY, 9, MONO))
        saved = size([node], self.known.held)
        lines += [small(f"saves {bytes_text(saved)}")] * (saved > 64)
        type = describe(node)
        into.node(me, card(kind, node.op.name, type if type != "float64[]" else "", lines))

    def way(self, node: Any, i: int, name: str, edge: Any, into: Any) -> list[str]:
        """The edge from an input, and the lines about it: if it is a leaf of this op alone, the leaf; its rule."""
        lines = [self.line(name, edge)] if self.alone(edge) else []
        if not lines:
            self.leaf(edge, into if edge in self.known.parameters else self.dot)
            self.edge(edge, node)
        for line, remark in rule_lines(node, i, name, edge, 52) if self.rules else ():
            if remark and line.startswith("summed to"):
                lines[-1] += GAP + small(line)
            else:
                lines.append(small(line) if remark else font(line, RED, 9, MONO) + GAP)
        return lines

    def alone(self, node: Any) -> bool:
        """Whether a node is a leaf that only one op reads, and has no name of the user's: it needs no box."""
        named = node in self.known.names and node not in self.known.parameters
        return node.op is None and self.uses[node] == 1 and not named and node not in self.known.roots

    def line(self, name: str, leaf: Any) -> str:
        """A leaf in a line of the op that reads it: name, shape and number of parameters, or value; gradient."""
        tensor, count = self.known.tensor(leaf), int(np.prod(leaf.shape))
        told = f"{list(leaf.shape)} {count:,}" if leaf.shape else " ".join(text(tensor)) if tensor is not None else ""
        title = (self.known.name(leaf) or name).rpartition(".")[2]
        grad = font(text(leaf.grad)[0] if count == 1 else norm(leaf.grad), RED, 9) if leaf.grad is not None else ""
        parts = [
            font(title, size=10, tag="b"),
            font(told, GREY, 9),
            f"{font('grad', RED, 9)} {grad or small('not yet')}",
        ]
        return GAP.join(parts)

    def result(self, node: Any) -> list[str]:
        """The name, the value and the gradient of the root, of numbers, and of what has a name."""
        tensor, name = self.known.tensor(node), self.known.name(node)
        if node not in self.known.roots and not name and node.shape:
            return []
        value = known(node).get("out") if tensor is None else tensor
        rows = [[font(name, size=12, tag="b")]] * bool(name) + value_rows(value, gradient(node))
        return [GAP.join(row) for row in rows]


def norm(grad: Any) -> str:
    """The norm of a gradient, "norm 0.123"."""
    return f"norm {float(np.linalg.norm(np.asarray(getattr(grad, '_data', grad), np.float64).ravel())):.3g}"
