"""Lazy layers: they learn the size of their input when they are first called, and are ordinary layers from then on.

Until then their parameters have no shape (`nn.UninitializedParameter`). They may be converted to another dtype, given
to an optimizer and loaded from a state; whatever needs their shape raises ValueError or RuntimeError.
"""

from __future__ import annotations

from typing import Any, ClassVar

from numpy.typing import DTypeLike

from autograd import DeviceLike, Tensor

from ..functional.image_arguments import Pair, Single
from ..module import Module
from ..uninitialized import UninitializedBuffer, UninitializedParameter, is_lazy
from .convolution import Conv1d, Conv2d, ConvTranspose1d, ConvTranspose2d
from .linear import Linear
from .normalization import (
    BatchNorm1d,
    BatchNorm2d,
    BatchNorm3d,
    InstanceNorm1d,
    InstanceNorm2d,
    InstanceNorm3d,
)  # fmt: skip


class LazyModule(Module):
    """A layer that becomes one of the class `cls_to_become` at its first call, the same object."""

    cls_to_become: ClassVar[type[Module]]

    def has_uninitialized_params(self) -> bool:
        """Whether there is a parameter or buffer whose shape is not known yet."""
        own = (*self.named_parameters(recurse=False), *self.named_buffers(recurse=False))
        return any(is_lazy(tensor) for _, tensor in own)

    def reset_parameters(self) -> None:
        """Draw the parameters anew, if their shapes are known."""
        if not self.has_uninitialized_params():
            super().reset_parameters()  # type: ignore[misc]

    def forward(self, input: Tensor, *args: Any, **kwargs: Any) -> Any:
        self.initialize_parameters(input)
        object.__setattr__(self, "__class__", self.cls_to_become)
        return self.forward(input, *args, **kwargs)

    def initialize_parameters(self, input: Tensor) -> None:
        """Give the parameters the shapes that this input asks for, and their first values."""
        raise NotImplementedError(f"initialize_parameters is not implemented for {type(self).__name__}")

    def _materialize(self, **shapes: tuple[int, ...]) -> None:
        """Give those parameters and buffers that have none a shape; then draw all of them."""
        if self.has_uninitialized_params():
            for name, shape in shapes.items():
                if is_lazy(tensor := getattr(self, name)):
                    tensor.materialize(shape)
            self.reset_parameters()


class LazyLinear(LazyModule, Linear):
    """A Linear whose `in_features` is the last dimension of its first input."""

    cls_to_become = Linear

    def __init__(
        self, out_features: int, bias: bool = True, device: DeviceLike = None, dtype: DTypeLike | None = None
    ) -> None:
        self.in_features, self.out_features = 0, out_features
        self.weight = UninitializedParameter(device=device, dtype=dtype)
        self.bias = UninitializedParameter(device=device, dtype=dtype) if bias else None

    def initialize_parameters(self, input: Tensor) -> None:
        """Take `in_features` from the input (*, in_features)."""
        self.in_features = input.shape[-1]
        self._materialize(weight=(self.out_features, self.in_features), bias=(self.out_features,))


# -- convolution ------------------------------------------------------------------------------------------------------


class _LazyConv(LazyModule):
    """A convolution whose `in_channels` is that of its first input."""

    def _set(self, *args: Any) -> None:
        super()._set(*args)  # type: ignore[misc]
        layer: Any = self
        kind: dict[str, Any] = {"device": args[9], "dtype": args[10]}
        layer.weight = UninitializedParameter(**kind)
        layer.bias = UninitializedParameter(**kind) if args[7] else None

    def initialize_parameters(self, input: Tensor) -> None:
        """Take `in_channels` from the input; raises RuntimeError for another number of dimensions."""
        layer: Any = self
        if input.ndim not in (layer.dims + 1, layer.dims + 2):
            raise RuntimeError(
                f"Expected {layer.dims + 1}D (unbatched) or {layer.dims + 2}D (batched) input to "
                f"{type(self).__name__}, but got input of size: {list(input.shape)}"
            )
        channels = input.shape[-layer.dims - 1]
        if channels % layer.groups:
            raise ValueError(f"in_channels must be divisible by groups, given {channels} and {layer.groups}")
        layer.in_channels = channels
        self._materialize(weight=layer._shape(), bias=(layer.out_channels,))


