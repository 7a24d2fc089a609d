"""What several runs of a model share: constants, sizes that go with the batch, and what comes from an input.

Two runs with other numbers tell a constant from what depends on the input outside of the record, which is refused. A
third, with another size of the batch, tells which numbers go with that size.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest
from typing import Any

import numpy as np

from .onnx_given import is_float
from .onnx_record import EXTREMA, Counted, Picked, Repeated, Run, Size, Source, Step, What, refused

Array = np.ndarray[Any, Any]
MOST = 1 << 26  # comparisons, to find the places of an array's values in an input


def shared(first: Run, other: Run, larger: Run) -> Run:
    """What three runs share: two with other numbers, the third with another size of the batch as well.

    Raises NotImplementedError for what is different without being a function of the size, naming its op and line.
    """
    for run, what in ((other, "other numbers"), (larger, "a batch of another size")):
        for a, b in zip_longest(first.steps.values(), run.steps.values()):
            if a is None or b is None or a.op != b.op:
                does = "does not compute this" if a is None or b is None else f"computes {b.op.name} here"
                raise refused(a or b, f"given {what}, the model {does}: a graph is the same for all inputs")
    for name, source in first.outputs.items():
        if not isinstance(source, Source):
            raise NotImplementedError(
                f"to_onnx: the output {name!r} has no gradient, so there is no record of it: let the model return the "
                "numbers that it is made of"
            )
    merge, runs = Merge([first, other, larger]), (first, other, larger)
    steps: dict[int, Step] = {}
    waiting = list(_steps_in(list(first.outputs.values())))
    while waiting:  # for the steps that the outputs are made of
        if (number := waiting.pop()) not in steps:
            steps[number] = step = merge.step([run.steps[number] for run in runs])
            waiting += _steps_in([step.inputs, list(step.options.values())])
    shapes = {name: merge.shape([run.shapes[name] for run in runs]) for name in first.outputs}
    return Run(first.given, dict(sorted(steps.items())), first.outputs, shapes, first.batch, {})


def _steps_in(value: Any) -> Iterator[int]:
    """The numbers of the steps whose results are in a value."""
    if isinstance(value, Source):
        if isinstance(value.name, int):
            yield value.name
    elif isinstance(value, tuple | list):
        for each in value:
            yield from _steps_in(each)


class Merge:
    """What is the same in three runs, or goes with the size of the batch."""

    def __init__(self, runs: Sequence[Run]) -> None:
        self.runs, self.n, self.m = runs, runs[0].batch, runs[2].batch

    def step(self, steps: Sequence[Step]) -> Step:
        """One op of all the runs."""
        steps = self.extremum(steps)
        first = steps[0]
        try:
            shapes = [self.shape(each) for each in zip(*(step.shapes for step in steps), strict=True)]
            inputs = [self.value(*each) for each in zip(*(step.inputs for step in steps), strict=True)]
            options = {name: self.value(*(step.options[name] for step in steps)) for name in first.options}
            shape = self.shape([step.shape for step in steps])
        except ValueError as error:
            raise refused(first, str(error)) from None
        return Step(first.op, inputs, options, shapes, shape, first.dtype, first.module, first.where)

    def extremum(self, steps: Sequence[Step]) -> Sequence[Step]:
        """An index that depends on the values and picks an extremum in every run, as that extremum."""
        first, other, _ = steps
        if first.picks is None or any(step.picks != first.picks for step in steps):
            return steps
        if all(_same(a, b) for a, b in zip(first.options["index"], other.options["index"], strict=True)):
            return steps
        name, axis, keepdims = first.picks
        what, options = What(EXTREMA[name], name, "x"), {"axis": axis, "keepdims": keepdims}
        return [Step(what, s.inputs, options, s.shapes, s.shape, s.dtype, s.module, s.where) for s in steps]

    def shape(self, shapes: Iterable[Any]) -> tuple[int | Size, ...]:
        """A shape of all the runs."""
        return tuple(self.whole(*each) for each in zip(*shapes, strict=True))

    def whole(self, a: int, b: int, c: int) -> int | Size:
        """A whole number of all the runs."""
        if a == b == c:
            return a
        if a != b or self.m == self.n:
            raise ValueError("a number here depends on the values of the input, which a graph cannot follow")
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
            parts = zip(*((each.start, each.stop, each.step) for each in (a, b, c)), strict=True)
            return slice(*(self.value(*part) for part in parts))
        if isinstance(a, np.ndarray):
            return self.array(a, b, c)
        if type(a) is int:
            return self.whole(a, b, c)
        if not (a == b == c or (a != a and b != b)):
            raise ValueError(
                f"the number {a!r} depends on the input and is not in the record: compute it with tensors, or give it "
                "to the model as an input"
            )
        return a

    def array(self, a: Array, b: Array, c: Array) -> Any:
        """An array that is not in the record: a constant, a constant all along the batch, or an input."""
        same = a.shape == b.shape and np.array_equal(a, b, equal_nan=is_float(a.dtype))
        if same and a.shape == c.shape and np.array_equal(a, c, equal_nan=is_float(a.dtype)):
            return a
        if a.dtype.kind == "i" and all(map(_counts, (a, b, c))):
            return Counted(self.shape([x.shape for x in (a, b, c)]))
        names: list[str | int] = [*self.runs[0].given, *self.runs[0].decided]
        for name in names:
            if (picked := self.picked(name, a, b, c)) is not None:
                return picked
            if a.dtype == bool and (picked := self.picked(name, ~a, ~b, ~c)) is not None:
                return picked.inverse()
        if not same:
            raise ValueError(
                "it reads values that depend on the input and are not in the record, since they have no gradient "
                "(arithmetic of integers, random numbers, what NumPy computes): compute them before the model and give "
                "them to it as an input, or write it without them"
            )
        along = [axis for axis in range(a.ndim) if a.shape[axis] != c.shape[axis]] if a.ndim == c.ndim else []
        once = a[tuple(slice(0, 1) if axis in along else slice(None) for axis in range(a.ndim))]
        if not along or not all(np.array_equal(np.broadcast_to(once, x.shape), x) for x in (a, c)):
            raise ValueError(
                "it reads an array that is another for a batch of another size: "
                "export with dynamic_batch=False, or give it to the model as an input"
            )
        return Repeated(once.copy(), self.shape([x.shape for x in (a, b, c)]))

    def picked(self, name: str | int, *values: Array) -> Picked | None:
        """The values as those of an input or a decision, if they are from there in all runs, and in the same way."""
        inputs = [run.decided[name] if isinstance(name, int) else run.given[name] for run in self.runs]
        source, dtype = Source(name, inputs[0].dtype), values[0].dtype
        if values[0].ndim != values[2].ndim:
            return None
        shape = self.shape([x.shape for x in values])
        if all(x.size == y.size and (x.ravel() == y.ravel()).all() for x, y in zip(values, inputs, strict=True)):
            return Picked(source, 0, None, 0, shape, dtype)
        if isinstance(name, int):
            return None
        batch, to = _varying(inputs[0], inputs[2]), _varying(values[0], values[2])
        if (
            batch is None
            or to is None
            or any(x.shape[to] != y.shape[batch] for x, y in zip(values, inputs, strict=True))
        ):
            return None
        found, given = (
            np.concatenate([np.moveaxis(x, axis, 0).reshape(x.shape[axis], -1) for x in xs])
            for axis, xs in ((to, values), (batch, inputs))
        )
        if found.size * given.shape[1] > MOST:
            return None
        equal = (found[:, :, None] == given[:, None, :]).all(0)
        return Picked(source, batch, equal.argmax(1), to, shape, dtype) if (equal.sum(1) == 1).all() else None


def _same(a: Any, b: Any) -> bool:
    """Whether two entries of an index are constant."""
    return not isinstance(a, Source) and np.array_equal(a, b)


def _counts(x: Array) -> bool:
    """Whether an array has the numbers from 0 on along its one axis."""
    return x.size == max(x.shape, default=0) and bool((x.ravel() == np.arange(x.size)).all())


def _varying(a: Array, b: Array) -> int | None:
    """The one axis along which two arrays have different lengths."""
    axes = [axis for axis, (m, n) in enumerate(zip(a.shape, b.shape, strict=True)) if m != n]
    return axes[0] if len(axes) == 1 else None
