"""The NumPy back end: a program as the source of one function, a flat list of calls that write into planned memory."""

from __future__ import annotations

import keyword
import linecache
import operator
from collections.abc import Callable, Iterator
from itertools import count
from math import prod
from typing import Any

import numpy as np

from ..calculus import quick_choices
from .block_runs import BLOCK, Run, in_runs
from .buffers import last_reads, plan
from .program import Program, Slot, Step, assume, expect, invoke, leaves, slots_of

INFIX = {
    np.add: "+", np.subtract: "-", np.multiply: "*", np.divide: "/", np.power: "**", np.floor_divide: "//",
    np.remainder: "%", operator.add: "+", operator.sub: "-", operator.mul: "*", operator.truediv: "/",
    operator.floordiv: "//", operator.mod: "%", operator.lt: "<", operator.le: "<=",
    operator.gt: ">", operator.ge: ">=", operator.eq: "==", operator.ne: "!=",
}  # fmt: skip
LARGE = 1 << 16  # bytes: what is smaller is left alone until the program ends
RAISING = {operator.truediv, operator.floordiv, operator.mod, np.power}  # numbers by 0; integers to a negative power
_number = count(1)


class NumpyProgram:
    """A program as a function: called with the inputs it writes what the program writes, and returns the outputs."""

    def __init__(self, program: Program) -> None:
        writer = _Writer(program)
        self.source, self.memory = writer.source, writer.memory
        name = f"<compiled program {next(_number)}>"
        linecache.cache[name] = len(self.source), None, self.source.splitlines(keepends=True), name
        exec(compile(self.source, name, "exec"), writer.scope)
        self._run: Callable[..., tuple[Any, ...]] = writer.scope["program"]

    def __call__(self, *inputs: Any) -> tuple[Any, ...]:
        return self._run(*inputs)


