"""Losses that compare element with element, under PyTorch's names and signatures.

`reduction` says what becomes of the losses of the single elements: "mean" (their average), "sum", or "none";
`size_average` and `reduce` are its old names, and give a warning. Every loss raises ValueError for another reduction.
An `input` and a `target` of different shapes, such as (N, 1) and (N,), make the losses of numbers broadcast, here to
(N, N), which is hardly ever meant, and warn; the others raise ValueError.
"""

from __future__ import annotations

import math
import warnings

import autograd
from autograd import Tensor
from autograd.calculus import widened
from autograd.calculus.primitives import wide

from . import network_primitives as p
from .reduction import check_same_shape, chosen_reduction, quotient, reduced

# -- of numbers -------------------------------------------------------------------------------------------------------


def mse_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    weight: Tensor | None = None,
) -> Tensor:
    """weight (input - target)²; the mean is divided by the sum of the weights.

    Raises ValueError for a weight of another shape.
    """
    input, target = widened(input, target)
    reduction = chosen_reduction(size_average, reduce, reduction)
    input, target = _broadcast(input, target)
    return _averaged("mse_loss", (input - target).square(), weight, reduction)


def l1_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    weight: Tensor | None = None,
) -> Tensor:
    """weight |input - target|; the gradient is 0 where they are equal, the mean is divided by the sum of the weights.

    Raises ValueError for a weight of another shape.
    """
    input, target = widened(input, target)
    reduction = chosen_reduction(size_average, reduce, reduction)
    input, target = _broadcast(input, target)
    return _averaged("l1_loss", (input - target).abs(), weight, reduction)


def huber_loss(
    input: Tensor, target: Tensor, reduction: str = "mean", delta: float = 1.0, weight: Tensor | None = None
) -> Tensor:
    """weight d² / 2 where |d| < delta, weight delta (|d| - delta / 2) elsewhere, for d = input - target (Huber, 1964).

    The mean is divided by the number of elements, as in PyTorch. Raises RuntimeError unless delta > 0, ValueError for
    a weight of another shape.
    """
    input, target = widened(input, target)
    input, target = _broadcast(input, target)
    if not delta > 0:
        raise RuntimeError(f"huber_loss does not support non-positive values for delta, given {delta}")
    losses = p.huber(input - target, delta)
    if weight is not None:
        check_same_shape("huber_loss", input, weight, "weight")
        losses = losses * weight
    return reduced(losses, reduction)


def smooth_l1_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    beta: float = 1.0,
) -> Tensor:
    """d² / (2 beta) where |d| < beta, |d| - beta / 2 elsewhere, for d = input - target: `huber_loss` / beta.

    Raises RuntimeError for beta < 0; with beta = 0 it is `l1_loss`.
    """
    input, target = widened(input, target)
    reduction = chosen_reduction(size_average, reduce, reduction)
    input, target = _broadcast(input, target)
    if not beta >= 0:
        raise RuntimeError(f"smooth_l1_loss does not support negative values for beta, given {beta}")
    if beta == 0:
        return l1_loss(input, target, reduction=reduction)
    return huber_loss(input, target, reduction, beta) / beta


# -- of two classes ---------------------------------------------------------------------------------------------------


