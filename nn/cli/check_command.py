"""`chalkgrad check`: a run's model beside its twin in PyTorch, and its gradients beside finite differences."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import autograd
import nn
from autograd import GradcheckError, Tensor

from ..data import DataLoader
from ..interop import compare
from ..interop.layer_twins import Twins
from ..runs.data_of_run import data_of
from ..runs.data_record import DataChangedError
from ..runs.run_folder import RunFolder
from . import show
from .build_training import build_optimizer
from .class_balance import training_loss

SAMPLES = 16
FEW = 2000  # parameters, up to which every single one is checked


class CheckError(Exception):
    """The numbers are not what they should be; the message says which."""


def check(path: Path, steps: int = 3) -> None:
    """Print both comparisons of a run's model on a few samples that it learned from.

    Raises CheckError if the numbers differ; DataChangedError if nobody knows any more which samples those are;
    ConfigError if `path` is not the folder of a run; FileError for a model that is missing or damaged; ImportError
    without PyTorch.
    """
    folder = RunFolder.open(path)
    folder.check_trained_by_command()
    model = without_dropout(folder.load_model()).double().train()
    data, console = data_of(folder), show.console()
    show.note(console, data.note)
    if not len(data.train):
        raise DataChangedError(f"{data.note}: nothing is left that the model was trained on")
    loss = training_loss(folder.settings, data).double()
    x, y = next(iter(DataLoader(data.train, SAMPLES)))
    batch = x.double(), y.double() if y.is_floating_point() else y
    twins: Twins = {nn.FocalLoss: focal_twin}
    optimizer = build_optimizer(folder.settings, model)
    table: Any = compare(model, loss, batch, steps, optimizer, twins=twins)
    console.print(str(table), markup=False, soft_wrap=True)
    fault = check_gradients(model, loss, batch)
    total = sum(parameter.numel() for parameter in model.parameters())
    what = f"of all {total:,} weights" if total <= FEW else "along a random direction in each of the weights' tensors"
    console.print(fault or f"gradients {what} agree with finite differences", markup=False, soft_wrap=True)
    if not table:
        raise CheckError(f"{path} and its twin in PyTorch differ, first at the {table.first}")
    if fault:
        raise CheckError(f"{path}: the gradients do not agree with finite differences")


def check_gradients(model: nn.Module, loss: nn.Module, batch: tuple[Tensor, Tensor]) -> str:
    """How the gradients of the loss by the parameters differ from finite differences; nothing if they agree."""
    x, y = batch
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


def focal_twin(ours: nn.FocalLoss) -> Any:
    """The focal loss written with PyTorch's functions, since torch.nn has none. Raises ImportError without PyTorch."""
    import torch

    class FocalLoss(torch.nn.Module):  # type: ignore[misc, unused-ignore]
        def __init__(self) -> None:
            super().__init__()
            self.register_buffer("weight", None if ours.weight is None else torch.ones(len(ours.weight)))

        def forward(self, input: Any, target: Any) -> Any:
            losses = torch.nn.functional.cross_entropy(input, target, reduction="none")
            factors = torch.ones_like(losses) if self.weight is None else self.weight[target]
            return ((1 - torch.exp(-losses)) ** ours.gamma * losses * factors).sum() / factors.sum()

    return FocalLoss()


def without_dropout(model: nn.Module) -> nn.Module:
    """The model, which leaves nothing to chance any more: its dropout drops nothing."""
    for module in model.modules():
        if isinstance(module, nn.Dropout):
            module.p = 0.0
    return model
