"""A step of the backward pass in words and numbers: what the terminal prints and the page shows."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from ..core.engine import node_of
from ..tensors.tensor import Tensor
from ..tensors.tensor_base import labels
from .array_summary import Summary, number
from .recorded_walk import Flow, Step, Walk
from .rule_text import rule_text

MOST = 12  # names, or contributions, in a list


class Line(NamedTuple):
    """A gradient on its way: "to a: dx = g * y = 1 * (-3) = -3".

    Attributes:
        to: the name of the node that it goes to.
        rule: the rule, `dx = g * y`.
        about: what a rule says that is longer than a line.
        numbers: the rule with its numbers, `1 * (-3)`; "" where they are no plain numbers.
        amount: the gradient.
        total: the sum at that node so far.
        came, of: how many contributions are in, and how many there will be.
    """

    to: str
    rule: str
    about: str
    numbers: str
    amount: Summary
    total: Summary
    came: int
    of: int


class Words:
    """Says in words what a walk did. `tensors` have their names from the user."""

    def __init__(self, walk: Walk, tensors: dict[str, Tensor]) -> None:
        self.walk = walk
        self.names = {node: node.op.name for node in walk.nodes if node.op is not None}
        counts = Counter(self.names.values())
        seen: Counter[str] = Counter()
        for node in reversed(list(self.names)):  # in the order of computation
            op = node.op.name
            seen[op] += 1
            self.names[node] = f"{op}{seen[op]}" if counts[op] > 1 else op
        self.names |= {leaf: f"leaf{i}" for i, leaf in enumerate(walk.leaves, 1)}
        self.given = {node: name for name, tensor in tensors.items() if (node := node_of(tensor)) in self.names}
        self.own = {node: printable(labels[node]) for node in walk.nodes if labels.get(node)} | self.given
        self.names |= self.own

    def module(self, node: Any) -> str:
        """The module that an op belongs to: the one whose parameters it reads; "" if it reads none."""
        paths = [self.given[edge].rpartition(".")[0] for edge in node.edges if edge in self.given and not edge.edges]
        return next(filter(None, paths), "")

    def title(self, node: Any) -> str:
        """The name of a node, and its op, if that is not its name."""
        name = self.names[node]
        return f"{name} ({node.op.name})" if node.op is not None and node in self.own else name

    def lines(self, step: Step) -> list[Line]:
        """The gradients that a step sends on."""
        return [self.line(step, flow) for flow in step.flows]

    def line(self, step: Step, flow: Flow) -> Line:
        """One of them."""
        op = step.node.op
        expression, about = rule_text(op, flow.position)
        letter = op.inputs[flow.position] if op.inputs else f"x{flow.position}"
        came = sum(other.step >= 0 for other in self.walk.arrivals[flow.node][: self.place(flow) + 1])
        numbers = with_numbers(expression, {**step.values, "g": step.g})
        of = self.walk.expected(flow.node)
        rule = f"d{letter} = {expression}"
        return Line(self.names[flow.node], rule, about, numbers, flow.gradient, flow.total, came, of)

    def place(self, flow: Flow) -> int:
        """Which of the arrivals at its node a flow is."""
        return next(i for i, other in enumerate(self.walk.arrivals[flow.node]) if other is flow)

    def who(self, flow: Flow) -> str:
        """Where a contribution came from."""
        if flow.step <= 0:
            return "before" if flow.step else "the start"
        return self.names[self.walk.steps[flow.step - 1].node]

    def why(self, step: Step) -> str:
        """Why it is the turn of this node: who contributed to its gradient."""
        came = self.walk.arrivals[step.node]
        name = self.names[step.node]
        first, total = came[0].total.short(), came[-1].total.short()
        if came[0].step == 0:
            text = f"The backward pass begins at {name}, whose gradient is {total}."
        elif len(came) == 1:
            text = f"The only contribution to the gradient of {name} is in, from {self.who(came[0])}."
        else:
            count = "Both" if len(came) == 2 else f"All {len(came)}"
            text = f"{count} contributions to the gradient of {name} are in: {self.sum(came)} = {total}."
            if first != total:
                text += f" Without waiting, {name} would have passed on {first} already."
        return text + (f" A hook made {step.g.short()} of it." if step.changed is not None else "")

    def waiting(self, number: int) -> Iterator[str]:
        """The nodes that still wait for contributions after that many steps, with what they have."""
        for node in self.walk.nodes:
            came = [flow for flow in self.walk.so_far(node, number) if flow.step >= 0]
            if came and len(came) < (of := self.walk.expected(node)):
                yield f"{self.names[node]} waits: {len(came)} of {of} contributions are in"

    def accounts(self, number: int) -> Iterator[tuple[str, Summary, str]]:
        """The leaves that have a gradient after that many steps: the name, the gradient, and who contributed what."""
        for leaf in self.walk.leaves:
            if (total := self.walk.gradient(leaf, number)) is not None:
                yield self.names[leaf], total, self.sum(self.walk.so_far(leaf, number)) + self.hooked(leaf, number)

    def naive(self, leaf: Any) -> str:
        """What would have come of not waiting, where that is something else."""
        found = self.walk.naive.get(leaf)
        came = self.walk.arrivals[leaf]
        if (
            found is None
            or came[0].step < 0
            or leaf in self.walk.hooked
            or any(step.changed for step in self.walk.steps)
        ):
            return ""
        return found.short() if found.short() != came[-1].total.short() else ""

    def sum(self, came: list[Flow]) -> str:
        """Contributions, as a sum: "1 from c + 1 from c"."""
        told = (f"{flow.gradient.short()} from {self.who(flow)}" for flow in came[:MOST])
        return " + ".join(told) + (f" + {len(came) - MOST:,} more" if len(came) > MOST else "")

    def hooked(self, leaf: Any, number: int) -> str:
        """What to add where a hook has made another gradient of the sum."""
        return ", changed by a hook" if leaf in self.walk.hooked and number >= self.walk.complete(leaf) else ""


def named(names: dict[str, Any]) -> Iterator[tuple[str, Tensor]]:
    """Tensors by name: those given, and the parameters of the modules that are given.

    Raises TypeError for anything else.
    """
    for name, value in names.items():
        if isinstance(value, Tensor):
            yield name, value
        elif hasattr(value, "named_parameters"):
            yield from ((f"{name}.{inner}", p) for inner, p in value.named_parameters())
        else:
            raise TypeError(f"debug: {name} is a {type(value).__name__}, expected a tensor to name, or a module")


def printable(text: str) -> str:
    """A text without what would act on a terminal or a page instead of being shown."""
    return "".join(c if c.isprintable() else " " for c in text)


def with_numbers(expression: str, values: dict[str, Any]) -> str:
    """An expression with the numbers of its variables; "" if one of them is no plain number, or nothing is gained."""
    plain = {name: x for name, x in values.items() if isinstance(x, int) or (isinstance(x, Summary) and not x.shape)}
    words = set(re.findall(r"(?<![\w.])[A-Za-z_]\w*(?![\w(.])", expression))
    if expression.isidentifier() or not words or not words <= plain.keys():
        return ""
    return re.sub(r"(?<![\w.])[A-Za-z_]\w*(?![\w(.])", lambda found: _inside(plain[found[0]]), expression)


def _inside(x: Any) -> str:
    """A number within an expression."""
    text = number(x.item() if isinstance(x, Summary) else x)
    return f"({text})" if text.startswith("-") else text


def listed(names: Iterable[str], most: int = MOST) -> str:
    """Names with commas between them, of many only the first."""
    names = list(dict.fromkeys(names))
    return ", ".join(names[:most]) + (f", … ({len(names):,} in all)" if len(names) > most else "")
