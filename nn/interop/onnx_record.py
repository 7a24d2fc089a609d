"""What a model computes, written down: the table's ops that one run of it records.

The engine records what has a gradient. So the inputs, the parameters and the buffers of floats require one for the run,
and what they lead to is in the record, op after op. So are comparisons, logic, and the places of elements in order, of
which the engine tells as well. The rest stands there as an array or a number: a constant, or
something that was worked out from the input outside of the record. Which of the two it is, other runs tell
(`onnx_shared.py`).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np

import autograd
from autograd import Tensor
from autograd.calculus import primitives as p
from autograd.hooks import node_of, observe, user_line

from ..functional import network_primitives as n
from ..module import Module
from .onnx_given import is_float

Array = np.ndarray[Any, Any]
EXTREMA: dict[str, Any] = {"amax": np.max, "amin": np.min}


class Source(NamedTuple):
    """Where a value comes from: the number of a step, or the name of an input or of a tensor of the state."""

    name: int | str
    dtype: Any


class Size(NamedTuple):
    """A whole number that goes with the size N of the batch: factor N + rest."""

    factor: int
    rest: int

    def __str__(self) -> str:
        return (
            "batch" if self == (1, 0) else f"{self.factor}*batch{self.rest:+}" if self.rest else f"{self.factor}*batch"
        )


class Repeated(NamedTuple):
    """An array of `shape` all along the batch, which is the same everywhere along it: `once`, of length 1 there."""

    once: Array
    shape: tuple[int | Size, ...]


class Counted(NamedTuple):
    """The numbers from 0 on along the batch, in an array of this shape."""

    shape: tuple[int | Size, ...]


class Picked(NamedTuple):
    """Values of an input, as an index or an unrecorded op has them: in another order, shape or dtype; or of a decision.

    Of every sample, which lie along the axis `batch` of the input, those at the places `at` (None: all, in their
    order); in the result the samples lie along the axis `to`.
    """

    source: Source
    batch: int
    at: Array | None
    to: int
    shape: tuple[int | Size, ...]
    dtype: Any
    inverted: bool = False

    def inverse(self) -> Picked:
        """The opposite of every value, which are bools."""
        return Picked(self.source, self.batch, self.at, self.to, self.shape, self.dtype, True)


class What(NamedTuple):
    """An op of the table: its function, its name in messages, and the letters of its inputs."""

    key: Any
    name: str
    inputs: str


class Step(NamedTuple):
    """One op: its inputs (each a Source, an array or a number), the options that the record has, and its result."""

    op: What
    inputs: list[Any]
    options: dict[str, Any]
    shapes: list[tuple[Any, ...]]  # of the inputs
    shape: tuple[Any, ...]
    dtype: Any
    module: str  # its place in the model
    where: str  # for messages: the module, and the line of the user's code
    picks: tuple[str, int, bool] | None = None  # of an index: the extremum that is at its places, axis, keepdims


class Run(NamedTuple):
    """One run, or what several share.

    The arrays that were given, the steps by number, the outputs by name, each a Source (or, of one run, an array), with
    their shapes, the size of the batch, and the results of the steps that have no gradient.
    """

    given: dict[str, Array]
    steps: dict[int, Step]
    outputs: dict[str, Any]
    shapes: dict[str, tuple[Any, ...]]
    batch: int
    decided: dict[int, Array]


class Recorder:
    """An observer that writes the ops of one run down, in this thread."""

    def __init__(self, leaves: Mapping[Any, Source], modules: list[tuple[str, str]]) -> None:
        self.sources, self.modules, self.thread = dict(leaves), modules, threading.get_ident()
        self.steps: dict[int, Step] = {}
        self.results: dict[int, Array] = {}  # of steps that have no gradient
        self.memory: dict[Any, tuple[Source, Array]] = {}  # keeps the arrays alive: a place belongs to one of them

    def recorded(self, node: Any, data: Sequence[Any], out: Any) -> None:
        """Write down one op."""
        if threading.get_ident() != self.thread:
            return
        edges = dict(zip(node.needed, node.edges, strict=True))
        op, saved = What(node.op.key, node.op.name, node.op.inputs), node.saved_values
        options = {name: saved[name] for name in node.op.options if name in saved} | _lost(op, saved, out)
        inputs = [self.source(edges.get(i), x) for i, x in enumerate(data)]
        if (same := _passed_on(op.key, inputs)) is not None:
            self.sources[node] = same
            self.note(same, out)
            return
        picks = None
        if op.key is p.getitem:
            picks = extremum(data[0], options["index"], out)
            options["index"] = self.placed(options["index"])
        self.sources[node] = self.add(op, inputs, options, data, out, picks)

    def decided(self, function: Any, data: Sequence[Any], options: dict[str, Any], out: Any) -> None:
        """Write down what has no gradient, unless it is made of constants."""
        inputs = [self.source(None, x) for x in data]
        if threading.get_ident() == self.thread and any(isinstance(x, Source) for x in inputs):
            op = What(function, function.__name__, "xy")
            self.results[len(self.steps)] = out
            self.add(op, inputs, options, data, out)

    def add(
        self, op: What, inputs: list[Any], options: dict[str, Any], data: Sequence[Any], out: Any, picks: Any = None
    ) -> Source:
        """Write down a step; returns where its result comes from."""
        path, kind = self.modules[-1]
        where = f"in {path or 'the model'} ({kind}), {user_line()}"
        shapes = [np.shape(x) if x is not None else () for x in data]
        source = Source(len(self.steps), out.dtype)
        self.note(source, out)
        self.steps[len(self.steps)] = Step(op, inputs, options, shapes, out.shape, out.dtype, path, where, picks)
        return source

    def placed(self, index: Any) -> Any:
        """An index in which the arrays of integers that a step has made are known as that."""
        if isinstance(index, tuple):
            return tuple(self.placed(each) for each in index)
        source = self.source(None, index) if isinstance(index, np.ndarray) and index.dtype.kind == "i" else None
        return source if isinstance(source, Source) and isinstance(source.name, int) else index

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
        return Source(source.name, value.dtype)


def _place(array: Array) -> tuple[Any, ...]:
    """What two arrays have in common that show the same memory in the same way."""
    return array.ctypes.data, array.shape, array.strides, array.dtype


def _passed_on(key: Any, inputs: list[Any]) -> Source | None:
    """The input that an op only passes on: a copy, another gradient, a choice between x and x without its gradient."""
    same = inputs[0] if key in (np.copy, n.scale_gradient) else None
    if key is np.where and inputs[1].__class__ is inputs[2].__class__ is Source:
        same = inputs[1] if inputs[1] == inputs[2] else None
    return same if isinstance(same, Source) else None


def extremum(x: Array, index: Any, out: Any) -> tuple[str, int, bool] | None:
    """ "amax" or "amin" with axis and keepdims, if that is what an index has picked: so max(dim) is recorded."""
    if not (isinstance(index, tuple) and any(isinstance(each, np.ndarray) for each in index)):
        return None
    for axis, length in enumerate(x.shape):
        for keepdims in (True, False):
            if length and out.shape == (*x.shape[:axis], *[1] * keepdims, *x.shape[axis + 1 :]):
                for name, function in EXTREMA.items():
                    if np.array_equal(function(x, axis, keepdims=keepdims), out, equal_nan=True):
                        return name, axis, keepdims
    return None


def _lost(op: What, saved: dict[str, Any], out: Any) -> dict[str, Any]:
    """An option that no rule reads, from the result: the number that was padded with."""
    if op.key is not p.pad:
        return {}
    for axis, (low, high) in enumerate(saved["widths"]):
        if (low > 0 or high > 0) and out.size:
            return {"value": out.take(0 if low > 0 else -1, axis).flat[0].item()}
    return {"value": 0.0}


def record(
    model: Module, call: Callable[..., Any], arrays: dict[str, Array], state: dict[str, Tensor], name: Any, batch: int
) -> Run:
    """Run the model on the arrays, and write down what it computes. `name` gives its outputs their names."""
    given = {key: autograd.tensor(array, requires_grad=is_float(array.dtype)) for key, array in arrays.items()}
    leaves = {node_of(x): Source(key, x.dtype) for key, x in [*state.items(), *given.items()] if x.requires_grad}
    with running_modules(model) as modules:
        recorder = Recorder(leaves, modules)
        for key, x in [*state.items(), *given.items()]:
            recorder.note(Source(key, x.dtype), x.detach().numpy())
        end = observe(recorder)
        try:  # the model gets copies, so that it can write to what it is given
            outputs = call(model, *[x.clone() if x.requires_grad else x for x in given.values()])
        finally:
            end()
    named = name(outputs)
    results = {key: recorder.source(node_of(x), x.detach().numpy()) for key, x in named.items()}
    shapes = {key: x.shape for key, x in named.items()}
    return Run(arrays, recorder.steps, results, shapes, batch, recorder.results)


@contextmanager
def running_modules(model: Module) -> Iterator[list[tuple[str, str]]]:
    """The modules that are running, the innermost last: the place of each in the model, and its class."""
    running = [("", type(model).__name__)]  # for what its own hooks compute
    handles = []
    for path, module in model.named_modules():

        def enter(*_: Any, about: tuple[str, str] = (path, type(module).__name__)) -> None:
            running.append(about)

        def leave(*_: Any) -> None:
            running.pop()

        handles += [module.register_forward_pre_hook(enter), module.register_forward_hook(leave)]
    try:
        yield running
    finally:
        for handle in handles:
            handle.remove()


def refused(step: Step, why: str) -> NotImplementedError:
    """The error for a step that cannot be exported."""
    return NotImplementedError(f"to_onnx: {step.op.name} ({step.where}): {why}")
