"""Writing to a tensor's own memory: `x += y`, and the methods whose names end in `_`.

They work wherever nothing is being recorded: under no_grad, or when no tensor involved requires grad. While recording,
`h += b` on a value that was computed makes a new value (nobody else's h changes), and all the rest raises before
anything is written.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core.engine import recording
from ..core.errors import mismatch
from ..core.writes import wrote
from . import elementwise, indexing, reductions, windows  # noqa: F401  (the methods come from these)
from .creation import Generator, default_generator
from .tensor import Tensor, method, to_array


def _would_record(*xs: Any) -> bool:
    return bool(recording.get()) and any(isinstance(x, Tensor) and x._node is not None for x in xs)


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
    """x[...] = value, with PyTorch's checks of shape and dtype."""
    array = x._array
    value = np.asarray(value)
    if not array.flags.writeable:
        raise RuntimeError(
            f"{name}: unsupported operation: more than one element of the written-to tensor refers to a single memory "
            "location. Please clone() the tensor before performing the operation"
        )
    try:
        together = np.broadcast_shapes(value.shape, array.shape)
    except ValueError:
        raise mismatch(f"{name}({list(array.shape)}, {list(value.shape)})", [array.shape, value.shape]) from None
    if together != array.shape:
        raise RuntimeError(
            f"{name}: output with shape {list(array.shape)} doesn't match the broadcast shape {list(together)}"
        )
    if "biuf".index(value.dtype.kind.replace("u", "i")) > "biuf".index(array.dtype.kind.replace("u", "i")):
        raise RuntimeError(f"{name}: result type {value.dtype} can't be cast to the desired output type {array.dtype}")
    array[...] = value
    wrote(array)
    return x


def _in_place(name: str) -> Any:
    """The method `name_`: the result of the method `name`, written to the tensor."""
    function = getattr(Tensor, name)

    def call(self: Tensor, *args: Any, **options: Any) -> Tensor:
        _refuse(name + "_", self, *args)
        before = recording.get()
        recording.set(False)
        try:
            result = function(self, *args, **options)
        finally:
            recording.set(before)
        return write(self, result._data, name + "_")

    call.__name__ = name + "_"
    call.__doc__ = f"`{name}`, written to the tensor itself; returns the tensor."
    return method(call)


for name in (
    *("add", "sub", "mul", "div", "pow", "remainder", "fmod", "floor_divide", "neg", "abs", "exp", "exp2", "expm1"),
    *("log", "log1p", "log2", "log10", "sqrt", "rsqrt", "square", "reciprocal", "sin", "cos", "tan", "asin", "acos"),
    *("atan", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh", "sigmoid", "relu", "erf", "erfc", "logit", "sign"),
    *("floor", "ceil", "round", "trunc", "clamp", "clip", "lerp", "addcmul", "masked_fill", "nan_to_num", "tril"),
    *("triu", "cumsum", "cumprod", "scatter_add"),
):
    _in_place(name)


def _augmented(name: str) -> Any:
    """x += y and its like."""
    new, in_place = getattr(Tensor, name), getattr(Tensor, name + "_")

    def call(self: Tensor, other: Any) -> Any:
        if _would_record(self, other):
            if self._node is not None and not self._node.edges:
                _refuse(name + "_", self, other)
            return new(self, other)
        return in_place(self, other)

    return method(call, f"__i{ {'div': 'truediv', 'remainder': 'mod', 'floor_divide': 'floordiv'}.get(name, name) }__")


for name in ("add", "sub", "mul", "div", "pow", "remainder", "floor_divide"):
    _augmented(name)


@method
def copy_(self: Tensor, src: Any, non_blocking: bool = False) -> Tensor:
    """Write the values of `src`, broadcast and cast, to the tensor; returns the tensor."""
    _refuse("copy_", self, src)
    value = np.asarray(src._data if isinstance(src, Tensor) else to_array(src))
    return write(self, value.astype(self.dtype), "copy_")


@method
def fill_(self: Tensor, value: Any) -> Tensor:
    """Write one number to every place; returns the tensor."""
    _refuse("fill_", self, value)
    return write(self, np.asarray(value._data if isinstance(value, Tensor) else value).astype(self.dtype), "fill_")


@method
def zero_(self: Tensor) -> Tensor:
    """Write 0 to every place; returns the tensor."""
    return fill_(self, 0)


@method
def uniform_(self: Tensor, a: float = 0, b: float = 1, *, generator: Generator | None = None) -> Tensor:
    """Write numbers uniform on [a, b); returns the tensor."""
    _refuse("uniform_", self)
    rng = (generator or default_generator).rng
    return write(self, rng.uniform(a, b, self.shape).astype(self.dtype), "uniform_")


@method
def normal_(self: Tensor, mean: float = 0, std: float = 1, *, generator: Generator | None = None) -> Tensor:
    """Write normal numbers of that mean and standard deviation; returns the tensor."""
    _refuse("normal_", self)
    rng = (generator or default_generator).rng
    return write(self, rng.normal(mean, std, self.shape).astype(self.dtype), "normal_")


@method
def detach_(self: Tensor) -> Tensor:
    """Take the tensor itself out of its graph; returns the tensor."""
    self._node = None
    return self
