"""`chalkgrad doctor`: run a program written for PyTorch, unchanged, and say what is wrong with its trainings."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NamedTuple, TextIO

from ..runs.settings import ConfigError
from . import run_command
from .run_command import Program

STEPS, MINUTES = 5000, 10.0  # how long a training is watched, and all of them


class Visit(NamedTuple):
    """What was typed after `chalkgrad doctor`: the program, how long to watch, and where the report goes."""

    program: Program
    steps: int = STEPS
    minutes: float = MINUTES
    json: str = ""  # a file, or "-" for standard output
    html: str = ""


def _steps(word: str) -> int:
    return _positive(int(word))


def _minutes(word: str) -> float:
    return _positive(float(word))


def _positive(number: Any) -> Any:
    if not 0 < number < math.inf:
        raise ValueError(f"expected a positive number, given {number}")
    return number


OPTIONS: dict[str, Callable[[str], Any]] = {"--steps": _steps, "--minutes": _minutes, "--json": str, "--html": str}


def parse(words: Sequence[str]) -> Visit | None:
    """What is asked for, with the program's arguments as they are; None if it cannot be understood."""
    waiting, others, given = list(words), [], {}
    while waiting and waiting[0].startswith("-") and waiting[0] != "--":
        name, equals, value = waiting.pop(0).partition("=")
        if name not in OPTIONS:
            others.append(name + equals + value)
        elif equals or waiting:
            try:
                given[name[2:]] = OPTIONS[name](value if equals else waiting.pop(0))
            except ValueError:
                return None
    program = run_command.parse([*others, *waiting])
    return None if program is None or program.list_names else Visit(program, **given)


def visit(asked: Visit) -> int:
    """Run the program, then print the report on stderr. Returns 1 if there is a finding, else the program's exit code.

    Standard output is the program's alone, unless JSON is asked for there.
    """
    from ..doctor.trainings import Trainings

    name = asked.program.name
    if not asked.program.as_module and not Path(name).exists():
        return run_command.run(asked.program)
    for path in map(Path, filter(None, (asked.json.removeprefix("-"), asked.html))):
        if path.is_dir() or not path.absolute().parent.is_dir():
            print(f"chalkgrad: {path} cannot be written: expected a file in a folder that exists", file=sys.stderr)
            return 2
    trainings = Trainings(asked.steps, asked.minutes)
    code = _follow(trainings, asked.program)
    _tell(asked, trainings.seen, trainings.unwatched)
    return 1 if any(seen.report.findings for seen in trainings.seen) else code


def _follow(trainings: Any, program: Program) -> int:
    """Run the program as Python does, to its end or its error. Returns its exit code."""
    try:
        with trainings:
            return run_command.run(program)
    except SystemExit as end:
        if end.code is None or isinstance(end.code, int):
            return end.code or 0
        print(end.code, file=sys.stderr)
        return 1
    except BaseException as error:
        sys.excepthook(type(error), error, error.__traceback__)
        return 130 if isinstance(error, KeyboardInterrupt) else 1


def _tell(asked: Visit, trainings: Sequence[Any], unwatched: int) -> None:
    from ..doctor import told_trainings as told

    what = asked.program.name, trainings, unwatched
    if asked.json != "-":
        _say(told.as_text(*what), sys.stderr)
    if asked.json:
        text = json.dumps(told.as_data(*what), indent=2, default=str) + "\n"
        if asked.json == "-":
            _say(text.rstrip(), sys.stdout)
        else:
            Path(asked.json).write_text(text, encoding="utf-8")
    if asked.html:
        Path(asked.html).write_text(told.as_page(*what), encoding="utf-8")


def _say(text: str, stream: TextIO | None) -> None:
    """Print on a stream that is there; first comes what the program has printed."""
    for each in (sys.stdout, stream):
        if each is not None and not each.closed:
            each.flush()
    if stream is not None and not stream.closed:
        print(text, file=stream)


def list_codes(code: str = "") -> None:
    """Print every code with its title and its page; or the page of one of them."""
    from ..doctor.mistakes import MISTAKES
    from ..doctor.told_trainings import all_codes, explained

    if code and code not in MISTAKES:
        near = get_close_matches(code, MISTAKES, 3) or [*MISTAKES][:3]
        raise ConfigError(f"--list: expected one of the doctor's codes, such as {', '.join(near)}, given {code!r}")
    print(explained(code) if code else all_codes())
