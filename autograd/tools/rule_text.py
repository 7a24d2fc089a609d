"""The text of a derivative rule, as a textbook writes it: for drawings and documentation.

A rule that is a lambda is read from its source, with words in place of the functions it calls; of one that is a named
function, the first sentence of the docstring is its formula.
"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Callable
from functools import cache
from typing import Any

from .rule_words import WORDS

MODULES = ("np", "math", "linalg", "p", "n", "m", "sc", "special")
OPPOSITES = {ast.Lt: ast.GtE, ast.LtE: ast.Gt, ast.Gt: ast.LtE, ast.GtE: ast.Lt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq}
PHRASES = {"g[(slice(None),) * (axis % g.ndim) + (i,)]": "part i of g along axis"}  # a whole rule


def rule_text(op: Any, i: int) -> tuple[str, str]:
    """The formula of the rule of the i-th input of `op`, and a remark on it, such as where it is 0, or ""."""
    rule = op.rules[0 if op.variadic else i]
    name = getattr(rule, "__name__", type(rule).__name__)
    if name != "<lambda>":
        return formula_and_remark(rule) or (f"{name}({', '.join(inspect.signature(rule).parameters)})", "")
    text = lambda_text(rule)
    return (in_words(text) if text else f"f({', '.join(inspect.signature(rule).parameters)})"), ""


def formula_and_remark(rule: Callable[..., Any]) -> tuple[str, str] | None:
    """The first sentence of a function's docstring, cut at its first colon or semicolon; None without a docstring."""
    first = (inspect.getdoc(rule) or "").split("\n")[0].removesuffix(".")
    if not first:
        return None
    formula, *remark = re.split(r"[:;] ", first, maxsplit=1)
    return re.sub(r"^(The|No|Back)\b", lambda word: word[0].lower(), formula), "".join(remark)


@cache
def in_words(expression: str) -> str:
    """A Python expression as a formula: no module names, and words for the functions that WORDS knows."""
    if expression in PHRASES:
        return PHRASES[expression]
    return bare(Formula().visit(ast.parse(expression, mode="eval").body))


def bare(node: ast.expr) -> str:
    """A formula without the brackets around the whole of it."""
    return getattr(node, "said", None) or ast.unparse(node)


def factor(node: ast.expr) -> str:
    """A formula as a factor: in brackets if it is a sum, or words."""
    text = ast.unparse(node)
    return f"({text})" if isinstance(node, ast.BinOp) else text


def said(text: str, whole: bool = False) -> ast.Name:
    """Words in place of an expression; in brackets where they are a part of another one, unless they stand as one."""
    whole = whole or bool(re.fullmatch(r"[\w.]+|\w+\([^()]*\)|\S+\^T|\w+\[\w+\]|\w+ \*\* \d+", text))
    name = ast.Name(text if whole else f"({text})", ast.Load())
    name.said = text  # type: ignore[attr-defined]
    return name


class Formula(ast.NodeTransformer):
    """Puts the words of the calculus in the place of what NumPy needs."""

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if node.id.endswith("_shape"):
            return said(f"{node.id.removesuffix('_shape')}.shape", whole=True)
        return said("pi") if node.id == "PI" else node

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        inner = self.visit(node.value)
        if isinstance(inner, ast.Name) and inner.id in MODULES:
            return ast.Name(node.attr, ast.Load())
        return ast.Attribute(inner, node.attr, ast.Load())

    def visit_Call(self, node: ast.Call) -> ast.expr:
        function = self.visit(node.func)
        name = function.id if isinstance(function, ast.Name) else ""
        if name == "where":
            return self.choice(*node.args)
        args = [self.visit(arg) for arg in node.args]
        if name == "tuple" and hasattr(args[0], "said"):
            return args[0]
        if name not in WORDS:
            return ast.Call(function, args, node.keywords)
        words = WORDS[name]
        if words == "{0}":
            return args[0]
        part = re.match(r"\{0\}( [*/]|\^|\[)", words)  # the first argument is a factor: it keeps its brackets
        return said(words.format(*(bare(arg) if i or not part else factor(arg) for i, arg in enumerate(args))))

    def choice(self, condition: ast.expr, yes: ast.expr, no: ast.expr) -> ast.expr:
        """np.where(condition, yes, no)."""
        chosen, other = bare(self.visit(yes)), bare(self.visit(no))
        if chosen == "0" and "where" not in other and isinstance(condition, ast.Compare | ast.Name):
            return said(f"{other} where {bare(self.opposite(condition))}")
        when = bare(self.visit(condition))
        return said(f"{chosen} where {when}" + (f", else {other}" if other != "0" else ""))

    def opposite(self, node: ast.expr) -> ast.expr:
        if isinstance(node, ast.Compare):
            right = [self.visit(part) for part in node.comparators]
            return ast.Compare(self.visit(node.left), [OPPOSITES[type(node.ops[0])]()], right)
        return said(f"not {bare(self.visit(node))}")

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.expr:
        if isinstance(node.op, ast.Invert):
            return self.opposite(node.operand)
        return ast.UnaryOp(node.op, self.visit(node.operand))

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        if isinstance(node.op, ast.BitAnd | ast.BitOr):
            word = "and" if isinstance(node.op, ast.BitAnd) else "or"
            return said(f" {word} ".join(bare(self.visit(part)) for part in (node.left, node.right)))
        return ast.BinOp(self.visit(node.left), node.op, self.visit(node.right))

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.expr:
        """Tests for None, and what stands in for a count of 0, are left out."""
        left = [part for part in node.values if not (is_none_test(part) or is_limit(part))]
        return self.visit(left[0]) if len(left) == 1 else ast.BoolOp(node.op, [self.visit(part) for part in left])

    def visit_IfExp(self, node: ast.IfExp) -> ast.expr:
        """A case for numbers without axes is left out."""
        if isinstance(node.test, ast.Attribute) and node.test.attr == "ndim":
            return self.visit(node.body)
        return self.generic_visit(node)  # type: ignore[return-value]

    def visit_ListComp(self, node: Any) -> ast.expr:
        """[-s for s in shift] is -shift."""
        each = node.elt.elts if isinstance(node.elt, ast.Tuple) else [node.elt]
        if all(isinstance(part, ast.UnaryOp) and isinstance(part.op, ast.USub) for part in each):
            return said(f"-{bare(self.visit(node.generators[0].iter))}", whole=True)
        return node

    visit_GeneratorExp = visit_ListComp  # noqa: N815  ast's name


def is_none_test(node: ast.expr) -> bool:
    return isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.Is | ast.IsNot)


def is_limit(node: ast.expr) -> bool:
    return isinstance(node, ast.Attribute) and node.attr in ("nan", "inf")


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
