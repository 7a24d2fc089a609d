"""`compile`: a function that is recorded, and from then on run as a program, wherever that gives the same."""

from __future__ import annotations

import threading
import types
import warnings
from collections.abc import Callable
from functools import partial, update_wrapper
from typing import Any, overload

from ..core.casting import region
from ..core.dtypes import get_default_dtype
from ..core.engine import recording
from ..core.listeners import listeners
from ..core.quiet import quiet
from ..tensors.generator import default_generator
from .bound_program import Bound, Compilation
from .capture import Capture, Capturing, Refused, alike
from .numpy_backend import NumpyProgram
from .program import Otherwise
from .reach import Reach, Unreachable

MOST = 8  # programs of one function; beyond, its further kinds of calls run as they are


class Compiled:
    """A function that runs as compiled programs, one for each kind of call, or else as it is.

    `source` shows the programs, `why` says why calls were not compiled, `calls` counts both kinds of calls.
    """

    def __init__(self, function: Callable[..., Any], back_end: Any, fullgraph: bool, verbose: bool) -> None:
        self.function, self._back_end, self._fullgraph, self._verbose = function, back_end, fullgraph, verbose
        self.why: list[str] = []
        self.compiled_calls = self.eager_calls = 0
        self._ready: list[Bound] = []
        self._known: dict[Any, Compilation] = {}
        self._recorded: dict[Any, Capture] = {}
        self._refused: dict[Any, str] = {}
        self._lock = threading.Lock()
        if not isinstance(function, types.MethodType) and not hasattr(function, "forward"):
            update_wrapper(self, function)

    @property
    def source(self) -> str:
        """The programs as they were written, for reading; "" before the first is ready."""
        return "\n".join(compilation.run.source for compilation in self._known.values())

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if quiet.directly.__class__ is types.MethodType or not self._lock.acquire(blocking=False):
            return self.function(*args, **kwargs)  # it is part of what is being recorded, or another thread runs it
        try:
            for bound in self._ready:
                if bound.holds(args, kwargs):
                    return self._run(bound, args, kwargs)
            return self._new(args, kwargs)
        finally:
            self._lock.release()

    def _run(self, bound: Bound, args: Any, kwargs: Any) -> Any:
        """A call by a program; where that does not hold, or raises, the function itself, as if nothing had been tried."""
        before = default_generator.get_state() if bound.compilation.capture.random else None
        states = [(g, g.get_state()) for g in bound.reach.generators] if before else []
        try:
            result = bound.run(args, kwargs)
        except Exception as error:
            for generator, state in states:
                generator.set_state(state)
            self._say("values that the program depends on were others" if isinstance(error, Otherwise) else f"{error}")
            self.eager_calls += 1
            return self.function(*args, **kwargs)
        self.compiled_calls += 1
        return result

    def _new(self, args: Any, kwargs: Any) -> Any:
        """A call of a kind for which nothing is ready: recorded, or bound to a program that is known."""
        self.eager_calls += 1
        try:
            if region.get() is not None:
                raise Unreachable("autocast is on")
            if listeners.recorded or listeners.pulled or listeners.backward_started or listeners.overwriting:
                raise Unreachable("something listens to the engine: anomaly detection, a doctor, hooks")
            reach = Reach(self.function, args, kwargs)
        except Unreachable as error:
            return self._eager(str(error), args, kwargs)
        kind = recording.get(), get_default_dtype(), _frozen(reach.signature)
        if kind in self._refused:
            return self._eager(self._refused[kind], args, kwargs)
        if kind in self._known:
            bound = Bound(self._known[kind], reach, args, kwargs)
            if bound.aliased:
                return self._eager("two of the tensors that it writes to share memory", args, kwargs)
            self.eager_calls -= 1
            self._ready = [bound, *self._ready[: MOST - 1]]
            return self._run(bound, args, kwargs)
        if len(self._known) + len(self._recorded) >= 2 * MOST:
            return self._eager(f"it was called in more than {MOST} different ways", args, kwargs)
        return self._record(kind, reach, args, kwargs)

    def _record(self, kind: Any, reach: Reach, args: Any, kwargs: Any) -> Any:
        """Run the function, recording it: the second time that gives the same, its program is compiled."""
        try:
            result, capture = Capturing(reach, args, kwargs).run(self.function)
        except Refused as refused:
            why = str(refused)
            if refused.for_good:
                self._refused[kind] = why
            return self._eager(why, args, kwargs)
        first = self._recorded.pop(kind, None)
        if first is None:
            self._recorded[kind] = capture
        elif why := alike(first, capture):
            self._refused[kind] = why
            self._say(why)
        else:
            self._known[kind] = Compilation(capture, self._back_end)
        return result

    def _eager(self, why: str, args: Any, kwargs: Any) -> Any:
        self._say(why)
        return self.function(*args, **kwargs)

    def _say(self, why: str) -> None:
        """Note why a call is not compiled, once; raise RuntimeError under `fullgraph`."""
        name = getattr(self.function, "__name__", type(self.function).__name__)
        if self._fullgraph:
            raise RuntimeError(f"compile(fullgraph=True): {name} cannot be compiled: {why}")
        if why not in self.why:
            self.why.append(why)
            if self._verbose:
                warnings.warn(f"autograd.compile: {name} runs as it is: {why}", stacklevel=4)


def _frozen(x: Any) -> Any:
    """A signature that can be a key."""
    return tuple(map(_frozen, x)) if isinstance(x, list | tuple) else x


def compile(
    fn: Callable[..., Any] | None = None,
    *,
    backend: str | None = None,
    fullgraph: bool = False,
    verbose: bool = False,
) -> Any:
    """A function that computes the same as `fn`, as compiled programs."""
    if fn is None:
        return partial(compile, backend=backend, fullgraph=fullgraph, verbose=verbose)
    return Compiled(fn, NumpyProgram, fullgraph, verbose)
