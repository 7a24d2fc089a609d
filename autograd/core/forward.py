"""The forward pass: an op is computed on the values of its inputs and, where a gradient is wanted, recorded.

The same few lines in four forms. Three are short, because everything goes through them: one tensor; two; a number and a
tensor. The fourth is the general one. (What `@primitive` makes has a short one for several tensors, too.)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from . import writes
from .dtypes import NARROW, float32
from .engine import Traced, new, record, recording
from .errors import explain, no_operand, not_mine
from .ops import NUMBERS, Op
from .promotion import as_they_are, evaluate
from .quiet import quiet, run_quietly

OPERANDS = (np.ndarray, np.generic, *NUMBERS)


def of_one(op: Op, casts: bool = False, views: bool = False) -> Callable[..., Any]:
    """`op` on one tensor, with all its options in their order: the short form of `apply`, which it falls back on.

    Only an op that `casts` may give a dtype other than its input's in the short form. One that `views` may give what
    shows the memory of its input.
    """
    forward, plan, narrow = op.forward, None, () if casts or views else NARROW

    def call(input: Any, *options: Any) -> Any:
        nonlocal plan
        try:
            data = input._data
            if views and data.__class__ is not np.ndarray:  # a NumPy scalar is no memory to show
                data = input._array
            if (dtype := data.dtype) is not float32 and dtype in narrow:  # is rounded once, by `evaluate`
                raise TypeError
            out = quiet.run(forward, data, *options)
            if out.dtype is not dtype and not casts:
                raise TypeError
        except (AttributeError, TypeError, RuntimeError):
            return apply(op, (input,), dict(zip(op.options, options, strict=True)))
        except (ValueError, IndexError) as error:
            raise explain(op.name, [data], dict(zip(op.options, options, strict=True)), error) from None
        if writes.rewritten:
            input._follow()
        result = new(input._result)
        result._data = out
        edge = input._node
        if views and (base := out.base) is not None and (base is data or base is data.base):
            result._parent, result._parent_node = input, edge
        if edge is None or not recording.get():
            result._node = None
        else:
            plan = plan or op.plans[0b1]
            result._node = record(plan, (edge,), plan.keep(data, out, *options), (data,), out, input._hooks)
        return result

    return call


def of_two(op: Op, operator: bool = False) -> Callable[..., Any]:
    """`op` on a tensor and a tensor or number: the short form of `apply`, which it falls back on.

    As an `operator` it returns NotImplemented for what is no operand, so that Python asks the other side.
    """
    forward = op.forward
    both = left = right = None

    def call(input: Any, other: Any) -> Any:
        nonlocal both, left, right
        edges: tuple[Any, ...]
        if writes.rewritten:
            writes.follow(input, other)
        try:
            a, xn = input._data, input._node
            kind, dtype = other.__class__, a.dtype
            if kind is input.__class__ or (kind is not float and kind is not int and isinstance(other, Traced)):
                b, yn = other._data, other._node
                if b.dtype is not dtype or (dtype is not float32 and dtype in NARROW):
                    raise TypeError
            elif (kind is float or kind is int) and dtype not in NARROW:
                b, yn = other, None
            elif operator and not isinstance(other, OPERANDS):
                return not_mine(op.name, other)
            else:
                raise TypeError
            out = quiet.run(forward, a, b)
            if out.dtype is not dtype:
                raise TypeError
        except (AttributeError, TypeError, ArithmeticError, RuntimeError):
            return apply(op, (input, other), {})
        except ValueError as error:
            raise explain(op.name, [a, b], {}, error) from None
        result = new(input._result)
        result._data = out
        if (xn is None and yn is None) or not recording.get():
            result._node = None
            return result
        if yn is None:
            plan = left = left or op.plans[0b01]
            edges = (xn,)
        elif xn is None:
            plan = right = right or op.plans[0b10]
            edges = (yn,)
        else:
            plan = both = both or op.plans[0b11]
            edges = (xn, yn)
        result._node = record(plan, edges, plan.keep(a, b, out), (a, b), out, input._hooks)
        return result

    return call


def reflected(op: Op) -> Callable[..., Any]:
    """`op` with a number on the left of a tensor, as Python asks for it: 2 - y calls y.__rsub__(2)."""
    forward, plan = op.forward, None

    def call(input: Any, other: Any) -> Any:
        nonlocal plan
        if writes.rewritten:
            input._follow()
        data, kind = input._data, other.__class__
        try:
            if (kind is not float and kind is not int) or data.dtype in NARROW:
                raise TypeError
            out = quiet.run(forward, other, data)
            if out.dtype is not data.dtype:
                raise TypeError
        except (TypeError, ValueError, ArithmeticError):
            return apply(op, (other, input), {}) if isinstance(other, OPERANDS) else not_mine(op.name, other)
        result = new(input._result)
        result._data = out
        edge = input._node
        if edge is None or not recording.get():
            result._node = None
        else:
            plan = plan or op.plans[0b10]
            result._node = record(plan, (edge,), plan.keep(other, data, out), (other, data), out, input._hooks)
        return result

    return call


def apply(op: Op, inputs: Sequence[Any], options: dict[str, Any]) -> Any:
    """`op` on any inputs (tensors, arrays, numbers) with options: the general form.

    Inputs of different dtypes are converted to the one that PyTorch would choose. Raises TypeError for what is no
    operand, or if no input is a tensor; and in place of NumPy's exceptions, those of `errors.explain`.
    """
    if writes.rewritten:
        writes.follow(*inputs)
    data: list[Any] = []
    edges: list[Any] = []
    first = dtype = None
    plain, mask, bit = True, 0, 1
    for x, counts in zip(inputs, op.counts, strict=False):
        if isinstance(x, Traced):
            value = x._data
            if first is None:
                first = x
            if counts:
                if x._node is not None:
                    mask |= bit
                    edges.append(x._node)
                if value.dtype is not dtype:
                    plain, dtype = plain and dtype is None, value.dtype
        else:
            value = x.item() if isinstance(x, np.generic) else x
            if counts and value.__class__ not in NUMBERS and (value is not None or isinstance(op.key, np.ufunc)):
                plain = False
                if not isinstance(value, np.ndarray):
                    raise no_operand(op.name, len(data), value) from None
        data.append(value)
        bit <<= 1
    if first is None:
        raise no_operand(op.name, 0, inputs[0]) from None
    try:
        if plain and dtype is not None and as_they_are(dtype):
            out = run_quietly(op.forward, *op.arguments(data), **options)
        else:
            data, out = evaluate(op, data, options, inputs)
    except (ValueError, TypeError, IndexError, ArithmeticError, np.linalg.LinAlgError) as error:
        raise explain(op.name, data, options, error) from (error if op.foreign else None)
    result = new(first._result)
    result._data, result._node = out, None
    if edges and recording.get():
        plan = op.plans[mask]
        saved = plan.keep(*op.arguments(data), out, **options)
        result._node = record(plan, tuple(edges), saved, data, out, first._hooks)
    return result
