"""Normalization: over the batch, over the last dimensions, over groups of channels, over one image."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

from numpy.typing import DTypeLike

import autograd
from autograd import DeviceLike, Tensor

from ..functional.normalization_functions import (
    batch_norm,
    group_norm,
    instance_norm,
    layer_norm,
    local_response_norm,
    rms_norm,
)  # fmt: skip
from ..module import Module
from .new_parameters import new_parameter


class _NormBase(Module):
    """What batch and instance normalization remember of the channels."""

    dims: tuple[int, ...]  # of the inputs
    running_mean: Tensor | None
    running_var: Tensor | None
    num_batches_tracked: Tensor | None

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        device: DeviceLike = None,
        dtype: DTypeLike | None = None,
        *,
        bias: bool = True,
    ) -> None:
        self.num_features, self.eps, self.momentum = num_features, eps, momentum
        self.affine, self.track_running_stats = affine, track_running_stats
        kind: dict[str, Any] = {"device": device, "dtype": dtype}
        self.weight = new_parameter(num_features, **kind, value=1.0) if affine else None
        self.bias = new_parameter(num_features, **kind) if affine and bias else None
        tracked = track_running_stats
        self.register_buffer("running_mean", new_parameter(num_features, **kind).detach() if tracked else None)
        self.register_buffer(
            "running_var", new_parameter(num_features, **kind, value=1.0).detach() if tracked else None
        )
        self.register_buffer("num_batches_tracked", autograd.tensor(0, device=device) if tracked else None)

    def reset_running_stats(self) -> None:
        """Forget the batches seen so far."""
        for buffer, value in ((self.running_mean, 0), (self.running_var, 1), (self.num_batches_tracked, 0)):
            if buffer is not None:
                buffer.fill_(value)

    def reset_parameters(self) -> None:
        """Forget the batches seen so far, and set weight to 1 and bias to 0 again."""
        self.reset_running_stats()
        _reset(self)

    def _check_dims(self, input: Tensor) -> None:
        if input.ndim not in self.dims:
            known = " or ".join(f"{n}D" for n in self.dims)
            raise ValueError(f"expected {known} input (got {input.ndim}D input): {list(input.shape)}")

    def extra_repr(self) -> str:
        return (
            f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, affine={self.affine}, "
            f"bias={self.bias is not None}, track_running_stats={self.track_running_stats}"
        )


class _BatchNorm(_NormBase):
    """(x - mean) / √(variance + eps) * weight + bias, for every channel of x, dimension 1 (Ioffe and Szegedy 2015).

    In training, mean and variance are those of the batch; evaluation uses `running_mean` and `running_var`. These
    follow the batches: running = (1 - momentum) running + momentum new, or the plain average of all batches if
    `momentum` is None. Without `track_running_stats` the batch's own are always used. `weight` starts as 1 and `bias`
    as 0, of shape (num_features,); both are None without `affine`.

    Calls raise ValueError for another number of dimensions, and in training for a channel with only one value;
    RuntimeError for another number of channels.
    """

    def forward(self, input: Tensor) -> Tensor:
        self._check_dims(input)
        mean, var, seen = self.running_mean, self.running_var, self.num_batches_tracked
        training = self.training or mean is None
        if self.training and seen is not None:
            momentum = 1 / (seen.item() + 1) if self.momentum is None else self.momentum
            out = batch_norm(input, mean, var, self.weight, self.bias, True, momentum, self.eps)
            seen.add_(1)
            return out
        given = (None, None) if training else (mean, var)
        return batch_norm(input, given[0], given[1], self.weight, self.bias, training, eps=self.eps)


class BatchNorm1d(_BatchNorm):
    """(x - mean) / √(variance + eps) * weight + bias for every channel of rows (N, C) or sequences (N, C, L)."""

    dims = (2, 3)


class BatchNorm2d(_BatchNorm):
    """(x - mean) / √(variance + eps) * weight + bias for every channel of images (N, C, H, W)."""

    dims = (4,)


class BatchNorm3d(_BatchNorm):
    """(x - mean) / √(variance + eps) * weight + bias for every channel of volumes (N, C, D, H, W)."""

    dims = (5,)


class _InstanceNorm(_NormBase):
    """(x - mean) / √(variance + eps) * weight + bias, for every channel of every sample (Ulyanov 2016).

    Mean and variance are those of the channel, in training and in evaluation; but with `track_running_stats`
    evaluation uses the running averages, as `BatchNorm2d` does. `weight` and `bias` are None unless `affine`.

    Calls raise ValueError for another number of dimensions, for a channel with only one value, and with `affine` for
    another number of channels, which otherwise gives a warning.
    """

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float = 0.1,
        affine: bool = False,
        track_running_stats: bool = False,
        device: DeviceLike = None,
        dtype: DTypeLike | None = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__(num_features, eps, momentum, affine, track_running_stats, device, dtype, bias=bias)

    def forward(self, input: Tensor) -> Tensor:
        self._check_dims(input)
        alone = input.ndim == self.dims[0]  # a sample without a batch
        channels = input.shape[0 if alone else 1]
        if channels != self.num_features and self.affine:
            raise ValueError(
                f"expected input's size at dim={0 if alone else 1} to match num_features ({self.num_features}), but "
                f"got: {channels}."
            )
        if channels != self.num_features:
            warnings.warn(
                f"input's size at dim={0 if alone else 1} does not match num_features. You can silence this warning by "
                "not passing in num_features, which is not used because affine=False",
                UserWarning,
                stacklevel=2,
            )
        of_input = self.training or not self.track_running_stats
        settings = (
            self.running_mean,
            self.running_var,
            self.weight,
            self.bias,
            of_input,
            self.momentum or 0.0,
            self.eps,
        )
        out = instance_norm(input.unsqueeze(0) if alone else input, *settings)
        return out.squeeze(0) if alone else out


class InstanceNorm1d(_InstanceNorm):
    """(x - mean) / √(variance + eps) for every channel of every sequence of (N, C, L) or (C, L)."""

    dims = (2, 3)


class InstanceNorm2d(_InstanceNorm):
    """(x - mean) / √(variance + eps) for every channel of every image of (N, C, H, W) or (C, H, W)."""

    dims = (3, 4)


class InstanceNorm3d(_InstanceNorm):
    """(x - mean) / √(variance + eps) for every channel of every volume of (N, C, D, H, W) or (C, D, H, W)."""

    dims = (4, 5)


class GroupNorm(Module):
    """(x - mean) / √(variance + eps) * weight + bias, mean and variance over groups of channels (Wu and He 2018).

    The `num_channels` channels of x (N, C, ...) are split into `num_groups`. `weight` starts as 1 and `bias` as 0, of
    shape (num_channels,); both are None without `affine`. Raises ValueError if the groups do not divide the channels;
    calls raise RuntimeError for another number of channels.
    """

    def __init__(
        self,
        num_groups: int,
        num_channels: int,
        eps: float = 1e-5,
        affine: bool = True,
        device: DeviceLike = None,
        dtype: DTypeLike | None = None,
        *,
        bias: bool = True,
    ) -> None:
        if num_groups < 1 or num_channels % num_groups:
            raise ValueError(f"num_channels ({num_channels}) must be divisible by num_groups ({num_groups})")
        self.num_groups, self.num_channels, self.eps, self.affine = num_groups, num_channels, eps, affine
        self.weight = new_parameter(num_channels, device=device, dtype=dtype, value=1.0) if affine else None
        self.bias = new_parameter(num_channels, device=device, dtype=dtype) if affine and bias else None

    def reset_parameters(self) -> None:
        """Set weight to 1 and bias to 0 again."""
        _reset(self)

    def forward(self, input: Tensor) -> Tensor:
        return group_norm(input, self.num_groups, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        return (
            f"{self.num_groups}, {self.num_channels}, eps={self.eps}, affine={self.affine}, "
            f"bias={self.bias is not None}"
        )


class LayerNorm(Module):
    """(x - mean) / √(variance + eps) * weight + bias, for every sample over its last dimensions (Ba et al. 2016).

    `normalized_shape` is the shape of these dimensions. `weight` starts as 1 and `bias` as 0; both have that shape, or
    are None without `elementwise_affine`. Calls raise RuntimeError for an input whose last dimensions are others.
    """

    def __init__(
        self,
        normalized_shape: int | Sequence[int],
        eps: float = 1e-5,
        elementwise_affine: bool = True,
        bias: bool = True,
        device: DeviceLike = None,
        dtype: DTypeLike | None = None,
    ) -> None:
        self.normalized_shape = (normalized_shape,) if isinstance(normalized_shape, int) else tuple(normalized_shape)
        self.eps, self.elementwise_affine = eps, elementwise_affine
        shape = self.normalized_shape
        self.weight = new_parameter(*shape, device=device, dtype=dtype, value=1.0) if elementwise_affine else None
        self.bias = new_parameter(*shape, device=device, dtype=dtype) if elementwise_affine and bias else None

    def reset_parameters(self) -> None:
        """Set weight to 1 and bias to 0 again."""
        _reset(self)

    def forward(self, input: Tensor) -> Tensor:
        return layer_norm(input, self.normalized_shape, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        return (
            f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}, "
            f"bias={self.bias is not None}"
        )


class RMSNorm(Module):
    """x / √(mean(x²) + eps) * weight, for every sample over its last dimensions (Zhang and Sennrich 2019).

    `normalized_shape` is the shape of these dimensions. `eps` is by default the smallest step of the dtype. `weight`
    starts as 1; it has that shape, or is None without `elementwise_affine`. Calls raise RuntimeError for an input whose
    last dimensions are others.
    """

    def __init__(
        self,
        normalized_shape: int | Sequence[int],
        eps: float | None = None,
        elementwise_affine: bool = True,
        device: DeviceLike = None,
        dtype: DTypeLike | None = None,
    ) -> None:
        self.normalized_shape = (normalized_shape,) if isinstance(normalized_shape, int) else tuple(normalized_shape)
        self.eps, self.elementwise_affine = eps, elementwise_affine
        shape = self.normalized_shape
        self.weight = new_parameter(*shape, device=device, dtype=dtype, value=1.0) if elementwise_affine else None

    def reset_parameters(self) -> None:
        """Set weight to 1 again."""
        _reset(self)

    def forward(self, x: Tensor) -> Tensor:
        return rms_norm(x, self.normalized_shape, self.weight, self.eps)

    def extra_repr(self) -> str:
        return f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}"


class LocalResponseNorm(Module):
    """x / (k + alpha mean(x²))^beta, the mean over the `size` channels around each (Krizhevsky 2012).

    Calls raise ValueError for fewer than three dimensions.
    """

    def __init__(self, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> None:
        self.size, self.alpha, self.beta, self.k = size, alpha, beta, k

    def forward(self, input: Tensor) -> Tensor:
        return local_response_norm(input, self.size, self.alpha, self.beta, self.k)

    def extra_repr(self) -> str:
        return f"{self.size}, alpha={self.alpha}, beta={self.beta}, k={self.k}"


def _reset(layer: Any) -> None:
    """Set the weight of a layer to 1 and its bias, if it has one, to 0."""
    with autograd.no_grad():
        for parameter, value in ((layer.weight, 1), (getattr(layer, "bias", None), 0)):
            if parameter is not None:
                parameter.fill_(value)
