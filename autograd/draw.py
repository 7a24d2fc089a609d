"""The graph as a picture: every value and gradient in a box, on every edge the rule that carries the gradient back.

Looks at the graph from outside and changes nothing. DOT text needs only the `graphviz` package; pictures are made by
pygraphviz, whose wheels carry Graphviz, or by a `dot` on the PATH, in a process of its own that can be stopped.
"""

from __future__ import annotations

import ast
import inspect
import os
import re
import shutil
import subprocess
import sys
import textwrap
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from html import escape
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from .engine import Op
from .errors import describe
from .printing import formatter
from .tensor import Tensor

SANS, MONO = "Helvetica,Arial,DejaVu Sans,sans-serif", "Menlo,Consolas,DejaVu Sans Mono,monospace"
INK, BLUE, RED, GREY, LINE, PAPER = "#22303c", "#2f5d8a", "#b8452f", "#7d838c", "#c3c9d1", "#fdfcfa"
FILLS = {"leaf": ("#fdf1d8", "#d9a441"), "result": ("#ffffff", LINE), "root": ("#e3edf7", BLUE)}
SIGNS = {"add": "+", "sub": "−", "mul": "×", "div": "÷", "pow": "**", "matmul": "@"}
FULL = 12  # elements of the largest tensor that is written out
SECONDS = 60  # that a layout may take
CAPTION = "Each edge brings back a gradient by the rule on it: g is that of the op's result, out; dx that of its input x."
RENDER = """
import sys, pygraphviz
graph = pygraphviz.AGraph(string=sys.stdin.buffer.read().decode())
sys.stdout.buffer.write(graph.draw(format=sys.argv[1], prog="dot"))
"""
FONTS = """<fontconfig><include ignore_missing="yes">/etc/fonts/fonts.conf</include>
<dir>/usr/share/fonts</dir><dir>{}</dir><cachedir>{}</cachedir></fontconfig>"""


def draw(
    root: Tensor | Sequence[Tensor], *, direction: str = "LR", limit: int = 300, rules: bool = True, **names: Any
) -> Drawing:
    """A picture of the graph that computed `root`.

    An edge says what its rule gives back: `dx = g * y` is the gradient of an op's first input, g that of its result.
    A value is shown where it is still known: what the rules have saved (until backward frees it), the root, the leaves
    and the tensors in `names`. A gradient that will be kept but has not been computed reads "not yet", which is not 0.

    Args:
        root: the result, or several.
        direction: "LR", from left to right, or "TB", from top to bottom.
        limit: of a graph of more ops and leaves than this, a summary is drawn: how often each op occurs.
        rules: whether the edges carry their rules.
        names: tensors by the name to show (`x=x`), or modules, for the names of their parameters (`net=net`).

    Raises:
        TypeError: a root or a name that is not a tensor.
        ValueError: a root without a graph, or an unknown direction.
    """
    if direction not in ("LR", "TB"):
        raise ValueError(f"direction: expected 'LR' (left to right) or 'TB' (top to bottom), got {direction!r}")
    roots = [root] if isinstance(root, Tensor) else list(root)
    for tensor in roots:
        if not isinstance(tensor, Tensor):
            raise TypeError(f"draw: expected a Tensor, a Value or a list of them, got {type(tensor).__name__}")
        if tensor._node is None:
            raise ValueError(
                f"draw: there is no graph behind this {describe(tensor)}: nothing that it was computed from has "
                "requires_grad=True, or it was computed under no_grad(), or detached"
            )
    tensors = dict(_flat(names))
    nodes = below(tensor._node for tensor in roots)
    ops = sum(node.plan is not None for node in nodes)
    about = f"<drawing of {ops} ops and {len(nodes) - ops} leaves>"
    dot = canvas(direction)
    if len(nodes) > limit:
        tally(dot, nodes, limit)
    else:
        picture(dot, nodes, roots, tensors, rules)
    return Drawing(dot.source, about)


