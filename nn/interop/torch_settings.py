"""PyTorch's settings of the machine: threads are set, the others have no effect, which is noted where it matters."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import partial
from importlib import import_module
from typing import Any

import autograd

from ..module import Module
from .noted import note

PRECISIONS = ("highest", "high", "medium")
_state: dict[str, Any] = {"precision": "highest", "deterministic": False}


def compile(
    model: Callable[..., Any] | None = None,
    *,
    fullgraph: bool = False,
    dynamic: bool | None = None,
    backend: str | Callable[..., Any] | None = None,
    mode: str | None = None,
    options: dict[str, Any] | None = None,
    name: str | None = None,
    disable: bool = False,
    recompile_limit: int | None = None,
    isolate_recompiles: bool = False,
    shapes_spec: Any = None,
) -> Any:
    """`autograd.compile`; a module is compiled itself, and returned. Also a decorator, with or without arguments.

    Another backend than "inductor", "numpy" and "numba" is noted, and has no effect.
    """
    if model is None:
        return partial(compile, backend=backend, name=name, fullgraph=fullgraph, disable=disable)
    if backend not in (None, "inductor", "numpy", "numba"):
        note(f"torch.compile(backend={backend!r}): there is no such backend here, its own compiles")
        backend = None
    if isinstance(model, Module):
        model.compile(fullgraph=fullgraph, backend=backend, disable=disable)
        return model
    own: Any = autograd
    return own.compile(model, fullgraph=fullgraph, backend=backend, name=name, disable=disable)


def set_num_threads(num: int) -> None:
    """Let NumPy's matrix products run in this many threads, through threadpoolctl; without it there is no effect.

    Raises RuntimeError for anything but an int that is 1 or more.
    """
    if not isinstance(num, int) or isinstance(num, bool):
        raise RuntimeError(f"set_num_threads expects an int, but got {type(num).__name__}")
    if num < 1:
        raise RuntimeError("set_num_threads expects a positive integer")
    control = _threadpoolctl()
    if control is None:
        note(f"torch.set_num_threads({num}) has no effect without threadpoolctl: pip install threadpoolctl")
    else:
        control.threadpool_limits(num, user_api="blas")


def get_num_threads() -> int:
    """The number of threads in which matrix products run; 1 if threadpoolctl, which knows, is not installed."""
    control = _threadpoolctl()
    pools = [] if control is None else control.threadpool_info()
    return max((pool["num_threads"] for pool in pools if pool["user_api"] == "blas"), default=1)


def _threadpoolctl() -> Any:
    try:
        return import_module("threadpoolctl")
    except ModuleNotFoundError:
        return None


def set_float32_matmul_precision(precision: str) -> None:
    """Remember the precision; products are always of the highest. Warns, as PyTorch, for another word."""
    if precision not in PRECISIONS:
        warnings.warn(
            f"{precision} is not one of 'highest', 'high', or 'medium'; the current setFloat32MatmulPrecision call has "
            "no effect.",
            stacklevel=2,
        )
        return
    _state["precision"] = precision
    if precision != "highest":
        note(f"torch.set_float32_matmul_precision({precision!r}): float32 is always multiplied in full precision")


def get_float32_matmul_precision() -> str:
    """What `set_float32_matmul_precision` was given last: "highest" at first."""
    return str(_state["precision"])


def use_deterministic_algorithms(mode: bool, *, warn_only: bool = False) -> None:
    """Remember the mode. There is nothing to choose: every algorithm here is deterministic."""
    _state["deterministic"] = bool(mode)


def are_deterministic_algorithms_enabled() -> bool:
    """What `use_deterministic_algorithms` was given last."""
    return bool(_state["deterministic"])


def set_default_device(device: Any) -> None:
    """Accept the CPU, where every tensor is; None means it too. Raises RuntimeError for another device."""
    if device is not None and str(device).partition(":")[0] != "cpu":
        raise RuntimeError(f"set_default_device: every tensor is on the CPU here, but got {str(device)!r}: give 'cpu'")


def get_default_device() -> Any:
    """The CPU."""
    engine: Any = autograd
    return engine.device("cpu")
