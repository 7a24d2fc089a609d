"""`record_memory`: which op allocated what during a training step, and when it was freed."""

from __future__ import annotations

import threading
import tracemalloc
import weakref
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple, Self

import numpy as np

from ..core.listening import observe
from ..core.writes import owner
from .module_calls import callable_members
from .saved_memory import arrays

KINDS = ("parameter", "state", "input", "activation", "gradient", "flow")
Array = np.ndarray[Any, Any]


class Event(NamedTuple):
    """One op of the recorded step.

    Attributes:
        op: its name; of an optimizer "step", and "end" for the end of the block.
        phase: "forward", "backward", "step" or "end".
        path: the module that it is in; "" outside of the model.
        temporary: the bytes that were taken and given back while it was computed.
    """

    op: str
    phase: str
    path: str
    temporary: int


@dataclass
class Buffer:
    """The memory of an array, from the event that made it to the last one that it was there for.

    Attributes:
        kind: "parameter" (with the buffers of the model), "state" of the optimizer, "input" (arrays that no recorded op
            made), "activation" (made on the way forward), "gradient" (of a leaf), or "flow" (a gradient on its way).
        nbytes: its size.
        op, path: what made it: the name of an op, or of a parameter; and the module that the op is in.
        born, died: the numbers of events; 0 for what was there before the first, None for what is there still.
    """

    kind: str
    nbytes: int
    op: str
    path: str
    born: int
    died: int | None = None

    def alive(self, event: int) -> bool:
        """Whether it was there at an event."""
        return self.born <= event and (self.died is None or event <= self.died)


