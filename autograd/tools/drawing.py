"""The graph as a picture: every value and its gradient in a box, on every edge the rule that brings the gradient back.

It looks at the graph from outside and changes nothing.
"""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..core.dtypes import is_floating
from ..core.engine import node_of, reachable
from ..core.errors import describe
from ..tensors.printing import formatter
from ..tensors.tensor import Tensor
from ..tensors.tensor_base import labels
from .rule_text import rule_text

if TYPE_CHECKING:
    from .render import Drawing

SANS, MONO = "Helvetica,Arial,DejaVu Sans,sans-serif", "Menlo,Consolas,DejaVu Sans Mono,monospace"
INK, RED, BLUE, GREY, LINE, PAPER = "#22303c", "#b8452f", "#2f5d8a", "#7d838c", "#c3c9d1", "#fdfcfa"
BOXES = {  # fill, border, its width
    "leaf": ("#fdf1d8", "#d9a441", 1),
    "result": ("#ffffff", LINE, 1),
    "root": ("#e3edf7", BLUE, 2),
    "data": ("#f4f4f1", LINE, 1),
}
SIGNS = {"add": "+", "sub": "−", "mul": "×", "div": "÷", "pow": "**", "matmul": "@"}
CAPTION = (
    "Gradients flow back by the rule on each edge:",
    "from g, that of an op's result, to dx, dy, … of its inputs.",
)
FULL = 12  # elements of the largest tensor that is written out


def draw(
    root: Tensor | Sequence[Tensor], *, direction: str = "LR", limit: int = 300, rules: bool = True, **names: Any
) -> Drawing:
    """A picture of the graph that computed `root`.

    An edge says what comes back along it: `dx = g * y` is the gradient of an op's first input, g that of its result. A
    value is shown where it is still known: for every Value, for what the rules have saved (until backward frees it),
    for the root, the leaves, and the tensors in `names`. A gradient that has not been computed reads "not yet", which
    is not 0.

    Args:
        root: the result, or several.
        direction: "LR", from left to right, or "TB", from top to bottom.
        limit: a graph with more ops and leaves is not drawn but summed up: how often each op occurs.
        rules: whether the edges carry their rules.
        names: tensors by the name to show (`x=x`), or modules, for the names of their parameters (`net=net`).

    Raises:
        TypeError: a root or a name that is not a tensor.
        ValueError: no root, a root without a graph, or an unknown direction.
    """
    if direction not in ("LR", "TB"):
        raise ValueError(f"direction: expected 'LR' (left to right) or 'TB' (top to bottom), got {direction!r}")
    roots: list[Any] = list(root) if isinstance(root, list | tuple) else [root]
    if not roots:
        raise ValueError("draw: nothing to draw, the list of roots is empty")
    for tensor in roots:
        if not isinstance(tensor, Tensor):
            raise TypeError(f"draw: expected a Tensor, a Value or a list of them, got {type(tensor).__name__}")
        if node_of(tensor) is None:
            raise ValueError(
                f"draw: there is no graph behind this {describe(tensor)}: nothing that it was computed from has "
                "requires_grad=True, or it was computed under no_grad(), or detached"
            )
    from .render import Drawing

    picture = _Picture(roots, dict(_flat(names)), direction)
    ops = sum(node.op is not None for node in picture.nodes)
    leaves = len(picture.nodes) - ops
    about = f"{ops:,} op{'s' * (ops != 1)} and {leaves:,} {'leaf' if leaves == 1 else 'leaves'}"
    if len(picture.nodes) > limit:
        picture.tally(about, limit)
    else:
        picture.draw(rules)
    return Drawing(picture.dot.source, f"<drawing of {about}>")


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


def _flat(names: dict[str, Any]) -> Iterator[tuple[str, Tensor]]:
    for name, value in names.items():
        if isinstance(value, Tensor):
            yield name, value
        elif hasattr(value, "named_parameters"):
            yield from ((f"{name}.{inner}", p) for inner, p in value.named_parameters())
        else:
            raise TypeError(f"draw: {name} is a {type(value).__name__}, expected a tensor to name, or a module")


