"""The command line: `chalkgrad train`, `evaluate`, `predict`, `serve`, `data`, `sweep`, `run`, `doctor`, `bench` …"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence

from autograd.tools.extras import require


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command in `arguments`, by default those of the process. Raises SystemExit with its code.

    The code is 0 if all is well, 1 if the work failed, 2 if the command or a setting is wrong.
    """
    words = sys.argv[1:] if arguments is None else list(arguments)
    if words[:1] == ["run"]:
        run_program(words[1:])
    if words[:1] == ["doctor"]:
        visit_program(words[1:])
    keep_printing()
    try:
        for package in ("rich", "typer"):
            require(package, "train", f"the command line needs {package}")
    except ImportError as error:
        raise SystemExit(f"chalkgrad: {error}") from None
    from .app import run

    raise SystemExit(run(words))


def run_program(words: Sequence[str]) -> None:
    """Run a program as Python would, and exit; return if the words ask for help, or are a mistake that typer explains.

    Nothing else is imported: the program starts as soon as it can.
    """
    from .run_command import parse, run

    program = parse(words)
    if program is not None:
        raise SystemExit(run(program))


def visit_program(words: Sequence[str]) -> None:
    """Run a program under the doctor, and exit; return as `run_program` does."""
    from .doctor_command import parse, visit

    asked = parse(words)
    if asked is not None:
        raise SystemExit(visit(asked))


def keep_printing() -> None:
    """Let no print fail: a closed stream swallows everything, and a character that the console lacks becomes a "?"."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            setattr(sys, name, open(nowhere, "w", encoding="utf-8", closefd=False))  # noqa: SIM115
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
