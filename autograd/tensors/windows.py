"""Triangles, diagonals, padding and sliding windows, under PyTorch's names and signatures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..calculus import primitives as p
from ..core import dtypes
from ..core.casting import widened
from ..core.engine import wrap
from ..core.forward import of_one
from ..core.ops import OPS
from ..core.shapes import normalize_axis
from .dims_and_sizes import Sizes
from .indexing import index_select

if TYPE_CHECKING:
    from .tensor import Tensor

_tril, _triu = of_one(OPS[np.tril]), of_one(OPS[np.triu])
_diagonal, _embed_diagonal = of_one(OPS[p.diagonal], views=True), of_one(OPS[p.embed_diagonal])
_pad, _windows, _fold_windows = (of_one(OPS[key]) for key in (p.pad, p.windows, p.fold_windows))


def tril(input: Tensor, diagonal: int = 0) -> Tensor:
    """The lower triangle of the last two dimensions, zeros above. Raises RuntimeError for fewer dimensions."""
    return _tril(_matrix(input, "tril"), diagonal)


def triu(input: Tensor, diagonal: int = 0) -> Tensor:
    """The upper triangle of the last two dimensions, zeros below. Raises RuntimeError for fewer dimensions."""
    return _triu(_matrix(input, "triu"), diagonal)


def _matrix(input: Tensor, name: str) -> Tensor:
    if input.ndim < 2:
        raise RuntimeError(f"{name}: input tensor must have at least 2 dimensions, got {list(input.shape)}")
    return input


def diagonal(input: Tensor, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Tensor:
    """The diagonal over two dimensions, as the last dimension of the result; a view.

    Raises IndexError for a dim that the input does not have, RuntimeError if the two are the same.
    """
    a, b = normalize_axis(dim1, input.ndim), normalize_axis(dim2, input.ndim)
    if a == b:
        raise RuntimeError(f"diagonal dimensions cannot be identical {dim1}, {dim2}")
    return _diagonal(input, offset, a, b)


def diag(input: Tensor, diagonal: int = 0) -> Tensor:
    """The diagonal of a matrix, or the matrix with a vector on its diagonal.

    Raises RuntimeError for any other input.
    """
    if input.ndim == 2:
        return _diagonal(input, diagonal, 0, 1).clone()
    if input.ndim != 1:
        raise RuntimeError(f"diag(): Supports 1D or 2D tensors. Got {input.ndim}D")
    return diag_embed(input, diagonal)


def diagflat(input: Tensor, offset: int = 0) -> Tensor:
    """The matrix with all elements of the input on its diagonal, or `offset` places to the right of it."""
    return diag_embed(input.reshape(-1), offset)


def diag_embed(input: Tensor, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Tensor:
    """Matrices, in the dimensions `dim1` and `dim2` of the result, with the input's last dimension on their diagonals.

    Raises RuntimeError if the two are the same, IndexError for one out of range.
    """
    a, b = normalize_axis(dim1, input.ndim + 1), normalize_axis(dim2, input.ndim + 1)
    if a == b:
        raise RuntimeError(f"diagonal dimensions cannot be identical {dim1}, {dim2}")
    shape, n = list(input.shape[:-1]), input.shape[-1] + abs(offset)
    for d in sorted((a, b)):
        shape.insert(d, n)
    return _embed_diagonal(input, tuple(shape), offset, a, b)


def trace(input: Tensor) -> Tensor:
    """The sum of the diagonal of a matrix. Raises RuntimeError for any other number of dimensions."""
    if input.ndim != 2:
        raise RuntimeError(f"trace: expected a matrix, but got a {input.ndim}D tensor of shape {list(input.shape)}")
    (input,) = widened(input)
    return diagonal(input).sum()


def pad(input: Tensor, pad: Sequence[int], mode: str = "constant", value: float | None = None) -> Tensor:
    """The input with borders around its last dimensions: pad = (left, right, top, bottom, ...); negative widths crop.

    `mode` says what the borders hold: "constant" (`value`, by default 0), "reflect", "replicate" or "circular", which
    crops first. Raises RuntimeError for an odd number of widths, more than twice the dimensions or more than there is;
    NotImplementedError for another mode.
    """
    if len(pad) % 2 or len(pad) // 2 > input.ndim:
        raise RuntimeError(
            f"Padding length must be even and at most twice the number of dimensions {input.ndim}, got {list(pad)}"
        )
    pairs = [(pad[i], pad[i + 1]) for i in range(0, len(pad), 2)][::-1]
    if mode == "constant":
        widths = [(0, 0)] * (input.ndim - len(pairs)) + pairs
        if any(n + lo + hi < 0 for n, (lo, hi) in zip(input.shape, widths, strict=True)):
            raise RuntimeError(f"pad {list(pad)} leaves a negative size of {list(input.shape)}")
        return _pad(input, widths, 0 if value is None else value)
    modes = {"reflect": "reflect", "replicate": "edge", "circular": "wrap"}
    if mode not in modes:
        raise NotImplementedError(f"Unrecognised padding mode {mode!r}: expected 'constant' or one of {list(modes)}")
    if mode != "circular":
        (input,) = widened(input)
    for d, (low, high) in enumerate(pairs, input.ndim - len(pairs)):
        n = input.shape[d]
        places = np.arange(n)
        if mode == "circular":
            places, low, high = places[max(-low, 0) : n + min(high, 0)], max(low, 0), max(high, 0)
        if max(low, high) > len(places) - (mode == "reflect") and mode != "replicate":
            raise RuntimeError(
                f"Padding size should be less than the dimension of {len(places)} it pads, got ({low}, {high})"
            )
        places = np.pad(places, (max(low, 0), max(high, 0)), modes[mode])  # type: ignore[call-overload]
        places = places[max(-low, 0) : len(places) + min(high, 0)]
        input = index_select(input, d, wrap(places))
    return input


def windows(input: Tensor, size: Sequence[int], step: Sequence[int], dilation: Sequence[int]) -> Tensor:
    """Every window over the last len(size) dimensions: (*, H, W) becomes (*, Ho, Wo, kh, kw), a view.

    Raises RuntimeError for a window larger than the input, or a step below 1.
    """
    size, step, dilation = tuple(size), tuple(step), tuple(dilation)
    if min(step, default=1) < 1:
        raise RuntimeError(f"the step between windows must be greater than 0, got {list(step)}")
    for n, s, d in zip(input.shape[input.ndim - len(size) :], size, dilation, strict=True):
        if d * (s - 1) + 1 > n:
            raise RuntimeError(
                f"maximum size for tensor at a windowed dimension is {n} but the window covers {d * (s - 1) + 1}: "
                f"size {list(size)}, dilation {list(dilation)}, input {list(input.shape)}"
            )
    result = _windows(input, size, step, dilation)
    result._parent, result._parent_node = input, input._node
    return result


def fold_windows(input: Tensor, shape: Sequence[int], step: Sequence[int], dilation: Sequence[int]) -> Tensor:
    """Windows (*, Ho, Wo, kh, kw) added up at their places in zeros of `shape` (*, H, W): the adjoint of `windows`."""
    return _fold_windows(input, tuple(shape), tuple(step), tuple(dilation))


def unfold_dimension(input: Tensor, dimension: int, size: int, step: int) -> Tensor:
    """Every window of `size` along `dimension`, `step` apart, as a new last dimension; a view.

    Raises IndexError for a dimension that the input does not have, RuntimeError as `windows`.
    """
    d = normalize_axis(dimension, input.ndim)
    if not input.ndim:
        return windows(input.reshape(1), (size,), (step,), (1,))[0]
    return windows(input.movedim(d, -1), (size,), (step,), (1,)).movedim(-2, d)


def _two(n: Sizes) -> tuple[int, int]:
    height, width = (n, n) if isinstance(n, int) else n
    return height, width


def unfold(input: Tensor, kernel_size: Sizes, dilation: Sizes = 1, padding: Sizes = 0, stride: Sizes = 1) -> Tensor:
    """The patches of images (N, C, H, W) as columns (N, C*kh*kw, L); (C, H, W) likewise.

    Raises RuntimeError as `windows`.
    """
    if input.ndim == 3:
        return unfold(input[None], kernel_size, dilation, padding, stride)[0]
    (kh, kw), (ph, pw) = _two(kernel_size), _two(padding)
    w = windows(pad(input, (pw, pw, ph, ph)), (kh, kw), _two(stride), _two(dilation))
    n, channels, rows, columns = w.shape[:4]
    return w.permute(0, 1, 4, 5, 2, 3).reshape(n, channels * kh * kw, rows * columns)


def fold(
    input: Tensor, output_size: Sizes, kernel_size: Sizes, dilation: Sizes = 1, padding: Sizes = 0, stride: Sizes = 1
) -> Tensor:
    """Columns (N, C*kh*kw, L) added up into images (N, C, *output_size): the adjoint of `unfold`.

    Raises RuntimeError for columns that do not fit `output_size` and `kernel_size`.
    """
    if input.ndim == 2:
        return fold(input[None], output_size, kernel_size, dilation, padding, stride)[0]
    (kh, kw), (ph, pw), (sh, sw), (dh, dw) = _two(kernel_size), _two(padding), _two(stride), _two(dilation)
    height, width = (n + 2 * p for n, p in zip(_two(output_size), (ph, pw), strict=True))
    rows, columns = (height - dh * (kh - 1) - 1) // sh + 1, (width - dw * (kw - 1) - 1) // sw + 1
    n, channels = input.shape[0], input.shape[1] // (kh * kw)
    if input.shape[1] % (kh * kw) or input.shape[2] != rows * columns:
        raise RuntimeError(
            f"fold: expected an input of shape (N, C*{kh * kw}, {rows * columns}) for output_size {output_size} and "
            f"kernel_size {kernel_size}, got {list(input.shape)}"
        )
    w = input.reshape(n, channels, kh, kw, rows, columns).permute(0, 1, 4, 5, 2, 3)
    return pad(fold_windows(w, (n, channels, height, width), (sh, sw), (dh, dw)), (-pw, -pw, -ph, -ph))


def one_hot(tensor: Tensor, num_classes: int = -1) -> Tensor:
    """Integers (*) as rows (*, num_classes) of zeros with a single 1; by default as many classes as the largest needs.

    Raises RuntimeError for other dtypes, negative integers, integers too large, or no integer and no `num_classes`.
    """
    x = tensor._array
    if not dtypes.is_integer(x.dtype):
        raise RuntimeError(f"one_hot is only applicable to index tensor of type LongTensor, got {x.dtype}")
    if x.size and x.min() < 0:
        raise RuntimeError(f"Class values must be non-negative, got {x.min()}")
    if num_classes < 0 and not x.size:
        raise RuntimeError("Can not infer total number of classes from empty tensor: pass num_classes")
    classes = num_classes if num_classes >= 0 else int(x.max()) + 1
    if x.size and x.max() >= classes:
        raise RuntimeError(f"Class values must be smaller than num_classes: {x.max()} and {classes}")
    return wrap((x[..., None] == np.arange(classes)).astype(np.int64))
