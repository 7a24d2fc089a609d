"""Pooling: each window of a sequence or an image becomes one number.

Each is the function of that name in `nn.functional`, which has the details; `stride` defaults to `kernel_size`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autograd import Tensor

from ..functional import pooling_functions as F
from ..functional.image_arguments import Pair, Single, per_axis
from ..functional.pooling_functions import Sizes
from ..module import Module


class _MaxPoolNd(Module):
    """The largest number of every window, and with `return_indices` its place."""

    def __init__(
        self,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        dilation: Any = 1,
        return_indices: bool = False,
        ceil_mode: bool = False,
    ) -> None:
        self.kernel_size, self.stride = kernel_size, kernel_size if stride is None else stride
        self.padding, self.dilation = padding, dilation
        self.return_indices, self.ceil_mode = return_indices, ceil_mode

    def _settings(self) -> tuple[Any, ...]:
        return self.kernel_size, self.stride, self.padding, self.dilation, self.ceil_mode, self.return_indices

    def extra_repr(self) -> str:
        return (
            f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}, dilation={self.dilation}, "
            f"ceil_mode={self.ceil_mode}"
        )


class MaxPool1d(_MaxPoolNd):
    """The largest number of every window of sequences (N, C, L); with `return_indices` a pair, of it and its place."""

    def forward(self, input: Tensor) -> Tensor:
        return F.max_pool1d(input, *self._settings())


class MaxPool2d(_MaxPoolNd):
    """The largest number of every window of images (N, C, H, W); with `return_indices` a pair, of it and its place."""

    def forward(self, input: Tensor) -> Tensor:
        return F.max_pool2d(input, *self._settings())


class _MaxUnpoolNd(Module):
    """Zeros with maxima at their places."""

    dims: int

    def __init__(self, kernel_size: Any, stride: Any = None, padding: Any = 0) -> None:
        self.kernel_size = per_axis(kernel_size, "kernel_size", self.dims, 1)
        self.stride = self.kernel_size if stride is None else per_axis(stride, "stride", self.dims, 1)
        self.padding = per_axis(padding, "padding", self.dims)

    def _settings(self) -> Any:
        return {"kernel_size": self.kernel_size, "stride": self.stride, "padding": self.padding}

    def extra_repr(self) -> str:
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class MaxUnpool1d(_MaxUnpoolNd):
    """Zeros with the maxima of `MaxPool1d(return_indices=True)` at their places, in sequences as long as before."""

    dims = 1

    def forward(self, input: Tensor, indices: Tensor, output_size: Sequence[int] | None = None) -> Tensor:
        return F.max_unpool1d(input, indices, **self._settings(), output_size=output_size)


class MaxUnpool2d(_MaxUnpoolNd):
    """Zeros with the maxima of `MaxPool2d(return_indices=True)` at their places, in images as large as before."""

    dims = 2

    def forward(self, input: Tensor, indices: Tensor, output_size: Sequence[int] | None = None) -> Tensor:
        return F.max_unpool2d(input, indices, **self._settings(), output_size=output_size)


class AvgPool1d(Module):
    """The mean of every window of sequences (N, C, L)."""

    def __init__(
        self,
        kernel_size: Single,
        stride: Single | None = None,
        padding: Single = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
    ) -> None:
        self.kernel_size = per_axis(kernel_size, "kernel_size", 1, 1)
        self.stride = self.kernel_size if stride is None else per_axis(stride, "stride", 1, 1)
        self.padding = per_axis(padding, "padding", 1)
        self.ceil_mode, self.count_include_pad = ceil_mode, count_include_pad

    def forward(self, input: Tensor) -> Tensor:
        size: Any = (self.kernel_size, self.stride, self.padding)
        return F.avg_pool1d(input, size[0], size[1], size[2], self.ceil_mode, self.count_include_pad)

    def extra_repr(self) -> str:
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class AvgPool2d(Module):
    """The mean of every window of images (N, C, H, W)."""

    def __init__(
        self,
        kernel_size: Pair,
        stride: Pair | None = None,
        padding: Pair = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        divisor_override: int | None = None,
    ) -> None:
        self.kernel_size, self.stride = kernel_size, kernel_size if stride is None else stride
        self.padding, self.ceil_mode = padding, ceil_mode
        self.count_include_pad, self.divisor_override = count_include_pad, divisor_override

    def forward(self, input: Tensor) -> Tensor:
        settings = (self.kernel_size, self.stride, self.padding, self.ceil_mode)
        return F.avg_pool2d(input, *settings, self.count_include_pad, self.divisor_override)

    def extra_repr(self) -> str:
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class _LPPoolNd(Module):
    """The p-norm of every window, but for the absolute values."""

    def __init__(self, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False) -> None:
        self.norm_type, self.kernel_size, self.stride, self.ceil_mode = norm_type, kernel_size, stride, ceil_mode

    def extra_repr(self) -> str:
        return (
            f"norm_type={self.norm_type}, kernel_size={self.kernel_size}, stride={self.stride}, "
            f"ceil_mode={self.ceil_mode}"
        )


class LPPool1d(_LPPoolNd):
    """(Σ x^p)^(1/p) of every window of sequences (N, C, L), p = `norm_type`."""

    def forward(self, input: Tensor) -> Tensor:
        return F.lp_pool1d(input, self.norm_type, self.kernel_size, self.stride, self.ceil_mode)


class LPPool2d(_LPPoolNd):
    """(Σ x^p)^(1/p) of every window of images (N, C, H, W), p = `norm_type`."""

    def forward(self, input: Tensor) -> Tensor:
        return F.lp_pool2d(input, self.norm_type, self.kernel_size, self.stride, self.ceil_mode)


class _AdaptivePoolNd(Module):
    """As many windows as `output_size` says."""

    output_size: Any

    def extra_repr(self) -> str:
        return f"output_size={self.output_size}"


class AdaptiveAvgPool1d(_AdaptivePoolNd):
    """Means of as many windows of sequences (N, C, L) as `output_size` says; 1 is the mean of every channel."""

    def __init__(self, output_size: Single) -> None:
        self.output_size = output_size

    def forward(self, input: Tensor) -> Tensor:
        return F.adaptive_avg_pool1d(input, self.output_size)


class AdaptiveAvgPool2d(_AdaptivePoolNd):
    """Means of as many windows as `output_size` (rows, columns) says; (1, 1) is the mean of every channel.

    One number stands for both, None for as many as the input has.
    """

    def __init__(self, output_size: Sizes) -> None:
        self.output_size = output_size

    def forward(self, input: Tensor) -> Tensor:
        return F.adaptive_avg_pool2d(input, self.output_size)


class AdaptiveMaxPool1d(_AdaptivePoolNd):
    """The largest numbers of as many windows of sequences (N, C, L) as `output_size` says.

    With `return_indices` a pair, of them and their places.
    """

    def __init__(self, output_size: Single, return_indices: bool = False) -> None:
        self.output_size, self.return_indices = output_size, return_indices

    def forward(self, input: Tensor) -> Tensor:
        return F.adaptive_max_pool1d(input, self.output_size, self.return_indices)


class AdaptiveMaxPool2d(_AdaptivePoolNd):
    """The largest numbers of as many windows as `output_size` (rows, columns) says.

    One number stands for both, None for as many as the input has. With `return_indices` a pair, of them and their
    places.
    """

    def __init__(self, output_size: Sizes, return_indices: bool = False) -> None:
        self.output_size, self.return_indices = output_size, return_indices

    def forward(self, input: Tensor) -> Tensor:
        return F.adaptive_max_pool2d(input, self.output_size, self.return_indices)
