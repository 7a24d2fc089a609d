"""Convolution of sequences (N, C, L) and images (N, C, H, W), or one of them, under PyTorch's names and signatures."""

from __future__ import annotations

from typing import Any

from autograd import Tensor
from autograd.calculus import narrowed

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


def conv1d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Single = 1,
    padding: Single | str = 0,
    dilation: Single = 1,
    groups: int = 1,
) -> Tensor:
    """Every window of the sequences (N, C, L) times every kernel (O, C / groups, k): `conv2d` along one axis."""
    return _conv("conv1d", 1, input, weight, bias, stride, padding, dilation, groups)


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
    return _conv("conv2d", 2, input, weight, bias, stride, padding, dilation, groups)


def _conv(
    name: str, dims: int, input: Tensor, weight: Tensor, bias: Tensor | None, stride: Any, padding: Any, dilation: Any,
    groups: int,
) -> Tensor:  # fmt: skip
    input, weight, bias = narrowed(input, weight, bias)
    check_input(name, input, dims, weight, bias)
    size = weight.shape[2:]
    stride, dilation = per_axis(stride, "stride", dims, 1), per_axis(dilation, "dilation", dims, 1)
    widths = padding_widths(padding, size, stride, dilation)
    channels = input.shape[-dims - 1]
    given = f"given input {list(input.shape)}, weight {list(weight.shape)}, groups={groups}"
    if weight.ndim != dims + 2:
        kernel = "kh, kw" if dims == 2 else "k"
        raise RuntimeError(f"{name}: expected a weight of shape (out, in / groups, {kernel}), {given}")
    if groups < 1 or len(weight) % groups:
        raise ValueError(f"{name}: groups must be positive and divide the {len(weight)} output channels, {given}")
    if channels != weight.shape[1] * groups:
        raise RuntimeError(
            f"{name}: expected input to have {weight.shape[1] * groups} channels, but got {channels} channels: {given}"
        )
    if bias is not None and bias.shape != weight.shape[:1]:
        raise RuntimeError(f"{name}: expected bias of shape [{len(weight)}], given {list(bias.shape)}")
    check_covered(name, input, size, widths, dilation)
    steps, places = rows_and_columns(stride), rows_and_columns(dilation)
    pads, kernels = as_widths(widths), image(weight)
    return batched(lambda x: p.conv2d(x, kernels, bias, steps, pads, places, groups), input, dims)


def conv_transpose1d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Single = 1,
    padding: Single = 0,
    output_padding: Single = 0,
    groups: int = 1,
    dilation: Single = 1,
) -> Tensor:
    """The adjoint of conv1d: every number of the input (N, C, L) times a kernel, added up where they overlap.

    `weight` has shape (C, O / groups, k); the result has (L - 1) stride - 2 padding + dilation (k - 1) +
    output_padding + 1 places. Raises what `conv1d` does.
    """
    return _conv_transpose(
        "conv_transpose1d", 1, input, weight, bias, stride, padding, output_padding, groups, dilation
    )


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
    return _conv_transpose(
        "conv_transpose2d", 2, input, weight, bias, stride, padding, output_padding, groups, dilation
    )


def _conv_transpose(
    name: str, dims: int, input: Tensor, weight: Tensor, bias: Tensor | None, stride: Any, padding: Any,
    output_padding: Any, groups: int, dilation: Any,
) -> Tensor:  # fmt: skip
    input, weight, bias = narrowed(input, weight, bias)
    check_input(name, input, dims, weight, bias)
    stride, dilation = per_axis(stride, "stride", dims, 1), per_axis(dilation, "dilation", dims, 1)
    padding, rest = per_axis(padding, "padding", dims), per_axis(output_padding, "output_padding", dims)
    if weight.ndim != dims + 2 or input.shape[-dims - 1] != len(weight) or groups < 1 or len(weight) % groups:
        shapes = "(N, C, H, W) and weight (C, out / groups, kh, kw)"
        raise RuntimeError(
            f"{name}: expected input {shapes if dims == 2 else '(N, C, L) and weight (C, out / groups, k)'}, given "
            f"input {list(input.shape)}, weight {list(weight.shape)}, groups={groups}"
        )
    channels = weight.shape[1] * groups
    if bias is not None and bias.shape != (channels,):
        raise RuntimeError(f"{name}: expected bias of shape [{channels}], given {list(bias.shape)}")
    if any(r >= max(s, d) for r, s, d in zip(rest, stride, dilation, strict=True)):
        raise RuntimeError(
            f"{name}: output_padding must be smaller than stride or dilation, given {rest}, {stride} and {dilation}"
        )
    sizes = zip(input.shape[-dims:], stride, padding, dilation, weight.shape[2:], rest, strict=True)
    shape = tuple((n - 1) * s - 2 * m + d * (k - 1) + r + 1 for n, s, m, d, k, r in sizes)
    if min(shape) < 1:
        raise RuntimeError(
            f"{name}: Given input size per channel: {list(input.shape[-dims:])}. Calculated output size per channel: "
            f"{list(shape)}. Output size is too small"
        )
    steps, places, ends = rows_and_columns(stride), rows_and_columns(dilation), rows_and_columns(shape)
    pads, kernels = as_widths(tuple((n, n) for n in padding)), image(weight)
    out = batched(
        lambda x: p.conv2d_dx(x, kernels, (len(x), channels, *ends), steps, pads, places, groups), input, dims
    )
    return out if bias is None else out + bias.reshape(-1, *(1,) * dims)


def padding_widths(padding: Any, size: tuple[int, ...], stride: tuple[int, ...], dilation: tuple[int, ...]) -> Pads:
    """The padding before and after each axis: `padding` is numbers, "valid" for none, or "same" to keep the size.

    With "same", the extra place of an odd number is at the end. Raises ValueError for another string, and for "same"
    with a stride.
    """
    if padding == "same" and set(stride) != {1}:
        raise ValueError(f"padding='same' is not supported for strided convolutions, given stride {stride}")
    if padding == "same":
        totals = [d * (k - 1) for k, d in zip(size, dilation, strict=True)]
        return tuple((n // 2, n - n // 2) for n in totals)
    if isinstance(padding, str) and padding != "valid":
        raise ValueError(f"Invalid padding string {padding!r}, should be one of 'valid', 'same'")
    dims = len(stride)
    return tuple((n, n) for n in ((0,) * dims if padding == "valid" else per_axis(padding, "padding", dims)))
