"""What is done to a program before a back end writes it: what nobody reads is left out, what is equal is shared."""

from __future__ import annotations

from typing import Any

import numpy as np

from .program import Program, Slot, Step, assume, draw, expect, invoke, mapped, slots_of

KEPT = {assume, expect, draw}  # what they do counts, not what they give
SMALL = 1 << 12  # bytes: constant arrays up to this size are compared by their values


def simplified(program: Program) -> Program:
    """The same program without what is not needed, and with what is computed of Python's numbers first."""
    return numbers_first(pruned(shared(program)))


def shared(program: Program) -> Program:
    """Each of several equal steps computed once."""
    same: dict[Slot, Slot] = {}
    known: dict[Any, Slot] = {}
    steps = []
    for step in program.steps:
        inputs, options = (mapped(x, lambda slot: _first(slot, same)) for x in (step.inputs, step.options))
        if _changes_nothing(step, inputs):
            same[step.out] = inputs[0]
            continue
        key = None if step.function is draw else (step.function, _key(inputs), _key(options))
        if key is not None and key in known:
            same[step.out] = known[key]
            continue
        if key is not None:
            known[key] = step.out
        like = step.out.strides_like
        if like is not None:
            step.out.strides_like = _first(like, same)
        steps.append(Step(step.function, inputs, options, step.out))
    writes = [(slot, _first(value, same)) for slot, value in program.writes]
    return Program(program.inputs, steps, [_first(slot, same) for slot in program.outputs], writes)


def pruned(program: Program) -> Program:
    """Only the steps that lead to an output, or to a write."""
    needed = {*program.outputs, *(value for _, value in program.writes)}
    steps = []
    for step in reversed(program.steps):
        if step.out in needed or step.function in KEPT:
            steps.append(step)
            needed.update(slots_of(step))
    return Program(program.inputs, steps[::-1], program.outputs, program.writes)


def numbers_first(program: Program) -> Program:
    """The steps that need nothing but Python's numbers before the others: they may raise an error, after which nothing
    must have been written yet."""
    known = {slot for slot in program.inputs if slot.weak}
    first: list[Step] = []
    rest: list[Step] = []
    for step in program.steps:
        alone = (step.out.weak or step.function is assume) and known.issuperset(slots_of(step))
        (first if alone else rest).append(step)
        known.update([step.out] if alone else [])
    return Program(program.inputs, first + rest, program.outputs, program.writes)


def _changes_nothing(step: Step, inputs: tuple[Any, ...]) -> bool:
    """Whether a step shows an array in the shape that it has."""
    if step.function is not invoke or inputs[1] != "reshape" or type(inputs[0]) is not Slot:
        return False
    return inputs[0].shape == step.out.shape and inputs[0].strides is None


def read(program: Program) -> set[Slot]:
    """The slots that a program reads, or gives, or writes to."""
    found = {slot for step in program.steps for slot in slots_of(step)}
    return found | {*program.outputs} | {slot for pair in program.writes for slot in pair}


def _first(x: Any, same: dict[Slot, Slot]) -> Any:
    return same.get(x, x) if type(x) is Slot else x


def _key(x: Any) -> Any:
    """What tells equal inputs of steps from others."""
    kind = type(x)
    if kind is tuple or kind is list:
        return kind.__name__, *map(_key, x)
    if kind is dict:
        return tuple((key, _key(x[key])) for key in sorted(x, key=str))
    if kind is slice:
        return "slice", _key(x.start), _key(x.stop), _key(x.step)
    if isinstance(x, np.ndarray):
        return (x.dtype, x.shape, x.tobytes()) if x.nbytes <= SMALL else id(x)
    if kind is Slot:
        return x
    try:
        hash(x)
    except TypeError:
        return id(x)
    return kind, repr(x) if kind is float else x