class Drawing:
    """A picture as DOT text, `source`; shows itself in a notebook, and saves itself."""

    def __init__(self, source: str, about: str) -> None:
        self.source, self._about = source, about

    def svg(self) -> str:
        """The picture as SVG, which shrinks to the width of its page."""
        svg = render(self.source, "svg").decode()
        svg = re.sub(r"<title>.*?</title>\n?", "", svg)  # Graphviz's names of the nodes, that would pop up as tooltips
        return svg.replace("<svg ", '<svg style="max-width: 100%; height: auto" ', 1)

    def png(self, dpi: int = 144) -> bytes:
        """The picture as PNG."""
        return render(self.source.replace("{", f"{{ dpi={dpi}", 1), "png")

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the picture to a file that ends in .svg or .png, or its DOT text to one in .dot or .gv.

        Raises ValueError on another ending; RuntimeError when Graphviz is missing or gives up.
        """
        path = Path(path)
        ways: dict[str, Callable[[], Any]] = {".svg": self.svg, ".png": self.png}
        ways[".dot"] = ways[".gv"] = lambda: self.source
        if path.suffix.lower() not in ways:
            raise ValueError(f"cannot save to {path.name!r}: expected a name that ends in {', '.join(ways)}")
        content = ways[path.suffix.lower()]()
        path.write_bytes(content if isinstance(content, bytes) else content.encode())

    def _repr_svg_(self) -> str:
        return self.svg()

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        try:
            return {"image/svg+xml": self.svg(), "text/plain": self._about}
        except RuntimeError as error:
            return {"text/plain": f"{self._about}: {error}"}

    def __repr__(self) -> str:
        return self._about


# -- what there is to show --------------------------------------------------------------------------------------------


def below(roots: Iterable[Any]) -> list[Any]:
    """The nodes that the roots were computed from, each once, the roots first."""
    found = dict.fromkeys(roots)
    stack = list(found)[::-1]
    while stack:
        for edge in stack.pop().edges:
            if edge not in found:
                found[edge] = None
                stack.append(edge)
    return list(found)


def known(node: Any) -> dict[str, Any]:
    """What is left of the computation at a node, by the names that rules use: x, y, out, an option."""
    saved = dict(zip(node.plan.reads, node.saved or (), strict=False))
    saved |= {f"x{i}": x for i, x in enumerate(saved.pop("xs", ()))}
    return saved | dict(zip([*node.plan.op.inputs, "out"], getattr(node, "numbers", ()), strict=False))


def rule_text(op: Op, i: int) -> tuple[str, str]:
    """The rule of the i-th input, as it stands in the table, and a word about it: a named rule's docstring."""
    rule: Any = op.every or op.rules[0 if op.variadic else i]
    if rule.__name__ != "<lambda>":
        return rule.__name__, (inspect.getdoc(rule) or "").split("\n")[0].removesuffix(".")
    return lambda_text(rule) or f"f({', '.join(inspect.signature(rule).parameters)})", ""


@cache
def lambda_text(function: Callable[..., Any]) -> str:
    """The expression of a lambda, found in its file by where its code stands; empty if the file is not at hand."""
    code = function.__code__
    try:
        text = "".join(inspect.findsource(function)[0])
    except (OSError, TypeError):
        return ""
    for line, last, start, end in code.co_positions():
        if line is None or start is None or (line, start) == (last, end):
            continue
        for body in _lambda_bodies(text):
            if (body.lineno, body.col_offset) <= (line, start) < (body.end_lineno, body.end_col_offset):
                return " ".join((ast.get_source_segment(text, body) or "").split())
    return ""


@cache
def _lambda_bodies(text: str) -> list[Any]:
    return [node.body for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Lambda)][::-1]


def _flat(names: dict[str, Any]) -> Iterable[tuple[str, Tensor]]:
    for name, value in names.items():
        if isinstance(value, Tensor):
            yield name, value
        elif hasattr(value, "named_parameters"):
            yield from ((f"{name}.{inner}", p) for inner, p in value.named_parameters())
        else:
            raise TypeError(f"draw: {name} is a {type(value).__name__}, expected a tensor to name, or a module")


def _array(value: Any) -> Any:
    return np.asarray(value._data if isinstance(value, Tensor) else value)


def summary(value: Any) -> list[str]:
    """A value in a few lines: in full if it is small, else its mean and range."""
    a = _array(value)
    if not a.ndim:
        v = a.item()
        plain = a.dtype.kind != "f" or v == 0 or 1e-4 <= abs(v) < 1e6 or v != v
        return [(f"{v:.4f}" if a.dtype.kind == "f" else str(v)) if plain else f"{v:.3e}"]
    if a.size <= FULL:
        return np.array2string(a, separator=" ", formatter={"all": formatter(a)}, max_line_width=36).split("\n")
    fine = a[np.isfinite(a)]
    bad = [f"{a.size - fine.size} nan or inf"] if fine.size < a.size else []
    return [f"{fine.min():.3g} … {fine.max():.3g}, mean {fine.mean():.3g}", *bad] if fine.size else bad


# -- how it is shown --------------------------------------------------------------------------------------------------