class _Writer:
    """Writes the source of a program, line by line, and gathers what it names in `scope`."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.scope: dict[str, Any] = {"np": np}
        self.names: dict[int, str] = {}
        self.blocks: dict[np.dtype[Any], list[Any]] = {}
        self.shown = {*program.outputs, *_roots(program.outputs)}
        items = in_runs(program)
        groups = [item.steps if isinstance(item, Run) else [item] for item in items]
        program.steps = [step for group in groups for step in group]
        self.commits = _commits(program)
        self.inner = _inner(program, items)
        self.arrays, self.memory = plan(program, groups, self._buffered, _elementwise)
        spent = self._spent(groups)
        lines: list[str] = []
        for item, names in zip(items, spent, strict=True):
            lines += self._run(item) if isinstance(item, Run) else [self._line(item)]
            lines += [f"del {', '.join(names)}"] * bool(names)
        lines += [f"{slot}[...] = {value}" for slot, value in program.writes if self.commits.get(value) is not slot]
        lines.append(f"return {_tuple(self._outputs())}")
        given = ", ".join(map(str, program.inputs))
        self.source = "\n    ".join([f"def program({given}):", *lines]) + "\n"

    def _outputs(self) -> list[str]:
        """The outputs; a copy of one that is given out twice, that is written to, or that is an input."""
        taken: set[Slot] = {value for _, value in self.program.writes}
        names = []
        for slot in self.program.outputs:
            again = slot in taken and not slot.weak
            names.append(f"{slot}.copy()" if again else str(slot))
            taken.add(slot)
        return names

    def _buffered(self, step: Step) -> bool:
        """Whether the result of a step is put into planned memory."""
        out = step.out
        return bool(
            out.shape
            and out.strides_like is None
            and out not in self.shown
            and out not in self.commits
            and out not in self.inner
            and takes_out(step)
        )

    def _spent(self, groups: list[list[Step]]) -> list[list[str]]:
        """After each group, the large arrays without planned memory that nobody reads any more, and views of them."""
        last: dict[Slot, int] = {}
        for i, group in enumerate(groups):
            for step in group:
                last |= dict.fromkeys((*slots_of(step), step.out), i)
        spent: list[list[str]] = [[] for _ in groups]
        kept = {*self.program.inputs, *self.program.outputs, *(value for _, value in self.program.writes)}
        for slot, i in last.items():
            root = slot.strides_like or slot
            own = root not in self.arrays and root not in self.program.inputs and root not in self.commits
            if own and slot not in kept and slot not in self.inner and root.dtype.itemsize * prod(root.shape) >= LARGE:
                spent[i].append(f"{slot}")
        return spent

    def _line(self, step: Step) -> str:
        out, inputs = step.out, [self._word(x) for x in step.inputs]
        if step.function in (assume, expect):
            return f"{self._function(step.function)}({', '.join(inputs)})"
        place = self._place(out)
        options = step.options if place is None else {**step.options, "out": place}
        infix = INFIX.get(step.function)
        if infix and not out.shape and len(inputs) == 2 and not step.options:
            return f"{out} = {inputs[0]} {infix} {inputs[1]}"
        if step.function is invoke and isinstance(step.inputs[1], str):
            if step.inputs[1] in ("copy", "astype") and place is not None:
                return f"{out} = {place}; {self._put('copyto', np.copyto)}({out}, {inputs[0]}, 'unsafe')"
            return f"{out} = {inputs[0]}.{step.inputs[1]}({self._arguments(inputs[2:], options)})"
        if step.function is operator.getitem:
            return f"{out} = {inputs[0]}[{inputs[1]}]"
        return f"{out} = {self._function(step.function)}({self._arguments(inputs, options)})"

    def _run(self, run: Run) -> Iterator[str]:
        """The lines of a run: the arrays in a row, and a loop over blocks of them."""
        flat: dict[Slot, str] = {}
        temporary, here = self._temporary(run)
        for slot in run.given():
            flat[slot] = f"{slot}_"
            yield f"{slot}_ = {slot}.reshape(-1)"
        for step in run.steps:
            out = step.out
            if out in self.inner:
                continue
            yield f"{out} = {self._place(out) or f'np.empty({out.shape}, {self._word(out.dtype)})'}"
            yield f"{out}_ = {out}.reshape(-1)"
            flat[out] = f"{out}_"
        blocks = f"blocks{run.steps[0].out.number}"
        self.scope[blocks] = [
            (slice(start, end), *(array[: end - start] for array in temporary)) for start, end in run.blocks()
        ]
        yield f"for {', '.join(['s', *(f't{i}' for i in range(len(temporary)))])}{',' * (not temporary)} in {blocks}:"
        for step in run.steps:
            words = [self._in_block(x, run, flat, here) for x in (*step.inputs, step.out)]
            yield f"    {self._function(step.function)}({', '.join(words)})"
        yield f"del {', '.join(flat.values())}"

    def _in_block(self, x: Any, run: Run, flat: dict[Slot, str], here: dict[Slot, str]) -> str:
        x = run.numbers.get(x, x) if type(x) is Slot else x
        return f"{flat[x]}[s]" if x in flat else here[x] if x in here else self._word(x)

    def _temporary(self, run: Run) -> tuple[list[Any], dict[Slot, str]]:
        """Arrays of one block for what only the run reads, and their names, by slot."""
        last = {slot: i for i, step in enumerate(run.steps) for slot in slots_of(step)}
        arrays: list[Any] = []
        here: dict[Slot, int] = {}
        free: list[int] = []
        for i, step in enumerate(run.steps):
            free += [here[slot] for slot in dict.fromkeys(slots_of(step)) if slot in here and last[slot] == i]
            if step.out in self.inner:
                fitting = [k for k in free if arrays[k].dtype == step.out.dtype]
                if not fitting:
                    arrays.append(self._block(step.out.dtype, sum(x.dtype == step.out.dtype for x in arrays)))
                here[step.out] = k = fitting[-1] if fitting else len(arrays) - 1
                free = [other for other in free if other != k]
        return arrays, {slot: f"t{k}" for slot, k in here.items()}

    def _block(self, dtype: np.dtype[Any], number: int) -> Any:
        """One of the arrays of a block that all runs share."""
        shared = self.blocks.setdefault(dtype, [])
        if number == len(shared):
            shared.append(np.empty(BLOCK, dtype))
        return shared[number]

    def _arguments(self, inputs: list[str], options: dict[str, Any]) -> str:
        return ", ".join([*inputs, *(f"{key}={self._word(value)}" for key, value in options.items())])

    def _place(self, out: Slot) -> _Named | None:
        """The name of what a result is put into: what the program writes, or planned memory."""
        if out in self.commits:
            return _Named(self.commits[out])
        return _Named(self._put(f"b{out.number}", self.arrays[out])) if out in self.arrays else None

    def _function(self, function: Any) -> str:
        function = quick_choices.where if function is np.where else function
        owner = getattr(function, "__self__", None)
        if isinstance(owner, np.ufunc):
            return self._put(f"{owner.__name__}_{function.__name__}", function)
        name = getattr(function, "__name__", "function").strip("<>")
        return self._put(name, function)

    def _put(self, name: str, value: Any) -> str:
        """A name for a value, in the scope of the program."""
        name = f"{name}_" if keyword.iskeyword(name) or name in ("program", "slice", "Ellipsis", "np") else name
        while name in self.scope and self.scope[name] is not value and self.scope[name] != value:
            name += "_"
        self.scope[name] = value
        return name

    def _word(self, x: Any) -> str:
        """A value as the source says it."""
        kind = type(x)
        if kind is Slot or kind is _Named:
            return str(x)
        if kind is tuple:
            return _tuple([self._word(inner) for inner in x])
        if kind is list:
            return f"[{', '.join(self._word(inner) for inner in x)}]"
        if kind is dict:
            return f"{{{', '.join(f'{key!r}: {self._word(inner)}' for key, inner in x.items())}}}"
        if kind is slice:
            return f"slice({self._word(x.start)}, {self._word(x.stop)}, {self._word(x.step)})"
        if x is None or kind in (bool, int, str) or (kind is float and x == x and abs(x) != float("inf")):
            return repr(x)
        if x is ...:
            return "..."
        if isinstance(x, np.dtype | type):
            return self._put(x.name if isinstance(x, np.dtype) else x.__name__, x)
        if id(x) not in self.names:
            self.names[id(x)] = f"c{len(self.names)}"
            self.scope[self.names[id(x)]] = x
        return self.names[id(x)]


class _Named(str):
    """A name that stands in the source as it is."""

    __slots__ = ()


def _inner(program: Program, items: list[Step | Run]) -> set[Slot]:
    """What is made in a run and read nowhere else."""
    ends = {*program.outputs, *(slot for pair in program.writes for slot in pair)}
    readers: dict[Slot, set[int]] = {}
    for i, item in enumerate(items):
        for step in item.steps if isinstance(item, Run) else [item]:
            for slot in slots_of(step):
                readers.setdefault(slot, set()).add(i)
                if slot.strides_like is not None:
                    readers.setdefault(slot.strides_like, set()).add(i)
    return {
        step.out
        for i, item in enumerate(items)
        if isinstance(item, Run)
        for step in item.steps
        if readers.get(step.out) == {i} and step.out not in ends
    }


def _tuple(words: list[str]) -> str:
    return f"({', '.join(words)}{',' * (len(words) == 1)})"


def _roots(slots: list[Slot]) -> set[Slot]:
    return {slot.strides_like for slot in slots if slot.strides_like is not None}


def takes_out(step: Step) -> bool:
    """Whether a step can put its result into memory that it is given."""
    function = step.function
    if function is invoke:
        return step.inputs[1] in ("copy", "astype", "clip")
    owner = getattr(function, "__self__", function)
    return isinstance(owner, np.ufunc) and getattr(function, "__name__", "") != "at"


def _elementwise(step: Step) -> bool:
    return isinstance(step.function, np.ufunc) and step.function.signature is None


def _never_raises(step: Step) -> bool:
    """Whether a step goes well whatever the values are: shapes and dtypes are those with which it was recorded."""
    if step.function in RAISING:
        return step.function is np.power and step.out.dtype.kind == "f"
    if step.out.dtype.kind in "iu" and not step.out.weak and any(x.weak for x in slots_of(step)):
        return False  # the number may not fit into such integers
    shaped = step.function is invoke and step.inputs[1] in ("reshape", "transpose")
    if shaped or step.function is operator.getitem:
        return not any(type(x) is Slot for x in leaves(step.inputs[1:]))
    return takes_out(step) or step.function in INFIX


def _commits(program: Program) -> dict[Slot, Slot]:
    """The results that are computed right in the memory that the program writes: after all that might go wrong.

    From the last step on that may raise, nothing does; a result may take the place of an old value that is not read any
    more. Otherwise what is written has another place until the end: all the weights, and the state of the optimizer.
    """
    steps = program.steps
    safe = len(steps)
    while safe and _never_raises(steps[safe - 1]):
        safe -= 1
    made = {step.out: i for i, step in enumerate(steps)}
    last = last_reads(Program(program.inputs, steps, [], []))
    found: dict[Slot, Slot] = {}
    for slot, value in program.writes:
        i = made.get(value, -1)
        fits = (value.shape, value.dtype) == (slot.shape, slot.dtype) and value.strides_like is None and slot.shape
        given_out = slot in program.outputs or slot in _roots(program.outputs) or value in found
        read_after = last.get(slot, -1) > i or any(other is slot for _, other in program.writes)
        if i >= safe and fits and not given_out and not read_after and _elementwise(steps[i]):
            found[value] = slot
    return found
