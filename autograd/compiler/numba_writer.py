"""The source of a program: a function of arrays, in which every array lies flat, row after row.

v6 = array(memory, 0, float32, (8192,))  # 64 x 128
dot(array(v2, 0, float32, (64, 784)), array(v0, 0, float32, (784, 128)), array(v6, 0, float32, (64, 128)))
# add, maximum
for i in range(64):
    for j in range(128):
        e6 = v6[at(128 * i + j)]
        e1 = v1[j]
        e7 = e6 + e1
        e8 = choose(e7 < float32(0.0), float32(0.0), e7)
        v8[at(128 * i + j)] = e8

What stands in memory is v8, say, and e8 is the number of it that the loop is at.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator
from itertools import count
from typing import Any

import numpy as np

from .buffers import in_rows
from .numba_calls import Check, Fold, Map, Number, Product, View
from .numba_loops import Address, Group, Nest, Term, address_of, columns_of, terms
from .numba_memory import Memory
from .numba_scalars import CAST, FOLDS, FREE, SQUARE, WHERE, WITH_NUMBER, expression
from .program import Slot

INDENT = "    "
UNFIT = -1  # what a function returns that was given an array of another shape


def literal(x: Any, dtype: np.dtype[Any]) -> str:
    """A number in a dtype, as source."""
    value = np.asarray(x).astype(dtype)[()].item()
    if dtype.kind == "f":
        short = str(np.float32(value)) if dtype == np.float32 else repr(value)
        exact = np.float32(float(short)) == np.float32(value) or value != value
        return f"{dtype.name}({short if exact else repr(value)})"
    return repr(value) if dtype.kind == "b" else f"{dtype.name}({value})"


def kind_of(dtype: np.dtype[Any]) -> str:
    return "bool_" if dtype.kind == "b" else dtype.name


def converted(text: str, given: np.dtype[Any], dtype: np.dtype[Any]) -> str:
    """An expression in a dtype. A truth is a number from 0, and any other number is true."""
    if given == dtype:
        return text
    return f"({text} != 0)" if dtype.kind == "b" else f"{dtype.name}({text})"


def index_of(rows: tuple[Term, ...], columns: tuple[Term, ...], offset: int) -> str:
    parts = [_term("i", *term) for term in rows] + [_term("j", *term) for term in columns]
    if offset or not parts:
        parts.append(str(offset))
    return " + ".join(parts).replace("+ -", "- ")


def _term(k: str, divisor: int, modulus: int, stride: int) -> str:
    text = f"{k} // {divisor}" if divisor > 1 else k
    if modulus:
        text = f"({text}) % {modulus}" if divisor > 1 else f"{text} % {modulus}"
    if stride == 1:
        return f"({text})" if modulus or divisor > 1 else text
    return f"{stride} * ({text})" if modulus or divisor > 1 else f"{stride} * {text}"


class Arrays:
    """The names of arrays, and which of them a function uses."""

    def __init__(self, memory: Memory, shared: bool = False) -> None:
        self.memory, self.shared = memory, shared  # among threads: a loop does not begin at 0, that the compiler knows
        self.given: dict[Slot, None] = {}  # in the order of their first use
        self.own: dict[Slot, None] = {}
        self.taken: set[str] = set()  # names of numbers: each is given once, which Numba compiles far sooner

    def name(self, slot: Slot) -> str:
        slot = self.memory.holder(slot)
        (self.given if slot in self.memory.arrays else self.own)[slot] = None
        return repr(slot)

    def new(self, name: str) -> str:
        """A name that nobody has, like this one."""
        found = name if name not in self.taken else next(n for k in count(1) if (n := f"{name}_{k}") not in self.taken)
        self.taken.add(found)
        return found

    def load(self, address: Address) -> str:
        """The number at an address."""
        name = self.name(address.slot)
        if address.slot.weak and address.slot in self.memory.arrays:
            return name  # a number of Python's
        return f"{name}[{self.index(address)}]"

    def index(self, address: Address) -> str:
        rows = () if address.slot in self.memory.rows else address.rows
        text = index_of(rows, address.columns, address.offset)
        for at, stride, size in address.picks:
            times = "" if stride == 1 else f"{stride} * "
            text += f" + {times}chosen({self.load(at)}, {size})"
        known = text.isdigit() or (text in ("i", "j") and not self.shared)
        return text if known else f"at({text})"


class NestWriter:
    """The loops of a nest. A line stands before the loops, at a phase's beginning in a row, in its loop, or after."""

    def __init__(self, nest: Nest, arrays: Arrays) -> None:
        self.nest, self.arrays, self.memory, self.shared = nest, arrays, arrays.memory, arrays.shared
        self.rows = nest.rows
        self.phases = nest.phases[self.rows]
        self.before: list[str] = []
        self.after: list[str] = []
        self.gaps: dict[int, list[str]] = defaultdict(list)
        self.loops: dict[tuple[int, int], list[str]] = defaultdict(list)
        self.late: dict[tuple[int, int], list[str]] = defaultdict(list)  # what overwrites an input comes last in a loop
        self.loaded: dict[Any, str] = {}
        arrays.taken.update(f"e{slot.number}" for slot in nest.writers)

    def lines(self) -> Iterator[str]:
        for call in self.nest.calls:
            self.fold(call) if isinstance(call, Fold) else self.map(call)
        names = ", ".join(dict.fromkeys(_name(call.function) for call in self.nest.calls))
        yield f"# {names}"
        yield from self.before
        pad = ""
        if self.rows > 1:
            yield f"for i in range({'begin, end' if self.shared else self.rows}):"
            pad = INDENT
        for phase in range(max([*self.gaps, *[p for p, _ in self.loops]], default=0) + 1):
            yield from (pad + line for line in self.gaps[phase] + self.late[phase, 1])
            for (p, columns), lines in self.loops.items():
                if p == phase:
                    alone = self.shared and self.rows == 1
                    yield f"{pad}for j in range({'begin, end' if alone else columns}):"
                    yield from (pad + INDENT + line for line in lines + self.late[p, columns])
        yield from self.after

    def place(self, call: Map | Fold) -> list[str]:
        """The lines among which a call stands."""
        columns, phase = columns_of(call, self.rows), self.phases[call]
        return self.gaps[phase] if columns == 1 else self.loops[phase, columns]

    def read(self, x: View | Number, call: Map | Fold, dtype: Any) -> str:
        """The name of an operand, or the number, in a dtype."""
        if not isinstance(x, View):
            return literal(x, dtype)
        return converted(self.name(x, call), x.slot.dtype, dtype)

    def name(self, x: View, call: Map | Fold) -> str:
        address = address_of(x, self.rows)
        writer = self.nest.writers.get(x.slot)
        if writer is not None and writer is not call and address == address_of(writer.out, self.rows):
            same = self.phases[writer] == self.phases[call]
            if not address.columns or (same and isinstance(writer, Map)):
                return f"e{x.slot.number}"
        if x.slot is call.out.slot:  # it adds to what stands there at this very moment
            return self.arrays.load(address)
        lines, scope = self.place(call), (self.phases[call], columns_of(call, self.rows))
        outside = writer is None and not any(s in self.nest.writers for s in x.slots())
        if outside and address.fixed:
            lines, scope = self.before, (-2, 0)
        elif outside and not address.columns and not _any_columns(address):
            lines, scope = self.gaps[0], (-1, 0)
        name = self.loaded.get((scope, address))
        if name is None:
            name = self.loaded[scope, address] = self.arrays.new(f"e{x.slot.number}")
            lines.append(f"{name} = {self.arrays.load(address)}")
        return name

    def map(self, call: Map) -> None:
        names = [self.read(x, call, dtype) for x, dtype in zip(call.operands, call.dtypes, strict=False)]
        text = computed(call, names)
        address, lines = address_of(call.out, self.rows), self.place(call)
        slot = call.out.slot
        if address.picks or any(isinstance(x, View) and x.slot is slot for x in call.operands):
            lines.append(f"{self.arrays.name(slot)}[{self.arrays.index(address)}] = {text}")
            return
        lines.append(f"e{slot.number} = {text}")
        if self.memory.kept(slot):
            late = self.memory.holder(slot) is not slot
            lines = self.late[self.phases[call], columns_of(call, self.rows)] if late else lines
            lines.append(f"{self.arrays.name(slot)}[{self.arrays.index(address)}] = e{slot.number}")

    def fold(self, call: Fold) -> None:
        """A running result with a name, for a row or for all of them; in memory, where it differs by column."""
        (x,), slot, dtype = call.operands, call.out.slot, call.out.slot.dtype
        name, address = f"e{slot.number}", address_of(call.out, self.rows)
        value, phase = self.read(x, call, dtype), self.phases[call]
        begin = beginning(call.function, dtype)
        place = f"{self.arrays.name(slot)}[{self.arrays.index(address)}]" if self.memory.kept(slot) else ""
        alone = math.prod(slot.shape) == self.rows  # a result for each row
        if address.columns or (address.rows and not alone):
            self.before.append(f"{self.arrays.name(slot)}[:] = {begin}")
        if address.columns:
            self.place(call).append(f"{place} = {combined(call.function, place, value, dtype, free=False)}")
            return
        across = self.rows > 1 and not alone and not address.rows
        if across:
            self.before.append(f"{name} = {begin}")
            self.after += [f"{place} = {name}"] if place else []
        if columns_of(call, self.rows) > 1:
            inner = name if alone else f"p{slot.number}"
            self.gaps[phase].append(f"{inner} = {begin}")
            self.place(call).append(f"{inner} = {combined(call.function, inner, value, dtype)}")
            value = inner
        end = self.gaps[phase + 1]
        if across:
            end.append(f"{name} = {combined(call.function, name, value, dtype)}")
        elif not alone:
            end.append(f"{place} = {combined(call.function, place, value, dtype)}")
        else:
            if value != name:
                end.append(f"{name} = {value}")
            if place:
                end.append(f"{place} = {name}")