class LazyConv1d(_LazyConv, Conv1d):
    """A Conv1d whose `in_channels` is that of its first input."""

    cls_to_become = Conv1d

    def __init__(
        self,
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
        self._set(0, out_channels, *settings, device, dtype)


class LazyConv2d(_LazyConv, Conv2d):
    """A Conv2d whose `in_channels` is that of its first input."""

    cls_to_become = Conv2d

    def __init__(
        self,
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
        self._set(0, out_channels, *settings, device, dtype)


class LazyConvTranspose1d(_LazyConv, ConvTranspose1d):
    """A ConvTranspose1d whose `in_channels` is that of its first input."""

    cls_to_become = ConvTranspose1d

    def __init__(
        self,
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
        self._set(0, out_channels, *settings, device, dtype, output_padding)


class LazyConvTranspose2d(_LazyConv, ConvTranspose2d):
    """A ConvTranspose2d whose `in_channels` is that of its first input."""

    cls_to_become = ConvTranspose2d

    def __init__(
        self,
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
        self._set(0, out_channels, *settings, device, dtype, output_padding)


# -- normalization ----------------------------------------------------------------------------------------------------


class _LazyNorm(LazyModule):
    """A normalization whose `num_features` is the number of channels of its first input."""

    num_features: int

    def __init__(
        self,
        eps: float = 1e-5,
        momentum: float = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        device: DeviceLike = None,
        dtype: DTypeLike | None = None,
        *,
        bias: bool = True,
    ) -> None:
        settings: Any = (eps, momentum, affine, track_running_stats, device, dtype)
        super().__init__(0, *settings, bias=bias)  # type: ignore[call-arg]
        layer: Any = self
        kind: dict[str, Any] = {"device": device, "dtype": dtype}
        if affine:
            layer.weight = UninitializedParameter(**kind)
            layer.bias = UninitializedParameter(**kind) if bias else None
        if track_running_stats:
            layer.running_mean, layer.running_var = UninitializedBuffer(**kind), UninitializedBuffer(**kind)

    def initialize_parameters(self, input: Tensor) -> None:
        """Take `num_features` from dimension 1 of the input; raises ValueError for another number of dimensions."""
        self._check_dims(input)  # type: ignore[attr-defined]
        self.num_features = input.shape[1]
        names = ("weight", "bias", "running_mean", "running_var")
        self._materialize(**dict.fromkeys(names, (self.num_features,)))


class LazyBatchNorm1d(_LazyNorm, BatchNorm1d):
    """A BatchNorm1d whose `num_features` is the number of channels of its first input."""

    cls_to_become = BatchNorm1d


class LazyBatchNorm2d(_LazyNorm, BatchNorm2d):
    """A BatchNorm2d whose `num_features` is the number of channels of its first input."""

    cls_to_become = BatchNorm2d


class LazyBatchNorm3d(_LazyNorm, BatchNorm3d):
    """A BatchNorm3d whose `num_features` is the number of channels of its first input."""

    cls_to_become = BatchNorm3d


class LazyInstanceNorm1d(_LazyNorm, InstanceNorm1d):
    """An InstanceNorm1d whose `num_features` is the number of channels of its first input."""

    cls_to_become = InstanceNorm1d


class LazyInstanceNorm2d(_LazyNorm, InstanceNorm2d):
    """An InstanceNorm2d whose `num_features` is the number of channels of its first input."""

    cls_to_become = InstanceNorm2d


class LazyInstanceNorm3d(_LazyNorm, InstanceNorm3d):
    """An InstanceNorm3d whose `num_features` is the number of channels of its first input."""

    cls_to_become = InstanceNorm3d
