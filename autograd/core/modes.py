"""Switches: whether operations are recorded, and whether a recording looks out for NaN and inf."""

from __future__ import annotations

import weakref
import zlib
from collections.abc import Callable
from contextvars import ContextVar
from functools import partial, wraps
from typing import Any

import numpy as np

from .engine import Node, Traced, recording
from .writes import user_line

# Bits of a code object's flags: what calling the function gives.
_GENERATOR, _COROUTINE, _ASYNC_GENERATOR = 0x20, 0x80, 0x200

# The recorder of the innermost detect_anomaly, in this thread and coroutine.
_watching: ContextVar[Any] = ContextVar("watching", default=None)


def is_grad_enabled() -> bool:
    """Whether operations are being recorded here."""
    return bool(recording.get())


class _Mode:
    """A setting of `recording` for the length of a `with`, or of each call of a decorated function.

    It belongs to the thread and the coroutine it was set in. A decorated generator has it while its own code runs, and
    its caller never.
    """

    def __init__(self) -> None:
        self._before: list[Any] = []

    def _value(self) -> Any:
        raise NotImplementedError

    def _again(self) -> _Mode:
        return type(self)()

    def __enter__(self) -> Any:
        self._before.append(recording.get())
        recording.set(self._value())
        return self

    def __exit__(self, *exception: object) -> None:
        recording.set(self._before.pop())

    def __call__(self, function: Callable[..., Any]) -> Callable[..., Any]:
        kind = _flags(function)
        if kind & _GENERATOR:

            @wraps(function)
            def generator(*args: Any, **kwargs: Any) -> Any:
                source = function(*args, **kwargs)
                try:
                    with self._again():
                        value = source.send(None)
                    while True:
                        try:
                            sent = yield value
                        except GeneratorExit:
                            with self._again():
                                source.close()
                            raise
                        except BaseException as error:
                            with self._again():
                                value = source.throw(error)
                        else:
                            with self._again():
                                value = source.send(sent)
                except StopIteration as stop:
                    return stop.value

            return generator
        if kind & _ASYNC_GENERATOR:

            @wraps(function)
            async def stream(*args: Any, **kwargs: Any) -> Any:
                source = function(*args, **kwargs)
                try:
                    with self._again():
                        value = await source.asend(None)
                    while True:
                        sent = yield value
                        with self._again():
                            value = await source.asend(sent)
                except StopAsyncIteration:
                    return
                finally:
                    await source.aclose()

            return stream
        if kind & _COROUTINE:

            @wraps(function)
            async def coroutine(*args: Any, **kwargs: Any) -> Any:
                with self._again():
                    return await function(*args, **kwargs)

            return coroutine

        @wraps(function)
        def call(*args: Any, **kwargs: Any) -> Any:
            with self._again():
                return function(*args, **kwargs)

        return call


def _flags(function: Any) -> int:
    while isinstance(function, partial):
        function = function.func
    return getattr(getattr(function, "__code__", None), "co_flags", 0)


class no_grad(_Mode):
    """Record nothing: results require no grad. A context manager and a decorator."""

    def __new__(cls, function: Callable[..., Any] | None = None) -> Any:
        return super().__new__(cls) if function is None else cls()(function)

    def _value(self) -> Any:
        return False


class enable_grad(no_grad):
    """Record again, inside no_grad. A context manager and a decorator."""

    def _value(self) -> Any:
        return _watching.get() or True


class set_grad_enabled(_Mode):
    """Record or not, by `mode`: takes effect at once; as a context manager, until its end."""

    def __init__(self, mode: bool) -> None:
        super().__init__()
        self._mode = bool(mode)
        self._first = recording.get()
        recording.set(self._value())

    def _value(self) -> Any:
        return (_watching.get() or True) if self._mode else False

    def _again(self) -> _Mode:
        again = object.__new__(type(self))
        _Mode.__init__(again)
        again._mode = self._mode
        return again

    def __enter__(self) -> Any:
        before = self.__dict__.pop("_first", recording.get())
        self._before.append(before)
        recording.set(self._value())
        return self

    def __call__(self, function: Callable[..., Any]) -> Callable[..., Any]:
        recording.set(self.__dict__.pop("_first", recording.get()))
        return super().__call__(function)


