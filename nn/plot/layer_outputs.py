"""What a layer inside a model gives for some inputs."""

from __future__ import annotations

from typing import Any

import numpy as np

import autograd
from autograd import Tensor

from ..module import Module
from ..utils import evaluating
from .style import Array, array


def output_of(model: Module, x: Any, layer: str) -> Array:
    """The output of the layer of this name, in evaluation mode; afterwards the model is as it was.

    Raises ValueError for a name that the model does not have, and if the layer is not called or gives no tensor.
    """
    modules, seen = dict(model.named_modules()), []
    if layer not in modules:
        raise ValueError(f"the model has no layer {layer!r}, only {', '.join(filter(None, modules))}")
    handle = modules[layer].register_forward_hook(lambda module, args, output: seen.append(output))
    try:
        with evaluating(model):
            model(as_input(model, x))
    finally:
        handle.remove()
    if not seen or not isinstance(seen[-1], Tensor):
        raise ValueError(f"the layer {layer!r} " + ("gives no tensor" if seen else "is not called for this input"))
    return array(seen[-1])


def as_input(model: Module, x: Any) -> Tensor:
    """A tensor as it is; an array or list as a tensor with the dtype of the model's parameters."""
    if isinstance(x, Tensor):
        return x
    dtype = next((p.dtype for p in model.parameters() if p.is_floating_point()), autograd.float32)
    return autograd.as_tensor(np.asarray(x)).to(dtype)
