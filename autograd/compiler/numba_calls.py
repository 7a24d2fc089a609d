"""What loops are made of: places in memory, and three kinds of call on them; what is none of the three runs in NumPy.

A `View` is a place for each element of a shape: slot[offset + i * strides[0] + j * strides[1] + …]. Broadcasting is a
stride of 0, a transposed matrix has its strides exchanged, a gather adds numbers that stand in other slots. So nothing
is copied to be looked at in another way, and what follows knows nothing of axes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from .program import Slot

Number = float | int | bool | np.generic


@dataclass(frozen=True, slots=True)
class Pick:
    """An index that is read from an array: the element adds slot's number times `stride`; `size` counts the choices."""

    index: View
    stride: int
    size: int


@dataclass(frozen=True, slots=True)
class View:
    """Where the elements of an array of `shape` stand in a slot; offset and strides count elements."""

    slot: Slot
    shape: tuple[int, ...]
    offset: int
    strides: tuple[int, ...]
    picks: tuple[Pick, ...] = ()

    def slots(self) -> Iterator[Slot]:
        yield self.slot
        for pick in self.picks:
            yield from pick.index.slots()


Operand = View | Number


@dataclass(eq=False, slots=True)
class Map:
    """out = function(operands), element by element: all operands have the shape of out. `dtypes` are what they are
    converted to before the function, and what it gives."""

    function: Any  # a key of the table of scalars
    operands: tuple[Operand, ...]
    dtypes: tuple[np.dtype[Any], ...]
    out: View


@dataclass(eq=False, slots=True)
class Fold:
    """out = the ufunc applied over and over to the elements of x: out has the shape of x, stride 0 where it reduces."""

    function: np.ufunc
    operands: tuple[View]
    out: View


@dataclass(eq=False, slots=True)
class Product:
    """out = x @ y for matrices, or for batches of matrices of one shape; out lies in rows."""

    operands: tuple[View, View]
    out: View


@dataclass(eq=False, slots=True)
class Check:
    """Stops the program before anything is written, unless each index is one of `size`, or x has the truth `value`."""

    operands: tuple[View]
    error: Callable[[], Exception]
    size: int | None = None
    value: bool = True
    out: View | None = None


@dataclass(eq=False, slots=True)
class Outside:
    """out = function(), run by Python on arrays: `operands` are the slots that stand somewhere in its arguments."""

    function: Callable[..., Any]
    arguments: tuple[Any, ...]
    options: dict[str, Any]
    operands: tuple[View, ...]
    out: View
    name: str = ""


Call = Map | Fold | Product | Check | Outside


@dataclass(eq=False, slots=True)
class Calls:
    """A program as calls: `inputs` and `constants` are given; each output and each write is a whole slot."""

    inputs: list[Slot]
    constants: dict[Slot, np.ndarray[Any, Any]]
    calls: list[Call]
    outputs: list[Slot]
    writes: list[tuple[Slot, Slot]]


def slots_read(call: Call) -> list[Slot]:
    """The slots whose values a call reads, those among its indices too."""
    found = [slot for x in call.operands if isinstance(x, View) for slot in x.slots()]
    return found + [s for pick in (call.out.picks if call.out else ()) for s in pick.index.slots()]


def whole(slot: Slot) -> View:
    """All of a slot, row after row."""
    return View(slot, slot.shape, 0, row_strides(slot.shape))


def row_strides(shape: tuple[int, ...]) -> tuple[int, ...]:
    strides, n = [], 1
    for size in reversed(shape):
        strides.append(n)
        n *= max(size, 1)
    return tuple(reversed(strides))
