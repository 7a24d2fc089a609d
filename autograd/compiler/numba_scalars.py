"""The table of what a loop computes: NumPy's function, as an expression of numbers.

The operands have been converted to the dtype that NumPy computes in, and the result is converted to the dtype that it
gives; so an expression need not care about dtypes. Where it does, `t` is the name of the result's, and `one` is 1 in
the first operand's. What is missing here is computed by NumPy between two loops.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

COPY, WHERE, CAST = "copy", np.where, "cast"

# Of floats, integers and bools alike. NaN spreads through maximum and minimum as in NumPy.
EXPRESSIONS: dict[Any, str] = {
    COPY: "{x}",
    np.positive: "{x}",
    np.negative: "-{x}",
    np.add: "{x} + {y}",
    np.subtract: "{x} - {y}",
    np.multiply: "{x} * {y}",
    np.square: "{x} * {x}",
    np.absolute: "abs({x})",
    np.maximum: "choose(({x} >= {y}) | ({x} != {x}), {x}, {y})",
    np.minimum: "choose(({x} <= {y}) | ({x} != {x}), {x}, {y})",
    np.less: "{x} < {y}",
    np.less_equal: "{x} <= {y}",
    np.greater: "{x} > {y}",
    np.greater_equal: "{x} >= {y}",
    np.equal: "{x} == {y}",
    np.not_equal: "{x} != {y}",
    np.where: "choose({x}, {y}, {z})",
    np.logical_not: "not {x}",
    np.logical_and: "({x} != 0) & ({y} != 0)",
    np.logical_or: "({x} != 0) | ({y} != 0)",
    np.logical_xor: "({x} != 0) != ({y} != 0)",
    np.invert: "~{x}",
    np.bitwise_and: "{x} & {y}",
    np.bitwise_or: "{x} | {y}",
    np.bitwise_xor: "{x} ^ {y}",
    np.isnan: "{x} != {x}",
    np.isfinite: "{x} - {x} == 0",
}

# Of floats only: numbers of other dtypes go another way in NumPy, or are not worth a line.
FLOAT_EXPRESSIONS: dict[Any, str] = {
    np.divide: "{x} / {y}",
    np.reciprocal: "{one} / {x}",
    np.exp: "exp({x})",
    np.expm1: "expm1({x})",
    np.log: "log({x})",
    np.tanh: "tanh({x})",
    np.sqrt: "sqrt({x})",
    np.log1p: "log1p({x})",
    np.sin: "sin({x})",
    np.cos: "cos({x})",
    np.tan: "tan({x})",
    np.arcsin: "asin({x})",
    np.arccos: "acos({x})",
    np.arctan: "atan({x})",
    np.sinh: "sinh({x})",
    np.cosh: "cosh({x})",
    np.arcsinh: "asinh({x})",
    np.arccosh: "acosh({x})",
    np.arctanh: "atanh({x})",
    np.exp2: "exp2({x})",
    np.log2: "log2({x})",
    np.log10: "log10({x})",
    np.floor: "floor({x})",
    np.ceil: "ceil({x})",
    np.trunc: "trunc({x})",
    np.rint: "rint({x})",
    np.copysign: "copysign({x}, {y})",
    np.arctan2: "atan2({x}, {y})",
    np.hypot: "hypot({x}, {y})",
    np.power: "{x} ** {y}",
    np.sign: "choose({x} != {x}, {x}, {t}(({x} > 0) - ({x} < 0)))",
    np.isinf: "abs({x}) == inf",
    np.signbit: "copysign(1.0, {x}) < 0",
}

# Where the second operand is a number, and no NaN.
WITH_NUMBER: dict[Any, str] = {
    np.maximum: "choose({x} < {y}, {y}, {x})",
    np.minimum: "choose({x} > {y}, {y}, {x})",
}
SQUARE = "{x} * {x}"  # the second power

# Where a fold begins. A fold of no elements at all is left to NumPy.
FOLDS: dict[np.ufunc, float] = {
    np.add: 0,
    np.multiply: 1,
    np.maximum: -math.inf,
    np.minimum: math.inf,
    np.logical_or: False,
    np.logical_and: True,
}

# Folds of floats whose order is free, which lets them run in vectors; the functions stand in numba_arrays.py.
FREE: dict[np.ufunc, str] = {np.add: "plus", np.maximum: "larger", np.minimum: "smaller"}

DTYPES = frozenset(np.dtype(t) for t in ("bool", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f4", "f8"))


def expression(function: Any, dtype: np.dtype[Any]) -> str | None:
    """What a loop writes for a function of operands of a dtype, or None."""
    found = EXPRESSIONS.get(function)
    if dtype.kind == "f":
        return found or FLOAT_EXPRESSIONS.get(function)
    return "not {x}" if dtype.kind == "b" and function is np.invert else found
