"""What a model computes, written down: the table's ops that one run of it records, and what several runs share.

The engine records what has a gradient. So the inputs, the parameters and the buffers of floats require one for the run,
and what they lead to is in the record, op after op. The rest stands there as an array or a number: a constant, or
something that was worked out from the input outside of the record. Which of the two it is, two runs tell that are given
other numbers; and what depends on the size of the batch, a run with another size.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import zip_longest
from typing import Any, NamedTuple

import numpy as np

import autograd
from autograd import Tensor
from autograd.calculus import primitives as p
from autograd.hooks import node_of, observe, user_line

from ..module import Module

Array = np.ndarray[Any, Any]


class Source(NamedTuple):
    """Where a value comes from: the number of a step, or the name of an input or of a tensor of the state."""

    name: int | str
    dtype: Any


class Size(NamedTuple):
    """A whole number that goes with the size N of the batch: factor N + rest."""

    factor: int
    rest: int

    def __str__(self) -> str:
        return "batch" if self == (1, 0) else f"{self.factor}*batch{self.rest:+}" if self.rest else f"{self.factor}*batch"


class Repeated(NamedTuple):
    """An array of `shape` all along the batch, which is the same everywhere along it: `once`, of length 1 there."""

    once: Array
    shape: tuple[int | Size, ...]


class Reshaped(NamedTuple):
    """The values of an input, in another shape or dtype, as an index has them."""

    source: Source
    shape: tuple[int | Size, ...]
    dtype: Any


class Step(NamedTuple):
    """One op: its inputs (each a Source, an array or a number), its options as far as the record has them, its result."""

    op: Any
    inputs: list[Any]
    options: dict[str, Any]
    shapes: list[tuple[Any, ...]]  # of the inputs
    shape: tuple[Any, ...]
    dtype: Any
    where: str


class Run(NamedTuple):
    """One run, or what several share.

    The arrays that were given, the steps by number, the outputs by name, each a Source (or, of one run, an array), with
    their shapes, and the size of the batch.
    """

    given: dict[str, Array]
    steps: dict[int, Step]
    outputs: dict[str, Any]
    shapes: dict[str, tuple[Any, ...]]
    batch: int


class Recorder:
    """An observer that writes the ops of one run down, in this thread."""

    def __init__(self, leaves: Mapping[Any, Source], module: list[str]) -> None:
        self.sources, self.module, self.thread = dict(leaves), module, threading.get_ident()
        self.steps: dict[int, Step] = {}
        self.memory: dict[Any, tuple[Source, Array]] = {}  # keeps the arrays alive: a place belongs to one of them

    def recorded(self, node: Any, data: Sequence[Any], out: Any) -> None:
        """Write down one op."""
        if threading.get_ident() != self.thread:
            return
        edges = dict(zip(node.needed, node.edges, strict=True))
        op, saved = node.op, node.saved_values
        options = {name: saved[name] for name in op.options if name in saved} | _lost(op, saved, out)
        inputs = [self.source(edges.get(i), x) for i, x in enumerate(data)]
        if op.key is np.where and isinstance(inputs[1], Source) and inputs[1] == inputs[2]:  # x, or x without its node
            self.sources[node] = inputs[1]
            return
        where = f"in {self.module[-1]}, {user_line()}" if self.module else user_line()
        shapes = [np.shape(x) if x is not None else () for x in data]
        self.sources[node] = source = Source(len(self.steps), out.dtype)
        self.note(source, out)
        self.steps[len(self.steps)] = Step(op, inputs, options, shapes, out.shape, out.dtype, where)

    def note(self, source: Source, array: Any) -> None:
        """What is found at this place of the memory is the value of `source`, also when it comes without a node."""
        if isinstance(array, np.ndarray):
            self.memory[_place(array)] = source, array

    def source(self, node: Any, value: Any) -> Any:
        """Where an input comes from, by its node or its memory; the value itself, if that is unknown."""
        source = self.sources.get(node)
        if source is None and isinstance(value, np.ndarray) and (found := self.memory.get(_place(value))):
            source = found[0]
        if source is None:
            return value
        return source._replace(dtype=value.dtype) if source.dtype != value.dtype else source


def _place(array: Array) -> tuple[Any, ...]:
    """What two arrays have in common that show the same memory in the same way."""
    return array.ctypes.data, array.shape, array.strides, array.dtype


def _lost(op: Any, saved: dict[str, Any], out: Any) -> dict[str, Any]:
    """An option that no rule reads, from the result: the number that was padded with."""
    if op.key is not p.pad:
        return {}
    for axis, (low, high) in enumerate(saved["widths"]):
        if (low > 0 or high > 0) and out.size:
            return {"value": out.take(0 if low > 0 else -1, axis).flat[0].item()}
    return {"value": 0.0}


# -- one run ----------------------------------------------------------------------------------------------------------


def record(
    model: Module, call: Callable[..., Any], arrays: dict[str, Array], state: dict[str, Tensor], name: Any, batch: int
) -> Run:
    """Run the model on the arrays, and write down what it computes. `name` gives its outputs their names."""
    given = {key: autograd.tensor(array, requires_grad=array.dtype.kind == "f") for key, array in arrays.items()}
    leaves = {node_of(x): Source(key, x.dtype) for key, x in [*state.items(), *given.items()] if x.requires_grad}
    with named_modules(model) as module:
        recorder = Recorder(leaves, module)
        for key, x in [*state.items(), *given.items()]:
            recorder.note(Source(key, x.dtype), x.detach().numpy())
        end = observe(recorder)
        try:  # the model gets copies, so that it can write to what it is given
            outputs = call(model, *[x.clone() if x.requires_grad else x for x in given.values()])
        finally:
            end()
    named = name(outputs)
    results = {key: recorder.source(node_of(x), x.detach().numpy()) for key, x in named.items()}
    return Run(arrays, recorder.steps, results, {key: x.shape for key, x in named.items()}, batch)


@contextmanager
def named_modules(model: Module) -> Iterator[list[str]]:
    """The modules that are running, the innermost last, each as "layers.2 (Conv2d)"."""
    running: list[str] = []
    handles = []
    for path, module in model.named_modules():
        about = f"{path} ({type(module).__name__})" if path else type(module).__name__

        def enter(*_: Any, about: str = about) -> None:
            running.append(about)

        def leave(*_: Any) -> None:
            running.pop()

        handles += [module.register_forward_pre_hook(enter), module.register_forward_hook(leave)]
    try:
        yield running
    finally:
        for handle in handles:
            handle.remove()


# -- several runs -----------------------------------------------------------------------------------------------------


def shared(first: Run, other: Run, larger: Run) -> Run:
    """What three runs share: two with other numbers, the third with another size of the batch as well.

    Raises NotImplementedError for what is different without being a function of the size, naming its op and line.
    """
    for run, what in ((other, "other numbers"), (larger, "a batch of another size")):
        for a, b in zip_longest(first.steps.values(), run.steps.values()):
            if a is None or b is None or a.op is not b.op:
                does = "does not compute this" if a is None or b is None else f"computes {b.op.name} here"
                raise refused(a or b, f"given {what}, the model {does}: a graph is the same for all inputs")
    for name, source in first.outputs.items():
        if not isinstance(source, Source):
            raise NotImplementedError(
                f"to_onnx: the output {name!r} has no gradient, so there is no record of it: let the model return the "
                "numbers that it is made of, such as the scores in place of their argmax"
            )
    merge, runs = Merge([first, other, larger]), (first, other, larger)
    steps = {number: merge.step(*(run.steps[number] for run in runs)) for number in sorted(_needed(first))}
    shapes = {name: merge.shape([run.shapes[name] for run in runs]) for name in first.outputs}
    return first._replace(steps=steps, shapes=shapes)


def _needed(run: Run) -> set[int]:
    """The steps that the outputs are made of."""
    needed: set[int] = set()
    waiting = list(run.outputs.values())
    while waiting:
        x = waiting.pop()
        if isinstance(x, Source) and isinstance(x.name, int) and x.name not in needed:
            needed.add(x.name)
            waiting += run.steps[x.name].inputs
    return needed


def refused(step: Step, why: str) -> NotImplementedError:
    """The error for a step that cannot be exported."""
    return NotImplementedError(f"to_onnx: {step.op.name} ({step.where}): {why}")


class Merge:
    """What is the same in three runs, or goes with the size of the batch."""

    def __init__(self, runs: Sequence[Run]) -> None:
        self.runs, self.n, self.m = runs, runs[0].batch, runs[2].batch

    def step(self, *steps: Step) -> Step:
        """One op of all the runs."""
        first = steps[0]
        try:
            shapes = [self.shape(each) for each in zip(*(step.shapes for step in steps), strict=True)]
            inputs = [self.value(*each) for each in zip(*(step.inputs for step in steps), strict=True)]
            options = {name: self.value(*(step.options[name] for step in steps)) for name in first.options}
            return first._replace(
                inputs=inputs, options=options, shapes=shapes, shape=self.shape([step.shape for step in steps])
            )
        except ValueError as error:
            raise refused(first, str(error)) from None

    def shape(self, shapes: Iterable[Any]) -> tuple[int | Size, ...]:
        """A shape of all the runs."""
        return tuple(self.whole(*each) for each in zip(*shapes, strict=True))

    def whole(self, a: int, b: int, c: int) -> int | Size:
        """A whole number of all the runs."""
        if a != b:
            raise ValueError("a number here depends on the values of the input, which a graph cannot follow")
        if a == c:
            return a
        factor, rest = divmod(c - a, self.m - self.n)
        if rest:
            raise ValueError("a number here is no linear function of the batch's size: export with dynamic_batch=False")
        return Size(factor, a - factor * self.n)

    def value(self, a: Any, b: Any, c: Any) -> Any:
        """Any value of all the runs."""
        if isinstance(a, Source) or type(a) is not type(b) or type(a) is not type(c):
            if not a == b == c:
                raise ValueError("an input comes from another place in another run")
            return a
        if isinstance(a, tuple | list):
            return type(a)(self.value(*each) for each in zip(a, b, c, strict=True))
        if isinstance(a, slice):
            return slice(*(self.value(*each) for each in zip(*((s.start, s.stop, s.step) for s in (a, b, c)), strict=True)))
        if isinstance(a, np.ndarray):
            return self.array(a, b, c)
        if type(a) is int:
            return self.whole(a, b, c)
        if not (a == b == c or (a != a and b != b)):
            raise ValueError(
                f"the number {a!r} is not in the record and depends on the input: compute it with tensors, or before the "
                "model"
            )
        return a

    def array(self, a: Array, b: Array, c: Array) -> Any:
        """An array that is not in the record: a constant, a constant all along the batch, or an input."""
        same = a.shape == b.shape and np.array_equal(a, b, equal_nan=a.dtype.kind == "f")
        if same and a.shape == c.shape and np.array_equal(a, c, equal_nan=a.dtype.kind == "f"):
            return a
        for name in self.runs[0].given:
            arrays = [run.given[name] for run in self.runs]
            if all(x.size == y.size and (x.ravel() == y.ravel()).all() for x, y in zip((a, b, c), arrays, strict=True)):
                shape = self.shape([x.shape for x in (a, b, c)])
                return Reshaped(Source(name, arrays[0].dtype), shape, a.dtype)
        if not same:
            raise ValueError(
                "it reads values that depend on the input and are not in the record, since they have no gradient "
                "(comparisons, rounding, integers, what NumPy computes): compute them before the model, and give them to it "
                "as an input, or write it without them"
            )
        along = [axis for axis in range(a.ndim) if a.shape[axis] != c.shape[axis]] if a.ndim == c.ndim else []
        once = a[tuple(slice(0, 1) if axis in along else slice(None) for axis in range(a.ndim))]
        if not along or not all(np.array_equal(np.broadcast_to(once, x.shape), x) for x in (a, c)):
            raise ValueError(
                "it reads an array that is another for a batch of another size: export with dynamic_batch=False, or give it "
                "to the model as an input"
            )
        return Repeated(once.copy(), self.shape([x.shape for x in (a, b, c)]))
