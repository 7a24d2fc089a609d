"""Losses of classifiers, whose input holds a number for each class and whose target says which class is right."""

from __future__ import annotations

from math import nan
from typing import Any

import numpy as np

import autograd
from autograd import Tensor
from autograd.calculus import widened

from . import network_primitives as p
from .reduction import check_reduction, chosen_reduction, quotient


def cross_entropy(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    ignore_index: int = -100,
    reduce: bool | None = None,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Tensor:
    """-log softmax(input)[target], averaged over the batch.

    Args:
        input: logits, unnormalized: (N, C), (C,) or (N, C, d1, ...).
        target: classes, integers in [0, C): (N,), () or (N, d1, ...); or probabilities of the input's shape.
        weight: (C,), a factor for each class.
        size_average, reduce: old names of `reduction`, which give a warning.
        ignore_index: a class that does not count.
        reduction: "mean" (weighted by the targets' weights), "sum" or "none".
        label_smoothing: in [0, 1], the share of the target that is spread over all classes.

    Raises:
        IndexError: a class is out of range.
        NotImplementedError: the input holds integers.
        RuntimeError: a shape, the target's dtype or `label_smoothing` is wrong.
        ValueError: the batch sizes differ, or there is no such reduction.
    """
    input, target = widened(input, target)
    if not 0 <= label_smoothing <= 1:
        raise RuntimeError(f"label_smoothing must be between 0.0 and 1.0. Got: {label_smoothing}")
    reduction = chosen_reduction(size_average, reduce, reduction)
    axis = _class_axis("cross_entropy", input, weight, reduction)
    if target.is_floating_point() and target.shape == input.shape:
        return _of_probabilities(input, target, weight, reduction, label_smoothing)
    labels, inside = _labels("cross_entropy", input, target, axis, ignore_index)
    fused = input.ndim == 2 and reduction != "none" and not label_smoothing
    if fused and inside and weight is None and ignore_index < 0:
        return p.cross_entropy(input, labels, None, len(labels) if reduction == "mean" else 1)
    factors = _factors(labels, weight, ignore_index, input.dtype)
    if fused:
        total = factors.sum(dtype=float).item() if reduction == "mean" else 1
        return p.cross_entropy(input, np.where(labels == ignore_index, 0, labels), factors, total)
    logp = autograd.log_softmax(input, axis)
    losses = _chosen(logp, labels, factors, axis, ignore_index)
    if label_smoothing:
        spread = logp if weight is None else logp * _along(weight, input, axis)
        smooth = autograd.where(autograd.as_tensor(labels != ignore_index), -spread.sum(axis), 0)
        losses = (1 - label_smoothing) * losses + label_smoothing / input.shape[axis] * smooth
    return reduced(losses, factors, reduction)


def nll_loss(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    ignore_index: int = -100,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """-input[target], averaged over the batch: `cross_entropy` of logarithms of probabilities.

    Arguments and errors are those of `cross_entropy`; the target holds classes.
    """
    input, target = widened(input, target)
    reduction = chosen_reduction(size_average, reduce, reduction)
    axis = _class_axis("nll_loss", input, weight, reduction)
    labels, _ = _labels("nll_loss", input, target, axis, ignore_index)
    factors = _factors(labels, weight, ignore_index, input.dtype)
    return reduced(_chosen(input, labels, factors, axis, ignore_index), factors, reduction)


def _class_axis(name: str, input: Tensor, weight: Tensor | None, reduction: str) -> int:
    """The axis of the classes in the input; raises for arguments that make no sense."""
    check_reduction(reduction)
    if not input.is_floating_point():
        raise NotImplementedError(f"{name}() is not for {input.dtype}: expected floating point numbers, x.float()")
    axis = 0 if input.ndim == 1 else 1
    if weight is not None and input.ndim and weight.shape != input.shape[axis : axis + 1]:
        raise RuntimeError(
            f"{name}: weight tensor should be defined either for all {input.shape[axis]} classes or no classes but got "
            f"weight tensor of shape: {list(weight.shape)}"
        )
    return axis


def class_factors(
    name: str, input: Tensor, target: Tensor, weight: Tensor | None, ignore_index: int, reduction: str
) -> Any:
    """How much each sample counts, an array of the target's shape; raises for arguments that make no sense."""
    axis = _class_axis(name, input, weight, reduction)
    labels, _ = _labels(name, input, target, axis, ignore_index)
    return _factors(labels, weight, ignore_index, input.dtype)


def _factors(labels: Any, weight: Tensor | None, ignore_index: int, dtype: Any) -> Any:
    """How much each sample counts: the weight of its class, 0 for the class that is ignored."""
    counted = labels != ignore_index
    if weight is None:
        return counted.astype(dtype)
    return np.where(counted, weight.numpy(force=True)[np.where(counted, labels, 0)], 0).astype(dtype, copy=False)


def _chosen(logp: Tensor, labels: Any, factors: Any, axis: int, ignore_index: int) -> Tensor:
    """-logp at the labels, times the factors."""
    mesh = list(np.ogrid[tuple(slice(n) for n in labels.shape)])
    mesh.insert(axis, np.where(labels == ignore_index, 0, labels))
    counted = autograd.as_tensor(labels != ignore_index)
    return autograd.where(counted, -logp[tuple(mesh)] * autograd.as_tensor(factors), 0)


def _along(weight: Tensor, input: Tensor, axis: int) -> Tensor:
    """One number for each class, shaped to meet the input."""
    shape = [1] * input.ndim
    shape[axis] = len(weight)
    return weight.reshape(shape)


def reduced(losses: Tensor, factors: Any, reduction: str) -> Tensor:
    """The losses as they are, their sum, or their mean, weighted by the factors, which they already contain."""
    if reduction == "none":
        return losses
    return losses.sum() if reduction == "sum" else quotient(losses, factors.sum(dtype=float).item() or nan)


def _of_probabilities(input: Tensor, target: Tensor, weight: Any, reduction: str, smoothing: float) -> Tensor:
    axis = 0 if input.ndim == 1 else 1
    classes = input.shape[axis] or nan
    if smoothing:
        target = target * (1 - smoothing) + smoothing / classes
    terms = autograd.log_softmax(input, axis) * target
    if weight is not None:
        terms = terms * _along(weight, input, axis)
    if reduction == "none":
        return -terms.sum(axis)
    return -quotient(terms, 1 if reduction == "sum" else input.numel() / classes or nan)


def _labels(name: str, input: Tensor, target: Tensor, axis: int, ignore_index: int) -> tuple[Any, bool]:
    """The target as an array of classes, checked against the logits; and whether all are in range, none ignored."""
    shape, labels = tuple(input.shape), target.numpy(force=True)
    if not shape or labels.dtype.kind not in "iu" or labels.shape != shape[:axis] + shape[axis + 1 :]:
        raise _no_labels(name, input, target)
    if labels.size and labels.min() >= 0 and labels.max() < shape[axis]:
        return labels, True
    wrong = (labels != ignore_index) & ((labels < 0) | (labels >= shape[axis]))
    if wrong.any():
        raise IndexError(
            f"Target {labels[wrong].flat[0]} is out of bounds: with logits of shape {list(shape)} classes are "
            f"0 to {shape[axis] - 1}"
        )
    return labels, False


def _no_labels(name: str, input: Tensor, target: Tensor) -> Exception:
    """What is wrong with a target that holds no class for each sample."""
    if input.ndim == 0 or target.ndim != input.ndim - 1:
        return RuntimeError(
            f"{name}: {input.ndim - 1}D target expected for {input.ndim}D logits, but got {target.ndim}D: "
            f"logits {list(input.shape)}, target {list(target.shape)}"
            + (
                "; if it is one-hot, give the class numbers, target.argmax(1), or probabilities, target.float()"
                if target.shape == input.shape and target.dtype.kind in "iu"
                else ""
            )
        )
    if input.ndim > 1 and input.shape[0] != target.shape[0]:
        return ValueError(
            f"Expected input batch_size ({input.shape[0]}) to match target batch_size ({target.shape[0]})"
        )
    if target.dtype.kind not in "iu":
        return RuntimeError(
            f"expected target dtype to be Long or Byte, but got {target.dtype}: class numbers must be integers "
            f"(target.long()), probabilities must have the input's shape {list(input.shape)}"
        )
    return RuntimeError(f"{name}: size mismatch, logits {list(input.shape)}, target {list(target.shape)}")
