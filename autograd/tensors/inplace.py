"""Writing to a tensor's own memory: `x += y`, `x[i] = y`, and the methods whose names end in `_`.

A write is an op: where a gradient is wanted it is recorded (see `rewriting.py`), and Python names go on pointing at the
same tensor. Writes to a leaf that requires grad or to a view of one, to memory that several elements share, and between
memory that overlaps raise RuntimeError before anything is changed.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from ..calculus import primitives as p
from ..core import dtypes
from ..core.engine import node_of, wrap
from ..core.listeners import listeners, tell_overwriting
from ..core.ops import NUMBERS
from ..core.quiet import run_quietly
from ..core.writes import tick, wrote
from .conversion import to
from .dims_and_sizes import broadcast
from .rewriting import (
    became,
    history,
    once,
    recorded,
    refuse,
    repeats,
    settled,
    shared,
    since,
    to_be_overwritten,
)
from .tensor_base import TensorBase, to_array

if TYPE_CHECKING:
    from .tensor import Tensor

F = TypeVar("F", bound=Callable[..., Any])
T = TypeVar("T")
_SCANS = "cumsum_", "cumprod_"  # their results are of the tensor's own dtype, of bools too


def writable(array: Any, name: str) -> None:
    """Raise RuntimeError where several elements of `array` share a place, and for memory that is not to be changed."""
    if repeats(array):
        raise RuntimeError(
            f"{name}: unsupported operation: more than one element of the written-to tensor refers to a single memory "
            "location. Please clone() the tensor before performing the operation"
        )
    if not array.flags.writeable:
        raise RuntimeError(f"{name}: the tensor shows a NumPy array that is read-only: clone() it")


def apart(name: str, array: Any, *others: Any, refused: str = "some") -> None:
    """Raise RuntimeError if one of `others` shares memory with `array`; all of it is mostly no reason to."""
    if any(shared(array, x._data if isinstance(x, TensorBase) else x) in refused.split() for x in others):
        raise RuntimeError(
            f"{name}: unsupported operation: some elements of the input tensor and the written-to tensor refer to a "
            "single memory location. Please clone() the tensor before performing the operation"
        )


def _checked(name: str, array: Any, value: Any) -> None:
    """Raise RuntimeError unless `value` has the shape of `array`, and no dtype that its dtype cannot hold."""
    if value.shape != array.shape:
        together = broadcast(name, array.shape, value.shape)
        raise RuntimeError(
            f"{name}: output with shape {list(array.shape)} doesn't match the broadcast shape {list(together)}"
        )
    check_dtype(name, array, value)


def holds(dtype: np.dtype[Any], other: np.dtype[Any]) -> bool:
    """Whether values of a dtype may be written to a tensor of `dtype`: it is of the same kind, or a higher one."""
    return dtypes.is_floating(dtype) or not (dtypes.is_floating(other) or (dtype.kind == "b" and other.kind != "b"))


def check_dtype(name: str, array: Any, value: Any) -> None:
    """Raise RuntimeError if `value` has a dtype that the dtype of `array` cannot hold."""
    if not holds(array.dtype, value.dtype) and not (name in _SCANS and array.dtype == bool):
        raise RuntimeError(f"{name}: result type {value.dtype} can't be cast to the desired output type {array.dtype}")


def in_place(function: F) -> F:
    """The method `name_` of the function `name`: its result, written to the tensor itself."""
    name = function.__name__.strip("_") + "_"

    @wraps(function)
    def write_result(input: Any, *args: Any, **options: Any) -> Any:
        record = recorded(input, *args, *options.values())
        if record:
            refuse(name, input)
        array = input._array
        writable(array, name)
        apart(name, array, *args, *options.values())
        start = tick()
        before = wrap(array[...], node_of(input))  # an array object of its own: what is saved of it is told apart
        result = function(before, *args, **options)
        _checked(name, array, result)
        if result.dtype != array.dtype:
            result = to(result, array.dtype)
        out, node = result._data, result._node
        made = since(node, start) if record else []
        standing = {**to_be_overwritten(made, array, (*args, *options.values())), id(out): array}
        if listeners.overwriting:
            tell_overwriting(array)
        array[...] = out
        wrote(array)
        if record:
            node = node or history(p.replace, (input, out), array, index=...)
            for each in made:
                settled(each, standing, array)
            became(input, node)
        return input

    write_result.__name__ = write_result.__qualname__ = name
    write_result.__doc__ = f"`{name[:-1]}`, written to the tensor itself; returns the tensor.\n\n{function.__doc__}"
    return write_result  # type: ignore[return-value]


def augmented(function: Callable[..., Any]) -> Callable[[T, Any], T]:
    """`x += y` and its like: what `function` gives, written to x."""
    return in_place(function)


def reshaped(function: F) -> F:
    """The method `name_` of a function that gives a view: the tensor itself gets its shape and strides."""
    name = function.__name__ + "_"

    @wraps(function)
    def reshape_itself(input: Any, *args: Any, **options: Any) -> Any:
        if recorded(input):
            refuse(name, input)
        result = function(input, *args, **options)
        if result is not input:
            input._data, input._node = result._array, result._node
            if getattr(input, "_parent", None) is None and getattr(result, "_parent", None) is not None:
                input._parent = None
        return input

    reshape_itself.__name__ = reshape_itself.__qualname__ = name
    reshape_itself.__doc__ = f"`{name[:-1]}`, of the tensor itself; returns the tensor.\n\n{function.__doc__}"
    return reshape_itself  # type: ignore[return-value]


def write(x: Tensor, index: Any, value: Any, name: str) -> None:
    """x[index] = value, for an index of NumPy's and a value that broadcasts to it and is cast; recorded if need be.

    Raises RuntimeError as `writable`, and for a number beyond the range of the dtype.
    """
    record = recorded(x, value)
    if record:
        refuse(name, x)
    array = x._array
    writable(array, name)
    given = value._data if isinstance(value, TensorBase) else value
    if given.__class__ in NUMBERS:
        dtypes.check_range(given, array.dtype)
        given = dtypes.cast(given, array.dtype)
    elif given.dtype is not array.dtype:
        given = run_quietly(given.astype, array.dtype)
    if listeners.overwriting:
        tell_overwriting(array)
    array[index] = given
    wrote(array)
    if record:
        became(x, history(p.replace, (x, value if isinstance(value, TensorBase) else given), array, index=index))


def copy_(self: Tensor, other: Any, non_blocking: bool = False) -> Tensor:
    """Write the values of `other`, broadcast and cast, to the tensor; returns the tensor. `non_blocking` has no effect.

    Raises RuntimeError if `other` does not broadcast to the tensor's shape.
    """
    value = other if isinstance(other, TensorBase) else np.asarray(to_array(other))
    shape = np.shape(value._data if isinstance(value, TensorBase) else value)
    if broadcast("copy_", self.shape, shape) != self.shape:
        raise RuntimeError(f"copy_: a value of shape {list(shape)} does not fit a tensor of shape {list(self.shape)}")
    apart("copy_", self._array, value)
    write(self, ..., value, "copy_")
    return self


def fill_(self: Tensor, value: Any) -> Tensor:
    """Write one number to every place; returns the tensor. Raises RuntimeError for a tensor that is not 0-d."""
    if np.ndim(value._data if isinstance(value, TensorBase) else value):
        raise RuntimeError(f"fill_ only supports 0-dimension value tensor but got tensor with {value.ndim} dimensions.")
    write(once(self) if value.__class__ in NUMBERS else self, ..., value, "fill_")
    return self


def zero_(self: Tensor) -> Tensor:
    """Write 0 to every place; returns the tensor."""
    return fill_(self, 0)


def detach_(self: Tensor) -> Tensor:
    """Take the tensor itself out of its graph, with its `.grad`; returns the tensor. Raises RuntimeError for a view."""
    if getattr(self, "_parent", None) is not None:
        raise RuntimeError("Can't detach views in-place. Use detach() instead")
    if self.is_leaf:
        self.requires_grad = False
    else:
        self._grad, self._node = self.grad, None
    return self
