"""`chalkgrad run --list`: which names of PyTorch a program uses, and which of them are missing. Nothing is run."""

from __future__ import annotations

import ast
import inspect
import sys
import tokenize
from collections import defaultdict
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from ..interop.layout_lookup import LAYOUTS, ours, unsupported
from .run_notebook import cells, python_of


def list_names(name: str, as_module: bool = False) -> int:
    """Print the names that a file or a module uses, and its missing ones with lines. Returns 1 if any is missing."""
    used = {path: lines for part in sources(name, as_module) for path, lines in names_used(*part).items()}
    missing: dict[str, list[str]] = defaultdict(list)
    for path, lines in used.items():
        if lost := first_missing(path):
            missing[lost] += lines
    for path in sorted(used):
        if not first_missing(path):
            print(path)
    for path, lines in sorted(missing.items()):
        print(f"missing: {unsupported(path)} ({', '.join(sorted(set(lines), key=lines.index))})")
    count = sum(not first_missing(path) for path in used)
    print(f"chalkgrad: {count} names of PyTorch are here, {len(missing)} missing", file=sys.stderr)
    return 1 if missing else 0


def sources(name: str, as_module: bool) -> Iterator[tuple[str, str]]:
    """The code of a program, and the word before its line numbers: for each cell of a notebook, or once."""
    path = Path(name)
    if as_module:
        sys.path.insert(0, "")
        spec = find_spec(name)
        if spec is None or spec.origin is None or not spec.origin.endswith(".py"):
            raise SystemExit(f"chalkgrad: there is no module {name} in Python")
        path = Path(spec.origin)
    if path.suffix == ".ipynb":
        yield "\n".join(python_of(source, f"cell {number}") for number, source in cells(path)), "line of code"
    else:
        file = path / "__main__.py" if path.is_dir() else path
        try:
            with tokenize.open(file) as script:
                code = script.read()
            ast.parse(code, str(file))
        except (SyntaxError, UnicodeError, ValueError, OSError) as error:
            raise SystemExit(f"chalkgrad: {file} cannot be read as Python: {error}") from None
        yield code, "line"


def names_used(code: str, place: str = "line") -> dict[str, list[str]]:
    """Every name of PyTorch or torchvision in the code, by its full path, and where it stands.

    Names are followed through the imports (`from torch import nn`), not through variables.
    """
    reader = _Reader(place)
    reader.visit(ast.parse(code))
    return dict(reader.found)


class _Reader(ast.NodeVisitor):
    def __init__(self, place: str) -> None:
        self.place = place
        self.known: dict[str, str] = {}  # what a name of the program is in PyTorch
        self.found: dict[str, list[str]] = defaultdict(list)

    def note(self, path: str, node: ast.stmt | ast.expr) -> None:
        self.found[path].append(f"{self.place} {node.lineno}")

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            if ours(alias.name):
                root = alias.name.partition(".")[0]
                self.known[alias.asname or root] = alias.name if alias.asname else root
                self.note(alias.name, node)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        if node.module and not node.level and ours(node.module):
            for alias in node.names:
                path = f"{node.module}.{alias.name}" if alias.name != "*" else node.module
                self.known[alias.asname or alias.name] = path
                self.note(path, node)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        parts, inner = [node.attr], node.value
        while isinstance(inner, ast.Attribute):
            parts.append(inner.attr)
            inner = inner.value
        if isinstance(inner, ast.Name) and inner.id in self.known:
            self.note(".".join([self.known[inner.id], *reversed(parts)]), node)
        else:
            self.visit(inner)


def first_missing(path: str) -> str:
    """The shortest beginning of a path that is not here; "" if all of it is. Looks into modules and classes."""
    first, *rest = path.split(".")
    thing, walked = import_module(LAYOUTS[first]), first
    for name in rest:
        if not (inspect.ismodule(thing) or inspect.isclass(thing)):
            break
        walked += f".{name}"
        try:
            thing = getattr(thing, name)
        except AttributeError:
            return walked
    return ""
