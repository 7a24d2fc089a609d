"""One call of a function, recorded: what it computes, what it changes, and what it returns, as a program."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import numpy as np

from ..core import writes
from ..core.casting import region
from ..core.dtypes import get_default_dtype
from ..core.engine import Traced, reachable, recording, walk
from .capture import Backward, Capture, Result, Same
from .exchange import Exchange
from .program import Program, Slot, leaves, mapped
from .reach import Reach
from .recorded_array import RecordedArray
from .recorded_number import RecordedNumber
from .step_recorder import Memory, Recorder


class Refused(Exception):  # noqa: N818  (no error: the call is made again)
    """A call has raised an error while it was recorded, and everything is as it was before."""


class Capturing:
    """The work of one capture. Raises Unreachable if two of the arrays that are reached share memory."""

    def __init__(self, reach: Reach, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self.reach, self.recorder = reach, Recorder(RecordedArray, RecordedNumber)
        self.exchange = Exchange(reach, self.recorder, args, kwargs)
        self.modes = recording.get(), region.get(), get_default_dtype()
        self.drawn = random.getstate(), np.random.get_state()
        self.start = writes.tick()

    def run(self, function: Callable[..., Any]) -> tuple[Any, Capture | None, str | None]:
        """Call the function; returns its result and the capture or, if that cannot be used, None and why.

        Raises Refused, and then nothing has changed, if the function raises an error.
        """
        exchange = self.exchange
        exchange.put()
        try:
            with self.recorder.recording():
                returned = [function(*exchange.args, **exchange.kwargs)]  # the one reference to it
                capture = self._captured(returned[0])
        except Exception as error:
            exchange.undo()
            raise Refused(f"it raised {type(error).__name__}") from None
        except BaseException:
            exchange.undo()
            raise
        result = exchange.give_back(returned)
        self._look_around()
        why = self.recorder.why
        return result, None if why else capture, why

    # -- what happened --

    def _captured(self, result: Any) -> Capture:
        """The capture of a call that has just returned `result`; called while still recording."""
        outputs: list[Slot] = []
        shown: list[Memory] = []
        tensors = {id(x): i for i, x in enumerate(self.reach.tensors)}

        def output(x: Any, kind: str, spent: bool = False) -> Result:
            if isinstance(x, np.ndarray | np.generic) and not self.recorder.knows(x):
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

        inputs = [x.memory for x in self.exchange.given if type(x) is RecordedArray]
        roots: list[tuple[int, Any]] = []
        shape = mapped(result, returned)
        capture = Capture(Program([], self.recorder.steps, outputs), self.exchange.origins, shape)
        self._tensors(capture)
        self._grads(capture, output)
        for i, place in enumerate(self.reach.numbers):
            try:
                now, origin = place.get(), self.exchange.given_for("number", i)
            except (KeyError, IndexError, TypeError):
                continue
            if type(now) is not RecordedNumber:
                self.recorder.refuse(f"{place.key} was set to another value")
            elif now.slot is not origin.slot:
                capture.numbers[i] = output(now, "number").output
        forward = len(self.recorder.steps)
        if roots:
            self._backward(capture, roots, forward)
        capture.program = Program(self.recorder.inputs, self.recorder.steps[:forward], outputs, capture.program.writes)
        capture.constants, capture.random = self.recorder.constants, self.recorder.random
        return capture

    def _tensors(self, capture: Capture) -> None:
        """What was written to the tensors and arrays that are reached, in their own memory."""
        for (kind, i), given in zip(self.exchange.origins, self.exchange.given, strict=True):
            if type(given) is not RecordedArray:
                continue
            if kind in ("tensor", "array"):
                now = self.reach.tensors[i]._data if kind == "tensor" else self.reach.arrays[i].get()
                if now is not given:
                    self.recorder.refuse("it assigns other memory to what it reaches")
                if kind == "tensor" and self.reach.tensors[i]._node is not self.exchange.nodes[i]:
                    self.recorder.refuse("it changes whether a tensor requires grad, or records a write to it")
            if given.memory.slot is not given.memory.first:
                capture.program.writes.append((given.memory.first, given.memory.slot))
                capture.written.append((kind, i))

    def _grads(self, capture: Capture, output: Callable[[Any, str], Result]) -> None:
        for i, node in enumerate(self.exchange.nodes):
            if node is None:
                continue
            now = node.grad
            array = now._data if isinstance(now, Traced) else now
            if isinstance(now, Traced) and now._node is not None:
                self.recorder.refuse("a gradient has a graph")
            if array is self.exchange.given_for("grad", i):
                continue
            capture.grads[i] = None if now is None else output(array, "array").output

    def _backward(self, capture: Capture, roots: list[tuple[int, Any]], forward: int) -> None:
        """Record how the gradient of the output goes back to the tensors: a program of its own."""
        if len(roots) > 1:
            self.recorder.refuse("it returns several tensors that require grad")
            return
        ((output, root),) = roots
        leaf_nodes = {node: i for i, node in enumerate(self.exchange.nodes) if node is not None}
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

    def _look_around(self) -> None:
        """Refuse if something else has changed that the function reaches, or that all share."""
        refuse = self.exchange.refuse
        if self.modes != (recording.get(), region.get(), get_default_dtype()):
            refuse("it changes a mode: whether gradients are recorded, autocast, the default dtype")
        for watch in self.reach.watches:
            if not watch.holds():
                refuse(f"it changes {watch.name}")
        (python, numpy), now = self.drawn, np.random.get_state()
        if python != random.getstate() or numpy[2] != now[2] or (numpy[1] != now[1]).any():  # type: ignore[index]
            refuse("it draws random numbers of Python's or NumPy's own generator")
        known = [x for x in (*self.exchange.real, *self.exchange.given) if isinstance(x, np.ndarray)]
        if writes.written_after(self.start, known):
            refuse("it writes to what it reaches by a way that cannot be watched")
        if self.exchange.kept:
            refuse("it keeps a value that it computed")


def spent(x: Any) -> bool:
    """Whether backward has been through the graph of a tensor, and freed it."""
    return any(node.edges and node.saved is None for node in reachable([x._node]))
