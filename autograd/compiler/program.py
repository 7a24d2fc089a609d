"""What a recorded step is: a list of calls of functions, from arrays to arrays.

    Program(inputs=[x, w], steps=[Step(np.matmul, (x, w), {}, h), Step(np.tanh, (h,), {}, y)], outputs=[y], writes=[])

Nothing is written until the end: `writes` says which inputs take the value of which result then (a parameter, a state
of the optimizer, a buffer), so a program that stops in the middle has changed nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass(eq=False, slots=True)
class Slot:
    """An array of the program: what is known of it before it is computed. `number` names it: v0, v1, …

    One that is `weak` is a plain number of Python's, a float or an int: the dtype of what it meets decides. `strides`
    are those that it had when it was recorded; None: in rows.
    """

    number: int
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    strides_like: Slot | None = None  # set for a view: the slot whose memory it shows
    weak: bool = False
    strides: tuple[int, ...] | None = None

    def __repr__(self) -> str:
        return f"v{self.number}"


@dataclass(eq=False, slots=True)
class Step:
    """One call: `function` (the forward of an op, or NumPy's function) of `inputs`, with `options`, gives `out`.

    An input is a Slot, a plain number, None, a constant array, or (of a variadic op) there is one list of these; an
    index may hold slots, too, among the inputs or the options.
    """

    function: Callable[..., Any]
    inputs: tuple[Any, ...]
    options: dict[str, Any]
    out: Slot


@dataclass(eq=False, slots=True)
class Program:
    """The steps in the order in which they are computed; `inputs` are given at each call, in this order."""

    inputs: list[Slot]
    steps: list[Step]
    outputs: list[Slot]
    writes: list[tuple[Slot, Slot]] = field(default_factory=list)  # (an input, the slot whose value it takes)


class Otherwise(Exception):  # noqa: N818  (no error: the function is called as it is)
    """A value that the recorded call looked at is another one in this call: the program does not hold for it."""


class Unsupported(Exception):  # noqa: N818  (no error: another back end takes it)
    """A back end cannot compile a program; the message says what of it."""


# -- functions that only steps have ------------------------------------------------------------------------------------


def assume(x: Any, value: bool) -> None:
    """Raise Otherwise unless x is true, or false, as it was when the program was recorded."""
    if bool(x) is not value:
        raise Otherwise


def expect(x: Any, shape: tuple[int, ...], dtype: Any) -> None:
    """Raise Otherwise unless x has this shape and dtype, as when it was recorded: they may depend on values."""
    if x.shape != shape or x.dtype != dtype:
        raise Otherwise


def power(x: Any, y: Any, kind: type) -> Any:
    """x ** y of Python's numbers. Raises Otherwise unless it is of this kind, as when it was recorded: of ints it may
    be a float, and of floats complex."""
    out = x**y
    if type(out) is not kind:
        raise Otherwise
    return out


def draw(generator: Any, method: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """Random numbers, as the generator gives them next."""
    return getattr(generator.rng, method)(*args, **options)


def invoke(x: Any, method: str, *args: Any, **options: Any) -> Any:
    """The result of a method of an array."""
    return getattr(x, method)(*args, **options)


Path = tuple[tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]], ...]


def through(x: Any, path: Path) -> Any:
    """The view of x that is reached by one function after the other."""
    for function, args, options in path:
        x = function(x, *args, **options)
    return x


def replaced(x: Any, y: Any, path: Path) -> Any:
    """A copy of x with y, which broadcasts, in the place of what `path` shows of it."""
    out = x.copy()
    through(out, path)[...] = y
    return out


# -- what stands in a step ---------------------------------------------------------------------------------------------


def mapped(value: Any, change: Callable[[Any], Any]) -> Any:
    """A value with `change` of all that stands in it: in tuples, lists, dicts and slices, to any depth."""
    kind = type(value)
    if kind is tuple or kind is list:
        return kind([mapped(inner, change) for inner in value])
    if kind is dict:
        return {key: mapped(inner, change) for key, inner in value.items()}
    if kind is slice:
        return slice(mapped(value.start, change), mapped(value.stop, change), mapped(value.step, change))
    return change(value)


def leaves(value: Any) -> Iterator[Any]:
    """All that stands in a value: in tuples, lists, dicts and slices, to any depth."""
    kind = type(value)
    if kind is tuple or kind is list:
        for inner in value:
            yield from leaves(inner)
    elif kind is dict:
        yield from leaves(list(value.values()))
    elif kind is slice:
        yield from leaves((value.start, value.stop, value.step))
    else:
        yield value


def slots_of(step: Step) -> list[Slot]:
    """The slots that a step reads, wherever they stand."""
    return [x for x in leaves((step.inputs, step.options)) if type(x) is Slot]
