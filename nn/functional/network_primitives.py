"""What only networks compute, as functions of arrays: their derivative rules stand in `network_rules.py`.

Images have the shape (N, C, H, W). `size`, `stride` and `dilation` are pairs, `widths` the padding (before, after)
along H and W. The results of convolution and pooling lie in memory as PyTorch's do, image by image in row-major order,
so that `view` gives what it gives there. How a convolution is computed stands in `convolution_methods.py`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, ParamSpec

import numpy as np

from autograd import Tensor, primitive
from autograd.calculus import primitives as p

from .convolution_methods import Shape, Widths, convolved, correlated, counts, padded, spread

Array = Any  # a NumPy array, or a tensor where an op is differentiated a second time
P = ParamSpec("P")


def op(function: Callable[P, Array]) -> Callable[P, Tensor]:
    """`primitive`, as type checkers see it: given tensors, the function returns a tensor."""
    return primitive(function)


# -- fused: one node where a network would record several -------------------------------------------------------------


@op
def linear(x: Array, y: Array, z: Array | None = None) -> Array:
    """x @ y.T + z: y is the weight (out, in), z the bias (out,) or None."""
    if x.dtype.itemsize == 2:
        return p.narrow_product(x, y.T, z)
    out = p.narrow_product(x, y.T)
    if z is not None:
        out += z
    return out


@op
def cross_entropy(x: Array, target: Array, factors: Array | None, total: float) -> Array:
    """-sum(factors * log_softmax(x)[n, target[n]]) / total for logits x (N, C), classes and factors (N,)."""
    d = x - p.largest(x, 1)
    chosen = p.picked(d, target)
    losses = np.log(p.total(np.exp(d, d), 1)) - chosen
    return np.add.reduce(losses if factors is None else losses * factors) / (total or math.nan)


@op
def cross_entropy_dx(x: Array, y: Array, target: Array, factors: Array | None, total: float) -> Array:
    """x factors / total * (softmax(y) - one_hot(target)) for a number x and logits y; 0 when no target counts."""
    scale = x / (total or math.inf)
    out, one_hot = p.softmax(y, 1), np.zeros_like(y)
    one_hot[np.arange(len(target)), target] = 1
    out -= one_hot
    out *= scale if factors is None else (scale * factors)[:, None]
    return out


@op
def scale_gradient(x: Array, y: Array) -> Array:
    """x itself; its gradient is multiplied by y."""
    return x.copy()


# -- convolution: three ops, each bilinear, each adjoint to the others ------------------------------------------------


@op
def conv2d(x: Array, y: Array, z: Array | None, stride: Shape, widths: Widths, dilation: Shape, groups: int) -> Array:
    """The windows of x (N, C, H, W) times the kernels y (O, C / groups, kh, kw), plus z (O,): (N, O, Ho, Wo)."""
    out = convolved(x, y, stride, widths, dilation, groups)
    if z is not None:
        out += z[:, None, None]
    return out


@op
def conv2d_dx(x: Array, y: Array, shape: Shape, stride: Shape, widths: Widths, dilation: Shape, groups: int) -> Array:
    """x (N, O, Ho, Wo) times the kernels y, added up at the places of the windows in images of `shape`."""
    return spread(x, y, shape, stride, widths, dilation, groups)


@op
def conv2d_dw(x: Array, y: Array, size: Shape, stride: Shape, widths: Widths, dilation: Shape, groups: int) -> Array:
    """The windows of x (N, C, H, W) times y (N, O, Ho, Wo), summed over images and places: (O, C / groups, kh, kw)."""
    return correlated(x, y, size, stride, widths, dilation, groups)


# -- pooling ----------------------------------------------------------------------------------------------------------


@op
def max_pool2d(x: Array, size: Shape, stride: Shape, widths: Widths, dilation: Shape) -> Array:
    """The largest number of every window; NaN if there is one."""
    first, *others = _places(padded(x, widths, -math.inf), size, stride, dilation)
    out = first.copy(order="K")
    for place in others:
        np.maximum(out, place, out=out)
    return out


def winners(x: Array, out: Array, size: Shape, stride: Shape, widths: Widths, dilation: Shape) -> Array:
    """The place in every window (0 to kh * kw - 1) of its largest number: the first of several, the last NaN."""
    x, out = (a.numpy(force=True) if isinstance(a, Tensor) else a for a in (x, out))
    first, *others = _places(padded(x, widths, math.nan), size, stride, dilation)
    at = np.zeros_like(out, np.min_scalar_type(len(others)))
    still = first != out
    for place in others:  # one further for as long as the maximum has not been met
        at += still
        still &= place != out
    if np.isnan(out).any():
        for i, place in enumerate(_places(padded(x, widths), size, stride, dilation)):
            at[np.isnan(place)] = i
    return at


@op
def pick(x: Array, at: Array, size: Shape, stride: Shape, widths: Widths, dilation: Shape) -> Array:
    """The number at place `at` of every window."""
    first, *others = _places(padded(x, widths), size, stride, dilation)
    out = p.keep(first, at == 0)
    for i, place in enumerate(others, 1):
        out += p.keep(place, at == i)
    return out


@op
def unpick(x: Array, at: Array, shape: Shape, size: Shape, stride: Shape, widths: Widths, dilation: Shape) -> Array:
    """Zeros of `shape` with x added at place `at` of every window: the adjoint of pick."""
    (top, bottom), (left, right) = widths
    n, c, h, w = shape
    out = np.zeros_like(x, shape=(n, c, h + top + bottom, w + left + right))
    apart = all(s >= d * k for s, d, k in zip(stride, dilation, size, strict=True))
    apart = apart and bool(np.isfinite(np.add.reduce(x, None)))
    for i, place in enumerate(_places(out, size, stride, dilation)):
        if apart:  # windows that do not overlap: nothing to add to
            np.multiply(x, at == i, out=place)
        else:
            place += p.keep(x, at == i)
    return out[..., top : top + h, left : left + w]


@op
def sum_pool2d(x: Array, size: Shape, stride: Shape, widths: Widths) -> Array:
    """The sum of every window."""
    first, *others = _places(padded(x, widths), size, stride, (1, 1))
    out = first.copy(order="K")
    for place in others:
        out += place
    return out


@op
def unsum_pool2d(x: Array, shape: Shape, size: Shape, stride: Shape, widths: Widths) -> Array:
    """Zeros of `shape` with x added all over its window: the adjoint of sum_pool2d."""
    (top, bottom), (left, right) = widths
    n, c, h, w = shape
    out = np.zeros_like(x, shape=(n, c, h + top + bottom, w + left + right))
    for place in _places(out, size, stride, (1, 1)):
        place += x
    return out[..., top : top + h, left : left + w]


def _places(x: Array, size: Shape, stride: Shape, dilation: Shape) -> list[Array]:
    """For each place in a window a view of x, that place in every window."""
    ho, wo = counts(x.shape, size, stride, ((0, 0), (0, 0)), dilation)
    (s, t), (d, e) = stride, dilation
    return [
        x[:, :, i * d : i * d + s * (ho - 1) + 1 : s, j * e : j * e + t * (wo - 1) + 1 : t]
        for i in range(size[0])
        for j in range(size[1])
    ]


# -- activations ------------------------------------------------------------------------------------------------------


@op
def leaky_relu(x: Array, y: Array) -> Array:
    """x where x > 0, y * x elsewhere."""
    return np.where(x > 0, x, y * x)


@op
def elu(x: Array, alpha: float = 1.0, scale: float = 1.0) -> Array:
    """scale * x where x > 0, scale * alpha * (exp(x) - 1) elsewhere."""
    return np.where(x > 0, scale * x, scale * alpha * np.expm1(np.minimum(x, 0)))


@op
def hardtanh(x: Array, low: float, high: float) -> Array:
    """x, but low where it is below, and high where it is above."""
    return np.minimum(np.maximum(x, low), high)


@op
def hardswish(x: Array) -> Array:
    """x * min(max(x + 3, 0), 6) / 6."""
    return x * np.clip(x + 3, 0, 6) / 6


@op
def hardshrink(x: Array, lambd: float) -> Array:
    """x where |x| > lambd, 0 elsewhere."""
    return np.where((x >= -lambd) & (x <= lambd), 0, x)


@op
def softshrink(x: Array, lambd: float) -> Array:
    """x, brought nearer to 0 by lambd, and 0 where |x| <= lambd."""
    return hardshrink(x, lambd) - np.clip(x, -lambd, lambd) * (np.abs(x) > lambd)


@op
def mish(x: Array) -> Array:
    """x * tanh(softplus(x))."""
    return x * np.tanh(_softplus(x))


@op
def silu(x: Array) -> Array:
    """x * sigmoid(x)."""
    return x * p.sigmoid(x)


@op
def softplus(x: Array, beta: float = 1.0, threshold: float = 20.0) -> Array:
    """log(1 + exp(beta * x)) / beta; x itself where beta * x > threshold, where the two are the same to rounding."""
    z = x * beta
    out, large = _softplus(z) / beta, z > threshold
    return np.where(large, x, out) if large.any() else out


def _softplus(x: Array) -> Array:
    """np.logaddexp(x, 0), several times faster."""
    return np.log1p(np.exp(-np.abs(x))) + np.maximum(x, 0)


@op
def log_sigmoid(x: Array) -> Array:
    """log(sigmoid(x)), finite where sigmoid(x) is 0."""
    return -_softplus(-x)


# -- losses -----------------------------------------------------------------------------------------------------------


@op
def huber(x: Array, delta: float) -> Array:
    """x^2 / 2 where |x| < delta, delta (|x| - delta / 2) elsewhere."""
    size = np.abs(x)
    return np.where(size < delta, 0.5 * x * x, delta * (size - 0.5 * delta))


@op
def binary_cross_entropy(x: Array, y: Array) -> Array:
    """-(y log x + (1 - y) log(1 - x)) for a probability x and a target y in [0, 1]; no logarithm is below -100."""
    return (y - 1) * np.maximum(np.log1p(-x), -100) - y * np.maximum(np.log(x), -100)
