"""What a module says when something is wrong: where an error arose, what does not fit, what an attribute hides."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from autograd import Tensor
from autograd.tools.tensor_arguments import misplaced

Module = Any  # nn.Module, whose file needs this one


def no_tensor_given(error: Exception, module: Module, args: Any, kwargs: Any) -> TypeError | None:
    """The error to raise in place of one that arose because an argument of `forward` is no tensor, if that is so."""
    told = hasattr(error, "_modules_called")  # by a module inside
    return None if told else misplaced(module.forward, args, kwargs, type(module).__name__)


def tell_where(error: Exception, module: Module) -> Exception:
    """Note on an error which module raised it, with its path from the outermost module that was called."""
    called = error.__dict__.setdefault("_modules_called", [])  # the innermost first
    called.append(module)
    path = [type(module).__name__]
    for outer, inner in pairwise(reversed(called)):
        path.append(next((name for name, below in outer.named_modules() if below is inner), "?"))
    innermost = type(called[0]).__name__ if list(called[0].children()) else repr(called[0])
    notes = [note for note in getattr(error, "__notes__", []) if not note.startswith("raised in module ")]
    error.__notes__ = [*notes, f"raised in module {'.'.join(path)}: {innermost}"]
    return error


def cannot_assign(value: Any, what: str, name: str, module: Module, kind: type) -> TypeError:
    """The error for a value of the wrong type, which cannot become the parameter, module or buffer `name`."""
    given, owner = type(value).__name__, type(module).__name__
    expected = "Tensor" if kind is Tensor else f"nn.{kind.__name__}"
    return TypeError(f"cannot assign {given} as {what} {name!r} of {owner}: expected {expected} or None")


def warn_of_hidden(module: Module, name: str, values: Any, kinds: tuple[type, type]) -> None:
    """Warn if a list, tuple or dict that becomes an attribute holds one of the `kinds`, Module and Parameter."""
    if kind := _held(values, kinds):
        use = "nn.ModuleDict" if isinstance(values, dict) else "nn.ModuleList"
        warnings.warn(
            f"{type(module).__name__}.{name} is a plain {type(values).__name__} that holds a {kind.__name__}: its "
            "parameters are not registered, so no optimizer, state_dict or train() will find them; use "
            f"{use if kind is kinds[0] else 'an attribute for each'}",
            stacklevel=3,
        )


def _held(values: Any, kinds: tuple[type, type]) -> type | None:
    """Which of the kinds a list, tuple or dict holds, at whatever depth."""
    for value in values.values() if isinstance(values, dict) else values:
        if isinstance(value, list | tuple | dict):
            kind = _held(value, kinds)
        else:
            kind = next((kind for kind in kinds if isinstance(value, kind)), None)
        if kind:
            return kind
    return None


def misfits(own: Mapping[str, Tensor], given: Mapping[str, Any], wrong: Mapping[str, list[str]]) -> list[str]:
    """Why the arrays `given` cannot be copied to the tensors `own`, a line for each fault; `wrong`: kinds of keys."""
    faults = []
    for kind, keys in wrong.items():
        if keys:
            quoted = ", ".join(f'"{key}"' for key in keys)
            faults.append(f"{kind} key(s) in state_dict: {quoted}. ")
    for key, value in given.items():
        if value.shape != own[key].shape:
            faults.append(
                f"size mismatch for {key}: copying a param with shape {tuple(value.shape)} from checkpoint, "
                f"the shape in current model is {tuple(own[key].shape)}."
            )
        elif not (value.dtype.kind in "biu" or ("float" in value.dtype.name and own[key].is_floating_point())):
            faults.append(f"dtype mismatch for {key}: {value.dtype} cannot be copied to {own[key].dtype}.")
    return faults
