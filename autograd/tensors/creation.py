"""New tensors: from data, filled, or drawn at random."""

from __future__ import annotations

import operator
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from ..core import dtypes
from ..core.engine import node_of, wrap
from ..core.errors import kind_of
from ..core.shapes import Shape
from .comparison import is_tensor
from .conversion import to
from .dims_and_sizes import Sizes, integers
from .tensor_base import to_array

if TYPE_CHECKING:
    from numpy.typing import DTypeLike

    from .tensor import Tensor


def _new(array: Any, requires_grad: bool) -> Tensor:
    made: Tensor = wrap(array)
    if requires_grad:
        made.requires_grad = True
    return made


def _shape(sizes: tuple[Any, ...], size: Sizes | None = None) -> Shape:
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


def tensor(data: Any, *, dtype: DTypeLike | None = None, requires_grad: bool = False, label: str = "") -> Tensor:
    """A tensor with a copy of `data`: a number, a nested list, an array or a tensor.

    Arrays keep their dtype; Python floats become the default dtype (float32), ints int64, bools bool.

    Raises TypeError or ValueError for data that are not numbers, ValueError for rows of different lengths, RuntimeError
    for None, and for `requires_grad` with a dtype that is not floating point.
    """
    array = to_array(data, dtype)
    made = _new(array if isinstance(array, np.generic) else array.copy(), requires_grad)
    if label:
        made.label = label
    return made


def constructed(data: tuple[Any, ...], dtype: Any = None) -> tuple[Any, Any]:
    """The array and the node of Tensor(*data)."""
    kind = dtypes.get_default_dtype() if dtype is None else dtype
    if all(isinstance(n, int | np.integer) and not isinstance(n, bool) for n in data):
        return np.empty(_shape(data) if data else 0, kind), None
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


def as_tensor(data: Any, dtype: DTypeLike | None = None) -> Tensor:
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


def full(size: Sizes, fill_value: Any, *, dtype: DTypeLike | None = None, requires_grad: bool = False) -> Tensor:
    """A tensor of the shape `size` with `fill_value`, a number, in every place.

    Raises RuntimeError for a negative size, TypeError for one that is no integer.
    """
    value = to_array(fill_value, dtype)
    return _new(np.full(_shape((size,)), value, value.dtype), requires_grad)


def zeros(
    *sizes: Sizes, size: Sizes | None = None, dtype: DTypeLike | None = None, requires_grad: bool = False
) -> Tensor:
    """A tensor of zeros.

    Raises RuntimeError for a negative size, TypeError for one that is no integer.
    """
    return _new(np.zeros(_shape(sizes, size), dtype or dtypes.get_default_dtype()), requires_grad)


def ones(
    *sizes: Sizes, size: Sizes | None = None, dtype: DTypeLike | None = None, requires_grad: bool = False
) -> Tensor:
    """A tensor of ones.

    Raises RuntimeError for a negative size, TypeError for one that is no integer.
    """
    return _new(np.ones(_shape(sizes, size), dtype or dtypes.get_default_dtype()), requires_grad)


def empty(
    *sizes: Sizes, size: Sizes | None = None, dtype: DTypeLike | None = None, requires_grad: bool = False
) -> Tensor:
    """A tensor whose values are whatever the memory held.

    Raises RuntimeError for a negative size, TypeError for one that is no integer.
    """
    return _new(np.empty(_shape(sizes, size), dtype or dtypes.get_default_dtype()), requires_grad)


def zeros_like(input: Tensor, *, dtype: DTypeLike | None = None, requires_grad: bool = False) -> Tensor:
    """Zeros of the shape and dtype of `input`."""
    return zeros(input.shape, dtype=dtype or input.dtype, requires_grad=requires_grad)


def ones_like(input: Tensor, *, dtype: DTypeLike | None = None, requires_grad: bool = False) -> Tensor:
    """Ones of the shape and dtype of `input`."""
    return ones(input.shape, dtype=dtype or input.dtype, requires_grad=requires_grad)


