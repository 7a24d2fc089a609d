"""A program bound to what it reads and writes: the tensors, optimizer states and numbers that one function reaches.

`holds` asks whether a call is of the kind that was recorded; `run` fetches the inputs, computes, and only then changes
anything. Both are functions written for the program, so that a call costs what there is to look at and no more.
"""

from __future__ import annotations

import linecache
import operator
from collections.abc import Callable, Iterator
from itertools import count
from math import inf
from types import CellType
from typing import Any

import numpy as np

from ..core import writes
from ..core.casting import region
from ..core.dtypes import get_default_dtype
from ..core.engine import Leaf, Traced, recording, wrap
from ..core.listeners import listeners
from ..core.quiet import quiet
from ..core.writes import owner
from .back_ends import BackEnd
from .capture import Capture, Result, Same
from .compiled_graph import CompiledPlan
from .passes import read
from .reach import Reach, Watch

_number = count(1)


class Compilation:
    """What was compiled of a capture, whatever tensors it is bound to: the program, and the backward pass if any."""

    def __init__(self, capture: Capture, back_end: BackEnd) -> None:
        program, used = capture.program, read(capture.program)
        kept = [i for i, slot in enumerate(program.inputs) if slot in used]
        self.capture, self.origins = capture, [capture.origins[i] for i in kept]
        program.inputs = [program.inputs[i] for i in kept]
        self.run: Any = back_end(program)
        self.calls, self.seconds, self.eager_seconds = 0, inf, inf
        backward = capture.backward
        self.plan = CompiledPlan(backward, len(backward.targets) if backward else 1, back_end)


