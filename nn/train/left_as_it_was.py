"""Training steps that leave no trace: model, optimizer and random numbers are afterwards what they were before."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import autograd
from autograd import Tensor

from ..files import load, save
from ..module import Module
from ..optim import Optimizer
from .resume import RandomNumbers


@contextmanager
def left_as_it_was(model: Module, optimizer: Optimizer, loss: Callable[[Any, Any], Tensor]) -> Iterator[None]:
    """On leaving, put back the parameters, buffers, gradients and modes of a model and a loss, the state and options of
    an optimizer, and the global random generators.

    The numbers wait in a temporary file, so that they take no memory. Raises OSError if it cannot be written.
    """
    roots = [root for root in (model, loss) if isinstance(root, Module)]
    modes = [(module, module.training) for root in roots for module in root.modules()]
    buffers = [(root, name, buffer) for root in roots for name, buffer in root.named_buffers()]
    trained = [p for group in optimizer.param_groups for p in group["params"]]
    parameters = list(dict.fromkeys([*(p for root in roots for p in root.parameters()), *trained]))
    tensors = [*parameters, *(buffer for _, _, buffer in buffers)]
    gradients = [p.grad for p in parameters]
    groups, stepped = [dict(group) for group in optimizer.param_groups], optimizer.stepped
    random, state = RandomNumbers(), optimizer.state_dict() if optimizer.state else None
    drawn = random.state_dict()
    with TemporaryDirectory() as folder:
        file = Path(folder) / "before.safetensors"
        save({"tensors": [tensor.detach() for tensor in tensors], "optimizer": state}, file)
        del state
        for p in parameters:
            p.grad = None
        try:
            yield
        finally:
            optimizer.state = {}
            for p in parameters:
                p.grad = None
            before = load(file)
            for root, name, buffer in buffers:
                owner, _, leaf = name.rpartition(".")
                setattr(root.get_submodule(owner), leaf, buffer)
            with autograd.no_grad():
                for tensor, value in zip(tensors, before["tensors"], strict=True):
                    tensor.copy_(value)
            if before["optimizer"] is not None:
                optimizer.load_state_dict(before["optimizer"])
            for group, options in zip(optimizer.param_groups, groups, strict=True):
                group.clear()
                group.update(options)
            optimizer.stepped = stepped
            for p, gradient in zip(parameters, gradients, strict=True):
                p.grad = gradient
            for module, training in modes:
                module.training = training
            random.load_state_dict(drawn)
