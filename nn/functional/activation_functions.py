"""Activations: functions of a tensor of any shape, element by element, under PyTorch's names and signatures.

With `inplace` the result is written to the input.
"""

from __future__ import annotations

from functools import cache

from numpy.typing import DTypeLike

import autograd
from autograd import Generator, Tensor
from autograd.calculus import narrowed

from . import gelu_primitives
from . import network_primitives as p
from .normalization_functions import channels

in_place = cache(autograd.in_place)  # of the functions below: their results, written to their inputs


def relu(input: Tensor, inplace: bool = False) -> Tensor:
    """max(x, 0); its gradient at 0 is 0."""
    return input.relu_() if inplace else input.relu()


def leaky_relu(input: Tensor, negative_slope: float = 0.01, inplace: bool = False) -> Tensor:
    """x where x > 0, negative_slope * x elsewhere."""
    return in_place(leaky_relu)(input, negative_slope) if inplace else p.leaky_relu(input, negative_slope)


def prelu(input: Tensor, weight: Tensor) -> Tensor:
    """x where x > 0, weight * x elsewhere: one weight, or one for each channel of (N, C, ...).

    Raises RuntimeError for another number of weights.
    """
    input, weight = narrowed(input, weight)
    count = input.shape[1] if input.ndim > 1 else 1
    if weight.ndim > 1 or weight.numel() not in (1, count):
        raise RuntimeError(
            f"prelu: Mismatch of parameter numbers and input channel size: weight {list(weight.shape)}, input "
            f"{list(input.shape)}"
        )
    shaped = channels(weight, input) if input.ndim > 1 else weight
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
    return gelu_primitives.gelu(input, approximate)


def silu(input: Tensor, inplace: bool = False) -> Tensor:
    """x * sigmoid(x), also named swish."""
    return in_place(silu)(input) if inplace else p.silu(input)


def softplus(input: Tensor, beta: float = 1.0, threshold: float = 20.0) -> Tensor:
    """log(1 + exp(beta * x)) / beta; x itself where beta * x > threshold."""
    return p.softplus(input, beta, threshold)


def logsigmoid(input: Tensor) -> Tensor:
    """log(sigmoid(x)), finite where sigmoid(x) is 0."""
    return p.log_sigmoid(input)


def hardtanh(input: Tensor, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False) -> Tensor:
    """x, but min_val where it is below, and max_val where it is above; there, and at either, the gradient is 0.

    Raises ValueError for a `min_val` above `max_val`.
    """
    if min_val > max_val:
        raise ValueError(f"min_val cannot be greater than max_val, given {min_val} and {max_val}")
    return in_place(hardtanh)(input, min_val, max_val) if inplace else p.hardtanh(input, min_val, max_val)


def relu6(input: Tensor, inplace: bool = False) -> Tensor:
    """min(max(x, 0), 6)."""
    return hardtanh(input, 0.0, 6.0, inplace)


def hardsigmoid(input: Tensor, inplace: bool = False) -> Tensor:
    """relu6(x + 3) / 6: a sigmoid of three straight lines."""
    return in_place(hardsigmoid)(input) if inplace else p.hardtanh(input + 3, 0, 6) / 6


def hardswish(input: Tensor, inplace: bool = False) -> Tensor:
    """x * hardsigmoid(x) (Howard 2019)."""
    return in_place(hardswish)(input) if inplace else p.hardswish(input)


def hardshrink(input: Tensor, lambd: float = 0.5) -> Tensor:
    """x where |x| > lambd, 0 elsewhere."""
    return p.hardshrink(input, lambd)


def softshrink(input: Tensor, lambd: float = 0.5) -> Tensor:
    """x, brought nearer to 0 by lambd, and 0 where |x| <= lambd. Raises RuntimeError for lambd < 0."""
    if not lambd >= 0:
        raise RuntimeError(f"lambda must be greater or equal to 0, but found to be {lambd}.")
    return p.softshrink(input, lambd)


