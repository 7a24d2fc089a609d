"""What PyTorch lets a caller write in several ways: NumPy's `axis` and `keepdims`, sizes one by one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from operator import index
from typing import Any, TypeVar

from ..core.ops import parameters
from ..core.shapes import normalize_axes, normalize_axis
from .base import TensorBase

R = TypeVar("R")
Sizes = int | Sequence[int]


def axes(input: Any, dim: Any, axis: Any = None) -> Any:
    """`dim`, or NumPy's `axis`, as an axis, a tuple of axes, or None: checked, and counted from the front."""
    dim = axis if dim is None else dim
    if dim is None or not isinstance(input, TensorBase):
        return None
    ndim = input._data.ndim
    if type(dim) is int and ndim:
        return normalize_axis(dim, ndim)
    return normalize_axes(dim if type(dim) is int else tuple(dim), ndim) or None


def one_axis(input: Any, dim: int | None, axis: int | None, name: str, extra: int = 0) -> int:
    """`dim`, or NumPy's `axis`, counted from the front of `extra` dimensions more than the input has.

    Raises TypeError if neither is given.
    """
    dim = axis if dim is None else dim
    if dim is None:
        raise TypeError(f'{name}() missing 1 required positional argument: "dim"')
    return normalize_axis(dim, input._data.ndim + extra)


def one_by_one(function: Callable[..., R]) -> Callable[..., R]:
    """The second argument of `function`, a sequence of integers, may also be given as several."""
    name = list(parameters(function))[1]

    @wraps(function)
    def call(input: Any, *given: Any, **named: Any) -> R:
        if named:
            if given or named.keys() != {name}:
                raise TypeError(f"{function.__name__}() takes {name}, or integers one by one, got {given} and {named}")
            given = (named[name],)
        if len(given) == 1 and not hasattr(given[0], "__index__"):
            (given,) = given
        return function(input, tuple([index(n) for n in given]))

    return call
