"""A vector for each of several integers, or for bags of them, under PyTorch's names and signatures."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

import autograd
from autograd import Tensor

from . import network_primitives as p


def embedding(
    input: Tensor,
    weight: Tensor,
    padding_idx: int | None = None,
    max_norm: float | None = None,
    norm_type: float = 2.0,
    scale_grad_by_freq: bool = False,
    sparse: bool = False,
) -> Tensor:
    """The rows of weight (num_embeddings, embedding_dim) at the integers `input` (*): (*, embedding_dim).

    Args:
        input: integers of any shape.
        weight: the vectors.
        padding_idx: the row that gets no gradient.
        max_norm: rows that are looked up and whose norm is larger are first scaled to it, in `weight` itself.
        norm_type: the order of that norm.
        scale_grad_by_freq: divide the gradient of a row by how often it was looked up.
        sparse: not supported: gradients are dense.

    Raises:
        IndexError: an integer out of range. RuntimeError: numbers that are not integers. ValueError: a `padding_idx`
        that names no row. NotImplementedError: `sparse`.
    """
    at = _rows("embedding", input, weight, sparse)
    padding_idx = _padding("padding_idx", padding_idx, len(weight))
    if max_norm is not None:
        _renormalize(weight, at, max_norm, norm_type)
    out = weight[input]
    if scale_grad_by_freq:
        out = p.scale_gradient(out, autograd.as_tensor(_shares(at, weight)[..., None]))
    if padding_idx is None:
        return out
    return autograd.where(autograd.as_tensor(at != padding_idx)[..., None], out, out.detach())


def embedding_bag(
    input: Tensor,
    weight: Tensor,
    offsets: Tensor | None = None,
    max_norm: float | None = None,
    norm_type: float = 2,
    scale_grad_by_freq: bool = False,
    mode: str = "mean",
    sparse: bool = False,
    per_sample_weights: Tensor | None = None,
    include_last_offset: bool = False,
    padding_idx: int | None = None,
) -> Tensor:
    """The mean, sum or maximum of the rows of `weight` at each bag of integers: (bags, embedding_dim).

    Args:
        input: (bags, length), or (n,) for bags of different lengths.
        weight: the vectors, (num_embeddings, embedding_dim).
        offsets: where each bag begins, for an input (n,).
        max_norm, norm_type, scale_grad_by_freq, sparse: as in `embedding`.
        mode: "mean", "sum" or "max". An empty bag gives zeros.
        per_sample_weights: factors of the input's shape, for the mode "sum".
        include_last_offset: the last of `offsets` is the end of the last bag.
        padding_idx: an integer that does not count.

    Raises:
        ValueError: a shape or a mode. RuntimeError: numbers that are not integers or out of range, or offsets that do
        not begin with 0 and rise to at most the length of the input. NotImplementedError: `sparse`, and
        `per_sample_weights` for another mode than "sum".
    """
    at = _rows("embedding_bag", input, weight, sparse)
    padding_idx = _padding("padding_idx", padding_idx, len(weight))
    if mode not in ("sum", "mean", "max"):
        raise ValueError(f"mode has to be one of sum, mean or max, given {mode!r}")
    if mode == "max" and scale_grad_by_freq:
        raise ValueError("max mode does not support scaling the gradient by the frequency")
    if per_sample_weights is not None and per_sample_weights.shape != input.shape:
        raise ValueError(
            f"embedding_bag: If per_sample_weights ({list(per_sample_weights.shape)}) is not None, then it must have "
            f"the same shape as the input ({list(input.shape)})"
        )
    if per_sample_weights is not None and mode != "sum":
        raise NotImplementedError(
            f"embedding_bag: per_sample_weights is only supported for mode='sum' (got mode={mode!r})"
        )
    places, inside = _bags(at, offsets, include_last_offset)
    at = at.reshape(-1)
    inside &= (at[places] != padding_idx) if padding_idx is not None else True
    vectors = embedding(input, weight, padding_idx, max_norm, norm_type, scale_grad_by_freq)
    if per_sample_weights is not None:
        vectors = vectors * per_sample_weights[..., None]
    bags = vectors if input.ndim == 2 else vectors[places]
    counted = autograd.as_tensor(inside)[..., None]
    if mode == "max":
        found = autograd.as_tensor(inside.any(1))[:, None]
        largest = autograd.where(counted, bags, -math.inf)
        return autograd.where(found, largest.max(1)[0], 0) if inside.shape[1] else largest.sum(1)
    sums = (bags if inside.all() else autograd.where(counted, bags, 0)).sum(1)
    if mode == "sum":
        return sums
    return sums / autograd.as_tensor(np.maximum(inside.sum(1), 1).astype(weight.dtype))[:, None]


def _bags(at: Any, offsets: Tensor | None, include_last_offset: bool) -> tuple[Any, Any]:
    """The places of every bag in the flattened input (bags, longest), and which of them are inside the bag."""
    if at.ndim == 2:
        if offsets is not None:
            raise ValueError(
                "if input is 2D, then offsets has to be None, as input is treated is a mini-batch of fixed length "
                f"sequences. However, found offsets of type {type(offsets).__name__}"
            )
        return np.arange(at.size).reshape(at.shape), np.ones(at.shape, bool)
    if at.ndim != 1:
        raise ValueError(f"input has to be 1D or 2D Tensor, but got Tensor of dimension {at.ndim}")
    if offsets is None or offsets.ndim != 1:
        raise ValueError(f"offsets has to be a 1D Tensor but got {None if offsets is None else list(offsets.shape)}")
    starts = offsets.numpy()
    ends = starts[1:] if include_last_offset else np.append(starts[1:], len(at))
    starts = starts[: len(ends)]
    if (starts[:1] != 0).any() or (ends < starts).any() or (ends > len(at)).any():
        raise RuntimeError(
            f"offsets has to begin with 0 and to rise to at most the length of the input, {len(at)}, given "
            f"{offsets.tolist()}"
        )
    lengths = ends - starts
    steps = np.arange(lengths.max() if lengths.size else 0)
    inside = steps < lengths[:, None]
    return np.where(inside, starts[:, None] + steps, 0), inside


def _rows(name: str, input: Tensor, weight: Tensor, sparse: bool) -> Any:
    """The integers as an array, all of which name rows of the weight."""
    if sparse:
        raise NotImplementedError(f"{name}: gradients are dense here: leave sparse=True out")
    if input.dtype.kind not in "iu":
        raise RuntimeError(
            f"{name}: expected indices of an integer dtype, given {input.dtype}: convert them with .long()"
        )
    rows, at = len(weight), input.detach().numpy()
    if at.size and not (at.min() >= 0 and at.max() < rows):
        wrong = at[(at < 0) | (at >= rows)].flat[0]
        error = IndexError if name == "embedding" else RuntimeError  # as in PyTorch
        raise error(f"index out of range in {name}: {wrong}, expected 0 to {rows - 1}, the rows of the weight")
    return at


def _padding(name: str, index: int | None, rows: int) -> int | None:
    """The row that padding stands for, counted from the start."""
    if index is not None and not -rows <= index < rows:
        raise ValueError(f"{name} must be within num_embeddings={rows}, given {index}")
    return None if index is None else index % rows


def _renormalize(weight: Tensor, at: Any, max_norm: float, norm_type: float) -> None:
    """Scale the rows that are looked up to a norm of `max_norm` at most, in place."""
    with autograd.no_grad():
        rows = np.unique(at)
        norms = weight[rows].norm(norm_type, 1)
        long = (norms > max_norm).numpy()
        if long.any():
            weight[rows[long]] = weight[rows[long]] * (max_norm / (norms[long] + 1e-7))[:, None]


def _shares(at: Any, weight: Tensor) -> Any:
    """For each integer, one divided by how often it occurs."""
    _, inverse, counts = np.unique(at, return_inverse=True, return_counts=True)
    return (1 / counts).astype(weight.dtype)[inverse].reshape(at.shape)
