"""Where a result goes: `device`, and `out`, a tensor to write to instead of a new one."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

from ..core.engine import node_of, recording
from ..core.modes import no_grad
from .device import require_cpu
from .inplace import check_dtype, writable
from .tensor_base import TensorBase

if TYPE_CHECKING:
    from .tensor import Tensor

F = TypeVar("F", bound=Callable[..., Any])


def placed(function: F) -> F:
    """A function that makes tensors, which first looks here at where they are wanted.

    `device` must name the CPU, or `require_cpu` raises; `layout`, `pin_memory` and `memory_format` have no effect;
    `out` is written to and returned.
    """

    @wraps(function)
    def make(*args: Any, **options: Any) -> Any:
        if "device" in options:
            require_cpu(options["device"])
        if options.get("out") is not None:
            return into(options.pop("out"), function, args, options)
        return function(*args, **options)

    make.makes_tensors = True  # type: ignore[attr-defined]
    return make  # type: ignore[return-value]


def into(out: Any, function: Callable[..., Any], args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """What `function(*args, **options)` gives, written to `out`, a tensor or a tuple of them, which is returned.

    Raises TypeError if `out` is none; RuntimeError if it, or an argument, requires grad while operations are recorded,
    and for a result that its dtype does not hold. A tensor of another shape gets that of the result, with a warning if
    it was not empty.
    """
    name = function.__name__
    outs = tuple(out) if isinstance(out, tuple | list) else (out,)
    for x in outs:
        if not isinstance(x, TensorBase):
            raise TypeError(f"{name}(): argument 'out' must be Tensor, not {type(x).__name__}")
    if recording.get() and any(map(_requires_grad, (*outs, *args, *options.values()))):
        raise RuntimeError(
            f"{name}(): functions with out=... arguments don't support automatic differentiation, but one of the "
            "arguments requires grad: leave out= away, or call it under no_grad()"
        )
    with no_grad():
        result = function(*args, **options)
        results = result if isinstance(result, tuple) else (result,)
        if len(results) != len(outs):
            raise TypeError(f"{name}(): expected a tuple of {len(results)} tensors as 'out', got {len(outs)}")
        for x, value in zip(outs, results, strict=True):
            check_dtype(name, x._data, value._data)
            writable(x, name)
        for x, value in zip(outs, results, strict=True):
            _write(x, value)
    return out


def _requires_grad(x: Any) -> bool:
    if isinstance(x, tuple | list):
        return any(map(_requires_grad, x))
    return isinstance(x, TensorBase) and node_of(x) is not None


def _write(out: Any, value: Tensor) -> None:
    if out.shape == value.shape:
        out.copy_(value)
        return
    if out.numel():
        warnings.warn(
            "An output with one or more elements was resized since it had shape "
            f"{list(out.shape)}, which does not match the required output shape {list(value.shape)}. This behavior is "
            "deprecated: give a tensor of that shape, or an empty one",
            stacklevel=5,
        )
    out._data = value._array.astype(out.dtype)
