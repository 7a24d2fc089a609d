"""NumPy's floating-point warnings, switched off while an op is computed: the values tell, as in PyTorch."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextvars import Context
from typing import Any

import numpy as np


class _Quiet(threading.local):
    """`quiet.run(f, x)` calls f(x) with NumPy's floating-point warnings off, for a twentieth of np.errstate's cost."""

    def __init__(self) -> None:
        context = Context()
        context.run(np.seterr, all="ignore")
        self.run: Any = context.run  # autocast puts another in its place
        self.directly = context.run
        self.regions = 0  # how many of autocast are open


quiet = _Quiet()


def run_quietly(function: Callable[..., Any], *args: Any, **options: Any) -> Any:
    """`quiet.directly`, which also works within itself: in the forward pass of an op that is made of other ops."""
    try:
        return quiet.directly(function, *args, **options)
    except RuntimeError as error:
        if "cannot enter context" not in str(error):
            raise
    with np.errstate(all="ignore"):
        return function(*args, **options)
