"""`chalkgrad check`: are the numbers right? Side by side with PyTorch, and against finite differences."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import autograd
import nn
from autograd import GradcheckError, Tensor

from ..data import DataLoader
from ..interop import compare
from . import show
from .build import build_optimizer
from .outcome import loss_of
from .run_data import load_data
from .run_folder import Run
from .task import Task

SAMPLES = 16
FEW = 2000  # parameters of a model of which every element is checked


class CheckError(Exception):
    """The numbers are not what they should be; the message tells which."""


def command(path: Path, steps: int = 3) -> None:
    """Print both comparisons of a run's model on a few samples that it learned from. Raises CheckError."""
    run = Run.open(path)
    model = still(run.load()).double().train()
    x, y = next(iter(DataLoader(load_data(run.settings).train, SAMPLES)))
    batch = x.double(), y.double() if y.is_floating_point() else y
    console = show.console()
    try:
        table: Any = compare(model, loss_of(run.task), batch, steps, build_optimizer(run.settings, model))
    except ImportError:
        raise ImportError("check compares with PyTorch, which is not installed: pip install torch") from None
    console.print(str(table), markup=False, soft_wrap=True)
    fault = check_gradients(model, run.task, batch)
    total = sum(parameter.numel() for parameter in model.parameters())
    what = f"of all {total:,} weights" if total <= FEW else "along a random direction in each of the weights' tensors"
    console.print(fault or f"gradients {what} agree with finite differences", markup=False, soft_wrap=True)
    if not table:
        raise CheckError(f"{path} and its twin in PyTorch part, first at the {table.first}")
    if fault:
        raise CheckError(f"{path}: the gradients do not agree with finite differences")


def check_gradients(model: nn.Module, task: Task, batch: tuple[Tensor, Tensor]) -> str:
    """What finite differences say against the gradient of the loss for every parameter: nothing, if all is well."""
    x, y = batch
    loss = loss_of(task)
    places = [(module, name) for module in model.modules() for name, _ in module.named_parameters(recurse=False)]
    parameters = [getattr(module, name) for module, name in places]

    def with_weights(*weights: Tensor) -> Tensor:
        try:
            for (module, name), weight in zip(places, weights, strict=True):
                vars(module)[name] = weight
            return loss(model(x), y)
        finally:
            for (module, name), parameter in zip(places, parameters, strict=True):
                vars(module)[name] = parameter

    total = sum(parameter.numel() for parameter in parameters)
    try:
        autograd.gradcheck(with_weights, parameters, fast_mode=total > FEW)
    except GradcheckError as error:
        return str(error)
    return ""


def still(model: nn.Module) -> nn.Module:
    """The model with nothing left to chance: dropout drops nothing."""
    for module in model.modules():
        if isinstance(module, nn.Dropout):
            module.p = 0.0
    return model
