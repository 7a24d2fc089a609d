"""Pooling of sequences (N, C, L) and images (N, C, H, W), or one of them, under PyTorch's names and signatures."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import autograd
from autograd import Tensor
from autograd.calculus import as_given
from autograd.calculus.primitives import wide

from . import network_primitives as p
from .image_arguments import (
    Pads,
    Pair,
    Single,
    as_widths,
    batched,
    check_covered,
    check_input,
    image,
    per_axis,
    rows_and_columns,
)  # fmt: skip

Sizes = int | Sequence[int | None] | None

# -- the largest ------------------------------------------------------------------------------------------------------


def max_pool1d(
    input: Tensor,
    kernel_size: Single,
    stride: Single | None = None,
    padding: Single = 0,
    dilation: Single = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Tensor:
    """The largest number of every window of sequences (N, C, L): `max_pool2d` along one axis."""
    return _max_pool("max_pool1d", 1, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


def max_pool2d(
    input: Tensor,
    kernel_size: Pair,
    stride: Pair | None = None,
    padding: Pair = 0,
    dilation: Pair = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Tensor:
    """The largest number of every window; if several are the largest, the gradient goes to the first.

    `stride` defaults to `kernel_size`. With `ceil_mode` windows may hang over the lower and right border. With
    `return_indices` the result is a pair: the maxima, and their places in the flattened image, row * W + column.

    Raises RuntimeError if shapes do not fit, TypeError if the input is not a Tensor, ValueError for a setting that
    makes no sense.
    """
    return _max_pool("max_pool2d", 2, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


def _max_pool(
    name: str, dims: int, input: Tensor, kernel_size: Any, stride: Any, padding: Any, dilation: Any, ceil_mode: bool,
    return_indices: bool,
) -> Any:  # fmt: skip
    check_input(name, input, dims)
    size, stride, pads, dilation = _settings(name, dims, input, kernel_size, stride, padding, dilation, ceil_mode)
    settings = rows_and_columns(size), rows_and_columns(stride), as_widths(pads), rows_and_columns(dilation)
    out = batched(lambda x: p.max_pool2d(x, *settings), input, dims)
    return (out, _places_of_maxima(input, out, settings, dims)) if return_indices else out


def _places_of_maxima(input: Tensor, out: Tensor, settings: Any, dims: int) -> Tensor:
    """Where in the flattened images the maxima `out` stand."""
    (_, kw), (sh, sw), ((top, _), (left, _)), (dh, dw) = settings
    with autograd.no_grad():
        x, maxima = (image(t if t.ndim == dims + 2 else t[None]) for t in (input.detach(), out.detach()))
    at = p.winners(x, maxima, *settings).astype(np.int64)
    rows = np.arange(at.shape[-2])[:, None] * sh - top + at // kw * dh
    columns = np.arange(at.shape[-1]) * sw - left + at % kw * dw
    return autograd.as_tensor((rows * x.shape[-1] + columns).reshape(out.shape))


def adaptive_max_pool1d(input: Tensor, output_size: Single, return_indices: bool = False) -> Tensor:
    """The largest numbers of `output_size` windows along L; `adaptive_max_pool2d` has the details."""
    return _adaptive_max_pool("adaptive_max_pool1d", 1, input, output_size, return_indices)


def adaptive_max_pool2d(input: Tensor, output_size: Sizes, return_indices: bool = False) -> Tensor:
    """The largest numbers of windows such that the result has `output_size` (None: as the input has).

    The windows are those of `adaptive_avg_pool2d`. With `return_indices` the result is a pair, as in `max_pool2d`.
    Raises RuntimeError for anything but images, TypeError for anything but a Tensor.
    """
    return _adaptive_max_pool("adaptive_max_pool2d", 2, input, output_size, return_indices)


def _adaptive_max_pool(name: str, dims: int, input: Tensor, output_size: Any, return_indices: bool) -> Any:
    check_input(name, input, dims)
    lengths = input.shape[-dims:]
    sizes = _adaptive_sizes(name, lengths, output_size)
    x = input.detach().numpy().reshape(-1, *rows_and_columns(lengths))
    windows = [_ends(n, m) for n, m in zip(x.shape[1:], rows_and_columns(sizes), strict=True)]
    at = np.empty((len(x), *rows_and_columns(sizes)), np.int64)
    for i, rows in enumerate(windows[0]):
        for j, columns in enumerate(windows[1]):
            at[:, i, j] = _largest(x, slice(*rows), slice(*columns))
    places = autograd.as_tensor(at.reshape(*input.shape[:-dims], math.prod(sizes)))
    out = input.flatten(-dims).gather(-1, places)
    shape = (*input.shape[:-dims], *sizes)
    return (out.reshape(shape), places.reshape(shape)) if return_indices else out.reshape(shape)


def _largest(x: Any, rows: slice, columns: slice) -> Any:
    """Where in the flattened images (M, H, W) the largest number of one window stands: the first, or the last NaN."""
    window = x[:, rows, columns]
    flat = window.reshape(len(x), -1)
    at = flat.argmax(1) if flat.size else np.zeros(len(x), np.int64)
    if (nan := np.isnan(flat)).any():
        at = np.where(nan.any(1), flat.shape[1] - 1 - nan[:, ::-1].argmax(1), at)
    width = window.shape[2]
    return (rows.start + at // width) * x.shape[2] + columns.start + at % width


def max_unpool1d(
    input: Tensor,
    indices: Tensor,
    kernel_size: Single,
    stride: Single | None = None,
    padding: Single = 0,
    output_size: Sequence[int] | None = None,
) -> Tensor:
    """Zeros with the maxima of `max_pool1d` at their places; `max_unpool2d` has the details."""
    return _max_unpool("max_unpool1d", 1, input, indices, kernel_size, stride, padding, output_size)


def max_unpool2d(
    input: Tensor,
    indices: Tensor,
    kernel_size: Pair,
    stride: Pair | None = None,
    padding: Pair = 0,
    output_size: Sequence[int] | None = None,
) -> Tensor:
    """Zeros with the maxima (`input`) of `max_pool2d` at their places `indices`, as that function returns them.

    The result has (H - 1) stride + kernel_size - 2 padding rows, or `output_size`. Raises ValueError for a size that
    the pooling cannot have come from, RuntimeError for indices of another shape, dtype or range.
    """
    return _max_unpool("max_unpool2d", 2, input, indices, kernel_size, stride, padding, output_size)


def _max_unpool(
    name: str, dims: int, input: Tensor, indices: Tensor, kernel_size: Any, stride: Any, padding: Any, output_size: Any
) -> Tensor:
    check_input(name, input, dims)
    size = per_axis(kernel_size, "kernel_size", dims, 1)
    stride = size if stride is None else per_axis(stride, "stride", dims, 1)
    given = zip(input.shape[-dims:], stride, size, per_axis(padding, "padding", dims), strict=True)
    default = [(n - 1) * s + k - 2 * pad for n, s, k, pad in given]
    shape = default if output_size is None else list(output_size)[-dims:]
    if len(shape) != dims or any(abs(n - usual) >= s for n, usual, s in zip(shape, default, stride, strict=True)):
        raise ValueError(f"{name}: invalid output_size {output_size}, expected one close to {default}")
    if indices.shape != input.shape or indices.dtype != autograd.int64:
        raise RuntimeError(
            f"{name}: expected indices in int64 of the shape of the input, {list(input.shape)}, given {indices.dtype} "
            f"and {list(indices.shape)}"
        )
    count, at = math.prod(shape), indices.numpy().reshape(-1, math.prod(input.shape[-dims:]))
    if at.size and not (at.min() >= 0 and at.max() < count):
        raise RuntimeError(f"{name}: Found an invalid max index: {at.max()}, expected 0 to {count - 1} of {shape}")
    out = autograd.zeros(len(at), count, dtype=input.dtype)
    out[np.arange(len(at))[:, None], at] = input.reshape(at.shape)
    return out.reshape(*input.shape[:-dims], *shape)


# -- the mean ---------------------------------------------------------------------------------------------------------


def avg_pool1d(
    input: Tensor,
    kernel_size: Single,
    stride: Single | None = None,
    padding: Single = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Tensor:
    """The mean of every window of sequences (N, C, L): `avg_pool2d` along one axis."""
    return _avg_pool("avg_pool1d", 1, input, kernel_size, stride, padding, ceil_mode, count_include_pad, None)


def avg_pool2d(
    input: Tensor,
    kernel_size: Pair,
    stride: Pair | None = None,
    padding: Pair = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Tensor:
    """The mean of every window; padding counts as zeros, or not at all without `count_include_pad`.

    `stride` defaults to `kernel_size`; `divisor_override` is divided by in place of the number of elements. Raises
    RuntimeError if shapes do not fit, TypeError if the input is not a Tensor, ValueError for a setting that makes no
    sense.
    """
    settings = (kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override)
    return _avg_pool("avg_pool2d", 2, input, *settings)


def _avg_pool(
    name: str, dims: int, input: Tensor, kernel_size: Any, stride: Any, padding: Any, ceil_mode: bool,
    count_include_pad: bool, divisor_override: int | None,
) -> Tensor:  # fmt: skip
    check_input(name, input, dims)
    size, step, widths, _ = _settings(name, dims, input, kernel_size, stride, padding, 1, ceil_mode)
    if divisor_override == 0:
        raise RuntimeError(f"{name}: divisor must be not zero")
    counts = []
    sides = zip(input.shape[-dims:], size, step, per_axis(padding, "padding", dims), widths, strict=True)
    for n, k, s, pad, (low, high) in sides:
        start = np.arange((n + low + high - k) // s + 1) * s - low
        first, last = (-low, n + pad) if count_include_pad else (0, n)
        counts.append(np.minimum(start + k, last) - np.maximum(start, first))
    area: Any = math.prod(np.ix_(*counts)) if divisor_override is None else np.array(divisor_override)
    windows = rows_and_columns(size), rows_and_columns(step), as_widths(widths)
    sums = batched(lambda x: p.sum_pool2d(x, *windows), wide(input), dims)
    return (sums * autograd.as_tensor((1 / area).astype(sums.dtype))).to(input.dtype)


def adaptive_avg_pool1d(input: Tensor, output_size: Single) -> Tensor:
    """Means of `output_size` windows along L; `adaptive_avg_pool2d` has the details."""
    check_input("adaptive_avg_pool1d", input, 1)
    (size,) = _adaptive_sizes("adaptive_avg_pool1d", input.shape[-1:], output_size)
    return as_given(autograd.matmul, input, autograd.as_tensor(_shares(input.shape[-1], size, input.dtype)).mT)


def adaptive_avg_pool2d(input: Tensor, output_size: Sizes) -> Tensor:
    """Means of windows such that the result has `output_size` (None: as the input has).

    Along an axis of length n, the i-th of m windows goes from floor(i n / m) to ceil((i + 1) n / m): a product with a
    matrix of shares on either side. Raises RuntimeError for anything but images, TypeError for anything but a Tensor.
    """
    check_input("adaptive_avg_pool2d", input, 2)
    sizes = _adaptive_sizes("adaptive_avg_pool2d", input.shape[-2:], output_size)
    rows, columns = (
        autograd.as_tensor(_shares(n, m, input.dtype)) for n, m in zip(input.shape[-2:], sizes, strict=True)
    )
    return as_given(autograd.matmul, as_given(autograd.matmul, rows, input), columns.mT)


def _shares(n: int, m: int, dtype: Any) -> Any:
    """The matrix (m, n) whose rows average n numbers to m."""
    at = np.arange(n)
    inside = np.array([(at >= start) & (at < end) for start, end in _ends(n, m)], bool).reshape(m, n)
    return (inside / inside.sum(1, keepdims=True)).astype(dtype)


# -- the p-norm -------------------------------------------------------------------------------------------------------


def lp_pool1d(
    input: Tensor, norm_type: float, kernel_size: Single, stride: Single | None = None, ceil_mode: bool = False
) -> Tensor:
    """(Σ x^p)^(1/p) of every window of sequences (N, C, L), p = `norm_type`; of |x| the largest if p is infinite."""
    return _lp_pool(max_pool1d, avg_pool1d, 1, input, norm_type, kernel_size, stride, ceil_mode)


def lp_pool2d(
    input: Tensor, norm_type: float, kernel_size: Pair, stride: Pair | None = None, ceil_mode: bool = False
) -> Tensor:
    """(Σ x^p)^(1/p) of every window of images (N, C, H, W), p = `norm_type`; of |x| the largest if p is infinite."""
    return _lp_pool(max_pool2d, avg_pool2d, 2, input, norm_type, kernel_size, stride, ceil_mode)


def _lp_pool(
    largest: Callable[..., Tensor], mean: Callable[..., Tensor], dims: int, input: Tensor, norm_type: float,
    kernel_size: Any, stride: Any, ceil_mode: bool,
) -> Tensor:  # fmt: skip
    if math.isinf(norm_type):
        sign = math.copysign(1, norm_type)
        return sign * largest(sign * input.abs(), kernel_size, stride, 0, 1, ceil_mode)
    count = math.prod(per_axis(kernel_size, "kernel_size", dims, 1))
    means = mean(input.pow(norm_type), kernel_size, stride, 0, ceil_mode)
    return (means.sign() * means.abs().relu() * count).pow(1.0 / norm_type)


# -- windows ----------------------------------------------------------------------------------------------------------


def _settings(
    name: str, dims: int, input: Tensor, kernel_size: Any, stride: Any, padding: Any, dilation: Any, ceil_mode: bool
) -> tuple[p.Shape, p.Shape, Pads, p.Shape]:
    """The checked settings of a pooling; `ceil_mode` pads below and on the right where windows hang over."""
    size, dilation = per_axis(kernel_size, "kernel_size", dims, 1), per_axis(dilation, "dilation", dims, 1)
    stride = size if stride is None or stride == [] else per_axis(stride, "stride", dims, 1)
    widths = []
    sides = zip(input.shape[-dims:], size, stride, per_axis(padding, "padding", dims), dilation, strict=True)
    for n, k, s, pad, d in sides:
        if pad > (d * (k - 1) + 1) // 2:
            raise RuntimeError(
                f"{name}: padding should be at most half of effective kernel size, but got padding={padding}, "
                f"kernel_size={kernel_size} and dilation={dilation}"
            )
        spare = n + 2 * pad - d * (k - 1) - 1
        count = (-(-spare // s) if ceil_mode else spare // s) + 1
        if ceil_mode and (count - 1) * s >= n + pad:  # every window starts inside
            count -= 1
        widths.append((pad, pad + max(0, (count - 1) * s - spare)))
    check_covered(name, input, size, widths, dilation)
    return size, stride, tuple(widths), dilation


def _adaptive_sizes(name: str, lengths: Sequence[int], output_size: Any) -> tuple[int, ...]:
    sizes = tuple(output_size) if isinstance(output_size, tuple | list) else (output_size,) * len(lengths)
    if len(sizes) != len(lengths) or any(m is not None and m < 0 for m in sizes):
        raise RuntimeError(f"{name}: expected an output_size of {len(lengths)} numbers, given {output_size}")
    return tuple(n if m is None else m for n, m in zip(lengths, sizes, strict=True))


def _ends(n: int, m: int) -> list[tuple[int, int]]:
    """Where the m windows that share n places begin and end."""
    return [(i * n // m, -(-(i + 1) * n // m)) for i in range(m)]
