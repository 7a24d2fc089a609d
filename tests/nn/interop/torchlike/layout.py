"""The layout, imported without letting the other tests print as PyTorch does; and a way to walk through it."""

import importlib
import pkgutil
from types import ModuleType

import autograd
from nn.interop import torchlike, torchvisionlike
from nn.interop.layout_lookup import public, theirs

if hasattr(autograd, "print_as_torch"):
    autograd.print_as_torch(False)


def modules(*roots):
    """Every module of the layouts, by its name in PyTorch."""
    for root in roots or (torchlike, torchvisionlike):
        yield theirs(root.__name__), root
        for found in pkgutil.walk_packages(root.__path__, f"{root.__name__}."):
            yield theirs(found.name), importlib.import_module(found.name)


def names(module):
    """What of a module is ours, modules aside."""
    return sorted(name for name in public(module) if not isinstance(getattr(module, name), ModuleType))
