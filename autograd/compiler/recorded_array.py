"""Arrays that tell a recorder what is computed of them, by NumPy's protocols.

They say that they are arrays: `isinstance(x, np.ndarray)` holds, so that code which asks goes the way it always goes.
Only code in C sees what they are, and must ask them for their values, which is never overlooked.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from typing import Any
from weakref import ref

import numpy as np

from ..calculus.primitives import replace
from .program import Path, Slot, invoke
from .recorded_calls import function_of, ufunc_of
from .step_recorder import Memory, Recorder

FACTS = "dtype", "shape", "ndim", "size", "strides", "flags", "itemsize", "nbytes"
METHODS = frozenset({
    "reshape", "transpose", "swapaxes", "squeeze", "ravel", "flatten", "astype", "copy", "sum", "mean", "max", "min",
    "prod", "any", "all", "argmax", "argmin", "argsort", "cumsum", "cumprod", "round", "clip", "var", "std", "take",
    "repeat", "dot", "diagonal", "trace", "view",
})  # fmt: skip  # of arrays: what they give depends on the array alone


def binary(function: Any, reflected: bool = False) -> Callable[[Any, Any], Any]:
    """An operator of an array: NumPy's ufunc, by its protocol."""

    def call(self: Any, other: Any) -> Any:
        return function(other, self) if reflected else function(self, other)

    return call


def augmented(function: Any) -> Callable[[Any, Any], Any]:
    """An operator that writes to an array; of a 0-d result, which NumPy gives as a scalar, it makes another."""

    def call(self: Any, other: Any) -> Any:
        if not isinstance(self.value, np.ndarray):
            return function(self, other)
        return function(self, other, out=(self,))

    return call


