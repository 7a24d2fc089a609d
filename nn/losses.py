"""Losses: how far a network's output is from the target, as one number to make small."""

from __future__ import annotations

from autograd import Tensor

from . import functional as F
from .module import Module


class MSELoss(Module):
    """Mean squared error, Σ (input - target)² / n, over tensors of the same shape."""

    def __init__(self, *, reduction: str = "mean") -> None:
        self.reduction = reduction

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return F.mse_loss(input, target, reduction=self.reduction)


class CrossEntropyLoss(Module):
    """-log softmax(input)[target]: how surprised the network is by the right class.

    `input` holds logits of shape (N, C), or (C,) for one sample; `target` the class numbers, integers of shape (N,)
    or (), or probabilities of the input's shape. No softmax before it: that would be the second one. `weight` of shape
    (C,) counts some classes more, `ignore_index` is a class that does not count, `label_smoothing` spreads that share
    of the target over all classes.
    """

    def __init__(
        self,
        weight: Tensor | None = None,
        *,
        ignore_index: int = -100,
        reduction: str = "mean",
        label_smoothing: float = 0.0,
    ) -> None:
        self.weight, self.ignore_index = weight, ignore_index
        self.reduction, self.label_smoothing = reduction, label_smoothing

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return F.cross_entropy(input, target, self.weight, self.ignore_index, self.reduction, self.label_smoothing)
