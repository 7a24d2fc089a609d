"""From settings to a network."""

from __future__ import annotations

import math

import nn

from .settings import ConfigError, Settings
from .task import Task

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


def build_model(settings: Settings, task: Task) -> nn.Sequential:
    """A network from the inputs of `task`, (features,) or (channels, height, width), to its classes or its number.

    First, for images, each number in `conv` makes a convolution of 3 x 3 that keeps the size, and pooling that halves
    it; then come linear layers of the sizes in `hidden`, and one to the outputs. Raises ConfigError for convolutions
    over anything but images, or over images that are too small.
    """
    activation, shape = ACTIVATIONS[settings.activation], task.shape
    layers: list[nn.Module] = []
    if settings.conv and len(shape) != 3:
        raise ConfigError(f"conv: convolutions are for images, and {settings.dataset} has none: leave it out")
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
    return nn.Sequential(*layers, nn.Linear(size, len(task.classes) if task.classes else 1))
