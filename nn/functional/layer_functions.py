"""Layers as functions, but for those of images, under PyTorch's names and signatures."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache

import numpy as np

import autograd
from autograd import Generator, Tensor

from . import network_primitives as p

in_place = cache(autograd.in_place)  # of the functions below: their results, written to their inputs

# -- linear -----------------------------------------------------------------------------------------------------------


def linear(input: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """input @ weight.T + bias for input (*, in), weight (out, in) or (in,), bias (out,) or ().

    Raises RuntimeError if the shapes do not fit, or tensors are of different dtypes.
    """
    if weight.ndim == 1:
        return input @ weight if bias is None else input @ weight + bias
    try:
        return p.linear(input, weight, bias)
    except RuntimeError:
        if input.shape[-1:] == weight.shape[1:]:
            raise
        raise RuntimeError(
            f"linear: mat1 and mat2 shapes cannot be multiplied: input {list(input.shape)}, weight "
            f"{list(weight.shape)}; the last dimension of the input must be in_features of the weight (out, in)"
        ) from None


# -- normalization ----------------------------------------------------------------------------------------------------


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
    shape = input.shape
    for name, tensor in {
        "running_mean": running_mean, "running_var": running_var, "weight": weight, "bias": bias
    }.items():  # fmt: skip
        if tensor is not None and tensor.shape != shape[1:2]:
            raise RuntimeError(
                f"batch_norm: {name} should contain {shape[1]} elements not {tensor.numel()}: given input {list(shape)}"
            )
    axis = (0, *range(2, input.ndim))
    if not training:
        if running_mean is None or running_var is None:
            raise RuntimeError("batch_norm: expected running_mean and running_var when training=False")
        out = (input - _channels(running_mean, input)) * _channels(running_var + eps, input).rsqrt()
        return _affine(out, weight, bias, input)
    count = input.numel() // max(1, shape[1])
    if count == 1:
        raise ValueError(f"Expected more than 1 value per channel when training, got input size {list(shape)}")
    if running_mean is not None and running_var is not None:
        with autograd.no_grad():
            mean, var = input.mean(axis), input.var(axis, correction=1)
            running_mean.copy_((1 - momentum) * running_mean + momentum * mean)
            running_var.copy_((1 - momentum) * running_var + momentum * var)
    return _affine(p.standardize(input, axis, eps), weight, bias, input)


def _channels(tensor: Tensor, input: Tensor) -> Tensor:
    """One number for each channel, shaped to meet (N, C, ...)."""
    return tensor.reshape((-1,) + (1,) * (input.ndim - 2))


def _affine(x: Tensor, weight: Tensor | None, bias: Tensor | None, input: Tensor) -> Tensor:
    x = x if weight is None else x * _channels(weight, input)
    return x if bias is None else x + _channels(bias, input)


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
    last = tuple(normalized_shape)
    if not last or input.shape[-len(last) :] != last:
        raise RuntimeError(
            f"Given normalized_shape={list(last)}, expected input with shape {['*', *last]}, but got input of size "
            f"{list(input.shape)}"
        )
    out = p.standardize(input, tuple(range(input.ndim - len(last), input.ndim)), eps)
    out = out if weight is None else out * weight
    return out if bias is None else out + bias


# -- dropout, embedding -----------------------------------------------------------------------------------------------


def dropout(
    input: Tensor,
    p: float = 0.5,
    training: bool = True,
    inplace: bool = False,
    *,
    generator: Generator | None = None,
) -> Tensor:
    """Zero each number with probability p and divide the others by 1 - p; the input itself when not training.

    Raises ValueError for a p outside [0, 1].
    """
    if not 0 <= p <= 1:
        raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")
    if not training or p == 0:
        return input
    if inplace:
        return in_place(dropout)(input, p, generator=generator)
    kept = autograd.rand(input.shape, generator=generator, dtype=autograd.float32) >= p
    return input * (kept.to(input.dtype) * (1 / (1 - p) if p < 1 else 0.0))


def embedding(input: Tensor, weight: Tensor, padding_idx: int | None = None) -> Tensor:
    """The rows of weight (num_embeddings, embedding_dim) at the integers `input` (*): (*, embedding_dim).

    The row `padding_idx` gets no gradient. Raises IndexError for an integer out of range, RuntimeError for numbers that
    are not integers.
    """
    if input.dtype.kind not in "iu":
        raise RuntimeError(
            f"embedding: expected indices of an integer dtype, given {input.dtype}: convert them with .long()"
        )
    rows, at = len(weight), input.detach().numpy()
    if at.size and not (at.min() >= 0 and at.max() < rows):
        wrong = at[(at < 0) | (at >= rows)].flat[0]
        raise IndexError(f"index out of range in embedding: {wrong}, expected 0 to {rows - 1}, the rows of the weight")
    out = weight[input]
    if padding_idx is None:
        return out
    return autograd.where(autograd.as_tensor(at != padding_idx % rows)[..., None], out, out.detach())


# -- activations ------------------------------------------------------------------------------------------------------


def relu(input: Tensor, inplace: bool = False) -> Tensor:
    """max(x, 0); its gradient at 0 is 0."""
    return input.relu_() if inplace else autograd.relu(input)


def leaky_relu(input: Tensor, negative_slope: float = 0.01, inplace: bool = False) -> Tensor:
    """x where x > 0, negative_slope * x elsewhere."""
    return in_place(leaky_relu)(input, negative_slope) if inplace else p.leaky_relu(input, negative_slope)


def prelu(input: Tensor, weight: Tensor) -> Tensor:
    """x where x > 0, weight * x elsewhere: one weight, or one for each channel of (N, C, ...).

    Raises RuntimeError for another number of weights.
    """
    channels = input.shape[1] if input.ndim > 1 else 1
    if weight.ndim > 1 or weight.numel() not in (1, channels):
        raise RuntimeError(
            f"prelu: Mismatch of parameter numbers and input channel size: weight {list(weight.shape)}, input "
            f"{list(input.shape)}"
        )
    shaped = _channels(weight, input) if input.ndim > 1 else weight
    return p.leaky_relu(input, shaped)


def elu(input: Tensor, alpha: float = 1.0, inplace: bool = False) -> Tensor:
    """x where x > 0, alpha * (exp(x) - 1) elsewhere."""
    return in_place(elu)(input, alpha) if inplace else p.elu(input, alpha)


def selu(input: Tensor, inplace: bool = False) -> Tensor:
    """scale * elu(x, alpha), with constants that keep mean 0 and variance 1 from layer to layer (Klambauer 2017)."""
    if inplace:
        return in_place(selu)(input)
    return p.elu(input, 1.6732632423543772848170429916717, 1.0507009873554804934193349852946)


def gelu(input: Tensor, approximate: str = "none") -> Tensor:
    """x * P(X <= x) for a standard normal X (Hendrycks 2016); `approximate="tanh"` computes it by a tanh.

    Raises RuntimeError for another `approximate` than "none" and "tanh".
    """
    if approximate not in ("none", "tanh"):
        raise RuntimeError(f"approximate argument must be either none or tanh, given {approximate!r}")
    return p.gelu(input, approximate)


def silu(input: Tensor, inplace: bool = False) -> Tensor:
    """x * sigmoid(x), also named swish."""
    return in_place(silu)(input) if inplace else p.silu(input)


def softplus(input: Tensor, beta: float = 1.0, threshold: float = 20.0) -> Tensor:
    """log(1 + exp(beta * x)) / beta; x itself where beta * x > threshold."""
    return p.softplus(input, beta, threshold)


def logsigmoid(input: Tensor) -> Tensor:
    """log(sigmoid(x)), finite where sigmoid(x) is 0."""
    return p.log_sigmoid(input)


# -- attention --------------------------------------------------------------------------------------------------------


def scaled_dot_product_attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attn_mask: Tensor | None = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    *,
    generator: Generator | None = None,
) -> Tensor:
    """softmax(query keyᵀ * scale + mask) value (Vaswani 2017).

    Args:
        query: (..., L, E), key: (..., S, E), value: (..., S, Ev).
        attn_mask: broadcasts to (..., L, S): bool, True where attention is allowed, or numbers to add.
        dropout_p: probability of dropping a weight; it is always applied, as in PyTorch.
        is_causal: position i attends to positions 0 to i.
        scale: default 1 / √E.

    Raises:
        RuntimeError: a mask with `is_causal`, or shapes that do not fit. ValueError: `dropout_p` outside [0, 1].
    """
    if is_causal and attn_mask is not None:
        raise RuntimeError("Explicit attn_mask should not be set when is_causal=True")
    if is_causal:
        attn_mask = autograd.as_tensor(np.tri(query.shape[-2], key.shape[-2], dtype=bool))
    weights = attention_weights(query, key, attn_mask, scale)
    return dropout(weights, dropout_p, dropout_p > 0, generator=generator) @ value


def attention_weights(query: Tensor, key: Tensor, mask: Tensor | None, scale: float | None = None) -> Tensor:
    """softmax(query keyᵀ * scale + mask); 0 in a row whose keys are all masked by a bool mask."""
    scale = 1 / math.sqrt(query.shape[-1]) if scale is None else scale
    scores = (query * scale) @ key.mT
    if mask is None:
        return scores.softmax(-1)
    if mask.dtype != np.bool_:
        return (scores + mask).softmax(-1)
    weights = autograd.where(mask, scores, -math.inf).softmax(-1)
    return weights if mask.numpy().any(-1).all() else autograd.where(mask.any(-1, keepdim=True), weights, 0.0)
