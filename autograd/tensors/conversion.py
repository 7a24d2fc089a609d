"""Other dtypes, other layouts of memory: `to`, and the methods named after a dtype."""

from __future__ import annotations

import builtins
from typing import TYPE_CHECKING, Any

import numpy as np

from ..calculus import primitives as p
from ..core import dtypes
from ..core.engine import recording, wrap
from ..core.forward import of_one
from ..core.ops import OPS
from ..core.quiet import run_quietly
from .elementwise import clone
from .tensor_base import TensorBase

if TYPE_CHECKING:
    from .tensor import Tensor

_cast = of_one(OPS[p.cast], casts=True)


def to(
    input: Tensor,
    dtype: Any = None,
    non_blocking: builtins.bool = False,
    copy: builtins.bool = False,
    *,
    device: Any = None,
) -> Tensor:
    """The values in another dtype; the tensor itself if it has that already. A gradient flows between float dtypes.

    `dtype` may be a dtype, a tensor to take it from, or the device "cpu"; `non_blocking` has no effect. Raises
    RuntimeError for any other device, TypeError for what is no dtype.
    """
    for place in (device, dtype):
        if isinstance(place, str) and place.partition(":")[0] in ("cuda", "mps", "gpu", "xpu", "meta"):
            raise RuntimeError(f"device {place!r} is not available: tensors live on the 'cpu'")
    if dtype is None or (isinstance(dtype, str) and dtype == "cpu"):
        return clone(input) if copy else input
    dtype = dtype.dtype if isinstance(dtype, TensorBase) else np.dtype(dtype)
    if dtype == input.dtype:
        return clone(input) if copy else input
    return _cast(input, dtype) if dtypes.is_floating(dtype) else wrap(run_quietly(input._data.astype, dtype))


def type_as(input: Tensor, other: Tensor) -> Tensor:
    """The values in the dtype of `other`."""
    return to(input, other.dtype)


def astype(input: Tensor, dtype: Any) -> Tensor:
    """The values in another dtype: `to` under NumPy's name. Raises TypeError for what is no dtype."""
    return to(input, dtype)


def half(input: Tensor) -> Tensor:
    """The values as float16."""
    return to(input, dtypes.float16)


def float(input: Tensor) -> Tensor:
    """The values as float32."""
    return to(input, dtypes.float32)


def double(input: Tensor) -> Tensor:
    """The values as float64."""
    return to(input, dtypes.float64)


def short(input: Tensor) -> Tensor:
    """The values as int16."""
    return to(input, dtypes.int16)


def int(input: Tensor) -> Tensor:
    """The values as int32."""
    return to(input, dtypes.int32)


def long(input: Tensor) -> Tensor:
    """The values as int64."""
    return to(input, dtypes.int64)


def bool(input: Tensor) -> Tensor:
    """The values as bools: False where they are 0."""
    return to(input, dtypes.bool_)


def contiguous(input: Tensor) -> Tensor:
    """The tensor itself if its values lie in row-major order, else a copy that does."""
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
