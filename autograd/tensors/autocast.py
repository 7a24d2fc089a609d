"""`autocast`: a region of code in which products of matrices take 16-bit inputs, under PyTorch's name and signature."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable
from functools import wraps
from typing import Any, Self, TypeVar

from ..core import casting
from .torch_names import dtype as torch_dtype

F = TypeVar("F", bound=Callable[..., Any])
DEFAULTS = {
    "cpu": "bfloat16", "cuda": "float16", "mps": "float16", "xpu": "float16", "mtia": "float16", "hpu": "bfloat16",
    "ipu": "float16", "maia": "bfloat16", "xla": "bfloat16",
}  # fmt: skip  # the devices that have autocast in PyTorch, and the dtype that each takes
LATE = inspect.isgeneratorfunction, inspect.iscoroutinefunction, inspect.isasyncgenfunction


class autocast:
    """A `with` block, or a decorator, within which some operations take their inputs in 16 bits.

        with autograd.autocast("cpu", dtype=autograd.float16):
            loss = cross_entropy(model(x), y)
        loss.backward()

    PyTorch's lists for the CPU hold. Products of matrices, convolutions and recurrent layers take float16 or bfloat16,
    add up in float32 and round once; losses, `prod`, quantiles and `autograd.linalg` take float32; everything else
    takes what it is given, and of several dtypes the widest. float64 stays float64. Parameters remain as they are: a
    float32 parameter is cast once for the whole region (until it is written to), and its gradient is in float32.

    It belongs to the thread and the coroutine that enter it, and may be nested: `enabled=False` suspends it.

    Args:
        device_type: "cpu". On other devices there are no tensors here, and nothing changes; "cuda" gives PyTorch's
            warning that CUDA is not available.
        dtype: float16 or bfloat16; default: bfloat16. For another dtype it warns, and is not enabled.
        enabled: False computes as without it.
        cache_enabled: whether a parameter that was cast is kept for the rest of the region; default: True.

    Raises ValueError for a device type that is no string, RuntimeError for one that has no autocast, TypeError as the
    decorator of something that cannot be called, or whose body runs after the call: a generator, an async function.
    """

    def __init__(
        self, device_type: str, dtype: Any = None, enabled: bool = True, cache_enabled: bool | None = None
    ) -> None:
        self.device, self._keeps = _known(device_type), cache_enabled is not False
        self.fast_dtype = torch_dtype(DEFAULTS[device_type] if dtype is None else dtype)
        self._enabled = enabled and self._possible()
        self._tokens: list[Any] = []

    def _possible(self) -> bool:
        """Whether there is anything to enable; warns as PyTorch does if not."""
        if self.device == "cuda":
            message = "CUDA is not available or torch_xla is imported. Disabling autocast."
        elif self.fast_dtype.name not in ("float16", "bfloat16"):
            name = self.device.upper()
            message = (
                f"In {name} autocast, but the target dtype is not supported. Disabling autocast.\n{name} Autocast only "
                "supports dtypes of torch.bfloat16, torch.float16 currently."
            )
        else:
            return True
        warnings.warn(message, stacklevel=_outside())
        return False

    def _begin(self) -> Any:
        """Enter; returns what `casting.leave` takes. Of another device than the CPU nothing here is concerned."""
        if self.device != "cpu":
            return casting.enter(casting.region.get())
        return casting.enter(casting.Region(self.fast_dtype.dtype, self._keeps) if self._enabled else None)

    def __enter__(self) -> Self:
        self._tokens.append(self._begin())
        return self

    def __exit__(self, *exception: object) -> None:
        casting.leave(self._tokens.pop())

    def __call__(self, func: F) -> F:
        if not callable(func):
            raise TypeError(
                f"autocast()(func) requires a callable, but got {type(func).__name__}. Did you mean to use autocast as "
                "a context manager? For example:\n    with autocast(...):\n        output = model(input)"
            )
        if any(late(func) for late in LATE):
            raise TypeError(
                f"autocast cannot decorate {func!r}, whose body runs after the call: write `with` inside it"
            )

        @wraps(func)
        def call(*args: Any, **kwargs: Any) -> Any:
            token = self._begin()
            try:
                return func(*args, **kwargs)
            finally:
                casting.leave(token)

        return call  # type: ignore[return-value]


def is_autocast_enabled(device_type: str = "cuda") -> bool:
    """Whether autocast is in force, in this thread and this coroutine: on "cpu" alone it can be.

    Raises RuntimeError for a device type that has no autocast.
    """
    return _known(device_type) == "cpu" and casting.region.get() is not None


def get_autocast_dtype(device_type: str) -> Any:
    """The dtype of the region of autocast that is in force, or the one that autocast takes if it is given none.

    Raises RuntimeError for a device type that has no autocast.
    """
    here = casting.region.get() if _known(device_type) == "cpu" else None
    return torch_dtype(DEFAULTS[device_type] if here is None else here.dtype.name)


def clear_autocast_cache() -> None:
    """Let go of the parameters that the region in force has cast; it will cast them again."""
    here = casting.region.get()
    if here is not None:
        here.forget()


def _known(device_type: str) -> str:
    if not isinstance(device_type, str):
        raise ValueError(f"Expected `device_type` of type `str`, got: `{type(device_type)}`")
    if device_type not in DEFAULTS:
        raise RuntimeError(
            f"User specified an unsupported autocast device_type '{device_type}': expected one of {', '.join(DEFAULTS)}"
        )
    return device_type


def _outside() -> int:
    """How far up the stack the line is that makes the autocast: past the constructors of its subclasses."""
    frame, level = inspect.currentframe(), 0
    while frame is not None and (level < 3 or frame.f_code.co_name == "__init__"):
        frame, level = frame.f_back, level + 1
    return level
