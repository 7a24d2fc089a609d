"""New tensors: from data, or filled.

All of them take PyTorch's arguments about memory: `device`, which must name the CPU; `layout`, `pin_memory` and
`memory_format`, which have no effect; `out`, a tensor to write to instead of a new one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from ..core import dtypes
from ..core.engine import node_of, wrap
from ..core.errors import kind_of
from ..core.shapes import Shape
from .comparison import is_tensor
from .conversion import to
from .destinations import placed
from .device import DeviceLike
from .dims_and_sizes import Sizes, integers
from .tensor_base import to_array

if TYPE_CHECKING:
    from numpy.typing import DTypeLike

    from .tensor import Tensor


def create(array: Any, requires_grad: bool) -> Tensor:
    """A tensor of `array`, a leaf of the graph if it requires grad."""
    made: Tensor = wrap(array)
    if requires_grad:
        made.requires_grad = True
    return made


def shape_of(sizes: tuple[Any, ...], size: Sizes | None = None) -> Shape:
    """The shape given by sizes one by one, as one sequence, or by name.

    Raises RuntimeError for a size below 0, TypeError for one that is no integer.
    """
    try:
        shape = integers(sizes, size)
    except TypeError:
        if sizes and size is not None:
            raise
        given = size if size is not None else sizes[0] if len(sizes) == 1 else sizes
        raise TypeError(f"sizes must be integers, got {type(given).__name__} {given!r}") from None
    if any(n < 0 for n in shape):
        raise RuntimeError(f"Trying to create tensor with negative dimension {min(shape)}: {list(shape)}")
    return shape


@placed
def tensor(
    data: Any,
    *,
    dtype: DTypeLike | None = None,
    device: DeviceLike = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
    label: str = "",
) -> Tensor:
    """A tensor with a copy of `data`: a number, a nested list, an array or a tensor.

    Arrays keep their dtype; Python floats become the default dtype (float32), ints int64, bools bool.

    Raises TypeError or ValueError for data that are not numbers, ValueError for rows of different lengths, RuntimeError
    for None, and for `requires_grad` with a dtype that is not floating point.
    """
    array = to_array(data, dtype)
    made = create(array if isinstance(array, np.generic) else array.copy(), requires_grad)
    if label:
        made.label = label
    return made


def constructed(data: tuple[Any, ...], dtype: Any = None) -> tuple[Any, Any]:
    """The array and the node of Tensor(*data)."""
    kind = dtypes.get_default_dtype() if dtype is None else dtype
    if all(isinstance(n, int | np.integer) and not isinstance(n, bool) for n in data):
        return np.empty(shape_of(data) if data else 0, kind), None
    (x,) = data if len(data) == 1 else (None,)
    if is_tensor(x):
        shared = wrap(x._array) if node_of(x) is None else x.reshape(x.shape)
        shared = shared if dtype is None else to(shared, dtype)
        return shared._data, shared._node
    if not hasattr(x, "__len__") or isinstance(x, Mapping):
        given = ", ".join(map(kind_of, data))
        raise TypeError(
            f"Tensor(): expected sizes, or one sequence, array or tensor, got {given}; a number becomes a tensor by "
            "autograd.tensor(number)"
        )
    return to_array(x, kind), None


@placed
def as_tensor(data: Any, dtype: DTypeLike | None = None, device: DeviceLike = None) -> Tensor:
    """`data` as a tensor: itself if it is one of that dtype, sharing the memory of an array, else a copy.

    Raises TypeError, ValueError or RuntimeError as `tensor`.
    """
    if is_tensor(data):
        return data if dtype is None else to(data, dtype)
    return wrap(to_array(data, dtype))


def from_numpy(ndarray: np.ndarray[Any, Any]) -> Tensor:
    """A tensor that shares the memory of `ndarray`. Raises TypeError for anything else."""
    if not isinstance(ndarray, np.ndarray):
        raise TypeError(f"expected np.ndarray (got {type(ndarray).__name__})")
    return wrap(to_array(ndarray))


@placed
def full(
    size: Sizes,
    fill_value: Any,
    *,
    dtype: DTypeLike | None = None,
    out: Tensor | None = None,
    layout: Any = None,
    device: DeviceLike = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor:
    """A tensor of the shape `size` with `fill_value`, a number, in every place.

    Raises RuntimeError for a negative size, TypeError for one that is no integer.
    """
    value = to_array(fill_value, dtype)
    return create(np.full(shape_of((size,)), value, value.dtype), requires_grad)


@placed
def zeros(
    *sizes: Sizes,
    size: Sizes | None = None,
    dtype: DTypeLike | None = None,
    out: Tensor | None = None,
    layout: Any = None,
    device: DeviceLike = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor:
    """A tensor of zeros.

    Raises RuntimeError for a negative size, TypeError for one that is no integer.
    """
    return create(np.zeros(shape_of(sizes, size), dtype or dtypes.get_default_dtype()), requires_grad)


@placed
def ones(
    *sizes: Sizes,
    size: Sizes | None = None,
    dtype: DTypeLike | None = None,
    out: Tensor | None = None,
    layout: Any = None,
    device: DeviceLike = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor:
    """A tensor of ones.

    Raises RuntimeError for a negative size, TypeError for one that is no integer.
    """
    return create(np.ones(shape_of(sizes, size), dtype or dtypes.get_default_dtype()), requires_grad)


@placed
def empty(
    *sizes: Sizes,
    size: Sizes | None = None,
    dtype: DTypeLike | None = None,
    out: Tensor | None = None,
    layout: Any = None,
    device: DeviceLike = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor:
    """A tensor whose values are whatever the memory held.

    Raises RuntimeError for a negative size, TypeError for one that is no integer.
    """
    return create(np.empty(shape_of(sizes, size), dtype or dtypes.get_default_dtype()), requires_grad)


@placed
def zeros_like(
    input: Tensor,
    *,
    dtype: DTypeLike | None = None,
    layout: Any = None,
    device: DeviceLike = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
    memory_format: Any = None,
) -> Tensor:
    """Zeros of the shape and dtype of `input`."""
    return zeros(input.shape, dtype=dtype or input.dtype, requires_grad=requires_grad)


@placed
def ones_like(
    input: Tensor,
    *,
    dtype: DTypeLike | None = None,
    layout: Any = None,
    device: DeviceLike = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
    memory_format: Any = None,
) -> Tensor:
    """Ones of the shape and dtype of `input`."""
    return ones(input.shape, dtype=dtype or input.dtype, requires_grad=requires_grad)


@placed
def empty_like(
    input: Tensor,
    *,
    dtype: DTypeLike | None = None,
    layout: Any = None,
    device: DeviceLike = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
    memory_format: Any = None,
) -> Tensor:
    """An uninitialized tensor of the shape and dtype of `input`."""
    return empty(input.shape, dtype=dtype or input.dtype, requires_grad=requires_grad)


@placed
def full_like(
    input: Tensor,
    fill_value: Any,
    *,
    dtype: DTypeLike | None = None,
    layout: Any = None,
    device: DeviceLike = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
    memory_format: Any = None,
) -> Tensor:
    """`fill_value` in the shape and dtype of `input`."""
    return full(input.shape, fill_value, dtype=dtype or input.dtype, requires_grad=requires_grad)


@overload
def arange(
    end: float,
    *,
    dtype: DTypeLike | None = None,
    out: Tensor | None = None,
    layout: Any = None,
    device: DeviceLike = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor: ...
@overload
def arange(
    start: float,
    end: float,
    step: float = 1,
    *,
    dtype: DTypeLike | None = None,
    out: Tensor | None = None,
    layout: Any = None,
    device: DeviceLike = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor: ...
@placed  # type: ignore[misc]  # the first of one is `end`
def arange(
    start: Any = 0,
    end: Any = None,
    step: Any = 1,
    *,
    dtype: DTypeLike | None = None,
    out: Tensor | None = None,
    layout: Any = None,
    device: DeviceLike = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor:
    """start, start + step, ... up to but without `end`; arange(n) counts from 0. Whole numbers give int64.

    Raises RuntimeError for a step of 0, or one that leads away from `end`.
    """
    if end is None:
        start, end = 0, start
    if step == 0:
        raise RuntimeError("step must be nonzero")
    if (end - start) * step < 0:
        raise RuntimeError(f"upper bound and lower bound inconsistent with step sign: {start}, {end}, {step}")
    if dtype is None:
        whole = all(isinstance(v, int | np.integer) for v in (start, end, step))
        dtype = dtypes.int64 if whole else dtypes.get_default_dtype()
    return create(np.arange(start, end, step).astype(dtype), requires_grad)


@placed
def linspace(
    start: float,
    end: float,
    steps: int,
    *,
    dtype: DTypeLike | None = None,
    out: Tensor | None = None,
    layout: Any = None,
    device: DeviceLike = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor:
    """`steps` values evenly spaced from start to end, both included. Raises RuntimeError for fewer than 0."""
    if steps < 0:
        raise RuntimeError(f"number of steps must be non-negative, got {steps}")
    return create(np.linspace(start, end, steps).astype(dtype or dtypes.get_default_dtype()), requires_grad)


@placed
def eye(
    n: int,
    m: int | None = None,
    *,
    dtype: DTypeLike | None = None,
    out: Tensor | None = None,
    layout: Any = None,
    device: DeviceLike = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor:
    """The n x m matrix with ones on its diagonal; m is n by default. Raises RuntimeError for lengths below 0."""
    if n < 0 or (m is not None and m < 0):
        raise RuntimeError(f"n must be greater or equal to 0, got {n if n < 0 else m}")
    return create(np.eye(n, m, dtype=dtype or dtypes.get_default_dtype()), requires_grad)
