"""Random numbers whose distribution a tensor gives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, overload

import numpy as np

from ..core import dtypes
from ..core.engine import wrap
from .destinations import placed
from .device import DeviceLike
from .generator import Generator, default_generator
from .random_tensors import randint

if TYPE_CHECKING:
    from numpy.typing import DTypeLike

    from .tensor import Tensor


def multinomial(
    input: Tensor, num_samples: int, replacement: bool = False, *, generator: Generator | None = None
) -> Tensor:
    """Indices drawn with probabilities in the ratio of the weights, a vector or one distribution a row, as int64.

    Without `replacement` none is drawn twice, one of weight 0 only when the others are used up. Raises RuntimeError for
    weights that are no floats, negative, not finite or all 0, for fewer than one sample, or for more than there are.
    """
    if not dtypes.is_floating(input.dtype):
        raise RuntimeError(f"multinomial only supports floating-point dtypes for input, got: {input.dtype}")
    if input.ndim not in (1, 2):
        raise RuntimeError(f"prob_dist must be 1 or 2 dim, got shape {list(input.shape)}")
    if num_samples < 1:
        raise RuntimeError(f"cannot sample n_sample <= 0 samples, got {num_samples}")
    if not replacement and num_samples > input.shape[-1]:
        raise RuntimeError(
            "cannot sample n_sample > prob_dist.size(-1) samples without replacement: "
            f"{num_samples} of {input.shape[-1]}"
        )
    weights = np.atleast_2d(np.asarray(input._data, np.float64))
    if not (np.isfinite(weights) & (weights >= 0)).all():
        raise RuntimeError("probability tensor contains either `inf`, `nan` or element < 0")
    sums = np.cumsum(weights, -1)
    if not (sums[:, -1:] > 0).all():
        raise RuntimeError("invalid multinomial distribution (sum of probabilities <= 0)")
    rng = (generator or default_generator).rng
    if replacement:
        points = rng.random((len(weights), num_samples)) * sums[:, -1:]
        drawn: Any = np.array([np.searchsorted(row, at, "right") for row, at in zip(sums, points, strict=True)])
        drawn = np.minimum(drawn, _last(weights)).astype(np.int64).reshape(len(weights), num_samples)
    else:  # the first arrivals, of independent waiting times at rates equal to the weights
        with np.errstate(divide="ignore"):
            arrivals = rng.standard_exponential(weights.shape) / weights
        drawn = np.argsort(arrivals, -1, kind="stable")[:, :num_samples]
    return wrap(drawn if input.ndim == 2 else drawn[0])


def _last(weights: Any) -> Any:
    """The last index of each row that can be drawn, where rounding would go beyond it."""
    return weights.shape[-1] - 1 - np.argmax(weights[:, ::-1] > 0, -1)[:, None]


def poisson(input: Tensor, generator: Generator | None = None) -> Tensor:
    """Numbers of events, Poisson-distributed around the rates that `input` gives.

    Raises RuntimeError for a negative rate, NotImplementedError for integers.
    """
    if not dtypes.is_floating(input.dtype):
        raise NotImplementedError(f"poisson takes floating-point rates, not {input.dtype}")
    if not (input._data >= 0).all():
        raise RuntimeError("invalid Poisson rate, expected rate to be non-negative")
    drawn = (generator or default_generator).rng.poisson(input._data)
    return wrap(np.asarray(drawn).astype(input.dtype))


@overload
def randint_like(
    input: Tensor,
    high: int,
    *,
    generator: Generator | None = None,
    dtype: DTypeLike | None = None,
    layout: Any = None,
    device: DeviceLike = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
    memory_format: Any = None,
) -> Tensor: ...
@overload
def randint_like(
    input: Tensor,
    low: int,
    high: int,
    *,
    generator: Generator | None = None,
    dtype: DTypeLike | None = None,
    layout: Any = None,
    device: DeviceLike = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
    memory_format: Any = None,
) -> Tensor: ...
@placed  # type: ignore[misc]
def randint_like(  # the first of two is `high`
    input: Tensor,
    low: Any = 0,
    high: Any = None,
    *,
    generator: Generator | None = None,
    dtype: DTypeLike | None = None,
    layout: Any = None,
    device: DeviceLike = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
    memory_format: Any = None,
) -> Tensor:
    """Integers uniform on [low, high), from 0 without `low`, of the shape and dtype of `input`.

    Raises RuntimeError if there is no integer between the two.
    """
    low, high = (0, low) if high is None else (low, high)
    dtype = dtype or input.dtype
    return randint(low, high, input.shape, generator=generator, dtype=dtype, requires_grad=requires_grad)
