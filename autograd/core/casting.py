"""Autocast: the ops that are given their inputs in 16 bits, or in float32, within a region of code that asks for it.

An op is on one of two lists, or on neither. Where no region is open nothing is looked up: `quiet.run`, by which every
short form of the forward pass computes, is exchanged for `_listed_apart` where one is. That sends the ops on the lists
to the general form, and so to `cast`. The inputs are cast without being recorded: a gradient takes the dtype of its
tensor in the walk in any case, and so a float32 parameter has a float32 gradient.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import numpy as np

from . import writes
from .dtypes import float32, float64, is_floating
from .engine import Traced
from .ops import OPS, Op
from .quiet import quiet

LISTS: dict[Callable[..., Any], bool] = {}  # what computes an op that is on a list: whether it is that of 16 bits


class Region:
    """A stretch of code under autocast to `dtype`; parameters that were cast are kept for as long as it lasts."""

    __slots__ = ("_kept", "dtype")

    def __init__(self, dtype: np.dtype[Any], keeps: bool = True) -> None:
        self.dtype = dtype
        self._kept: dict[int, tuple[Any, Any, int]] | None = {} if keeps else None

    def cast(self, x: Any, value: Any) -> Any:
        """The `value` of the input x in 16 bits; that of a parameter is kept until it is written to."""
        leaf = x._node is not None and not x._node.edges if isinstance(x, Traced) else False
        if self._kept is None or not leaf or value.dtype is not float32:
            return value.astype(self.dtype, copy=False)
        kept = self._kept.get(id(value))
        if kept is None or kept[0] is not value or writes.written_since(value, kept[2]):
            kept = self._kept[id(value)] = value, value.astype(self.dtype), writes.tick()
        return kept[1]

    def forget(self) -> None:
        """Let go of the parameters that were cast."""
        if self._kept:
            self._kept.clear()


region: ContextVar[Region | None] = ContextVar("region", default=None)


def in_16_bits(*functions: Callable[..., Any]) -> None:
    """Have the ops of these functions, as the table knows them, take 16 bits under autocast: products of matrices."""
    LISTS.update({OPS[function].forward: True for function in functions})


def in_32_bits(*functions: Callable[..., Any]) -> None:
    """Have the ops of these functions, as the table knows them, take at least float32 under autocast."""
    LISTS.update({OPS[function].forward: False for function in functions})


def narrowed(*tensors: Any) -> tuple[Any, ...]:
    """The tensors, or None among them, as a function made of several ops takes them in 16 bits: under autocast cast."""
    here = region.get()
    return tensors if here is None else tuple([x.to(here.dtype) if _casts(x) else x for x in tensors])


def widened(*tensors: Any) -> tuple[Any, ...]:
    """The tensors, or None among them, as a function made of several ops takes them in float32: under autocast cast."""
    return tensors if region.get() is None else tuple([x.to(float32) if _casts(x) else x for x in tensors])


def as_given(function: Callable[..., Any], *args: Any) -> Any:
    """`function` of the args without autocast: for a product of matrices within a function that is on neither list."""
    if region.get() is None:
        return function(*args)
    token = enter(None)
    try:
        return function(*args)
    finally:
        leave(token)


def cast(op: Op, data: list[Any], inputs: Sequence[Any]) -> list[Any]:
    """The data of the inputs as `op` takes them here."""
    here, narrow = region.get(), LISTS.get(op.forward)
    if here is None or narrow is None:
        return data
    if narrow:
        return [here.cast(x, value) if _casts(value) else value for x, value in zip(inputs, data, strict=False)]
    return [value.astype(float32, copy=False) if _casts(value) else value for value in data]


def _casts(x: Any) -> bool:
    """Whether autocast concerns an input at all: floating point, but not float64."""
    dtype = getattr(x, "dtype", None)
    return dtype is not None and is_floating(dtype) and dtype != float64


def _listed_apart(function: Callable[..., Any], *args: Any) -> Any:
    """`quiet.run` under autocast: raises TypeError, after which the general form is tried, for what is on a list."""
    if function in LISTS:
        raise TypeError
    return quiet.directly(function, *args)


def enter(given: Region | None) -> Any:
    """Open a region, or with None a stretch without autocast, in this thread and this coroutine; for `leave`."""
    quiet.regions += 1
    quiet.run = _listed_apart
    return region.set(given)


def leave(token: Any) -> None:
    """End what `enter` began."""
    region.reset(token)
    quiet.regions -= 1
    if not quiet.regions:
        quiet.run = quiet.directly


@contextmanager
def resumed() -> Iterator[None]:
    """In a `with` block, compute under the region of this context, even if the block that began it has ended."""
    if region.get() is None:
        yield
        return
    token = enter(region.get())
    try:
        yield
    finally:
        leave(token)
