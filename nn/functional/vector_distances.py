"""Lengths of vectors, and distances and angles between them, under PyTorch's names and signatures."""

from __future__ import annotations

import autograd
from autograd import Tensor


def normalize(input: Tensor, p: float = 2.0, dim: int = 1, eps: float = 1e-12) -> Tensor:
    """input / max(norm, eps), the p-norm taken along `dim`: vectors of length 1."""
    return input / input.norm(p, dim, keepdim=True).clamp(min=eps)


def cosine_similarity(x1: Tensor, x2: Tensor, dim: int = 1, eps: float = 1e-8) -> Tensor:
    """x1 · x2 / (max(‖x1‖, eps) max(‖x2‖, eps)) along `dim`, the cosine of the angle between them; shapes broadcast.

    Raises RuntimeError if they do not.
    """
    x1, x2 = autograd.broadcast_tensors(x1, x2)
    return (normalize(x1, 2, dim, eps) * normalize(x2, 2, dim, eps)).sum(dim)


def pairwise_distance(x1: Tensor, x2: Tensor, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False) -> Tensor:
    """‖x1 - x2 + eps‖ of order p along the last dimension, which stays as 1 with `keepdim`; shapes broadcast.

    Raises RuntimeError if they do not.
    """
    return (x1 - x2 + eps).norm(p, -1, keepdim=keepdim)
