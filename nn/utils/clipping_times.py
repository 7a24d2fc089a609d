"""When the gradient of a parameter was last clipped: a GradScaler asks, which must have unscaled it before."""

from __future__ import annotations

import weakref
from collections.abc import Iterable
from functools import partial
from itertools import count

from autograd import Tensor

tick = count(1).__next__
_times: dict[int, tuple[weakref.ref[Tensor], int]] = {}


def clipped(parameters: Iterable[Tensor]) -> None:
    """Note that the gradients of the parameters are being clipped."""
    now = tick()
    for parameter in parameters:
        _times[id(parameter)] = weakref.ref(parameter, partial(_forget, id(parameter))), now


def clipped_since(parameter: Tensor, time: int) -> bool:
    """Whether the gradient of the parameter was clipped after `time`, which `tick` gave."""
    return id(parameter) in _times and _times[id(parameter)][1] > time


def _forget(key: int, _: weakref.ref[Tensor]) -> None:
    _times.pop(key, None)
