"""The recorder: what is computed of the arrays that it was given becomes steps of a program, and is computed as well.

It stands in the place of `quiet.run`, by which ops are computed on arrays, and hands out arrays of another kind
(`recorded_array.py`) that tell it by NumPy's protocols what happens to them elsewhere: in rules, in the walk, in an
optimizer. So what is recorded computes as it always does.

Memory that is written to has a slot for each time: a write makes a new one, and what is read from then on is that.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import get_ident
from typing import Any

import numpy as np

from ..calculus.primitives import largest, replace
from ..core.engine import Traced
from ..core.ops import OPS
from ..core.quiet import quiet
from ..core.writes import owner
from .program import Slot, Step, assume, expect, invoke, leaves, mapped, replaced

OPERATORS = {
    operator.add, operator.sub, operator.mul, operator.truediv, operator.neg, operator.matmul, operator.floordiv,
    operator.mod, operator.pow,
}  # fmt: skip


class Opaque(Exception):  # noqa: N818  (no error: the function is recorded as one step)
    """Raised within a trial: the function looks at values, or hands them to code that is not NumPy's."""


class Memory:
    """Memory that the recorded arrays show: the slot of what stands in it now, and how often it was written to."""

    __slots__ = ("first", "root", "slot", "version")

    def __init__(self, slot: Slot) -> None:
        self.slot = self.first = slot
        self.version = 0
        self.root: Any = None