def _any_columns(address: Address) -> bool:
    return any(at.columns or _any_columns(at) for at, _, _ in address.picks)


def _name(function: Any) -> str:
    return function if isinstance(function, str) else function.__name__


def beginning(ufunc: np.ufunc, dtype: np.dtype[Any]) -> str:
    if ufunc in (np.maximum, np.minimum) and dtype.kind in "iu":
        info = np.iinfo(dtype)
        return literal(info.min if ufunc is np.maximum else info.max, dtype)
    return literal(FOLDS[ufunc], dtype)


def combined(ufunc: np.ufunc, running: str, value: str, dtype: np.dtype[Any], free: bool = True) -> str:
    """One more number in a fold, whose order may be left `free`."""
    if free and dtype.kind == "f" and ufunc in FREE:
        return f"{FREE[ufunc]}({running}, {value})"
    text = expression(ufunc, dtype)
    assert text is not None
    text = text.format(x=running, y=value)
    return text if dtype.kind in "fb" else f"{dtype.name}({text})"


def computed(call: Map, names: list[str]) -> str:
    """What a map computes, of names or numbers in the dtypes of its operands."""
    given, dtype = call.dtypes[0], call.dtypes[-1]
    if call.function is CAST:
        return converted(names[0], given, dtype)
    text = expression(call.function, call.dtypes[1] if call.function is WHERE else given)
    if call.function in WITH_NUMBER and not isinstance(y := call.operands[1], View) and y == y:
        text = WITH_NUMBER[call.function]
    if call.function is np.power and dtype.kind == "f" and not isinstance(y := call.operands[1], View) and y == 2:
        text = SQUARE
    assert text is not None
    text = text.format(**dict(zip("xyz", names, strict=False)), t=dtype.name, one=literal(1, given))
    if dtype.kind == "b" == given.kind and call.function in (np.add, np.multiply, np.square):
        return f"({text}) != 0"
    return f"{dtype.name}({text})" if dtype.kind in "iu" else text


