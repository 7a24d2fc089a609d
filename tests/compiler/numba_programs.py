"""Programs written by hand: each call is made on example arrays, and is a step; NumPy runs the steps to compare."""

import numpy as np

from autograd.compiler.program import Program, Slot, Step


class Recording:
    """Makes calls, and writes them down."""

    def __init__(self):
        self.values, self.program = {}, Program([], [], [])

    def slot(self, value):
        slot = Slot(len(self.values), np.shape(value), np.asarray(value).dtype)
        self.values[slot] = value
        return slot

    def input(self, value):
        slot = self.slot(value)
        self.program.inputs.append(slot)
        return slot

    def call(self, function, *inputs, **options):
        with np.errstate(all="ignore"):
            out = self.slot(function(*self.given(inputs), **self.given(options)))
        self.program.steps.append(Step(function, inputs, options, out))
        return out

    def given(self, tree):
        if isinstance(tree, Slot):
            return self.values[tree]
        if isinstance(tree, (tuple, list)):
            return type(tree)(self.given(each) for each in tree)
        if isinstance(tree, dict):
            return {key: self.given(each) for key, each in tree.items()}
        return tree


def recorded(function, *arrays):
    """The program of `function(call, *slots)`, which returns the outputs, or these and a list of writes."""
    recording = Recording()
    result = function(recording.call, *[recording.input(a) for a in arrays])
    outputs, recording.program.writes = result if isinstance(result, tuple) else (result, [])
    recording.program.outputs = outputs if isinstance(outputs, list) else [outputs]
    return recording.program


def run(program, *arrays):
    """NumPy's run of a program: its outputs; writes are made in the arrays."""
    recording = Recording()
    values = recording.values
    values.update(zip(program.inputs, arrays, strict=True))
    with np.errstate(all="ignore"):
        for step in program.steps:
            values[step.out] = step.function(*recording.given(step.inputs), **recording.given(step.options))
    outputs = tuple(np.array(values[slot]) for slot in program.outputs)
    for to, value in [(values[to], np.array(values[value])) for to, value in program.writes]:
        to[...] = value
    return outputs


def assert_same(compiled, program, *arrays, times=2):
    """Both runs give the same outputs and write the same, `times` times over, each going on from its own state."""
    slots = [*program.inputs, *[step.out for step in program.steps]]
    wide = all(slot.dtype != np.float32 for slot in slots)
    ours, numpys = ([np.array(a, order="K") for a in arrays] for _ in range(2))
    for _ in range(times):
        for a, b in zip((*compiled(*ours), *ours), (*run(program, *numpys), *numpys), strict=True):
            assert (np.shape(a), np.asarray(a).dtype) == (np.shape(b), b.dtype)
            tolerance = 0 if b.dtype.kind != "f" else 1e-12 if wide else 2e-5
            np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance, equal_nan=True)
