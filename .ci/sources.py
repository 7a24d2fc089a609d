"""The Python files of the project as `ast` sees them: their length, their imports, their private names."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

FOLDERS = ("autograd", "nn", "demos", "tests", ".ci")
NO_CODE = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}
PRIVATE = re.compile(r"_[^_]")


@dataclass(frozen=True)
class Source:
    """A file, by its path from the root of the project."""

    path: str
    text: str

    @property
    def package(self) -> str:
        return self.path.partition("/")[0]

    @property
    def lines(self) -> int:
        return len(self.text.splitlines())

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    @cached_property
    def code(self) -> int:
        """Its lines of code: without docstrings, comments and blank lines."""
        tokens = tokenize.generate_tokens(io.StringIO(self.text).readline)
        code = {line for t in tokens if t.type not in NO_CODE for line in range(t.start[0], t.end[0] + 1)}
        docs = (node for node in ast.walk(self.tree) if isinstance(node, ast.Expr) and is_text(node.value))
        return len(code.difference(*(range(node.lineno, (node.end_lineno or 0) + 1) for node in docs)))

    @cached_property
    def private(self) -> set[str]:
        """The private names it gives to its functions, classes and attributes."""
        found = set()
        for node in ast.walk(self.tree):
            match node:
                case (
                    ast.FunctionDef(name=name)
                    | ast.ClassDef(name=name)
                    | ast.Name(id=name, ctx=ast.Store())
                    | ast.Attribute(value=ast.Name(id="self" | "cls"), attr=name)
                ):
                    found.add(name)
        return set(filter(PRIVATE.match, found))


@dataclass(frozen=True)
class Import:
    """An import of one file of the project by another."""

    importer: str
    line: int
    imported: str
    name: str  # of what is taken out of the imported file, or "" for the file itself
    lazy: bool  # inside a function
    typing: bool  # under `if TYPE_CHECKING:`

    @property
    def place(self) -> str:
        return f"{self.importer}:{self.line}"


def read(root: Path) -> dict[str, Source]:
    """Every Python file below `root`, by its path."""
    paths = (path for folder in FOLDERS for path in sorted((root / folder).rglob("*.py")))
    sources = (Source(path.relative_to(root).as_posix(), path.read_text(encoding="utf-8")) for path in paths)
    return {source.path: source for source in sources}


def imports(source: Source, paths: set[str]) -> Iterator[Import]:
    """What a file imports of the files `paths`, also inside functions and for type checkers only."""

    def find(parts: list[str]) -> str:
        name = "/".join(parts)
        return next((path for path in (f"{name}.py", f"{name}/__init__.py") if path in paths), "")

    for node, lazy, typing in statements(source.tree):
        if isinstance(node, ast.Import):
            found = [(find(alias.name.split(".")), "") for alias in node.names]
        else:
            parts = source.path.split("/")[: -node.level] if node.level else []
            parts += node.module.split(".") if node.module else []
            names = [alias.name for alias in node.names]
            found = [(inner, "") if (inner := find([*parts, name])) else (find(parts), name) for name in names]
        yield from (Import(source.path, node.lineno, path, name, lazy, typing) for path, name in found if path)


def statements(
    node: ast.AST, lazy: bool = False, typing: bool = False
) -> Iterator[tuple[ast.Import | ast.ImportFrom, bool, bool]]:
    """The import statements below a node: whether in a function, and whether for type checkers only."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import | ast.ImportFrom):
            yield child, lazy, typing
        function = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef)
        checking = isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test)
        yield from statements(child, lazy or function, typing or checking)


def is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)
