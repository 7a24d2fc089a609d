"""What has no gradient, in ONNX's words: comparisons, logic, and the places of the largest and of all in order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .onnx_graph import Graph

Line = Callable[..., str]


def alike(g: Graph, xs: tuple[Any, ...], dtypes: list[Any]) -> list[str]:
    """Operands in one dtype, which numbers take as well; beside integers, a number with a point makes it float32."""
    known = [dtype for dtype in dtypes if dtype is not None]
    broken = any(isinstance(x, float) for x in xs) and all(dtype.kind in "iub" for dtype in known)
    g.dtype = np.dtype(np.float32) if broken else np.result_type(*known)
    return [converted(g, x, dtype) for x, dtype in zip(xs, dtypes, strict=True)]


def converted(g: Graph, x: Any, dtype: Any) -> str:
    """An operand in the dtype of the step."""
    if not isinstance(x, str):
        return g.constant(np.asarray(x, g.dtype))
    return x if dtype == g.dtype else g.cast(x, g.dtype)


def comparison(kind: str) -> Line:
    return lambda g, x, y, dtypes: g(kind, *alike(g, (x, y), dtypes))


def logic(kind: str) -> Line:
    """Of bools; other values count as true unless they are 0."""

    def line(g: Graph, xs: list[Any], dtypes: list[Any]) -> str:
        g.dtype = np.dtype(bool)
        return g(kind, *[converted(g, x, dtype) for x, dtype in zip(xs, dtypes, strict=True)])

    return line


def bits(kind: str) -> Line:
    """Of bools, for which it is logic."""

    def line(g: Graph, xs: list[Any], dtypes: list[Any]) -> str:
        if any(dtype is None or dtype.kind != "b" for dtype in dtypes):
            raise NotImplementedError("it is for bools, not for the bits of integers")
        return g(kind, *xs)

    return line


def place_of(kind: str) -> Line:
    """The place of the largest or smallest element, the first if several are equal."""

    def line(g: Graph, x: str, axis: Any, keepdims: bool, shape: Any) -> str:
        if axis is not None:
            return g(kind, x, axis=axis, keepdims=int(keepdims))
        flat = g("Reshape", x, np.array([-1], np.int64))
        return g.reshape(g(kind, flat, axis=0, keepdims=0), shape)

    return line


def order(g: Graph, x: str, axis: int, descending: bool, shape: Any) -> str:
    """The places of the first elements in order; equal ones stay in theirs, as ONNX has it, too."""
    first = g.integers([shape[axis]])
    return g.several("TopK", 2, x, first, axis=axis, largest=int(descending))[1]


DECISIONS: dict[Any, Line] = {
    np.equal: comparison("Equal"),
    np.not_equal: lambda g, x, y, dtypes: g("Not", g("Equal", *alike(g, (x, y), dtypes))),
    np.less: comparison("Less"),
    np.less_equal: comparison("LessOrEqual"),
    np.greater: comparison("Greater"),
    np.greater_equal: comparison("GreaterOrEqual"),
    np.logical_and: logic("And"),
    np.logical_or: logic("Or"),
    np.logical_xor: logic("Xor"),
    np.logical_not: logic("Not"),
    np.bitwise_and: bits("And"),
    np.bitwise_or: bits("Or"),
    np.bitwise_xor: bits("Xor"),
    np.invert: bits("Not"),
    np.isnan: lambda g, x: g("IsNaN", x),
    np.isinf: lambda g, x: g("IsInf", x),
    np.isfinite: lambda g, x: g("Not", g("Or", g("IsNaN", x), g("IsInf", x))),
    np.argmax: place_of("ArgMax"),
    np.argmin: place_of("ArgMin"),
    np.argsort: order,
}