class Recorder:
    """Steps, as they happen in one thread between `begin` and `end`; `why` is the first reason not to use them."""

    def __init__(self, array: Any, number: Any) -> None:
        self.array, self.number_kind = array, number  # the kinds of what is handed out
        self.steps: list[Step] = []
        self.inputs: list[Slot] = []
        self.constants: list[Any] = []  # kept, so that their identity says something
        self.why: str | None = None
        self.open, self.trials, self.thread, self.count = True, 0, get_ident(), 0
        self.random = False  # whether a generator was asked
        self.written: list[Any] = []
        self.memories: list[Memory] = []
        self.made: list[Any] = []  # weak references to all that was handed out

    # -- the beginning and the end --

    @contextmanager
    def recording(self) -> Iterator[None]:
        """Record what this thread computes in a `with` block."""
        directly: Any = quiet.directly
        self.directly = directly
        quiet.directly = self.run  # type: ignore[assignment]
        if not quiet.regions:
            quiet.run = self.run
        try:
            yield
        finally:
            quiet.directly = directly
            if not quiet.regions:
                quiet.run = directly
            self.open = False

    @property
    def live(self) -> bool:
        """Whether what happens now is recorded: the recorder is open, and this is its thread."""
        return self.open and get_ident() == self.thread

    def refuse(self, why: str) -> None:
        """Note that the program cannot be used; within a trial, raise Opaque."""
        if self.live:
            if self.trials:
                raise Opaque
            self.why = self.why or why

    # -- slots and what holds them --

    def slot(self, value: Any, like: Slot | None = None, weak: bool = False) -> Slot:
        """A new slot for what looks as `value` does."""
        self.count += 1
        if weak:
            return Slot(self.count - 1, (), np.dtype(type(value)), None, True)
        strides = None if value.flags.c_contiguous else value.strides
        return Slot(self.count - 1, value.shape, value.dtype, like, False, strides)

    def input(self, value: Any) -> Any:
        """An array, or a number, that is given at each call: what to compute with in its place."""
        weak = not isinstance(value, np.ndarray | np.generic)
        slot = self.slot(value, None, weak)
        self.inputs.append(slot)
        return self.number_kind(self, value, slot) if weak else self.array(self, value, Memory(slot))

    def given(self, x: Any) -> Any:
        """What stands in a step for what a function was given."""
        kind = type(x)
        if kind is self.array or kind is self.number_kind:
            if x.recorder is self:
                return x.slot
            x = x.value
        if isinstance(x, Traced):
            self.refuse("a NumPy function was called on a tensor and an array")
        if isinstance(x, np.ndarray) and not self.trials:
            self.constants.append(x)
        return x

    def value(self, x: Any) -> Any:
        """What a function is given to compute with."""
        return x.value if type(x) is self.array or type(x) is self.number_kind else x

    def values(self, x: Any) -> Any:
        """The same for all that stands in x."""
        return mapped(x, self.value)

    def knows(self, x: Any) -> bool:
        """Whether a recorded array or number stands in x."""
        return any(type(each) is self.array or type(each) is self.number_kind for each in leaves(x))

    # -- what happens --

    def step(self, function: Callable[..., Any], args: Any, options: dict[str, Any], out: Slot) -> Slot:
        """Record one call."""
        given = mapped(tuple(args), self.given), mapped(options, self.given)
        self.steps.append(Step(function, *given, out))
        return out

    def call(self, function: Callable[..., Any], *args: Any, **options: Any) -> Any:
        """Compute `function` of recorded arrays and of others, and record it."""
        return self.note(function, args, options, function(*self.values(args), **self.values(options)))

    def note(self, function: Callable[..., Any], args: Any, options: dict[str, Any], out: Any) -> Any:
        """Record a call whose result `out` is known; returns what to go on with."""
        if not self.live:
            return out
        if not isinstance(out, np.ndarray | np.generic):
            self.refuse(f"{named(function)} gives {type(out).__name__}, not an array")
            return out
        known = [x for x in leaves(args) if type(x) is self.array and x.recorder is self]
        for x in known:
            if x.value is out:
                return x
        like = self._shown(out, known)
        if like is not None and like is args[0]:
            slot = self.slot(out, like.memory.slot)
            self.step(function, args, options, slot)
            path = (*like.path, (function, tuple(args[1:]), options))
            return self.array(self, out, like.memory, path, slot)
        if like is not None:
            self.refuse(f"{named(function)} gives a view of an argument that is not its first")
        slot = self.step(function, args, options, self.slot(out))
        if not _keeps_shapes(function, args):
            self.step(expect, (slot, out.shape, out.dtype), {}, self.slot(np.False_))
        return self.array(self, out, Memory(slot))

    def _shown(self, out: Any, known: list[Any]) -> Any:
        """That one of the `known` arrays whose memory `out` shows."""
        if not isinstance(out, np.ndarray) or out.base is None:
            return None
        own = owner(out)
        return next((x for x in known if isinstance(x.value, np.ndarray) and owner(x.value) is own), None)

    def constant(self, x: Any) -> Any:
        """An array that was made of nothing that is recorded: a new one like it in every call."""
        step = self.step(invoke, (x, "copy"), {}, self.slot(x))
        return self.array(self, x, Memory(step))

    def number(self, function: Callable[..., Any], args: tuple[Any, ...], value: Any) -> Any:
        """A plain number that was computed of numbers, or read from an array."""
        if not self.live:
            return value
        return self.number_kind(self, value, self.step(function, args, {}, self.slot(value, None, True)))

    def assume(self, x: Any, value: bool) -> bool:
        """Let the program hold only for calls in which x, an array or number, is true or false, as it is now."""
        if self.live:
            if self.trials:
                raise Opaque
            self.step(assume, (x, value), {}, self.slot(np.False_))
        return value

    def pin(self, number: Any) -> Any:
        """The value of a number that Python has looked at: the program holds only for it."""
        value = number.value
        if not any(number.slot is x for x in self.inputs):
            self.refuse("Python looks at a number that was computed: float(), print(), an index")
        elif self.live:
            same = self.step(operator.eq, (number, value), {}, self.slot(True, None, True))
            self.step(assume, (same, True), {}, self.slot(np.False_))
        return value

    def write(self, target: Any, slot: Slot) -> None:
        """The memory that `target` shows has just been written to: with what `slot` holds, which broadcasts."""
        if not self.live:
            return
        memory, whole = target.memory, target.memory.root.value
        alike = (slot.shape, slot.dtype, slot.weak) == (target.value.shape, whole.dtype, False)
        if alike and target.path and all(f is invoke and args[0] == "reshape" for f, args, _ in target.path):
            memory.slot = self.step(invoke, (slot, "reshape", whole.shape), {}, self.slot(whole, slot))
        elif target.path:
            memory.slot = self.step(replaced, (memory.slot, slot, target.path), {}, self.slot(whole))
        elif (slot.shape, slot.dtype, slot.weak) == (whole.shape, whole.dtype, False):
            memory.slot = slot
        else:
            options = {"index": ...}
            memory.slot = self.step(replace.forward, (memory.slot, slot), options, self.slot(whole))  # type: ignore[attr-defined]
        memory.version += 1
        self.written.append(memory.root)

    # -- ops --

    def run(self, function: Callable[..., Any], *args: Any, **options: Any) -> Any:
        """In the place of `quiet.run`: as it, but what is computed of recorded arrays is recorded."""
        if not (self.live and self.knows((args, options))):
            return self.directly(function, *args, **options)
        if isinstance(function, np.ufunc) or function in OPERATORS:
            return self.directly(function, *args, **options)  # NumPy asks the arrays, or Python does
        return self.directly(self.op, function, args, options)

    def op(self, function: Callable[..., Any], args: Any, options: dict[str, Any]) -> Any:
        """An op: as the steps that it is made of, or as one, where it looks at values, or NumPy's protocols end."""
        self.constants += [x for x in leaves((args, options)) if type(x) is np.ndarray and not self.trials]
        before = len(self.steps), self.count, len(self.written)
        self.trials += 1
        try:
            return function(*args, **options)
        except Exception:
            del self.steps[before[0] :], self.written[before[2] :]
            self.count = before[1]
        finally:
            self.trials -= 1
        op = forwards().get(function)
        n = len(op.inputs) or 1 if op else len(args)
        named = dict(zip(op.options, args[n:], strict=False)) if op else {}
        return self.call(function, *args[:n], **options | named)


def _keeps_shapes(function: Any, args: Any) -> bool:
    """Whether the shape and dtype of what a function gives depend on those of its arguments, and not on values."""
    if function is operator.getitem:
        return all(getattr(x, "dtype", None) != np.bool_ for x in leaves(args[1:]))
    if function is invoke:
        return args[1] != "repeat"
    if function is np.where:
        return len(args) == 3
    return isinstance(getattr(function, "__self__", function), np.ufunc) or function in SHAPED


SHAPED = {
    replace.forward, np.concatenate, np.broadcast_to, np.empty_like, np.zeros_like, np.ones_like, np.full_like,  # type: ignore[attr-defined]
    np.stack, np.copy, np.transpose, np.reshape, np.moveaxis, np.swapaxes, np.flip, np.roll, np.tile, np.sum, np.mean,
    np.argsort, np.sort, np.clip, np.isfinite, np.tril, np.triu, np.cumsum, np.cumprod, np.einsum, np.expand_dims,
    largest,
}  # fmt: skip


def forwards() -> dict[Any, Any]:
    """The ops by the functions that compute them."""
    if len(_forwards) != len(OPS):
        _forwards.update({op.forward: op for op in OPS.values()})
    return _forwards


_forwards: dict[Any, Any] = {}


def named(function: Any) -> str:
    """What to call a function in a message."""
    return str(getattr(function, "__name__", None) or function)
