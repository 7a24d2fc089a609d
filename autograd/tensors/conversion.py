"""Other dtypes, other layouts of memory: `to`, and the methods named after a dtype."""

from __future__ import annotations

import builtins
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from ..calculus import primitives as p
from ..core import dtypes
from ..core.engine import recording, wrap
from ..core.forward import of_one
from ..core.ops import OPS
from ..core.quiet import run_quietly
from .device import KINDS, DeviceLike, require_cpu
from .device import device as Device
from .elementwise import clone
from .tensor_base import TensorBase

if TYPE_CHECKING:
    from numpy.typing import DTypeLike

    from .tensor import Tensor

_cast = of_one(OPS[p.cast], casts=True)


@overload
def to(
    input: Tensor,
    dtype: DTypeLike | Tensor | DeviceLike = None,
    non_blocking: builtins.bool = False,
    copy: builtins.bool = False,
    *,
    device: DeviceLike = None,
    memory_format: Any = None,
) -> Tensor: ...
@overload
def to(
    input: Tensor,
    device: DeviceLike,
    dtype: DTypeLike | None = None,
    non_blocking: builtins.bool = False,
    copy: builtins.bool = False,
    *,
    memory_format: Any = None,
) -> Tensor: ...
def to(
    input: Any,
    *place: Any,
    dtype: Any = None,
    device: Any = None,
    non_blocking: Any = False,
    copy: builtins.bool = False,
    memory_format: Any = None,
) -> Any:
    """The values in another dtype; the tensor itself if it has that already. A gradient flows between float dtypes.

    `dtype` may be a dtype, a tensor to take it from, or a device, which may be followed by a dtype. `non_blocking` and
    `memory_format` have no effect. Raises TypeError for what is no dtype and, for a device that is not the CPU,
    AssertionError or RuntimeError.
    """
    if place:
        given = dict(zip(_order(*place), place, strict=True))
        dtype, device, copy = given.get("dtype", dtype), given.get("device", device), given.get("copy", copy)
    if device is not None:
        require_cpu(device)
    if dtype is None:
        return clone(input) if copy else input
    dtype = dtype._data.dtype if isinstance(dtype, TensorBase) else np.dtype(dtype)
    if dtype == input._data.dtype:
        return clone(input) if copy else input
    return _cast(input, dtype) if dtypes.is_floating(dtype) else wrap(run_quietly(input._data.astype, dtype))


def _order(first: Any, *rest: Any) -> tuple[str, ...]:
    """What the arguments of `to` are that were given by position."""
    if isinstance(first, str):
        names = first.partition(":")[0] in KINDS
    else:
        names = isinstance(first, Device) or (isinstance(first, builtins.int) and not isinstance(first, builtins.bool))
    order: tuple[str, ...] = ("device" if names else "dtype", "non_blocking", "copy")
    if rest and not isinstance(rest[0], builtins.bool):
        order = ("device", "dtype", "non_blocking", "copy")
    if len(rest) >= len(order):
        raise TypeError(f"to() takes at most {len(order)} arguments, {', '.join(order)}, got {len(rest) + 1}")
    return order[: len(rest) + 1]


def type_as(input: Tensor, other: Tensor) -> Tensor:
    """The values in the dtype of `other`."""
    return to(input, other.dtype)


def astype(input: Tensor, dtype: Any) -> Tensor:
    """The values in another dtype: `to` under NumPy's name. Raises TypeError for what is no dtype."""
    return to(input, dtype)


def half(input: Tensor) -> Tensor:
    """The values as float16."""
    return to(input, dtypes.float16)


def bfloat16(input: Tensor) -> Tensor:
    """The values as bfloat16. Raises ImportError without the package ml_dtypes."""
    return to(input, dtypes.bfloat16())


def float(input: Tensor) -> Tensor:
    """The values as float32."""
    return to(input, dtypes.float32)


def double(input: Tensor) -> Tensor:
    """The values as float64."""
    return to(input, dtypes.float64)


def short(input: Tensor) -> Tensor:
    """The values as int16."""
    return to(input, dtypes.int16)


def byte(input: Tensor) -> Tensor:
    """The values as uint8."""
    return to(input, dtypes.uint8)


def char(input: Tensor) -> Tensor:
    """The values as int8."""
    return to(input, dtypes.int8)


def int(input: Tensor) -> Tensor:
    """The values as int32."""
    return to(input, dtypes.int32)


def long(input: Tensor) -> Tensor:
    """The values as int64."""
    return to(input, dtypes.int64)


def bool(input: Tensor) -> Tensor:
    """The values as bools: False where they are 0."""
    return to(input, dtypes.bool_)


def contiguous(input: Tensor, memory_format: Any = None) -> Tensor:
    """The tensor itself if its values lie in row-major order, else a copy that does; `memory_format` has no effect."""
    return input if input.is_contiguous() else clone(input)


# -- what a function asks of its input --------------------------------------------------------------------------------


def floating(x: Tensor, name: str) -> Tensor:
    """`x`, which must be of a floating dtype. Raises RuntimeError, in the name of a function, if it is not."""
    if not dtypes.is_floating(x._data.dtype):
        raise RuntimeError(
            f"{name}(): could not infer output dtype. Input dtype must be either a floating point or complex dtype. "
            f"Got: {x.dtype}; convert it first: x.float()"
        )
    return x


def exponents(input: Tensor, dtype: Any, name: str) -> Tensor:
    """The input in `dtype`, which must be floating point if there is anything in it."""
    input = input if dtype is None else to(input, dtype)
    return floating(input, name) if input.numel() else input


def with_gradient(input: Tensor, dtype: Any) -> Any:
    """`dtype`, in which a function of the input is to be. Raises RuntimeError if a gradient is wanted that it lacks."""
    if input.requires_grad and recording.get() and not dtypes.is_floating(np.dtype(dtype)):
        raise RuntimeError(
            f"Autograd not support dtype: {np.dtype(dtype)} has no gradient, but the input requires one; detach() it, "
            "or convert the result: .to(dtype)"
        )
    return dtype