class RecordedArray:
    """An array with its `value` and its slot in a program: the `memory` it shows, and by which `path`."""

    __slots__ = ("__weakref__", "_slot", "_version", "memory", "path", "recorder", "value")

    def __init__(self, recorder: Recorder, value: Any, memory: Memory, path: Path = (), slot: Any = None) -> None:
        self.recorder, self.value, self.memory, self.path = recorder, value, memory, path
        self._slot, self._version = slot, memory.version
        if memory.root is None:
            memory.root = self
            recorder.memories.append(memory)
        recorder.made.append(ref(self))

    @property  # type: ignore[misc]
    def __class__(self) -> Any:
        return type(self.value)

    @property
    def slot(self) -> Slot:
        """The slot of what stands in it now: a view is taken anew after a write to what it shows."""
        if not self.path:
            return self.memory.slot
        if self._version != self.memory.version:
            slot, x = self.memory.slot, self.memory.root.value
            for function, args, options in self.path:
                x = function(x, *self.recorder.values(args), **self.recorder.values(options))
                out = self.recorder.slot(x, self.memory.slot)
                slot = self.recorder.step(function, (slot, *args), options, out)
            self._slot, self._version = slot, self.memory.version
        return self._slot

    @property
    def base(self) -> Any:
        """What it is a view of."""
        return self.memory.root if self.path else getattr(self.value, "base", None)

    @property
    def T(self) -> Any:
        """The array with its axes in reverse."""
        return self.recorder.call(invoke, self, "transpose")

    @property
    def real(self) -> Any:
        """Itself: there are no complex numbers."""
        return self

    def __getattr__(self, name: str) -> Any:
        if name in FACTS:
            return getattr(self.value, name)
        if name in METHODS:
            return lambda *args, **options: self._method(name, args, options)
        if name.startswith("__"):  # code in C then asks for `__array__`
            raise AttributeError(name)
        self.recorder.refuse(f"the attribute {name} of an array")
        return getattr(self.value, name)

    def _method(self, name: str, args: Any, options: Any) -> Any:
        if options.get("out") is not None or (len(args) > 2 and name not in ("reshape", "transpose")):
            self.recorder.refuse(f"the method {name} of an array, with out=")
            return getattr(self.value, name)(*args, **options)
        return self.recorder.call(invoke, self, name, *args, **options)

    # -- NumPy's protocols --

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, out: Any = None, **options: Any) -> Any:
        return ufunc_of(self.recorder, ufunc, method, inputs, out, options)

    def __array_function__(self, function: Any, types: Any, args: Any, options: Any) -> Any:
        return function_of(self.recorder, function, args, options)

    @property
    def __array_interface__(self) -> Any:
        self.recorder.refuse("code that is not NumPy's reads an array")
        shown = np.asarray(self.value)
        self.recorder.constants.append(shown)  # of a scalar it is a new array, and who reads it does not keep it
        return shown.__array_interface__

    # -- parts --

    def __getitem__(self, index: Any) -> Any:
        return self.recorder.call(operator.getitem, self, index)

    def __setitem__(self, index: Any, value: Any) -> None:
        recorder = self.recorder
        before = self.slot if recorder.live else None
        self.value[recorder.values(index)] = recorder.value(value)
        if not recorder.live:
            return
        if index is ... and type(value) is RecordedArray and value.recorder is recorder:
            recorder.write(self, value.slot)
        else:
            out = recorder.slot(self.value)
            recorder.write(self, recorder.step(replace.forward, (before, value), {"index": index}, out))  # type: ignore[attr-defined]

    def __len__(self) -> int:
        return len(self.value)

    def __iter__(self) -> Iterator[Any]:
        return (self[i] for i in range(len(self.value)))

    # -- values that Python looks at --

    def __bool__(self) -> bool:
        return self.recorder.assume(self, bool(self.value))

    def item(self, *place: Any) -> Any:
        """The only element, as a number of the program."""
        value = self.value.item(*place)
        if isinstance(value, bool):
            return self.recorder.assume(self if not place else self.reshape(-1)[place], value)
        return self.recorder.number(invoke, (self, "item", *place), value)

    def fill(self, value: Any) -> None:
        """Write one number to every place."""
        self[...] = value

    def _read(self, how: str, value: Any) -> Any:
        self.recorder.refuse(f"Python looks at a value that was computed: {how}")
        return value

    def tolist(self) -> Any:
        """The values, which are not the program's any more."""
        return self._read("tolist()", self.value.tolist())

    def __float__(self) -> float:
        return float(self._read("float()", float(self.value)))

    def __int__(self) -> int:
        return int(self._read("int()", int(self.value)))

    def __index__(self) -> int:
        return int(self._read("an index", operator.index(self.value)))

    def __repr__(self) -> str:
        return str(self._read("print()", repr(self.value)))

    def __format__(self, spec: str) -> str:
        return str(self._read("print()", format(self.value, spec)))

    def __hash__(self) -> int:
        return hash(self._read("hash()", self.value))

    def __copy__(self) -> Any:
        return self.recorder.call(invoke, self, "copy")

    def __deepcopy__(self, memo: Any) -> Any:
        return self.__copy__()

    def __matmul__(self, other: Any) -> Any:
        return np.matmul(self, other)

    def __rmatmul__(self, other: Any) -> Any:
        return np.matmul(other, self)

    def __neg__(self) -> Any:
        return np.negative(self)

    def __pos__(self) -> Any:
        return np.positive(self)

    def __abs__(self) -> Any:
        return np.absolute(self)

    def __invert__(self) -> Any:
        return np.invert(self)

    __add__, __radd__, __iadd__ = binary(np.add), binary(np.add, True), augmented(np.add)
    __sub__, __rsub__, __isub__ = binary(np.subtract), binary(np.subtract, True), augmented(np.subtract)
    __mul__, __rmul__, __imul__ = binary(np.multiply), binary(np.multiply, True), augmented(np.multiply)
    __truediv__, __rtruediv__, __itruediv__ = binary(np.divide), binary(np.divide, True), augmented(np.divide)
    __floordiv__, __rfloordiv__ = binary(np.floor_divide), binary(np.floor_divide, True)
    __mod__, __rmod__ = binary(np.remainder), binary(np.remainder, True)
    __pow__, __rpow__, __ipow__ = binary(np.power), binary(np.power, True), augmented(np.power)
    __and__, __rand__, __iand__ = binary(np.bitwise_and), binary(np.bitwise_and, True), augmented(np.bitwise_and)
    __or__, __ror__, __ior__ = binary(np.bitwise_or), binary(np.bitwise_or, True), augmented(np.bitwise_or)
    __xor__, __rxor__, __ixor__ = binary(np.bitwise_xor), binary(np.bitwise_xor, True), augmented(np.bitwise_xor)
    __lshift__, __rshift__ = binary(np.left_shift), binary(np.right_shift)
    __lt__, __le__ = binary(np.less), binary(np.less_equal)
    __gt__, __ge__ = binary(np.greater), binary(np.greater_equal)
    __eq__, __ne__ = binary(np.equal), binary(np.not_equal)
