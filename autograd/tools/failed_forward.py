"""The op at which a forward pass failed, as the exception tells: by the frames that its traceback holds anyway."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from types import FrameType
from typing import Any, NamedTuple

from ..core.ops import Op
from ..core.writes import LIBRARY
from ..tensors.tensor import Tensor

PLUMBING = ("forward", "__call__")  # of a module: what calls the function that failed
WRAPPER = "autograd.tools.tensor_arguments"  # whose functions only pass on what they are given


class Failure(NamedTuple):
    """What failed: the op, its inputs by name, the message, and the module, such as "in Sequential.2: Linear(…)"."""

    op: str
    inputs: list[tuple[str, Any]]
    message: str
    where: str
    module: Any  # the outermost that was called, or None


def failure(error: BaseException) -> Failure:
    """What failed. Raises ValueError if no function in the traceback was given a tensor."""
    title, inputs = failed_call(error)
    notes = [note for note in getattr(error, "__notes__", []) if note.startswith("raised in module ")]
    modules = getattr(error, "_modules_called", ())
    return Failure(
        title,
        [(name, value) for name, value in inputs if isinstance(value, Tensor | float | int | bool)],
        f"{type(error).__name__}: {error}",
        notes[-1].removeprefix("raised ") if notes else "",
        modules[-1] if modules else None,
    )


def failed_call(error: BaseException) -> tuple[str, list[tuple[str, Any]]]:
    """What was called, and with what; an error whose frames in the library were taken away notes it itself."""
    if hasattr(error, "_failed_call"):
        name, given = error._failed_call
        return name, one_by_one(zip((f"x{i}" for i in range(len(given))), given, strict=True))
    frame = culprit(error)
    if frame is None:
        raise ValueError(
            f"draw: no function in the traceback of this {type(error).__name__} was given a tensor, so there is no "
            "graph to draw; draw an exception that a forward pass raised"
        )
    op = frame.f_locals.get("op")
    return op.name if isinstance(op, Op) else called(frame), arguments(frame)


def culprit(error: BaseException) -> FrameType | None:
    """The innermost call that was given a tensor: that of an op, or else of the function that the library offers.

    Helpers of such a function are passed over.
    """
    found = None
    for frame in frames(error):
        if frame.f_globals.get("__name__") == WRAPPER:
            continue
        given = any(isinstance(value, Tensor) for _, value in arguments(frame))
        if given and isinstance(frame.f_locals.get("op"), Op):
            return frame
        inside = str(frame.f_globals.get("__name__", "")).partition(".")[0] in LIBRARY
        if found is not None and (not inside or frame.f_code.co_name in PLUMBING):
            return found
        found = frame if given else found
    return found


def frames(error: BaseException) -> Iterator[FrameType]:
    """The frames that the error went through, the innermost first."""
    met, traceback = [], error.__traceback__
    while traceback:
        met.append(traceback.tb_frame)
        traceback = traceback.tb_next
    yield from reversed(met)


def arguments(frame: FrameType) -> list[tuple[str, Any]]:
    """What a function was called with, by name; the module of a method left out."""
    code, values = frame.f_code, frame.f_locals
    op = values.get("op")
    if isinstance(op, Op) and "inputs" in values:
        return list(zip(op.inputs or [f"x{i}" for i in range(len(values["inputs"]))], values["inputs"], strict=False))
    names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount + bool(code.co_flags & 0x04)]  # with *args
    known = [(name, values.get(name)) for name in names]
    given = one_by_one((name, value) for name, value in known if name != "self" or isinstance(value, Tensor))
    if isinstance(op, Op):
        return [(letter, value) for letter, (_, value) in zip("xyzw", given, strict=False)]
    return given


def one_by_one(given: Iterable[tuple[str, Any]]) -> list[tuple[str, Any]]:
    """Arguments with those of a list by themselves: "x[0]", "x[1]"."""
    parts: list[tuple[str, Any]] = []
    for name, value in given:
        several = isinstance(value, list | tuple)
        parts += [(f"{name}[{i}]", part) for i, part in enumerate(value)] if several else [(name, value)]
    return parts


def called(frame: FrameType) -> str:
    """The name of the function, or the class of the module whose method it is."""
    owner = frame.f_locals.get("self")
    return type(owner).__name__ if frame.f_code.co_name in PLUMBING and owner is not None else frame.f_code.co_name
