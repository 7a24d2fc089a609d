"""The layers: one file per family."""

from .activation import (
    ELU,
    GELU,
    SELU,
    LeakyReLU,
    LogSigmoid,
    LogSoftmax,
    PReLU,
    ReLU,
    Sigmoid,
    SiLU,
    Softmax,
    Softplus,
    Swish,
    Tanh,
)  # fmt: skip
from .attention import MultiheadAttention
from .container import MLP, ModuleDict, ModuleList, Sequential
from .convolution import Conv2d
from .dropout import Dropout
from .embedding import Embedding
from .linear import Linear
from .normalization import BatchNorm1d, BatchNorm2d, LayerNorm
from .perceptron import Perceptron
from .pooling import AdaptiveAvgPool2d, AvgPool2d, MaxPool2d
from .shape import Flatten, Identity, Unflatten

__all__ = [
    "ELU", "GELU", "MLP", "SELU", "AdaptiveAvgPool2d", "AvgPool2d", "BatchNorm1d", "BatchNorm2d", "Conv2d", "Dropout",
    "Embedding", "Flatten", "Identity", "LayerNorm", "LeakyReLU", "Linear", "LogSigmoid", "LogSoftmax", "MaxPool2d",
    "ModuleDict", "ModuleList", "MultiheadAttention", "PReLU", "Perceptron", "ReLU", "Sequential", "SiLU", "Sigmoid",
    "Softmax", "Softplus", "Swish", "Tanh", "Unflatten",
]  # fmt: skip
