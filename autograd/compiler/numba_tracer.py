"""A program, taken apart into calls: each step is run on symbols, and what they are asked for is written down here."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any
from weakref import WeakValueDictionary

import numpy as np

from autograd.core.ops import NUMBERS
from autograd.core.sums import LONG

from . import numba_functions as functions
from . import numba_indexing as indexing
from .buffers import in_rows
from .numba_calls import Call, Calls, Check, Fold, Map, Operand, Outside, Product, View, row_strides, slots_read, whole
from .numba_scalars import CAST, COPY, DTYPES, FOLDS, expression
from .numba_symbols import Symbol, UntraceableError, address
from .program import Otherwise, Program, Slot, leaves, mapped

FLOATS = (np.dtype(np.float32), np.dtype(np.float64))


def calls_of(program: Program) -> Calls:
    """The program as calls on whole slots; never refused: what cannot be taken apart is a call from outside."""
    return Tracer(program).run()


class Tracer:
    """Writes calls down. `layouts` has a byte for each element of a slot: where a view's stand is what it shows."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.calls: list[Call] = []
        self.layouts: dict[Slot, np.ndarray[Any, Any]] = {}
        self.constants: dict[Slot, np.ndarray[Any, Any]] = {}
        self.symbols: WeakValueDictionary[int, Symbol] = WeakValueDictionary()
        self.pending: Symbol | None = None  # a view that was computed with in place, and not yet put back
        self.truth: Symbol | None = None  # whether all that Python computes with numbers is what is computed here
        self.last = max(slot.number for slot in (*program.inputs, *(step.out for step in program.steps)))
        self.env: dict[Slot, Symbol] = {}
        self.known: dict[Any, tuple[int, Slot]] = {}  # maps and folds that others may ask for: where, and the result

    def run(self) -> Calls:
        program = self.program
        for slot in program.inputs:
            self.env[slot] = self.of_slot(slot)
        for step in program.steps:
            self.step(step)
        if self.truth is not None:
            self.calls.append(Check((self.truth.view(),), Otherwise))
        outputs: list[Slot] = []
        for slot in program.outputs:
            outputs.append(self.settled(slot, outputs))
        writes = [(to, self.settled(value, [])) for to, value in program.writes if value is not to]
        needed = {*outputs, *[value for _, value in writes]}
        calls = [call for call in reversed(self.calls) if self.needed(call, needed)][::-1]
        read = {slot for call in calls for slot in slots_read(call)}
        constants = {slot: a for slot, a in self.constants.items() if slot in read}
        return Calls(program.inputs, constants, calls, outputs, writes)

    def needed(self, call: Call, slots: set[Slot]) -> bool:
        """Whether a call is a check, NumPy's, or gives what is needed; what it reads is needed then."""
        needed = isinstance(call, (Check, Outside)) or (call.out is not None and call.out.slot in slots)
        if needed:
            slots.update(slots_read(call))
        return needed

    def settled(self, slot: Slot, others: list[Slot]) -> Slot:
        """The slot that holds a result whole, and is nobody else's: no input, no constant."""
        symbol = self.env[slot]
        known = [*self.program.inputs, *self.constants, *others]
        given = symbol.slot is None or any(symbol.slot is other for other in known)
        if given or symbol.view() != whole(symbol.slot):  # type: ignore[arg-type]
            symbol = self.copy(symbol, symbol.dtype, shared=False)
        assert symbol.slot is not None
        return symbol.slot

    # -- steps --------------------------------------------------------------------------------------------------------

    def step(self, step: Any) -> None:
        """Run a step on symbols, or write it down whole."""
        inputs, options = self.symbolic(step.inputs), self.symbolic(step.options)
        mark, substitute, weak = len(self.calls), functions.SUBSTITUTES.get(step.function), step.out.weak
        try:
            if step.function in functions.NEVER:
                raise UntraceableError("a call that must be made each time")
            result = substitute(self, *inputs, **options) if substitute else step.function(*inputs, **options)
            symbol = self.symbol(result) if result is not None else None
            if self.pending is not None:
                raise UntraceableError("a write to a view")
            if symbol is not None and (symbol.shape != step.out.shape or (symbol.dtype != step.out.dtype and not weak)):
                raise UntraceableError("another result than was recorded")
        except Exception:  # whatever a function does with what is no array: it is computed by NumPy
            self.forget(mark)
            symbol = self.outside(step.function, inputs, options, step.out.shape, step.out.dtype)
        if symbol is not None:
            symbol.weak = weak and not symbol.shape
            self.env[step.out] = symbol

    def forget(self, mark: int) -> None:
        """A step that cannot be taken apart: none of its checks and calls of NumPy remain; loops that nobody reads go
        in the end."""
        self.pending = None
        self.calls[mark:] = [call for call in self.calls[mark:] if not isinstance(call, (Check, Outside))]
        self.known = {key: (at, slot) for key, (at, slot) in self.known.items() if at < mark}

    def symbolic(self, tree: Any) -> Any:
        """A step's arguments, with symbols in the place of slots."""
        return mapped(tree, lambda x: self.env[x] if type(x) is Slot else x)

    def outside(self, function: Any, inputs: Any, options: Any, shape: tuple[int, ...], dtype: Any) -> Symbol:
        """A call that NumPy makes."""
        out = self.new(shape, dtype)
        arguments, options = mapped((tuple(inputs), options), lambda x: x.view() if type(x) is Symbol else x)
        found = tuple(x for x in leaves((arguments, options)) if type(x) is View)
        name = getattr(function, "__name__", repr(function))
        self.calls.append(Outside(function, arguments, options, found, whole(out), name))
        return self.of_slot(out)

    # -- symbols ------------------------------------------------------------------------------------------------------

    def new(self, shape: tuple[int, ...], dtype: Any) -> Slot:
        self.last += 1
        return Slot(self.last, tuple(shape), np.dtype(dtype))

    def begin(self, slot: Slot) -> int:
        """Where the layout of a slot begins."""
        return address(self.layouts[slot])

    def of_slot(self, slot: Slot) -> Symbol:
        """All of a slot, which has the same layout each time."""
        if slot not in self.layouts:
            self.layouts[slot] = np.empty(slot.shape, np.int8)
        return Symbol(self, slot, self.layouts[slot], slot.dtype, weak=slot.weak)

    def filled(self, shape: tuple[int, ...], value: Any) -> Symbol:
        """An array of one number, a NumPy scalar."""
        return Symbol(self, None, np.empty(shape, np.int8), value.dtype, value)

    def symbol(self, x: Any) -> Symbol:
        """A symbol for what is one, or for a constant."""
        if isinstance(x, Symbol):
            return x
        if type(x) in NUMBERS:
            symbol = self.filled((), np.array(x)[()])
            symbol.weak = True
            return symbol
        if not isinstance(x, (np.ndarray, np.generic)):
            raise UntraceableError(f"{type(x)} among the arrays")
        a = np.require(x, None, ["C", "W", "A"]).reshape(x.shape)
        if a.size and (a.ndim == 0 or (a == a.flat[0]).all()):
            return self.filled(a.shape, a.reshape(-1)[0])
        symbol = self.of_slot(self.new(a.shape, a.dtype))
        assert symbol.slot is not None
        self.constants[symbol.slot] = a
        return symbol

    def own(self, symbol: Symbol) -> Slot:
        """The slot of a symbol; of an array of one number, one that is filled with it."""
        if symbol.slot is None:
            slot = self.emit(COPY, (symbol.value,), (symbol.dtype, symbol.dtype), symbol.shape, shared=False)
            symbol.slot, symbol.value, symbol.layout = slot.slot, None, slot.layout
        assert symbol.slot is not None
        return symbol.slot

    def operand(self, x: Any, shape: tuple[int, ...]) -> Operand:
        """What a map reads: a view of the whole shape, or a number."""
        if type(x) in NUMBERS:
            return x
        x = self.symbol(x)
        return x.value if x.slot is None else x.shown(np.broadcast_to, shape).view()

    def emit(self, function: Any, operands: Any, dtypes: Any, shape: tuple[int, ...], shared: bool = True) -> Symbol:
        """A map into a new slot; or the slot of the same one, if it is `shared`."""
        if not set(dtypes) <= DTYPES:
            raise UntraceableError("a dtype without loops")
        views = tuple(self.operand(x, shape) for x in operands)
        key = (function, views, tuple(dtypes), shape, tuple(map(type, views)), repr(views))
        at, out = self.known.get(key, (len(self.calls), None)) if shared else (0, None)
        if out is None:
            out = self.new(shape, dtypes[-1])
            if shared:
                self.known[key] = at, out
            self.calls.append(Map(function, views, tuple(dtypes), whole(out)))
        return self.of_slot(out)

    def hold(self, truth: Any) -> None:
        """What must be true for the program to hold."""
        if isinstance(truth, Symbol):
            self.truth = truth if self.truth is None else self.map(np.logical_and, (self.truth, truth))

    def check(self, index: View, size: int, error: Callable[[], Exception]) -> None:
        """Indices are to be looked at, once."""
        if not any(isinstance(c, Check) and c.operands == (index,) and c.size == size for c in self.calls):
            self.calls.append(Check((index,), error, size))

    def copy(self, x: Symbol, dtype: Any, shared: bool = True) -> Symbol:
        return self.emit(COPY if dtype == x.dtype else CAST, (x,), (x.dtype, dtype), x.shape, shared)

    def put(self, place: View, value: Any, added: bool = False) -> None:
        """Write to a part of a slot, or add."""
        if type(value) not in NUMBERS:
            value = self.symbol(value)
            if np.broadcast_shapes(value.shape, place.shape) != place.shape:
                value = value.reshape(place.shape)  # of more axes, of length 1
        operand = self.operand(value, place.shape)
        operands, function = ((place, operand), np.add) if added else ((operand,), COPY)
        self.calls.append(Map(function, operands, (place.slot.dtype,) * (len(operands) + 1), place))

    def fill(self, x: Symbol, value: Any) -> None:
        """Write to all of an array: what it was before is of no account."""
        symbol = self.symbol(value)
        if np.broadcast_shapes(symbol.shape, x.shape) != x.shape:
            symbol = symbol.reshape(x.shape)
        symbol = self.copy(symbol.shown(np.broadcast_to, x.shape), x.dtype, shared=False)
        x.slot, x.layout, x.value = symbol.slot, symbol.layout, None

    def number(self, x: Symbol) -> Symbol:
        """The only element of an array, as a number of Python's."""
        symbol = self.symbol(x).reshape(())
        wide = np.dtype({"f": np.float64, "i": np.int64, "u": np.int64}.get(symbol.dtype.kind, bool))
        symbol = self.copy(symbol, wide)
        symbol.weak = True
        return symbol

    def assign(self, out: Symbol, result: Any) -> Symbol:
        """`out` is computed with in place: it shows the result from now on."""
        result = self.symbol(result)
        if result.shape != out.shape or self.pending is not None:
            raise UntraceableError("a write that repeats numbers")
        if out.slot is not None and any(s is not out and s.slot is out.slot for s in self.symbols.values()):
            self.pending = out  # other symbols show this memory, which only `setitem` can bring up to date
        result = result if result.dtype == out.dtype else self.copy(result, out.dtype)
        out.slot, out.layout, out.value = result.slot, result.layout, result.value
        return out

    # -- what symbols are asked for -----------------------------------------------------------------------------------

    def function(self, function: Callable[..., Any], args: Any, options: Any) -> Any:
        if forward := getattr(function, "forward", None):
            substitute = functions.SUBSTITUTES.get(forward)
            return substitute(self, *args, **options) if substitute else forward(*args, **options)
        if function not in functions.FUNCTIONS:
            raise UntraceableError(f"{function.__name__} of an array")
        return functions.FUNCTIONS[function](self, *args, **options)

    def getitem(self, x: Symbol, index: Any) -> Symbol:
        return indexing.getitem(self, x, index)

    def setitem(self, x: Symbol, index: Any, value: Any, added: bool = False) -> None:
        if self.pending is not None and value is self.pending:
            self.pending = None
        elif any(s is not x and s.slot is not None and s.slot is x.slot for s in self.symbols.values()):
            raise UntraceableError("a write to what others show")
        indexing.setitem(self, x, index, value, added)

    def ufunc(self, ufunc: np.ufunc, method: str, inputs: Any, options: dict[str, Any]) -> Symbol:
        if method == "reduce":
            return self.fold(ufunc, *inputs, **options)
        if method != "__call__" or set(options) - {"dtype", "casting"}:
            raise UntraceableError(f"{ufunc.__name__}.{method}")
        if ufunc is np.matmul:
            return self.product(*map(self.symbol, inputs))
        if ufunc is np.vecdot:
            x, y = map(self.symbol, inputs)
            return np.add.reduce(x * y, -1)
        return self.map(ufunc, inputs, options.get("dtype"))

    def map(self, ufunc: np.ufunc, inputs: Any, dtype: Any = None) -> Symbol:
        kinds = [self.kind(x) for x in inputs]
        forced: Any = {"signature": (np.dtype(dtype),) * ufunc.nargs, "casting": "unsafe"} if dtype is not None else {}
        found = ufunc.resolve_dtypes((*kinds, None), **forced)
        shape = np.broadcast_shapes(*[getattr(x, "shape", ()) for x in inputs])
        one = len(set(found[:-1])) == 1 and set(found) <= DTYPES
        if not one or expression(ufunc, found[0]) is None:
            return self.outside(ufunc, inputs, {} if dtype is None else {"dtype": dtype}, shape, found[-1])
        weak = all(isinstance(kind, type) for kind in kinds)
        symbol = self.emit(ufunc, inputs, found, shape)
        symbol.weak = weak
        return symbol

    def kind(self, x: Any) -> Any:
        """How an operand counts in the choice of a dtype: a number of Python by its type, all else by its dtype."""
        if type(x) in NUMBERS or (isinstance(x, Symbol) and x.weak):
            kind = type(x) if type(x) in NUMBERS else {"f": float, "i": int}.get(x.dtype.kind, bool)
            return np.dtype(bool) if kind is bool else kind
        return x.dtype

    def fold(
        self, ufunc: np.ufunc, x: Symbol, axis: Any = 0, dtype: Any = None, keepdims: bool = False, **options: Any
    ) -> Symbol:
        if any(value is not None for value in options.values()) or ufunc not in FOLDS:
            raise UntraceableError(f"{ufunc.__name__}.reduce")
        axes = range(x.ndim) if axis is None else [axis] if isinstance(axis, int) else axis
        axes = {a % x.ndim if x.ndim else a for a in axes}
        dtype = np.dtype(dtype) if dtype is not None else ufunc.reduce(np.ones(1, x.dtype)).dtype
        n = math.prod(x.shape[a] for a in axes)
        if dtype not in DTYPES or (n == 0 and ufunc in (np.maximum, np.minimum)):
            raise UntraceableError("a fold without a beginning")
        if n == 0:
            empty: Any = ufunc.reduce(np.empty(x.shape, x.dtype), axis=axis, keepdims=keepdims)
            return self.filled(empty.shape, dtype.type(ufunc.identity))
        inside = np.dtype(np.float64) if ufunc is np.add and dtype == np.float32 and n > LONG else dtype
        if ufunc not in (np.logical_or, np.logical_and) and x.dtype != inside:
            x = self.copy(x, inside)
        kept = [1 if a in axes else size for a, size in enumerate(x.shape)]
        shape = tuple(kept) if keepdims else tuple(size for a, size in enumerate(x.shape) if a not in axes)
        strides = tuple(0 if a in axes else s for a, s in enumerate(row_strides(tuple(kept))))
        key = ufunc, x.view(), strides, shape, inside
        at, out = self.known.get(key, (len(self.calls), None))
        if out is None:
            out = self.new(shape, inside)
            self.known[key] = at, out
            self.calls.append(Fold(ufunc, (x.view(),), View(out, x.shape, 0, strides)))
        result = self.of_slot(out)
        return result if inside == dtype else self.copy(result, dtype)

    def dot(self, x: Any, y: Any) -> Symbol:
        """`np.dot`, of matrices and vectors."""
        x, y = self.symbol(x), self.symbol(y)
        if not (0 < x.ndim <= 2 and 0 < y.ndim <= 2):
            raise UntraceableError("the dot product of more axes, or none")
        return self.product(x, y)

    def product(self, x: Symbol, y: Symbol) -> Symbol:
        """x @ y: a batch of matrices on the left of one matrix is a larger matrix."""
        dtype = np.result_type(x.dtype, y.dtype)
        if dtype not in FLOATS:
            return self.outside(np.matmul, (x, y), {}, np.matmul(x.layout, y.layout).shape, dtype)
        if x.ndim == 1 or y.ndim == 1:
            a, b = x[None] if x.ndim == 1 else x, y[:, None] if y.ndim == 1 else y
            out = self.product(a, b)
            return out.squeeze(tuple(i for i, v in ((-2, x), (-1, y)) if v.ndim == 1))
        if x.shape[-1] != y.shape[-2]:
            raise UntraceableError("matrices that do not fit")
        x, y = (a if a.dtype == dtype else self.copy(a, dtype) for a in (x, y))
        if x.ndim > 2 and y.ndim == 2:
            rows = x.reshape(-1, x.shape[-1]) if x.size else self.copy(x, dtype).reshape(-1, x.shape[-1])
            return self.product(rows, y).reshape(*x.shape[:-1], y.shape[-1])
        if x.shape[-1] == 1:
            return x * y
        if x.slot is None and x.value == 1:
            sums = self.fold(np.add, y, -2, keepdims=True)
            return sums.shown(np.broadcast_to, (*sums.shape[:-2], x.shape[-2], sums.shape[-1]))
        if y.slot is None and y.value == 1:
            sums = self.fold(np.add, x, -1, keepdims=True)
            return sums.shown(np.broadcast_to, (*sums.shape[:-1], y.shape[-1]))
        batch = np.broadcast_shapes(x.shape[:-2], y.shape[:-2])
        x, y = (dense(a).shown(np.broadcast_to, (*batch, *a.shape[-2:])) for a in (x, y))
        slot = self.new((*batch, x.shape[-2], y.shape[-1]), dtype)
        if x.shape[-1] == 0 or not math.prod(slot.shape):
            return self.filled(slot.shape, dtype.type(0))
        self.calls.append(Product((x.view(), y.view()), whole(slot)))
        return self.of_slot(slot)


def dense(x: Symbol) -> Symbol:
    """x itself if its matrices lie in rows or in columns, as BLAS takes them; else a copy."""
    return x if in_rows(x.layout) or in_rows(x.layout.mT) else x.copy()
