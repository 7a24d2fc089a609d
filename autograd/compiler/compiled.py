"""`Compiled`: a function that is recorded twice, and from then on run as a program, wherever that gives the same."""

from __future__ import annotations

import threading
import types
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import update_wrapper
from time import thread_time
from typing import Any, Generic, ParamSpec, TypeVar

from ..core.casting import region
from ..core.dtypes import get_default_dtype
from ..core.engine import recording
from ..core.listeners import listeners
from ..core.quiet import quiet
from .back_ends import BackEnd
from .bound_program import Bound, Compilation
from .capture import Capture, alike
from .capturing import Capturing, Refused
from .program import Otherwise
from .reach import Reach, Unreachable, Wrapping

P = ParamSpec("P")
R = TypeVar("R", covariant=True)

MOST = 8  # kinds of calls that have a program; calls of further kinds run as they are
VARIANTS = 4  # programs of one kind of calls, by the way that they take
PATIENCE = 16  # calls that run as they are, one after the other, before most are not looked at any more
TRIES = 3  # recordings of one kind of calls that do not compute the same, before it runs as it is
TIMED = 8, 16, 24  # the calls of a program that are made as they are, to see whether it is quicker


@dataclass(frozen=True)
class Settings:
    """How a function is compiled: by which back end, and what becomes of calls that are not; what it is called."""

    back_end: BackEnd
    fullgraph: bool
    verbose: bool
    name: str
    most: int  # kinds of calls that have a program