def tanhshrink(input: Tensor) -> Tensor:
    """x - tanh(x)."""
    return input - input.tanh()


def threshold(input: Tensor, threshold: float, value: float, inplace: bool = False) -> Tensor:
    """x where x > threshold, value elsewhere."""
    if inplace:
        return in_place(_threshold)(input, threshold, value)
    return _threshold(input, threshold, value)


def _threshold(input: Tensor, threshold: float, value: float) -> Tensor:
    return autograd.where(input <= threshold, value, input)


def mish(input: Tensor, inplace: bool = False) -> Tensor:
    """x * tanh(softplus(x)) (Misra 2019)."""
    return in_place(mish)(input) if inplace else p.mish(input)


def softsign(input: Tensor) -> Tensor:
    """x / (1 + |x|)."""
    return input / (1 + input.abs())


def celu(input: Tensor, alpha: float = 1.0, inplace: bool = False) -> Tensor:
    """x where x > 0, alpha * (exp(x / alpha) - 1) elsewhere (Barron 2017). Raises RuntimeError for an alpha of 0."""
    if alpha == 0:
        raise RuntimeError("ZeroDivisionError: alpha cannot be 0 for CELU")
    return in_place(celu)(input, alpha) if inplace else p.elu(input / alpha, 1.0, alpha)


def glu(input: Tensor, dim: int = -1) -> Tensor:
    """a * sigmoid(b) for the halves a and b of x along `dim` (Dauphin 2017).

    Raises RuntimeError for an odd number of elements along `dim`, and for a number.
    """
    if input.ndim == 0:
        raise RuntimeError("glu does not support 0-dimensional tensors")
    if input.shape[dim] % 2:
        raise RuntimeError(f"Halving dimension must be even, but dimension {dim} is size {input.shape[dim]}")
    a, b = input.chunk(2, dim)
    return a * b.sigmoid()


def rrelu(
    input: Tensor,
    lower: float = 1 / 8,
    upper: float = 1 / 3,
    training: bool = False,
    inplace: bool = False,
    *,
    generator: Generator | None = None,
) -> Tensor:
    """x where x > 0, a * x elsewhere: in training, a is drawn from U(lower, upper) for each x, else it is their mean.

    Raises RuntimeError for a `lower` above `upper`.
    """
    if lower > upper:
        raise RuntimeError(f"Lower bound should be less than or equal to the upper bound, given {lower} and {upper}")
    if inplace:
        return in_place(rrelu)(input, lower, upper, training, generator=generator)
    if not training:
        return p.leaky_relu(input, (lower + upper) / 2)
    slopes = lower + (upper - lower) * autograd.rand(input.shape, generator=generator, dtype=autograd.float64)
    return p.leaky_relu(input, slopes.to(input.dtype))


def softmin(input: Tensor, dim: int, dtype: DTypeLike | None = None) -> Tensor:
    """softmax(-x) along `dim`."""
    return (-input if dtype is None else -input.to(dtype)).softmax(dim)


def gumbel_softmax(
    logits: Tensor,
    tau: float = 1,
    hard: bool = False,
    eps: float = 1e-10,
    dim: int = -1,
    *,
    generator: Generator | None = None,
) -> Tensor:
    """softmax((logits + noise) / tau) along `dim`: a draw from the categorical distribution, made soft (Jang 2017).

    The noise is Gumbel's, -log(e) for e of the exponential distribution. With `hard` the result is one-hot, with the
    gradient of the soft one. `eps` has no effect, as in PyTorch.
    """
    uniform = autograd.rand(logits.shape, generator=generator, dtype=autograd.float64)
    noise = -((-(-uniform).log1p()).log()).to(logits.dtype)
    soft = ((logits + noise) / tau).softmax(dim)
    if not hard:
        return soft
    top = autograd.zeros(soft.shape, dtype=soft.dtype)
    top = top.scatter_add(dim, soft.argmax(dim, keepdim=True), autograd.ones_like(soft))
    return top - soft.detach() + soft
