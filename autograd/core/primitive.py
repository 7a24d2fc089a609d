"""`@primitive` makes an op of a function that NumPy lacks."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from .engine import Traced
from .errors import no_operand
from .forward import OPERANDS, apply
from .ops import OPS, parameters


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


def _no_option(function: str, name: str, inputs: tuple[str, ...]) -> str:
    if name in inputs:
        return f"{function}: give the input {name} by position"
    return f"{function}: input {name} has no rule, so it must not be a tensor: give define one, or None, for it"
