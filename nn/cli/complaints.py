"""What went wrong, in a line on stderr."""

from __future__ import annotations

import sys
from typing import Any

import typer

from .disk_full import FULL, disk_full

USAGE: Any = typer.BadParameter.__mro__[2]  # click's ClickException, wherever this version of typer keeps it


def message(error: Exception) -> str:
    """An error in a line."""
    if isinstance(error, USAGE):
        return str(getattr(error, "format_message", error.__str__)())
    if isinstance(error, OSError) and error.errno in FULL:
        return f"{disk_full(error)}: make room, then give the command again"
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}"
    return " ".join(str(error).split()) or type(error).__name__


def complain(text: str) -> None:
    """Print a line on stderr, if there is anything to say."""
    if text:
        print(f"chalkgrad: {text}", file=sys.stderr)


def show_warning(message: Warning | str, *about: Any, **more: Any) -> None:
    """Print a warning as a line on stderr."""
    complain(f"note: {' '.join(str(message).split())}")
