"""no_grad, enable_grad, set_grad_enabled: whether operations are recorded."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial, wraps
from typing import Any, Self, TypeVar, overload

from .engine import recording

F = TypeVar("F", bound=Callable[..., Any])

# Bits of a code object's flags: what calling the function gives.
_GENERATOR, _ASYNC = 0x20, 0x80 | 0x200
_INFERENCE: Any = 0  # what `recording` is within inference_mode: false, but not False


def is_grad_enabled() -> bool:
    """Whether operations are being recorded, in this thread and this coroutine."""
    return bool(recording.get())


def is_inference_mode_enabled() -> bool:
    """Whether `inference_mode` is in force, in this thread and this coroutine."""
    return recording.get() is _INFERENCE


def _record(mode: bool) -> None:
    """Record, or do not; within `inference_mode` nothing but that itself changes it."""
    if recording.get() is not _INFERENCE:
        recording.set(mode)


class _Mode:
    """A value of `recording` for the length of a `with` block, or of each call of a decorated function.

    It belongs to the thread and the coroutine that set it. A decorated generator has it while its own code runs, and
    its caller never. Decorating an async function, whose body runs after the call, raises TypeError.
    """

    def __init__(self, mode: bool) -> None:
        self._mode = mode
        self._before: list[bool] = []

    def __enter__(self) -> Self:
        self._before.append(recording.get())
        _record(self._mode)
        return self

    def __exit__(self, *exception: object) -> None:
        recording.set(self._before.pop())

    def __call__(self, function: F) -> F:
        mode, kind = self._mode, _flags(function)
        if kind & _ASYNC:
            raise TypeError(
                f"{type(self).__name__} cannot decorate the async function {function!r}: write "
                f"`with {type(self).__name__}(...):` inside it"
            )

        @wraps(function)
        def call(*args: Any, **kwargs: Any) -> Any:
            with _Mode(mode):
                return function(*args, **kwargs)

        @wraps(function)
        def generator(*args: Any, **kwargs: Any) -> Any:
            source = function(*args, **kwargs)
            try:
                with _Mode(mode):
                    value = source.send(None)
                while True:
                    try:
                        sent = yield value
                    except GeneratorExit:
                        with _Mode(mode):
                            source.close()
                        raise
                    except BaseException as error:
                        with _Mode(mode):
                            value = source.throw(error)
                    else:
                        with _Mode(mode):
                            value = source.send(sent)
            except StopIteration as stop:
                return stop.value

        return generator if kind & _GENERATOR else call  # type: ignore[return-value]


def _flags(function: Any) -> int:
    while isinstance(function, partial):
        function = function.func
    return getattr(getattr(function, "__code__", None), "co_flags", 0)


class no_grad(_Mode):
    """Record nothing: results require no grad. A context manager and a decorator.

    Raises TypeError as the decorator of an async function.
    """

    _mode = False

    @overload
    def __new__(cls) -> Self: ...
    @overload
    def __new__(cls, function: F) -> F: ...  # type: ignore[misc]
    def __new__(cls, function: Any = None) -> Any:
        return super().__new__(cls) if function is None else cls()(function)

    def __init__(self, function: Any = None) -> None:
        super().__init__(self._mode)


class enable_grad(no_grad):
    """Record again, inside no_grad. A context manager and a decorator. Raises TypeError as `no_grad`."""

    _mode = True


class inference_mode(no_grad):
    """`no_grad` that `enable_grad` does not end: a context manager and a decorator. With `mode=False` it records again.

    PyTorch's also refuses to record later what was computed within it; here such tensors are like any others.
    """

    @overload
    def __new__(cls, mode: bool = True) -> Self: ...
    @overload
    def __new__(cls, mode: F) -> F: ...  # type: ignore[misc]
    def __new__(cls, mode: Any = True) -> Any:
        return object.__new__(cls) if isinstance(mode, bool) else cls()(mode)

    def __init__(self, mode: Any = True) -> None:
        _Mode.__init__(self, _INFERENCE if mode else True)

    def __enter__(self) -> Self:
        self._before.append(recording.get())
        recording.set(self._mode)
        return self


class set_grad_enabled(_Mode):
    """Record, or do not, by `mode`: at once, and as a context manager until its end. Also a decorator, as `no_grad`."""

    def __init__(self, mode: bool) -> None:
        super().__init__(bool(mode))
        self._first: bool | None = recording.get()
        _record(self._mode)

    def __enter__(self) -> Self:
        super().__enter__()
        if self._first is not None:
            self._before[-1], self._first = self._first, None
        return self

    def __call__(self, function: F) -> F:
        if self._first is not None:
            recording.set(self._first)
            self._first = None
        return super().__call__(function)
