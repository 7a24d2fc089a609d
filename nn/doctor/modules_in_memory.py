"""Which modules a parameter belongs to, found without the help of the program: by a look at what is in memory."""

from __future__ import annotations

import gc
from collections.abc import Iterable
from typing import Any

from autograd import Tensor

from ..module import Module


def every_module() -> list[Module]:
    """All modules there are. `type` is asked, not `isinstance`, which would run code of lazy objects."""
    return [thing for thing in gc.get_objects() if issubclass(type(thing), Module)]


def owners(tensors: Iterable[Tensor]) -> list[Module]:
    """The modules that have one of these tensors as an attribute, and the modules around those."""
    modules, known = every_module(), {id(tensor) for tensor in tensors}
    found: list[Module] = []
    while True:
        inner: list[Module] = []
        rest: list[Module] = []
        for module in modules:
            held = any(id(value) in known for value in vars(module).values() if isinstance(value, Tensor | Module))
            (inner if held else rest).append(module)
        if not inner:
            return found
        found += inner
        known, modules = {id(module) for module in inner}, rest


def outermost(modules: Iterable[Module]) -> list[Module]:
    """Those of the modules that are in no other one of them."""
    given = list(modules)
    inside = {id(inner) for module in given for inner in module.modules() if inner is not module}
    return [module for module in given if id(module) not in inside]


def is_part(module: Module, of: Module) -> bool:
    """Whether a module is another one, or inside of it."""
    return any(inner is module for inner in of.modules())


def name_in(frame: Any, thing: Any) -> str:
    """The name that a frame of the program has for an object; empty if it has none."""
    for names in (frame.f_locals, frame.f_globals) if frame is not None else ():
        for name, value in list(names.items()):
            if value is thing and not name.startswith("_"):
                return str(name)
    return ""
