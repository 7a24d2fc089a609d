"""A notebook as a program: its cells one after the other, in one namespace."""

from __future__ import annotations

import ast
import json
import linecache
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..interop.noted import note

COMMAND = re.compile(r"(\s*)([\w, ]+=\s*)?([%!].*|\?+[\w.]+|[\w.]+\?+)\s*$")
OWN_CELLS = ("%%time", "%%timeit", "%%capture", "%%prun")  # the rest of such a cell is Python


def cells(path: Path) -> Iterator[tuple[int, str]]:
    """The code cells of a notebook, with their numbers. Raises ValueError if the file is no notebook."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        found = content["cells"] if "cells" in content else content["worksheets"][0]["cells"]
        code = [cell for cell in found if cell["cell_type"] == "code"]
        sources = [cell["source"] if "source" in cell else cell["input"] for cell in code]
    except (ValueError, LookupError, TypeError) as error:
        raise ValueError(f"{path}: not a notebook, or a damaged one ({error})") from None
    for number, source in enumerate(sources, 1):
        yield number, source if isinstance(source, str) else "".join(source)


def run_notebook(path: Path, scope: dict[str, Any]) -> None:
    """Run the cells of a notebook in `scope`. The last expression of a cell is displayed, as in a notebook."""
    scope["display"] = display
    for number, source in cells(path):
        name = f"{path}, cell {number}"
        text = python_of(source, name)
        linecache.cache[name] = len(text), None, text.splitlines(keepends=True), name
        body = ast.parse(text, name).body
        last = body[-1] if body else None
        shown = isinstance(last, ast.Expr) and not text.rstrip().endswith(";")
        exec(compile(ast.Module(body[:-1] if shown else body, []), name, "exec", dont_inherit=True), scope)
        if shown and isinstance(last, ast.Expr):
            sys.displayhook(eval(compile(ast.Expression(last.value), name, "eval", dont_inherit=True), scope))


def display(*things: Any) -> None:
    """Print things as a notebook without pictures would."""
    for thing in things:
        print(repr(thing) if not isinstance(thing, str) else thing)


def python_of(source: str, name: str) -> str:
    """A cell without what only notebooks understand; each line of that kind is noted, and becomes empty."""
    first = source.lstrip().split(None, 1)[:1]
    if first and first[0].startswith("%%") and first[0] not in OWN_CELLS:
        note(f"{name}: a cell in {first[0]} was skipped")
        return ""
    lines = source.split("\n")
    while at := _mistake(lines):
        found = COMMAND.match(lines[at - 1])
        if found is None:
            break  # a mistake of the cell, which Python will explain
        note(f"{name}: skipped {lines[at - 1].strip()}")
        lines[at - 1] = f"{found[1]}pass"
    return "\n".join(lines)


def _mistake(lines: list[str]) -> int:
    """The number of the line that is not Python; 0 if all are."""
    try:
        ast.parse("\n".join(lines))
    except SyntaxError as error:
        return min(error.lineno or 1, len(lines))
    return 0