class Compiled(Wrapping, Generic[P, R]):
    """A function that runs as compiled programs, one for each kind of call, or else as it is.

    `source` shows the programs, `why` tells why calls ran as they are, `compiled_calls` and `eager_calls` count both.
    What else is asked of it, the function or module answers that it was made of.
    """

    def __init__(self, function: Callable[P, R], settings: Settings) -> None:
        self.function, self._settings = function, settings
        self.why: list[str] = []
        self.compiled_calls = self.eager_calls = 0
        self._ready: list[Bound] = []
        self._known: dict[Any, list[Compilation]] = {}
        self._recorded: dict[Any, Capture] = {}
        self._refused: dict[Any, str] = {}
        self._tries: dict[Any, int] = {}
        self._in_vain = 0  # how many calls in a row ran as they are
        self._settling = True  # at the first call a state may begin, which later calls find
        self._lock = threading.Lock()
        if isinstance(function, types.FunctionType):
            update_wrapper(self, function)

    @property
    def source(self) -> str:
        """The programs as they were written, for reading; "" before the first is ready."""
        return "\n".join(each.run.source for known in self._known.values() for each in known)

    def __getattr__(self, name: str) -> Any:
        if name in ("function", "__setstate__"):
            raise AttributeError(name)
        return getattr(self.function, name)

    def __reduce__(self) -> Any:
        return Compiled, (self.function, self._settings)

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        """A compiled method, of one object: programs of its own."""
        if instance is None or not isinstance(self.function, types.FunctionType):
            return self
        bound: Any = Compiled(types.MethodType(self.function, instance), self._settings)
        if hasattr(instance, "__dict__"):
            instance.__dict__[self.function.__name__] = bound
        return bound

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        if quiet.directly.__class__ is types.MethodType or not self._lock.acquire(blocking=False):
            return self.function(*args, **kwargs)  # it is part of what is being recorded, or another thread runs it
        if self._in_vain >= PATIENCE:
            self._in_vain = 0 if self._in_vain == 16 * PATIENCE else self._in_vain + 1
            self.eager_calls += 1
            self._lock.release()
            return self.function(*args, **kwargs)
        try:
            tried, fault = 0, None
            for bound in self._ready:
                if bound.holds(args, kwargs):
                    try:
                        return self._run(bound, args, kwargs)
                    except Otherwise as otherwise:
                        tried, fault = tried + 1, fault or otherwise.__cause__
            return self._new(args, kwargs, tried, fault)
        finally:
            self._lock.release()

    # -- a call by a program --

    def _run(self, bound: Bound, args: Any, kwargs: Any) -> Any:
        """A call by a program. Raises Otherwise, as if nothing had been tried, if the program does not hold for it, or
        from what it raised."""
        compilation = bound.compilation
        states = [(g, g.get_state()) for g in bound.reach.generators] if compilation.capture.random else ()
        if compilation.calls <= TIMED[-1]:
            compilation.calls += 1
            if compilation.calls in TIMED:
                return self._timed(compilation, args, kwargs)
        begin = thread_time() if compilation.calls <= TIMED[-1] else 0.0
        try:
            result = bound.run(args, kwargs)
        except Exception as error:
            for generator, state in states:
                generator.set_state(state)
            if isinstance(error, Otherwise):
                raise
            raise Otherwise from error
        if begin:
            compilation.seconds = min(compilation.seconds, thread_time() - begin)
        if bound is not self._ready[0]:
            self._ready.remove(bound)
            self._ready.insert(0, bound)
        self.compiled_calls += 1
        self._in_vain = 0
        return result

    def _timed(self, compilation: Compilation, args: Any, kwargs: Any) -> Any:
        """A call as it is, to see how long it takes; by the last of them, it is said if the program is slower."""
        self.eager_calls += 1
        begin = thread_time()
        result = self.function(*args, **kwargs)
        compilation.eager_seconds = min(compilation.eager_seconds, thread_time() - begin)
        program, eager = compilation.seconds, compilation.eager_seconds
        if compilation.calls == TIMED[-1] and program > 1.1 * eager:
            self._say(f"the program takes {program * 1e6:.0f} µs, the function itself {eager * 1e6:.0f}", aloud=True)
            if not self._settings.fullgraph:
                self._ready = [bound for bound in self._ready if bound.compilation is not compilation]
                kinds = [kind for kind, known in self._known.items() if compilation in known]
                self._refused |= dict.fromkeys(kinds, self.why[-1])
        return result

    # -- a call without one --

    def _new(self, args: Any, kwargs: Any, tried: int, fault: BaseException | None) -> Any:
        """A call for which no program is ready: recorded, or by a program that is bound to what it reaches.

        `tried` programs did not hold, and one of them raised `fault`, if that is no sign of another way.
        """
        try:
            reach = self._reached(args, kwargs)
        except Unreachable as error:
            return self._eager(str(error), args, kwargs)
        kind = recording.get(), get_default_dtype(), _frozen(reach.signature)
        known = self._known.get(kind, [])
        if kind in self._refused:
            return self._eager(self._refused[kind], args, kwargs)
        for compilation in known if len(known) > tried else ():
            bound = Bound(compilation, reach, args, kwargs)
            if bound.aliased:
                return self._eager("two of the tensors that it reads and writes share memory", args, kwargs)
            self._ready = [bound, *self._ready[: self._settings.most * VARIANTS]]
            try:
                return self._run(bound, args, kwargs)
            except Otherwise as otherwise:
                fault = fault or otherwise.__cause__
        if len(known) >= VARIANTS:
            return self._eager(f"what it does depends on values, in more than {VARIANTS} ways", args, kwargs)
        if len(self._known.keys() | self._recorded.keys() | {kind}) > self._settings.most:
            return self._eager(f"it was called in more than {self._settings.most} different ways", args, kwargs)
        return self._record(kind, reach, args, kwargs, fault)

    def _reached(self, args: Any, kwargs: Any) -> Reach:
        if region.get() is not None:
            raise Unreachable("autocast is on")
        if listeners.recorded or listeners.pulled or listeners.backward_started or listeners.overwriting:
            raise Unreachable("something listens to the engine: anomaly detection, the doctor, a hook")
        return Reach(self.function, args, kwargs)

    def _record(self, kind: Any, reach: Reach, args: Any, kwargs: Any, fault: BaseException | None) -> Any:
        """Run the function, recording it: the second time that gives the same, its program is compiled.

        If it does not raise what its program has, the program is given up.
        """
        try:
            result, capture, why = Capturing(reach, args, kwargs).run(self.function)
        except (Refused, Unreachable) as refused:
            return self._eager(str(refused), args, kwargs)
        self.eager_calls += 1
        if capture is None:
            self._refused[kind] = str(why)
            self._note(str(why))
            return result
        if fault is not None:
            self._refused[kind] = f"its program raised {type(fault).__name__}: {fault}"
            self._say(self._refused[kind])
            return result
        first = self._recorded.pop(kind, None)
        why = alike(first, capture) if first else None
        if first and not why:
            self._known.setdefault(kind, []).append(Compilation(capture, self._settings.back_end))
            return result
        self._recorded[kind] = capture
        self._tries[kind] = self._tries.get(kind, 0) + (why is not None)
        if why and self._tries[kind] == TRIES:
            del self._recorded[kind]
            self._refused[kind] = why
            self._note(why)
        return result

    def _eager(self, why: str, args: Any, kwargs: Any) -> Any:
        """A call as it is."""
        self.eager_calls += 1
        self._in_vain += 1
        self._note(why)
        return self.function(*args, **kwargs)

    def _note(self, why: str) -> None:
        """Say why a call is not compiled; not of the first, at which a state may begin that later calls find."""
        if not self._settling:
            self._say(why)
        self._settling = False

    def _say(self, why: str, aloud: bool = False) -> None:
        """Note why calls are not compiled, once; raise RuntimeError under `fullgraph`."""
        settings = self._settings
        if settings.fullgraph and not aloud:
            raise RuntimeError(f"compile(fullgraph=True): {settings.name} cannot be compiled: {why}")
        if why not in self.why:
            self.why.append(why)
            if settings.verbose or aloud:
                how = "still runs as a program" if settings.fullgraph else "runs as it is"
                warnings.warn(f"compile: {settings.name} {how}: {why}", stacklevel=5)


def _frozen(x: Any) -> Any:
    """A signature that can be a key."""
    return tuple(map(_frozen, x)) if isinstance(x, list | tuple) else x
