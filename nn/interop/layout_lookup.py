"""How a module of PyTorch's layout answers when it is asked for a name: a module of its own folder, or an error."""

from __future__ import annotations

import sys
from collections.abc import Callable
from difflib import get_close_matches
from importlib import import_module
from importlib.machinery import PathFinder
from types import ModuleType
from typing import Any

LAYOUTS = {"torch": "nn.interop.torchlike", "torchvision": "nn.interop.torchvisionlike"}


def ours(name: str) -> str:
    """The module that serves PyTorch's module `name`: "nn.interop.torchlike.optim" for "torch.optim"; "" for others."""
    root, dot, rest = name.partition(".")
    return LAYOUTS[root] + dot + rest if root in LAYOUTS else ""


def theirs(name: str) -> str:
    """The name that a module of ours has in PyTorch, the reverse of `ours`; "" for a module of no layout."""
    for root, place in LAYOUTS.items():
        if name == place or name.startswith(f"{place}."):
            return root + name[len(place) :]
    return ""


def submodule(module: str, name: str) -> bool:
    """Whether a module of the layout has a submodule of this name."""
    return PathFinder.find_spec(f"{module}.{name}", sys.modules[module].__path__) is not None


def getter(module: str) -> Callable[[str], Any]:
    """The `__getattr__` of a module of the layout, which imports a submodule when it is first asked for.

    It raises AttributeError for what is not supported, and names the nearest thing that is.
    """

    def __getattr__(name: str) -> Any:  # noqa: N807  a module's own
        if not name.startswith("_") and submodule(module, name):
            return import_module(f"{module}.{name}")
        raise AttributeError(unsupported(f"{theirs(module)}.{name}"), name=name)  # no obj: Python would suggest, too

    return __getattr__


def unsupported(path: str) -> str:
    """What to say of a name of PyTorch that is not here."""
    text = f"{path} is not supported by chalkgrad"
    found = nearest(*path.rpartition(".")[::2])
    return f"{text}; the nearest name that is: {found}" if found else text


def nearest(module: str, name: str) -> str:
    """The name that is most like `module.name` among those of the modules loaded so far, in the same module first."""
    loaded = {theirs(place): set(public(each)) for place, each in list(sys.modules.items()) if theirs(place)}
    same = [place for place, names in loaded.items() if name in names]
    if same:
        return f"{min(same, key=len)}.{name}"
    close = get_close_matches(name, sorted(loaded.get(module, ())), n=1, cutoff=0.7)
    if close:
        return f"{module}.{close[0]}"
    everywhere = {other: place for place in sorted(loaded, key=len, reverse=True) for other in loaded[place]}
    close = get_close_matches(name, sorted(everywhere), n=1, cutoff=0.8)
    return f"{everywhere[close[0]]}.{close[0]}" if close else ""


def public(module: ModuleType) -> list[str]:
    """The names of a module of the layout: what is ours in it, and no helper that it imports for itself."""
    return [name for name, thing in vars(module).items() if not name.startswith("_") and _served(thing, module)]


def _served(thing: Any, module: ModuleType) -> bool:
    if isinstance(thing, ModuleType):
        return theirs(thing.__name__).rpartition(".")[0] == theirs(module.__name__)
    home = getattr(thing, "__module__", None)
    return home is None or home.partition(".")[0] in ("autograd", "nn", "numpy", "builtins", *LAYOUTS)
