"""Convolution with kernels of 3x3 and a stride of 1 by fewer multiplications: Winograd's F(2x2, 3x3).

Along one axis, two neighbours of the result have four numbers d0 to d3 in their windows, and the kernel k0, k1, k2:

    out0 = m0 + m1 + m2    m0 = (d0 - d2) k0    m1 = (d1 + d2) (k0 + k1 + k2) / 2
    out1 = m1 - m2 - m3    m3 = (d1 - d3) k2    m2 = (d2 - d1) (k0 - k1 + k2) / 2

That is four multiplications in place of six. Along both axes it is 16 in place of 36 for a tile of 2x2 results, and
with channels 16 matrix products. The gradient of the kernels comes from the same formula, read backwards.

Sources: S. Winograd, Arithmetic Complexity of Computations (1980); A. Lavin and S. Gray, Fast Algorithms for
Convolutional Neural Networks (2015).

Channels lie innermost here, and even and odd rows and columns apart, so that every sum runs along memory: what has four
parts along both axes has the shape (4 across, 4 down, N, tiles down, tiles across, channels).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

Array = Any
Widths = tuple[tuple[int, int], tuple[int, int]]

ONE_AXIS = np.array([[1, 0, 0], [0.5, 0.5, 0.5], [0.5, -0.5, 0.5], [0, 0, 1]])  # what m0 to m3 take of the kernel
OF_KERNELS = np.einsum("ia,jb->jiab", ONE_AXIS, ONE_AXIS).reshape(16, 9)


def convolved(x: Array, y: Array, widths: Widths, portions: Iterable[slice]) -> Array:
    """The windows of x (N, C, H, W) times the kernels y (O, C, 3, 3): (N, O, Ho, Wo); `portions` of x at a time."""
    c, o = x.shape[1], len(y)
    height, width = (size + sum(around) - 2 for size, around in zip(x.shape[2:], widths, strict=True))
    kernels = (OF_KERNELS.astype(x.dtype) @ y.reshape(o * c, 9).T).reshape(16, o, c).swapaxes(1, 2)
    out = np.empty((len(x), o, height, width), x.dtype)
    for images in portions:
        data = _data(x[images], widths, height, width)
        products = (data.reshape(16, -1, c) @ kernels).reshape(*data.shape[:-1], o)
        tiles = _results(_results(products).swapaxes(0, 1))
        n, rows, columns, _ = tiles.shape[2:]
        whole = tiles.transpose(2, 3, 0, 4, 1, 5).reshape(n, 2 * rows, 2 * columns, o)
        out[images] = whole[:, :height, :width].transpose(0, 3, 1, 2)
    return out


def correlated(x: Array, y: Array, widths: Widths, portions: Iterable[slice]) -> Array:
    """The windows of x (N, C, H, W) times y (N, O, Ho, Wo), summed over images and places: (O, C, 3, 3)."""
    c, (o, height, width) = x.shape[1], y.shape[1:]
    sums = np.zeros((16, o, c), x.dtype)
    for images in portions:
        data = _data(x[images], widths, height, width).reshape(16, -1, c)
        halves = _halves(y[images], 0, 0, -(-height // 2), -(-width // 2))
        results = _shares(_shares(halves).swapaxes(0, 1)).reshape(16, -1, o)
        for part, g, d in zip(sums, results, data, strict=True):
            part += g.T @ d
    return (sums.reshape(16, o * c).T @ OF_KERNELS.astype(x.dtype)).reshape(o, c, 3, 3)


def nbytes(x: Array, shape: tuple[int, ...]) -> int:
    """What the products of one image of x, and what they are made of, take for a result of `shape`."""
    _, o, height, width = shape
    return 16 * (x.shape[1] + o) * -(-height // 2) * -(-width // 2) * x.itemsize


def _data(x: Array, widths: Widths, height: int, width: int) -> Array:
    """The 16 sums of numbers of x, along both axes, for each tile of a result of `height` and `width`."""
    halves = _halves(x, widths[0][0], widths[1][0], -(-height // 2) + 1, -(-width // 2) + 1)
    down = _differences(halves[0], halves[1], 2)
    return _differences(down[:, 0], down[:, 1], 3)


def _halves(x: Array, top: int, left: int, rows: int, columns: int) -> Array:
    """Even and odd rows and columns of images in zeros of twice `rows` and `columns`: (2, 2, N, rows, columns, C)."""
    n, c, h, w = x.shape
    out = np.zeros((n, 2 * rows, 2 * columns, c), x.dtype)
    out[:, top : top + h, left : left + w] = x.transpose(0, 2, 3, 1)
    return np.ascontiguousarray(out.reshape(n, rows, 2, columns, 2, c).transpose(2, 4, 0, 1, 3, 5))


def _differences(even: Array, odd: Array, axis: int) -> Array:
    """d0 - d2, d1 + d2, d2 - d1, d1 - d3, where each tile's d0 and d1 are followed by d2 and d3 along an axis."""
    before = (slice(None),) * axis
    d0, d1, d2, d3 = (half[(*before, part)] for part in (slice(-1), slice(1, None)) for half in (even, odd))
    out = np.empty((4, *d0.shape), d0.dtype)
    np.subtract(d0, d2, out=out[0])
    np.add(d1, d2, out=out[1])
    np.subtract(d2, d1, out=out[2])
    np.subtract(d1, d3, out=out[3])
    return out


def _results(m: Array) -> Array:
    """m0 + m1 + m2, m1 - m2 - m3."""
    out = np.empty((2, *m.shape[1:]), m.dtype)
    np.add(m[1], m[2], out=out[0])
    np.subtract(m[1], m[2], out=out[1])
    out[0] += m[0]
    out[1] -= m[3]
    return out


def _shares(g: Array) -> Array:
    """What each of m0 to m3 gets of the gradients g of the results: g0, g0 + g1, g0 - g1, -g1."""
    out = np.empty((4, *g.shape[1:]), g.dtype)
    out[0] = g[0]
    np.add(g[0], g[1], out=out[1])
    np.subtract(g[0], g[1], out=out[2])
    np.negative(g[1], out=out[3])
    return out
