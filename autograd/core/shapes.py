"""Pure functions of shapes and axes: broadcasting undone, and axes that were left out filled in."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

from .sums import summed

Shape = tuple[int, ...]
Axes = int | Sequence[int] | None


def unbroadcast(g: Any, shape: Shape) -> Any:
    """Sum `g` over every axis along which an array of `shape` was repeated to reach `g.shape`.

    The adjoint of broadcasting: a value used k times receives the sum of k gradients. Raises ValueError if no
    broadcasting leads from `shape` to `g.shape`.
    """
    lead = len(g.shape) - len(shape)
    if lead > 0 and g.shape[lead:] == shape:
        return summed(g, 0 if lead == 1 else tuple(range(lead)))
    if lead < 0 or any(n not in (1, m) for n, m in zip(shape, g.shape[lead:], strict=True)):
        raise ValueError(f"{list(shape)} does not broadcast to {list(g.shape)}")
    axes = *range(lead), *(lead + i for i, n in enumerate(shape) if n == 1 != g.shape[lead + i])
    return summed(g, axes).reshape(shape)


def normalize_axis(axis: int, ndim: int) -> int:
    """`axis` counted from the front. A 0-d value accepts 0 and -1, as in PyTorch.

    Raises IndexError for an axis out of range.
    """
    span = max(ndim, 1)
    if not -span <= axis < span:
        raise IndexError(
            f"Dimension out of range (expected to be in range of [{-span}, {span - 1}], but got {axis}): "
            f"the tensor has {ndim} dimension{'s' * (ndim != 1)}"
        )
    return axis % span


def normalize_axes(axis: Axes, ndim: int) -> tuple[int, ...]:
    """Every axis that `axis` names, as a tuple counted from the front; None names all of them.

    Raises IndexError for an axis out of range, RuntimeError for one given twice.
    """
    if axis is None:
        return tuple(range(ndim))
    if axis.__class__ is int and -ndim <= axis < ndim:
        return (axis % ndim,)
    given = axis if axis.__class__ is tuple else tuple(axis) if isinstance(axis, Sequence) else (axis,)
    axes = tuple([a % ndim if -ndim <= a < ndim else normalize_axis(a, ndim) for a in given])
    if len(set(axes)) != len(axes):
        raise RuntimeError(f"dim {axes[-1]} appears multiple times in the list of dims {given}")
    return axes if ndim else ()


def kept(shape: Shape, axis: Axes) -> Shape:
    """`shape` after a reduction over `axis` with keepdims: the reduced axes have length 1.

    Raises as `normalize_axes`.
    """
    if axis is None:
        return (1,) * len(shape)
    axes = normalize_axes(axis, len(shape))
    return tuple([1 if i in axes else n for i, n in enumerate(shape)])


def count(shape: Shape, axis: Axes) -> int:
    """How many elements a reduction of `shape` over `axis` combines into one. Raises as `normalize_axes`."""
    return prod(shape) if axis is None else prod([shape[a] for a in normalize_axes(axis, len(shape))])


def inverse_permutation(axes: Sequence[int]) -> tuple[int, ...]:
    """The permutation that undoes `axes`."""
    return tuple(sorted(range(len(axes)), key=axes.__getitem__))
