"""One call of a function, recorded: what it computes, what it changes, and what it returns.

Everything that the function reaches is exchanged for what tells the recorder, the function is called, and what is left
of it is exchanged back; so the call does what it always does. What cannot be told in a program is a reason to refuse.
"""

from __future__ import annotations

import gc
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..core import writes
from ..core.casting import region
from ..core.dtypes import get_default_dtype
from ..core.engine import Traced, reachable, recording, walk
from ..core.writes import owner
from .buffers import dense
from .program import Program, Slot, Step, leaves, mapped
from .reach import Reach, facts
from .recorded_array import RecordedArray, RecordedNumber, recorder
from .recorded_random import RecordedRandom
from .recorder import Memory

Origin = tuple[str, int]  # "tensor", "grad", "array", "number" or "argument", and which of them


@dataclass(frozen=True, slots=True)
class Result:
    """In the place of a tensor, array or number in what is returned: which output it is, and how it is wrapped."""

    output: int
    kind: str  # "tensor", "array" or "number"
    spent: bool = False  # of a graph that backward has been through


@dataclass(frozen=True, slots=True)
class Same:
    """In the place of a tensor that the function reached and returned itself."""

    tensor: int


@dataclass(frozen=True, slots=True)
class Backward:
    """What a differentiable output leads to: its program takes `saved` of the forward's outputs, and the gradient."""

    output: int
    program: Program
    saved: tuple[int, ...]
    targets: tuple[int, ...]  # the tensors


class Refused(Exception):
    """A call cannot be told in a program, for a reason; `for_good` tells whether that holds for calls of its kind."""

    def __init__(self, why: str | None, for_good: bool) -> None:
        super().__init__(why)
        self.for_good = for_good


@dataclass
class Capture:
    """A recorded call. `grads`: what becomes of the gradients, by tensor: None, or the output that is the new one."""

    program: Program
    origins: list[Origin]
    result: Any
    grads: dict[int, int | None] = field(default_factory=dict)
    numbers: dict[int, int] = field(default_factory=dict)  # by place: the output that it becomes
    written: list[Origin] = field(default_factory=list)  # of the program's writes
    backward: Backward | None = None
    constants: list[Any] = field(default_factory=list)
    random: bool = False