def matrix(view: View, arrays: Arrays, at: int | str) -> str:
    """The matrix of a batch that begins at `at`, as BLAS takes it: in rows, or the transpose of one in rows."""
    rows, columns = view.shape[-2:]
    name, kind = arrays.name(view.slot), kind_of(view.slot.dtype)
    if in_rows(view):
        return f"array({name}, {at}, {kind}, ({rows}, {columns}))"
    return f"array({name}, {at}, {kind}, ({columns}, {rows})).T"


def product_lines(call: Product, arrays: Arrays) -> Iterator[str]:
    x, y = call.operands
    batch = call.out.shape[:-2]
    if math.prod(batch) == 1:
        yield f"dot({', '.join(matrix(v, arrays, v.offset) for v in (x, y, call.out))})"
        return
    ats = [index_of(terms(v.shape[:-2], v.strides[:-2]), (), v.offset) for v in (x, y, call.out)]
    yield f"for i in range({math.prod(batch)}):"
    yield f"{INDENT}a, b, c = {', '.join(ats)}"
    parts = [matrix(v, arrays, at) for v, at in zip((x, y, call.out), "abc", strict=True)]
    yield f"{INDENT}dot({', '.join(parts)})"


def check_lines(call: Check, arrays: Arrays, code: int) -> Iterator[str]:
    (x,) = call.operands
    n = math.prod(x.shape)
    address = address_of(x, n)
    load = arrays.load(address)
    if call.size is None:
        wrong = f"({load} != 0) != {call.value}"
    elif x.slot.dtype.kind == "u":
        wrong = f"{load} >= {call.size}"
    else:
        wrong = f"{load} < {-call.size} or {load} >= {call.size}"
    pad = ""
    if n > 1:
        yield f"for i in range({n}):"
        pad = INDENT
    yield f"{pad}if {wrong}:"
    yield f"{pad}{INDENT}return {code}"


