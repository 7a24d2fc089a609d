"""The layers and losses as functions, under PyTorch's names."""

from __future__ import annotations

from autograd import (
    Tensor,
    cross_entropy,
    linear,
    log_softmax,
    one_hot,
    relu,
    sigmoid,
    softmax,
    tanh,
)

__all__ = [
    "cross_entropy",
    "linear",
    "log_softmax",
    "mse_loss",
    "one_hot",
    "relu",
    "sigmoid",
    "softmax",
    "tanh",
]


def mse_loss(input: Tensor, target: Tensor, reduction: str = "mean") -> Tensor:
    """The squared difference, averaged ("mean"), added up ("sum") or for each element ("none").

    `input` and `target` have the same shape; anything else raises ValueError, because (N, 1) against (N,) would
    broadcast to (N, N) and train the wrong thing without a word.
    """
    if input.shape != target.shape:
        raise ValueError(
            f"mse_loss: expected input and target of the same shape, given {tuple(input.shape)} and "
            f"{tuple(target.shape)}: bring one to the other's shape with reshape, unsqueeze, squeeze or expand_as"
        )
    return _reduce((input - target).square(), reduction)


def _reduce(loss: Tensor, reduction: str) -> Tensor:
    if reduction == "mean":
        return loss.mean()
    if reduction == "sum":
        return loss.sum()
    if reduction == "none":
        return loss
    raise ValueError(f"{reduction} is not a valid value for reduction: expected 'mean', 'sum' or 'none'")
