"""The debugger's page: one file of HTML with the graph, the steps and a script, which needs nothing else."""

from __future__ import annotations

import json
from base64 import b64encode
from hashlib import sha256
from html import escape
from importlib.resources import files
from string import Template
from typing import Any

from .debugger_picture import Picture
from .recorded_walk import Flow, Step, Walk
from .step_words import Line, Words, printable

MOST = 300  # nodes on a page
WIDEST = 1600  # px; a graph that is wider from left to right stands upright


def page(walk: Walk, words: Words, title: str = "") -> str:
    """The HTML of a walk.

    Raises ValueError for more than 300 nodes, RuntimeError as `render`.
    """
    if len(walk.nodes) > MOST:
        raise ValueError(
            f"the graph has {len(walk.nodes):,} nodes, a page holds {MOST}: debug a part of it, or step in the terminal"
        )
    picture = Picture(walk, words)
    across, width = picture.svg("LR")
    down, _ = picture.svg("BT")
    content = Content(walk, words, picture)
    style, script = _asset("page.css"), _asset("page.js")
    name = printable(title) or f"The backward pass of {words.names[walk.nodes[0]]}"
    return Template(_asset("page.html")).substitute(
        title=escape(name),
        style=style,
        style_hash=_hash(style),
        script=script,
        script_hash=_hash(script),
        across=across if width <= WIDEST else down,
        down=down,
        steps=f"<ol>{''.join(f'<li>{escape(text)}</li>' for text in content.texts)}</ol>",
        data=in_script(content.data),
    )


class Content:
    """What the script reads: `data`, every number in it as it is to be shown; and each step as a sentence, `texts`."""

    def __init__(self, walk: Walk, words: Words, picture: Picture) -> None:
        self.walk, self.words, self.picture = walk, words, picture
        steps = [self.step(step) for step in walk.steps]
        root = walk.nodes[0]
        (seed,) = [flow for flow in walk.arrivals[root] if flow.step == 0]
        begin = f"The gradient {seed.gradient.short()} comes to {words.names[root]}."
        start = {**self.amount(seed), "why": begin, "text": begin}
        self.texts = [begin, *(step["text"] for step in steps)]
        self.data = {
            "nodes": [self.node(node) for node in picture.numbers],
            "root": picture.numbers[root],
            "start": start,
            "before": [self.amount(flow) for came in walk.arrivals.values() for flow in came if flow.step < 0],
            "steps": steps,
        }

    def node(self, node: Any) -> dict[str, Any]:
        """A node: its name, what hooks made of its gradient, and what would come of not waiting."""
        told: dict[str, Any] = {"name": self.words.names[node], "leaf": not node.edges}
        if not node.edges and (other := self.words.naive(node)):
            told["naive"] = other
        if node in self.walk.hooked:
            told["hooked"] = self.walk.hooked[node].short()
        for step in self.walk.steps:
            if step.node is node and step.changed is not None:
                told["changed"] = step.g.short()
        return told

    def step(self, step: Step) -> dict[str, Any]:
        """A step: why it is its turn, and its rules with their numbers."""
        words, lines = self.words, self.words.lines(step)
        module = words.module(step.node)
        title = words.title(step.node) + (f", in {module}" if module else "")
        sent = [
            f"To {each.to}: {each.rule}{f' = {each.numbers}' * bool(each.numbers)} = {each.amount}." for each in lines
        ]
        return {
            "node": self.picture.numbers[step.node],
            "title": title,
            "why": words.why(step) + (" Here a rule makes nan or inf of it." if step.makes_nan else ""),
            "text": " ".join([f"{title}.", words.why(step), *sent]),
            "lines": [self.line(step, i, each) for i, each in enumerate(zip(step.flows, lines, strict=True))],
        }

    def line(self, step: Step, place: int, found: tuple[Flow, Line]) -> dict[str, Any]:
        """A gradient on its way."""
        flow, line = found
        told = {"rule": line.rule, "about": line.about, "numbers": line.numbers, "came": line.came, "of": line.of}
        return {**self.amount(flow), **told, "edge": self.picture.ways[step.number, place], "exact": str(line.amount)}

    def amount(self, flow: Flow) -> dict[str, Any]:
        """A contribution: where to, how much, the sum so far; its size, for bars."""
        size = flow.gradient.norm if flow.gradient.norm < float("inf") else 1e300
        return {
            "to": self.picture.numbers[flow.node],
            "amount": flow.gradient.short(),
            "total": flow.total.short(),
            "size": size,
        }


def in_script(data: Any) -> str:
    """JSON that stands in a script element without ending it."""
    text = json.dumps(data, ensure_ascii=True, allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _asset(name: str) -> str:
    return (files("autograd.tools") / "page" / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    """What the page's policy knows a script or a style by, so that it runs no other."""
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"