def font(text: str, color: str = INK, size: float = 10, face: str = SANS, tags: str = "") -> str:
    """`text` for one of Graphviz's HTML-like labels; `tags` are b, i or both."""
    text = escape("".join(c if c.isprintable() else " " for c in text))
    opening, closing = "".join(f"<{t}>" for t in tags), "".join(f"</{t}>" for t in tags[::-1])
    return f'<font face="{face}" color="{color}" point-size="{size}">{opening}{text}{closing}</font>'


def table(rows: Iterable[Sequence[str]], fill: str, line: str, border: float = 1) -> str:
    """A box with rounded corners; a row of one cell spans both columns."""
    cells = "".join(
        "<tr>" + "".join(f'<td align="left" balign="left" colspan="{3 - len(row)}">{cell}</td>' for cell in row) + "</tr>"
        for row in rows
    )
    return (
        f'<<table border="{border}" cellborder="0" cellspacing="0" cellpadding="3" style="rounded" bgcolor="{fill}" '
        f'color="{line}">{cells}</table>>'
    )


def lines(texts: Iterable[str], **style: Any) -> str:
    """Several lines, each in the same style."""
    return "<br/>".join(font(text, **style) for text in texts)


def canvas(direction: str) -> Any:
    """An empty drawing."""
    from graphviz import Digraph

    dot = Digraph("graph")
    dot.graph_attr["rankdir"] = direction
    dot.attr(bgcolor=PAPER, pad="0.3", nodesep="0.2", ranksep="0.22", fontname=SANS)
    dot.attr("node", shape="plain", fontname=SANS)
    dot.attr("edge", color=INK, penwidth="0.9", arrowsize="0.6", fontname=MONO)
    return dot


def picture(dot: Any, nodes: list[Any], roots: list[Tensor], tensors: dict[str, Tensor], rules: bool) -> None:
    """A box for every node's value, and before it, joined by an edge, the op that made it."""
    names, values, arrays = {}, {}, {}
    for name, tensor in [*((t.label, t) for t in roots), *tensors.items()]:
        names[tensor._node] = name or names.get(tensor._node, "")
        values[tensor._node] = tensor
        arrays[id(tensor._data)] = name
    for node in nodes:
        if node.plan is None:
            tensor = getattr(node, "tensor", lambda: None)()
            if tensor is not None:
                values.setdefault(node, tensor)
        else:
            facts = known(node)
            for i, edge in zip(node.plan.needed, node.edges, strict=True):
                name = f"x{i}" if node.plan.op.variadic else node.plan.op.inputs[i]
                if facts.get(name) is not None:
                    values[edge] = facts[name]
            if "out" in facts:
                values[node] = facts["out"]
    ids = {node: f"v{i}" for i, node in enumerate(nodes)}
    tips = {tensor._node for tensor in roots}
    for node in nodes:
        kind = "root" if node in tips else "leaf" if node.plan is None else "result"
        name = names.get(node) or getattr(node, "label", "")
        dot.node(ids[node], card(name, node, values.get(node), kind))
        if node.plan is not None:
            op_of(dot, ids, node, arrays, rules)
    dot.attr(label=f"<{font(CAPTION, GREY, 9)}>" if rules else "", labeljust="l")


def card(name: str, node: Any, value: Any, kind: str) -> str:
    """Name and type, value, gradient."""
    scalar = not node.shape and node.dtype == np.float64
    head = [font(name, size=12, tags="b")] if name else []
    head += [] if scalar else [font(describe(node), GREY, 9)]
    rows = [["&nbsp; ".join(head)]] if head else []
    if value is not None:
        rows.append([font("data", GREY, 9), lines(summary(value), face=MONO)])
    if node.grad is not None:
        rows.append([font("grad", RED, 9), lines(summary(node.grad), color=RED, face=MONO)])
    elif node.plan is None or node.hooks is not None and node.hooks.retain:
        rows.append([font("grad", RED, 9), font("not yet", GREY, 9, tags="i")])
    return table(rows or [["&nbsp;"]], *FILLS[kind], border=2 if kind == "root" else 1)