class record_memory:
    """Record what is allocated in the `with` block, and when it is freed.

        with autograd.record_memory(model, optimizer) as memory:
            loss = criterion(model(x), y)
            loss.backward()
            optimizer.step()
        print(memory)                      # the peak, where it was, and what it consisted of
        nn.plot.memory_timeline(memory)    # a picture of it

    Seen are the arrays of recorded ops and of the backward pass in this thread, the parameters and buffers of `model`,
    the gradients of leaves and, after each step, the state of `optimizer`; of what an op takes and gives back while it
    is computed, the amount, which tracemalloc measures. Not seen is what is computed under `no_grad`. The number 0 is
    the moment before the first event.

    It traces memory, which makes Python several times slower; where tracemalloc runs already, its peak is reset, and
    a mask that a function makes for itself counts as "input". It can be entered once; RuntimeError says so.

    Attributes:
        events: the ops, in their order; event number i is `events[i - 1]`.
        buffers: the arrays, in the order in which they were made.
    """

    def __init__(self, model: Any = None, optimizer: Any = None) -> None:
        self.events: list[Event] = []
        self.buffers: list[Buffer] = []
        self.paths: weakref.WeakKeyDictionary[Any, str] = weakref.WeakKeyDictionary()  # of nodes
        self._model, self._optimizer = model, optimizer
        self._known: dict[int, tuple[weakref.ref[Array], Buffer]] = {}  # by id, which the reference guards
        # When an array was made at a node that did not leave an op: of the gradient that came there, if it had to be
        # brought into shape (then this is certain), or else of it and the second.
        self._fed: weakref.WeakKeyDictionary[Any, tuple[int, bool]] = weakref.WeakKeyDictionary()
        self._calls: list[str] = []
        self._ends: list[Callable[[], Any]] = []
        self._current = 0
        self._starts = False  # whether tracing began here: then what is traced has been made since

    def __enter__(self) -> Self:
        if self.events or self._ends:
            raise RuntimeError("record_memory: expected to be entered once, make another one for another step")
        self._thread = threading.get_ident()
        if self._model is not None:
            for kind in ("parameters", "buffers"):
                for name, tensor in getattr(self._model, f"named_{kind}")():
                    self._note("parameter", [tensor], name, 0)
                    self._note("gradient", [tensor.grad], name, 0)
        if self._optimizer is not None:
            self._note_state(0)
            self._ends.append(self._optimizer.register_step_post_hook(self._stepped).remove)
        if self._model is not None:
            self._follow_modules()
        if not tracemalloc.is_tracing():
            tracemalloc.start()
            self._starts = True
            self._ends.append(tracemalloc.stop)
        tracemalloc.reset_peak()
        self._current = tracemalloc.get_traced_memory()[0]
        self._ends.append(observe(self))
        return self

    def __exit__(self, *exception: object) -> None:
        self._note_gradients()
        self._event("end", "end", "")
        while self._ends:
            self._ends.pop()()

    # -- what the engine tells ----------------------------------------------------------------------------------------

    def recorded(self, node: Any, inputs: Any, out: Any) -> None:
        """An op of the forward pass."""
        if threading.get_ident() == self._thread:
            path = self._calls[-1] if self._calls else ""
            self.paths[node] = path
            now = self._event(node.op.name, "forward", path)
            self._note("activation", [out], node.op.name, now, path)
            for array in arrays((inputs, node.saved)):
                made = self._starts and tracemalloc.get_object_traceback(owner(array)) is not None
                self._note("activation" if made else "input", [array], node.op.name, now if made else 0, path)

    def pulled(self, node: Any, g: Any, gradients: Any) -> None:
        """An op of the backward pass."""
        if threading.get_ident() == self._thread:
            path = self.paths.get(node, "")
            self._note("flow", [g], node.op.name, self._fed.get(node, (len(self.events), True))[0], path)
            now = self._event(node.op.name, "backward", path)
            self._note("flow", gradients, node.op.name, now, path)
            for edge, r in zip(node.edges, gradients, strict=True):
                first, certain = self._fed.get(edge, (0, False))
                if r is not None and not certain:
                    self._fed[edge] = now + 1, first > 0 or r.shape != edge.shape or r.dtype != edge.dtype

    def note_gradient(self, leaf: Any, gradient: Any) -> None:
        """Say which array is the gradient of a leaf, where `grad` returned it; in `.grad` it is seen."""
        tensor = leaf.variable and leaf.variable()
        _, parameter = self._known.get(id(owner(tensor._data)), (None, None)) if tensor is not None else (None, None)
        made, _ = self._fed.get(leaf, (0, True))
        for buffer in self._note("gradient", [gradient], parameter.op if parameter else "", made):
            buffer.kind = "gradient"

    # -- what it says -------------------------------------------------------------------------------------------------

    @property
    def live(self) -> list[int]:
        """The bytes that were there at every event, beginning with number 0."""
        changes = [0] * (len(self.events) + 2)
        for buffer in self.buffers:
            changes[buffer.born] += buffer.nbytes
            if buffer.died is not None:
                changes[buffer.died + 1] -= buffer.nbytes
        return np.cumsum(changes[:-1]).tolist()

    @property
    def peaks(self) -> list[int]:
        """The most that was there between an event and the one before it, what it took for itself included."""
        live = self.live
        return [live[0], *(max(a, b) + e.temporary for a, b, e in zip(live, live[1:], self.events, strict=False))]

    @property
    def peak(self) -> int:
        """The most bytes that were there at any time."""
        return max(self.peaks)

    def at(self, event: int) -> dict[str, int]:
        """The bytes of each kind that were there at an event."""
        return {kind: sum(b.nbytes for b in self.buffers if b.kind == kind and b.alive(event)) for kind in KINDS}

    @property
    def where(self) -> str:
        """The op at which the peak was, in words."""
        i = self.peaks.index(self.peak)
        op, phase, path, _ = self.events[i - 1] if i else ("the beginning", "", "", 0)
        if phase in ("forward", "backward"):
            return f"{op} of {path}, {phase}" if path else f"{op}, {phase}"
        return "the end" if phase == "end" else op

    def __repr__(self) -> str:
        i = self.peaks.index(self.peak)
        parts = [*self.at(i).items(), ("temporary", self.events[i - 1].temporary if i else 0)]
        lines = [f"peak: {self.peak:,} bytes, at {self.where}"]
        return "\n".join(lines + [f"  {kind:<10}  {size:>15,}" for kind, size in parts if size])

    # -- how it is found out ------------------------------------------------------------------------------------------

    def _event(self, op: str, phase: str, path: str) -> int:
        """The number of a new event, which what happened since the last one belongs to."""
        current, peak = tracemalloc.get_traced_memory()
        self.events.append(Event(op, phase, path, max(0, peak - max(current, self._current))))
        tracemalloc.reset_peak()
        self._current = current
        return len(self.events)

    def _note(self, kind: str, values: Iterable[Any], op: str, born: int, path: str = "") -> list[Buffer]:
        """The buffers of the arrays among `values`, entered if they are new."""
        found = []
        for array in arrays(tuple(values)):
            memory = owner(array)
            ref, buffer = self._known.get(id(memory), (None, None))
            if buffer is None or ref is None or ref() is not memory:
                buffer = Buffer(kind, memory.nbytes, op, path, born)
                self.buffers.append(buffer)
                self._known[id(memory)] = weakref.ref(memory, self._at_death(buffer, id(memory))), buffer
            found.append(buffer)
        return found

    def _at_death(self, buffer: Buffer, key: int) -> Callable[[Any], None]:
        record = weakref.ref(self)

        def died(ref: Any) -> None:
            if (me := record()) is not None and me._ends:
                buffer.died = max(len(me.events), buffer.born)
                if me._known.get(key, (None,))[0] is ref:
                    del me._known[key]

        return died

    def _follow_modules(self) -> None:
        def look(path: str, module: Any) -> None:
            self._ends.append(module.register_forward_pre_hook(lambda *_: self._calls.append(path)).remove)
            self._ends.append(module.register_forward_hook(lambda *_: self._close(), always_call=True).remove)

        for path, module in callable_members({"": self._model}):
            look(path, module)

    def _close(self) -> None:
        self._calls.pop()

    def _note_gradients(self) -> None:
        for leaf in list(self._fed):
            if not leaf.edges and leaf.grad is not None:
                self.note_gradient(leaf, leaf.grad)

    def _note_state(self, born: int) -> None:
        for state in self._optimizer.state.values():
            self._note("state", [state], "step", born)

    def _stepped(self, *_: Any) -> None:
        self._note_gradients()
        self._fed.clear()
        self._note_state(self._event("step", "step", ""))
