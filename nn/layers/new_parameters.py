"""How layers make their parameters."""

from __future__ import annotations

from numpy.typing import DTypeLike

import autograd
from autograd import DeviceLike

from ..parameter import Parameter


def new_parameter(
    *shape: int, device: DeviceLike = None, dtype: DTypeLike | None = None, value: float = 0.0
) -> Parameter:
    """A parameter of that shape that starts as one number, until the layer draws its numbers.

    Raises what creation does for a device other than the CPU.
    """
    return Parameter(autograd.full(shape, value, device=device, dtype=dtype or autograd.get_default_dtype()))
