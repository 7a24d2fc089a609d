"""A hook that stays behind: copies of a watched module, and files that it is saved to, hold one that does nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class Watching:
    """Calls `function`; its copy, however it is made, is a `Nothing`."""

    def __init__(self, function: Callable[..., None]) -> None:
        self.function = function

    def __call__(self, *given: Any) -> None:
        self.function(*given)

    def __reduce__(self) -> Any:
        return Nothing, ()


class Nothing:
    """A hook that does nothing."""

    def __call__(self, *given: Any) -> None:
        """Do nothing."""
