"""Python's numbers in a loop: a rate or a count is what Python computes, or the program stops.

Where Python raises an error (1 / 0, 0 ** -1, 1e200 ** 2), NumPy goes on with an infinity; where ints grow without end
in Python, they wrap around in a loop. So the program holds only if none of its numbers is of that kind, which is looked
at before anything is written.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from .numba_symbols import Symbol, UntraceableError

OPERATORS: dict[Any, np.ufunc] = {
    operator.add: np.add,
    operator.sub: np.subtract,
    operator.mul: np.multiply,
    operator.truediv: np.divide,
    operator.neg: np.negative,
    operator.pos: np.positive,
}
LARGEST = 2.0**62  # a sum or product of ints that is smaller, when it is computed in floats, fits into 64 bits


def power(tracer: Any, x: Any, y: Any, kind: type) -> Any:
    """`program.power` of floats; of ints Python computes it, by which they may become long, or floats."""
    if kind is not float or all(type(n) is int or getattr(n, "dtype", np.dtype(float)).kind == "i" for n in (x, y)):
        raise UntraceableError("a power of ints")
    result = np.power(x, y)
    tracer.hold(np.isfinite(result))
    return result


def number_by(function: Callable[..., Any]) -> Callable[..., Any]:
    """An operator of Python's numbers, as NumPy computes it, with what must hold for it to be what Python gives."""

    def number(tracer: Any, *inputs: Any) -> Any:
        result = OPERATORS[function](*inputs)
        if function is operator.truediv:
            tracer.hold(np.not_equal(inputs[1], 0))
        elif isinstance(result, Symbol) and result.dtype.kind == "i":
            tracer.hold(np.less(np.absolute(OPERATORS[function](*map(_float, inputs))), LARGEST))
        return result

    return number


def _float(x: Any) -> Any:
    return x.astype(np.float64) if isinstance(x, Symbol) else float(x)


ARITHMETIC = {function: number_by(function) for function in OPERATORS}