class _Picture:
    """What is known about the nodes below some roots, and the DOT text that shows it."""

    def __init__(self, roots: list[Tensor], tensors: dict[str, Tensor], direction: str) -> None:
        from graphviz import Digraph

        self.dot = Digraph("autograd")
        self.dot.attr(rankdir=direction, bgcolor=PAPER, pad="0.3", nodesep="0.2", ranksep="0.22")
        self.dot.attr("node", shape="plain", fontname=SANS)
        self.dot.attr("edge", color=INK, penwidth="0.9", arrowsize="0.6")
        self.sides = ("w", "e") if direction == "LR" else ("n", "s")
        self.roots = {node_of(tensor) for tensor in roots}
        self.nodes = below(node_of(tensor) for tensor in roots)
        self.ids = {node: f"v{i}" for i, node in enumerate(self.nodes)}
        self.tensors = {node_of(tensor): tensor for tensor in [*roots, *tensors.values()]}
        self.names = {node_of(tensor): name for name, tensor in tensors.items()}
        self.data = {id(tensor._data): name for name, tensor in tensors.items()}

    def draw(self, rules: bool) -> None:
        """Every value as a box, and before it, joined to it, the op that made it."""
        values: dict[Any, Any] = {}
        for node in self.nodes:
            if node.op is not None:
                found = [(edge, value) for _, _, edge, value in inputs(node)] + [(node, known(node).get("out"))]
                values |= {edge: value for edge, value in found if edge is not None and value is not None}
        for node in self.nodes:
            tensor = self.tensors.get(node, tensor_of(node))
            name: Any = self.names.get(node) or labels.get(node) or getattr(tensor, "label", "")
            kind = "root" if node in self.roots else "leaf" if node.op is None else "result"
            value = values.get(node) if tensor is None else tensor
            self.dot.node(self.ids[node], box(kind, name, describe(node), value, gradient(node)))
            if node.op is not None:
                self.op(node, rules)
        if rules:
            lines = (font(line, GREY, 9) + '<br align="left"/>' for line in CAPTION)
            self.dot.attr(label=f"<{''.join(lines)}>", labeljust="l")

    def op(self, node: Any, rules: bool) -> None:
        """The op of a node; what goes into it; and on each way in, the rule for the way back."""
        op, facts, me = node.op, known(node), f"{self.ids[node]}_op"
        options = {name: facts[name] for name in op.options if type(facts.get(name)) in (int, float, str, tuple)}
        small = [font(f"{name}={value}", "white", 8) for name, value in options.items() if len(str(value)) < 16]
        if op.name in SIGNS:
            style = {"shape": "circle", "style": "filled", "width": "0.36", "fixedsize": "true"}
        else:
            style = {"shape": "box", "style": "rounded,filled", "height": "0.3", "margin": "0.1,0.05"}
        sign = font(SIGNS.get(op.name, op.name), "white", 14 if op.name in SIGNS else 11, tag="b")
        self.dot.node(me, f"<{'<br/>'.join([sign, *small])}>", fillcolor=INK, color=INK, ordering="in", **style)
        self.dot.edge(me, self.ids[node])
        for i, name, edge, value in inputs(node):
            way = f"{me}_{name}"
            if edge is not None and rules:
                self.dot.node(way, rule(node, i, name, edge), shape="none", margin="0.05,0.02", width="0", height="0")
                self.dot.edge(self.ids[edge], f"{way}:{self.sides[0]}", arrowhead="none")
                self.dot.edge(f"{way}:{self.sides[1]}", me)
            elif edge is not None:
                self.dot.edge(self.ids[edge], me)
            elif value is not None or len(op.inputs) == 2:
                self.dot.node(way, self.constant(value))
                self.dot.edge(way, me, color=LINE)

    def constant(self, value: Any) -> str:
        """An input that wants no gradient."""
        if value is None:
            return f"<{font('constant', GREY, 9, tag='i')}>"
        if not np.ndim(value):
            return f"<{font(f'{float(value):.6g}', GREY, 11, MONO)}>"
        return box("data", self.data.get(id(value), ""), describe(value), value, [])

    def tally(self, about: str, limit: int) -> None:
        """In place of a graph that is too large to look at: how often each op occurs."""
        counts = Counter(node.op.name for node in self.nodes if node.op is not None).most_common()
        hint = f"more than limit={limit}: counted, not drawn"
        rows = [[font(about, size=14, tag="b")], [font(hint, GREY, 9, tag="i")]]
        for name, count in counts:
            width = max(2, 200 * count // counts[0][1])
            bar = f'<td bgcolor="{BLUE}" width="{width}" height="11" fixedsize="true"></td>'
            bar = f'<table border="0" cellborder="0"><tr>{bar}<td>{font(f" {count:,}")}</td></tr></table>'
            rows.append([font(name, size=11), bar])
        self.dot.node("tally", table("result", rows))


def gradient(node: Any) -> list[str]:
    """The lines of the gradient, as far as it is there; none if none is kept."""
    if node.grad is not None:
        return [font(line, RED, face=MONO) for line in text(node.grad)]
    kept = node.op is None or (node.hooks is not None and node.hooks.retain)
    return [font("not yet", GREY, 9, tag="i")] if kept else []


def rule(node: Any, i: int, name: str, edge: Any) -> str:
    """The label on the edge from `edge`, the i-th input, into a node."""
    op = node.op
    expression, about = rule_text(op, i)
    label = [font(line, RED, 9, MONO) for line in textwrap.wrap(f"d{name} = {expression}", 38)]
    label += [font(line, GREY, 9, tag="i") for line in textwrap.wrap(about, 40)]
    elementwise = isinstance(op.key, np.ufunc) and not op.key.signature
    if edge.shape != node.shape and (elementwise or expression == "g"):
        label.append(font(f"summed to {list(edge.shape) or 'one number'}", GREY, 9, tag="i"))
    return f"<{'<br/>'.join(label)}>"


def text(value: Any) -> list[str]:
    """A value in a few lines: in full if it is small, else its range and mean."""
    a = np.asarray(value._data if isinstance(value, Tensor) else value)
    if not a.ndim and is_floating(a.dtype):
        plain = not np.isfinite(a) or a == 0 or 1e-4 <= abs(a) < 1e6
        return [f"{a:.4f}" if plain else f"{a:.3e}"]
    if a.size <= FULL:
        written = np.array2string(a, separator=" ", formatter={"all": formatter(a)}, max_line_width=36)
        return [line for line in written.split("\n") if line]
    fine = a[np.isfinite(a)]
    told = [f"{fine.min():.3g} … {fine.max():.3g}, mean {fine.mean():.3g}"] if fine.size else []
    return told + [f"{a.size - fine.size:,} nan or inf"] * (fine.size < a.size)


# -- Graphviz's HTML-like labels --------------------------------------------------------------------------------------


def font(text: str, color: str = INK, size: float = 10, face: str = SANS, tag: str = "") -> str:
    """`text` in a style; `tag` is b or i."""
    text = "".join(c if c.isprintable() else " " for c in text)
    for c, entity in {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\\": "\\\\"}.items():
        text = text.replace(c, entity)
    text = f"<{tag}>{text}</{tag}>" if tag else text
    return f'<font face="{face}" color="{color}" point-size="{size}">{text}</font>'


def box(kind: str, name: str, type: str, value: Any, grad: list[str]) -> str:
    """Name and type, value, gradient; the type of a plain number is left out."""
    head = [font(name, size=12, tag="b")] * bool(name) + [font(type, GREY, 9)] * (type != "float64[]")
    rows = [["&nbsp; ".join(head)]] if head else []
    if value is not None:
        rows.append([font("data", GREY, 9), "<br/>".join(font(line, face=MONO) for line in text(value))])
    if grad:
        rows.append([font("grad", RED, 9), "<br/>".join(grad)])
    return table(kind, rows or [["&nbsp;"]])


def table(kind: str, rows: list[list[str]]) -> str:
    """A box with rounded corners; a row of one cell spans both columns."""
    fill, color, border = BOXES[kind]
    lines = ""
    for row in rows:
        cells = (f'<td align="left" balign="left" colspan="{3 - len(row)}">{cell}</td>' for cell in row)
        lines += f"<tr>{''.join(cells)}</tr>"
    return (
        f'<<table border="{border}" cellborder="0" cellspacing="0" cellpadding="3" style="rounded" bgcolor="{fill}" '
        f'color="{color}">{lines}</table>>'
    )
