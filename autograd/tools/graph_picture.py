"""What every drawing of a graph has: nested boxes for modules, edges, named inputs, a caption; as DOT text."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..core.engine import node_of
from ..core.errors import describe
from ..tensors.tensor_base import labels
from .blocks import Block, drawn, representatives
from .dot_labels import (
    FAULT,
    GAP,
    GREY,
    GROUP,
    INK,
    LINE,
    MONO,
    PAPER,
    RED,
    SANS,
    box,
    bytes_text,
    card,
    font,
    gradient_lines,
    plural,
    small,
)
from .graph_facts import inputs, keeps_gradient, tensor_of
from .rule_text import rule_text
from .saved_memory import memory_of_leaves, size

if TYPE_CHECKING:
    from .failed_forward import Failure


class Known:
    """The nodes below some roots, and what they are called: by the tensors that were named, and the modules."""

    def __init__(
        self, nodes: Sequence[Any], roots: Sequence[Any], tensors: Mapping[str, Any], parameters: Mapping[str, Any]
    ) -> None:
        self.nodes = nodes
        self.leaves = [node for node in nodes if node.op is None]
        self.ops = [node for node in nodes if node.op is not None]
        self.roots = {node_of(tensor) for tensor in roots}
        self.given = dict(tensors)
        everything = {**parameters, **tensors}
        self.tensors = {node_of(t): t for t in [*roots, *everything.values()] if node_of(t) is not None}
        self.names = {node_of(t): name for name, t in everything.items() if node_of(t) is not None}
        self.parameters = {node_of(t) for t in parameters.values()} - {node_of(t) for t in tensors.values()}
        self.data = {id(tensor._data): name for name, tensor in everything.items()}
        self.held = memory_of_leaves(self.leaves)

    def tensor(self, node: Any) -> Any:
        return self.tensors.get(node, tensor_of(node))

    def name(self, node: Any) -> str:
        return str(self.names.get(node) or labels.get(node) or getattr(self.tensor(node), "label", "") or "")

    def about(self) -> str:
        return f"{plural(len(self.ops), 'op')} and {plural(len(self.leaves), 'leaf', 'leaves')}"


class Picture:
    """A graph in blocks, and the DOT text that shows it. Subclasses say how an op is drawn, and what leads to it."""

    caption: tuple[str, ...] = ()

    def __init__(self, known: Known, block: Block, direction: str, rules: bool) -> None:
        from graphviz import Digraph

        self.known, self.block, self.rules = known, block, rules
        self.dot = Digraph("autograd")
        self.dot.attr(rankdir=direction, bgcolor=PAPER, pad="0.3", nodesep="0.2", ranksep="0.22")
        self.dot.attr("node", shape="plain", fontname=SANS)
        self.dot.attr("edge", color=INK, penwidth="0.9", arrowsize="0.6")
        self.sides = ("w", "e") if direction == "LR" else ("n", "s")
        self.stand = dict(representatives(block)) | {leaf: leaf for leaf in known.leaves}
        self.ids: dict[Any, str] = {}
        self.placed: set[Any] = set()
        self.edges: dict[tuple[str, str], dict[str, str]] = {}
        self.groups = 0

    def id(self, node: Any) -> str:
        """The name in the DOT text of what stands for a node."""
        return self.ids.setdefault(self.stand.get(node, node), f"v{len(self.ids)}")

    def draw(self, failure: Failure | None = None) -> str:
        """The DOT text."""
        self.place(self.block, self.dot, None)
        named = {node_of(tensor) for tensor in self.known.given.values()}
        for leaf in self.known.leaves:
            if leaf in self.known.roots or leaf in named:
                self.leaf(leaf, self.dot)
        if failure:
            self.fault(failure)
        self.lone()
        for (a, b), look in self.edges.items():
            self.dot.edge(a, b, **look)
        self.write_caption(self.notes())
        return str(self.dot.source)

    def place(self, block: Block, into: Any, caller: Block | None) -> None:
        """The items of a block, in the boxes of the modules inside it."""
        for item in block.items:
            if not isinstance(item, Block):
                self.op(item, into, caller)
            elif item.closed:
                into.node(self.id(next(iter(item.nodes))), self.module(item))
                self.into_module(item, into)
            elif item.times == 1 and single(item):
                self.place(item, into, item)
            else:
                self.groups += 1
                with into.subgraph(name=f"cluster_{self.groups}") as group:
                    style = {"style": "rounded,filled" if item.call else "rounded,dashed", "fillcolor": GROUP}
                    group.attr(label=self.heading(item), labeljust="l", color=LINE, margin="10", **style)
                    self.place(only_module(item) or item, group, None)

    def op(self, node: Any, into: Any, caller: Block | None) -> None:
        raise NotImplementedError

    def into_module(self, block: Block, into: Any) -> None:
        """The edges into a module that is drawn as one box."""
        for node in block.nodes:
            for edge in node.edges:
                if edge not in self.known.parameters and self.stand.get(edge) is not block:
                    self.leaf(edge, into)
                    self.edge(edge, node)
            for _, _, edge, given in inputs(node):
                if edge is None and np.ndim(given) and id(given) in self.known.data:
                    self.data(given, self.id(node))

    def data(self, value: Any, reader: str) -> None:
        """The edge from a named input that wants no gradient; its box stands outside of all modules, once."""
        name = f"data_{list(self.known.data).index(id(value))}"
        if id(value) not in self.placed:
            self.dot.node(name, self.constant(value))
        self.edges[name, reader] = {"color": LINE}

    def edge(self, start: Any, end: Any, **look: str) -> None:
        """An edge from what stands for one node to what stands for the other; one edge, however many there are."""
        self.edges.setdefault((self.id(start), self.id(end)), look)

    def leaf(self, node: Any, into: Any) -> None:
        """The box of a leaf, once."""
        if node.op is None and node not in self.placed:
            self.placed.add(node)
            tensor = self.known.tensor(node)
            grad = gradient_lines(node.grad, kept=True)
            kind = "root" if node in self.known.roots else "leaf"
            into.node(self.id(node), box(kind, self.known.name(node), describe(node), tensor, grad))

    # -- modules ------------------------------------------------------------------------------------------------------

    def heading(self, block: Block) -> str:
        """The title of a box with a module, or with what was folded."""
        title = font(block.title, size=12, tag="b")
        return f"<{GAP.join([title, *map(small, self.facts(block))])}>"

    def module(self, block: Block) -> str:
        """The box of a module that is not opened."""
        last = list(block.nodes)[-1]
        lines = [small(text) for text in self.facts(block)]
        return card("result", block.title, describe(last), lines)

    def facts(self, block: Block) -> list[str]:
        """Where a module is, how many parameters it has, and what its ops keep in memory."""
        ops = list(block.nodes)
        leaves = {edge for node in ops for edge in node.edges if edge in self.known.parameters}
        count = block.call.parameters if block.call else sum(int(np.prod(leaf.shape)) for leaf in leaves)
        saved = size(ops, self.known.held)
        facts = [block.path] * (block.path not in ("", block.title))
        facts += [plural(count, "parameter")] * (count > 0)
        facts += [plural(len(ops), "op")] * block.closed
        return facts + [f"saves {bytes_text(saved)}"] * (saved > 0)

    # -- beside the graph ---------------------------------------------------------------------------------------------

    def lone(self) -> None:
        """Those named tensors that nothing leads to, as boxes by themselves."""
        for name, tensor in self.known.given.items():
            node = node_of(tensor)
            shown = node in self.stand if node is not None else id(tensor._data) in self.placed
            if not shown:
                self.placed.add(id(tensor._data))
                self.dot.node(f"lone_{len(self.placed)}", box("data", name, describe(tensor), tensor, []))

    def constant(self, value: Any) -> str:
        """An input that wants no gradient."""
        if value is None:
            return f"<{small('constant')}>"
        if not np.ndim(value):
            self.placed.add(id(value))
            return f"<{font(f'{float(value):.6g}', GREY, 11, MONO)}>"
        self.placed.add(id(value))
        return box("data", self.known.data.get(id(value), ""), describe(value), value, [])

    def fault(self, failure: Failure) -> None:
        """The op that failed, in red, with what it was given."""
        self.dot.node("fault", fault_card(failure))
        for name, value in failure.inputs:
            node = node_of(value) if hasattr(value, "_node") else None
            if node is not None:
                self.leaf(node, self.dot)
                self.edges[self.id(node), "fault"] = {"color": FAULT}
            elif hasattr(value, "_data"):
                self.dot.node(f"given_{name}", self.constant(value._data))
                self.edges[f"given_{name}", "fault"] = {"color": FAULT}

    def notes(self) -> list[str]:
        """What the caption says beside how to read the picture."""
        shown = list(drawn(self.block))
        folded = len(self.known.ops) - len([item for item in shown if not isinstance(item, Block)])
        return [f"{self.known.about()}, folded into {plural(len(shown), 'box', 'boxes')}."] * (folded > 0)

    def write_caption(self, notes: Iterable[str]) -> None:
        lines = [*(self.caption if self.rules and self.known.ops else ()), *notes]
        if lines:
            text = "".join(font(line, GREY, 9) + '<br align="left"/>' for line in lines)
            self.dot.attr(label=f"<{text}>", labeljust="l")


def fault_card(failure: Failure) -> str:
    """The box of the op that failed: what it was given, and the message."""
    lines = [small(failure.where)] * bool(failure.where)
    for name, value in failure.inputs:
        lines.append(f"{font(name, size=10, tag='b')}{GAP}{font(describe(value), face=MONO)}")
    lines += [font(line, RED, 9) for line in textwrap.wrap(failure.message, 60, max_lines=8, placeholder=" …")]
    return card("fault", f"{failure.op} failed", "", lines)


def single(block: Block) -> bool:
    """Whether one op is all that is drawn of a block: it then needs no box around it."""
    shown = list(drawn(block))
    return len(shown) == 1 and not isinstance(shown[0], Block)


def only_module(block: Block) -> Block | None:
    """The module that alone is repeated in a fold, and needs no box inside that of the fold."""
    (item,) = block.items if len(block.items) == 1 else (None,)
    return item if block.times > 1 and isinstance(item, Block) and not item.closed else None


def rule_lines(node: Any, i: int, name: str, edge: Any, width: int = 38) -> list[tuple[str, bool]]:
    """What comes back to the i-th input of a node, in lines: the formula, then remarks, of which True tells."""
    op = node.op
    expression, about = rule_text(op, i)
    lines = [(line, False) for line in textwrap.wrap(f"d{name} = {expression}", width)]
    lines += [(line, True) for line in textwrap.wrap(about, width + 2)]
    elementwise = isinstance(op.key, np.ufunc) and not op.key.signature
    if edge.shape != node.shape and (elementwise or expression == "g"):
        lines.append((f"summed to {list(edge.shape) or 'one number'}", True))
    return lines


def gradient(node: Any) -> list[str]:
    """The lines of a node's gradient."""
    return gradient_lines(node.grad, keeps_gradient(node))
