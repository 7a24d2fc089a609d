"""SyncBatchNorm: batch normalization over the whole batch, of which each rank has a part."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import numpy as np

import autograd
from autograd import Tensor
from autograd.calculus.primitives import wide

from ..functional.normalization_functions import affine, as_narrow, channels
from ..layers.normalization import BatchNorm1d, BatchNorm2d, BatchNorm3d
from ..module import Module
from .process_group import Group, is_initialized, the_group

_alone: ContextVar[bool] = ContextVar("alone", default=False)


@contextmanager
def not_synchronized(alone: bool = True) -> Iterator[None]:
    """Within this context, if `alone`, a SyncBatchNorm is a BatchNorm: for a batch that every rank has as a whole."""
    token = _alone.set(alone)
    try:
        yield
    finally:
        _alone.reset(token)


class _Summed(autograd.Function):
    """The sum over the ranks. Each rank's part has taken part in the results of all, so its gradient is their sum."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, group: Group) -> Tensor:
        ctx.group = group
        total = np.array(x.numpy(force=True), order="C")
        announcement = group.announce(f"batch normalization of {x.numel()} numbers")
        group.wait((), announcement)
        group.wait([group.comm.Iallreduce(group.mpi.IN_PLACE, total, group.mpi.SUM)], announcement)
        return autograd.tensor(total)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:
        return _Summed.apply(g, ctx.group), None


class SyncBatchNorm(BatchNorm1d):
    """(x - mean) / √(variance + eps) * weight + bias for every channel of x (N, C, ...), over the batches of all ranks.

    In training, mean and variance are those of what all ranks have together, however many samples each has; otherwise,
    and with one process, it is BatchNorm. `convert_sync_batchnorm` puts it in the place of every BatchNorm of a model.

    Args:
        num_features: the number of channels.
        eps: added to the variance.
        momentum: how much of a new mean and variance goes into the running ones; None is their plain average.
        affine: have a `weight`, and with `bias` also a `bias`.
        track_running_stats: have a `running_mean` and `running_var`, for evaluation.
        process_group: None, for all ranks.
        device, dtype: of the parameters.

    Calls raise ValueError for less than two dimensions, and in training for a channel with only one value on all ranks.
    """

    dims = (2, 3, 4, 5)  # type: ignore[assignment]  # of any number

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        process_group: Any = None,
        device: Any = None,
        dtype: Any = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__(num_features, eps, momentum, affine, track_running_stats, device, dtype, bias=bias)
        self.process_group = process_group

    def forward(self, input: Tensor) -> Tensor:
        if not (self.training or self.running_mean is None) or not is_initialized():
            return super().forward(input)
        group = the_group(self.process_group)
        if group.size == 1 or _alone.get():
            return super().forward(input)
        self._check_dims(input)
        x, axis = wide(input), (0, *range(2, input.ndim))
        count = x.numel() // max(1, x.shape[1])
        sums = _Summed.apply(autograd.cat([x.sum(axis), autograd.tensor([count], dtype=x.dtype)]), group)
        total = int(sums[-1].item())
        if total < 2:
            raise ValueError(
                f"Expected more than 1 value per channel when training, got input size {list(input.shape)}"
            )
        centred = x - channels(sums[:-1] / total, input)
        var = _Summed.apply(centred.square().sum(axis), group) / total
        self._remember(sums[:-1].detach() / total, var.detach() * (total / (total - 1)))
        out = centred * channels(var + self.eps, input).rsqrt()
        return affine(as_narrow(out.to(input.dtype), input), self.weight, self.bias, input)

    def _remember(self, mean: Tensor, var: Tensor) -> None:
        if not self.training or self.running_mean is None or self.num_batches_tracked is None:
            return
        seen = self.num_batches_tracked.item()
        momentum = 1 / (seen + 1) if self.momentum is None else self.momentum
        with autograd.no_grad():
            for running, new in (self.running_mean, mean), (self.running_var, var):
                running.copy_((1 - momentum) * running + momentum * new)  # type: ignore[union-attr,operator]
        self.num_batches_tracked.fill_(seen + 1)

    @classmethod
    def convert_sync_batchnorm(cls, module: Module, process_group: Any = None) -> Module:
        """The module with a SyncBatchNorm in the place of every BatchNorm, which has its parameters and buffers."""
        if isinstance(module, BatchNorm1d | BatchNorm2d | BatchNorm3d) and not isinstance(module, cls):
            made = cls(module.num_features, module.eps, module.momentum, module.affine, module.track_running_stats,
                       process_group)  # fmt: skip
            for name in ("weight", "bias", "running_mean", "running_var", "num_batches_tracked"):
                setattr(made, name, getattr(module, name))
            return made.train(module.training)
        for name, child in list(module.named_children()):
            setattr(module, name, cls.convert_sync_batchnorm(child, process_group))
        return module
