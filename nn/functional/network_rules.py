"""The table of `autograd/calculus/rules.py`, continued: the derivatives that only networks need."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd import define
from autograd.calculus import elementwise, in_16_bits, in_blocks_themselves, one_dtype
from autograd.calculus import primitives as p

from . import network_primitives as n
from .gelu_primitives import TANH, gelu, gelu_dx

# -- fused ------------------------------------------------------------------------------------------------------------


def linear_dy(g: Any, x: Any) -> Any:
    """g^T x, every leading axis summed."""
    if g.ndim != 2:
        rows = math.prod(g.shape[:-1])
        g, x = g.reshape((rows, g.shape[-1])), x.reshape((rows, x.shape[-1]))
    return p.narrow_product(g.T, x)


def cross_entropy_dg(g: Any, x: Any, y: Any, target: Any, factors: Any, total: Any) -> Any:
    """The sum of g factors / total * (softmax(y) - one_hot(target))."""
    return p.summed(g * n.cross_entropy_dx(np.ones_like(x), y, target, factors, total), None)


def cross_entropy_ddx(g: Any, x: Any, y: Any, factors: Any, total: Any) -> Any:
    """s (h - sum(h s)) with s = softmax(y) and h = g x factors / total."""
    h, s = g * (x / (total or math.inf)), p.softmax(y, 1)
    h = h if factors is None else h * factors[:, None]
    return s * (h - p.inner(h, s, 1))


define(n.linear, lambda g, y: p.narrow_product(g, y), linear_dy, lambda g: g)
in_16_bits(n.linear)
in_blocks_themselves(n.linear)
one_dtype(n.linear, "mat1 and mat2 must have the same dtype, but got {0} and {1}")
define(n.cross_entropy, lambda g, x, target, factors, total: n.cross_entropy_dx(g, x, target, factors, total))
define(n.cross_entropy_dx, cross_entropy_dg, cross_entropy_ddx)
define(n.scale_gradient, lambda g, y: g * y, None)

# -- convolution: x and the kernel y enter linearly, so the rules are the other two of the three ----------------------

define(
    n.conv2d,
    lambda g, x_shape, y, stride, widths, dilation, groups: n.conv2d_dx(
        g, y, x_shape, stride, widths, dilation, groups
    ),
    lambda g, x, y_shape, stride, widths, dilation, groups: n.conv2d_dw(
        x, g, y_shape[2:], stride, widths, dilation, groups
    ),
    lambda g: p.summed(g, (0, 2, 3)),
)
define(
    n.conv2d_dx,
    lambda g, y, stride, widths, dilation, groups: n.conv2d(g, y, None, stride, widths, dilation, groups),
    lambda g, x, y_shape, stride, widths, dilation, groups: n.conv2d_dw(
        g, x, y_shape[2:], stride, widths, dilation, groups
    ),
)
define(
    n.conv2d_dw,
    lambda g, x_shape, y, stride, widths, dilation, groups: n.conv2d_dx(
        y, g, x_shape, stride, widths, dilation, groups
    ),
    lambda g, x, stride, widths, dilation, groups: n.conv2d(x, g, None, stride, widths, dilation, groups),
)

# -- pooling ----------------------------------------------------------------------------------------------------------


def max_pool2d_dx(g: Any, x: Any, out: Any, size: Any, stride: Any, widths: Any, dilation: Any) -> Any:
    """g at the place of the maximum; at the first of several."""
    at = n.winners(x, out, size, stride, widths, dilation)
    return n.unpick(g, at, x.shape, size, stride, widths, dilation)


define(n.max_pool2d, max_pool2d_dx)
define(
    n.pick,
    lambda g, x_shape, at, size, stride, widths, dilation: n.unpick(g, at, x_shape, size, stride, widths, dilation),
)
define(n.unpick, lambda g, at, size, stride, widths, dilation: n.pick(g, at, size, stride, widths, dilation))
define(n.sum_pool2d, lambda g, x_shape, size, stride, widths: n.unsum_pool2d(g, x_shape, size, stride, widths))
define(n.unsum_pool2d, lambda g, size, stride, widths: n.sum_pool2d(g, size, stride, widths))

# -- activations ------------------------------------------------------------------------------------------------------


def gelu_ddx(g: Any, x: Any, approximate: str) -> Any:
    """g times the second derivative of gelu."""
    if approximate != "tanh":
        return g * ((2 - x * x) * np.exp(-0.5 * x * x) * (1 / math.sqrt(2 * math.pi)))
    a, b = TANH
    t, slope = np.tanh(x * (a + b * x * x)), a + 3 * b * x * x
    return g * ((1 - t * t) * (slope + 3 * b * x * x - x * t * slope * slope))


def silu_dx(g: Any, x: Any) -> Any:
    """g s (1 + x (1 - s)) with s = sigmoid(x)."""
    s = p.sigmoid(x)
    return g * (s * (1 + x * (1 - s)))


def mish_dx(g: Any, x: Any) -> Any:
    """g (t + x s (1 - t²)) with t = tanh(softplus(x)), s = sigmoid(x)."""
    t = np.tanh(n.softplus(x))
    return g * (t + x * p.sigmoid(x) * (1 - t * t))


define(n.leaky_relu, lambda g, x, y: np.where(x > 0, g, g * y), lambda g, x: np.where(x > 0, 0, g * x))  # y at 0
define(n.elu, lambda g, x, alpha, scale: np.where(x <= 0, g * (scale * alpha * np.exp(np.minimum(x, 0))), g * scale))
define(n.hardtanh, lambda g, x, low, high: np.where((x > low) & (x < high), g, 0))  # 0 at the kinks
define(n.hardswish, lambda g, x: np.where(x <= -3, 0, np.where(x < 3, g * (x / 3 + 0.5), g)))
define(n.hardshrink, lambda g, x, lambd: np.where((x < -lambd) | (x > lambd), g, 0))
define(n.softshrink, lambda g, x, lambd: np.where((x < -lambd) | (x > lambd), g, 0))
define(n.mish, mish_dx)
define(gelu, lambda g, x, approximate: gelu_dx(g, x, approximate))
define(
    gelu_dx,
    lambda g, y, approximate: gelu_dx(g, y, approximate),
    lambda g, x, y, approximate: gelu_ddx(g * x, y, approximate),
)
define(n.silu, silu_dx)
define(n.softplus, lambda g, x, beta, threshold: np.where(x * beta > threshold, g, g * p.sigmoid(x * beta)))
define(n.log_sigmoid, lambda g, x: g * p.sigmoid(-x))

# -- losses -----------------------------------------------------------------------------------------------------------

define(n.huber, lambda g, x, delta: g * np.where(abs(x) >= delta, delta * p.sign(x), x))
define(
    n.binary_cross_entropy,
    lambda g, x, y: g * ((x - y) / np.maximum(x * (1 - x), 1e-12)),  # finite at 0 and 1
    lambda g, x: g * (np.log1p(-x) - np.log(x)),
)

# -- what works element by element ------------------------------------------------------------------------------------

elementwise(n.leaky_relu, n.elu, n.hardtanh, n.hardswish, n.hardshrink, n.softshrink, n.mish, gelu, gelu_dx, n.silu)
elementwise(n.softplus, n.log_sigmoid, n.huber, n.binary_cross_entropy)
