"""The pages of docs/mistakes, and their programs.

A page has two blocks of Python. The first is a program with a mistake: each wrong line says so in a comment, or such a
comment stands where a line is missing. The second has the lines that mend it: they take the place of the marked lines
and of all between them, together with those before and after that both blocks show.
"""

from __future__ import annotations

import linecache
import re
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent, indent
from typing import Any

DOCS = Path(__file__).resolve().parent.parent / "docs"
FOLDER = DOCS / "mistakes"
BLOCK = re.compile(r"```python\n(.*?)```", re.DOTALL)
STEP = re.compile(r"(?m)^( *)(optimizer\.step\(\).*)$")

Names = dict[str, Any]


def codes() -> list[str]:
    """The codes that have a page."""
    return sorted(path.stem for path in FOLDER.glob("*.md") if path.stem != "index")


def text(code: str) -> str:
    """The page of a code."""
    return (FOLDER / f"{code}.md").read_text(encoding="utf-8")


def mistaken(code: str) -> str:
    """The program with the mistake."""
    return BLOCK.findall(text(code))[0]


def mended(code: str) -> str:
    """The program without it."""
    program, lines = BLOCK.findall(text(code))[:2]
    return mend(program, dedent(lines))


def mend(program: str, mending: str) -> str:
    """A program with the lines that mend it in place of those that are marked."""
    old, new = program.splitlines(), mending.splitlines()
    marked = [i for i, line in enumerate(old) if "# mistake" in line]
    first, last = marked[0], marked[-1] + 1
    shown = {line.strip() for line in new}
    while first and old[first - 1].strip() in shown:
        first -= 1
    while last < len(old) and old[last].strip() in shown:
        last += 1
    margin = old[first][: len(old[first]) - len(old[first].lstrip())]
    return "\n".join([*old[:first], indent(mending.rstrip("\n"), margin), *old[last:], ""])


def run(program: str, look: Callable[[Names], Any] | None = None, name: str = "page.py") -> tuple[Names, list[Any]]:
    """Run a program. Returns its names at the end, and what `look` made of them after each step of the optimizer.

    Its lines can be read as those of the file `name`, which need not be there.
    """
    seen: list[Any] = []
    names: Names = {"__name__": "__main__"}
    if look is not None:
        program = STEP.sub(r"\1\2\n\1_look()", program)
        names["_look"] = lambda: seen.append(look(names))
    linecache.cache[name] = len(program), None, program.splitlines(keepends=True), name
    exec(compile(program, name, "exec"), names)
    return names, seen
