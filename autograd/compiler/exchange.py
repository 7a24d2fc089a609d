"""What a function reaches, exchanged for what is recorded while it runs; and given back, with what has become of it.

It computes with copies. So if the call raises an error it can be made again, from where it began; and what is recorded
in one thread is not seen in another before the call is over.
"""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import Any

import numpy as np

from ..core import writes
from ..core.engine import Leaf, Node, Traced, reachable
from .buffers import dense
from .capture import Origin
from .program import mapped, through
from .reach import Reach, Unreachable
from .recorded_array import RecordedArray
from .recorded_number import RecordedNumber
from .recorded_random import RecordedRandom
from .step_recorder import Recorder


class Exchange:
    """`given` stands for what is `real`, and `origins` say where that is: the same number belongs to the same thing.

    Raises Unreachable if two of the arrays share memory.
    """

    def __init__(self, reach: Reach, recorder: Recorder, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self.reach, self.recorder = reach, recorder
        self.origins: list[Origin] = []
        self.real: list[Any] = []
        self.given: list[Any] = []
        self.kept = False  # whether something that was recorded is still held, outside of what is reached
        self.nodes = [x._node for x in reach.tensors]
        self.grads = [getattr(node, "grad", None) for node in self.nodes]
        self.generators = [(generator, generator.rng, generator.get_state()) for generator in reach.generators]
        apart([*self._arrays(), *(x for x in (*args, *kwargs.values()) if isinstance(x, np.ndarray))])
        self.args = tuple([self._argument(i, x) for i, x in enumerate(args)])
        self.kwargs = {key: self._argument(len(args) + i, x) for i, (key, x) in enumerate(kwargs.items())}

    def _arrays(self) -> list[Any]:
        tensors = [x._data for x in self.reach.tensors]
        grads = [getattr(grad, "_data", grad) for grad in self.grads]
        return [x for x in (*tensors, *grads, *(p.get() for p in self.reach.arrays)) if isinstance(x, np.ndarray)]

    def _argument(self, i: int, x: Any) -> Any:
        return self._input("argument", i, x) if type(x) in (float, np.ndarray) else x

    def _input(self, kind: str, number: int, value: Any) -> Any:
        """What is computed with in the place of a value."""
        self.origins.append((kind, number))
        self.real.append(value)
        copied = isinstance(value, np.ndarray) and dense(value.shape, value.strides, value.itemsize)
        own = value.copy("K") if copied else value
        self.given.append(self.recorder.input(own))
        return self.given[-1]

    def given_for(self, kind: str, number: int) -> Any:
        """What was given in the place of something; None if there was nothing."""
        origin = (kind, number)
        return self.given[self.origins.index(origin)] if origin in self.origins else None

    def put(self) -> None:
        """Exchange everything for what is recorded."""
        reach = self.reach
        for i, x in enumerate(reach.tensors):
            x._data = self._input("tensor", i, x._data)
        for i, grad in enumerate(self.grads):
            if isinstance(grad, Traced):
                grad._data = self._input("grad", i, grad._data)
            elif grad is not None:
                self.nodes[i].grad = self._input("grad", i, grad)
        for kind, places in (("array", reach.arrays), ("number", reach.numbers)):
            for i, place in enumerate(places):
                place.put(self._input(kind, i, place.get()))
        for generator, _, _ in self.generators:
            generator.__dict__["rng"] = RecordedRandom(self.recorder, generator)

    # -- after a call that has ended --

    def give_back(self, returned: list[Any]) -> Any:
        """Let everything be what the call has made of it; gives what it `returned`, without anything recorded."""
        written = []
        for (kind, _), real, given in zip(self.origins, self.real, self.given, strict=True):
            if type(given) is RecordedArray and given.memory.slot is not given.memory.first:
                real[...] = given.value
                written += [real] if kind in ("tensor", "grad") else []
        if written:
            writes.wrote(*written)
        for x in self.reach.tensors:
            x._data = self.plain(x._data)
        for old, node in zip(self.grads, self.nodes, strict=True):
            if isinstance(old, Traced):
                old._data = self.plain(old._data)
            if node is not None:
                node.grad = self.bare(node.grad)
        for place in (*self.reach.arrays, *self.reach.numbers):
            try:
                place.put(self.plain(place.get()))
            except (KeyError, IndexError, TypeError):
                self.refuse(f"it takes {place.key} away")
        self._generators()
        result = mapped(returned.pop(), self._without_records)
        self._let_go()
        return result

    def plain(self, x: Any) -> Any:
        """What a recorded array or number stands for, a view of what is real too; all else as it is."""
        if type(x) is RecordedArray and x.recorder is self.recorder:
            for real, given in zip(self.real, self.given, strict=True):
                if type(given) is RecordedArray and given.memory is x.memory:
                    values = self.recorder.values
                    return through(real, tuple((f, values(args), values(options)) for f, args, options in x.path))
        return x.value if type(x) in (RecordedArray, RecordedNumber) else x

    def bare(self, x: Any) -> Any:
        """The same of an array, or of a tensor."""
        if isinstance(x, Traced):
            x._data = self.plain(x._data)
        return self.plain(x)

    def _without_records(self, x: Any) -> Any:
        """A part of a result, with all that leads to it: what it is a view of, and its graph."""
        shown = x if isinstance(x, Traced) else None
        for node in reachable([x._node]) if shown is not None and x._node is not None else ():
            if node.edges and node.saved is not None:
                node.saved = tuple(mapped(tuple(node.saved), self.bare))
        while shown is not None:
            shown._data = self.plain(shown._data)
            shown = getattr(shown, "_parent", None)
        return self.plain(x)

    def _generators(self) -> None:
        for generator, rng, _ in self.generators:
            if type(generator.__dict__.get("rng")) is RecordedRandom:
                generator.__dict__["rng"] = rng
            else:
                self.refuse("it seeds a generator")

    def _let_go(self) -> None:
        """Find what is still kept of the recorded arrays and numbers, and put what it stands for in its place."""
        left = self._left()
        for x in left:
            for holder in gc.get_referrers(x):
                if holder is not left:
                    self.kept = True
                    put_plain(holder, x, self.plain)

    def _left(self) -> list[Any]:
        """What is left of all that was handed out, when the recorder has let go of it."""
        for memory in self.recorder.memories:
            memory.root = None
        self.recorder.written.clear()
        self.args, self.kwargs = (), {}
        own = {id(x) for x in self.given}
        return [x for x in (each() for each in self.recorder.made) if x is not None and id(x) not in own]

    def refuse(self, why: str) -> None:
        """Note that the program cannot be used."""
        self.recorder.why = self.recorder.why or why

    # -- after a call that has raised an error --

    def undo(self) -> None:
        """Let everything that is reached be as it was before."""
        for (kind, i), real in zip(self.origins, self.real, strict=True):
            if kind == "tensor":
                self.reach.tensors[i]._data = real
            elif kind == "grad" and isinstance(grad := self.grads[i], Traced):
                grad._data = real
        for x, node, grad in zip(self.reach.tensors, self.nodes, self.grads, strict=True):
            x._node = node
            if node is not None:
                node.grad = grad
        for watch in self.reach.watches:
            watch.put_back()
        for (kind, i), real in zip(self.origins, self.real, strict=True):
            if kind in ("array", "number"):
                (self.reach.arrays if kind == "array" else self.reach.numbers)[i].put(real)
        for generator, rng, state in self.generators:
            generator.__dict__["rng"] = rng
            generator.set_state(state)


def put_plain(holder: Any, x: Any, plain: Callable[[Any], Any]) -> None:
    """Put what x stands for in its place in a tensor, a node, a list or a dict."""
    if isinstance(holder, Traced):
        holder._data = plain(holder._data)
    elif isinstance(holder, Leaf | Node):
        holder.grad = plain(holder.grad)
    elif isinstance(holder, list | dict):
        for key, value in list(holder.items() if isinstance(holder, dict) else enumerate(holder)):
            if value is x:
                holder[key] = plain(x)


def apart(arrays: list[Any]) -> None:
    """Raise Unreachable if two of the arrays share memory."""
    by_owner: dict[int, list[Any]] = {}
    for x in arrays:
        others = by_owner.setdefault(id(writes.owner(x)), [])
        if any(np.may_share_memory(x, y) for y in others):
            raise Unreachable("two of the tensors that it reaches share memory")
        others.append(x)
