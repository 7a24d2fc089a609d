"""Modules and objects that hold flags without effect, and note the flags that a program sets."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

from .layout_lookup import theirs
from .noted import note


class FlagModule(ModuleType):
    """A module of flags: one that is given another value is kept, and noted."""

    def __setattr__(self, name: str, value: Any) -> None:
        if name in vars(self) and not name.startswith("_") and not isinstance(value, ModuleType):
            note_flag(theirs(self.__name__), name, value, vars(self)[name])
        super().__setattr__(name, value)


class Flags:
    """Flags as attributes of an object: those of `torch.backends.cuda.matmul`."""

    def __init__(self, path: str, **flags: Any) -> None:
        vars(self).update(flags)
        vars(self)["_path"] = path

    def __setattr__(self, name: str, value: Any) -> None:
        if name not in vars(self):
            raise AttributeError(f"{self._path}.{name} is not supported by chalkgrad")
        note_flag(self._path, name, value, vars(self)[name])
        vars(self)[name] = value

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"{vars(self).get('_path', 'Flags')}.{name} is not supported by chalkgrad")


def note_flag(path: str, name: str, value: Any, before: Any) -> None:
    """Say that a flag has no effect, if it was changed."""
    if value != before:
        note(f"{path}.{name} = {value!r} has no effect")


def hold_flags(module: str) -> None:
    """Make a module, by its name, one of flags."""
    sys.modules[module].__class__ = FlagModule
