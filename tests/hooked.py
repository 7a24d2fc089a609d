"""Programs with hooks of modules, run here and in torch."""

import torch
from torch import nn as torch_nn

import autograd
import nn

SIDES = [(autograd, nn), (torch, torch_nn)]


def both(run, *arguments):
    """What a program gives here; it must give the same in torch."""
    ours, theirs = (run(m, layers, *arguments) for m, layers in SIDES)
    assert ours == theirs
    return ours


def shown(given):
    """Tensors as lists, at whatever depth."""
    if isinstance(given, (tuple, list)):
        return [shown(each) for each in given]
    return given.tolist() if hasattr(given, "tolist") else given


def module(layers, forward):
    """A module with this forward."""
    return type("Made", (layers.Module,), {"forward": lambda self, *args, **kwargs: forward(*args, **kwargs)})()


def product(layers):
    """A module that multiplies its first two inputs."""
    return module(layers, lambda x, y, *rest: x * y)


def leaves(m, *values, **options):
    """A tensor that requires grad for each of the values."""
    return [m.tensor(value, requires_grad=True, **options) for value in values]


def watch(layer, seen, name=""):
    """Write down what the backward hooks of a layer are shown."""
    layer.register_full_backward_pre_hook(lambda module, out: seen.append([name, "pre", shown(out)]))
    layer.register_full_backward_hook(lambda module, into, out: seen.append([name, "full", shown(into), shown(out)]))
