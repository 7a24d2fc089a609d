"""The graph on the debugger's page: SVG whose parts carry the numbers of the nodes and edges, for a script to find."""

from __future__ import annotations

import json
from dataclasses import dataclass
from html import escape
from typing import Any

from ..core.errors import describe
from .array_summary import Summary
from .detailed_graph import SIGNS
from .graph_facts import inputs
from .recorded_walk import Walk
from .render import render
from .step_words import Words

CHARACTER, LETTER = 7.3, 7.6  # the width of a character of the numbers, and of a name, in px
LONGEST = 30  # characters of a rule on an edge
CARD, RULE = 64, 32  # heights
EDGE = 10  # room around the picture


@dataclass
class Card:
    """A value: its name, the op that made it, what it is and the gradients it will have."""

    id: str
    kind: str  # leaf, result, root or constant
    quiet: bool  # nobody gave it its name
    name: str
    sign: str
    value: str
    widest: str
    badge: bool

    @property
    def size(self) -> tuple[float, float]:
        """Width and height."""
        if self.kind == "constant":
            return 18 + CHARACTER * len(self.value), 28
        head = LETTER * len(self.name) + (30 + LETTER * max(0, len(self.sign) - 1)) * bool(self.sign) + 46 * self.badge
        return max(84.0, 20 + head, 56 + CHARACTER * max(len(self.value), len(self.widest))), CARD


@dataclass
class Way:
    """An edge: from an input to an op, with the rule for the way back."""

    id: str
    source: str
    target: str
    rule: str
    amount: str

    @property
    def size(self) -> tuple[float, float]:
        """Width and height of the rule on it."""
        return 14 + CHARACTER * max(len(clipped(self.rule)), len(self.amount)), RULE


