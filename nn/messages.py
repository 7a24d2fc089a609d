"""What an error that passes through modules is given on its way."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .module import Module


def tell_where(error: Exception, module: Module) -> None:
    """Note on an error which module raised it, with its path from the outermost module that was called."""
    called = error.__dict__.setdefault("_modules_called", [])  # the innermost first
    called.append(module)
    path = [type(module).__name__]
    for outer, inner in pairwise(reversed(called)):
        path.append(next((name for name, below in outer.named_modules() if below is inner), "?"))
    innermost = type(called[0]).__name__ if list(called[0].children()) else repr(called[0])
    notes = [note for note in getattr(error, "__notes__", []) if not note.startswith("raised in module ")]
    error.__notes__ = [*notes, f"raised in module {'.'.join(path)}: {innermost}"]
