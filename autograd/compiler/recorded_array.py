"""Arrays that tell a recorder what is computed of them, by NumPy's protocols; and numbers that do.

They say that they are arrays, or floats: `isinstance(x, np.ndarray)` holds, so that code which asks goes the way it
always goes. Only code in C sees what they are, and must ask them for their values, which is never overlooked.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from typing import Any
from weakref import ref

import numpy as np

from ..calculus.primitives import replace
from ..core.engine import Traced
from .program import Path, Slot, invoke
from .recorder import Memory, Recorder

FACTS = "dtype", "shape", "ndim", "size", "strides", "flags", "itemsize", "nbytes"
METHODS = frozenset({
    "reshape", "transpose", "swapaxes", "squeeze", "ravel", "flatten", "astype", "copy", "sum", "mean", "max", "min",
    "prod", "any", "all", "argmax", "argmin", "argsort", "cumsum", "cumprod", "round", "clip", "var", "std", "take",
    "repeat", "dot", "diagonal", "trace", "view",
})  # fmt: skip  # of arrays: what they give depends on the array alone
ABOUT = {
    np.shape, np.ndim, np.size, np.result_type, np.can_cast, np.may_share_memory, np.shares_memory, np.iscomplexobj,
    np.isrealobj,
}  # fmt: skip  # functions that look at no values


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

    @property
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
        if options.get("out") is not None or len(args) > 2 and name not in ("reshape", "transpose"):
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
        return np.asarray(self.value).__array_interface__

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
        return np.negative(self)  # type: ignore[call-overload]

    def __pos__(self) -> Any:
        return np.positive(self)  # type: ignore[call-overload]

    def __abs__(self) -> Any:
        return np.absolute(self)  # type: ignore[call-overload]

    def __invert__(self) -> Any:
        return np.invert(self)  # type: ignore[call-overload]

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
    __lt__, __le__, __gt__, __ge__ = binary(np.less), binary(np.less_equal), binary(np.greater), binary(np.greater_equal)
    __eq__, __ne__ = binary(np.equal), binary(np.not_equal)  # type: ignore[assignment]


def ufunc_of(recorder: Recorder, ufunc: Any, method: str, inputs: Any, out: Any, options: Any) -> Any:
    """A ufunc, or its `reduce` and the like, of recorded arrays; with `out`, a write."""
    if any(isinstance(x, Traced) for x in inputs):
        return NotImplemented
    function = ufunc if method == "__call__" else getattr(ufunc, method)
    options = {key: x for key, x in options.items() if not (x is None and key in ("dtype", "out"))}
    given = recorder.values(inputs)
    if method == "at":
        recorder.refuse(f"{ufunc.__name__}.at writes to an array")
        return function(*given)
    target = out[0] if out else None
    if target is None:
        return recorder.note(function, inputs, options, function(*given, **recorder.values(options)))
    place = recorder.value(target)
    if not recorder.live:
        function(*given, out=place, **recorder.values(options))
        return target
    if type(target) is not RecordedArray or target.recorder is not recorder or method != "__call__":
        recorder.refuse(f"{ufunc.__name__} writes to an array that was not computed here")
        function(*given, out=place, **recorder.values(options))
        return target
    slots = [recorder.given(x) for x in inputs]  # what stands there before it is written to
    function(*given, out=place, **recorder.values(options))
    kinds = [x.dtype if hasattr(x, "dtype") else type(x) for x in given]
    dtype = np.dtype(options.get("dtype") or ufunc.resolve_dtypes((*kinds, None))[-1])
    shape = np.broadcast_shapes(*(np.shape(x) for x in given))
    natural = recorder.slot(place) if (shape, dtype) == (place.shape, place.dtype) else recorder.slot(np.empty(shape, dtype))
    recorder.write(target, recorder.step(function, slots, options, natural))
    return target


def function_of(recorder: Recorder, function: Any, args: Any, options: Any) -> Any:
    """A NumPy function, or a primitive, of recorded arrays."""
    if function in ABOUT or not recorder.live:
        return function(*recorder.values(args), **recorder.values(options))
    if function is np.copyto and len(args) == 2 and not options and type(args[0]) is RecordedArray:
        args[0][...] = args[1]
        return None
    target = options.get("out")
    if type(target) is RecordedArray:
        target[...] = function_of(recorder, function, args, {k: x for k, x in options.items() if k != "out"})
        return target
    if target is not None or function in WRITING:
        recorder.refuse(f"{function.__name__} writes to an array")
        return function(*recorder.values(args), **recorder.values(options))
    if hasattr(function, "forward"):
        return recorder.op(function.forward, args, options)
    options = {key: x for key, x in options.items() if key != "out"}
    return recorder.call(function, *args, **options)


WRITING = {np.copyto, np.put, np.place, np.putmask, np.fill_diagonal, np.put_along_axis}


def number_binary(function: Any, reflected: bool = False) -> Callable[[Any, Any], Any]:
    """An operator of a number: with numbers it gives a number, with arrays what NumPy gives."""

    def call(self: Any, other: Any) -> Any:
        args = (other, self) if reflected else (self, other)
        if type(other) is not RecordedNumber and type(other) not in (int, float, bool):
            return NotImplemented
        value = function(*self.recorder.values(args))
        return self.recorder.number(function, args, value)

    return call


def number_compared(function: Any) -> Callable[[Any, Any], Any]:
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

    @property
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

    __add__, __radd__ = number_binary(operator.add), number_binary(operator.add, True)
    __sub__, __rsub__ = number_binary(operator.sub), number_binary(operator.sub, True)
    __mul__, __rmul__ = number_binary(operator.mul), number_binary(operator.mul, True)
    __truediv__, __rtruediv__ = number_binary(operator.truediv), number_binary(operator.truediv, True)
    __floordiv__, __rfloordiv__ = number_binary(operator.floordiv), number_binary(operator.floordiv, True)
    __mod__, __rmod__ = number_binary(operator.mod), number_binary(operator.mod, True)
    __pow__, __rpow__ = number_binary(operator.pow), number_binary(operator.pow, True)
    __lt__, __le__ = number_compared(operator.lt), number_compared(operator.le)
    __gt__, __ge__ = number_compared(operator.gt), number_compared(operator.ge)
    __eq__, __ne__ = number_compared(operator.eq), number_compared(operator.ne)  # type: ignore[assignment]


def recorder() -> Recorder:
    """A new recorder, which hands out these."""
    return Recorder(RecordedArray, RecordedNumber)
