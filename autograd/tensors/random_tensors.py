"""New tensors of random numbers. About memory they take the arguments of those in `creation.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, overload

import numpy as np

from ..core import dtypes
from .creation import create, full_like, shape_of
from .destinations import placed
from .device import DeviceLike
from .dims_and_sizes import Sizes, broadcast
from .generator import Generator, default_generator
from .tensor_base import TensorBase

if TYPE_CHECKING:
    from numpy.typing import DTypeLike

    from .tensor import Tensor


def _rng(generator: Generator | None) -> np.random.Generator:
    return (generator or default_generator).rng


def _draw(draw: Any, shape: Any, dtype: Any) -> Any:
    """A sample in `dtype`: drawn as float32 where that is wanted, else as float64."""
    dtype = np.dtype(dtype or dtypes.get_default_dtype())
    sample = draw(shape, dtype=np.float32 if dtype == np.float32 else np.float64)
    return (sample if isinstance(sample, np.ndarray) else np.asarray(sample)).astype(dtype, copy=False)


@placed
def rand(
    *sizes: Sizes,
    size: Sizes | None = None,
    generator: Generator | None = None,
    dtype: DTypeLike | None = None,
    out: Tensor | None = None,
    layout: Any = None,
    device: DeviceLike = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor:
    """Uniform on [0, 1).

    Raises RuntimeError for a negative size, TypeError for one that is no integer.
    """
    return create(_draw(_rng(generator).random, shape_of(sizes, size), dtype), requires_grad)


@placed
def randn(
    *sizes: Sizes,
    size: Sizes | None = None,
    generator: Generator | None = None,
    dtype: DTypeLike | None = None,
    out: Tensor | None = None,
    layout: Any = None,
    device: DeviceLike = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor:
    """Normal with mean 0 and standard deviation 1.

    Raises RuntimeError for a negative size, TypeError for one that is no integer.
    """
    return create(_draw(_rng(generator).standard_normal, shape_of(sizes, size), dtype), requires_grad)


@overload
def randint(
    high: int,
    size: Sizes,
    *,
    generator: Generator | None = None,
    dtype: DTypeLike | None = None,
    out: Tensor | None = None,
    layout: Any = None,
    device: DeviceLike = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor: ...
@overload
def randint(
    low: int,
    high: int,
    size: Sizes,
    *,
    generator: Generator | None = None,
    dtype: DTypeLike | None = None,
    out: Tensor | None = None,
    layout: Any = None,
    device: DeviceLike = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor: ...
@placed  # type: ignore[misc]  # the first of two is `high`
def randint(
    low: Any = 0,
    high: Any = None,
    size: Any = None,
    *,
    generator: Generator | None = None,
    dtype: DTypeLike | None = None,
    out: Tensor | None = None,
    layout: Any = None,
    device: DeviceLike = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor:
    """Integers uniform on [low, high); randint(high, size) starts at 0.

    Raises RuntimeError if there is no integer between the two, or for a negative size.
    """
    if size is None:
        low, high, size = 0, low, high
    elif high is None:
        low, high = 0, low
    if low >= high:
        raise RuntimeError(f"random_ expects 'from' to be less than 'to', but got from={low} >= to={high}")
    return create(
        _rng(generator).integers(low, high, shape_of((size,)), dtype=np.int64).astype(dtype or np.int64), requires_grad
    )


@placed
def randperm(
    n: int,
    *,
    generator: Generator | None = None,
    dtype: DTypeLike | None = None,
    out: Tensor | None = None,
    layout: Any = None,
    device: DeviceLike = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor:
    """The integers 0 to n - 1 in a random order. Raises RuntimeError for n below 0."""
    (n,) = shape_of((n,))
    return create(_rng(generator).permutation(n).astype(dtype or np.int64, copy=False), requires_grad)


@placed
def bernoulli(
    input: Tensor, p: float | None = None, *, generator: Generator | None = None, out: Tensor | None = None
) -> Tensor:
    """1 with the probability that `input` gives for each place, or `p` everywhere, else 0.

    Raises RuntimeError for a probability outside [0, 1].
    """
    if p is not None:
        return bernoulli(full_like(input, p), generator=generator)
    if not ((input._data >= 0) & (input._data <= 1)).all():
        raise RuntimeError("bernoulli: expected every probability to be in [0, 1]")
    return create((_rng(generator).random(input.shape) < input._data).astype(input.dtype), False)


@overload
def normal(
    mean: Tensor, std: Tensor | float = 1.0, *, generator: Generator | None = None, out: Tensor | None = None
) -> Tensor: ...
@overload
def normal(mean: float, std: Tensor, *, generator: Generator | None = None, out: Tensor | None = None) -> Tensor: ...
@overload
def normal(
    mean: float,
    std: float,
    size: Sizes,
    *,
    generator: Generator | None = None,
    dtype: DTypeLike | None = None,
    out: Tensor | None = None,
    layout: Any = None,
    device: DeviceLike = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor: ...
@placed
def normal(
    mean: Any,
    std: Any = 1.0,
    size: Any = None,
    *,
    generator: Generator | None = None,
    dtype: DTypeLike | None = None,
    out: Tensor | None = None,
    layout: Any = None,
    device: DeviceLike = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor:
    """Normal with the given mean and standard deviation: two numbers and a size, or tensors, one for each place.

    Tensors broadcast; the result is a constant of the dtype of the mean, if that is a tensor, else of `std`. Raises
    RuntimeError for a negative standard deviation or size and shapes that do not fit, NotImplementedError for tensors
    of integers, TypeError for a size beside a tensor, or none beside two numbers.
    """
    tensors = [x for x in (mean, std) if isinstance(x, TensorBase)]
    if tensors:
        if size is not None:
            raise TypeError("normal() takes no size beside a tensor: the result has the tensor's shape")
        dtype = tensors[0].dtype
        if not dtypes.is_floating(dtype):
            raise NotImplementedError(f"normal draws floating-point numbers, not {dtype}: convert it first: x.float()")
        mean, std = (x._array if isinstance(x, TensorBase) else x for x in (mean, std))
        size = broadcast("normal", np.shape(mean), np.shape(std))
    elif size is None:
        raise TypeError("normal() of two numbers needs a size")
    if np.any(np.less(std, 0)):
        raise RuntimeError(
            "normal expects std >= 0.0, but found " + ("a negative one" if np.ndim(std) else f"std {std}")
        )
    drawn = _draw(_rng(generator).standard_normal, shape_of((size,)), dtype) * std + mean
    return create(np.asarray(drawn).astype(dtype, copy=False) if tensors else drawn, requires_grad)


@placed
def rand_like(
    input: Tensor,
    *,
    generator: Generator | None = None,
    dtype: DTypeLike | None = None,
    layout: Any = None,
    device: DeviceLike = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
    memory_format: Any = None,
) -> Tensor:
    """Uniform on [0, 1), of the shape and dtype of `input`."""
    return rand(input.shape, generator=generator, dtype=dtype or input.dtype, requires_grad=requires_grad)


@placed
def randn_like(
    input: Tensor,
    *,
    generator: Generator | None = None,
    dtype: DTypeLike | None = None,
    layout: Any = None,
    device: DeviceLike = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
    memory_format: Any = None,
) -> Tensor:
    """Standard normal, of the shape and dtype of `input`."""
    return randn(input.shape, generator=generator, dtype=dtype or input.dtype, requires_grad=requires_grad)
