"""`@primitive` makes an op of a function that NumPy lacks, `@one_call` a function that is recorded as one call."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np

from . import writes
from .dtypes import float32
from .engine import Traced, new, record, recording
from .errors import no_operand
from .forward import OPERANDS, apply
from .ops import OPS, Op, parameters
from .quiet import quiet


def primitive(function: Callable[..., Any]) -> Callable[..., Any]:
    """Make an op of a function of arrays that NumPy lacks; its derivative rules are given to `define`.

    Called on plain arrays it is the function itself, and an array of another kind is asked by NumPy's protocol, as
    NumPy's functions ask it. Called with a tensor among its inputs it is recorded, and raises NotImplementedError as
    long as it has no rules.
    """
    names = tuple(parameters(function))

    @wraps(function)
    def call(*args: Any, **options: Any) -> Any:
        op = OPS.get(call)
        if op is None:
            raise NotImplementedError(f"{function.__name__} has no rule: call define({function.__name__}, ...) first")
        if len(args) == op.arity and not options and isinstance(args[0], Traced):
            result = short_form(op, args)
            if result is not None:
                return result
        n = len(op.inputs) or 1
        if len(args) < n:
            args = *args, *(options.pop(name) for name in names[len(args) : n] if name in options)
        inputs = args[0] if op.variadic else args[:n]
        for x in inputs:
            if isinstance(x, Traced):
                if len(args) > n:
                    options |= zip(names[n:], args[n:], strict=False)
                for name, value in options.items():
                    if isinstance(value, Traced):
                        raise TypeError(_no_option(function.__name__, name, names[:n]))
                return apply(op, inputs, op.defaults | options if options else op.defaults)
        if op.inputs and args and not issubclass(type(args[0]), OPERANDS):
            if hasattr(args[0], "__array_function__"):  # an array of another kind: asked as NumPy asks
                return args[0].__array_function__(call, (type(args[0]),), args, options)
            raise no_operand(op.name, 0, args[0])
        return function(*args, **options)

    call.forward = function  # type: ignore[attr-defined]
    return call


def one_call(function: Callable[..., Any]) -> Callable[..., Any]:
    """Ask an array of another kind for all of `function`, by its first argument, as NumPy's functions do.

    NumPy's own arrays and tensors go through the function step by step. So what records calls has one of it.
    """

    @wraps(function)
    def call(x: Any, *args: Any) -> Any:
        if type(x) is np.ndarray or issubclass(type(x), (np.ndarray, np.generic, Traced)):
            return function(x, *args)
        return x.__array_function__(call, (type(x),), (x, *args), {})

    return call


def short_form(op: Op, args: tuple[Any, ...]) -> Any:
    """`op` on tensors of float32, some of which may be None, with all of its options: `apply` in fewer steps.

    None where the general form must see to it, which also says what is wrong. Four ops of this kind in a step of
    2-16-16-2 take 7 µs of 112 less.
    """
    n, mask, bit = len(op.inputs), 0, 1
    inputs, options, data, edges = args[:n], args[n:], [], []
    if writes.rewritten:
        writes.follow(*inputs)
    for option in options:
        if isinstance(option, Traced):
            return None
    try:
        for x in inputs:
            value = None if x is None else x._data
            data.append(value)
            if value is not None:
                if value.dtype is not float32:
                    return None
                if x._node is not None:
                    mask |= bit
                    edges.append(x._node)
            bit += bit
        out = quiet.run(op.forward, *data, *options)
    except Exception:
        return None
    result = new(inputs[0]._result)
    result._data, result._node = out, None
    if edges and recording.get():
        plan = op.plans[mask]
        result._node = record(plan, tuple(edges), plan.keep(*data, out, *options), data, out, inputs[0]._hooks)
    return result


def _no_option(function: str, name: str, inputs: tuple[str, ...]) -> str:
    if name in inputs:
        return f"{function}: give the input {name} by position"
    return f"{function}: input {name} has no rule, so it must not be a tensor: give define one, or None, for it"
