"""Convolution."""

from __future__ import annotations

import math
from typing import Any

from numpy.typing import DTypeLike

import autograd
from autograd import DeviceLike, Tensor

from .. import init
from ..functional.image_functions import Pair, conv2d, pair, same_widths
from ..module import Module
from ..parameter import Parameter

MODES = ("zeros", "reflect", "replicate", "circular")


class Conv2d(Module):
    """Kernels slid over images: (N, C, H, W) to (N, out_channels, Ho, Wo); `nn.functional.conv2d` has the formula.

    `weight` has shape (out_channels, in_channels / groups, kh, kw), `bias` (out_channels,) or is None. Both start as
    draws from U(-k, k), k = 1/√(in_channels / groups * kh * kw).

    `padding_mode` says what the padding holds: "zeros", the image mirrored at its border ("reflect"), its border
    repeated ("replicate"), or its opposite side ("circular").

    Raises ValueError for settings that make no sense; RuntimeError, when called, for shapes or dtypes that do not fit.
    """

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
        if groups < 1 or in_channels % groups or out_channels % groups:
            raise ValueError(
                f"Conv2d: groups must be positive and divide in_channels and out_channels, given groups={groups}, "
                f"in_channels={in_channels}, out_channels={out_channels}"
            )
        if padding_mode not in MODES:
            raise ValueError(f"padding_mode must be one of {MODES}, but got padding_mode={padding_mode!r}")
        self.in_channels, self.out_channels, self.groups = in_channels, out_channels, groups
        self.kernel_size, self.stride = pair(kernel_size, "kernel_size", 1), pair(stride, "stride", 1)
        self.padding = padding if isinstance(padding, str) else pair(padding, "padding")
        self.dilation, self.padding_mode = pair(dilation, "dilation", 1), padding_mode
        self.weight = Parameter(
            autograd.empty(out_channels, in_channels // groups, *self.kernel_size, device=device, dtype=dtype)
        )
        self.bias = Parameter(autograd.empty(out_channels, device=device, dtype=dtype)) if bias else None
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the weight, then the bias, anew."""
        fan_in = math.prod(self.weight.shape[1:])
        k = 1 / math.sqrt(fan_in) if fan_in else 0.0
        for parameter in self.parameters():
            init.uniform_(parameter, -k, k)

    def forward(self, input: Tensor) -> Tensor:
        padding: Any = self.padding
        if self.padding_mode != "zeros" and padding != "valid":
            widths = same_widths(self.kernel_size, self.dilation) if padding == "same" else [(n, n) for n in padding]
            input, padding = autograd.pad(input, (*widths[1], *widths[0]), self.padding_mode), 0
        return conv2d(input, self.weight, self.bias, self.stride, padding, self.dilation, self.groups)

    def extra_repr(self) -> str:
        text = f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}, stride={self.stride}"
        text += f", padding={self.padding}" if self.padding != (0, 0) else ""
        text += f", dilation={self.dilation}" if self.dilation != (1, 1) else ""
        text += f", groups={self.groups}" if self.groups != 1 else ""
        text += ", bias=False" if self.bias is None else ""
        return text + (f", padding_mode={self.padding_mode}" if self.padding_mode != "zeros" else "")
