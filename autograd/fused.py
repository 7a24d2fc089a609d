"""Ops that a network calls so often that one node in place of several pays."""

from __future__ import annotations

from math import nan
from typing import Any

import numpy as np

from .forward import apply
from .ops import OPS
from .functions import where
from .primitives import cross_entropy as _picked
from .primitives import linear as _linear
from .reductions import log_softmax
from .tensor import Tensor, wrap

_LINEAR, _CROSS_ENTROPY = OPS[_linear], OPS[_picked]


def linear(input: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """input @ weight.T + bias for input (*, in), weight (out, in) or (in,), bias (out,) or ()."""
    if weight.ndim == 1:
        return input @ weight if bias is None else input @ weight + bias
    return apply(_LINEAR, (input, weight, bias), {})


def cross_entropy(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    ignore_index: int = -100,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Tensor:
    """-log softmax(input)[target], averaged over the batch.

    Args:
        input: logits, unnormalized: (N, C), (C,) or (N, C, d1, ...).
        target: classes, integers in [0, C): (N,), () or (N, d1, ...); or probabilities of the input's shape.
        weight: (C,), for each class a factor.
        ignore_index: a class that counts for nothing.
        reduction: "mean" (weighted by the targets' weights), "sum" or "none".
        label_smoothing: in [0, 1]: how much of the probability is spread over all classes.

    Raises:
        IndexError: a class out of range. ValueError: the batch sizes differ. RuntimeError: a wrong dtype or shape.
    """
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(f"{reduction} is not a valid value for reduction: expected 'mean', 'sum' or 'none'")
    if not 0 <= label_smoothing <= 1:
        raise RuntimeError(f"label_smoothing must be between 0.0 and 1.0. Got: {label_smoothing}")
    if input.dtype.kind != "f":
        raise NotImplementedError(f"cross_entropy() is not for {input.dtype}: expected floating point logits, x.float()")
    if target.shape == input.shape and target.dtype.kind == "f":
        return _of_probabilities(input, target, weight, reduction, label_smoothing)
    axis = 0 if input.ndim == 1 else 1
    classes = input.shape[axis]
    labels = _labels(input, target, axis, ignore_index)
    fused = input.ndim == 2 and reduction != "none" and not label_smoothing
    if fused and weight is None and ignore_index < 0 and labels.size and labels.min() >= 0:
        total = input.dtype.type(len(labels) if reduction == "mean" else 1)
        return apply(_CROSS_ENTROPY, (input,), {"target": labels, "factors": None, "total": total})
    counted = labels != ignore_index
    safe = np.where(counted, labels, 0)
    factors = counted.astype(input.dtype) if weight is None else np.where(counted, weight._data[safe], 0)
    if fused:
        factors = factors.astype(input.dtype, copy=False)
        total = factors.sum() if reduction == "mean" else input.dtype.type(1)
        return apply(_CROSS_ENTROPY, (input,), {"target": safe, "factors": factors, "total": total})
    logp = log_softmax(input, axis)
    mesh = list(np.ogrid[tuple(slice(n) for n in labels.shape)])
    mesh.insert(axis, safe)
    losses = -logp[tuple(mesh)] * wrap(factors, None)
    if label_smoothing:
        shape = [1] * input.ndim
        shape[axis] = classes
        spread = logp if weight is None else logp * weight.reshape(shape)
        smooth = where(wrap(counted, None), -spread.sum(axis), 0)
        losses = (1 - label_smoothing) * losses + label_smoothing / classes * smooth
    if reduction == "none":
        return losses
    return losses.sum() if reduction == "sum" else losses.sum() / (factors.sum().item() or nan)


def _of_probabilities(input: Tensor, target: Tensor, weight: Any, reduction: str, smoothing: float) -> Tensor:
    axis = 0 if input.ndim == 1 else 1
    classes = input.shape[axis] or nan
    if smoothing:
        target = target * (1 - smoothing) + smoothing / classes
    terms = log_softmax(input, axis) * target
    if weight is not None:
        shape = [1] * input.ndim
        shape[axis] = len(weight)
        terms = terms * weight.reshape(shape)
    if reduction == "none":
        return -terms.sum(axis)
    return -terms.sum() / (1 if reduction == "sum" else input.numel() / classes or nan)


def _labels(input: Tensor, target: Tensor, axis: int, ignore_index: int) -> Any:
    """The target as an array of classes, checked against the logits."""
    if input.ndim == 0 or target.ndim != input.ndim - 1:
        raise RuntimeError(
            f"cross_entropy: {input.ndim - 1}D target expected for {input.ndim}D logits, but got {target.ndim}D: "
            f"logits {list(input.shape)}, target {list(target.shape)}"
        )
    if input.ndim > 1 and input.shape[0] != target.shape[0]:
        raise ValueError(
            f"Expected input batch_size ({input.shape[0]}) to match target batch_size ({target.shape[0]})"
        )
    if target.dtype.kind not in "iu":
        raise RuntimeError(
            f"expected target dtype to be Long or Byte, but got {target.dtype}: class numbers must be integers "
            f"(target.long()), probabilities must have the input's shape {list(input.shape)}"
        )
    if input.shape[:axis] + input.shape[axis + 1 :] != target.shape:
        raise RuntimeError(f"cross_entropy: size mismatch, logits {list(input.shape)}, target {list(target.shape)}")
    labels = np.asarray(target._data)
    if labels.size and labels.min() >= 0 and labels.max() < input.shape[axis]:
        return labels
    wrong = (labels != ignore_index) & ((labels < 0) | (labels >= input.shape[axis]))
    if wrong.any():
        raise IndexError(
            f"Target {labels[wrong].flat[0]} is out of bounds: with logits of shape {list(input.shape)} classes are "
            f"0 to {input.shape[axis] - 1}"
        )
    return labels
