"""What convolution and pooling ask of their arguments, along one axis (N, C, L) or two (N, C, H, W).

The ops are those of images: a sequence is an image of one row, and gets settings for that row that change nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd import Tensor

from . import network_primitives as p

Single = int | tuple[int]
Pair = int | tuple[int, int]
Pads = tuple[tuple[int, int], ...]

SHAPES = {
    1: "2D (unbatched) or 3D (batched) input, (C, L) or (N, C, L)",
    2: "3D (unbatched) or 4D (batched) input, (C, H, W) or (N, C, H, W)",
}


def per_axis(n: Any, name: str, dims: int, least: int = 0) -> tuple[int, ...]:
    """A setting for each of `dims` axes, given as one number or as so many, or one.

    Raises ValueError for anything else."""
    each = tuple(n) if isinstance(n, tuple | list) else (n,)
    each = each * dims if len(each) == 1 else each
    if len(each) != dims or not all(isinstance(i, int | np.integer) and i >= least for i in each):
        several = "one in a tuple" if dims == 1 else "a pair of them"
        raise ValueError(f"{name}: expected an integer of at least {least} or {several}, given {n!r}")
    return tuple(int(i) for i in each)


def image(x: Tensor) -> Tensor:
    """Sequences (N, C, L) as images of one row; images as they are."""
    return x.unsqueeze(2) if x.ndim == 3 else x


def rows_and_columns(setting: tuple[Any, ...], of_one_row: Any = 1) -> Any:
    """A setting along L as one along H and W; one along H and W as it is."""
    return (of_one_row, *setting) if len(setting) == 1 else setting


def batched(function: Callable[[Tensor], Tensor], input: Tensor, dims: int) -> Tensor:
    """`function` of images, whose result it is; a sequence is an image of one row, one of either a batch of one."""
    x = input if input.ndim == dims + 2 else input[None]
    out = function(image(x))
    out = out if dims == 2 else out.squeeze(2)
    return out if x is input else out[0]


def check_covered(name: str, input: Tensor, size: Any, widths: Any, dilation: Any) -> None:
    """Raises RuntimeError if not even one window fits into the input with its padding."""
    padded = [n + low + high for n, (low, high) in zip(input.shape[-len(size) :], widths, strict=True)]
    covered = [d * (k - 1) + 1 for k, d in zip(size, dilation, strict=True)]
    if any(n < k for n, k in zip(padded, covered, strict=True)):
        raise RuntimeError(
            f"{name}: Calculated padded input size per channel: {padded}. Kernel size: {covered}. Kernel size can't be "
            f"greater than actual input size: given input {list(input.shape)}, kernel {list(size)}"
        )


def check_input(name: str, input: Any, dims: int, *others: Tensor | None) -> None:
    """Raises TypeError for anything but a tensor, RuntimeError for another number of dimensions or mixed dtypes."""
    if not isinstance(input, Tensor):
        raise TypeError(f"{name}(): argument 'input' must be Tensor, not {type(input).__name__}")
    if input.ndim not in (dims + 1, dims + 2):
        raise RuntimeError(f"{name}: Expected {SHAPES[dims]}, but got input of size: {list(input.shape)}")
    kinds = [t.dtype for t in (input, *others) if t is not None]
    if not input.is_floating_point() or any(kind != kinds[0] for kind in kinds):
        raise RuntimeError(
            f"{name}: expected floating-point tensors of one dtype, given {', '.join(str(kind) for kind in kinds)}: "
            f"convert the input with .float(), or the layer with .double()"
        )


def as_widths(widths: Pads) -> p.Widths:
    """The padding along H and W."""
    (top, bottom), (left, right) = rows_and_columns(widths, (0, 0))
    return (top, bottom), (left, right)
