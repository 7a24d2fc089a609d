"""Random numbers written to every place of a tensor: `normal_`, `uniform_` and their like, methods of Tensor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..core import dtypes
from .generator import Generator, default_generator
from .inplace import write
from .tensor_base import TensorBase

if TYPE_CHECKING:
    from .tensor import Tensor


def uniform_(self: Tensor, from_: float = 0, to: float = 1, *, generator: Generator | None = None) -> Tensor:
    """Write random numbers, uniform on [from_, to), to every place; returns the tensor.

    Raises RuntimeError for from_ > to, NotImplementedError for integers.
    """
    _of_floats(self, "uniform_")
    if from_ > to:
        raise RuntimeError(f"uniform_ expects to return a [from, to) range, but found from={from_} > to={to}")
    return _filled(self, _rng(generator).uniform(from_, to, self._data.shape), "uniform_")


def normal_(self: Tensor, mean: float = 0, std: float = 1, *, generator: Generator | None = None) -> Tensor:
    """Write random numbers of a normal distribution to every place; returns the tensor.

    Raises RuntimeError for std < 0, NotImplementedError for integers.
    """
    _of_floats(self, "normal_")
    if std < 0:
        raise RuntimeError(f"normal expects std >= 0.0, but found std {std}")
    return _filled(self, _rng(generator).normal(mean, std, self._data.shape), "normal_")


def log_normal_(self: Tensor, mean: float = 1, std: float = 2, *, generator: Generator | None = None) -> Tensor:
    """Write exp of normal random numbers to every place; returns the tensor.

    Raises RuntimeError for std <= 0, NotImplementedError for integers.
    """
    _of_floats(self, "log_normal_")
    if std <= 0:
        raise RuntimeError(f"log_normal_ expects std > 0.0, but found std={std}")
    return _filled(self, _rng(generator).lognormal(mean, std, self._data.shape), "log_normal_")


def exponential_(self: Tensor, lambd: float = 1, *, generator: Generator | None = None) -> Tensor:
    """Write random numbers of density lambd * e^(-lambd x), x > 0, to every place; returns the tensor.

    Raises RuntimeError for lambd <= 0, NotImplementedError for integers.
    """
    _of_floats(self, "exponential_")
    if lambd <= 0:
        raise RuntimeError(f"exponential_ expects lambda > 0.0, but found lambda={lambd}")
    return _filled(self, _rng(generator).exponential(1 / lambd, self._data.shape), "exponential_")


def cauchy_(self: Tensor, median: float = 0, sigma: float = 1, *, generator: Generator | None = None) -> Tensor:
    """Write median + sigma * c to every place, c Cauchy random numbers; returns the tensor.

    Raises RuntimeError for sigma <= 0, NotImplementedError for integers.
    """
    _of_floats(self, "cauchy_")
    if sigma <= 0:
        raise RuntimeError(f"cauchy_ expects sigma > 0.0, but found sigma={sigma}")
    return _filled(self, median + sigma * _rng(generator).standard_cauchy(self._data.shape), "cauchy_")


def geometric_(self: Tensor, p: float, *, generator: Generator | None = None) -> Tensor:
    """Write to every place how often to try until something of probability p happens; returns the tensor.

    Raises RuntimeError for p outside (0, 1).
    """
    if not 0 < p < 1:
        raise RuntimeError(f"geometric_ expects p to be in (0, 1), but got p={p}")
    return _filled(self, _rng(generator).geometric(p, self._data.shape), "geometric_")


def bernoulli_(self: Tensor, p: Any = 0.5, *, generator: Generator | None = None) -> Tensor:
    """Write 1 with probability p, a number or a tensor that broadcasts, else 0, to every place; returns the tensor.

    Raises RuntimeError for a p outside [0, 1].
    """
    chance = p._data if isinstance(p, TensorBase) else np.asarray(p)
    if not ((chance >= 0) & (chance <= 1)).all():
        raise RuntimeError(f"bernoulli_ expects p to be in [0, 1], but got p={p}")
    return _filled(self, _rng(generator).random(self._data.shape) < chance, "bernoulli_")


def random_(self: Tensor, from_: int = 0, to: int | None = None, *, generator: Generator | None = None) -> Tensor:
    """Write integers, uniform on [from_, to), to every place; returns the tensor. random_(to) starts at 0.

    Without bounds they go up to the largest integer of the dtype, or up to that to which a float dtype has them all.
    Raises RuntimeError for from_ >= to, or bounds beyond the range of the dtype.
    """
    dtype = self._data.dtype
    if to is None:
        from_, to = (0, from_) if from_ else (0, _end(dtype))
    if from_ >= to:
        raise RuntimeError(f"random_ expects 'from' to be less than 'to', but got from={from_} >= to={to}")
    dtypes.check_range(np.array([from_, to - 1]), dtype)
    return _filled(self, _rng(generator).integers(from_, to, self._data.shape), "random_")


def _end(dtype: np.dtype[Any]) -> int:
    """One more than the largest integer up to which `dtype` has them all."""
    if dtypes.is_floating(dtype):
        return 2 ** (dtypes.limits(dtype).nmant + 1) + 1
    return 2 if dtype.kind == "b" else int(np.iinfo(dtype).max) + (dtype.itemsize < 8)


def _rng(generator: Generator | None) -> np.random.Generator:
    return (generator or default_generator).rng


def _filled(self: Tensor, sample: Any, name: str) -> Tensor:
    write(self, ..., np.asarray(sample).astype(self._data.dtype), name)
    return self


def _of_floats(self: Tensor, name: str) -> None:
    if not dtypes.is_floating(self._data.dtype):
        raise NotImplementedError(f"{name} draws floats, which do not fit a tensor of {self.dtype}: use randint")
