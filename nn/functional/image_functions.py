"""Convolution and pooling of images (N, C, H, W), or one image (C, H, W), under PyTorch's names and signatures."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import autograd
from autograd import Tensor
from autograd.calculus.primitives import wide

from . import network_primitives as p

Pair = int | tuple[int, int]


def conv2d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Pair = 1,
    padding: Pair | str = 0,
    dilation: Pair = 1,
    groups: int = 1,
) -> Tensor:
    """Every window of the images times every kernel.

    Args:
        input: (N, C, H, W) or (C, H, W).
        weight: kernels (O, C / groups, kh, kw).
        bias: (O,) or None.
        padding: zeros on each side; "valid" is none, "same" as many as keep H and W (stride 1 only).
        groups: the number of groups that the channels are split into, each convolved by itself.

    Returns:
        (N, O, Ho, Wo) with Ho = (H + 2 padding - dilation (kh - 1) - 1) // stride + 1. Its memory lies channel by
        channel.

    Raises:
        RuntimeError: shapes or dtypes do not fit. TypeError: the input is not a Tensor. ValueError: a setting makes no
        sense.
    """
    _image("conv2d", input)
    _floating("conv2d", input, weight, bias)
    size, stride, dilation = weight.shape[2:], pair(stride, "stride", 1), pair(dilation, "dilation", 1)
    widths = _widths(padding, size, stride, dilation)
    channels = input.shape[-3]
    given = f"given input {list(input.shape)}, weight {list(weight.shape)}, groups={groups}"
    if weight.ndim != 4:
        raise RuntimeError(f"conv2d: expected a weight of shape (out, in / groups, kh, kw), {given}")
    if groups < 1 or len(weight) % groups:
        raise ValueError(f"conv2d: groups must be positive and divide the {len(weight)} output channels, {given}")
    if channels != weight.shape[1] * groups:
        raise RuntimeError(
            f"conv2d: expected input to have {weight.shape[1] * groups} channels, but got {channels} channels: {given}"
        )
    if bias is not None and bias.shape != weight.shape[:1]:
        raise RuntimeError(f"conv2d: expected bias of shape [{len(weight)}], given {list(bias.shape)}")
    _covered("conv2d", input, size, widths, dilation)
    return _batched(lambda x: p.conv2d(x, weight, bias, stride, widths, dilation, groups), input)


def conv_transpose2d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Pair = 1,
    padding: Pair = 0,
    output_padding: Pair = 0,
    groups: int = 1,
    dilation: Pair = 1,
) -> Tensor:
    """The adjoint of conv2d: every number of the input (N, C, H, W) times a kernel, added up where they overlap.

    `weight` has shape (C, O / groups, kh, kw); the result has (H - 1) stride - 2 padding + dilation (kh - 1) +
    output_padding + 1 rows. Raises what `conv2d` does.
    """
    _image("conv_transpose2d", input)
    _floating("conv_transpose2d", input, weight, bias)
    stride, padding, dilation = pair(stride, "stride", 1), pair(padding, "padding"), pair(dilation, "dilation", 1)
    if weight.ndim != 4 or input.shape[-3] != len(weight) or len(weight) % groups:
        raise RuntimeError(
            f"conv_transpose2d: expected input (N, C, H, W) and weight (C, out / groups, kh, kw), given input "
            f"{list(input.shape)}, weight {list(weight.shape)}, groups={groups}"
        )
    rest = pair(output_padding, "output_padding")
    if any(r >= s for r, s in zip(rest, stride, strict=True)):
        raise RuntimeError(f"conv_transpose2d: output_padding must be smaller than stride, given {rest} and {stride}")
    sizes = zip(input.shape[-2:], stride, padding, dilation, weight.shape[2:], rest, strict=True)
    height, width = ((n - 1) * s - 2 * m + d * (k - 1) + r + 1 for n, s, m, d, k, r in sizes)
    channels, widths = weight.shape[1] * groups, ((padding[0],) * 2, (padding[1],) * 2)
    out = _batched(
        lambda x: p.conv2d_dx(x, weight, (len(x), channels, height, width), stride, widths, dilation, groups), input
    )
    return out if bias is None else out + bias.reshape(-1, 1, 1)


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

    `stride` defaults to `kernel_size`. With `ceil_mode` windows may hang over the lower and right border.

    Raises NotImplementedError for `return_indices`, RuntimeError if shapes do not fit, TypeError if the input is not
    a Tensor, ValueError for a setting that makes no sense.
    """
    if return_indices:
        raise NotImplementedError("max_pool2d: return_indices is not supported")
    _image("max_pool2d", input)
    settings = _pooling("max_pool2d", input, kernel_size, stride, padding, dilation, ceil_mode)
    return _batched(lambda x: p.max_pool2d(x, *settings), input)


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
    _image("avg_pool2d", input)
    size, step, widths, _ = _pooling("avg_pool2d", input, kernel_size, stride, padding, 1, ceil_mode)
    if divisor_override == 0:
        raise RuntimeError("avg_pool2d: divisor must be not zero")
    counts = []
    sides = zip(input.shape[-2:], size, step, pair(padding, "padding"), widths, strict=True)
    for n, k, s, pad, (low, high) in sides:
        start = np.arange((n + low + high - k) // s + 1) * s - low
        first, last = (-low, n + pad) if count_include_pad else (0, n)
        counts.append(np.minimum(start + k, last) - np.maximum(start, first))
    area = np.outer(*counts) if divisor_override is None else np.array(divisor_override)
    sums = _batched(lambda x: p.sum_pool2d(x, size, step, widths), wide(input))
    return (sums * autograd.as_tensor((1 / area).astype(sums.dtype))).to(input.dtype)


def adaptive_avg_pool2d(input: Tensor, output_size: int | tuple[int | None, int | None] | None) -> Tensor:
    """Means of windows such that the result has `output_size` (None: as the input has).

    Along an axis of length n, the i-th of m windows goes from floor(i n / m) to ceil((i + 1) n / m): a product with a
    matrix of shares on either side. Raises RuntimeError for anything but images, TypeError for anything but a Tensor.
    """
    _image("adaptive_avg_pool2d", input)
    sizes: Any = output_size if isinstance(output_size, tuple | list) else (output_size, output_size)
    rows, columns = (
        autograd.as_tensor(_shares(n, n if m is None else m, input.dtype))
        for n, m in zip(input.shape[-2:], sizes, strict=True)
    )
    return rows @ input @ columns.mT


def _shares(n: int, m: int, dtype: Any) -> Any:
    """The matrix (m, n) whose rows average n numbers to m."""
    at, i = np.arange(n), np.arange(m)[:, None]
    inside = (at >= i * n // m) & (at < -(-(i + 1) * n // m)) if m else np.zeros((0, n), bool)
    return (inside / inside.sum(1, keepdims=True)).astype(dtype)


def pair(n: Any, name: str, least: int = 0) -> tuple[int, int]:
    """A setting for H and W, given as one number or as two. Raises ValueError for anything else."""
    both = (n, n) if not isinstance(n, tuple | list) else tuple(n)
    if len(both) != 2 or not all(isinstance(i, int | np.integer) and i >= least for i in both):
        raise ValueError(f"{name}: expected an integer of at least {least} or a pair of them, given {n!r}")
    return int(both[0]), int(both[1])


def same_widths(size: tuple[int, ...], dilation: tuple[int, int]) -> p.Widths:
    """The padding that keeps H and W; of an odd number, the extra place is at the bottom or the right."""
    (top, left), (high, wide) = zip(
        *((d * (k - 1) // 2, d * (k - 1)) for k, d in zip(size, dilation, strict=True)), strict=True
    )
    return (top, high - top), (left, wide - left)


def _widths(padding: Any, size: Any, stride: Any, dilation: Any) -> p.Widths:
    if padding == "same" and stride != (1, 1):
        raise ValueError(f"padding='same' is not supported for strided convolutions, given stride {stride}")
    if padding == "same":
        return same_widths(size, dilation)
    if isinstance(padding, str) and padding != "valid":
        raise ValueError(f"Invalid padding string {padding!r}, should be one of 'valid', 'same'")
    h, w = (0, 0) if padding == "valid" else pair(padding, "padding")
    return (h, h), (w, w)


def _pooling(
    name: str, input: Tensor, kernel_size: Any, stride: Any, padding: Any, dilation: Any, ceil_mode: bool
) -> tuple[p.Shape, p.Shape, p.Widths, p.Shape]:
    """The checked settings of a pooling; `ceil_mode` pads below and on the right where windows hang over."""
    size, dilation = pair(kernel_size, "kernel_size", 1), pair(dilation, "dilation", 1)
    stride = size if stride is None or stride == [] else pair(stride, "stride", 1)
    widths = []
    for n, k, s, pad, d in zip(input.shape[-2:], size, stride, pair(padding, "padding"), dilation, strict=True):
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
    _covered(name, input, size, widths, dilation)
    return size, stride, (widths[0], widths[1]), dilation


def _covered(name: str, input: Tensor, size: Any, widths: Any, dilation: Any) -> None:
    padded = [n + low + high for n, (low, high) in zip(input.shape[-2:], widths, strict=True)]
    covered = [d * (k - 1) + 1 for k, d in zip(size, dilation, strict=True)]
    if any(n < k for n, k in zip(padded, covered, strict=True)):
        raise RuntimeError(
            f"{name}: Calculated padded input size per channel: {padded}. Kernel size: {covered}. Kernel size can't be "
            f"greater than actual input size: given input {list(input.shape)}, kernel {list(size)}"
        )


def _batched(function: Callable[[Tensor], Tensor], input: Tensor) -> Tensor:
    """`function` of images; one image is a batch of one."""
    return function(input) if input.ndim == 4 else function(input[None])[0]


def _image(name: str, input: Any) -> None:
    if not isinstance(input, Tensor):
        raise TypeError(f"{name}(): argument 'input' must be Tensor, not {type(input).__name__}")
    if input.ndim not in (3, 4):
        raise RuntimeError(
            f"{name}: Expected 3D (unbatched) or 4D (batched) input, (C, H, W) or (N, C, H, W), but got input of size: "
            f"{list(input.shape)}"
        )
    _floating(name, input)


def _floating(name: str, input: Tensor, *others: Tensor | None) -> None:
    """One floating-point dtype for all: weights in float32 make no sense of pixels in uint8."""
    kinds = [t.dtype for t in (input, *others) if t is not None]
    if not input.is_floating_point() or any(kind != kinds[0] for kind in kinds):
        raise RuntimeError(
            f"{name}: expected floating-point tensors of one dtype, given {', '.join(str(kind) for kind in kinds)}: "
            f"convert the input with .float(), or the layer with .double()"
        )