class detect_anomaly:
    """Look at every value and gradient, and raise RuntimeError at the first op that makes a NaN or inf of finite ones.

    The error names the op, the line in your file that called it, and the element. Values that were saved for backward
    and then changed through a NumPy array, which nothing else can see, are found too. Slow: for debugging.
    """

    def __init__(self, check_nan: bool = True) -> None:
        self.check_nan = check_nan

    def __enter__(self) -> Any:
        self._before = recording.get(), _watching.get()
        watcher = _Watcher(self.check_nan)
        _watching.set(watcher)
        recording.set(watcher if recording.get() else False)
        return self

    def __exit__(self, *exception: object) -> None:
        recording.set(self._before[0])
        _watching.set(self._before[1])


def _array(x: Any) -> Any:
    return np.asarray(x._data if isinstance(x, Traced) else x)


def _bad(x: Any) -> Any:
    """The index of the first NaN or inf, or None."""
    x = _array(x)
    if x.dtype.kind != "f" or np.isfinite(x).all():
        return None
    return tuple(int(i) for i in np.argwhere(~np.isfinite(x))[0])


class _Watcher:
    """What the engine tells of each op, forward and backward, while detect_anomaly is on."""

    def __init__(self, check_nan: bool) -> None:
        self.check_nan = check_nan
        self.notes: weakref.WeakKeyDictionary[Node, tuple[str, list[int]]] = weakref.WeakKeyDictionary()

    def recorded(self, node: Node, data: Any, out: Any) -> None:
        line = user_line()
        self.notes[node] = line, _checksums(node)
        if self.check_nan and (at := _bad(out)) is not None and all(_bad(x) is None for x in data if x is not None):
            made = f"{node.plan.op.name} made {_array(out)[at]} at index {list(at)}"
            raise RuntimeError(f"{made}, {line}, from {_values(data, at)}")

    def pulled(self, node: Node, g: Any, pulled: Any) -> None:
        line, sums = self.notes.get(node, ("a line outside detect_anomaly", None))
        if sums is not None and sums != _checksums(node):
            raise RuntimeError(
                f"a value that {node.plan.op.name} saved at {line} was changed since, through a NumPy array that "
                "shares its memory: write to a copy"
            )
        if not self.check_nan or g is None or _bad(g) is not None:
            return
        for i, r in enumerate(pulled):
            if r is not None and (at := _bad(r)) is not None:
                hint = ""
                if _array(g).shape == _array(r).shape and not _array(g)[at]:
                    hint = (
                        ". The incoming gradient is 0 there, as where() gives it to the branch not chosen, and 0 times "
                        "an infinite derivative is nan: choose a safe input before the op as well as a result after "
                        "it, where(ok, f(where(ok, x, 1)), 0)"
                    )
                raise RuntimeError(
                    f"Function '{node.name()}' returned {_array(r)[at]} values in its {i}th output: the gradient of "
                    f"{node.plan.op.name} at index {list(at)}; the forward call was at {line}{hint}"
                )


def _checksums(node: Node) -> list[int]:
    values = [v for s in node.saved or () for v in (s if isinstance(s, tuple) else (s,))]
    return [zlib.crc32(np.ascontiguousarray(v).data) for v in values if isinstance(v, np.ndarray)]


def _values(data: Any, at: tuple[int, ...]) -> str:
    """The inputs' values at the element, the shape of an input that has none there."""
    told = []
    for x in map(_array, data):
        place = tuple(0 if n == 1 else i for i, n in zip(at[len(at) - x.ndim :], x.shape, strict=False))
        known = len(place) == x.ndim and all(i < n for i, n in zip(place, x.shape, strict=True))
        told.append(str(x[place]) if known else f"an input of shape {list(x.shape)}")
    return ", ".join(told)
