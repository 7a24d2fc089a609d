"""What every public function of tensors does besides: it says what was given where a tensor belongs, and takes `out`.

Nothing is checked while all goes well. When a call has failed, its arguments are compared with their annotations, by
the function's own name and that of the argument; or there was a tensor to write to, `out`, of which it knows nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dis import opmap
from functools import update_wrapper
from inspect import signature
from types import FunctionType
from typing import Any

from ..core.engine import Traced
from ..core.errors import kind_of, no_tensor
from ..tensors.destinations import into

LIBRARY = __file__.rpartition("tools")[0]
RAISE = opmap["RAISE_VARARGS"]
TENSOR, TENSORS, NONE = "Tensor", "Sequence[Tensor]", "None"  # the annotations that are looked at


def explaining(namespace: dict[str, Any]) -> dict[str, Any]:
    """The functions of a module's `namespace` that take tensors, by name, so that they name an argument that is none.

    An op says it already, and is given `out` alone. What takes more than tensors, as the tools do, is left alone.
    """
    functions = {name: f for name, f in namespace.items() if isinstance(f, FunctionType) and _takes_tensors(f)}
    made = {f: (_op if _is_op(f) else _explaining)(f, namespace["__name__"]) for f in functions.values()}
    return {name: made[f] for name, f in functions.items()}  # an alias stays one


def _takes_tensors(function: FunctionType) -> bool:
    of_tensors = any({TENSOR, TENSORS} & _kinds(a) for a in function.__annotations__.values())
    return of_tensors and not function.__module__.startswith("autograd.tools.")


def _is_op(function: FunctionType) -> bool:
    return hasattr(function, "__wrapped__") and not hasattr(function, "makes_tensors")


def _op(function: FunctionType, module: str) -> Callable[..., Any]:
    """An op of one or two tensors, which has no options, with `out`; any other op as it is."""

    def of_one(input: Any, *, out: Any = None) -> Any:
        return function(input) if out is None else into(out, function, (input,), {})

    def of_two(input: Any, other: Any, *, out: Any = None) -> Any:
        return function(input, other) if out is None else into(out, function, (input, other), {})

    code = function.__wrapped__.__code__  # type: ignore[attr-defined]
    arguments = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    call: Any = {("input",): of_one, ("input", "other"): of_two}.get(arguments)
    return _named(call, function, module) if call else function


def _named(call: Callable[..., Any], function: FunctionType, module: str) -> Callable[..., Any]:
    update_wrapper(call, function)
    call.__module__ = module
    return call


def _kinds(annotation: Any) -> set[str]:
    return {*str(annotation).split(" | ")}


def _explaining(function: FunctionType, module: str) -> Callable[..., Any]:
    places = hasattr(function, "makes_tensors")  # and so takes `out` itself

    def call(*args: Any, **options: Any) -> Any:
        try:
            return function(*args, **options)
        except Exception as error:
            fault = misplaced(function, args, options, function.__name__)
            if not fault and (places or "out" not in options):
                if _says_it_all(error):
                    error.__traceback__ = None
                    error.__dict__.setdefault("_failed_call", (function.__name__, args))  # for a drawing of it
                raise
        if fault:
            raise fault
        return into(options.pop("out"), call, args, options)

    return _named(call, function, module)


def _says_it_all(error: Exception) -> bool:
    """Whether the library itself raised this, with nobody else's code in between: its frames would add nothing."""
    frame: Any = error.__traceback__
    while frame.tb_frame.f_code.co_filename.startswith(LIBRARY):
        if frame.tb_next is None:
            return bool(frame.tb_frame.f_code.co_code[frame.tb_lasti] == RAISE)
        frame = frame.tb_next
    return False


def misplaced(function: Any, args: Any, options: Any, name: str) -> TypeError | None:
    """The error that names the first argument of a call that should be a tensor, or hold tensors, and does not.

    `name` is what the message calls the function.
    """
    try:
        bound = signature(function).bind(*args, **options)
    except TypeError:  # the number of arguments is wrong, and Python has said so
        return None
    for position, (argument, value) in enumerate(bound.arguments.items(), 1):
        parameter = bound.signature.parameters[argument]
        kinds = _kinds(parameter.annotation)
        if not kinds & {TENSOR, TENSORS} or kinds - {TENSOR, TENSORS, NONE} or (value is None and NONE in kinds):
            continue
        if TENSORS in kinds or parameter.kind is parameter.VAR_POSITIONAL:
            if isinstance(value, list | tuple):
                for i, x in enumerate(value):
                    if not isinstance(x, Traced):
                        where = f"expected Tensor as element {i} in argument '{argument}'"
                        return TypeError(f"{name}(): {where}, but got {kind_of(x)}")
            elif TENSOR not in kinds or not isinstance(value, Traced):
                return no_tensor(name, argument, 0 if argument in options else position, value, "tuple of Tensors")
        elif not isinstance(value, Traced):
            return no_tensor(name, argument, 0 if argument in options else position, value)
    return None
