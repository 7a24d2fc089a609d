"""How a convolution of arrays is computed, and which way is the cheaper for what shapes.

- `by_windows` writes the windows of the images out as columns: the result is one product of kernels and columns.
- `by_rows` writes out windows of one row only, and adds up a product for every row of the kernels: less is copied.
- `by_places` multiplies the images, as they lie, by every place of the kernels, and adds the products up, each moved
  to where it belongs. That suits a result of few channels: with a stride of 1, what is by windows in one direction
  is by places in the other, with the kernels `turned`. `folded` does the same for other strides.
- `winograd` saves more than half of the multiplications of kernels of 3x3.

Each takes a few images at a time, so that what lies between input and result stays near the processor. Images have the
shape (N, C, H, W), kernels (O, C / groups, kh, kw); `widths` is the padding (before, after) along H and W, and, like
`stride` and `dilation`, a pair.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import product
from typing import Any

import numpy as np

from autograd.calculus import primitives as p

from . import winograd

Array = Any
Shape = tuple[int, ...]
Widths = tuple[tuple[int, int], tuple[int, int]]

NEAR = 1 << 21  # bytes of columns or of products at a time: about what a processor's cache holds

# -- the three ops of convolution, each in the cheapest way -----------------------------------------------------------


def convolved(x: Array, y: Array, stride: Shape, widths: Widths, dilation: Shape, groups: int) -> Array:
    """The windows of x (N, C, H, W) times the kernels y: (N, O, Ho, Wo)."""
    size = y.shape[2:]
    shape = len(x), len(y), *counts(x.shape, size, stride, widths, dilation)
    back = widths_back(size, widths, dilation)
    if max(stride) == 1:
        if few_come_out(x.shape, shape, size, groups) and min(*back[0], *back[1]) >= 0:
            return by_places(x, turned(y, groups), shape, back, dilation, groups)
        if winograd_pays(x.shape, shape, size, widths, dilation, groups):
            out = winograd.convolved(x, y, widths, few(len(x), winograd.nbytes(x, shape)))
            if np.isfinite(np.add.reduce(out, None)):  # what is infinite spreads to neighbours there
                return out
    way = by_rows if rows_pay(x.shape[1], shape, size, stride, groups) else by_windows
    return way(x, y, shape, stride, widths, dilation, groups)


def spread(x: Array, y: Array, shape: Shape, stride: Shape, widths: Widths, dilation: Shape, groups: int) -> Array:
    """x (N, O, Ho, Wo) times the kernels y, added up at the places of the windows in images of `shape`."""
    if max(stride) > 1:
        return folded(x, y, shape, stride, widths, dilation, groups)
    if few_come_out(x.shape, shape, y.shape[2:], groups):
        return by_places(x, y, shape, widths, dilation, groups)
    return convolved(x, turned(y, groups), stride, widths_back(y.shape[2:], widths, dilation), dilation, groups)


def correlated(x: Array, y: Array, size: Shape, stride: Shape, widths: Widths, dilation: Shape, groups: int) -> Array:
    """The windows of x (N, C, H, W) times y (N, O, Ho, Wo), summed over images and places: (O, C / groups, kh, kw)."""
    if max(stride) == 1:
        if winograd_pays(x.shape, y.shape, size, widths, dilation, groups):
            out = winograd.correlated(x, y, widths, few(len(x), winograd.nbytes(x, y.shape)))
            if np.isfinite(np.add.reduce(out, None)):
                return out
        if y.size < x.size and math.prod(size) > 1:  # then the windows of y are the fewer
            back = widths_back(size, widths, dilation)
            way = correlation_by_rows if rows_pay(y.shape[1], x.shape, size, stride, groups) else correlation_by_windows
            return turned(way(y, x, size, stride, back, dilation, groups), groups)
    way = correlation_by_rows if rows_pay(x.shape[1], y.shape, size, stride, groups) else correlation_by_windows
    return way(x, y, size, stride, widths, dilation, groups)


# The choices below are those of `python -m tests.benchmarks.convolution_methods`, which times every way.


def few_come_out(x_shape: Shape, shape: Shape, size: Shape, groups: int) -> bool:
    """Whether so few channels come out that `by_places` takes less time than the other ways."""
    c, o = x_shape[1] // groups, shape[1] // groups
    return math.prod(size) > 1 and o <= 8 and 2 * o < c


def rows_pay(c: int, shape: Shape, size: Shape, stride: Shape, groups: int) -> bool:
    """Whether `by_rows` takes less time than `by_windows`, from c channels: if its products do not become too small.

    Where every channel is convolved by itself, they are small in any case.
    """
    large = (24 <= c // groups * size[1] <= 512 or c == groups > 1) and math.prod(shape[2:]) >= 16
    return stride[0] == 1 < size[0] and large


def winograd_pays(x_shape: Shape, shape: Shape, size: Shape, widths: Widths, dilation: Shape, groups: int) -> bool:
    """Whether `winograd` takes less time than the other ways, with a stride of 1: from some 32 channels to 32.

    Its tiles of 2x2 must not hang over too far, be more than a few, and have room in the cache with their kernels.
    """
    (n, c, _, _), (o, ho, wo) = x_shape, shape[1:]
    if (*size, *dilation, groups) != (3, 3, 1, 1, 1) or min(c, o) < 32 or min(*widths[0], *widths[1]) < 0:
        return False
    tiles = -(-ho // 2) * -(-wo // 2)
    room = 64 * max(c * o, (c + o) * tiles) <= 2 * NEAR
    return n * tiles >= 32 and 4 * tiles <= 1.35 * ho * wo and room


# -- forward, and back to the input -----------------------------------------------------------------------------------


def by_windows(x: Array, y: Array, shape: Shape, stride: Shape, widths: Widths, dilation: Shape, groups: int) -> Array:
    """Kernels times the windows of x, written out as columns; the result has `shape`."""
    out = np.empty(shape, x.dtype)
    kernels = y.reshape(groups, len(y) // groups, -1)
    for images, columns in _columns(x, y.shape[2:], stride, widths, dilation, groups):
        products = (kernels @ columns).reshape(shape[1], -1, *shape[2:])
        out[images] = products.transpose(1, 0, 2, 3)
        del columns, products  # before the next are made: never two portions at a time
    return out


def by_rows(x: Array, y: Array, shape: Shape, stride: Shape, widths: Widths, dilation: Shape, groups: int) -> Array:
    """Each row of the kernels times its row of the windows of x, written out as strips; no stride downwards."""
    o, c, kh, kw = y.shape
    length = math.prod(shape[2:])
    kernels = y.reshape(groups, o // groups, c, kh, kw).transpose(3, 0, 1, 2, 4)
    kernels = np.ascontiguousarray(kernels).reshape(kh, groups, o // groups, c * kw)
    out = np.empty(shape, x.dtype)
    for images, strips in _strips(x, kw, stride, widths, dilation, groups):
        sums = out[images].reshape(-1, groups, o // groups, length)
        np.matmul(kernels[0], strips[..., :length], out=sums)
        for i in range(1, kh):
            start = i * dilation[0] * shape[3]
            sums += kernels[i] @ strips[..., start : start + length]
    return out


def by_places(x: Array, y: Array, shape: Shape, widths: Widths, dilation: Shape, groups: int) -> Array:
    """x (N, O, Ho, Wo) times every place of the kernels y, added up in images of `shape`, with a stride of 1.

    The rows of x get zeros at their ends, to be as long as the padded rows of the result: then all that one place of
    the kernel adds to lies in one stretch.
    """
    (n, c, h, w), (o, ho, wo), (d, e) = shape, x.shape[1:], dilation
    (top, bottom), (left, right) = widths
    rows, columns = h + top + bottom, w + left + right
    starts = [i * d * columns + j * e for i, j in product(*map(range, y.shape[2:]))]
    length = (ho - 1) * columns + wo
    kernels = y.reshape(groups, o // groups, c // groups, -1).transpose(0, 3, 2, 1)
    kernels = np.ascontiguousarray(kernels).reshape(groups, -1, o // groups)
    out = np.empty(shape, x.dtype)
    for images in few(n, len(starts) * c * length * x.itemsize):
        some = images.stop - images.start
        wide = np.zeros((some, o, ho, columns), x.dtype)
        wide[..., :wo] = x[images]
        products = kernels @ wide.reshape(some, groups, o // groups, ho * columns)[..., :length]
        products = products.reshape(some, groups, len(starts), c // groups, length)
        sums = np.zeros((some, groups, c // groups, rows * columns), x.dtype)
        for place, start in enumerate(starts):
            sums[..., start : start + length] += products[:, :, place]
        del products
        out[images] = sums.reshape(some, c, rows, columns)[..., top : top + h, left : left + w]
    return out


def folded(x: Array, y: Array, shape: Shape, stride: Shape, widths: Widths, dilation: Shape, groups: int) -> Array:
    """x (N, O, Ho, Wo) times the kernels y, added up at the places of the windows in images of `shape`."""
    (n, c, h, w), (kh, kw), (ho, wo) = shape, y.shape[2:], x.shape[2:]
    (top, bottom), (left, right) = widths
    out = np.empty((n, c, h + top + bottom, w + left + right), x.dtype)
    kernels = y.reshape(groups, len(y) // groups, -1).swapaxes(1, 2)
    for images in few(n, c * kh * kw * ho * wo * x.itemsize):
        windows = (kernels @ _rows(x[images], groups)).reshape(c, kh, kw, -1, ho, wo).transpose(3, 0, 4, 5, 1, 2)
        out[images] = p.fold_windows(windows, out[images].shape, stride, dilation)
    return np.ascontiguousarray(out[..., top : top + h, left : left + w])


# -- back to the kernels ----------------------------------------------------------------------------------------------


def correlation_by_windows(
    x: Array, y: Array, size: Shape, stride: Shape, widths: Widths, dilation: Shape, groups: int
) -> Array:
    """y (N, O, Ho, Wo) times the windows of x, written out as columns: (O, C / groups, kh, kw)."""
    o, c = y.shape[1], x.shape[1]
    out = np.zeros((groups, o // groups, c // groups * math.prod(size)), x.dtype)
    for images, columns in _columns(x, size, stride, widths, dilation, groups):
        out += _rows(y[images], groups) @ columns.swapaxes(1, 2)
        del columns
    return out.reshape(o, c // groups, *size)


def correlation_by_rows(
    x: Array, y: Array, size: Shape, stride: Shape, widths: Widths, dilation: Shape, groups: int
) -> Array:
    """y (N, O, Ho, Wo) times each row of the windows of x, written out as strips: (O, C / groups, kh, kw)."""
    (_, o, ho, wo), c, (kh, kw) = y.shape, x.shape[1] // groups, size
    out = np.zeros((kh, groups, o // groups, c * kw), x.dtype)
    for images, strips in _strips(x, kw, stride, widths, dilation, groups):
        some = y[images].reshape(-1, groups, o // groups, ho * wo)
        for i, start in enumerate(range(0, kh * dilation[0] * wo, dilation[0] * wo)):
            out[i] += np.add.reduce(some @ strips[..., start : start + ho * wo].swapaxes(2, 3), 0)
    return np.ascontiguousarray(out.reshape(kh, o, c, kw).transpose(1, 2, 0, 3))


# -- kernels, windows, rows -------------------------------------------------------------------------------------------


def turned(y: Array, groups: int) -> Array:
    """Kernels (O, C / groups, kh, kw) for the way back: (C, O / groups, kh, kw), turned by 180°."""
    o, c, kh, kw = y.shape
    kernels = y.reshape(groups, o // groups, c, kh, kw).swapaxes(1, 2)[..., ::-1, ::-1]
    return np.ascontiguousarray(kernels).reshape(groups * c, o // groups, kh, kw)


def widths_back(size: Shape, widths: Widths, dilation: Shape) -> Widths:
    """The padding for the way back, from Ho x Wo to H x W; below 0 it crops."""
    (top, bottom), (left, right) = widths
    height, width = (d * (k - 1) for k, d in zip(size, dilation, strict=True))
    return (height - top, height - bottom), (width - left, width - right)


def counts(shape: Shape, size: Shape, stride: Shape, widths: Widths, dilation: Shape) -> list[int]:
    """How many windows there are along H and W."""
    return [
        (n + lo + hi - d * (k - 1) - 1) // s + 1
        for n, k, s, (lo, hi), d in zip(shape[2:], size, stride, widths, dilation, strict=True)
    ]


def padded(x: Array, widths: Widths, value: float = 0) -> Array:
    """x with `value` around H and W; it itself if there is nothing to add."""
    return p.pad(x, ((0, 0), (0, 0), *widths), value) if any(map(any, widths)) else x


def few(n: int, nbytes: int) -> Iterator[slice]:
    """n images in portions which, at `nbytes` an image, stay near the processor."""
    step = max(1, NEAR // max(1, nbytes))
    for start in range(0, n, step):
        yield slice(start, min(start + step, n))


def _columns(
    x: Array, size: Shape, stride: Shape, widths: Widths, dilation: Shape, groups: int
) -> Iterator[tuple[slice, Array]]:
    """A few images at a time: which, and their windows as columns (groups, C / groups * kh * kw, images * Ho * Wo)."""
    (n, c, _, _), (ho, wo) = x.shape, counts(x.shape, size, stride, widths, dilation)
    for images in few(n, c * math.prod(size) * ho * wo * x.itemsize):
        columns = p.windows(padded(x[images], widths), size, stride, dilation).transpose(1, 4, 5, 0, 2, 3)
        yield images, columns.reshape(groups, c // groups * math.prod(size), (images.stop - images.start) * ho * wo)


def _strips(
    x: Array, kw: int, stride: Shape, widths: Widths, dilation: Shape, groups: int
) -> Iterator[tuple[slice, Array]]:
    """A few images at a time: which, and the windows of their rows (images, groups, C / groups * kw, rows * Wo)."""
    (n, c, _, _), (rows, wo) = x.shape, counts(x.shape, (1, kw), (1, stride[1]), widths, dilation)
    for images in few(n, 2 * c * kw * rows * wo * x.itemsize):
        strips = p.windows(padded(x[images], widths), (kw,), stride[1:], dilation[1:]).transpose(0, 1, 4, 2, 3)
        yield images, strips.reshape(images.stop - images.start, groups, c // groups * kw, rows * wo)


def _rows(x: Array, groups: int) -> Array:
    """Images (N, O, Ho, Wo) as rows, one for each channel: (groups, O / groups, N * Ho * Wo)."""
    n, o, h, w = x.shape
    return x.transpose(1, 0, 2, 3).reshape(groups, o // groups, n * h * w)
