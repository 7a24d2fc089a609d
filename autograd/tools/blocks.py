"""The ops of a graph in nested blocks: modules as boxes in boxes, and what repeats itself folded into one.

Blocks are made of the ops in the order in which they were computed. Two are alike if the same ops with the same shapes
stand in them, in the same order.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from .module_calls import Call

LONGEST = 64  # items in what is looked for as one repetition
OFTEN = 3  # times that something must be repeated to be folded


class Block:
    """A call of a module, or what was folded (`times` > 1), with the items in it: blocks and nodes."""

    def __init__(self, call: Call | None = None, times: int = 1) -> None:
        self.call, self.times = call, times
        self.items: list[Any] = []
        self.copies: list[list[Any]] = []  # of a fold: the items of each repetition, the first among them
        self.closed = False  # drawn as one box

    @property
    def nodes(self) -> Iterator[Any]:
        """Every node inside, those of all repetitions among them."""
        for items in self.copies or [self.items]:
            for item in items:
                yield from item.nodes if isinstance(item, Block) else (item,)

    @property
    def title(self) -> str:
        """The class of the module; of a fold, "Linear + ReLU × 12"."""
        if self.call:
            return self.call.kind
        names = [title_of(item) for item in self.items]
        shown = names if len(names) <= 4 else [*names[:2], "…", names[-1]]
        return f"{' + '.join(shown)} × {self.times:,}"

    @property
    def path(self) -> str:
        """Where the module is: "net.0"; of a fold, the first and the last of its modules."""
        if self.call:
            return self.call.path
        ends = [next((item.path for item in items if isinstance(item, Block)), "") for items in self.copies]
        return " … ".join(dict.fromkeys([ends[0], ends[-1]]))


def title_of(item: Any) -> str:
    """What an item is called among its neighbours."""
    if isinstance(item, Block):
        return item.title
    return str(item.op.name)


def nested(nodes: Sequence[Any], calls: Sequence[Call]) -> Block:
    """The ops `nodes` in blocks, as the `calls`, outer ones first, were nested; the outermost block is no call."""
    root = Block()
    stack, left = [root], list(calls)[::-1]
    for node in nodes:
        while stack[-1].call and stack[-1].call.last < node.stamp:
            stack.pop()
        while left and left[-1].first <= node.stamp:
            call = left.pop()
            if call.last >= node.stamp:
                stack.append(Block(call))
                stack[-2].items.append(stack[-1])
        stack[-1].items.append(node)
    return root


def close_below(block: Block, depth: int) -> None:
    """Close every block of a module that is deeper than `depth`, so that it is drawn as one box."""
    for item in block.items:
        if isinstance(item, Block):
            item.closed = depth <= 0 and item.call is not None and sum(1 for _ in item.nodes) > 1
            close_below(item, depth - 1 if item.call else depth)


def height(block: Block) -> int:
    """How many modules are nested in each other at most."""
    below = max((height(item) for item in block.items if isinstance(item, Block)), default=0)
    return below + (block.call is not None)


def drawn(block: Block) -> Iterator[Any]:
    """The nodes and the closed blocks that are drawn, of each fold the first repetition."""
    for item in block.items:
        if isinstance(item, Block) and not item.closed:
            yield from drawn(item)
        else:
            yield item


# -- folding ----------------------------------------------------------------------------------------------------------


def fold(block: Block) -> None:
    """Fold what is repeated in a block, and in those inside it."""
    kinds: dict[Any, int] = {}
    ids = np.array([kinds.setdefault(likeness(item), len(kinds)) for item in block.items])
    items, block.items = block.items, []
    for start, period, times in repetitions(ids, [has_parameters(item) for item in items]):
        run = items[start : start + period * times]
        if times == 1:
            block.items += run
            continue
        whole = Block(times=times)
        whole.copies = [run[i : i + period] for i in range(0, len(run), period)]
        whole.items = whole.copies[0]
        block.items.append(whole)
    for item in block.items:
        if isinstance(item, Block):
            for inner in item.copies[0] if item.copies else [item]:
                if isinstance(inner, Block):
                    fold(inner)


def likeness(item: Any) -> Any:
    """What two items must share to be alike."""
    if isinstance(item, Block):
        return item.call and item.call.kind, tuple([likeness(inner) for inner in item.items])
    return item.op.name, item.shape, tuple([edge.shape for edge in item.edges if not edge.edges])


def has_parameters(item: Any) -> bool:
    """Whether an item begins with an op on a leaf: where a layer begins."""
    while isinstance(item, Block):
        item = item.items[0]
    return any(not edge.edges and edge.shape for edge in item.edges)


def repetitions(ids: Any, begins: Sequence[bool]) -> list[tuple[int, int, int]]:
    """A sequence cut into (start, period, times): whatever is repeated OFTEN or more, the rest item by item.

    Of the repetitions that begin at a place the one that covers most is taken, or a later one as long that begins with
    a layer.
    """
    n, longest = len(ids), min(LONGEST, len(ids) // OFTEN)
    equal = np.zeros((longest + 1, n + 1), int)  # how many ids from here on equal those a period later
    for period in range(1, longest + 1):
        same = ids[period:] == ids[:-period]
        ends = np.where(~same, np.arange(len(same)), len(same))
        equal[period, : len(same)] = np.minimum.accumulate(ends[::-1])[::-1] - np.arange(len(same))
    periods = np.arange(longest + 1)
    found, i = [], 0
    while i < n:
        times = equal[1:, i] // periods[1:] + 1
        covered = np.where(times >= OFTEN, times * periods[1:], 0)
        if not longest or not covered.any():
            found.append((i, 1, 1))
            i += 1
            continue
        period = int(covered.argmax()) + 1
        count = int(times[period - 1])
        later = [s for s in range(period) if equal[period, i + s] // period + 1 >= count and begins[i + s]]
        shift = later[0] if later else 0
        found += [(j, 1, 1) for j in range(i, i + shift)]
        found.append((i + shift, period, count))
        i += shift + period * count
    return found


def representatives(block: Block) -> Iterator[tuple[Any, Any]]:
    """For every node inside: the node or closed block in the drawing that stands for it."""
    for item in block.items:
        if not isinstance(item, Block):
            yield item, item
        elif item.closed:
            yield from ((node, item) for node in item.nodes)
        else:
            yield from representatives(item)
            first = dict(representatives(item))
            for copy in item.copies[1:]:
                yield from _alike(item.copies[0], copy, first)


def _alike(items: list[Any], copy: list[Any], first: dict[Any, Any]) -> Iterator[tuple[Any, Any]]:
    for a, b in zip(_flat(items), _flat(copy), strict=True):
        yield b, first[a]


def _flat(items: list[Any]) -> Iterator[Any]:
    for item in items:
        yield from item.nodes if isinstance(item, Block) else (item,)
