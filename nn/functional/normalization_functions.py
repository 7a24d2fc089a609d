"""Normalization: over the batch, over the last dimensions, over groups of channels, over one image."""

from __future__ import annotations

import math
from collections.abc import Sequence

import autograd
from autograd import Tensor
from autograd.calculus.primitives import wide

from . import norm_primitives as p


def batch_norm(
    input: Tensor,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Tensor:
    """weight * (x - mean) / sqrt(variance + eps) + bias, for every channel of x (N, C, ...).

    In training mean and variance are those of the batch, and the running ones, if given, move towards them:
    running = (1 - momentum) running + momentum new, with the unbiased variance. Otherwise the running ones are used.

    Raises ValueError in training if a channel has but one value, RuntimeError if the shapes do not fit.
    """
    _check_shapes("batch_norm", input, running_mean=running_mean, running_var=running_var, weight=weight, bias=bias)
    if not training:
        if running_mean is None or running_var is None:
            raise RuntimeError("batch_norm: expected running_mean and running_var when training=False")
        out = (input - channels(running_mean, input)) * channels(running_var + eps, input).rsqrt()
        return affine(as_narrow(out, input), weight, bias, input)
    _several(input, input.shape[1])
    if running_mean is not None and running_var is not None:
        _follow(running_mean, running_var, input, (0,), momentum)
    return _standardized(input, weight, bias, input.shape[1], (0,), eps)


def layer_norm(
    input: Tensor,
    normalized_shape: Sequence[int],
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    eps: float = 1e-5,
) -> Tensor:
    """weight * (x - mean) / sqrt(variance + eps) + bias, mean and variance over the last dimensions `normalized_shape`.

    Raises RuntimeError if the last dimensions of the input are others.
    """
    weight, bias = (None if t is None else as_narrow(t, input) for t in (weight, bias))
    return p.layer_norm(input, weight, bias, _last(input, normalized_shape), eps)


def rms_norm(
    input: Tensor, normalized_shape: Sequence[int], weight: Tensor | None = None, eps: float | None = None
) -> Tensor:
    """weight * x / sqrt(mean(x²) + eps), the mean over the last dimensions `normalized_shape`.

    Zhang and Sennrich, 2019. `eps` is by default the smallest step of the dtype, that from 1 to the next number; for
    16-bit floats that of float32, which they are computed in. Raises RuntimeError if the last dimensions of the input
    are others.
    """
    dims = _last(input, normalized_shape)
    eps = autograd.finfo(wide(input).dtype).eps if eps is None else eps
    weight = autograd.ones(normalized_shape, dtype=input.dtype) if weight is None else as_narrow(weight, input)
    return p.rms_norm(input, weight, dims, eps)


def group_norm(
    input: Tensor, num_groups: int, weight: Tensor | None = None, bias: Tensor | None = None, eps: float = 1e-5
) -> Tensor:
    """weight * (x - mean) / sqrt(variance + eps) + bias, mean and variance over groups of channels of x (N, C, ...).

    The C channels are split into `num_groups` (Wu and He 2018). Raises RuntimeError if they cannot be, or if the shapes
    do not fit; ValueError if a group has but one value.
    """
    if input.ndim < 2:
        raise RuntimeError(f"Expected at least 2 dimensions for input tensor but received {input.ndim}")
    count = input.shape[1]
    _check_shapes("group_norm", input, weight=weight, bias=bias)
    if num_groups < 1 or count % num_groups:
        raise RuntimeError(
            f"Expected number of channels in input to be divisible by num_groups, but got input of shape "
            f"{list(input.shape)} and num_groups={num_groups}"
        )
    _several(input, num_groups)
    return _standardized(input, weight, bias, num_groups, (2,), eps)


def instance_norm(
    input: Tensor,
    running_mean: Tensor | None = None,
    running_var: Tensor | None = None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    use_input_stats: bool = True,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Tensor:
    """weight * (x - mean) / sqrt(variance + eps) + bias, for every channel of every sample of x (N, C, ...).

    With `use_input_stats` mean and variance are those of the channel, and the running ones, if given, move towards
    their average over the batch; otherwise the running ones are used.

    Raises ValueError if a channel has but one value, RuntimeError if the shapes do not fit.
    """
    _check_shapes("instance_norm", input, running_mean=running_mean, running_var=running_var, weight=weight, bias=bias)
    if not use_input_stats:
        return batch_norm(input, running_mean, running_var, weight, bias, False, momentum, eps)
    if math.prod(input.shape[2:]) == 1:
        raise ValueError(f"Expected more than 1 spatial element when training, got input size {list(input.shape)}")
    if running_mean is not None and running_var is not None:
        _follow(running_mean, running_var, input, (), momentum)
    return _standardized(input, weight, bias, input.shape[1], (), eps)


def local_response_norm(input: Tensor, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> Tensor:
    """x / (k + alpha mean(x²))^beta, the mean over the `size` channels around each of x (N, C, ...).

    Channels beyond the first and the last count as zeros (Krizhevsky 2012). Raises ValueError for fewer than three
    dimensions.
    """
    if input.ndim < 3:
        raise ValueError(f"Expected 3D or higher dimensionality input (got {input.ndim} dimensions)")
    squares = autograd.pad(input.square().movedim(1, -1), (size // 2, (size - 1) // 2))
    means = autograd.windows(squares, (size,), (1,), (1,)).mean(-1).movedim(-1, 1)
    return input / (means * alpha + k) ** beta


# -- shared -----------------------------------------------------------------------------------------------------------


def channels(tensor: Tensor, input: Tensor) -> Tensor:
    """One number for each channel, shaped to meet (N, C, ...)."""
    return tensor.reshape((-1,) + (1,) * (input.ndim - 2))


def affine(x: Tensor, weight: Tensor | None, bias: Tensor | None, input: Tensor) -> Tensor:
    """weight * x + bias, a number for each channel."""
    x = x if weight is None else x * channels(as_narrow(weight, x), input)
    return x if bias is None else x + channels(as_narrow(bias, x), input)


def as_narrow(tensor: Tensor, input: Tensor) -> Tensor:
    """The tensor in the dtype of an input of 16 bits, whose norm has 16 bits as in PyTorch; for others as it is."""
    return tensor.to(input.dtype) if input.dtype.itemsize == 2 else tensor


def _check_shapes(name: str, input: Tensor, **tensors: Tensor | None) -> None:
    """Raises RuntimeError for a tensor that does not hold a number for each channel."""
    for argument, tensor in tensors.items():
        if tensor is not None and tensor.shape != input.shape[1:2]:
            raise RuntimeError(
                f"{name}: {argument} should contain {input.shape[1]} elements not {tensor.numel()}: given input "
                f"{list(input.shape)}"
            )


def _several(input: Tensor, groups: int) -> None:
    if input.numel() == groups and groups:
        raise ValueError(f"Expected more than 1 value per channel when training, got input size {list(input.shape)}")


def _standardized(
    input: Tensor, weight: Tensor | None, bias: Tensor | None, groups: int, over: tuple[int, ...], eps: float
) -> Tensor:
    """The op, of an input of 16 bits with weight and bias of as many."""
    weight, bias = (None if t is None else as_narrow(t, input) for t in (weight, bias))
    return p.standardize(input, weight, bias, groups, over, eps)


def _follow(mean: Tensor, var: Tensor, input: Tensor, over: tuple[int, ...], momentum: float) -> None:
    """Move the running mean and variance towards those of the input, averaged over its samples."""
    x = p.as_channels(wide(input.detach()).numpy(), input.shape[1])
    count = x.shape[-1] * (len(x) if over else 1)
    new_mean, biased = p.mean(p.row_sums(x), x, over), p.moments(x, over)[2]
    with autograd.no_grad():
        for running, new in ((mean, new_mean), (var, biased * (count / max(1, count - 1)))):
            moved = (1 - momentum) * running.detach().numpy() + momentum * (new[0] if over else new.mean(0)).reshape(-1)
            running.copy_(autograd.as_tensor(moved))


def _last(input: Tensor, normalized_shape: Sequence[int]) -> int:
    """How many last dimensions there are in `normalized_shape`, which must be theirs."""
    last = tuple(normalized_shape)
    if not last or input.shape[-len(last) :] != last:
        raise RuntimeError(
            f"Given normalized_shape={list(last)}, expected input with shape {['*', *last]}, but got input of size "
            f"{list(input.shape)}"
        )
    return len(last)


def normalize(input: Tensor, p: float = 2.0, dim: int = 1, eps: float = 1e-12) -> Tensor:
    """input / max(norm, eps), the p-norm taken along `dim`: vectors of length 1."""
    return input / input.norm(p, dim, keepdim=True).clamp(min=eps)
