"""Train a network here and its twin in PyTorch, and compare all that is computed in each step."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

import numpy as np

import autograd
import nn
from autograd import Comparison, as_tensor

from ..optim import Adam
from .layer_twins import Twins
from .torch_models import from_torch, pytorch, tensor_to_torch, to_array, to_torch

Key = tuple[str, str]  # what ("output", "loss", "gradient", "parameter", "buffer"), and of which module or tensor
Values = Mapping[Key, Any]  # an array, or None where there is no gradient

TOLERANCE = {"float64": 1e-6, "float32": 1e-3}


def compare(
    model: Any,
    loss: Any,
    batch: Iterable[Any],
    steps: int = 10,
    optimizer: Any = Adam,
    *,
    tolerance: float | None = None,
    twin: Any = None,
    twins: Twins | None = None,
    **options: Any,
) -> Comparison:
    """Train copies of one network here and in PyTorch on one batch, and compare all that is computed in each step.

        compare(nn.MLP(4, [8, 3]).double(), nn.CrossEntropyLoss(), (x, y), optimizer=nn.optim.SGD, lr=0.1)

    Compared are the output of every module, the loss, the gradient of every parameter, and every parameter and buffer
    after the optimizer's step. A difference that rounding explains, given the largest quantity of the same kind, does
    not count. Use float64: in float32, an optimizer such as Adam turns rounding into steps where a gradient is zero.
    Layers that draw random numbers, such as dropout with p > 0, differ at once.

    Args:
        model: a module of nn, or of torch.nn. It is not changed.
        loss: a loss module or function of nn, or any function of (output, target) that both libraries understand.
        batch: the model's inputs, then the target: tensors or arrays.
        steps: the number of steps.
        optimizer: a class of nn.optim, built with `options`; or an optimizer of the model's parameters, whose settings
            are copied.
        tolerance: the relative difference that is allowed; default 1e-6 in float64 and 1e-3 in float32.
        twin: the PyTorch side, if it is not to be `to_torch(model, twins)`.
        twins: see `to_torch`.

    Returns the comparison: it prints as a table, is true if nothing differs, and its `first` is the first difference.

    Raises RuntimeError, naming the side, if a step fails in one of the libraries; TypeError for a module without a twin
    and an optimizer that only one library has; ValueError for an optimizer of another model; ImportError without
    PyTorch.
    """
    *inputs, target = (to_array(values) for values in batch)
    if isinstance(model, pytorch().nn.Module):
        ours, theirs = from_torch(model, twins), copy.deepcopy(model if twin is None else twin)
    else:
        ours, theirs = copy.deepcopy(model), to_torch(model, twins) if twin is None else copy.deepcopy(twin)
    make, make_torch = _optimizers(optimizer, options, list(model.parameters()))
    here = _Side("chalkgrad", ours, loss, make(ours), [as_tensor(x) for x in inputs], as_tensor(target))
    tensors = [tensor_to_torch(x) for x in (*inputs, target)]
    there = _Side("torch", theirs, _torch_loss(loss, twins), make_torch(theirs), tensors[:-1], tensors[-1])
    if tolerance is None:
        tolerance = max((TOLERANCE.get(p.dtype.name, 1e-2) for p in ours.parameters()), default=1e-6)
    result = Comparison(tolerance)
    for step in range(1, steps + 1):
        _add(result, step, here.step(), there.step())
    return result


class _Side:
    """One of the two networks in training. Both libraries have the same interface, so this is written once."""

    def __init__(self, name: str, model: Any, loss: Any, optimizer: Any, inputs: list[Any], target: Any) -> None:
        self.name, self.model, self.loss, self.optimizer = name, model, loss, optimizer
        self.inputs, self.target = inputs, target
        self.seen: dict[Key, Any] = {}
        for path, module in model.named_modules():
            module.register_forward_hook(partial(self.note, path or "the network"))

    def note(self, name: str, module: Any, args: Any, output: Any) -> None:
        """Keep the output of a module, each tensor of it and of each call under a name of its own."""
        for value in output if isinstance(output, tuple | list) else [output]:
            key, again = ("output", name), 1
            while key in self.seen:
                key, again = ("output", f"{name} ({again + 1})"), again + 1
            if hasattr(value, "detach"):
                self.seen[key] = to_array(value)

    def step(self) -> Values:
        """Take one step; return what was computed, in the order of computation."""
        with Comparison.side(self.name):
            self.seen = {}
            self.optimizer.zero_grad()
            loss = self.loss(self.model(*self.inputs), self.target)
            loss.backward()
            self.seen["loss", ""] = to_array(loss)
            parameters = dict(self.model.named_parameters())
            for name, p in parameters.items():
                self.seen["gradient", name] = None if p.grad is None else to_array(p.grad)
            self.optimizer.step()
            self.seen |= {("parameter", name): to_array(p) for name, p in parameters.items()}
            self.seen |= {("buffer", name): to_array(b) for name, b in self.model.named_buffers()}
            return self.seen


def _add(result: Comparison, step: int, ours: Values, theirs: Values) -> None:
    """Compare the quantities of one step. The output of a module is left out if one side does not call it."""
    sizes: dict[str, float] = {}
    for (what, _), value in theirs.items():
        if value is not None:
            sizes[what] = max(sizes.get(what, 0.0), float(np.nan_to_num(np.abs(value)).max(initial=0)))
    for what, name in [*ours, *(key for key in theirs if key not in ours)]:
        x, y = ours.get((what, name)), theirs.get((what, name))
        if what == "output" and (x is None or y is None):
            continue
        eps = autograd.finfo(y.dtype).eps if y is not None and "float" in y.dtype.name else 0.0
        result.add(what, x, y, name=name, step=step, noise=64 * eps * sizes.get(what, 0.0))


def _optimizers(optimizer: Any, options: dict[str, Any], parameters: list[Any]) -> list[Callable[[Any], Any]]:
    """Two functions that make the optimizer for a model: here, and in PyTorch."""
    cls: Any = optimizer if inspect.isclass(optimizer) else type(optimizer)
    here: Any = getattr(nn.optim, cls.__name__, None)
    there: Any = getattr(pytorch().optim, cls.__name__, None)
    if here is not cls or there is None:
        raise TypeError(f"compare: expected an optimizer of nn.optim that PyTorch has as well, given {cls.__name__}")
    if cls is optimizer:
        return [lambda model: here(model.parameters(), **options), lambda model: there(model.parameters(), **options)]
    position = {id(p): i for i, p in enumerate(parameters)}
    if not all(id(p) in position for group in optimizer.param_groups for p in group["params"]):
        raise ValueError("compare: the optimizer holds tensors that are not parameters of the model")

    def groups(model: Any) -> list[dict[str, Any]]:
        own = list(model.parameters())
        return [{**g, "params": [own[position[id(p)]] for p in g["params"]]} for g in optimizer.param_groups]

    return [lambda model: here(groups(model)), lambda model: there(groups(model))]


def _torch_loss(loss: Any, twins: Twins | None) -> Any:
    """The loss for the PyTorch side."""
    if isinstance(loss, nn.Module):
        return to_torch(loss, twins)
    name = getattr(loss, "__name__", "")
    return getattr(pytorch().nn.functional, name) if getattr(nn.functional, name, None) is loss else loss
