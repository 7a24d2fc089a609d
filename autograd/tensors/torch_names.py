"""Shapes and dtypes as PyTorch's programs know them: `Size`, and `dtype`, whose name says that it is PyTorch's.

A shape is a tuple and a dtype NumPy's, and so they print. After `print_as_torch()` they print as PyTorch's do,
`torch.Size([2, 3])` and `torch.float32`.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import prod
from operator import index
from typing import Any, Self, SupportsIndex, overload

import numpy as np

from ..core import dtypes
from ..core.dtypes import SCALARS

as_torch = [False]  # whether shapes and dtypes print as PyTorch's
NAMED = {"bfloat16": 2, "complex64": 8, "complex128": 16}  # dtypes that NumPy knows late, or no tensor has; their size


class Size(tuple[int, ...]):
    """A shape: a tuple of lengths, whose parts and sums are shapes too. Raises TypeError for what is no integer."""

    __slots__ = ()

    def __new__(cls, sizes: Iterable[SupportsIndex] = ()) -> Self:
        return super().__new__(cls, map(index, sizes))

    def numel(self) -> int:
        """The number of elements of a tensor of this shape."""
        return prod(self)

    @overload
    def __getitem__(self, key: SupportsIndex) -> int: ...
    @overload
    def __getitem__(self, key: slice) -> Size: ...
    def __getitem__(self, key: Any) -> Any:
        part = tuple.__getitem__(self, key)
        return part if part.__class__ is int else size(part)

    def __add__(self, other: tuple[int, ...]) -> Size:  # type: ignore[override]
        return size(tuple.__add__(self, other))

    def __radd__(self, other: tuple[int, ...]) -> Size:
        return size(other + tuple(self))

    def __mul__(self, times: SupportsIndex) -> Size:
        return size(tuple.__mul__(self, times))

    __rmul__ = __mul__

    def __repr__(self) -> str:
        return f"torch.Size({list(self)})" if as_torch[0] else tuple.__repr__(self)

    __str__ = __repr__

    def __reduce__(self) -> Any:
        return size, (tuple(self),)


def size(shape: tuple[int, ...]) -> Size:
    """A shape of integers, which are not looked at again."""
    return tuple.__new__(Size, shape)


class _AnyDtype(type):
    """`isinstance(x, dtype)` is true of NumPy's dtypes too."""

    def __instancecheck__(cls, x: Any) -> bool:
        return isinstance(x, np.dtype) or type.__instancecheck__(cls, x)


class dtype(metaclass=_AnyDtype):
    """A dtype that prints as PyTorch's, and otherwise is the NumPy dtype of that name: equal to it, and taken for it.

    bfloat16 is a dtype of the package ml_dtypes, which is imported when a tensor is first made of it. complex64 and
    complex128 can be named and compared; to make a tensor of them raises TypeError, as does a dtype that no tensor has.
    """

    __slots__ = ("_numpy", "name")
    _numpy: np.dtype[Any] | None
    name: str

    def __new__(cls, name: Any) -> dtype:
        if isinstance(name, str) and name in NAMED:
            numpy = None
        else:
            numpy = np.dtype(name)
            if numpy.name not in SCALARS:
                raise TypeError(f"no tensor has the dtype {numpy.name}: there are {', '.join(SCALARS)}")
        key = name if numpy is None else numpy.name
        if key not in _made:
            made = _made[key] = object.__new__(cls)
            made.name, made._numpy = key, numpy
        return _made[key]

    @property
    def dtype(self) -> np.dtype[Any]:
        """The NumPy dtype, which NumPy asks for.

        Raises TypeError for one that no tensor has, ImportError for bfloat16 without the package ml_dtypes.
        """
        if self._numpy is None:
            if self.is_complex:
                raise TypeError(f"{self.name} is not supported: use float32 for the real and the imaginary part")
            self._numpy = dtypes.bfloat16()
        return self._numpy

    @property
    def is_floating_point(self) -> bool:
        """Whether it is one of float16, float32, float64, bfloat16."""
        return "float" in self.name

    @property
    def is_complex(self) -> bool:
        """Whether it is one of complex64, complex128."""
        return "complex" in self.name

    @property
    def is_signed(self) -> bool:
        """Whether it holds negative numbers."""
        return self.name not in ("uint8", "bool")

    @property
    def itemsize(self) -> int:
        """The size of one value in bytes."""
        return NAMED[self.name] if self._numpy is None else self._numpy.itemsize

    def __eq__(self, other: object) -> bool:
        if type(other) is dtype:
            return self is other
        if self._numpy is None:  # without ml_dtypes, which only an array of bfloat16 brings
            return isinstance(other, np.dtype) and other.name == self.name
        return self._numpy == other

    def __hash__(self) -> int:
        try:
            return hash(self.dtype)
        except (TypeError, ImportError):
            return hash(self.name)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self.dtype, name)

    def __repr__(self) -> str:
        return f"torch.{self.name}"

    def __reduce__(self) -> Any:
        return dtype, (self.name,)


_made: dict[str, dtype] = {}
bfloat16, complex64, complex128 = map(dtype, NAMED)


def shown(numpy: np.dtype[Any]) -> Any:
    """A NumPy dtype as it is printed: itself, or under `print_as_torch` PyTorch's."""
    return dtype(numpy) if as_torch[0] and numpy.name in SCALARS else numpy
