"""Normalization: over the batch, over the last dimensions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import autograd
from autograd import Tensor

from ..functional.layer_functions import batch_norm, layer_norm
from ..module import Module
from ..parameter import Parameter


class _BatchNorm(Module):
    """(x - mean) / √(variance + eps) * weight + bias, for every channel of x, dimension 1.

    In training mean and variance are those of the batch; evaluation uses `running_mean` and `running_var`, which follow
    them: running = (1 - momentum) running + momentum new, or their plain average if `momentum` is None. Without
    `track_running_stats` the batch's are always used. weight (gamma) starts as 1 and bias (beta) as 0; both are None
    without `affine`.
    """

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
        dtype: Any = None,
        *,
        bias: bool = True,
    ) -> None:
        self.num_features, self.eps, self.momentum = num_features, eps, momentum
        self.affine, self.track_running_stats = affine, track_running_stats
        self.weight = Parameter(autograd.ones(num_features, dtype=dtype)) if affine else None
        self.bias = Parameter(autograd.zeros(num_features, dtype=dtype)) if affine and bias else None
        tracked = track_running_stats
        self.register_buffer("running_mean", autograd.zeros(num_features, dtype=dtype) if tracked else None)
        self.register_buffer("running_var", autograd.ones(num_features, dtype=dtype) if tracked else None)
        self.register_buffer("num_batches_tracked", autograd.tensor(0) if tracked else None)

    def reset_running_stats(self) -> None:
        """Forget the batches seen."""
        for buffer, value in ((self.running_mean, 0), (self.running_var, 1), (self.num_batches_tracked, 0)):
            if buffer is not None:
                buffer.fill_(value)

    def reset_parameters(self) -> None:
        """Start anew."""
        self.reset_running_stats()
        with autograd.no_grad():
            for parameter, value in ((self.weight, 1), (self.bias, 0)):
                if parameter is not None:
                    parameter.fill_(value)

    def forward(self, x: Tensor) -> Tensor:
        if x.ndim not in self.dims:
            raise ValueError(
                f"expected {' or '.join(f'{n}D' for n in self.dims)} input (got {x.ndim}D input): {list(x.shape)}"
            )
        mean, var, seen = self.running_mean, self.running_var, self.num_batches_tracked
        training = self.training or mean is None
        if self.training and seen is not None:
            momentum = 1 / (seen.item() + 1) if self.momentum is None else self.momentum
            out = batch_norm(x, mean, var, self.weight, self.bias, True, momentum, self.eps)
            seen.fill_(seen.item() + 1)
            return out
        given = (None, None) if training else (mean, var)
        return batch_norm(x, given[0], given[1], self.weight, self.bias, training, eps=self.eps)

    def extra_repr(self) -> str:
        return (
            f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, affine={self.affine}, "
            f"bias={self.bias is not None}, track_running_stats={self.track_running_stats}"
        )


class BatchNorm1d(_BatchNorm):
    __doc__ = f"Of rows (N, C) or sequences (N, C, L): {_BatchNorm.__doc__}"
    dims = (2, 3)


class BatchNorm2d(_BatchNorm):
    __doc__ = f"Of images (N, C, H, W): {_BatchNorm.__doc__}"
    dims = (4,)


class LayerNorm(Module):
    """(x - mean) / √(variance + eps) * weight + bias, for every sample over its last dimensions `normalized_shape`.

    weight starts as 1 and bias as 0; both have shape `normalized_shape`, or are None without `elementwise_affine`.
    """

    def __init__(
        self,
        normalized_shape: int | Sequence[int],
        eps: float = 1e-5,
        elementwise_affine: bool = True,
        bias: bool = True,
        dtype: Any = None,
    ) -> None:
        self.normalized_shape = (normalized_shape,) if isinstance(normalized_shape, int) else tuple(normalized_shape)
        self.eps, self.elementwise_affine = eps, elementwise_affine
        shape = self.normalized_shape
        self.weight = Parameter(autograd.ones(shape, dtype=dtype)) if elementwise_affine else None
        self.bias = Parameter(autograd.zeros(shape, dtype=dtype)) if elementwise_affine and bias else None

    def forward(self, x: Tensor) -> Tensor:
        return layer_norm(x, self.normalized_shape, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        return (
            f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}, "
            f"bias={self.bias is not None}"
        )
