"""The text of a derivative rule, as it stands in the table: for drawings and documentation."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable
from functools import cache
from typing import Any


def rule_text(op: Any, i: int) -> tuple[str, str]:
    """The rule of the i-th input of `op`: an expression and "", or the name of a function and its first sentence."""
    rule = op.rules[0 if op.variadic else i]
    name = getattr(rule, "__name__", type(rule).__name__)
    if name != "<lambda>":
        return name, (inspect.getdoc(rule) or "").split("\n")[0].removesuffix(".")
    return lambda_text(rule) or f"f({', '.join(inspect.signature(rule).parameters)})", ""


@cache
def lambda_text(function: Callable[..., Any]) -> str:
    """The expression of a lambda, found by where its code stands in its file; "" if the file is not at hand."""
    code = function.__code__
    try:
        text = "".join(inspect.findsource(function)[0])
        bodies = _lambda_bodies(text)
    except (OSError, TypeError, SyntaxError):
        return ""
    for line, last, start, end in code.co_positions():
        if line is None or start is None or (line, start) == (last, end):
            continue
        inside = [b for b in bodies if (b.lineno, b.col_offset) <= (line, start) < (b.end_lineno, b.end_col_offset)]
        if inside:
            return " ".join((ast.get_source_segment(text, inside[-1]) or "").split())
    return ""


@cache
def _lambda_bodies(text: str) -> list[Any]:
    """What stands after the colon of every lambda, an outer lambda before those inside it."""
    return [node.body for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Lambda)]
