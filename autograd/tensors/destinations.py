"""Where a result goes: `device`, and `out`, a tensor to write to instead of a new one."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from ..core.engine import node_of, recording
from ..core.modes import no_grad
from ..core.shapes import Shape
from .device import require_cpu
from .inplace import check_dtype, writable
from .tensor_base import TensorBase

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
            return into(options.pop("out"), function, args, options, creates=True)
        return function(*args, **options)

    make.makes_tensors = True  # type: ignore[attr-defined]
    return make  # type: ignore[return-value]


def into(
    out: Any, function: Callable[..., Any], args: tuple[Any, ...], options: dict[str, Any], creates: bool = False
) -> Any:
    """What `function(*args, **options)` gives, written to `out`, a tensor or a tuple of them, which is returned.

    Without one (None) the result itself. A tensor of another shape gets that of the result, with a warning if it was
    not empty. What a function `creates` is cast without a warning. Raises TypeError if `out` is no tensor; RuntimeError
    if it, or an argument, requires grad while operations are recorded, and for a result that its dtype does not hold.
    """
    if out is None:
        return function(*args, **options)
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
            if not creates:
                check_dtype(name, x._data, value._data)
            if x._data.shape == value._data.shape:
                writable(x._array, name)
            elif x._data.size and not creates:
                _warn_of_resizing(x._data.shape, value._data.shape)
        for x, value in zip(outs, results, strict=True):
            if x._data.shape == value._data.shape:
                x.copy_(value)
            else:
                x._data = value._array.astype(x._data.dtype)
    return out


def _requires_grad(x: Any) -> bool:
    if isinstance(x, tuple | list):
        return any(map(_requires_grad, x))
    return isinstance(x, TensorBase) and node_of(x) is not None


def _warn_of_resizing(shape: Shape, wanted: Shape) -> None:
    warnings.warn(
        f"An output with one or more elements was resized since it had shape {list(shape)}, which does not match the "
        f"required output shape {list(wanted)}: give a tensor of that shape, or an empty one",
        stacklevel=4,
    )
