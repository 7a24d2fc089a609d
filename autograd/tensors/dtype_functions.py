"""What dtypes hold and what becomes of two: `finfo`, `iinfo`, `promote_types`, `can_cast` and their like."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..core import dtypes
from .inplace import holds
from .torch_names import shown

if TYPE_CHECKING:
    from numpy.typing import DTypeLike

    from .tensor import Tensor


_FACTS = ("resolution", "min", "max", "eps", "smallest_normal", "tiny")


@dataclass(frozen=True, init=False, repr=False)
class finfo:
    """The limits of a floating-point dtype, by default of the default dtype. Raises TypeError for another dtype."""

    resolution: float
    min: float
    max: float
    eps: float
    smallest_normal: float
    tiny: float
    dtype: str
    bits: int

    def __init__(self, dtype: DTypeLike | None = None) -> None:
        kind = dtypes.get_default_dtype() if dtype is None else np.dtype(dtype)
        if not dtypes.is_floating(kind):
            raise TypeError(f"finfo() requires a floating point input type, got {kind}. Use iinfo")
        facts = dtypes.limits(kind)
        for name in _FACTS[1:]:
            object.__setattr__(self, name, float(getattr(facts, name)))
        object.__setattr__(self, "resolution", 10.0**-facts.precision)
        object.__setattr__(self, "dtype", kind.name)
        object.__setattr__(self, "bits", 8 * kind.itemsize)

    def __repr__(self) -> str:
        facts = [f"{name}={getattr(self, name):g}" for name in _FACTS]
        return f"finfo({', '.join(facts)}, dtype={self.dtype})"


@dataclass(frozen=True, init=False, repr=False)
class iinfo:
    """The limits of a dtype of integers. Raises TypeError for another dtype."""

    min: int
    max: int
    dtype: str
    bits: int

    def __init__(self, dtype: DTypeLike) -> None:
        kind = np.dtype(dtype)
        if not dtypes.is_integer(kind):
            raise TypeError(f"iinfo() requires an integer input type, got {kind}. Use finfo for floating-point types")
        for name in ("min", "max"):
            object.__setattr__(self, name, int(getattr(np.iinfo(kind), name)))
        object.__setattr__(self, "dtype", kind.name)
        object.__setattr__(self, "bits", 8 * kind.itemsize)

    def __repr__(self) -> str:
        return f"iinfo(min={self.min:g}, max={self.max:g}, dtype={self.dtype})"


def get_default_dtype() -> np.dtype[Any]:
    """The dtype of tensors made from Python floats, and of float functions of integers."""
    return shown(dtypes.get_default_dtype())


def result_type(*xs: Any) -> np.dtype[Any]:
    """The dtype of an elementwise result, as torch.result_type.

    Arrays with dimensions decide; 0-d arrays, then Python numbers, count only if their category (bool < integer <
    floating point) is higher. Raises TypeError for what no tensor holds, such as complex numbers.
    """
    return shown(dtypes.result_type(*xs))


def promote_types(type1: DTypeLike, type2: DTypeLike) -> np.dtype[Any]:
    """The dtype of the result of two tensors of these dtypes. Raises TypeError for what is no dtype."""
    return shown(dtypes.result_type(np.empty(1, type1), np.empty(1, type2)))


def can_cast(from_: DTypeLike, to: DTypeLike) -> bool:
    """Whether a value of the first dtype may be written to a tensor of the second: bools < integers < floats.

    Raises TypeError for what is no dtype.
    """
    return holds(np.dtype(to), np.dtype(from_))


def is_floating_point(input: Tensor) -> bool:
    """Whether the dtype of a tensor is floating point."""
    return dtypes.is_floating(input._data.dtype)


def numel(input: Tensor) -> int:
    """The number of elements of a tensor."""
    return input._data.size
