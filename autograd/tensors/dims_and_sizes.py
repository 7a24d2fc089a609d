"""What PyTorch lets a caller write in several ways (`axis` for `dim`, sizes one by one); and broadcasting."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import index
from typing import TYPE_CHECKING, Any

import numpy as np

from ..core.errors import mismatch
from ..core.shapes import Shape, normalize_axes, normalize_axis
from .tensor_base import TensorBase

if TYPE_CHECKING:
    pass

Sizes = int | Sequence[int]


def axes(input: Any, dim: Any, axis: Any = None) -> Any:
    """`dim`, or NumPy's `axis`, as an axis, a tuple of axes, or None: checked, and counted from the front.

    Raises IndexError for a dim that the input does not have, RuntimeError for one given twice.
    """
    dim = axis if dim is None else dim
    if dim is None or not isinstance(input, TensorBase):
        return None
    ndim = input._data.ndim
    if type(dim) is int and ndim:
        return normalize_axis(dim, ndim)
    return normalize_axes(dim if type(dim) is int else tuple(dim), ndim) or None


def one_axis(input: Any, dim: int | None, axis: int | None, name: str, extra: int = 0) -> int:
    """`dim`, or NumPy's `axis`, counted from the front of `extra` dimensions more than the input has.

    Raises TypeError if neither is given, IndexError for a dim out of range.
    """
    return normalize_axis(required(dim, axis, name), input._data.ndim + extra)


def required(dim: Any, axis: Any, name: str) -> Any:
    """`dim`, or NumPy's `axis`. Raises TypeError, in the name of a function, if neither is given."""
    if dim is None and axis is None:
        raise TypeError(f'{name}() missing 1 required positional argument: "dim"')
    return axis if dim is None else dim


def integers(given: tuple[Any, ...], named: Sizes | None = None) -> tuple[int, ...]:
    """Sizes or dims that were `given` one by one or as one sequence, or `named`.

    Raises TypeError for both at once, or for what is no integer.
    """
    if named is not None:
        if given:
            raise TypeError(f"integers were given by position, {given}, and by name, {named}: give them once")
        given = (named,)
    if len(given) == 1 and not hasattr(given[0], "__index__"):
        (given,) = given
    return tuple([index(n) for n in given])


def broadcasting(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function itself, whose docstring now says what every function that broadcasts two tensors raises."""
    function.__doc__ = f"{function.__doc__}\n\nRaises RuntimeError for shapes that do not broadcast."
    return function


def broadcast(name: str, *shapes: Shape) -> Shape:
    """The shape that `shapes` broadcast to. Raises RuntimeError, in the name of a function, if there is none."""
    try:
        return np.broadcast_shapes(*shapes)
    except ValueError:
        raise mismatch(f"{name}({', '.join(str(list(shape)) for shape in shapes)})", list(shapes)) from None
