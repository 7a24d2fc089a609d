"""Optimizers that need little memory: a large parameter is updated in blocks, and a state may be kept in 16 bits.

No temporary is as large as the parameter. What is kept in 16 bits is taken to full precision one block at a time, and
rounded at random afterwards: up as often as the number is near to the next one. So a mean that moves by less than the
step of its 16 bits still moves on average, where rounding to nearest would hold it in place for ever.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from functools import wraps
from typing import Any
from zlib import crc32

import numpy as np

import autograd

Update = Callable[..., None]
BLOCK = 1 << 17  # elements: a block with its gradient, its state and its temporaries fits in a core's own cache


def elementwise(update: Update) -> Update:
    """`update(self, w, g, state, group)` of each number by itself: `w` is taken in blocks of about `BLOCK` elements.

    The result is the same, bit for bit. From 10⁷ elements on it takes about half the time, since what was read for one
    line of the formula is still in the cache for the next; up to 10⁶ there is no difference. An array that records what
    is computed of it is taken whole.
    """

    @wraps(update)
    def in_blocks(self: Any, w: Any, g: Any, state: dict[str, Any], group: dict[str, Any]) -> None:
        if (w.size < 2 * BLOCK or type(w) is not np.ndarray) and self.state_dtype is None:
            update(self, w, g, state, group)
            return
        before, rows = dict(state), max(1, BLOCK * len(w) // w.size) if w.shape else None
        for start in range(0, len(w) if w.shape else 1, rows or 1):
            block: Any = slice(start, start + rows) if rows else ...
            part = {key: _taken(value, w, block) for key, value in before.items()}
            update(self, w[block], g[block], part, group)
            for key, value in part.items():
                _put(state, key, value, w, block)
        if self.state_dtype is not None:  # what the update has just begun
            narrow(state, w)

    in_blocks.elementwise = True  # type: ignore[attr-defined]
    return in_blocks


def _alike(value: Any, w: Any) -> bool:
    return isinstance(value, np.ndarray) and value.shape == w.shape and bool(w.shape)


def _taken(value: Any, w: Any, block: Any) -> Any:
    """A block of a state's array, in the parameter's dtype; a copy of what is no array of its shape."""
    return value[block].astype(w.dtype, copy=False) if _alike(value, w) else copy(value)


def _put(state: dict[str, Any], key: str, value: Any, w: Any, block: Any) -> None:
    """Put what a block's update has made into the whole state: a number, or a block of an array."""
    if not _alike(value, w[block]):
        state[key] = value
        return
    if not _alike(state.get(key), w):
        state[key] = np.empty_like(w)
    whole = state[key]
    if whole.dtype != w.dtype:
        whole[block] = rounded(value)
    elif not np.may_share_memory(whole, value):
        whole[block] = value


def narrow(state: dict[str, Any], w: Any) -> dict[str, Any]:
    """Bring those arrays of a state that have the shape of `w` into bfloat16; returns the state."""
    for key, value in state.items():
        if _alike(value, w) and value.dtype.itemsize > 2:
            state[key] = rounded(value)
    return state


def rounded(values: Any) -> Any:
    """An array in bfloat16, each number up or down at random, such that their mean stays.

    The random numbers depend on the values alone, so that a run can be repeated, and resumed, bit for bit.
    """
    bits = np.ascontiguousarray(values, np.float32).view(np.uint32)
    noise = np.random.Generator(np.random.SFC64(crc32(bits.data))).integers(0, 1 << 16, bits.shape, np.uint32)
    return ((bits + noise) >> 16).astype(np.uint16).view(np.dtype(autograd.bfloat16))
