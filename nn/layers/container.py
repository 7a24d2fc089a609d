"""Modules made of modules."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, Self, overload

from autograd import Tensor

from ..module import Module
from .activation import ReLU
from .linear import Linear


class _Sequence(Module):
    """Modules in a row: the attributes "0", "1", …"""

    def __len__(self) -> int:
        return len(list(self._members(Module)))

    def __iter__(self) -> Iterator[Module]:
        return (module for _, module in self._members(Module))

    def __setitem__(self, index: int, module: Module) -> None:
        self._add([name for name, _ in self._members(Module)][self._place(index)], module)

    def __delitem__(self, index: int | slice) -> None:
        places = range(len(self))[index] if isinstance(index, slice) else [self._place(index)]
        named = [pair for i, pair in enumerate(self._members(Module)) if i not in places]
        for name in [name for name, _ in self._members(Module)]:
            delattr(self, name)
        for i, (name, module) in enumerate(named):
            self._add(str(i) if name.isdecimal() else name, module)

    def append(self, module: Module) -> Self:
        """Add one module at the end, and return the container. Raises TypeError for anything but a module."""
        self._add(str(len(self)), module)
        return self

    def extend(self, modules: Iterable[Module]) -> Self:
        """Add modules at the end, and return the container. Raises TypeError for anything but a module."""
        for module in list(modules):
            self.append(module)
        return self

    def insert(self, index: int, module: Module) -> Self:
        """Add one module before the one at a position, and return the container."""
        modules = list(self)
        modules.insert(index, module)
        for i, each in enumerate(modules):
            self._add(str(i), each)
        return self

    def _taken(self, key: int | slice, modules: Module) -> Module:
        """The modules, which are no longer in the container."""
        del self[key]
        return modules

    def _at(self, index: int) -> Module:
        return list(self)[self._place(index)]

    def _part(self, index: slice) -> dict[str, Module]:
        return dict(list(self._members(Module))[index])

    def _place(self, index: int) -> int:
        if not -len(self) <= index < len(self):
            raise IndexError(f"index {index} is out of range for {type(self).__name__} of {len(self)} modules")
        return index % len(self)

    def _add(self, name: str, module: Module) -> None:
        if not isinstance(module, Module):
            raise TypeError(
                f"{type(self).__name__} takes modules, given {type(module).__name__} at position {name}: "
                f"pass an instance such as nn.ReLU(), not a class or a function"
            )
        setattr(self, name, module)


class Sequential(_Sequence):
    """Modules called one after the other: `Sequential(a, b)(x)` is `b(a(x))`.

    Takes the modules, or one dict from names to modules. They are the attributes "0", "1", …, or those names.
    """

    @overload
    def __init__(self, *modules: Module) -> None: ...
    @overload
    def __init__(self, modules: Mapping[str, Module], /) -> None: ...

    def __init__(self, *modules: Any) -> None:
        named = modules[0] if len(modules) == 1 and isinstance(modules[0], Mapping) else dict(enumerate(modules))
        for name, module in named.items():
            self._add(str(name), module)

    def forward(self, input: Tensor) -> Tensor:
        for module in self.__dict__.values():
            if isinstance(module, Module):
                input = module(input)
        return input

    @overload
    def __getitem__(self, index: int) -> Module: ...
    @overload
    def __getitem__(self, index: slice) -> Sequential: ...

    def __getitem__(self, index: int | slice) -> Module:
        """The module at a position; for a slice, a Sequential of the modules there, which stay shared."""
        return Sequential(self._part(index)) if isinstance(index, slice) else self._at(index)

    def __add__(self, other: Sequential) -> Sequential:
        """The modules of both, one after the other, in a new Sequential; raises ValueError for anything else."""
        if not isinstance(other, Sequential):
            raise ValueError(
                f"add operator supports only objects of Sequential class, but {type(other).__name__} is given."
            )
        return Sequential(*self, *other)

    def __iadd__(self, other: Sequential) -> Self:
        if not isinstance(other, Sequential):
            raise ValueError(
                f"add operator supports only objects of Sequential class, but {type(other).__name__} is given."
            )
        return self.extend(other)

    def __mul__(self, other: int) -> Sequential:
        """The same modules `other` times; raises TypeError for what is no integer, ValueError for one below 1."""
        return Sequential(*list(self) * _times(other))

    def __rmul__(self, other: int) -> Sequential:
        return self * other

    def __imul__(self, other: int) -> Self:
        return self.extend(list(self) * (_times(other) - 1))

    def pop(self, key: int | slice) -> Module:
        """Remove the module at a position, or those of a slice, and return it, or a Sequential of them."""
        return self._taken(key, self[key])


def _times(other: Any) -> int:
    if not isinstance(other, int):
        raise TypeError(f"unsupported operand type(s) for *: 'Sequential' and {type(other).__name__!r}")
    if other <= 0:
        raise ValueError(f"Non-positive multiplication factor {other} for Sequential")
    return other


class ModuleList(_Sequence):
    """A list of modules, called as its owner likes; unlike those in a plain list, they belong to the owner."""

    def __init__(self, modules: Iterable[Module] | None = None) -> None:
        self.extend(modules or ())

    @overload
    def __getitem__(self, index: int) -> Module: ...
    @overload
    def __getitem__(self, index: slice) -> Self: ...

    def __getitem__(self, index: int | slice) -> Module:
        """The module at a position; for a slice, a ModuleList of the modules there, which stay shared."""
        return type(self)(self._part(index).values()) if isinstance(index, slice) else self._at(index)

    def __add__(self, other: Iterable[Module]) -> ModuleList:
        return ModuleList([*self, *other])

    def pop(self, key: int | slice) -> Module:
        """Remove the module at a position, or those of a slice, and return it, or a ModuleList of them."""
        return self._taken(key, self[key])

    def __iadd__(self, modules: Iterable[Module]) -> Self:
        return self.extend(modules)

    def __repr__(self) -> str:
        lines, i = [], 0
        for text, equal in groupby(repr(module) for module in self):
            n = len(list(equal))
            lines.append(f"({i}): {text}" if n == 1 else f"({i}-{i + n - 1}): {n} x {text}")
            i += n
        inner = "".join(f"  {line}\n" for line in "\n".join(lines).split("\n")) if lines else ""
        return f"{type(self).__name__}(\n{inner})" if lines else f"{type(self).__name__}()"


class ModuleDict(Module):
    """A dict from names to modules, in the order in which they were added.

    Raises KeyError for a name that is not there, TypeError for anything but a module.
    """

    def __init__(self, modules: Mapping[str, Module] | Iterable[tuple[str, Module]] | None = None) -> None:
        self.update(modules or ())

    def __getitem__(self, key: str) -> Module:
        module = self.__dict__.get(key)
        if not isinstance(module, Module):
            raise KeyError(key)
        return module

    def __setitem__(self, key: str, module: Module) -> None:
        if not isinstance(module, Module):
            raise TypeError(f"ModuleDict takes modules, given {type(module).__name__} for {key!r}")
        if key not in self:
            self.register_module(key, module)
        else:
            setattr(self, key, module)

    def __delitem__(self, key: str) -> None:
        self[key]  # KeyError if there is none
        delattr(self, key)

    def __len__(self) -> int:
        return len(list(self.keys()))

    def __iter__(self) -> Iterator[str]:
        return iter(self.keys())

    def __contains__(self, key: object) -> bool:
        return key in self.keys()

    def keys(self) -> list[str]:
        """The names."""
        return [name for name, _ in self._members(Module)]

    def values(self) -> list[Module]:
        """The modules."""
        return [module for _, module in self._members(Module)]

    def items(self) -> list[tuple[str, Module]]:
        """The names with their modules."""
        return list(self._members(Module))

    def clear(self) -> None:
        """Remove all modules."""
        for key in self.keys():
            delattr(self, key)

    def pop(self, key: str) -> Module:
        """Remove one module and return it. Raises KeyError if there is none of that name."""
        module = self[key]
        del self[key]
        return module

    def update(self, modules: Mapping[str, Module] | Iterable[tuple[str, Module]]) -> None:
        """Add modules, replacing those of the same names. Raises TypeError for anything but a module."""
        for key, module in dict(modules).items():
            self[key] = module


class MLP(Sequential):
    """A multilayer perceptron: linear layers with an activation after each but the last.

    `MLP(784, [128, 10])` is `Sequential(Linear(784, 128), ReLU(), Linear(128, 10))`; `activation` is called without
    arguments once for every hidden layer. Raises ValueError without sizes.
    """

    def __init__(
        self, in_features: int, features: Sequence[int], activation: Callable[[], Module] = ReLU, bias: bool = True
    ) -> None:
        if not features:
            raise ValueError("MLP: expected the sizes of the layers, for example [64, 10], given an empty list")
        *hidden, out_features = features
        modules: list[Module] = []
        for size in hidden:
            modules += [Linear(in_features, size, bias=bias), activation()]
            in_features = size
        super().__init__(*modules, Linear(in_features, out_features, bias=bias))
