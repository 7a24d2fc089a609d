"""Writing to a tensor's own memory: `x += y`, and the methods whose names end in `_`.

They work wherever nothing is being recorded: under no_grad, or when no tensor involved requires grad. While recording,
`h += b` on a computed tensor gives a new one (no other name for h sees a change), and everything else raises
RuntimeError before anything is written.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from ..core.engine import recording
from ..core.writes import wrote
from .creation import Generator, default_generator
from .dims_and_sizes import broadcast
from .tensor_base import TensorBase, to_array

if TYPE_CHECKING:
    from .tensor import Tensor

F = TypeVar("F", bound=Callable[..., Any])
T = TypeVar("T")


def _would_record(*xs: Any) -> bool:
    return bool(recording.get()) and any(isinstance(x, TensorBase) and x._node is not None for x in xs)


def _refuse(name: str, x: Tensor, *others: Any) -> None:
    if _would_record(x, *others):
        what = (
            "a leaf Variable that requires grad is being used in an in-place operation"
            if x.is_leaf and x.requires_grad
            else "this tensor, or what is written to it, is part of a graph that is being recorded"
        )
        raise RuntimeError(
            f"{name}: {what}. Write under `with autograd.no_grad():`, or make a new tensor: "
            f"x = x.{name.rstrip('_')}(...)"
        )


def write(x: Tensor, value: Any, name: str) -> Tensor:
    """x[...] = value, with PyTorch's checks of shape and dtype. Raises RuntimeError if the value does not fit."""
    array = x._array
    value = np.asarray(value)
    if not array.flags.writeable:
        raise RuntimeError(
            f"{name}: unsupported operation: more than one element of the written-to tensor refers to a single memory "
            "location. Please clone() the tensor before performing the operation"
        )
    together = broadcast(name, array.shape, value.shape)
    if together != array.shape:
        raise RuntimeError(
            f"{name}: output with shape {list(array.shape)} doesn't match the broadcast shape {list(together)}"
        )
    if "biuf".index(value.dtype.kind.replace("u", "i")) > "biuf".index(array.dtype.kind.replace("u", "i")):
        raise RuntimeError(f"{name}: result type {value.dtype} can't be cast to the desired output type {array.dtype}")
    array[...] = value
    wrote(array)
    return x


def in_place(function: F) -> F:
    """The method `name_` of the function `name`: its result, written to the tensor itself."""
    name = function.__name__ + "_"

    @wraps(function)
    def write_result(input: Any, *args: Any, **options: Any) -> Any:
        _refuse(name, input, *args)
        before = recording.get()
        recording.set(False)
        try:
            result = function(input, *args, **options)
        finally:
            recording.set(before)
        return write(input, result._data, name)

    write_result.__name__ = write_result.__qualname__ = name
    write_result.__doc__ = (
        f"`{name[:-1]}`, written to the tensor itself; returns the tensor.\n\n"
        f"Raises RuntimeError if the write would have to be recorded or does not fit the tensor.\n\n{function.__doc__}"
    )
    return write_result  # type: ignore[return-value]


def augmented(operator: Callable[..., Any], function: Callable[..., Any]) -> Callable[[T, Any], T]:
    """`x += y` and its like: the `operator` where it is recorded, else the result of `function`, written to x.

    Raises RuntimeError on a leaf that requires grad, and for a value that does not fit.
    """
    written = in_place(function)

    @wraps(operator)
    def assign(input: Any, other: Any) -> Any:
        if _would_record(input, other):
            if input._node is not None and not input._node.edges:
                _refuse(written.__name__, input, other)
            return operator(input, other)
        return written(input, other)

    return assign


def copy_(self: Tensor, other: Any, non_blocking: bool = False) -> Tensor:
    """Write the values of `other`, broadcast and cast, to the tensor; returns the tensor.

    Raises RuntimeError if the write would have to be recorded, or `other` does not broadcast to the tensor's shape.
    """
    _refuse("copy_", self, other)
    value = np.asarray(other._data if isinstance(other, TensorBase) else to_array(other))
    return write(self, value.astype(self.dtype), "copy_")


def fill_(self: Tensor, value: Any) -> Tensor:
    """Write one number to every place; returns the tensor.

    Raises RuntimeError if the write would have to be recorded.
    """
    _refuse("fill_", self, value)
    return write(self, np.asarray(value._data if isinstance(value, TensorBase) else value).astype(self.dtype), "fill_")


def zero_(self: Tensor) -> Tensor:
    """Write 0 to every place; returns the tensor. Raises RuntimeError as `fill_`."""
    return fill_(self, 0)


def uniform_(self: Tensor, from_: float = 0, to: float = 1, *, generator: Generator | None = None) -> Tensor:
    """Write random numbers, uniform on [from_, to), to every place; returns the tensor.

    Raises RuntimeError if the write would have to be recorded, or from_ > to; NotImplementedError for integers.
    """
    _refuse("uniform_", self)
    _of_floats(self, "uniform_")
    if from_ > to:
        raise RuntimeError(f"uniform_ expects to return a [from, to) range, but found from={from_} > to={to}")
    rng = (generator or default_generator).rng
    return write(self, rng.uniform(from_, to, self.shape).astype(self.dtype), "uniform_")


def normal_(self: Tensor, mean: float = 0, std: float = 1, *, generator: Generator | None = None) -> Tensor:
    """Write random numbers of a normal distribution to every place; returns the tensor.

    Raises RuntimeError if the write would have to be recorded, or for std < 0; NotImplementedError for integers.
    """
    _refuse("normal_", self)
    _of_floats(self, "normal_")
    if std < 0:
        raise RuntimeError(f"normal expects std >= 0.0, but found std {std}")
    rng = (generator or default_generator).rng
    return write(self, rng.normal(mean, std, self.shape).astype(self.dtype), "normal_")


def _of_floats(self: Tensor, name: str) -> None:
    if self.dtype.kind != "f":
        raise NotImplementedError(f"{name} draws floats, which do not fit a tensor of {self.dtype}: use randint")


def detach_(self: Tensor) -> Tensor:
    """Take the tensor itself out of its graph; returns the tensor."""
    self._node = None
    return self
