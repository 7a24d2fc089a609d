"""Losses of classifiers in which what is already told apart well counts little (Lin et al., 2017)."""

from __future__ import annotations

import autograd
from autograd import Tensor

from .class_losses import class_factors, cross_entropy, reduced
from .loss_functions import binary_cross_entropy_with_logits
from .reduction import check_reduction


def focal_loss(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    gamma: float = 2.0,
    ignore_index: int = -100,
    reduction: str = "mean",
) -> Tensor:
    """-(1 - p)^γ log p, where p = softmax(input)[target]: `cross_entropy` if `gamma` is 0.

    Args:
        input: logits, (N, C), (C,) or (N, C, d1, ...).
        target: classes, integers in [0, C): (N,), () or (N, d1, ...).
        weight: (C,), a factor for each class.
        gamma: the larger it is, the less the samples count whose class is likely already.
        ignore_index: a class that does not count.
        reduction: "mean" (weighted by the targets' weights), "sum" or "none".

    Raises what `cross_entropy` does.
    """
    losses = cross_entropy(input, target, ignore_index=ignore_index, reduction="none")
    factors = class_factors("focal_loss", input, target, weight, ignore_index, reduction)
    return reduced((-autograd.expm1(-losses)) ** gamma * losses * autograd.as_tensor(factors), factors, reduction)


def sigmoid_focal_loss(
    inputs: Tensor, targets: Tensor, alpha: float = 0.25, gamma: float = 2, reduction: str = "none"
) -> Tensor:
    """-α (1 - p)^γ log p of decisions between yes and no, as `torchvision.ops.sigmoid_focal_loss` has it.

    Args:
        inputs: logits of any shape.
        targets: 0 and 1, of the shape of the inputs.
        alpha: the weight of the targets of 1, those of 0 have 1 - alpha; below 0, all have 1.
        gamma: the larger it is, the less the decisions count that are right already.
        reduction: "none", "mean" or "sum".

    Raises ValueError for another reduction and for shapes that differ.
    """
    check_reduction(reduction)
    p = inputs.sigmoid()
    losses = binary_cross_entropy_with_logits(inputs, targets, reduction="none")
    losses = losses * (1 - (p * targets + (1 - p) * (1 - targets))) ** gamma
    if alpha >= 0:
        losses = losses * (alpha * targets + (1 - alpha) * (1 - targets))
    return losses if reduction == "none" else losses.mean() if reduction == "mean" else losses.sum()
