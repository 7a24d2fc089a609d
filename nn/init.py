"""Fill a tensor in place with its first values. Every function returns the tensor it was given."""

from __future__ import annotations

import autograd
from autograd import Generator, Tensor


def uniform_(tensor: Tensor, a: float = 0.0, b: float = 1.0, generator: Generator | None = None) -> Tensor:
    """Fill with draws from U(a, b)."""
    with autograd.no_grad():
        return tensor.uniform_(a, b, generator=generator)
