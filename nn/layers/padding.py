"""Padding: a border around the last dimensions, (left, right, top, bottom, …) places wide; one number stands for all.

Negative widths crop.
"""

from __future__ import annotations

import autograd
from autograd import Tensor

from ..module import Module


class _Pad(Module):
    """A border of one kind around the last `dims` dimensions."""

    dims: int
    mode: str

    def __init__(self, padding: int | tuple[int, ...]) -> None:
        self.padding = _widths(padding, self.dims)

    def forward(self, input: Tensor) -> Tensor:
        return autograd.pad(input, self.padding, self.mode)

    def extra_repr(self) -> str:
        return f"{self.padding}"


class _ConstantPad(Module):
    """A border of one number around the last `dims` dimensions."""

    dims: int

    def __init__(self, padding: int | tuple[int, ...], value: float) -> None:
        self.padding, self.value = _widths(padding, self.dims), value

    def forward(self, input: Tensor) -> Tensor:
        return autograd.pad(input, self.padding, "constant", self.value)

    def extra_repr(self) -> str:
        return f"padding={self.padding}, value={self.value}"


class _ZeroPad(_ConstantPad):
    """A border of zeros around the last `dims` dimensions."""

    def __init__(self, padding: int | tuple[int, ...]) -> None:
        super().__init__(padding, 0.0)

    def extra_repr(self) -> str:
        return f"{self.padding}"


def _widths(padding: int | tuple[int, ...], dims: int) -> tuple[int, ...]:
    return (padding,) * (2 * dims) if isinstance(padding, int) else tuple(padding)


class ConstantPad1d(_ConstantPad):
    """A border around sequences (N, C, L) or (C, L): the number `value`."""

    dims = 1


class ConstantPad2d(_ConstantPad):
    """A border around images (N, C, H, W) or (C, H, W): the number `value`."""

    dims = 2


class ConstantPad3d(_ConstantPad):
    """A border around volumes (N, C, D, H, W) or (C, D, H, W): the number `value`."""

    dims = 3


class ZeroPad1d(_ZeroPad):
    """A border around sequences (N, C, L) or (C, L): zeros."""

    dims = 1


class ZeroPad2d(_ZeroPad):
    """A border around images (N, C, H, W) or (C, H, W): zeros."""

    dims = 2


class ZeroPad3d(_ZeroPad):
    """A border around volumes (N, C, D, H, W) or (C, D, H, W): zeros."""

    dims = 3


class ReflectionPad1d(_Pad):
    """A border around sequences (N, C, L) or (C, L): what lies inside, mirrored at the border."""

    dims, mode = 1, "reflect"


class ReflectionPad2d(_Pad):
    """A border around images (N, C, H, W) or (C, H, W): what lies inside, mirrored at the border."""

    dims, mode = 2, "reflect"


class ReflectionPad3d(_Pad):
    """A border around volumes (N, C, D, H, W) or (C, D, H, W): what lies inside, mirrored at the border."""

    dims, mode = 3, "reflect"


class ReplicationPad1d(_Pad):
    """A border around sequences (N, C, L) or (C, L): the outermost numbers, repeated."""

    dims, mode = 1, "replicate"


class ReplicationPad2d(_Pad):
    """A border around images (N, C, H, W) or (C, H, W): the outermost numbers, repeated."""

    dims, mode = 2, "replicate"


class ReplicationPad3d(_Pad):
    """A border around volumes (N, C, D, H, W) or (C, D, H, W): the outermost numbers, repeated."""

    dims, mode = 3, "replicate"


class CircularPad1d(_Pad):
    """A border around sequences (N, C, L) or (C, L): what lies at the opposite side."""

    dims, mode = 1, "circular"


class CircularPad2d(_Pad):
    """A border around images (N, C, H, W) or (C, H, W): what lies at the opposite side."""

    dims, mode = 2, "circular"


class CircularPad3d(_Pad):
    """A border around volumes (N, C, D, H, W) or (C, D, H, W): what lies at the opposite side."""

    dims, mode = 3, "circular"