class Picture:
    """The cards of a walk and the ways between them.

    `numbers` are the numbers of the nodes, in the order of computation; `ways` those of the edges, by the number of the
    step that a gradient comes from and its place among the gradients of that step.
    """

    def __init__(self, walk: Walk, words: Words) -> None:
        order = [node for step in reversed(walk.steps) for node in (*step.node.edges, step.node)]
        self.numbers = {node: i for i, node in enumerate(dict.fromkeys([*order, *walk.leaves]))}
        self.cards: list[Card] = []
        self.edges: list[Way] = []
        self.ways: dict[tuple[int, int], int] = {}
        values = dict(walk.values)
        for step in reversed(walk.steps):
            self._read(step, values)
        for node in self.numbers:
            self.cards.append(self._card(node, walk, words, values.get(node)))
        for step in reversed(walk.steps):
            self._join(step, words)

    def _read(self, step: Any, values: dict[Any, Any]) -> None:
        """What a step knows of values: its result, and its inputs."""
        found = [(edge, step.values.get(name)) for _, name, edge, _ in inputs(step.node)]
        for node, value in [*found, (step.node, step.values.get("out"))]:
            if node is not None and value is not None:
                values.setdefault(node, value)

    def _card(self, node: Any, walk: Walk, words: Words, value: Any) -> Card:
        kind = "root" if node is walk.nodes[0] else "leaf" if node.op is None else "result"
        name, sign = words.names[node], ""
        if node.op is not None:
            sign = SIGNS.get(node.op.name, node.op.name)
            if node not in words.own and sign == node.op.name:
                name, sign = "", name
        totals = [flow.total.short() for flow in walk.arrivals[node]]
        shown = value.short() if isinstance(value, Summary) else describe(node)
        widest = max(totals, key=len, default="")
        me, quiet = f"n{self.numbers[node]}", node not in words.own
        return Card(me, kind, quiet, name, sign, shown, widest, badge=walk.expected(node) > 1)

    def _join(self, step: Any, words: Words) -> None:
        """The ways into a node, and its constants."""
        me, lines = f"n{self.numbers[step.node]}", words.lines(step)
        told = {flow.position: (i, line) for i, (flow, line) in enumerate(zip(step.flows, lines, strict=True))}
        for position, name, edge, _ in inputs(step.node):
            if edge is None:
                value = step.values.get(name)
                if isinstance(value, Summary | int):
                    text = value.short() if isinstance(value, Summary) else str(value)
                    shown = f"{step.given.get(name, '')} {text}".strip()
                    self.cards.append(Card(f"{me}{name}", "constant", True, "", "", shown, "", False))
                    self.edges.append(Way(f"{me}{name}", f"{me}{name}", me, "", ""))
                continue
            way = Way(f"e{len(self.edges)}", f"n{self.numbers[edge]}", me, "", "")
            if position in told:
                i, line = told[position]
                self.ways[step.number, i] = len(self.edges)
                way.rule, way.amount = line.rule, line.amount.short()
            self.edges.append(way)

    def svg(self, direction: str) -> tuple[str, float]:
        """The picture from left to right ("LR") or from bottom to top ("BT"), and its width.

        Raises RuntimeError as `render`.
        """
        laid = json.loads(render(self._dot(direction), "json0"))
        width, height = map(float, laid["bb"].split(",")[2:])
        at = {each["name"]: _point(each["pos"], height) for each in laid.get("objects", ())}
        curves: dict[str, list[str]] = {}
        for each in laid.get("edges", ()):
            curves.setdefault(each["id"], []).append(_curve(each["pos"], height))
        body = [part for edge in self.edges for part in self._edge(edge, at, curves)]
        body += [part for card in self.cards for part in self._node(card, *at[card.id])]
        width, height = width + 2 * EDGE, height + 2 * EDGE
        box = f'viewBox="{-EDGE} {-EDGE} {width:.0f} {height:.0f}" width="{width:.0f}" height="{height:.0f}"'
        return f'<svg xmlns="http://www.w3.org/2000/svg" {box} aria-hidden="true">{"".join(body)}</svg>', width

    def _dot(self, direction: str) -> str:
        lines = [
            f"digraph {{ rankdir={direction}; nodesep=0.25; ranksep=0.3; pad=0",
            'node [shape=box fixedsize=true label=""]',
        ]
        lines += [f"{each.id} [{_size(each.size)}]" for each in self.cards]
        out, into = ("e", "w") if direction == "LR" else ("n", "s")
        for edge in self.edges:
            if edge.rule:
                label = f"{edge.id}r"
                lines.append(f"{label} [{_size(edge.size)}]")
                lines.append(f"{edge.source} -> {label}:{into} [id={edge.id} arrowhead=none]")
                lines.append(f"{label}:{out} -> {edge.target} [id={edge.id} arrowhead=none]")
            else:
                lines.append(f"{edge.source} -> {edge.target} [id={edge.id} arrowhead=none]")
        return "\n".join([*lines, "}"])

    def _edge(self, edge: Way, at: Any, curves: dict[str, list[str]]) -> list[str]:
        """An edge as it is before the gradient, and above it, with the gradient; then its rule."""
        pieces = curves[edge.id]
        whole = " ".join(f'<path class="wire" d="{piece}"/>' for piece in pieces)
        if not edge.rule:
            return [f'<g class="plain">{whole}</g>']
        x, y = at[f"{edge.id}r"]
        w, h = edge.size
        back = " L".join([_backward(pieces[1]), _backward(pieces[0])[1:]])
        return [
            f'<g class="edge" data-edge="{edge.id[1:]}">{whole}<path class="flow" pathLength="1" d="{back}"/>'
            f'<rect class="rule" x="{x - w / 2:.1f}" y="{y - h / 2:.1f}" width="{w:.1f}" height="{h}" rx="8"/>'
            f'<text class="formula" x="{x:.1f}" y="{y - 2.5:.1f}"><title>{escape(edge.rule)}</title>'
            f"{escape(clipped(edge.rule))}</text>"
            f'<text class="amount" x="{x:.1f}" y="{y + 11.5:.1f}"></text></g>'
        ]

    def _node(self, card: Card, x: float, y: float) -> list[str]:
        """A card: its head with name and op, its value, and room for its gradient."""
        w, h = card.size
        left, top = x - w / 2, y - h / 2
        frame = f'<rect class="card" x="{left:.1f}" y="{top:.1f}" width="{w:.1f}" height="{h}" rx="9"/>'
        if card.kind == "constant":
            return [
                f'<g class="node constant">{frame}<text class="number middle" x="{x:.1f}" y="{y + 4:.1f}">'
                f"{escape(card.value)}</text></g>"
            ]
        start, head, style = left + 10, "", "name quiet" if card.quiet else "name"
        if card.sign:
            wide = 22 + LETTER * max(0, len(card.sign) - 1)
            head += f'<rect class="chip" x="{left + 8:.1f}" y="{top + 6:.1f}" width="{wide:.1f}" height="18" rx="9"/>'
            head += f'<text class="sign" x="{left + 8 + wide / 2:.1f}" y="{top + 19.5:.1f}">{escape(card.sign)}</text>'
            start = left + 14 + wide
        head += f'<text class="{style}" x="{start:.1f}" y="{top + 20:.1f}">{escape(card.name)}</text>'
        if card.badge:
            head += f'<text class="badge" x="{left + w - 9:.1f}" y="{top + 19.5:.1f}"></text>'
        return [
            f'<g class="node {card.kind}" data-node="{card.id[1:]}">{frame}{head}'
            f'<text class="key" x="{left + 10:.1f}" y="{top + 38.5:.1f}">data</text>'
            f'<text class="number" x="{left + 44:.1f}" y="{top + 39:.1f}">{escape(card.value)}</text>'
            f'<text class="key" x="{left + 10:.1f}" y="{top + 54.5:.1f}">grad</text>'
            f'<text class="grad" x="{left + 44:.1f}" y="{top + 55:.1f}"></text></g>'
        ]


def clipped(text: str) -> str:
    """A rule in the room that an edge has."""
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def _size(size: tuple[float, float]) -> str:
    return f"width={size[0] / 72:.3f} height={size[1] / 72:.3f}"


def _point(text: str, height: float) -> tuple[float, float]:
    x, y = map(float, text.split(","))
    return x, height - y


def _curve(pos: str, height: float) -> str:
    """Graphviz's control points as a path."""
    points = [_point(point, height) for point in pos.split() if point[0] not in "es"]
    first, *rest = [f"{x:.1f},{y:.1f}" for x, y in points]
    return f"M{first} C{' '.join(rest)}"


def _backward(path: str) -> str:
    """A path the other way round."""
    points = path[1:].replace(" C", " ").split()[::-1]
    return f"M{points[0]} C{' '.join(points[1:])}"