def function_source(
    name: str, groups: list[Group], memory: Memory, checks: list[Check], shared: bool = False
) -> tuple[str, list[Slot]]:
    """The source of a function that runs some groups, and the given arrays that it takes, after `memory`.

    One that is `shared` among threads takes two numbers before: its first row, and the one behind its last.
    """
    arrays = Arrays(memory, shared)
    body: list[str] = []
    for group in groups:
        body.append("")
        if isinstance(group, Nest):
            body += NestWriter(group, arrays).lines()
        elif isinstance(group, Product):
            body += product_lines(group, arrays)
        elif isinstance(group, Check):
            checks.append(group)
            body += check_lines(group, arrays, len(checks))
    other = {slot: f"a{slot.number}" for slot in arrays.given if not slot.weak and len(slot.shape) != 1}
    first = ["begin", "end", "memory"] if shared else ["memory"]
    head = [f"def {name}({', '.join([*first, *[other.get(slot, repr(slot)) for slot in arrays.given]])}):"]
    for slot, given in other.items():
        text = f"{slot} = array({given}, 0, {kind_of(slot.dtype)}, ({math.prod(slot.shape)},))"
        head.append(f"{INDENT}{text}  # {' x '.join(map(str, slot.shape)) or 'a number'}")
    for slot in arrays.own:
        n, at = memory.rows.get(slot, math.prod(slot.shape)), memory.offsets[slot]
        text = f"{slot} = array(memory, {at}, {kind_of(slot.dtype)}, ({n},))"
        head.append(f"{INDENT}{text}  # {' x '.join(map(str, slot.shape)) or 'a number'}")
    if sizes := [f"fits({other.get(slot, repr(slot))}, {slot.shape})" for slot in arrays.given if not slot.weak]:
        head.insert(1, f"{INDENT}if not ({' and '.join(sizes)}):\n{INDENT}{INDENT}return {UNFIT}")
    lines = [*head, *[INDENT + line if line else "" for line in body], f"{INDENT}return 0"]
    return "\n".join(lines) + "\n", list(arrays.given)
