"""Symbols: arrays of which only shape, dtype and layout are known, and which write down what NumPy is asked to do.

A step's function is run on them. So whatever is made of NumPy's calls (softmax, cross-entropy, the norm of a layer) is
taken apart into loops without a word about it here. Where a function cannot go on without the numbers, or uses what is
not known here, it raises, and the step stays whole: NumPy computes it.

A view is not computed but tried: the layout is an array of bytes, one for each element, never read, to which NumPy
itself applies the view; where the result begins, and its strides, are the view of the elements.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from .numba_calls import View
from .program import Slot


class UntraceableError(Exception):
    """A function asks for what is not known before it runs."""


def address(a: np.ndarray[Any, Any]) -> int:
    where: int = a.__array_interface__["data"][0]
    return where


class Symbol(NDArrayOperatorsMixin):
    """An array of a program. `value` is set if all of its elements are known to be this number: it has no slot then."""

    def __init__(self, tracer: Any, slot: Slot | None, layout: Any, dtype: Any, value: Any = None, weak: bool = False):
        self.tracer, self.slot, self.layout, self.dtype = tracer, slot, layout, np.dtype(dtype)
        self.value, self.weak = value, weak
        tracer.symbols[id(self)] = self

    @property
    def shape(self) -> tuple[int, ...]:
        shape: tuple[int, ...] = self.layout.shape
        return shape

    @property
    def ndim(self) -> int:
        return len(self.shape)

    @property
    def size(self) -> int:
        return int(self.layout.size)

    @property
    def itemsize(self) -> int:
        return self.dtype.itemsize

    @property
    def nbytes(self) -> int:
        return self.size * self.itemsize

    @property
    def strides(self) -> tuple[int, ...]:
        return tuple(s * self.itemsize for s in self.layout.strides)

    @property
    def flags(self) -> Any:
        return self.layout.flags

    def view(self) -> View:
        """The place of each element."""
        slot = self.tracer.own(self)
        offset = address(self.layout) - self.tracer.begin(slot) if self.size else 0
        return View(slot, self.shape, offset, self.layout.strides)

    def shown(self, function: Any, *args: Any, **options: Any) -> Symbol:
        """A view, or a copy if NumPy would make one: `function` is applied to the layout."""
        layout = function(self.layout, *args, **options)
        if self.size and not np.may_share_memory(layout, self.layout):
            return self.copy().shown(function, *args, **options)
        return Symbol(self.tracer, self.slot, layout, self.dtype, self.value, self.weak and not layout.ndim)

    # -- NumPy's protocols --------------------------------------------------------------------------------------------

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, out: Any = None, **options: Any) -> Any:
        result = self.tracer.ufunc(ufunc, method, inputs, options)
        return result if out is None else self.tracer.assign(out[0], result)

    def __array_function__(self, function: Any, types: Any, args: Any, options: Any) -> Any:
        return self.tracer.function(function, args, options)

    def __array__(self, *args: Any, **options: Any) -> Any:
        raise UntraceableError("the numbers of an array")

    __bool__ = __float__ = __int__ = __index__ = __iter__ = item = tolist = __array__

    def __len__(self) -> int:
        return len(self.layout)

    def __getitem__(self, index: Any) -> Symbol:
        result: Symbol = self.tracer.getitem(self, index)
        return result

    def __setitem__(self, index: Any, value: Any) -> None:
        self.tracer.setitem(self, index, value)

    # -- methods ------------------------------------------------------------------------------------------------------

    @property
    def T(self) -> Symbol:
        return self.shown(lambda a: a.T)

    @property
    def mT(self) -> Symbol:
        return self.shown(lambda a: a.mT)

    def transpose(self, *axes: Any) -> Symbol:
        return self.shown(lambda a: a.transpose(*axes))

    def swapaxes(self, a: int, b: int) -> Symbol:
        return self.shown(np.swapaxes, a, b)

    def reshape(self, *shape: Any, order: str = "C") -> Symbol:
        if order != "C":
            raise UntraceableError("another order of a reshaped array")
        return self.shown(lambda a: a.reshape(*shape))

    def ravel(self) -> Symbol:
        return self.reshape(-1)

    def flatten(self) -> Symbol:
        return self.copy().reshape(-1)

    def squeeze(self, axis: Any = None) -> Symbol:
        return self.shown(np.squeeze, axis)

    def copy(self, order: str = "C") -> Symbol:
        result: Symbol = self.tracer.copy(self, self.dtype)
        return result

    def astype(self, dtype: Any, copy: bool = True, **options: Any) -> Symbol:
        same = np.dtype(dtype) == self.dtype and not copy and not self.weak
        return self if same else self.tracer.copy(self, np.dtype(dtype))

    def clip(self, a_min: Any = None, a_max: Any = None) -> Any:
        result = self if a_min is None else np.maximum(self, a_min)
        return result if a_max is None or a_max is math.inf else np.minimum(result, a_max)

    def sum(self, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: bool = False) -> Any:
        return np.add.reduce(self, axis, dtype, out, keepdims)  # type: ignore[call-overload]

    def prod(self, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: bool = False) -> Any:
        return np.multiply.reduce(self, axis, dtype, out, keepdims)  # type: ignore[call-overload]

    def max(self, axis: Any = None, out: Any = None, keepdims: bool = False) -> Any:
        return np.maximum.reduce(self, axis, None, out, keepdims)  # type: ignore[call-overload]

    def min(self, axis: Any = None, out: Any = None, keepdims: bool = False) -> Any:
        return np.minimum.reduce(self, axis, None, out, keepdims)  # type: ignore[call-overload]

    def any(self, axis: Any = None, out: Any = None, keepdims: bool = False) -> Any:
        return np.logical_or.reduce(self, axis, None, out, keepdims)  # type: ignore[call-overload]

    def all(self, axis: Any = None, out: Any = None, keepdims: bool = False) -> Any:
        return np.logical_and.reduce(self, axis, None, out, keepdims)  # type: ignore[call-overload]
