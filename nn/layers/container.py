"""Modules made of modules."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from ..module import Module
from .activation import ReLU
from .linear import Linear


class Sequential(Module):
    """Modules called one after the other: `Sequential(a, b)(x)` is `b(a(x))`.

    Takes the modules, or one dict from names to modules. They are the attributes "0", "1", …, or those names.
    """

    def __init__(self, *modules: Any) -> None:
        named = modules[0] if len(modules) == 1 and isinstance(modules[0], dict) else dict(enumerate(modules))
        for name, module in named.items():
            self._add(str(name), module)

    def forward(self, x: Any) -> Any:
        for module in self.__dict__.values():
            if isinstance(module, Module):
                x = module(x)
        return x

    def append(self, module: Module) -> Sequential:
        """Add one module at the end."""
        self._add(str(len(self)), module)
        return self

    def __len__(self) -> int:
        return len(list(self._members(Module)))

    def __iter__(self) -> Iterator[Module]:
        return (module for _, module in self._members(Module))

    def __getitem__(self, index: int | slice) -> Any:
        """The module at a position; for a slice, a Sequential of the modules there, which stay shared."""
        if isinstance(index, slice):
            return Sequential(dict(list(self._members(Module))[index]))
        if not -len(self) <= index < len(self):
            raise IndexError(f"index {index} is out of range for {type(self).__name__} of {len(self)} modules")
        return list(self)[index]

    def _add(self, name: str, module: Any) -> None:
        if not isinstance(module, Module):
            raise TypeError(
                f"{type(self).__name__} takes modules, given {type(module).__name__} at position {name}: "
                f"pass an instance such as nn.ReLU(), not a class or a function"
            )
        setattr(self, name, module)


class MLP(Sequential):
    """A multilayer perceptron: linear layers with an activation between each two, and none at the end.

    `MLP(784, [128, 10])` is `Sequential(Linear(784, 128), ReLU(), Linear(128, 10))`; `activation` is called without
    arguments once for every hidden layer.
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