def op_of(dot: Any, ids: dict[Any, str], node: Any, arrays: dict[int, str], rules: bool) -> None:
    """The op of a node, with what goes into it and, on each way in, the rule for the way back."""
    op, me, facts = node.plan.op, f"{ids[node]}_op", known(node)
    before, after = ("w", "e") if dot.graph_attr["rankdir"] == "LR" else ("n", "s")
    sign = SIGNS.get(op.name, op.name)
    said = [f"{k}={v}" for k in op.options if isinstance(v := facts.get(k), int | float | str | tuple) and len(str(v)) < 20]
    label = "<br/>".join([font(sign, "white", 14 if op.name in SIGNS else 11, tags="b"), *(font(t, "white", 8) for t in said if not t.endswith("=False"))])
    shape = {"shape": "circle", "width": "0.36", "fixedsize": "true"} if op.name in SIGNS else {"shape": "box", "style": "rounded,filled", "height": "0.3", "margin": "0.1,0.05"}
    dot.node(me, f"<{label}>", **({"style": "filled"} | shape), fillcolor=INK, color=INK)
    dot.edge(me, ids[node])
    edges = dict(zip(node.plan.needed, node.edges, strict=True))
    for i in range(len(op.inputs) or max(edges) + 1):
        name = f"x{i}" if op.variadic else op.inputs[i]
        if i in edges:
            way = ids[edges[i]]
            if rules:
                rule = f"{me}_{name}"
                dot.node(rule, rule_label(node, i, name, edges[i]), shape="none", margin="0.05,0.02", width="0", height="0")
                dot.edge(way, f"{rule}:{before}", arrowhead="none")
                way = f"{rule}:{after}"
            dot.edge(way, me)
        elif (value := facts.get(name)) is not None or len(op.inputs) == 2:
            constant = f"{me}_{name}"
            dot.node(constant, constant_card(value, arrays))
            dot.edge(constant, me, color=LINE)


def constant_card(value: Any, arrays: dict[int, str]) -> str:
    if value is None:
        return f'<{font("constant", GREY, 9, tags="i")}>'
    if not np.ndim(_array(value)):
        return f"<{font(f'{_array(value).item():.6g}', GREY, 11, MONO)}>"
    head = font(arrays.get(id(value), ""), size=12, tags="b") + "&nbsp; " + font(describe(value), GREY, 9)
    return table([[head], [font("data", GREY, 9), lines(summary(value), face=MONO, color=GREY)]], "#f5f5f2", LINE)


def rule_label(node: Any, i: int, name: str, edge: Any) -> str:
    text, doc = rule_text(node.plan.op, i)
    label = [font(t, RED, 9, MONO) for t in textwrap.wrap(f"d{name} = {text}", 38)]
    label += [font(t, GREY, 9, SANS, "i") for t in textwrap.wrap(doc, 40)]
    if edge.shape != node.shape and (text == "g" or isinstance(node.plan.op.key, np.ufunc) and not node.plan.op.key.signature):
        label.append(font(f"summed to {list(edge.shape)}", GREY, 9, SANS, "i"))
    return f"<{'<br/>'.join(label)}>"


def tally(dot: Any, nodes: list[Any], limit: int) -> None:
    """In place of a graph that is too large to look at: how often each op occurs."""
    counts = Counter(node.plan.op.name if node.plan else "" for node in nodes)
    leaves = counts.pop("")
    head = f"{counts.total():,} ops, {leaves:,} leaves"
    rows = [[font(head, size=13, tags="b")], [font(f"more than limit={limit}, so only counted", GREY, 9, tags="i")]]
    top = counts.most_common()
    for name, count in top:
        rows.append([font(name, size=11), font("█" * max(1, round(24 * count / top[0][1])), BLUE, 9, MONO) + font(f" {count:,}", size=10)])
    dot.node("tally", table(rows, "#ffffff", LINE))


def render(source: str, kind: str) -> bytes:
    """DOT text as an SVG or PNG."""
    if find_spec("pygraphviz"):
        command = [sys.executable, "-c", RENDER, kind]
    elif dot := shutil.which("dot"):
        command = [dot, f"-T{kind}"]
    else:
        raise RuntimeError(
            f"no Graphviz to make {kind} with: pip install pygraphviz (its wheels carry Graphviz), or put a `dot` on "
            "the PATH. The drawing's DOT text is there without it: .source, or .save('graph.dot')"
        )
    with TemporaryDirectory() as folder:
        env = {**os.environ}
        spec = find_spec("matplotlib")
        if spec and spec.origin:
            conf = Path(folder, "fonts.conf")
            conf.write_text(FONTS.format(Path(spec.origin).parent / "mpl-data/fonts/ttf", folder))
            env["FONTCONFIG_FILE"] = str(conf)
        done = subprocess.run(command, input=source.encode(), capture_output=True, timeout=SECONDS, env=env)
    if done.returncode or not done.stdout:
        raise RuntimeError(f"Graphviz failed: {done.stderr.decode(errors='replace').strip()}")
    return done.stdout
