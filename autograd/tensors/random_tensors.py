"""New tensors of random numbers. About memory they take the arguments of those in `creation.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, overload

import numpy as np

from ..core import dtypes
from .creation import create, shape_of
from .destinations import placed
from .device import DeviceLike
from .dims_and_sizes import Sizes
from .generator import Generator, default_generator

if TYPE_CHECKING:
    from numpy.typing import DTypeLike

    from .tensor import Tensor


def _rng(generator: Generator | None) -> np.random.Generator:
    return (generator or default_generator).rng


def _draw(draw: Any, shape: Any, dtype: Any) -> Any:
    """A sample in `dtype`: drawn as float32 where that is wanted, else as float64."""
    dtype = np.dtype(dtype or dtypes.get_default_dtype())
    sample = draw(shape, dtype=np.float32 if dtype == np.float32 else np.float64)
    return np.asarray(sample).astype(dtype, copy=False)


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
def bernoulli(input: Tensor, *, generator: Generator | None = None, out: Tensor | None = None) -> Tensor:
    """1 with the probability that `input` gives for each place, else 0. Raises RuntimeError for one outside [0, 1]."""
    if not ((input._data >= 0) & (input._data <= 1)).all():
        raise RuntimeError("bernoulli: expected every probability to be in [0, 1]")
    return create((_rng(generator).random(input.shape) < input._data).astype(input.dtype), False)


@placed
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
) -> Tensor:
    """Normal with the given mean and standard deviation. Raises RuntimeError for a negative one, or a negative size."""
    if std < 0:
        raise RuntimeError(f"normal expects std >= 0.0, but found std {std}")
    return create(_draw(_rng(generator).standard_normal, shape_of((size,)), dtype) * std + mean, requires_grad)


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
