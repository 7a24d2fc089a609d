"""Neural networks on `autograd`, under PyTorch's names."""

from . import functional, init, optim, utils
from .files import FileError, load, save
from .layers.activation import (
    ELU, GELU, SELU, LeakyReLU, LogSigmoid, LogSoftmax, PReLU, ReLU, Sigmoid, SiLU, Softmax, Softplus, Swish, Tanh,
)  # fmt: skip
from .layers.attention import MultiheadAttention
from .layers.container import MLP, ModuleDict, ModuleList, Sequential
from .layers.convolution import Conv2d
from .layers.dropout import Dropout
from .layers.embedding import Embedding
from .layers.linear import Linear
from .layers.losses import (
    BCELoss, BCEWithLogitsLoss, CrossEntropyLoss, HingeLoss, HuberLoss, KLDivLoss, L1Loss, MSELoss, NLLLoss,
    SmoothL1Loss,
)  # fmt: skip
from .layers.normalization import BatchNorm1d, BatchNorm2d, LayerNorm
from .layers.perceptron import Perceptron
from .layers.pooling import AdaptiveAvgPool2d, AvgPool2d, MaxPool2d
from .layers.shape import Flatten, Identity, Unflatten
from .model_summary import summary
from .module import Module
from .parameter import Parameter

__all__ = [
    "ELU", "GELU", "MLP", "SELU", "AdaptiveAvgPool2d", "AvgPool2d", "BCELoss", "BCEWithLogitsLoss", "BatchNorm1d",
    "BatchNorm2d", "Conv2d", "CrossEntropyLoss", "Dropout", "Embedding", "FileError", "Flatten", "HingeLoss",
    "HuberLoss", "Identity", "KLDivLoss", "L1Loss", "LayerNorm", "LeakyReLU", "Linear", "LogSigmoid", "LogSoftmax",
    "MSELoss", "MaxPool2d", "Module", "ModuleDict", "ModuleList", "MultiheadAttention", "NLLLoss", "PReLU", "Parameter",
    "Perceptron", "ReLU", "Sequential", "SiLU", "Sigmoid", "SmoothL1Loss", "Softmax", "Softplus", "Swish", "Tanh",
    "Unflatten", "functional", "init", "load", "optim", "save", "summary", "utils",
]  # fmt: skip
