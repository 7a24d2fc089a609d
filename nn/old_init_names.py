"""The names that functions of `nn.init` had before they got their underscore: they still work, and give a warning."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

from autograd import Tensor

P = ParamSpec("P")


def renamed(function: Callable[P, Tensor]) -> Callable[P, Tensor]:
    """The function under its old name."""
    name = function.__name__.removesuffix("_")

    @wraps(function)
    def old(*args: P.args, **kwargs: P.kwargs) -> Tensor:
        text = f"`nn.init.{name}` is now deprecated in favor of `nn.init.{name}_`."
        warnings.warn(text, FutureWarning, stacklevel=2)
        return function(*args, **kwargs)

    old.__name__ = old.__qualname__ = name
    old.__doc__ = f"`{name}_`, under the name that it had before; gives a FutureWarning."
    return old
