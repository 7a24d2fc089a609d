"""The graph as a picture: values and gradients in boxes, with every op the rules that bring the gradient back.

It looks at the graph from outside and changes nothing.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from ..core.engine import node_of, reachable
from ..core.errors import describe
from ..tensors.tensor import Tensor
from .blocks import Block, close_below, drawn, fold, height, nested
from .dot_labels import BLUE, FAULT, GREY, PAPER, SANS, font, plural, table
from .graph_facts import below
from .module_calls import Call, inferred, spanned, watched

if TYPE_CHECKING:
    from .failed_forward import Failure
    from .render import Drawing

FULL = 16  # ops up to which every value has a box of its own
LEGIBLE = 40  # boxes up to which modules are opened
LARGE = 2_000  # nodes from which a graph is folded in any case
HUGE = 50_000  # nodes from which it is only counted
WIDE = 1_150  # points up to which a drawing goes from left to right


def draw(
    root: Tensor | Sequence[Tensor] | BaseException | Callable[[], Any],
    *,
    direction: str | None = None,
    limit: int = 300,
    rules: bool = True,
    values: bool | None = None,
    depth: int | None = None,
    fold: bool | None = None,
    theme: str = "auto",
    **names: Any,
) -> Drawing:
    """A picture of the graph that computed `root`.

    It says what comes back from an op: `dx = g * y` is the gradient of its first input, g that of its result. A value
    is shown where it is still known: for every Value, for what the rules have saved (until backward frees it), for the
    root, the leaves, and the tensors in `names`. A gradient that has not been computed reads "not yet", which is not 0.

    Up to 16 ops every value has a box of its own. In a larger graph an op is one box, what is repeated is folded, and
    modules are opened as far as the picture stays legible.

    Args:
        root: the result, or several; or the exception that a forward pass raised, for the graph up to the op that
            failed; or a function without arguments that computes the result, and is watched while it does: then it is
            known exactly which module of `names` computed what, also where it has no parameters.
        direction: "LR", from left to right, or "TB", from top to bottom; None: as fits.
        limit: a graph that has more boxes is not drawn but summed up: how often each op occurs.
        rules: whether it shows the rules.
        values: whether every value has a box of its own; None: in a graph of up to 16 ops.
        depth: how many levels of modules are opened; 0 leaves each of `names` one box. None: as many as stay legible.
        fold: whether what is repeated three times or more is drawn once; None: in a graph of more than 16 ops. One of
            more than 2,000 ops and leaves is folded in any case.
        theme: "light", "dark", or "auto", which in an SVG follows the reader's settings, and is light elsewhere.
        names: tensors by the name to show (`x=x`), or modules, whose ops are then drawn in a box with their name
            (`net=net`).

    Raises:
        TypeError: a root or a name that is not a tensor.
        ValueError: no root, a root without a graph, an unknown direction or theme, or an exception that tells of no op.
    """
    if direction not in (None, "LR", "TB"):
        raise ValueError(f"direction: expected 'LR' (left to right) or 'TB' (top to bottom), got {direction!r}")
    if theme not in ("auto", "light", "dark"):
        raise ValueError(f"theme: expected 'auto', 'light' or 'dark', got {theme!r}")
    from .graph_picture import Known
    from .render import Drawing

    modules = {name: value for name, value in names.items() if hasattr(value, "named_modules")}
    tensors = {name: tensor for name, tensor in names.items() if name not in modules}
    for name, tensor in tensors.items():
        if not isinstance(tensor, Tensor):
            raise TypeError(f"draw: {name} is a {type(tensor).__name__}, expected a tensor to name, or a module")
    roots, modules, calls, fault = begun(root, modules)
    start = [node_of(tensor) for tensor in roots]
    nodes = reachable(start)
    hint = f"more than {HUGE:,}: counted, not drawn"
    source = ""
    if len(nodes) <= HUGE:
        known = Known(below(start), [] if fault else roots, tensors, dict(_parameters(modules)))
        if calls is None:
            calls = inferred(known.ops, modules)
            calls = [call._replace(last=math.inf) if fault and call.path in modules else call for call in calls]
        detailed = len(known.ops) <= FULL if values is None else values
        folded = len(nodes) > LARGE or (not detailed if fold is None else fold)
        block = arranged(known.ops, calls, depth, folded)
        boxes = sum(1 for _ in drawn(block)) + (len(known.leaves) if detailed else 0)
        hint = f"more than limit={limit}: counted, not drawn"
        if boxes <= limit:
            source = picture(known, block, direction, rules, detailed, 300 * (fault is not None)).draw(fault)
    return Drawing(source or tally(nodes, hint, fault), f"<drawing of {about(nodes)}>", theme)


def begun(root: Any, modules: dict[str, Any]) -> tuple[list[Any], dict[str, Any], list[Call] | None, Failure | None]:
    """Where the graph ends: the roots; the modules to draw and, if they were watched, their calls; what failed."""
    if isinstance(root, BaseException):
        from .failed_forward import failure

        fault = failure(root)
        if fault.module is not None and not modules:
            modules = {type(fault.module).__name__: fault.module}
        tensors = [value for _, value in fault.inputs if isinstance(value, Tensor)]
        return [tensor for tensor in tensors if node_of(tensor) is not None], modules, None, fault
    calls = None
    if callable(root) and not hasattr(root, "named_modules"):
        root, calls = watched(root, modules)
    return checked(root), modules, calls, None


def checked(root: Any) -> list[Any]:
    """The roots, as a list. Raises as `draw`."""
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
    return roots


def arranged(ops: Sequence[Any], calls: Any, depth: int | None, folded: bool) -> Block:
    """The ops in blocks, folded if that is wanted, opened to a depth or as far as they stay legible."""
    block = nested(ops, spanned(ops, calls))
    if folded:
        fold(block)
    levels = height(block)
    for deep in [depth] if depth is not None else range(levels, 0, -1):
        close_below(block, deep)
        if sum(1 for _ in drawn(block)) <= LEGIBLE:
            break
    return block


def picture(known: Any, block: Block, direction: str | None, rules: bool, detailed: bool, more: int) -> Any:
    """The drawing with every value, or that of ops; `more` points are needed beside the graph."""
    if not detailed:
        from .compact_graph import CompactGraph

        return CompactGraph(known, block, direction or "TB", rules)
    from .detailed_graph import DetailedGraph, length

    fits = length(known, rules) + more < WIDE
    return DetailedGraph(known, block, direction or ("LR" if fits else "TB"), rules)


def about(nodes: Sequence[Any]) -> str:
    ops = sum(node.op is not None for node in nodes)
    return f"{plural(ops, 'op')} and {plural(len(nodes) - ops, 'leaf', 'leaves')}"


def tally(nodes: Sequence[Any], hint: str, fault: Failure | None) -> str:
    """In place of a graph that is too large to look at: how often each op occurs; and what failed at its end."""
    from graphviz import Digraph

    from .graph_picture import fault_card

    counts = Counter(node.op.name for node in nodes if node.op is not None).most_common()
    rows = [[font(about(nodes), size=14, tag="b")], [font(hint, GREY, 9, tag="i")]]
    for name, count in counts:
        width = max(2, 200 * count // counts[0][1])
        bar = f'<td bgcolor="{BLUE}" width="{width}" height="11" fixedsize="true"></td>'
        bar = f'<table border="0" cellborder="0"><tr>{bar}<td>{font(f" {count:,}")}</td></tr></table>'
        rows.append([font(name, size=11), bar])
    dot = Digraph("autograd", graph_attr={"bgcolor": PAPER, "pad": "0.3"})
    dot.node("tally", table("result", rows), shape="plain", fontname=SANS)
    if fault:
        dot.node("fault", fault_card(fault), shape="plain", fontname=SANS)
        dot.edge("tally", "fault", color=FAULT)
    return str(dot.source)


def _parameters(modules: dict[str, Any]) -> Iterator[tuple[str, Tensor]]:
    for name, module in modules.items():
        yield from ((f"{name}.{inner}", p) for inner, p in module.named_parameters())