class Bound:
    """A compilation for calls that reach these very objects, with arguments like these."""

    def __init__(self, compilation: Compilation, reach: Reach, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self.compilation, self.reach = compilation, reach
        self.values = [*args, *kwargs.values()]
        self.names = [f"a{i}" for i in range(len(self.values))]
        self.positional, self.keywords = len(args), tuple(kwargs)
        self.scope: dict[str, Any] = {
            "all": all, "map": map, "is_": operator.is_, "recording": recording, "region": region, "owner": owner,
            "listeners": listeners, "Leaf": Leaf, "quiet": quiet, "program": compilation.run, "wrap": wrap,
            "writes": writes, "fits": fits, "np": np, "mode": recording.get(), "keywords": self.keywords,
            "default": get_default_dtype(), "get_default_dtype": get_default_dtype, "plan": compilation.plan,
        }  # fmt: skip
        self.arguments = self._arguments()
        written = [self._array(origin) for origin in compilation.capture.written]
        self.scope["written"] = {id(owner(x)) for x in written if isinstance(x, np.ndarray)}
        self.aliased = self._overlaps(written)
        lines = ["def holds(args, kwargs):", *self._holds(), "", "def run(args, kwargs):", *self._runs()]
        self.source = "\n".join(lines) + "\n"
        name = f"<the calls of compiled program {next(_number)}>"
        linecache.cache[name] = len(self.source), None, self.source.splitlines(keepends=True), name
        exec(compile(self.source, name, "exec"), self.scope)
        self.holds: Callable[[Any, Any], bool] = self.scope["holds"]
        self.run: Callable[[Any, Any], Any] = self.scope["run"]

    # -- what it is bound to --

    def _arguments(self) -> dict[int, int]:
        """The tensors that only an argument leads to: the number of the argument, by the number of the tensor."""
        own = {id(x): i for i, x in enumerate(self.reach.tensors) if i >= self.reach.tensors_of_function}
        return {own[id(x)]: i for i, x in reversed(list(enumerate(self.values))) if id(x) in own}

    def _array(self, origin: tuple[str, int]) -> Any:
        kind, i = origin
        if kind == "tensor":
            return self.reach.tensors[i]._data
        if kind == "grad":
            grad = self.reach.tensors[i]._node.grad
            return getattr(grad, "_data", grad)
        return self.reach.arrays[i].get() if kind == "array" else None

    def _overlaps(self, written: list[Any]) -> bool:
        """Whether memory that is written to is shown by another input, too."""
        arrays = [self._array(origin) for origin in self.compilation.origins]
        arrays = [x for x in arrays if isinstance(x, np.ndarray)]
        arrays += [x for x in self.values if isinstance(x, np.ndarray)]
        return any(np.may_share_memory(x, y) and x is not y for x in written for y in arrays) or len(
            {id(x) for x in arrays}
        ) < len(arrays)

    def _say(self, name: str, value: Any) -> str:
        self.scope[name] = value
        return name

    # -- whether a call is like the one recorded --

    def _holds(self) -> Iterator[str]:
        """The lines that fetch the arguments, and one condition."""
        names = "tuple(kwargs) != keywords" if self.keywords else "kwargs"
        yield f"    if len(args) != {self.positional} or {names}:"
        yield "        return False"
        yield from self._bind(self.names[: self.positional])
        yield "    return (\n        " + "\n        and ".join(self._conditions()) + "\n    )"

    def _conditions(self) -> Iterator[str]:
        yield "recording.get() is mode and region.get() is None and get_default_dtype() is default"
        yield "not (listeners.recorded or listeners.pulled or listeners.backward_started or listeners.overwriting)"
        for i, value in enumerate(self.values):
            yield from self._argument_holds(i, value)
        for i, x in enumerate(self.reach.tensors):
            if i not in self.arguments:
                name = self._say(f"t{i}", x)
                yield f"{name}._data is {self._say(f'x{i}', x._data)}"
                yield from self._node_holds(i, name, x)
        for i, watch in enumerate(self.reach.watches):
            yield from self._watch_holds(i, watch)
        for i, place in enumerate(self.reach.arrays):
            yield f"{self._place(f'p{i}', place)} is {self._say(f'y{i}', place.get())}"
        for i, place in enumerate(self.reach.numbers):
            kind = type(place.get()).__name__
            if place.part is None:
                yield f"{self._holder(f'q{i}', place)}.__class__ is {kind}"
                continue
            if place.part == 0:
                whole = f"(m := {self._holder(f'q{i}', place)}).__class__ is tuple"
                yield f"{whole} and len(m) == {len(place.container[place.key])}"
            yield f"m[{place.part}].__class__ is {kind}"

    def _bind(self, names: list[str]) -> Iterator[str]:
        if names:
            yield f"    {', '.join(names)}, = args"
        if self.keywords:
            yield f"    {', '.join(self.names[self.positional :])}, = kwargs.values()"

    def _watch_holds(self, i: int, watch: Watch) -> Iterator[str]:
        container = watch.container
        holder = self._say(f"w{i}", vars(container) if isinstance(container, type) else container)
        if type(watch.container) is CellType:
            yield f"{holder}.cell_contents is {self._say(f'h{i}', watch.values[0])}"
            return
        if watch.count >= 0:
            yield f"len({holder}) == {watch.count}"
        now = holder if type(watch.container) is list else f"{holder}.values()"
        if watch.keys is not None:
            now = f"map({holder}.get, {self._say(f'k{i}', watch.keys)})"
        if watch.values:
            yield f"all(map(is_, {now}, {self._say(f'h{i}', watch.values)}))"

    def _argument_holds(self, i: int, value: Any) -> Iterator[str]:
        name = self.names[i]
        if isinstance(value, Traced) and i in self.arguments.values():
            yield f"{name}.__class__ is {self._say(f'kind{i}', type(value))}"
            yield from self._array_holds(f"(d{i} := {name}._data)", f"d{i}", i, value._data)
            yield from self._node_holds(self._number(value), name, value, known=False)
            others = [self.names[k] for k in self.arguments.values() if k < i]
            yield from (f"{name} is not {other}" for other in others)
        elif type(value) is np.ndarray:
            yield from self._array_holds(name, name, i, value)
        elif type(value) is float:
            yield f"{name}.__class__ is float"
        elif type(value) in (int, bool, str):
            yield f"{name}.__class__ is {type(value).__name__} and {name} == {value!r}"
        else:
            yield f"{name} is {self._say(f'same{i}', value)}"

    def _array_holds(self, first: str, name: str, i: int, value: Any) -> Iterator[str]:
        """That an array is like one that was given, and not in memory that is written to."""
        yield f"{first}.__class__ is {self._say(f'kind_of{i}', type(value))}"
        if isinstance(value, np.ndarray):
            yield f"{name}.shape == {value.shape} and {name}.dtype is {self._say(f'dtype{i}', value.dtype)}"
            order = f"{name}.flags.c_contiguous" if value.flags.c_contiguous else f"{name}.strides == {value.strides}"
            yield order
            if self.scope["written"]:
                yield f"id({name} if {name}.base is None else owner({name})) not in written"

    def _node_holds(self, i: int, tensor: str, x: Any, known: bool = True) -> Iterator[str]:
        """That a tensor requires grad, or not, and has a gradient, or not, as it did."""
        if x._node is None:
            yield f"{tensor}._node is None and getattr({tensor}, '_grad', None) is None"
            return
        node = self._say(f"n{i}", x._node) if known else f"n{i}"
        yield f"{tensor}._node is {node}" if known else f"({node} := {tensor}._node).__class__ is Leaf"
        yield f"{node}.hooks is None and {node}.grad is {'' if x._node.grad is None else 'not '}None"
        if ("grad", i) in self.compilation.origins:
            array = getattr(x._node.grad, "_data", x._node.grad)
            yield f"fits({node}.grad, {array.shape}, {array.flags.c_contiguous})"

    def _number(self, x: Any) -> int:
        return next(i for i, other in enumerate(self.reach.tensors) if other is x)

    def _holder(self, name: str, place: Any) -> str:
        return f"{self._say(name, place.container)}[{self._say(f'{name}_key', place.key)}]"

    def _place(self, name: str, place: Any) -> str:
        return self._holder(name, place) + ("" if place.part is None else f"[{place.part}]")

    # -- a call --

    def _runs(self) -> Iterator[str]:
        capture = self.compilation.capture
        yield from self._bind(self.names[: self.positional])
        inputs = ", ".join(["program", *map(self._input, self.compilation.origins)])
        outputs = [f"o{i}" for i in range(len(capture.program.outputs))]
        taken = f"{', '.join(outputs)}, = " if outputs else ""
        yield f"    {taken}quiet.directly({inputs})"
        for i, output in capture.grads.items():
            yield f"    {self._node(i)}.grad = {'None' if output is None else f'o{output}'}"
        for i, output in capture.numbers.items():
            place = self.reach.numbers[i]
            if place.part is None:
                yield f"    {self._place(f'q{i}', place)} = o{output}"
            else:
                yield f"    {self._say(f'place{i}', place)}.put(o{output})"
        noted = [self._input(origin) for origin in capture.written if origin[0] != "array"]
        if noted:
            yield f"    writes.wrote({', '.join(noted)})"
        yield f"    return {self._result(capture.result)}"

    def _input(self, origin: tuple[str, int]) -> str:
        kind, i = origin
        if kind == "argument":
            return self.names[i]
        if kind == "tensor":
            return f"{self.names[self.arguments[i]]}._data" if i in self.arguments else f"x{i}"
        if kind == "grad":
            return f"getattr({self._node(i)}.grad, '_data', {self._node(i)}.grad)"
        return f"y{i}" if kind == "array" else self._place(f"q{i}", self.reach.numbers[i])

    def _node(self, i: int) -> str:
        return f"{self.names[self.arguments[i]]}._node" if i in self.arguments else f"n{i}"

    def _tensor(self, i: int) -> str:
        return self.names[self.arguments[i]] if i in self.arguments else f"t{i}"

    def _result(self, value: Any) -> str:
        kind = type(value)
        if kind is Same:
            return self._tensor(value.tensor)
        if kind is Result:
            return self._output(value)
        if kind is tuple:
            return f"({''.join(f'{self._result(x)}, ' for x in value)})"
        if kind is list:
            return f"[{', '.join(map(self._result, value))}]"
        if kind is dict:
            return f"{{{', '.join(f'{key!r}: {self._result(x)}' for key, x in value.items())}}}"
        return repr(value)

    def _output(self, value: Result) -> str:
        name, backward = f"o{value.output}", self.compilation.capture.backward
        if value.kind != "tensor":
            return name
        if value.spent:
            leaf = next(i for i, x in enumerate(self.reach.tensors) if x._node is not None)
            return f"wrap({name}, plan.node(({self._node(leaf)},), None, {name}))"
        if backward is None or backward.output != value.output:
            return f"wrap({name})"
        edges = "".join(f"{self._node(i)}, " for i in backward.targets)
        saved = "".join(f"o{i}, " for i in backward.saved)
        return f"wrap({name}, plan.node(({edges}), ({saved}), {name}))"


def fits(grad: Any, shape: tuple[int, ...], in_rows: bool) -> bool:
    """Whether a gradient without a graph has this shape, and lies in rows or not, as when the program was recorded."""
    if isinstance(grad, Traced):
        if grad._node is not None:
            return False
        grad = grad._data
    return bool(grad.shape == shape and grad.flags.c_contiguous is in_rows)
