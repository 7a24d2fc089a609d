"""Convolution and its adjoint, along one axis or two."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from numpy.typing import DTypeLike

import autograd
from autograd import DeviceLike, Tensor

from .. import init
from ..functional.convolution_functions import conv1d, conv2d, conv_transpose1d, conv_transpose2d, padding_widths
from ..functional.image_arguments import Pair, Single, per_axis
from ..module import Module
from .new_parameters import new_parameter

MODES = ("zeros", "reflect", "replicate", "circular")


class _ConvNd(Module):
    """What a convolution and its adjoint remember, and how their kernels start."""

    dims: int  # the number of axes that the kernels slide along
    transposed = False
    padding: str | tuple[int, ...]
    output_padding: tuple[int, ...]

    def _set(
        self, in_channels: int, out_channels: int, kernel_size: Any, stride: Any, padding: Any, dilation: Any,
        groups: int, bias: bool, padding_mode: str, device: Any, dtype: DTypeLike | None, output_padding: Any = 0,
    ) -> None:  # fmt: skip
        name, dims = type(self).__name__, self.dims
        if groups < 1 or in_channels % groups or out_channels % groups:
            raise ValueError(
                f"{name}: groups must be positive and divide in_channels and out_channels, given groups={groups}, "
                f"in_channels={in_channels}, out_channels={out_channels}"
            )
        if padding_mode not in MODES:
            raise ValueError(f"padding_mode must be one of {MODES}, but got padding_mode={padding_mode!r}")
        if padding_mode != "zeros" and self.transposed:
            raise ValueError(f'Only "zeros" padding mode is supported for {name}, given {padding_mode!r}')
        self.in_channels, self.out_channels, self.groups = in_channels, out_channels, groups
        self.kernel_size, self.stride = (
            per_axis(kernel_size, "kernel_size", dims, 1),
            per_axis(stride, "stride", dims, 1),
        )
        self.dilation, self.padding_mode = per_axis(dilation, "dilation", dims, 1), padding_mode
        self.output_padding = per_axis(output_padding, "output_padding", dims)
        widths = padding_widths(padding, self.kernel_size, self.stride, self.dilation)
        self.padding = padding if isinstance(padding, str) else tuple(low for low, _ in widths)
        self._widths = widths
        self.weight = new_parameter(*self._shape(), device=device, dtype=dtype)
        self.bias = new_parameter(out_channels, device=device, dtype=dtype) if bias else None
        self.reset_parameters()

    def _shape(self) -> tuple[int, ...]:
        """The shape of the weight."""
        first, second = self.out_channels, self.in_channels
        if self.transposed:
            first, second = second, first
        return (first, second // self.groups, *self.kernel_size)

    def reset_parameters(self) -> None:
        """Draw the weight, then the bias, anew."""
        fan_in = math.prod(self.weight.shape[1:])
        k = 1 / math.sqrt(fan_in) if fan_in else 0.0
        for parameter in self.parameters():
            init.uniform_(parameter, -k, k)

    def extra_repr(self) -> str:
        text = f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}, stride={self.stride}"
        none = (0,) * self.dims
        text += f", padding={self.padding}" if self.padding != none else ""
        text += f", dilation={self.dilation}" if self.dilation != (1,) * self.dims else ""
        text += f", output_padding={self.output_padding}" if self.output_padding != none else ""
        text += f", groups={self.groups}" if self.groups != 1 else ""
        text += ", bias=False" if self.bias is None else ""
        return text + (f", padding_mode={self.padding_mode}" if self.padding_mode != "zeros" else "")

    def _padded(self, input: Tensor) -> tuple[Tensor, Any]:
        """The input with a border of another kind than zeros, and the padding that is left to do."""
        if self.padding_mode == "zeros" or self.padding == "valid":
            return input, self.padding
        return autograd.pad(input, [n for pair in reversed(self._widths) for n in pair], self.padding_mode), 0

    def _rest(self, input: Tensor, output_size: Sequence[int] | None) -> tuple[int, ...]:
        """How many places the adjoint adds at the end to reach `output_size`."""
        if output_size is None or isinstance(self.padding, str):
            return self.output_padding
        sizes = list(output_size)[-self.dims :]
        settings = zip(
            input.shape[-self.dims :], self.stride, self.padding, self.dilation, self.kernel_size, strict=True
        )
        least = [(n - 1) * s - 2 * m + d * (k - 1) + 1 for n, s, m, d, k in settings]
        most = [n + s - 1 for n, s in zip(least, self.stride, strict=True)]
        if len(sizes) != self.dims or any(not lo <= n <= hi for lo, n, hi in zip(least, sizes, most, strict=True)):
            raise ValueError(
                f"requested an output size of {list(output_size)}, but valid sizes range from {least} to {most} (for "
                f"an input of {list(input.shape[-self.dims :])})"
            )
        return tuple(n - lo for n, lo in zip(sizes, least, strict=True))


class Conv1d(_ConvNd):
    """Kernels slid along sequences: (N, C, L) to (N, out_channels, Lo); `Conv2d` has the details.

    `weight` has shape (out_channels, in_channels / groups, k), `bias` (out_channels,) or is None.
    """

    dims = 1

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Single,
        stride: Single = 1,
        padding: Single | str = 0,
        dilation: Single = 1,
        groups: int = 1,
        bias: bool = True,
        padding_mode: str = "zeros",
        device: DeviceLike = None,
        dtype: DTypeLike | None = None,
    ) -> None:
        settings = (kernel_size, stride, padding, dilation, groups, bias, padding_mode)
        self._set(in_channels, out_channels, *settings, device, dtype)

    def forward(self, input: Tensor) -> Tensor:
        input, padding = self._padded(input)
        return conv1d(input, self.weight, self.bias, self.stride, padding, self.dilation, self.groups)  # type: ignore[arg-type]


class Conv2d(_ConvNd):
    """Kernels slid over images: (N, C, H, W) to (N, out_channels, Ho, Wo); `nn.functional.conv2d` has the formula.

    `weight` has shape (out_channels, in_channels / groups, kh, kw), `bias` (out_channels,) or is None. Both start as
    draws from U(-k, k), k = 1/√(in_channels / groups * kh * kw).

    `padding_mode` says what the padding holds: "zeros", the image mirrored at its border ("reflect"), its border
    repeated ("replicate"), or its opposite side ("circular").

    Raises ValueError for settings that make no sense; RuntimeError, when called, for shapes or dtypes that do not fit.
    """

    dims = 2

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Pair,
        stride: Pair = 1,
        padding: Pair | str = 0,
        dilation: Pair = 1,
        groups: int = 1,
        bias: bool = True,
        padding_mode: str = "zeros",
        device: DeviceLike = None,
        dtype: DTypeLike | None = None,
    ) -> None:
        settings = (kernel_size, stride, padding, dilation, groups, bias, padding_mode)
        self._set(in_channels, out_channels, *settings, device, dtype)

    def forward(self, input: Tensor) -> Tensor:
        input, padding = self._padded(input)
        return conv2d(input, self.weight, self.bias, self.stride, padding, self.dilation, self.groups)  # type: ignore[arg-type]


class ConvTranspose1d(_ConvNd):
    """The adjoint of `Conv1d`, which makes sequences longer; `ConvTranspose2d` has the details.

    `weight` has shape (in_channels, out_channels / groups, k), `bias` (out_channels,) or is None.
    """

    dims, transposed = 1, True

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Single,
        stride: Single = 1,
        padding: Single = 0,
        output_padding: Single = 0,
        groups: int = 1,
        bias: bool = True,
        dilation: Single = 1,
        padding_mode: str = "zeros",
        device: DeviceLike = None,
        dtype: DTypeLike | None = None,
    ) -> None:
        settings = (kernel_size, stride, padding, dilation, groups, bias, padding_mode)
        self._set(in_channels, out_channels, *settings, device, dtype, output_padding)

    def forward(self, input: Tensor, output_size: Sequence[int] | None = None) -> Tensor:
        settings = (self.stride, self.padding, self._rest(input, output_size), self.groups, self.dilation)
        return conv_transpose1d(input, self.weight, self.bias, *settings)  # type: ignore[arg-type]


class ConvTranspose2d(_ConvNd):
    """The adjoint of `Conv2d`, which makes images larger: (N, C, H, W) to (N, out_channels, Ho, Wo).

    Ho = (H - 1) stride - 2 padding + dilation (kh - 1) + output_padding + 1; a call may be given the `output_size`
    instead of the layer an `output_padding`. `weight` has shape (in_channels, out_channels / groups, kh, kw), `bias`
    (out_channels,) or is None. Both start as draws from U(-k, k), k = 1/√(out_channels / groups * kh * kw).

    Raises ValueError for settings that make no sense, and for an output size that cannot be; RuntimeError, when called,
    for shapes or dtypes that do not fit.
    """

    dims, transposed = 2, True

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Pair,
        stride: Pair = 1,
        padding: Pair = 0,
        output_padding: Pair = 0,
        groups: int = 1,
        bias: bool = True,
        dilation: Pair = 1,
        padding_mode: str = "zeros",
        device: DeviceLike = None,
        dtype: DTypeLike | None = None,
    ) -> None:
        settings = (kernel_size, stride, padding, dilation, groups, bias, padding_mode)
        self._set(in_channels, out_channels, *settings, device, dtype, output_padding)

    def forward(self, input: Tensor, output_size: Sequence[int] | None = None) -> Tensor:
        settings = (self.stride, self.padding, self._rest(input, output_size), self.groups, self.dilation)
        return conv_transpose2d(input, self.weight, self.bias, *settings)  # type: ignore[arg-type]