def binary_cross_entropy(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """-weight (y log x + (1 - y) log(1 - x)) for probabilities x (`input`) and targets y in [0, 1].

    A logarithm is never below -100, so that the loss is finite where a probability has been rounded to 0 or 1; but the
    gradient through the sigmoid before it is 0 there. `binary_cross_entropy_with_logits` keeps it.

    Raises RuntimeError for numbers outside [0, 1], for integers, and for a weight that does not broadcast to the input.
    """
    input, target = widened(input, target)
    reduction = chosen_reduction(size_average, reduce, reduction)
    check_same_shape("binary_cross_entropy", input, target)
    for name, x in ("input", input), ("target", target):
        if not x.is_floating_point():
            raise RuntimeError(f"binary_cross_entropy: found dtype {x.dtype} for {name} but expected float: x.float()")
        if not ((x >= 0) & (x <= 1)).all():
            hint = ": for logits, use binary_cross_entropy_with_logits" if x is input else ""
            raise RuntimeError(f"binary_cross_entropy: all elements of {name} should be between 0 and 1{hint}")
    return reduced(_weighted(p.binary_cross_entropy(input, target), weight), reduction)


def binary_cross_entropy_with_logits(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    pos_weight: Tensor | None = None,
) -> Tensor:
    """-weight (pos_weight y log s + (1 - y) log(1 - s)) with s = sigmoid(x), for logits x (`input`) and targets y.

    Computed as (1 - y) x - (1 + (pos_weight - 1) y) log s, which is finite for every logit. `weight` and `pos_weight`
    broadcast to the input's shape. Raises RuntimeError for integers, and for weights that do not broadcast so.
    """
    input, target = widened(input, target)
    reduction = chosen_reduction(size_average, reduce, reduction)
    check_same_shape("binary_cross_entropy_with_logits", input, target)
    for name, x in ("input", input), ("target", target):
        if not x.is_floating_point():
            raise RuntimeError(
                f"binary_cross_entropy_with_logits: found dtype {x.dtype} for {name} but expected float: x.float()"
            )
    log_s = p.log_sigmoid(input)
    if pos_weight is not None:
        log_s = (1 + (pos_weight - 1) * target) * log_s
    return reduced(_weighted((1 - target) * input - log_s, weight), reduction)


# -- of distributions -------------------------------------------------------------------------------------------------


def kl_div(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    log_target: bool = False,
) -> Tensor:
    """target (log target - input), the Kullback-Leibler divergence: `input` holds logarithms of probabilities.

    The target holds probabilities, or with `log_target` their logarithms. The textbook's divergence is the reduction
    "batchmean", the sum divided by the first dimension; "mean" divides by the number of elements, and warns.

    Raises RuntimeError for integers.
    """
    input, target = widened(input, target)
    reduction = chosen_reduction(size_average, reduce, reduction)
    check_same_shape("kl_div", input, target)
    if not (input.is_floating_point() and target.is_floating_point()):
        raise RuntimeError(f"kl_div: Integral inputs not supported, given {input.dtype} and {target.dtype}")
    if reduction == "mean":
        warnings.warn(
            "reduction: 'mean' divides the total loss by both the batch size and the support size. 'batchmean' divides "
            "only by the batch size, and aligns with the KL div math definition",
            UserWarning,
            stacklevel=2,
        )
    losses = target.exp() * (target - input) if log_target else autograd.xlogy(target, target) - target * input
    if reduction == "batchmean":
        return quotient(losses, input.shape[0]) if input.ndim else losses
    return reduced(losses, reduction)


def poisson_nll_loss(
    input: Tensor,
    target: Tensor,
    log_input: bool = True,
    full: bool = False,
    size_average: bool | None = None,
    eps: float = 1e-8,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """exp(x) - y x for counts y (`target`) and logarithms x (`input`) of the means of their Poisson distributions.

    Without `log_input`, x is the mean itself: x - y log(x + eps). With `full`, Stirling's y log y - y + log(2πy) / 2
    is added where y > 1.
    """
    input, target = widened(input, target)
    reduction = chosen_reduction(size_average, reduce, reduction)
    check_same_shape("poisson_nll_loss", input, target)
    losses = input.exp() - target * input if log_input else input - target * (input + eps).log()
    if full:
        stirling = target * target.log() - target + 0.5 * (2 * math.pi * target).log()
        losses = losses + autograd.where(target > 1, stirling, 0)
    return reduced(losses, reduction)


def gaussian_nll_loss(
    input: Tensor,
    target: Tensor,
    var: Tensor | float,
    full: bool = False,
    eps: float = 1e-6,
    reduction: str = "mean",
) -> Tensor:
    """(log var + (input - target)² / var) / 2: `input` and `var` are the means and variances of normal distributions.

    `var` has the input's shape, or one that lacks its last dimension or has a 1 in one place; or it is a number. It
    counts as `eps` where it is less. With `full`, log(2π) / 2 is added.

    Raises ValueError for another shape of `var`, and if it is negative.
    """
    check_same_shape("gaussian_nll_loss", input, target)
    var = var if isinstance(var, Tensor) else autograd.full_like(input, var)
    if (var < 0).any():
        raise ValueError("var has negative entry/entries")
    if var.shape == input.shape[:-1] and var.shape != input.shape:
        var = var.unsqueeze(-1)
    differing = [n for m, n in zip(input.shape, var.shape, strict=False) if m != n]
    if var.ndim != input.ndim or differing not in ([], [1]):
        raise ValueError(
            f"var is of incorrect size: expected {list(input.shape)}, or 1 in one place, given {list(var.shape)}"
        )
    var = var + (var.clamp(min=eps) - var).detach()
    losses = 0.5 * (var.log() + (input - target) ** 2 / var)
    return reduced(losses + 0.5 * math.log(2 * math.pi) if full else losses, reduction)


# -- shared -----------------------------------------------------------------------------------------------------------


def _broadcast(input: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """Both in the shape they broadcast to, with PyTorch's warning if they were not of one shape."""
    if input.shape == target.shape:
        return input, target
    warnings.warn(
        f"Using a target size ({_size(target)}) that is different to the input size ({_size(input)}). This will likely "
        "lead to incorrect results due to broadcasting. Please ensure they have the same size.",
        stacklevel=3,
    )
    input, target = autograd.broadcast_tensors(input, target)
    return input, target


def _size(x: Tensor) -> str:
    return f"torch.Size({list(x.shape)})"


def _averaged(name: str, losses: Tensor, weight: Tensor | None, reduction: str) -> Tensor:
    """The losses times `weight`, of their shape, reduced; their mean is divided by the sum of the weights."""
    if weight is None:
        return reduced(losses, reduction)
    check_same_shape(name, losses, weight, "weight")
    losses = losses * weight
    return quotient(losses, wide(weight).sum()) if reduction == "mean" else reduced(losses, reduction)


def _weighted(losses: Tensor, weight: Tensor | None) -> Tensor:
    """The losses times `weight`, which must broadcast to their shape and must not enlarge it."""
    if weight is None:
        return losses
    weighted = losses * weight
    if weighted.shape != losses.shape:
        raise RuntimeError(f"weight of shape {tuple(weight.shape)} does not broadcast to {tuple(losses.shape)}")
    return weighted
