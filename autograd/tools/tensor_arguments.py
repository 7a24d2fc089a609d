"""What was given where a tensor belongs: every public function says it, by its own name and that of the argument.

Nothing is checked while all goes well. When a call has failed, its arguments are compared with their annotations.
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

LIBRARY = __file__.rpartition("tools")[0]
RAISE = opmap["RAISE_VARARGS"]
TENSOR, TENSORS, NONE = "Tensor", "Sequence[Tensor]", "None"  # the annotations that are looked at


def explaining(namespace: dict[str, Any]) -> dict[str, Any]:
    """The functions of a module's `namespace` that take tensors, by name, so that they name an argument that is none.

    What is an op itself, and what takes more than tensors, as the tools do, is left alone: it says it already.
    """
    functions = {name: f for name, f in namespace.items() if isinstance(f, FunctionType) and _takes_tensors(f)}
    made = {f: _explaining(f, namespace["__name__"]) for f in functions.values()}  # an alias stays one
    return {name: made[f] for name, f in functions.items()}


def _takes_tensors(function: FunctionType) -> bool:
    op = hasattr(function, "__wrapped__") and not hasattr(function, "makes_tensors")
    tells = op or function.__module__.startswith("autograd.tools.")
    return not tells and any({TENSOR, TENSORS} & _kinds(a) for a in function.__annotations__.values())


def _kinds(annotation: Any) -> set[str]:
    return {*str(annotation).split(" | ")}


def _explaining(function: FunctionType, module: str) -> Callable[..., Any]:
    def call(*args: Any, **options: Any) -> Any:
        try:
            return function(*args, **options)
        except Exception as error:
            if fault := misplaced(function, args, options, function.__name__):
                raise fault from None
            if _says_it_all(error):
                error.__traceback__ = None
            raise

    update_wrapper(call, function)
    call.__module__ = module
    return call


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
