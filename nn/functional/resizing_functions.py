"""Images and sequences of another size: interpolation, and pixels that become channels."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

import autograd
from autograd import Tensor
from autograd.calculus import as_given

from .pooling_functions import adaptive_avg_pool1d, adaptive_avg_pool2d

Taps = tuple[Any, Any]  # places (k, out) and their shares (k, out): of what each number of the result is made

SMOOTH = {"linear": 1, "bilinear": 2, "trilinear": 3, "bicubic": 2}  # modes, and for how many axes each is
CUBIC = -0.75  # the slope of the cubic at distance 1; -0.5 with `antialias`


def interpolate(
    input: Tensor,
    size: int | tuple[int, ...] | None = None,
    scale_factor: float | tuple[float, ...] | None = None,
    mode: str = "nearest",
    align_corners: bool | None = None,
    recompute_scale_factor: bool | None = None,
    antialias: bool = False,
) -> Tensor:
    """Resize sequences (N, C, L), images (N, C, H, W) or volumes (N, C, D, H, W).

    Args:
        size: the new size of the last dimensions, one number for all or one for each.
        scale_factor: by how much to multiply the size, in place of `size`.
        mode: "nearest" or "nearest-exact"; "linear", "bilinear" or "trilinear" by the number of axes; "bicubic" for
            images; "area" for means.
        align_corners: whether the corners of the first and last pixels, or their middles, stay in place; for the modes
            that mix pixels.
        recompute_scale_factor: use the ratio of the sizes, not `scale_factor` itself, to find the places.
        antialias: for "bilinear" and "bicubic": mix as many pixels as fall into one of the result.

    Raises:
        ValueError: both or none of `size` and `scale_factor`, or another number of them than axes; `align_corners` or
            `antialias` for a mode that has none. NotImplementedError: a mode, or one for another number of axes.
    """
    dims = input.ndim - 2
    _check(input, dims, mode, align_corners, antialias)
    sizes, scales = _sizes(input, dims, size, scale_factor, mode == "area" or bool(recompute_scale_factor))
    if size is not None and recompute_scale_factor:
        raise ValueError("recompute_scale_factor is not meaningful with an explicit size.")
    if mode == "area":
        return adaptive_avg_pool1d(input, sizes) if dims == 1 else adaptive_avg_pool2d(input, sizes)
    for d, (n, m, scale) in enumerate(zip(input.shape[2:], sizes, scales, strict=True), 2):
        if mode.startswith("nearest"):
            input = _nearest(input, d, n, m, scale, 0.5 if mode.endswith("exact") else 0.0)
        elif n != m or (scale != 1 and not align_corners):
            kernel = _cubic if mode == "bicubic" else _triangle
            taps = _antialiased if antialias else _interpolated
            input = _mixed(input, d, taps(kernel, n, m, _step(n, m, scale, bool(align_corners)), bool(align_corners)))
    return input


def _check(input: Tensor, dims: int, mode: str, align_corners: bool | None, antialias: bool) -> None:
    if mode not in SMOOTH and align_corners is not None:
        raise ValueError(
            "align_corners option can only be set with the interpolating modes: linear | bilinear | bicubic | trilinear"
        )
    if antialias and (mode not in ("bilinear", "bicubic") or dims != 2):
        raise ValueError("Anti-alias option is restricted to bilinear and bicubic modes and requires a 4-D tensor")
    if not 1 <= dims <= 3 or mode not in (*SMOOTH, "nearest", "nearest-exact", "area") or (mode, dims) == ("area", 3):
        raise NotImplementedError(
            f"interpolate: mode {mode!r} of {input.ndim}D input is not supported: expected (N, C, L), (N, C, H, W) or "
            "(N, C, D, H, W), and nearest | linear | bilinear | bicubic | trilinear | area | nearest-exact"
        )
    if SMOOTH.get(mode, dims) != dims:
        raise NotImplementedError(f"Got {input.ndim}D input, but {mode} mode needs {SMOOTH[mode] + 2}D input")


def _sizes(input: Tensor, dims: int, size: Any, scale_factor: Any, recompute: bool) -> tuple[Any, Any]:
    """The new sizes, and the factors that decide where their pixels lie."""
    if (size is None) == (scale_factor is None):
        known = "either" if size is None else "only one of"
        raise ValueError(f"{known} size or scale_factor should be defined")
    given = size if scale_factor is None else scale_factor
    each = tuple(given) if isinstance(given, tuple | list) else (given,) * dims
    if len(each) != dims:
        raise ValueError(
            f"Input and {'output' if scale_factor is None else 'scale_factor'} must have the same number of spatial "
            f"dimensions, but got input with spatial dimensions of {list(input.shape[2:])} and {given}"
        )
    sizes = (
        each if scale_factor is None else tuple(math.floor(n * s) for n, s in zip(input.shape[2:], each, strict=True))
    )
    if min(sizes) < 1 or min(input.shape[2:]) < 1:
        raise RuntimeError(
            f"Input and output sizes should be greater than 0, but got input {list(input.shape)} and output {sizes}"
        )
    ratios = (m / n for n, m in zip(input.shape[2:], sizes, strict=True))
    return sizes, tuple(ratios) if scale_factor is None or recompute else each


def _step(n: int, m: int, scale: float, align_corners: bool) -> float:
    """How far apart the pixels of the result lie, in pixels of the input."""
    if align_corners:
        return (n - 1) / (m - 1) if m > 1 else 0.0
    return 1 / scale


def _nearest(x: Tensor, d: int, n: int, m: int, scale: float, middle: float) -> Tensor:
    at = np.floor((np.arange(m, dtype=np.float32) + np.float32(middle)) * np.float32(1 / scale)).astype(np.int64)
    return _mixed(x, d, (np.minimum(at, n - 1)[None], np.ones((1, m))))


def _mixed(x: Tensor, d: int, taps: Taps) -> Tensor:
    """The sums of the numbers along `d` at the places of each tap, times its share.

    It is a product with a matrix, mostly of zeros; but where these would meet infinity or NaN, the places are taken.
    """
    places, shares = taps
    if np.isfinite(x.detach().numpy()).all():
        matrix = np.zeros((places.shape[1], x.shape[d]), x.dtype)
        for at, share in zip(places, shares, strict=True):
            np.add.at(matrix, (np.arange(len(matrix)), at), share)
        if d == x.ndim - 1:
            return as_given(autograd.matmul, x, autograd.as_tensor(matrix.T))
        return as_given(autograd.matmul, autograd.as_tensor(matrix), x.movedim(d, -2)).movedim(-2, d)
    ahead = (-1,) + (1,) * (x.ndim - 1 - d)
    parts = [
        x.index_select(d, autograd.as_tensor(at)) * autograd.as_tensor(share.astype(x.dtype).reshape(ahead))
        for at, share in zip(places, shares, strict=True)
    ]
    return sum(parts[1:], start=parts[0])


def _interpolated(kernel: Callable[[Any, float], Any], n: int, m: int, step: float, align_corners: bool) -> Taps:
    """The two pixels (four for the cubic) around each place; pixels beyond the border are those at the border."""
    middle = step * np.arange(m) if align_corners else (np.arange(m) + 0.5) * step - 0.5
    reach = 1 if kernel is _triangle else 2
    middle = np.maximum(middle, 0) if reach == 1 else middle
    places = np.floor(middle).astype(np.int64) + np.arange(1 - reach, reach + 1)[:, None]
    return np.clip(places, 0, n - 1), kernel(np.abs(places - middle), CUBIC)


def _antialiased(kernel: Callable[[Any, float], Any], n: int, m: int, step: float, align_corners: bool) -> Taps:
    """All pixels that fall into one of the result; the shares of those inside the image add up to 1."""
    wide, reach = max(step, 1.0), 1 if kernel is _triangle else 2
    middle = (np.arange(m) + 0.5) * step
    first = np.maximum((middle - reach * wide + 0.5).astype(np.int64), 0)
    last = np.minimum((middle + reach * wide + 0.5).astype(np.int64), n)
    places = first + np.arange((last - first).max())[:, None]
    shares = kernel(np.abs(places - middle + 0.5) / wide, -0.5) * (places < last)
    return np.minimum(places, n - 1), shares / shares.sum(0)


def _triangle(distance: Any, slope: float) -> Any:
    return np.maximum(1 - distance, 0)


def _cubic(distance: Any, slope: float) -> Any:
    """The convolution kernel of Keys (1981)."""
    d = distance
    near = ((slope + 2) * d - (slope + 3)) * d * d + 1
    far = ((slope * d - 5 * slope) * d + 8 * slope) * d - 4 * slope
    return np.where(d <= 1, near, np.where(d < 2, far, 0))


def upsample(
    input: Tensor,
    size: int | tuple[int, ...] | None = None,
    scale_factor: float | tuple[float, ...] | None = None,
    mode: str = "nearest",
    align_corners: bool | None = None,
) -> Tensor:
    """`interpolate`, under its old name; gives a warning."""
    _warn_of_old_name("upsample")
    return interpolate(input, size, scale_factor, mode, align_corners)


def upsample_nearest(
    input: Tensor, size: int | tuple[int, ...] | None = None, scale_factor: float | tuple[float, ...] | None = None
) -> Tensor:
    """`interpolate` to the nearest, under its old name; gives a warning."""
    _warn_of_old_name("upsample_nearest")
    return interpolate(input, size, scale_factor, mode="nearest")


def upsample_bilinear(
    input: Tensor, size: int | tuple[int, ...] | None = None, scale_factor: float | tuple[float, ...] | None = None
) -> Tensor:
    """`interpolate` with mode "bilinear" and `align_corners`, under its old name; gives a warning."""
    _warn_of_old_name("upsample_bilinear")
    return interpolate(input, size, scale_factor, mode="bilinear", align_corners=True)


def _warn_of_old_name(name: str) -> None:
    text = f"`nn.functional.{name}` is deprecated. Use `nn.functional.interpolate` instead."
    warnings.warn(text, UserWarning, stacklevel=4)


# -- pixels and channels ----------------------------------------------------------------------------------------------


def pixel_shuffle(input: Tensor, upscale_factor: int) -> Tensor:
    """Images (*, C r², H, W) as (*, C, H r, W r), r = `upscale_factor`: channels become pixels (Shi 2016).

    Raises RuntimeError if r² does not divide the number of channels.
    """
    r, (*batch, c, h, w) = upscale_factor, _image("pixel_shuffle", input, upscale_factor)
    if c % (r * r):
        raise RuntimeError(
            f"pixel_shuffle expects its input's 'channel' dimension to be divisible by the square of upscale_factor, "
            f"but input.size(-3)={c} is not divisible by {r * r}"
        )
    x = input.reshape(-1, c // (r * r), r, r, h, w).permute(0, 1, 4, 2, 5, 3)
    return x.reshape(*batch, c // (r * r), h * r, w * r)


def pixel_unshuffle(input: Tensor, downscale_factor: int) -> Tensor:
    """Images (*, C, H r, W r) as (*, C r², H, W), r = `downscale_factor`: the reverse of `pixel_shuffle`.

    Raises RuntimeError if r does not divide the height and the width.
    """
    r, (*batch, c, h, w) = downscale_factor, _image("pixel_unshuffle", input, downscale_factor)
    if h % r or w % r:
        raise RuntimeError(f"pixel_unshuffle expects height and width to be divisible by {r}, given {h} and {w}")
    x = input.reshape(-1, c, h // r, r, w // r, r).permute(0, 1, 3, 5, 2, 4)
    return x.reshape(*batch, c * r * r, h // r, w // r)


def channel_shuffle(input: Tensor, groups: int) -> Tensor:
    """The channels of (N, C, ...) in another order: the first of every group, then the second ... (Zhang 2018).

    Raises RuntimeError if `groups` does not divide the number of channels.
    """
    if input.ndim < 3 or groups < 1 or input.shape[1] % groups:
        raise RuntimeError(
            f"channel_shuffle: expected (N, C, ...) with channels divisible by groups, given {list(input.shape)} and "
            f"groups={groups}"
        )
    return input.unflatten(1, (groups, -1)).transpose(1, 2).flatten(1, 2)


def _image(name: str, input: Tensor, factor: int) -> tuple[int, ...]:
    if input.ndim < 3 or factor < 1:
        raise RuntimeError(
            f"{name} expects input to have at least 3 dimensions and a positive factor, given {list(input.shape)} and "
            f"{factor}"
        )
    return input.shape
