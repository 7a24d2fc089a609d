"""A network of the layers of nn as plain data, from which it can be built again without running any other code."""

from __future__ import annotations

import inspect
from typing import Any

import nn

LEFT_OUT = ("device", "dtype", "args", "kwargs", "min_value", "max_value")  # of Identity, and old names of Hardtanh
CHANGES = ("forward", "_forward_hooks", "_forward_pre_hooks")  # of one module, what its class does not tell


def described(model: nn.Module) -> dict[str, Any] | None:
    """The class of a layer with its arguments, or the parts of an `nn.Sequential` by name; None for any other module.

    A layer counts if it is one of nn itself whose arguments it remembers as numbers, words, or lists of these. A module
    with hooks, or with a `forward` of its own, does not.
    """
    if type(model).__call__ is not nn.Module.__call__ or any(vars(model).get(name) for name in CHANGES):
        return None
    if type(model).forward is nn.Sequential.forward:
        parts = {name: described(part) for name, part in model.named_children()}
        return None if None in parts.values() else {"Sequential": parts}
    kind = type(model).__name__
    if getattr(nn, kind, None) is not type(model):
        return None
    arguments: dict[str, Any] = {}
    for name in inspect.signature(type(model)).parameters:
        if name in LEFT_OUT:
            continue
        value = getattr(model, name, inspect)
        value = value is not None if name == "bias" else value
        if not _plain(value):
            return None
        arguments[name] = value
    return {kind: arguments}


def built(description: Any, largest: int) -> nn.Module:
    """The network that is described. Raises ValueError for anything else, and for a number above `largest`."""
    if not isinstance(description, dict) or len(description) != 1:
        raise ValueError(f"expected a layer and its arguments, found {description!r:.60}")
    ((kind, given),) = description.items()
    if kind == "Sequential" and isinstance(given, dict):
        model = nn.Sequential()
        for name, part in given.items():
            try:
                model.add_module(name, built(part, largest))
            except KeyError as error:
                raise ValueError(f"Sequential: {error.args[0]}") from None
        return model
    layer = getattr(nn, kind, None) if kind in nn.__all__ else None
    if not (isinstance(layer, type) and issubclass(layer, nn.Module)) or not isinstance(given, dict):
        raise ValueError(f"expected a layer of nn and its arguments, found {kind!r:.60}")
    if any(number > largest for number in _numbers([*given.values()])):
        raise ValueError(f"{kind}: a number in {given!r:.80} is larger than the weights are")
    try:
        return layer(**{name: tuple(value) if isinstance(value, list) else value for name, value in given.items()})
    except (TypeError, RuntimeError, IndexError, ArithmeticError) as error:
        raise ValueError(f"{kind}: {error}") from None


def _plain(value: Any) -> bool:
    if isinstance(value, tuple | list):
        return all(map(_plain, value))
    return value is None or isinstance(value, str | bool | int | float)


def _numbers(value: Any) -> list[float]:
    if isinstance(value, list | tuple):
        return [number for each in value for number in _numbers(each)]
    return [abs(value)] if isinstance(value, int | float) else []