class Capturing:
    """The work of one capture."""

    def __init__(self, reach: Reach, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self.reach, self.recorder = reach, recorder()
        self.origins: list[Origin] = []
        self.real: list[Any] = []  # what is reached
        self.given: list[Any] = []  # what was put in the place of each origin
        self.after: dict[int, Any] = {}  # the memory of what was written, by origin
        self.numbers: dict[int, Any] = {}  # what has become of numbers
        self.generators = [(generator, generator.rng) for generator in reach.generators]
        self.states = [(generator, generator.get_state()) for generator in reach.generators]
        self.nodes = [x._node for x in reach.tensors]
        self.modes = recording.get(), region.get(), get_default_dtype()
        self.before = random.getstate(), np.random.get_state()[1:3]  # type: ignore[index]
        self.old_grads = [getattr(node, "grad", None) for node in self.nodes]
        self.args = tuple([self._argument(i, x) for i, x in enumerate(args)])
        self.kwargs = {key: self._argument(len(args) + i, x) for i, (key, x) in enumerate(kwargs.items())}

    def _input(self, kind: str, number: int, value: Any) -> Any:
        """What is computed with in the place of a value: with a copy of it, so that a call that fails has changed nothing."""
        self.origins.append((kind, number))
        own = value.copy("K") if isinstance(value, np.ndarray) and dense(value) else value
        self.real.append(value)
        self.given.append(self.recorder.input(own))
        return self.given[-1]

    def _argument(self, i: int, x: Any) -> Any:
        return self._input("argument", i, x) if type(x) in (float, np.ndarray) else x

    def put(self) -> None:
        """Exchange what the function reaches for what is recorded."""
        reach = self.reach
        for i, x in enumerate(reach.tensors):
            x._data = self._input("tensor", i, x._data)
        for i, grad in enumerate(self.old_grads):
            if isinstance(grad, Traced):
                grad._data = self._input("grad", i, grad._data)
            elif grad is not None:
                self.nodes[i].grad = self._input("grad", i, grad)
        for kind, places in (("array", reach.arrays), ("number", reach.numbers)):
            for i, place in enumerate(places):
                place.put(self._input(kind, i, place.get()))
        for generator, _ in self.generators:
            generator.__dict__["rng"] = RecordedRandom(self.recorder, generator)

    def run(self, function: Callable[..., Any]) -> tuple[Any, Capture]:
        """Call the function; returns its result, and the capture.

        Raises Refused, and then nothing has changed, if it cannot be told in a program, or raised an error.
        """
        self.put()
        capture = None
        try:
            with self.recorder.recording():
                result = function(*self.args, **self.kwargs)
                capture = self._captured(result)
        except Exception as error:
            self.recorder.why = f"it raised {type(error).__name__}"
        finally:
            self.recorder.open = False
            after = self.take_back()
        if capture is not None:
            result = unwrapped(result)
            self._look_at_memory(capture)
            self._look_around()
            self._let_go()
        if capture is None or self.recorder.why:
            self._undo()
            raise Refused(self.recorder.why, capture is not None)
        self._commit(capture, after)
        return result, capture

    # -- what happened --

    def _captured(self, result: Any) -> Capture:
        """The capture of a call that has just returned `result`; called while still recording."""
        outputs: list[Slot] = []
        shown: list[Memory] = []
        tensors = {id(x): i for i, x in enumerate(self.reach.tensors)}

        def output(x: Any, kind: str, spent: bool = False) -> Result:
            if isinstance(x, np.ndarray | np.generic) and type(x) is not RecordedArray:
                x = self.recorder.constant(x)
            if type(x) is RecordedArray:
                if any(x.memory is memory for memory in (*shown, *inputs)):
                    self.recorder.refuse("it returns a view of what it reaches, or one value twice")
                shown.append(x.memory)
            outputs.append(x.slot)
            return Result(len(outputs) - 1, kind, spent)

        def returned(x: Any) -> Any:
            if isinstance(x, Traced) and id(x) in tensors:
                return Same(tensors[id(x)])
            if isinstance(x, Traced):
                roots.extend([(len(outputs), x)] if x._node is not None and not spent(x) else [])
                return output(x._data, "tensor", x._node is not None and spent(x))
            if type(x) is RecordedArray or type(x) is RecordedNumber:
                return output(x, "array" if type(x) is RecordedArray else "number")
            if not (x is None or isinstance(x, int | float | str | bool)):
                self.recorder.refuse(f"it returns a {type(x).__name__}")
            return x

        inputs = [x.memory for x in self.given if type(x) is RecordedArray]
        roots: list[tuple[int, Any]] = []
        shape = mapped(result, returned)
        capture = Capture(Program([], self.recorder.steps, outputs), self.origins, shape)
        self._tensors(capture)
        self._grads(capture, output)
        for i, place in enumerate(self.reach.numbers):
            try:
                now, origin = place.get(), self._origin("number", i)
            except (KeyError, IndexError, TypeError):
                continue
            if type(now) is not RecordedNumber:
                self.recorder.refuse(f"{place.key} was set to another value")
            elif now.slot is not origin.slot:
                capture.numbers[i] = output(now, "number").output
                self.numbers[i] = now.value
        forward = len(self.recorder.steps)
        if roots:
            self._backward(capture, roots, forward)
        capture.program = Program(self.recorder.inputs, self.recorder.steps[:forward], outputs, capture.program.writes)
        capture.constants, capture.random = self.recorder.constants, self.recorder.random
        return capture

    def _origin(self, kind: str, number: int) -> Any:
        return self.given[self.origins.index((kind, number))]

    def _tensors(self, capture: Capture) -> None:
        """What was written to the tensors and arrays that are reached, in their own memory."""
        for k, ((kind, i), given) in enumerate(zip(self.origins, self.given, strict=True)):
            if type(given) is not RecordedArray:
                continue
            if kind in ("tensor", "array"):
                now = self.reach.tensors[i]._data if kind == "tensor" else self.reach.arrays[i].get()
                if now is not given:
                    self.recorder.refuse("it assigns other memory to what it reaches")
                if kind == "tensor" and self.reach.tensors[i]._node is not self.nodes[i]:
                    self.recorder.refuse("it changes whether a tensor requires grad, or records a write to it")
            if given.memory.slot is not given.memory.first:
                capture.program.writes.append((given.memory.first, given.memory.slot))
                capture.written.append((kind, i))
                self.after[k] = given.value

    def _grads(self, capture: Capture, output: Callable[[Any, str], Result]) -> None:
        for i, node in enumerate(self.nodes):
            if node is None:
                continue
            now = node.grad
            array = now._data if isinstance(now, Traced) else now
            if isinstance(now, Traced) and now._node is not None:
                self.recorder.refuse("a gradient has a graph")
            if array is self._given_grad(i):
                continue
            capture.grads[i] = None if now is None else output(array, "array").output

    def _given_grad(self, i: int) -> Any:
        return self._origin("grad", i) if ("grad", i) in self.origins else None

    def _backward(self, capture: Capture, roots: list[tuple[int, Any]], forward: int) -> None:
        """Record how the gradient of the output goes back to the tensors: a program of its own."""
        if len(roots) > 1:
            self.recorder.refuse("it returns several tensors that require grad")
            return
        ((output, root),) = roots
        leaf_nodes = {node: i for i, node in enumerate(self.nodes) if node is not None}
        nodes = reachable([root._node])
        if any(getattr(node, "hooks", None) is not None for node in nodes):
            self.recorder.refuse("a hook is registered on a gradient")
        targets = [node for node in nodes if node in leaf_nodes]
        if any(not node.edges and node not in leaf_nodes for node in nodes):
            self.recorder.refuse("it makes a tensor that requires grad")
        if self.recorder.why or not targets:
            self.recorder.refuse("what it returns requires grad, but leads nowhere")
            return
        inputs = len(self.recorder.inputs)
        seed = self.recorder.input(np.ones_like(root._data.value))
        del self.recorder.inputs[inputs:]
        found = walk([root._node], [seed], targets, True, None, False)
        targets = [node for node in targets if node in found]
        steps = self.recorder.steps[forward:]
        made = {id(step.out) for step in steps} | {id(seed.slot)}
        outs = [found[node].slot for node in targets]
        read = [x for step in steps for x in leaves((step.inputs, step.options)) if type(x) is Slot]
        saved = list({id(x): x for x in (*read, *outs) if id(x) not in made}.values())
        for x in saved:
            if not any(x is other for other in capture.program.outputs):
                capture.program.outputs.append(x)
        places = tuple([next(k for k, y in enumerate(capture.program.outputs) if x is y) for x in saved])
        program = Program([*saved, seed.slot], steps, outs)
        capture.backward = Backward(output, program, places, tuple([leaf_nodes[node] for node in targets]))

    # -- putting back --

    def take_back(self) -> list[Any]:
        """Let everything that is reached be as it was; returns the gradients as the call has left them."""
        grads = [bare(getattr(node, "grad", None)) for node in self.nodes]
        for (kind, i), real in zip(self.origins, self.real, strict=True):
            if kind == "tensor":
                self.reach.tensors[i]._data = real
            elif kind == "grad" and isinstance(self.old_grads[i], Traced):
                self.old_grads[i]._data = real
            elif kind in ("array", "number"):
                try:
                    (self.reach.arrays if kind == "array" else self.reach.numbers)[i].put(real)
                except (KeyError, IndexError, TypeError):
                    self.recorder.why = self.recorder.why or "it takes away what it reaches"
        for x, node, real in zip(self.reach.tensors, self.nodes, self.old_grads, strict=True):
            x._node = node
            if node is not None:
                node.grad = real
        for generator, rng in self.generators:
            if type(generator.__dict__.get("rng")) is not RecordedRandom:
                self.recorder.why = self.recorder.why or "it seeds a generator"
            generator.__dict__["rng"] = rng
        return grads

    def _undo(self) -> None:
        """Put back what the call changed beyond that, for the function to be called again."""
        for watch in self.reach.watches:
            watch.put_back()
        for generator, state in self.states:
            generator.set_state(state)

    def _commit(self, capture: Capture, grads: list[Any]) -> None:
        """Change what the call has changed."""
        written = []
        for kind, i in capture.written:
            k = self.origins.index((kind, i))
            self.real[k][...] = self.after[k]
            written += [self.real[k]] if kind != "array" else []
        for i in capture.grads:
            self.nodes[i].grad = grads[i]
        for i in capture.numbers:
            self.reach.numbers[i].put(self.numbers[i])
        if written:
            writes.wrote(*written)

    def _look_at_memory(self, capture: Capture) -> None:
        """Refuse if memory that is written to is reached by two ways."""
        arrays = [x for x in self.real if isinstance(x, np.ndarray)]
        for origin in capture.written:
            mine = self.real[self.origins.index(origin)]
            if sum(np.may_share_memory(mine, x) for x in arrays) > 1:
                self.recorder.why = self.recorder.why or "two of the tensors that it reads and writes share memory"

    def _look_around(self) -> None:
        """Refuse if something else has changed that the function reaches, or that all share."""
        why = self.recorder
        if self.modes != (recording.get(), region.get(), get_default_dtype()):
            why.why = why.why or "it changes a mode: whether gradients are recorded, autocast, the default dtype"
        for watch in self.reach.watches:
            if not why.why and not watch.holds():
                why.why = f"it changes {watch.name}"
        now = random.getstate(), np.random.get_state()[1:3]  # type: ignore[index]
        if now[0] != self.before[0] or now[1][1] != self.before[1][1] or (now[1][0] != self.before[1][0]).any():
            why.why = why.why or "it draws random numbers of Python's or NumPy's own generator"


    def _let_go(self) -> None:
        """Find what is still kept of the recorded arrays and numbers, and let it be what it stands for."""
        recorder = self.recorder
        for memory in recorder.memories:
            memory.root = None
        self.given.clear()
        recorder.written.clear()
        self.args, self.kwargs = (), {}
        left = [x for x in (each() for each in recorder.made) if x is not None]
        if not all([replaced_where_kept(x, left) for x in left]):
            recorder.why = recorder.why or "it keeps a value that it computed"


def replaced_where_kept(x: Any, own: list[Any]) -> bool:
    """Put what x stands for in its place in tensors, lists and dicts but `own`; returns whether nobody had it."""
    known = True
    for holder in gc.get_referrers(x):
        if holder is own:
            continue
        known = False
        if isinstance(holder, Traced):
            holder._data = plain(holder._data)
        elif isinstance(holder, list | dict):
            for key, value in list(holder.items() if isinstance(holder, dict) else enumerate(holder)):
                if value is x:
                    holder[key] = x.value
    return known


def plain(x: Any) -> Any:
    """What a recorded array or number stands for; all else as it is."""
    return x.value if type(x) is RecordedArray or type(x) is RecordedNumber else x


def spent(x: Any) -> bool:
    """Whether backward has been through the graph of a tensor, and freed it."""
    return any(node.edges and node.saved is None for node in reachable([x._node]))


def unwrapped(result: Any) -> Any:
    """What a recorded call returned, without anything recorded in it, graphs included."""

    def change(x: Any) -> Any:
        if isinstance(x, Traced):
            shown = x
            while shown is not None:  # the tensors that it is a view of
                shown._data = plain(shown._data)
                shown = getattr(shown, "_parent", None)
            for node in reachable([x._node]) if x._node is not None else ():
                if node.edges and node.saved is not None:
                    node.saved = tuple(mapped(tuple(node.saved), bare))
        return plain(x)

    return mapped(result, change)


def bare(x: Any) -> Any:
    """An array or a tensor without anything recorded in it."""
    if isinstance(x, Traced):
        x._data = plain(x._data)
    return plain(x)


def alike(a: Capture, b: Capture) -> str | None:
    """Why two captures of one signature are not the same program; None if they are."""
    if len(a.program.steps) != len(b.program.steps):
        return "it computes something else at each call"
    for x, y in zip(_described(a), _described(b), strict=True):
        if not _equal(x, y):
            return f"a value that is not computed here changes from call to call: {_difference(x, y)}"
    kept = {id(x) for x in a.constants if x.flags.writeable or owner(x).flags.writeable}
    if any(id(x) in kept for x in b.constants):
        return "it computes with an array that it reaches by a way that cannot be watched"
    return None


def _described(capture: Capture) -> Iterator[Any]:
    programs = [capture.program] + ([capture.backward.program] if capture.backward else [])
    yield capture.origins, capture.result, capture.grads, capture.numbers, capture.written
    for program in programs:
        yield program.inputs, program.outputs, program.writes
        for step in program.steps:
            yield step
    if capture.backward:
        yield capture.backward.saved, capture.backward.targets, capture.backward.output


def _equal(a: Any, b: Any) -> bool:
    if type(a) is not type(b):
        return False
    if type(a) is Slot:
        return bool(a.number == b.number and a.shape == b.shape and a.dtype == b.dtype)
    if type(a) is Step:
        return _equal((a.function, a.inputs, a.options, a.out), (b.function, b.inputs, b.options, b.out))
    if type(a) in (tuple, list):
        return len(a) == len(b) and all(map(_equal, a, b))
    if type(a) is dict:
        return a.keys() == b.keys() and all(_equal(x, b[key]) for key, x in a.items())
    if type(a) is slice:
        return _equal((a.start, a.stop, a.step), (b.start, b.stop, b.step))
    if isinstance(a, np.ndarray | np.generic):
        return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
    return repr(a) == repr(b) if type(a) is float else bool(a == b)


def _difference(a: Any, b: Any) -> str:
    """Where two steps differ, in words."""
    if type(a) is Step and type(b) is Step and a.function is b.function:
        for x, y in zip(leaves((a.inputs, a.options)), leaves((b.inputs, b.options)), strict=False):
            if not _equal(x, y):
                return f"{x!r:.40}, then {y!r:.40}, in {getattr(a.function, '__name__', a.function)}"
    return "other steps"


__all__ = ["Capture", "Capturing", "Result", "Same", "alike", "facts", "unwrapped"]
