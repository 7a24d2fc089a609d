"""Attention."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import numpy as np

import autograd
from autograd import Generator, Tensor

from .layer_functions import dropout


def scaled_dot_product_attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attn_mask: Tensor | None = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    *,
    generator: Generator | None = None,
) -> Tensor:
    """softmax(query keyᵀ * scale + mask) value (Vaswani 2017).

    Args:
        query: (..., L, E), key: (..., S, E), value: (..., S, Ev).
        attn_mask: broadcasts to (..., L, S): bool, True where attention is allowed, or numbers to add.
        dropout_p: probability of dropping a weight; it is always applied, as in PyTorch.
        is_causal: position i attends to positions 0 to i.
        scale: default 1 / √E.

    Raises:
        RuntimeError: a mask with `is_causal`, or shapes that do not fit. ValueError: `dropout_p` outside [0, 1].
    """
    if is_causal and attn_mask is not None:
        raise RuntimeError("Explicit attn_mask should not be set when is_causal=True")
    weights = attention_weights(query, key, attn_mask, scale, is_causal)
    return dropout(weights, dropout_p, dropout_p > 0, generator=generator) @ value


def attention_weights(
    query: Tensor, key: Tensor, mask: Tensor | None, scale: float | None = None, is_causal: bool = False
) -> Tensor:
    """softmax(query keyᵀ * scale + mask); 0 in a row whose keys are all masked by a bool mask."""
    scale = 1 / math.sqrt(query.shape[-1]) if scale is None else scale
    scores = (query * scale) @ key.mT
    if is_causal:  # to add -inf, as PyTorch does, takes a fifth of the time of a choice
        mask = autograd.as_tensor(_causal(*scores.shape[-2:], scores.dtype))
    if mask is None:
        return scores.softmax(-1)
    if mask.dtype != np.bool_:
        return (scores + mask).softmax(-1)
    weights = autograd.where(mask, scores, -math.inf).softmax(-1)
    return weights if mask.numpy().any(-1).all() else autograd.where(mask.any(-1, keepdim=True), weights, 0.0)


@lru_cache(8)
def _causal(length: int, keys: int, dtype: Any) -> Any:
    """What is added to the scores so that position i attends to positions 0 to i."""
    added = np.where(np.tri(length, keys, dtype=bool), dtype.type(0), dtype.type(-math.inf))
    added.flags.writeable = False
    return added
