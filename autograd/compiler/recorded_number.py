"""Numbers that tell a recorder what is computed of them: a learning rate, the number of a step, the value of a loss.

They say that they are floats, or ints. How a comparison ends is assumed of every call; where Python must have the value
itself, as an index or for a string, the program holds only for that value.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any
from weakref import ref

import numpy as np

from .program import Slot, power
from .recorded_calls import function_of, ufunc_of
from .step_recorder import Recorder


def binary(function: Any, reflected: bool = False) -> Callable[[Any, Any], Any]:
    """An operator of a number: with numbers it gives a number, with arrays what NumPy gives."""

    def call(self: Any, other: Any) -> Any:
        args = (other, self) if reflected else (self, other)
        if type(other) is not RecordedNumber and type(other) not in (int, float, bool):
            return NotImplemented
        value = function(*self.recorder.values(args))
        if function is operator.pow:  # by which a number may become one of another kind
            return self.recorder.number(power, (*args, type(value)), value)
        return self.recorder.number(function, args, value)

    return call


def compared(function: Any) -> Callable[[Any, Any], Any]:
    """A comparison of a number: how it ends is assumed of every call."""

    def call(self: Any, other: Any) -> Any:
        if type(other) is not RecordedNumber and type(other) not in (int, float, bool):
            return NotImplemented
        value = bool(function(*self.recorder.values((self, other))))
        if self.recorder.live:
            self.recorder.assume(self.recorder.number(function, (self, other), value), value)
        return value

    return call


class RecordedNumber:
    """A float or an int of Python's that is another in every call: a learning rate, the number of a step."""

    __slots__ = ("__weakref__", "recorder", "slot", "value")

    def __init__(self, recorder: Recorder, value: Any, slot: Slot) -> None:
        self.recorder, self.value, self.slot = recorder, value, slot
        recorder.made.append(ref(self))

    @property  # type: ignore[misc]
    def __class__(self) -> Any:
        return type(self.value)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, out: Any = None, **options: Any) -> Any:
        return ufunc_of(self.recorder, ufunc, method, inputs, out, options)

    def __array_function__(self, function: Any, types: Any, args: Any, options: Any) -> Any:
        return function_of(self.recorder, function, args, options)

    def __array__(self, *args: Any, **options: Any) -> Any:
        return np.asarray(self.recorder.pin(self), *args)

    def __bool__(self) -> bool:
        return self.recorder.assume(self, bool(self.value))

    def item(self) -> Any:
        """Itself."""
        return self

    def __copy__(self) -> Any:
        return self

    def __deepcopy__(self, memo: Any) -> Any:
        return self

    def __float__(self) -> float:
        return float(self.recorder.pin(self))

    def __int__(self) -> int:
        return int(self.recorder.pin(self))

    def __index__(self) -> int:
        return operator.index(self.recorder.pin(self))

    def __hash__(self) -> int:
        return hash(self.recorder.pin(self))

    def __repr__(self) -> str:
        return repr(self.recorder.pin(self))

    def __format__(self, spec: str) -> str:
        return format(self.recorder.pin(self), spec)

    def __round__(self, *digits: Any) -> Any:
        return round(self.recorder.pin(self), *digits)

    def __neg__(self) -> Any:
        return self.recorder.number(operator.neg, (self,), -self.value)

    def __abs__(self) -> Any:
        return self.recorder.number(operator.abs, (self,), abs(self.value))

    def __getattr__(self, name: str) -> Any:
        value = getattr(self.value, name)
        self.recorder.pin(self)
        return value

    __add__, __radd__ = binary(operator.add), binary(operator.add, True)
    __sub__, __rsub__ = binary(operator.sub), binary(operator.sub, True)
    __mul__, __rmul__ = binary(operator.mul), binary(operator.mul, True)
    __truediv__, __rtruediv__ = binary(operator.truediv), binary(operator.truediv, True)
    __floordiv__, __rfloordiv__ = binary(operator.floordiv), binary(operator.floordiv, True)
    __mod__, __rmod__ = binary(operator.mod), binary(operator.mod, True)
    __pow__, __rpow__ = binary(operator.pow), binary(operator.pow, True)
    __lt__, __le__ = compared(operator.lt), compared(operator.le)
    __gt__, __ge__ = compared(operator.gt), compared(operator.ge)
    __eq__, __ne__ = compared(operator.eq), compared(operator.ne)
