"""Formulas such as "x**2 + 3*sin(y)": parsed, never run. Only what is listed here can be in one."""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Mapping
from typing import Any
from unicodedata import normalize

import autograd
from autograd import Value

from ..runs.settings import ConfigError, nearest

LONGEST, DEEPEST = 1000, 150  # characters, and nested operations
CONSTANTS = {"pi": math.pi, "e": math.e}
NAMES = "abs acos acosh asin asinh atan atanh cos cosh erf exp log log10 log2 relu sigmoid sin sinh sqrt tan tanh"
FUNCTIONS: dict[str, Callable[[Any], Any]] = {name: getattr(autograd, name) for name in NAMES.split()}
OPERATORS: dict[type, Callable[..., Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
}
HOW = "a formula is written like x**2 + 3*sin(y)"


class FormulaError(ConfigError):
    """A formula with a mistake. `excerpt` shows the place, with a caret below it."""

    def __init__(self, message: str, text: str, column: int) -> None:
        super().__init__(message)
        start = max(0, column - 60)
        line = "".join(c if c.isprintable() else "?" for c in text[start : start + 76])
        self.excerpt = f"{line}\n{' ' * (column - start)}^"


def evaluate(text: str, values: Mapping[str, float]) -> tuple[Value, dict[str, Value]]:
    """The value of a formula, and the variables in it, by name, with the graph between them to differentiate.

    A formula consists of numbers, which are floats, variables, whose numbers are in `values`, the constants pi and e,
    + - * / ** and parentheses, and the functions in `FUNCTIONS`. Raises FormulaError for anything else; ConfigError
    for a value that no variable has.
    """
    text = " ".join(text.split())
    if len(text) > LONGEST:
        raise FormulaError(f"the formula has {len(text):,} characters, expected {LONGEST:,} at most", text, LONGEST)
    reading = _Reading(text, {normalize("NFKC", name): float(value) for name, value in values.items()})
    root = reading.value(_parse(text), DEEPEST)
    if unused := reading.values.keys() - reading.variables.keys():
        name = min(unused)
        raise ConfigError(
            f"{name}={reading.values[name]:g}: there is no {name} in the formula{nearest(name, reading.variables)}"
        )
    return root if isinstance(root, Value) else Value(root), reading.variables


def _parse(text: str) -> ast.expr:
    """The syntax of a formula, as Python reads it."""
    try:
        return ast.parse(text, mode="eval").body
    except SyntaxError as error:
        what = "is empty" if not text else f"cannot be read: {error.msg}"
        column = (error.offset or len(text) + 1) - 1
        raise FormulaError(f"the formula {what} ({HOW})", text, column) from None
    except (ValueError, RecursionError, MemoryError):
        raise FormulaError(f"the formula cannot be read ({HOW})", text.encode(errors="replace").decode(), 0) from None


class _Reading:
    """Walks the syntax of one formula."""

    def __init__(self, text: str, values: Mapping[str, float]) -> None:
        self.text, self.values = text, values
        self.variables: dict[str, Value] = {}

    def value(self, node: Any, depth: int) -> float | Value:
        """A part of the formula: a number, or a Value if there is a variable in it. Raises FormulaError."""
        if not depth:
            raise self.error(f"more than {DEEPEST} nested operations", node)
        match node:
            case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
                return _float(number)
            case ast.Name(id=name):
                return self.named(name, node)
            case ast.UnaryOp(op=op, operand=x) if type(op) in OPERATORS:
                return _apply(OPERATORS[type(op)], self.value(x, depth - 1))
            case ast.BinOp(left=x, op=op, right=y) if type(op) in OPERATORS:
                return _apply(OPERATORS[type(op)], self.value(x, depth - 1), self.value(y, depth - 1))
            case ast.BinOp(left=x, op=ast.BitXor()):
                raise self.error("a power is written x**2, not x^2", node, x.end_col_offset)
            case ast.Call(func=ast.Name(id=name) as function, args=args, keywords=[]):
                if name not in FUNCTIONS:
                    known = ", ".join(FUNCTIONS)
                    raise self.error(
                        f"there is no function {name}{nearest(name, FUNCTIONS)}: choose one of {known}", function
                    )
                if len(args) != 1:
                    raise self.error(f"{name} takes one argument, given {len(args)}", node)
                return _apply(FUNCTIONS[name], self.value(args[0], depth - 1))
        raise self.error(f"{HOW}; {self.part(node)!r} cannot be part of one", node)

    def named(self, name: str, node: Any) -> float | Value:
        """A variable or a constant. Raises FormulaError if it is neither."""
        if name in self.values:
            if name not in self.variables:
                self.variables[name] = Value(self.values[name], label=name)
            return self.variables[name]
        if name in CONSTANTS:
            return CONSTANTS[name]
        if name in FUNCTIONS:
            raise self.error(f"{name} is a function: write {name}(x)", node)
        raise self.error(f"{name} has no value: add {name}=2{nearest(name, self.values)}", node)

    def part(self, node: Any) -> str:
        """The text of a node, cut off if it is long."""
        text = ast.get_source_segment(self.text, node) or self.text
        return text if len(text) <= 30 else text[:29] + "…"

    def error(self, message: str, node: Any, offset: int | None = None) -> FormulaError:
        """An error with the caret where the node begins, or at another offset, in bytes."""
        before = self.text.encode()[: node.col_offset if offset is None else offset]
        return FormulaError(message, self.text, len(before.decode()))


def _apply(function: Callable[..., Any], *args: float | Value) -> float | Value:
    """Compute with numbers as with Values, so that an overflow is infinite and nothing is an integer."""
    if any(isinstance(x, Value) for x in args):
        return function(*args)
    return function(*map(Value, args)).data


def _float(number: float) -> float:
    try:
        return float(number)
    except OverflowError:
        return math.inf
