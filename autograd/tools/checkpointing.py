"""Checkpoints: what a function computed is dropped, and computed again when backward comes to it.

The function runs as it always does and its nodes stand in the graph, so leaves that it finds for itself, hooks and
higher derivatives need no care. Only what the nodes saved is dropped. When the walk asks a node for it, the function is
run again, in the circumstances of its first run, and what the new nodes save goes to the old ones, by their number.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar, copy_context
from functools import partial
from typing import Any, TypeVar
from weakref import ref

import numpy as np

from ..core import casting, writes
from ..core.deferred import defer
from ..core.engine import Node, new, node_of
from ..core.listening import observe
from ..core.modes import is_grad_enabled
from ..tensors.tensor import Tensor
from .random_state import RandomState

R = TypeVar("R")
Contexts = tuple[AbstractContextManager[Any], AbstractContextManager[Any]]

_innermost: ContextVar[_Run | None] = ContextVar("innermost", default=None)


class CheckpointError(RuntimeError):
    """The function of a checkpoint computed something else when it ran again."""


class _Enough(BaseException):
    """All that is needed has been computed again. No Exception, so that the function does not catch it."""


def noop_context_fn() -> Contexts:
    """Two contexts that do nothing: of the first run of a function, and of the others."""
    return nullcontext(), nullcontext()


def checkpoint(
    function: Callable[..., R],
    *args: Any,
    preserve_rng_state: bool = True,
    context_fn: Callable[[], Contexts] = noop_context_fn,
    determinism_check: str = "default",
    early_stop: bool = True,
    **kwargs: Any,
) -> R:
    """`function(*args, **kwargs)`, of which backward keeps the arguments alone and computes the rest again.

    Gradients are those of the plain call, bit by bit, for the arguments (tensors in lists, tuples and dicts too) and
    for whatever else the function reads. Checkpoints nest. Under `no_grad` this is the plain call. See Chen et al.
    2016, "Training deep nets with sublinear memory cost".

    Args:
        function: computes the same every time, of the same operations; it may draw random numbers.
        preserve_rng_state: draw the same random numbers again (of the default generator, `numpy.random` and `random`),
            and let those after backward be what they would have been.
        context_fn: returns two context managers: that of the first run, and that of the ones in backward.
        determinism_check: "default" compares the operations, shapes and dtypes with those of the first run; "none"
            only their number.
        early_stop: end the run in backward as soon as everything that is needed has been computed.

    Raises:
        ValueError: another `determinism_check`.

    In backward:
        CheckpointError: the function computed something else the second time.
        RuntimeError: what it reads was written to since, by itself or by others.
    """
    if determinism_check not in ("default", "none"):
        raise ValueError(f"determinism_check should be one of ['default', 'none'] but got {determinism_check}")
    if not is_grad_enabled():
        return function(*args, **kwargs)
    first, again = context_fn()
    run = _First(function, args, kwargs, preserve_rng_state, determinism_check, early_stop, again)
    with first, run.watching():
        return function(*args, **kwargs)


class _Run:
    """A run of the function of a checkpoint, or of a block with hooks: it is told of every op recorded in it and of
    every write in place. `outer` is the run around it, of which it is a part.
    """

    outer: _Run | None

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Be told of what happens in a `with` block."""
        before, end = _innermost.set(self), observe(self)
        try:
            yield
        finally:
            end()
            _innermost.reset(before)

    def recorded(self, node: Node, inputs: Any, out: Any) -> None:
        """An op was recorded."""
        if _innermost.get() is self:
            self.note(node, inputs)

    def overwriting(self, array: Any) -> None:
        """A write begins, in this run or in one that is a part of it."""
        run = _innermost.get()
        while run is not None and run is not self:
            run = run.outer
        if run is self:
            self.note_write(array)

    def note(self, node: Node, inputs: Any) -> None:
        raise NotImplementedError

    def note_write(self, array: Any) -> None:
        raise NotImplementedError

    def keep(self, array: Any) -> Callable[[], Any]:
        """Keep an array that a checkpoint in this run was given; returns what gives it back."""
        raise NotImplementedError


class _First(_Run):
    """The run in the forward pass: what its nodes saved is dropped."""

    def __init__(
        self,
        function: Callable[..., Any],
        args: Any,
        kwargs: Any,
        preserve_rng_state: bool,
        determinism_check: str,
        early_stop: bool,
        again: AbstractContextManager[Any],
    ) -> None:
        self.outer, self.start = _innermost.get(), writes.tick()
        self.function, self.again, self.early_stop = function, again, early_stop
        self.compares = determinism_check == "default"
        self.given = _each((args, kwargs), lambda x: _Given(x, self.outer) if type(x) is Tensor else x)
        self.context = copy_context()  # no_grad and all else that is in force here
        self.random = RandomState() if preserve_rng_state else None
        self.nodes: list[Any] = []  # weak references, by number; None for what a checkpoint within was given
        self.written: dict[int, Any] = {}  # weak references to the memory written to, by id
        self.values: dict[int, Any] = {}  # computed again, by number, until the walk asks

    def note(self, node: Node, inputs: Any) -> None:
        if node.plan.frees:
            defer(node, partial(self.fetch, len(self.nodes)))
            self.nodes.append(ref(node))

    def note_write(self, array: Any) -> None:
        memory = writes.owner(array)
        self.written[id(memory)] = ref(memory)

    def writes_to(self, array: Any) -> bool:
        """Whether this run wrote to the memory of `array`, which outlived it."""
        memory = writes.owner(array)
        known = self.written.get(id(memory))
        return known is not None and known() is memory

    def keep(self, array: Any) -> Callable[[], Any]:
        self.nodes.append(None)
        return partial(self.fetch, len(self.nodes) - 1)

    def fetch(self, number: int) -> Any:
        """What was saved under a number, computed again if need be."""
        values = self.values
        if number not in values:
            run = _Again(self)
            try:
                self.context.copy().run(run.compute)
                values = self.values = run.values()
            finally:
                run.found.clear()  # their graph leads back to this run, by way of the checkpoints in it
        return values.pop(number)


