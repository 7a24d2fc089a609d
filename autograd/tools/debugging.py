"""`debug(loss)`: the backward pass of a graph, step by step, forward and back."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..core.engine import Leaf, Node, node_of
from ..core.errors import no_tensor
from ..tensors.tensor import Tensor
from .array_summary import Summary
from .recorded_walk import Step, Walk, record
from .step_words import Words, listed, named, printable

Condition = Callable[[Step], Any]


def debug(root: Tensor, gradient: Any = None, **names: Any) -> Debugger:
    """Step through the backward pass that begins at `root`.

        debugger = autograd.debug(loss)
        debugger.step()                  # one node further
        print(debugger)                  # its rule, the numbers that go in and out, every .grad so far
        debugger.run()                   # at the keyboard: n next, b back, r mul run to, c continue, q quit
        debugger.save("backprop.html")   # the same as a page to click through

    The pass is walked once and written down, with `retain_graph`, so that stepping costs nothing and goes both ways. No
    `.grad` is changed until `commit()`. Hooks on tensors are called, as they are by `backward`. Of an array of more
    than 64 elements a summary is kept: shape, norm, range and first elements.

    Args:
        root: the result to begin with.
        gradient: its gradient, of its shape; 1 when it has a single element.
        names: tensors by the name to show (`x=x`), or modules, for the names of their parameters (`net=net`).

    Raises:
        TypeError: `root` is no tensor; a name is given to neither a tensor nor a module.
        RuntimeError: as `backward`.
    """
    if not isinstance(root, Tensor):
        raise no_tensor("debug", "root", 1, root)
    return Debugger(root, gradient, names)


class Debugger:
    """A backward pass, and a place in it. Made by `debug`.

    Attributes:
        walk: all that happened.
        position: how many steps have been made; 0 at the start.
    """

    def __init__(self, root: Tensor, gradient: Any = None, names: dict[str, Any] | None = None) -> None:
        self._root, self._gradient = root, gradient
        tensors = dict(named(names or {}))
        self.walk: Walk = record(root, gradient, tensors)
        self.words = Words(self.walk, tensors)
        self.position = 0
        self._breaks: Condition | None = None

    @property
    def current(self) -> Step | None:
        """The step that was made last: its `node`, the incoming `g`, its `flows` to the inputs; None at the start."""
        return self.walk.steps[self.position - 1] if self.position else None

    def __len__(self) -> int:
        return len(self.walk.steps)

    # -- moving --

    def step(self) -> Step | None:
        """Go one node further; returns the step, or None if there is none left."""
        if self.position == len(self):
            return None
        self.position += 1
        return self.current

    def back(self) -> Step | None:
        """Go one node back; returns the step made before, or None at the start."""
        self.position = max(0, self.position - 1)
        return self.current

    def reset(self) -> None:
        """Go back to the start. What `break_on` asked for stays."""
        self.position = 0

    def run_to(self, target: Any) -> Step:
        """Go forward to the next step at `target`, and return it.

        Args:
            target: a node; a tensor, which is its node, and for a leaf the step that completes its gradient; or a name:
                of an op ("mul"), of a tensor (its label), or of a module that was given to `debug` ("net.0").

        Raises ValueError, and stays where it is, if no such step lies ahead.
        """
        hits = list(map(self._meets(target), self.walk.steps))
        for number in range(self.position + 1, len(self) + 1):
            if hits[number - 1]:
                self.position = number
                return self.walk.steps[number - 1]
        what = target if isinstance(target, str) else self._name(target)
        if any(hits):
            raise ValueError(
                f"run_to: {what!r} is at step {hits.index(True) + 1}, behind this one: back() or reset() first"
            )
        raise ValueError(f"run_to: there is no {what!r} in this backward pass; there are {listed(self._targets())}")

    def break_on(self, condition: Condition | None = None, *, nan: bool = False) -> None:
        """Where `resume` is to stop, in place of what was asked for before; nowhere, if nothing is given.

        Args:
            condition: a function of a step that returns whether to stop: `lambda step: step.g.norm > 10`.
            nan: stop where a rule makes a NaN or an infinity of a gradient without any.
        """
        asked = [*([condition] if condition is not None else []), *([_makes_nan] if nan else [])]
        self._breaks = (lambda step: any(ask(step) for ask in asked)) if asked else None

    def resume(self) -> Step | None:
        """Go on until `break_on` says stop, and return that step; None if it came to the end."""
        while (step := self.step()) is not None:
            if self._breaks is not None and self._breaks(step):
                return step
        return None

    def _meets(self, target: Any) -> Callable[[Step], bool]:
        """Whether a step is at the target."""
        if isinstance(target, str):
            words, name = self.words, printable(target)
            return lambda step: (
                name in (step.node.op.name, words.names[step.node], words.module(step.node))
                or words.module(step.node).startswith(f"{name}.")
                or any(name == words.names[leaf] for leaf in self._completed(step))
            )
        node = node_of(target) if isinstance(target, Tensor) else target
        if not isinstance(node, Node | Leaf):
            raise TypeError(f"run_to: expected a node, a tensor that requires grad or a name, got {target!r}")
        return lambda step: step.node is node or node in self._completed(step)

    def _completed(self, step: Step) -> list[Any]:
        """The leaves whose gradient a step completes."""
        edges = {flow.node for flow in step.flows if not flow.node.edges}
        return [leaf for leaf in edges if self.walk.complete(leaf) == step.number]

    def _name(self, target: Any) -> str:
        node = node_of(target) if isinstance(target, Tensor) else target
        return self.words.names.get(node, str(target))

    def _targets(self) -> list[str]:
        ops = [step.node.op.name for step in self.walk.steps]
        return [*ops, *self.words.names.values(), *filter(None, map(self.words.module, self.words.names))]

    # -- looking --

    def gradient(self, x: Any) -> Summary | None:
        """The gradient of a tensor or node so far, of a leaf what `.grad` would be by now; None before the first.

        Raises ValueError for what is not in this graph.
        """
        return self.walk.gradient(self._node(x), self.position)

    def contributions(self, x: Any) -> list[tuple[str, Summary]]:
        """Who has contributed how much to the gradient of a tensor or node so far: names and gradients.

        "the start" is what the backward pass begins with, "before" a `.grad` that was there before it.
        Raises ValueError for what is not in this graph.
        """
        came = self.walk.so_far(self._node(x), self.position)
        return [(self.words.who(flow), flow.gradient) for flow in came]

    def _node(self, x: Any) -> Any:
        node = node_of(x) if isinstance(x, Tensor) else x
        if node not in self.walk.arrivals:
            raise ValueError("this is not in the graph: nothing of it goes into the result that debug() began with")
        return node

    def commit(self) -> None:
        """Add the gradients to every `.grad`, as `root.backward(gradient, retain_graph=True)` does, wherever you are.

        What is shown stays what was recorded. Raises RuntimeError as `backward`.
        """
        self._root.backward(self._gradient, retain_graph=True)

    def __str__(self) -> str:
        from .debugger_terminal import text

        return text(self.walk, self.words, self.position)

    def __repr__(self) -> str:
        at = f": {self.words.title(self.current.node)}" if self.current is not None else ""
        return f"<debugger at step {self.position:,} of {len(self):,}{at}>"

    def show(self) -> None:
        """Print the current step, in colour where rich is installed and the output is a terminal."""
        from .debugger_terminal import show

        show(self.walk, self.words, self.position)

    def run(self) -> None:
        """Step through at the keyboard: n next, b back, r NAME run to, c continue, q quit, h help; Enter repeats."""
        from .debugger_terminal import run

        run(self)

    def save(self, path: str | os.PathLike[str], title: str = "") -> None:
        """Write the pass as one page of HTML, complete in itself, to step through in a browser.

        Raises ValueError for a name that does not end in .html, and for a graph of more than 300 nodes; RuntimeError
        without Graphviz.
        """
        from .debugger_page import page

        path = Path(path)
        if path.suffix.lower() not in (".html", ".htm"):
            raise ValueError(f"cannot save to {path.name!r}: expected a name that ends in .html")
        path.write_text(page(self.walk, self.words, title), encoding="utf-8")


def _makes_nan(step: Step) -> bool:
    return step.makes_nan
