"""The importer: in this process `import torch` and `import torchvision` are served by this project's layouts."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any

from .class_names import name_classes_as_torch
from .layout_lookup import LAYOUTS, ours, theirs, unsupported


class Importer(MetaPathFinder, Loader):
    """Finds the modules of PyTorch's layout: `torch.nn` is the module `nn.interop.torchlike.nn`, under both names."""

    def find_spec(self, fullname: str, path: Sequence[str] | None = None, target: Any = None) -> ModuleSpec | None:
        if place := ours(fullname):
            return self._served(fullname, place)
        if path is not None and theirs(fullname).count("."):
            return self._own(fullname, path)
        return None

    def _served(self, name: str, place: str) -> ModuleSpec:
        if module_of(place) is None:
            raise ModuleNotFoundError(unsupported(name), name=name)
        return ModuleSpec(name, self, is_package=True)

    def _own(self, place: str, path: Sequence[str]) -> ModuleSpec:
        """A module by our name for it; this is also what `from torch.nn import X` looks for if there is no X."""
        spec = PathFinder.find_spec(place, path)
        if spec is None:
            raise ImportError(unsupported(theirs(place)), name=place)
        return spec

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        module = module_of(ours(spec.name))
        assert module is not None  # find_spec has seen it
        spec.loader_state = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        """Give the module, which has long run, its own spec back."""
        if module.__spec__ is not None and module.__spec__.loader_state is not None:
            module.__spec__ = module.__spec__.loader_state


def module_of(place: str) -> ModuleType | None:
    """The module of the layout at this place: one of its folders, or a module of ours that a folder offers."""
    if place in LAYOUTS.values():
        return import_module(place)
    parent, _, name = place.rpartition(".")
    found = getattr(import_module(parent), name, None)
    return found if isinstance(found, ModuleType) else None


_importer = Importer()


def install() -> None:
    """Serve `torch` and `torchvision` from now on, also where PyTorch is installed.

    Raises RuntimeError if this process has imported PyTorch itself.
    """
    for name in LAYOUTS:
        loaded = sys.modules.get(name)
        if loaded is not None and not theirs(loaded.__name__):
            raise RuntimeError(f"{name} has been imported from {loaded.__file__}: serve the layout before any import")
    if _importer not in sys.meta_path:
        sys.meta_path.insert(0, _importer)
    name_classes_as_torch()


def uninstall() -> None:
    """End what `install` began. Modules that were imported stay usable, and are forgotten under PyTorch's names."""
    if _importer in sys.meta_path:
        sys.meta_path.remove(_importer)
        name_classes_as_torch(False)
        for name in [name for name in sys.modules if ours(name)]:
            del sys.modules[name]
