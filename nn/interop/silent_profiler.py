"""`torch.profiler`'s names: the profiled code runs, nothing is measured, and that is noted."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from functools import wraps
from typing import Any, Self

from .noted import note


class ProfilerActivity(Enum):
    """What a profiler may look at."""

    CPU = 0
    XPU = 1
    CUDA = 3


class _Silent:
    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        pass


class record_function(_Silent):
    """A `with` block, or a decorated function, that a profile would name."""

    def __init__(self, name: str, args: str | None = None) -> None:
        self.name = name

    def __call__(self, function: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(function)
        def call(*args: Any, **options: Any) -> Any:
            return function(*args, **options)

        return call


class profile(_Silent):
    """A `with` block whose time nobody takes. Its table says so."""

    def __init__(self, *args: Any, **options: Any) -> None:
        note("the profiler measures nothing: use Python's, python -m cProfile")

    def start(self) -> None:
        """Nothing."""

    def stop(self) -> None:
        """Nothing."""

    def step(self) -> None:
        """Nothing."""

    def key_averages(self, *args: Any, **options: Any) -> Self:
        """This profile."""
        return self

    def table(self, *args: Any, **options: Any) -> str:
        """A line that says that nothing was measured."""
        return "(chalkgrad: the profiler measures nothing)"

    def export_chrome_trace(self, path: str) -> None:
        """Raises NotImplementedError, since there is no trace that a file could hold."""
        raise NotImplementedError(f"{path}: the profiler measures nothing here, so there is no trace to write")


def schedule(**options: Any) -> Callable[[int], None]:
    """When a profiler should look; it never does."""
    return lambda step: None
