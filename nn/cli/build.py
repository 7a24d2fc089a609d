"""From settings to what is trained: the model, its loss, its optimizer and the schedule of the learning rate."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import nn

from .. import optim
from ..optim import lr_scheduler
from .settings import ConfigError, Settings

ACTIVATIONS: dict[str, type[nn.Module]] = {
    "relu": nn.ReLU,
    "tanh": nn.Tanh,
    "sigmoid": nn.Sigmoid,
    "gelu": nn.GELU,
    "silu": nn.SiLU,
    "elu": nn.ELU,
    "selu": nn.SELU,
    "leaky-relu": nn.LeakyReLU,
}
OPTIMIZERS: dict[str, type[optim.Optimizer]] = {
    "adam": optim.Adam,
    "adamw": optim.AdamW,
    "sgd": optim.SGD,
    "rmsprop": optim.RMSprop,
    "adagrad": optim.Adagrad,
}
MOMENTUM = {"adam", "adamw", "sgd"}  # what a one-cycle schedule can change it of


def build_model(settings: Settings, shape: Sequence[int], outputs: int) -> nn.Sequential:
    """A network for inputs of `shape`, without the batch: (features,), or (channels, height, width) of images.

    First, for images, of each number in `conv` a convolution of 3 x 3 that keeps the size, and pooling that halves it;
    then linear layers of the sizes in `hidden`, and one to the outputs.
    """
    activation = ACTIVATIONS[settings.activation]
    layers: list[nn.Module] = []
    shape = tuple(shape)
    if settings.conv and len(shape) != 3:
        raise ConfigError(f"conv: {settings.dataset} has no images, which convolutions are for: leave it out")
    for channels in settings.conv:
        if min(shape[1:]) < 2:
            raise ConfigError(f"conv: {len(settings.conv)} layers halve the image to nothing: give fewer")
        layers.append(nn.Conv2d(shape[0], channels, 3, padding=1))
        layers += [nn.BatchNorm2d(channels)] * settings.batch_norm
        layers += [activation(), nn.MaxPool2d(2)]
        shape = (channels, shape[1] // 2, shape[2] // 2)
    if len(shape) > 1:
        layers.append(nn.Flatten())
    size = math.prod(shape)
    for units in settings.hidden:
        layers.append(nn.Linear(size, units))
        layers += [nn.BatchNorm1d(units)] * settings.batch_norm
        layers.append(activation())
        layers += [nn.Dropout(settings.dropout)] * (settings.dropout > 0)
        size = units
    return nn.Sequential(*layers, nn.Linear(size, outputs))


def build_optimizer(settings: Settings, model: nn.Module) -> optim.Optimizer:
    """The optimizer of that name for all parameters."""
    options: dict[str, Any] = {"lr": settings.lr, "weight_decay": settings.weight_decay}
    if settings.optimizer == "sgd":
        options["momentum"] = 0.9
    return OPTIMIZERS[settings.optimizer](model.parameters(), **options)


def build_schedule(settings: Settings, optimizer: optim.Optimizer, steps_per_epoch: int) -> tuple[Any, str]:
    """The scheduler, or None, and whether it goes on with every "epoch" or "step".

    linear falls to nothing over all epochs, cosine likewise in half a wave; step falls to a tenth after each third of
    them; plateau to a tenth after 5 epochs without progress; onecycle rises for a third of the steps, then falls.
    """
    epochs, schedule = settings.epochs, settings.schedule
    if schedule == "linear":
        return lr_scheduler.LambdaLR(optimizer, lambda epoch: 1 - epoch / epochs), "epoch"
    if schedule == "cosine":
        return lr_scheduler.LambdaLR(optimizer, lambda epoch: (1 + math.cos(math.pi * epoch / epochs)) / 2), "epoch"
    if schedule == "step":
        return lr_scheduler.LambdaLR(optimizer, lambda epoch: 0.1 ** (3 * epoch // epochs)), "epoch"
    if schedule == "plateau":
        return lr_scheduler.ReduceLROnPlateau(optimizer, patience=5), "epoch"
    if schedule == "onecycle":
        total, cycle = epochs * steps_per_epoch, settings.optimizer in MOMENTUM
        return lr_scheduler.OneCycleLR(optimizer, settings.lr, total_steps=total, cycle_momentum=cycle), "step"
    return None, "epoch"


def describe(model: nn.Sequential, shape: Sequence[int]) -> str:
    """The sizes of the layers in a line: 1x28x28-conv16-conv32-64-10."""
    sizes = ["x".join(map(str, shape)) if len(shape) == 3 and shape[0] > 1 else str(math.prod(shape))]
    for layer in model:
        if isinstance(layer, nn.Conv2d):
            sizes.append(f"conv{layer.out_channels}")
        elif isinstance(layer, nn.Linear):
            sizes.append(str(layer.out_features))
    return "-".join(sizes)
