"""Modules that a loss goes through and nobody trains: their weights are still the random ones they began with.

A network that was trained or loaded before, and is used as it is, has other weights; one that is meant to be random is
in evaluation mode, or its parameters take no gradient.
"""

from __future__ import annotations

import math
from collections.abc import Container
from typing import Any
from weakref import WeakSet

import numpy as np

from ..layers.linear import Linear
from ..module import Module
from .modules_in_memory import every_module, name_in, outermost

LEAST_WEIGHTS = 64  # of a module: fewer may lie where a default would put them by chance
FULL = 0.9  # of the range of the default that its largest weight reaches
SPREAD = 0.15  # by which the standard deviation may differ from that of the default


class Untrained:
    """Found after a few steps of an optimizer, and asked for again at the end; not those that were there `before`."""

    def __init__(self, before: WeakSet[Module]) -> None:
        self._before = before
        self._found: list[tuple[str, Module, dict[str, bytes], dict[str, bytes]]] = []

    def look(self, trained: Container[int], frame: Any) -> None:
        """Note all modules with gradients that no optimizer has, with the names a frame has for them."""
        every = outermost(every_module())
        strange = [module for module in every if module not in self._before and _is_left_out(module, trained)]
        self._found = [(name_in(frame, m), m, _weights(m), _gradients(m)) for m in strange]

    def look_again(self) -> None:
        """Keep those that have got other gradients since."""
        self._found = [each for each in self._found if _all_differ(each[3], _gradients(each[1]))]

    def at_end(self, trained: Container[int]) -> list[str]:
        """What is said of those that have not been trained since, by anybody, nor ever before."""
        found, self._found = self._found, []
        still = [(name, module) for name, module, weights, _ in found if _weights(module) == weights]
        return [
            f"{name or 'a module'}, a {type(module).__name__} with {sum(p.numel() for p in module.parameters()):,} "
            "parameters, got gradients and is in no optimizer: it still has the random weights of its start."
            for name, module in still
            if _is_left_out(module, trained) and is_random(module)
        ]


def with_gradients() -> WeakSet[Module]:
    """The modules that have gradients now. If no program has begun to run, they are none of its own."""
    return WeakSet(module for module in every_module() if any(p.grad is not None for p in module.parameters()))


def is_random(module: Module) -> bool:
    """Whether all linear layers and convolutions of a module are as the default initialisation makes them."""
    layers = [each for each in module.modules() if next(each.parameters(recurse=False), None) is not None]
    known: list[Any] = [layer for layer in layers if isinstance(layer, Linear) or "Conv" in type(layer).__name__]
    many = sum(layer.weight.numel() for layer in known) >= LEAST_WEIGHTS
    return bool(known) and many and all(map(_by_default, known))


def _by_default(layer: Any) -> bool:
    """Uniform within 1 / sqrt(fan_in), weights and bias: see `Linear` and `Conv2d`."""
    weight = layer.weight.numpy(force=True).astype(np.float64)
    transposed = "Transpose" in type(layer).__name__
    bound = 1 / math.sqrt(weight[:, 0].size if transposed else weight[0].size)
    largest, deviation = float(np.abs(weight).max()), float(np.sqrt(np.square(weight).mean()))
    inside = largest <= bound * 1.0001 and (layer.bias is None or float(layer.bias.abs().max()) <= bound * 1.0001)
    usual = abs(deviation * math.sqrt(3) / bound - 1) < SPREAD + 1 / math.sqrt(weight.size)
    return inside and usual and (weight.size < LEAST_WEIGHTS or largest > FULL * bound)


def _is_left_out(module: Module, trained: Container[int]) -> bool:
    parameters = list(module.parameters())
    return (
        bool(parameters)
        and module.training
        and not any(id(p) in trained for p in parameters)
        and all(p.requires_grad and p.grad is not None for p in parameters)
    )


def _weights(module: Module) -> dict[str, bytes]:
    return {name: p.numpy(force=True).tobytes() for name, p in module.named_parameters()}


def _gradients(module: Module) -> dict[str, bytes]:
    return {name: p.grad.numpy(force=True).tobytes() for name, p in module.named_parameters() if p.grad is not None}


def _all_differ(before: dict[str, bytes], now: dict[str, bytes]) -> bool:
    return before.keys() == now.keys() and all(before[name] != now[name] for name in before)
