"""The linear layer and dropout as functions, under PyTorch's names and signatures."""

from __future__ import annotations

import math
import warnings
from functools import cache

import autograd
from autograd import Generator, Tensor

from . import network_primitives as p

in_place = cache(autograd.in_place)  # of the functions below: their results, written to their inputs

SELU_LIMIT = 1.7580993408473766  # minus what SELU tends to for large negative numbers

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


def bilinear(input1: Tensor, input2: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """x₁ᵀ W x₂ + b for x₁ (*, in1), x₂ (*, in2), weight W (out, in1, in2), bias b (out,): (*, out).

    Raises RuntimeError if the shapes do not fit.
    """
    if input1.shape[:-1] != input2.shape[:-1] or weight.shape[1:] != (input1.shape[-1], input2.shape[-1]):
        raise RuntimeError(
            f"bilinear: expected inputs (*, in1) and (*, in2) and a weight (out, in1, in2), given "
            f"{list(input1.shape)}, {list(input2.shape)} and {list(weight.shape)}"
        )
    products = (input1[..., None, None, :] @ weight).squeeze(-2) * input2[..., None, :]
    return products.sum(-1) if bias is None else products.sum(-1) + bias


# -- dropout ----------------------------------------------------------------------------------------------------------


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
    return _dropout(input, p, training, inplace, input.ndim, generator)


def dropout1d(
    input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False, *, generator: Generator | None = None
) -> Tensor:
    """Zero whole channels of (N, C, L) or (C, L) with probability p, as `dropout` zeroes numbers.

    Raises RuntimeError for another number of dimensions, ValueError for a p outside [0, 1].
    """
    if input.ndim not in (2, 3):
        raise RuntimeError(
            f"dropout1d: Expected 2D or 3D input, (N, C, L) or (C, L), but received a {input.ndim}D input: for numbers "
            "that are no channels, use dropout"
        )
    return _dropout(input, p, training, inplace, 2 if input.ndim == 3 else 1, generator)


def dropout2d(
    input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False, *, generator: Generator | None = None
) -> Tensor:
    """Zero whole channels of (N, C, H, W) with probability p, as `dropout` zeroes numbers (Tompson 2015).

    Of other shapes everything after the first two dimensions counts as one channel; unless there are 4, that warns, as
    in PyTorch. Raises ValueError for a p outside [0, 1], RuntimeError for fewer than two dimensions.
    """
    if input.ndim == 3:
        warnings.warn(
            "dropout2d: Received a 3D input to dropout2d and assuming that channel-wise 1D dropout behavior is "
            "desired - input is interpreted as shape (N, C, L), where C is the channel dim",
            UserWarning,
            stacklevel=2,
        )
    elif input.ndim != 4:
        warnings.warn(
            f"dropout2d: Received a {input.ndim}-D input to dropout2d, which is deprecated and will result in an error "
            "in a future release. To retain the behavior and silence this warning, please use dropout instead",
            UserWarning,
            stacklevel=2,
        )
    return _dropout(input, p, training, inplace, _channels(input, training), generator)


def dropout3d(
    input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False, *, generator: Generator | None = None
) -> Tensor:
    """Zero whole channels of (N, C, D, H, W) or (C, D, H, W) with probability p, as `dropout` zeroes numbers.

    Raises ValueError for a p outside [0, 1], RuntimeError for fewer than two dimensions.
    """
    return _dropout(input, p, training, inplace, 1 if input.ndim == 4 else _channels(input, training), generator)


def alpha_dropout(
    input: Tensor, p: float = 0.5, training: bool = False, inplace: bool = False, *, generator: Generator | None = None
) -> Tensor:
    """Set each number with probability p to what SELU tends to, and keep mean 0 and variance 1 (Klambauer 2017).

    Raises ValueError for a p outside [0, 1].
    """
    return _alpha_dropout(input, p, training, inplace, input.ndim, generator)


def feature_alpha_dropout(
    input: Tensor, p: float = 0.5, training: bool = False, inplace: bool = False, *, generator: Generator | None = None
) -> Tensor:
    """Mask whole channels of (N, C, ...), as `alpha_dropout` masks numbers.

    Raises ValueError for a p outside [0, 1], RuntimeError for fewer than two dimensions.
    """
    return _alpha_dropout(input, p, training, inplace, _channels(input, training), generator)


def _dropout(input: Tensor, p: float, training: bool, inplace: bool, dims: int, generator: Generator | None) -> Tensor:
    """Dropout whose draws are shared by all that follows the first `dims` dimensions."""
    _check_probability(p)
    if not training or p == 0:
        return input
    if inplace:
        return in_place(_dropout)(input, p, True, False, dims, generator)
    return input * (_kept(input, p, dims, generator) * (1 / (1 - p) if p < 1 else 0.0))


def _alpha_dropout(
    input: Tensor, p: float, training: bool, inplace: bool, dims: int, generator: Generator | None
) -> Tensor:
    _check_probability(p)
    if not training or p == 0:
        return input
    if inplace:
        return in_place(_alpha_dropout)(input, p, True, False, dims, generator)
    kept = _kept(input, p, dims, generator)
    if p == 1:
        return input * kept
    a = 1 / math.sqrt((1 + p * SELU_LIMIT**2) * (1 - p))
    return input * (kept * a) + (kept - 1 + p) * (SELU_LIMIT * a)


def _channels(input: Tensor, training: bool) -> int:
    """The number of dimensions that tell channels apart; in training there must be as many."""
    if input.ndim < 2 and training:
        raise RuntimeError(f"Feature dropout requires at least 2 dimensions in the input, given {input.ndim}")
    return 2


def _kept(input: Tensor, p: float, dims: int, generator: Generator | None) -> Tensor:
    """1 for what is kept, 0 for what is dropped, drawn once for all that follows the first `dims` dimensions."""
    shape = input.shape[:dims] + (1,) * (input.ndim - dims)
    return (autograd.rand(shape, generator=generator, dtype=autograd.float32) >= p).to(input.dtype)


def _check_probability(p: float) -> None:
    if not 0 <= p <= 1:
        raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")
