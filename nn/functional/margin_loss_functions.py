"""Losses that ask for a margin between right and wrong, under PyTorch's names and signatures.

`reduction` is "mean", "sum" or "none"; `size_average` and `reduce` are its old names, and give a warning. Every loss
raises ValueError for another reduction, and for tensors whose shapes differ where they are compared.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import autograd
from autograd import Tensor, pairwise_distance
from autograd.calculus import widened

from . import network_primitives as p
from .reduction import check_same_shape, chosen_reduction, reduced

# -- of two classes ---------------------------------------------------------------------------------------------------


def hinge_loss(input: Tensor, target: Tensor, reduction: str = "mean") -> Tensor:
    """max(0, 1 - y score): 0 for a score (`input`) on the right side with a margin of 1 (micrograd's max-margin).

    Raises ValueError for targets y other than -1 and 1.
    """
    input, target = widened(input, target)
    check_same_shape("hinge_loss", input, target)
    if not ((target == 1) | (target == -1)).all():
        raise ValueError("hinge_loss: expected targets of -1 and 1; for classes 0 and 1 give 2 * target - 1")
    return reduced((1 - target * input).relu(), reduction)


def soft_margin_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """log(1 + exp(-y x)) for scores x (`input`) and targets y of -1 and 1."""
    input, target = widened(input, target)
    reduction = chosen_reduction(size_average, reduce, reduction)
    check_same_shape("soft_margin_loss", input, target)
    return reduced(-p.log_sigmoid(target * input), reduction)


def hinge_embedding_loss(
    input: Tensor,
    target: Tensor,
    margin: float = 1.0,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """x where the target is 1, max(0, margin - x) where it is -1: x is a distance of things that are alike, or not."""
    input, target = widened(input, target)
    reduction = chosen_reduction(size_average, reduce, reduction)
    check_same_shape("hinge_embedding_loss", input, target)
    apart = autograd.where(target != 1, (margin - input).clamp(min=0), 0)
    return reduced(apart + autograd.where(target != -1, input, 0), reduction)


# -- of several classes -----------------------------------------------------------------------------------------------


def multi_margin_loss(
    input: Tensor,
    target: Tensor,
    p: int = 1,
    margin: float = 1.0,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """Σ max(0, margin - x[y] + x[i])^p / C over the other classes i, for scores x (N, C) or (C,) and classes y.

    `weight` (C,) is a factor for each class y. Raises ValueError for a p other than 1 and 2, RuntimeError for shapes
    that do not fit, IndexError for a class out of range.
    """
    (input,) = widened(input)
    reduction = chosen_reduction(size_average, reduce, reduction)
    if p not in (1, 2):
        raise ValueError(f"multi_margin_loss: only p == 1 and p == 2 supported, given {p}")
    labels = _classes("multi_margin_loss", input, target, target.shape)
    if weight is not None and weight.shape != input.shape[-1:]:
        raise RuntimeError(
            f"multi_margin_loss: expected a weight for each of {input.shape[-1]} classes, given {list(weight.shape)}"
        )
    others = np.arange(input.shape[-1]) != labels[..., None]
    right = _at(input, labels[..., None])
    losses = (margin - right + input).relu() ** p * autograd.as_tensor(others)
    if weight is not None:
        losses = losses * weight[labels][..., None]
    return reduced(losses.mean(-1), reduction)


def multilabel_margin_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """Σ max(0, 1 - (x[y] - x[i])) / C over the right classes y and the wrong ones i, for scores x (N, C) or (C,).

    The target, of the input's shape, lists the right classes; what follows the first -1 does not count. Raises
    RuntimeError for shapes that do not fit, IndexError for a class out of range.
    """
    (input,) = widened(input)
    reduction = chosen_reduction(size_average, reduce, reduction)
    classes = target.numpy()
    listed = np.logical_and.accumulate(classes >= 0, -1)
    labels = _classes("multilabel_margin_loss", input, autograd.as_tensor(np.where(listed, classes, 0)), input.shape)
    right = ((labels[..., None] == np.arange(input.shape[-1])) & listed[..., None]).any(-2)
    pairs = listed[..., None] & ~right[..., None, :]
    losses = (1 - (_at(input, labels)[..., None] - input[..., None, :])).relu() * autograd.as_tensor(pairs)
    return reduced(losses.sum((-2, -1)) / max(1, input.shape[-1]), reduction)


def multilabel_soft_margin_loss(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """-weight (y log s + (1 - y) log(1 - s)) with s = sigmoid(x), averaged over the classes of x (N, C).

    `weight` broadcasts to the input's shape.
    """
    input, target = widened(input, target)
    reduction = chosen_reduction(size_average, reduce, reduction)
    check_same_shape("multilabel_soft_margin_loss", input, target)
    losses = -(target * p.log_sigmoid(input) + (1 - target) * p.log_sigmoid(-input))
    return reduced((losses if weight is None else losses * weight).mean(-1), reduction)


# -- of pairs and triplets --------------------------------------------------------------------------------------------


def margin_ranking_loss(
    input1: Tensor,
    input2: Tensor,
    target: Tensor,
    margin: float = 0,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """max(0, margin - y (x1 - x2)): 0 where x1 is larger by `margin` (y = 1), or x2 (y = -1).

    Raises RuntimeError unless all have as many dimensions.
    """
    input1, input2, target = widened(input1, input2, target)
    reduction = chosen_reduction(size_average, reduce, reduction)
    if not input1.ndim == input2.ndim == target.ndim:
        raise RuntimeError(
            f"margin_ranking_loss : All input tensors should have same dimension but got sizes: input1: "
            f"{list(input1.shape)}, input2: {list(input2.shape)}, target: {list(target.shape)}"
        )
    return reduced((-target * (input1 - input2) + margin).clamp(min=0), reduction)


def cosine_embedding_loss(
    input1: Tensor,
    input2: Tensor,
    target: Tensor,
    margin: float = 0,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """1 - cos where the target is 1, max(0, cos - margin) where it is -1, for the cosine of the angle between vectors.

    The vectors are (N, D) or (D,), the target (N,) or (). Raises RuntimeError for other shapes.
    """
    input1, input2, target = widened(input1, input2, target)
    reduction = chosen_reduction(size_average, reduce, reduction)
    if target.ndim not in (0, 1) or not input1.ndim == input2.ndim == target.ndim + 1:
        raise RuntimeError(
            f"cosine_embedding_loss: expected inputs (N, D) and a target (N,), or (D,) and (), given "
            f"{list(input1.shape)}, {list(input2.shape)} and {list(target.shape)}"
        )
    tiny = 1e-12
    squares = (input1.square().sum(-1) + tiny) * (input2.square().sum(-1) + tiny)
    cosine = (input1 * input2).sum(-1) / squares.sqrt()
    apart = autograd.where(target == -1, (cosine - margin).clamp(min=0), 0)
    return reduced(autograd.where(target == 1, 1 - cosine, 0) + apart, reduction)


def triplet_margin_loss(
    anchor: Tensor,
    positive: Tensor,
    negative: Tensor,
    margin: float = 1.0,
    p: float = 2,
    eps: float = 1e-6,
    swap: bool = False,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """max(0, margin + d(anchor, positive) - d(anchor, negative)) for vectors (N, D) or (D,).

    d is `pairwise_distance` of order p. With `swap` the smaller of d(anchor, negative) and d(positive, negative) counts
    (Balntas 2016). Raises ValueError for a margin that is not positive, RuntimeError unless all have as many
    dimensions.
    """
    reduction = chosen_reduction(size_average, reduce, reduction)
    return _triplet(lambda a, b: pairwise_distance(a, b, p, eps), anchor, positive, negative, margin, swap, reduction)


def triplet_margin_with_distance_loss(
    anchor: Tensor,
    positive: Tensor,
    negative: Tensor,
    *,
    distance_function: Callable[[Tensor, Tensor], Tensor] | None = None,
    margin: float = 1.0,
    swap: bool = False,
    reduction: str = "mean",
) -> Tensor:
    """`triplet_margin_loss` with another distance of two tensors; by default `pairwise_distance`."""
    return _triplet(distance_function or pairwise_distance, anchor, positive, negative, margin, swap, reduction)


def _triplet(
    distance: Callable[[Tensor, Tensor], Tensor], anchor: Tensor, positive: Tensor, negative: Tensor, margin: float,
    swap: bool, reduction: str,
) -> Tensor:  # fmt: skip
    if margin <= 0:
        raise ValueError(f"margin must be greater than 0, got {margin}")
    if not anchor.ndim == positive.ndim == negative.ndim:
        raise RuntimeError(
            f"The anchor, positive, and negative tensors are expected to have the same number of dimensions, but got: "
            f"anchor {anchor.ndim}D, positive {positive.ndim}D, and negative {negative.ndim}D inputs"
        )
    anchor, positive, negative = widened(anchor, positive, negative)
    near, far = distance(anchor, positive), distance(anchor, negative)
    if swap:
        far = autograd.minimum(far, distance(positive, negative))
    return reduced((margin + near - far).clamp(min=0), reduction)


# -- shared -----------------------------------------------------------------------------------------------------------


def _classes(name: str, input: Tensor, target: Tensor, shape: tuple[int, ...]) -> Any:
    """The target as an array of classes, which must be of the `shape`, and within those of the input."""
    fits = shape in (input.shape, input.shape[:-1])
    if input.ndim not in (1, 2) or not fits or target.shape != shape or target.dtype.kind not in "iu":
        raise RuntimeError(
            f"{name}: inconsistent target size: expected scores (N, C) or (C,) and classes in int64, given "
            f"{list(input.shape)}, and {list(target.shape)} in {target.dtype}"
        )
    labels = target.numpy()
    if labels.size and not (labels.min() >= 0 and labels.max() < input.shape[-1]):
        raise IndexError(f"{name}: target out of range: expected classes 0 to {input.shape[-1] - 1}")
    return labels


def _at(input: Tensor, labels: Any) -> Tensor:
    """The scores of the classes `labels`."""
    return input.gather(-1, autograd.as_tensor(labels))
