"""How layers make their parameters."""

from __future__ import annotations

from typing import Any

from numpy.typing import DTypeLike

import autograd

from ..parameter import Parameter


def new_parameter(*shape: int, device: Any = None, dtype: DTypeLike | None = None, value: float = 0.0) -> Parameter:
    """A parameter of that shape that starts as one number, until the layer draws its numbers.

    Raises RuntimeError for a device other than the CPU.
    """
    return Parameter(autograd.full(shape, value, dtype=dtype or autograd.get_default_dtype()).to(device=device))