class _Again(_Run):
    """A run in the backward pass, which leaves no trace: random numbers and what it wrote to are as before."""

    outer = None

    def __init__(self, first: _First) -> None:
        self.first, self.start = first, writes.tick()
        self.found: list[Any] = []  # a node, or an array for a checkpoint within
        self.standing: list[writes.Standing] = []

    def compute(self) -> None:
        """Run the function again, as far as needed."""
        first = self.first
        args, kwargs = _each(first.given, lambda x: x.tensor(self) if isinstance(x, _Given) else x)
        try:
            random = first.random.again() if first.random else nullcontext()
            with random, casting.resumed(), first.again, self.watching():
                first.function(*args, **kwargs)
        except _Enough:
            pass
        finally:
            for memory in reversed(self.standing):
                memory.put_back()
        if len(self.found) != len(first.nodes):
            raise CheckpointError(
                "checkpoint: A different number of tensors was saved during the original forward and recomputation: "
                f"{len(first.nodes)} operations saved some then, {len(self.found)} now. {_SAME}"
            )

    def note(self, node: Node, inputs: Any) -> None:
        if writes.last > self.first.start:
            for x in inputs:
                self.require_unchanged(x)
        if node.plan.frees:
            self.add(node)

    def add(self, entry: Any) -> None:
        first, number = self.first, len(self.found)
        if number < len(first.nodes) and first.compares:
            _compare(number, first.nodes[number], entry)
        self.found.append(entry)
        if first.early_stop and len(self.found) >= len(first.nodes):
            raise _Enough

    def require_unchanged(self, x: Any) -> None:
        """Raise RuntimeError if the memory of `x` was written to since the first run began."""
        if not isinstance(x, np.ndarray):
            return
        line = writes.line_between(x, self.first.start, self.start)
        if line or self.first.writes_to(x):
            raise RuntimeError(
                "checkpoint: one of the variables needed for gradient computation has been modified by an inplace "
                f"operation: the function reads a tensor of shape {list(x.shape)} that "
                f"{f'{line} wrote to since it first ran' if line else 'it writes to itself'}, so it would not compute "
                "the same again. Write to a clone(), or after backward()"
            )

    def note_write(self, array: Any) -> None:
        if self.first.writes_to(array):
            self.standing.append(writes.Standing(array))

    def keep(self, array: Any) -> Callable[[], Any]:
        self.add(array)
        return partial(self.first.fetch, len(self.found) - 1)

    def values(self) -> dict[int, Any]:
        """What is still wanted, by number."""
        found = {}
        for number, (place, entry) in enumerate(zip(self.first.nodes, self.found, strict=True)):
            if place is None:
                found[number] = entry
            elif (node := place()) is not None and node.saved is not None:
                if entry.stamp < writes.last:
                    writes.verify(entry)
                found[number] = entry.saved
        return found


class _Given:
    """A tensor that the function was given, as it was then. In a checkpoint within another, this keeps its array."""

    def __init__(self, tensor: Any, outer: _Run | None) -> None:
        self.node, array = node_of(tensor), tensor._data
        self.array = outer.keep(array) if outer is not None else lambda: array

    def tensor(self, run: _Again) -> Any:
        """The tensor, for another run."""
        tensor = new(Tensor)
        tensor._data, tensor._node = self.array(), self.node
        run.require_unchanged(tensor._data)
        return tensor


_SAME = (
    "The function must do the same each time: look for what depends on the time, on a counter, on a cache, or on "
    "random numbers of a generator of its own"
)


def _compare(number: int, place: Any, entry: Any) -> None:
    """Raise CheckpointError if an op is not the one that had its number in the first run."""
    node = place and place()
    if _facts(node) != _facts(entry) and (place is None or node is not None):
        raise CheckpointError(
            "checkpoint: Recomputed values for the following tensors have different metadata than during the forward "
            f"pass: operation {number} was {_describe(node)}, and is {_describe(entry)} now. {_SAME}"
        )


def _facts(entry: Any) -> Any:
    """What must be the same each time: of an op; of what a checkpoint within was given, nothing."""
    return (entry.op.name, entry.needed, entry.shape, entry.dtype) if isinstance(entry, Node) else None


def _describe(entry: Any) -> str:
    if not isinstance(entry, Node):
        return "a checkpoint"
    return f"{entry.op.name} of inputs {entry.needed}, with a result of shape {list(entry.shape)} and {entry.dtype}"


def _each(structure: Any, change: Callable[[Any], Any]) -> Any:
    """The same structure of tuples, lists and dicts, with what `change` makes of everything else in it."""
    kind = type(structure)
    if kind in (list, tuple):
        return kind([_each(x, change) for x in structure])
    if kind is dict:
        return {key: _each(x, change) for key, x in structure.items()}
    if isinstance(structure, tuple) and hasattr(structure, "_fields"):
        return kind(*(_each(x, change) for x in structure))
    return change(structure)
