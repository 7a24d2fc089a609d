"""What a program asked for and cannot have here, or what is different here: said once, on stderr, at its end."""

from __future__ import annotations

import atexit
import sys

_noted: dict[str, None] = {}


def note(text: str) -> None:
    """Say this at the end of the program; the same text is said once."""
    if not _noted:
        atexit.register(tell)
    _noted.setdefault(text)


def tell() -> None:
    """Print what was noted so far, and forget it."""
    lines, stream = [f"chalkgrad: note: {text}" for text in _noted], sys.stderr
    _noted.clear()
    atexit.unregister(tell)
    if lines and stream is not None and not stream.closed:
        print(*lines, sep="\n", file=stream)