def empty_like(input: Tensor, *, dtype: DTypeLike | None = None, requires_grad: bool = False) -> Tensor:
    """An uninitialized tensor of the shape and dtype of `input`."""
    return empty(input.shape, dtype=dtype or input.dtype, requires_grad=requires_grad)


def full_like(input: Tensor, fill_value: Any, *, dtype: DTypeLike | None = None, requires_grad: bool = False) -> Tensor:
    """`fill_value` in the shape and dtype of `input`."""
    return full(input.shape, fill_value, dtype=dtype or input.dtype, requires_grad=requires_grad)


@overload
def arange(end: float, *, dtype: DTypeLike | None = None, requires_grad: bool = False) -> Tensor: ...
@overload
def arange(
    start: float, end: float, step: float = 1, *, dtype: DTypeLike | None = None, requires_grad: bool = False
) -> Tensor: ...
def arange(  # type: ignore[misc]  # the first of one is `end`
    start: Any = 0, end: Any = None, step: Any = 1, *, dtype: DTypeLike | None = None, requires_grad: bool = False
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
    return _new(np.arange(start, end, step).astype(dtype), requires_grad)


def linspace(
    start: float, end: float, steps: int, *, dtype: DTypeLike | None = None, requires_grad: bool = False
) -> Tensor:
    """`steps` values evenly spaced from start to end, both included. Raises RuntimeError for fewer than 0."""
    if steps < 0:
        raise RuntimeError(f"number of steps must be non-negative, got {steps}")
    return _new(np.linspace(start, end, steps).astype(dtype or dtypes.get_default_dtype()), requires_grad)


def eye(n: int, m: int | None = None, *, dtype: DTypeLike | None = None, requires_grad: bool = False) -> Tensor:
    """The n x m matrix with ones on its diagonal; m is n by default. Raises RuntimeError for lengths below 0."""
    if n < 0 or (m is not None and m < 0):
        raise RuntimeError(f"n must be greater or equal to 0, got {n if n < 0 else m}")
    return _new(np.eye(n, m, dtype=dtype or dtypes.get_default_dtype()), requires_grad)


# -- at random --------------------------------------------------------------------------------------------------------


class Generator:
    """A source of random numbers: a NumPy generator (`rng`) under PyTorch's names."""

    def __init__(self, seed: int | None = None) -> None:
        self._seed: int | None = None
        if seed is not None:
            self.manual_seed(seed)

    @cached_property
    def rng(self) -> np.random.Generator:
        """The NumPy generator, made when the first number is drawn."""
        return np.random.default_rng()

    def manual_seed(self, seed: int) -> Generator:
        """Start the sequence that belongs to `seed`; returns the generator. Raises TypeError if it is no integer."""
        self._seed = operator.index(seed)
        self.rng = np.random.default_rng(self._seed % 2**64)
        return self

    def initial_seed(self) -> int | None:
        """The seed the sequence started from, if it was given one."""
        return self._seed

    def get_state(self) -> dict[str, Any]:
        """Where the sequence stands, in numbers and strings that JSON can hold."""
        return dict(self.rng.bit_generator.state)

    def set_state(self, state: dict[str, Any]) -> None:
        """Go on from what `get_state` gave."""
        self.rng.bit_generator.state = state


default_generator = Generator()


def manual_seed(seed: int) -> Generator:
    """Seed the generator that all random functions use by default; returns it. Raises TypeError if it is no integer."""
    return default_generator.manual_seed(seed)


def _rng(generator: Generator | None) -> np.random.Generator:
    return (generator or default_generator).rng


def _draw(draw: Any, shape: Any, dtype: Any) -> Any:
    """A sample in `dtype`: drawn as float32 where that is wanted, else as float64."""
    dtype = np.dtype(dtype or dtypes.get_default_dtype())
    sample = draw(shape, dtype=np.float32 if dtype == np.float32 else np.float64)
    return np.asarray(sample).astype(dtype, copy=False)


def rand(
    *sizes: Sizes,
    size: Sizes | None = None,
    generator: Generator | None = None,
    dtype: DTypeLike | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """Uniform on [0, 1).

    Raises RuntimeError for a negative size, TypeError for one that is no integer.
    """
    return _new(_draw(_rng(generator).random, _shape(sizes, size), dtype), requires_grad)


def randn(
    *sizes: Sizes,
    size: Sizes | None = None,
    generator: Generator | None = None,
    dtype: DTypeLike | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """Normal with mean 0 and standard deviation 1.

    Raises RuntimeError for a negative size, TypeError for one that is no integer.
    """
    return _new(_draw(_rng(generator).standard_normal, _shape(sizes, size), dtype), requires_grad)


@overload
def randint(
    high: int,
    size: Sizes,
    *,
    generator: Generator | None = None,
    dtype: DTypeLike | None = None,
    requires_grad: bool = False,
) -> Tensor: ...
@overload
def randint(
    low: int,
    high: int,
    size: Sizes,
    *,
    generator: Generator | None = None,
    dtype: DTypeLike | None = None,
    requires_grad: bool = False,
) -> Tensor: ...
def randint(  # type: ignore[misc]  # the first of two is `high`
    low: Any = 0,
    high: Any = None,
    size: Any = None,
    *,
    generator: Generator | None = None,
    dtype: DTypeLike | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """Integers uniform on [low, high); randint(high, size) starts at 0.

    Raises RuntimeError if there is no integer between the two, or for a negative size.
    """
    if size is None:
        low, high, size = 0, low, high
    if low >= high:
        raise RuntimeError(f"random_ expects 'from' to be less than 'to', but got from={low} >= to={high}")
    return _new(
        _rng(generator).integers(low, high, _shape((size,)), dtype=np.int64).astype(dtype or np.int64), requires_grad
    )


def randperm(
    n: int, *, generator: Generator | None = None, dtype: DTypeLike | None = None, requires_grad: bool = False
) -> Tensor:
    """The integers 0 to n - 1 in a random order. Raises RuntimeError for n below 0."""
    (n,) = _shape((n,))
    return _new(_rng(generator).permutation(n).astype(dtype or np.int64, copy=False), requires_grad)


def bernoulli(input: Tensor, *, generator: Generator | None = None) -> Tensor:
    """1 with the probability that `input` gives for each place, else 0. Raises RuntimeError for one outside [0, 1]."""
    if not ((input._data >= 0) & (input._data <= 1)).all():
        raise RuntimeError("bernoulli: expected every probability to be in [0, 1]")
    return _new((_rng(generator).random(input.shape) < input._data).astype(input.dtype), False)


def normal(
    mean: float,
    std: float,
    size: Sizes,
    *,
    generator: Generator | None = None,
    dtype: DTypeLike | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """Normal with the given mean and standard deviation. Raises RuntimeError for a negative one, or a negative size."""
    if std < 0:
        raise RuntimeError(f"normal expects std >= 0.0, but found std {std}")
    return _new(_draw(_rng(generator).standard_normal, _shape((size,)), dtype) * std + mean, requires_grad)


def rand_like(
    input: Tensor, *, generator: Generator | None = None, dtype: DTypeLike | None = None, requires_grad: bool = False
) -> Tensor:
    """Uniform on [0, 1), of the shape and dtype of `input`."""
    return rand(input.shape, generator=generator, dtype=dtype or input.dtype, requires_grad=requires_grad)


def randn_like(
    input: Tensor, *, generator: Generator | None = None, dtype: DTypeLike | None = None, requires_grad: bool = False
) -> Tensor:
    """Standard normal, of the shape and dtype of `input`."""
    return randn(input.shape, generator=generator, dtype=dtype or input.dtype, requires_grad=requires_grad)
