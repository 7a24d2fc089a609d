"""Normalization: over the batch, over the last dimensions."""

from __future__ import annotations

from collections.abc import Sequence

from numpy.typing import DTypeLike

import autograd
from autograd import DeviceLike, Tensor

from ..functional.layer_functions import batch_norm, layer_norm
from ..module import Module
from ..parameter import Parameter


class _BatchNorm(Module):
    """(x - mean) / √(variance + eps) * weight + bias, for every channel of x, dimension 1 (Ioffe and Szegedy 2015)."""

    dims: tuple[int, ...]
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
        """In training, mean and variance are those of the batch; evaluation uses `running_mean` and `running_var`.

        These follow the batches: running = (1 - momentum) running + momentum new, or the plain average of all batches
        if `momentum` is None. Without `track_running_stats` the batch's own are always used. `weight` starts as 1 and
        `bias` as 0, of shape (num_features,); both are None without `affine`.

        Calls raise ValueError for another number of dimensions, and in training for a channel with only one value;
        RuntimeError for another number of channels.
        """
        self.num_features, self.eps, self.momentum = num_features, eps, momentum
        self.affine, self.track_running_stats = affine, track_running_stats
        self.weight = Parameter(autograd.ones(num_features, device=device, dtype=dtype)) if affine else None
        self.bias = Parameter(autograd.zeros(num_features, device=device, dtype=dtype)) if affine and bias else None
        tracked = track_running_stats
        self.register_buffer(
            "running_mean", autograd.zeros(num_features, device=device, dtype=dtype) if tracked else None
        )
        self.register_buffer(
            "running_var", autograd.ones(num_features, device=device, dtype=dtype) if tracked else None
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
        with autograd.no_grad():
            for parameter, value in ((self.weight, 1), (self.bias, 0)):
                if parameter is not None:
                    parameter.fill_(value)

    def forward(self, input: Tensor) -> Tensor:
        if input.ndim not in self.dims:
            known = " or ".join(f"{n}D" for n in self.dims)
            raise ValueError(f"expected {known} input (got {input.ndim}D input): {list(input.shape)}")
        mean, var, seen = self.running_mean, self.running_var, self.num_batches_tracked
        training = self.training or mean is None
        if self.training and seen is not None:
            momentum = 1 / (seen.item() + 1) if self.momentum is None else self.momentum
            out = batch_norm(input, mean, var, self.weight, self.bias, True, momentum, self.eps)
            seen.fill_(seen.item() + 1)
            return out
        given = (None, None) if training else (mean, var)
        return batch_norm(input, given[0], given[1], self.weight, self.bias, training, eps=self.eps)

    def extra_repr(self) -> str:
        return (
            f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, affine={self.affine}, "
            f"bias={self.bias is not None}, track_running_stats={self.track_running_stats}"
        )


class BatchNorm1d(_BatchNorm):
    """(x - mean) / √(variance + eps) * weight + bias for every channel of rows (N, C) or sequences (N, C, L)."""

    dims = (2, 3)


class BatchNorm2d(_BatchNorm):
    """(x - mean) / √(variance + eps) * weight + bias for every channel of images (N, C, H, W)."""

    dims = (4,)


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
        self.weight = Parameter(autograd.ones(shape, device=device, dtype=dtype)) if elementwise_affine else None
        self.bias = (
            Parameter(autograd.zeros(shape, device=device, dtype=dtype)) if elementwise_affine and bias else None
        )

    def forward(self, input: Tensor) -> Tensor:
        return layer_norm(input, self.normalized_shape, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        return (
            f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}, "
            f"bias={self.bias is not None}"
        )
