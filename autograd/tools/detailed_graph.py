"""A small graph in full: every value and its gradient in a box, every op a node, on every edge the rule."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from ..core.errors import describe
from .blocks import Block
from .dot_labels import LINE, MONO, OP, RED, box, font, small
from .graph_facts import inputs, options, values
from .graph_picture import Known, Picture, gradient, rule_lines

SIGNS = {"add": "+", "sub": "−", "mul": "×", "div": "÷", "pow": "**", "matmul": "@"}
EM = 5.9  # points that a character is wide


class DetailedGraph(Picture):
    """A graph whose values have boxes of their own."""

    caption = (
        "Gradients flow back by the rule on each edge:",
        "from g, that of an op's result, to dx, dy, … of its inputs.",
    )

    @cached_property
    def values(self) -> dict[Any, Any]:
        return values(self.known.nodes)

    def op(self, node: Any, into: Any, caller: Block | None) -> None:
        """The op of a node and the box of its value; what goes into it; on each way in, the rule for the way back."""
        for edge in node.edges:
            self.leaf(edge, into if edge in self.known.parameters else self.dot)
        tensor = self.known.tensor(node)
        value = self.values.get(node) if tensor is None else tensor
        kind = "root" if node in self.known.roots else "result"
        into.node(self.id(node), box(kind, self.known.name(node), describe(node), value, gradient(node)))
        me = f"{self.id(node)}_op"
        into.node(me, self.sign(node, caller), fillcolor=OP, color=OP, ordering="in", **self.shape(node))
        self.dot.edge(me, self.id(node))
        for i, name, edge, given in inputs(node):
            way = f"{me}_{name}"
            if edge is not None and self.rules:
                into.node(way, rule(node, i, name, edge), shape="none", margin="0.05,0.02", width="0", height="0")
                self.dot.edge(self.id(edge), f"{way}:{self.sides[0]}", arrowhead="none")
                self.dot.edge(f"{way}:{self.sides[1]}", me)
            elif edge is not None:
                self.dot.edge(self.id(edge), me)
            elif given is not None or len(node.op.inputs) == 2:
                self.dot.node(way, self.constant(given))
                self.dot.edge(way, me, color=LINE, minlen="3" if self.groups and id(given) in self.known.data else "1")

    def shape(self, node: Any) -> dict[str, str]:
        if node.op.name in SIGNS:
            return {"shape": "circle", "style": "filled", "width": "0.36", "fixedsize": "true"}
        return {"shape": "box", "style": "rounded,filled", "height": "0.3", "margin": "0.1,0.05"}

    def sign(self, node: Any, caller: Block | None) -> str:
        """The name of an op, its options, and the module that it alone is."""
        name = node.op.name
        lines = [font(SIGNS.get(name, name), "white", 14 if name in SIGNS else 11, tag="b")]
        if name not in SIGNS:
            lines += [small(caller.path, "white")] if caller else []
            lines += [font(f"{option}={value}", "white", 8) for option, value in options(node).items()]
        return f"<{'<br/>'.join(lines)}>"


def rule(node: Any, i: int, name: str, edge: Any) -> str:
    """The label on the edge from `edge`, the i-th input, into a node."""
    lines = rule_lines(node, i, name, edge)
    return f"<{'<br/>'.join(small(line) if remark else font(line, RED, 9, MONO) for line, remark in lines)}>"


def length(facts: Known, rules: bool) -> float:
    """How long a drawing from left to right is, about, in points: along the chain of ops that is longest."""
    ends: dict[Any, float] = {}
    for node in facts.nodes:
        if node.op is None:
            ends[node] = 190 if node.shape else 85
            continue
        widths = [0.0]
        for i, name, edge, _ in inputs(node):
            if edge is not None:
                lines = rule_lines(node, i, name, edge) if rules else []
                widths.append(ends[edge] + EM * max((len(line) for line, _ in lines), default=0) + 30)
        ends[node] = (
            max(widths) + (40 if node.op.name in SIGNS else 30 + EM * len(node.op.name)) + (190 if node.shape else 85)
        )
    return max(ends.values(), default=0)
