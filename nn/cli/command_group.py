"""What the commands have in common: a set of them, and the examples at the end of their help."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import typer

Work = Callable[[], None]  # done outside Typer, which would catch Ctrl-C and a closed pipe


def examples(*lines: str) -> str:
    """The end of a help text."""
    return "[dim]Examples[/]\n\n" + "\n".join(f"  [bold]chalkgrad {line}[/]" for line in lines)


def group(**options: Any) -> typer.Typer:
    """A set of commands."""
    return typer.Typer(
        no_args_is_help=True,
        rich_markup_mode="rich",
        context_settings={"help_option_names": ["-h", "--help"]},
        pretty_exceptions_enable=False,
        **options,
    )
