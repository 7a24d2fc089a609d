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
VARIANTS = 4  # programs of one kind of calls, by the way that they take
TRIES = 3  # recordings of one kind of calls that do not compute the same, before it runs as it is


class Compiled:
    """A function that runs as compiled programs, one for each kind of call, or else as it is.

    `source` shows the programs, `why` says why calls were not compiled, `calls` counts both kinds of calls.
    """

    def __init__(self, function: Callable[..., Any], back_end: Any, fullgraph: bool, verbose: bool) -> None:
        self.function, self._back_end, self._fullgraph, self._verbose = function, back_end, fullgraph, verbose
        self.why: list[str] = []
        self.compiled_calls = self.eager_calls = 0
        self._ready: list[Bound] = []
        self._known: dict[Any, list[Compilation]] = {}
        self._recorded: dict[Any, Capture] = {}
        self._refused: dict[Any, str] = {}
        self._tries: dict[Any, int] = {}
        self._settling = True
        self._lock = threading.Lock()
        if not isinstance(function, types.MethodType) and not hasattr(function, "forward"):
            update_wrapper(self, function)

    @property
    def source(self) -> str:
        """The programs as they were written, for reading; "" before the first is ready."""
        return "\n".join(each.run.source for known in self._known.values() for each in known)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if quiet.directly.__class__ is types.MethodType or not self._lock.acquire(blocking=False):
            return self.function(*args, **kwargs)  # it is part of what is being recorded, or another thread runs it
        try:
            tried = 0
            for bound in self._ready:
                if bound.holds(args, kwargs):
                    try:
                        return self._run(bound, args, kwargs)
                    except Otherwise:
                        tried += 1
            return self._new(args, kwargs, tried)
        finally:
            self._lock.release()

    def _run(self, bound: Bound, args: Any, kwargs: Any) -> Any:
        """A call by a program. Raises Otherwise, as if nothing had been tried, if the program does not hold for it."""
        states = [(g, g.get_state()) for g in bound.reach.generators] if bound.compilation.capture.random else ()
        try:
            result = bound.run(args, kwargs)
        except Exception as error:
            for generator, state in states:
                generator.set_state(state)
            raise error if isinstance(error, Otherwise) else Otherwise from error
        if bound is not self._ready[0]:
            self._ready.remove(bound)
            self._ready.insert(0, bound)
        self.compiled_calls += 1
        return result

    def _new(self, args: Any, kwargs: Any, tried: int = 0) -> Any:
        """A call for which no program is ready: it is recorded, or a program that is known is bound to what it reaches."""
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
        known = self._known.get(kind, [])
        if len(known) > tried:
            for compilation in known:
                bound = Bound(compilation, reach, args, kwargs)
                if bound.aliased:
                    return self._eager("two of the tensors that it writes to share memory", args, kwargs)
                self._ready = [bound, *self._ready[: MOST - 1]]
                try:
                    return self._run(bound, args, kwargs)
                except Otherwise:
                    continue
        if len(known) >= VARIANTS:
            return self._eager("it takes another way at too many calls", args, kwargs)
        if sum(map(len, self._known.values())) + len(self._recorded) >= 2 * MOST:
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
        self.eager_calls += 1
        first = self._recorded.pop(kind, None)
        why = alike(first, capture) if first else "it was not called twice"
        if not why:
            self._known.setdefault(kind, []).append(Compilation(capture, self._back_end))
            return result
        self._recorded[kind] = capture
        self._tries[kind] = self._tries.get(kind, 0) + 1
        if self._tries[kind] > TRIES:
            del self._recorded[kind]
            self._refused[kind] = why
            self._say(why)
        return result

    def _eager(self, why: str, args: Any, kwargs: Any) -> Any:
        self.eager_calls += 1
        if self._settling:  # at the first call a state may begin, which later calls find
            self._settling = False
            return self.function(*args, **kwargs)
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
