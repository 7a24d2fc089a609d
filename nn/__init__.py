"""Neural networks on `autograd`, under PyTorch's names."""

import typing as _typing
from importlib import import_module as _import_module

from . import foreign_autograd  # first: it names another `autograd` before anything is missed in it

# isort: split

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
from .layers.recurrent import GRU, LSTM, RNN
from .layers.recurrent_cells import GRUCell, LSTMCell, RNNCell
from .layers.shape import Flatten, Identity, Unflatten
from .model_summary import summary
from .module import Module
from .parameter import Parameter

__all__ = [
    "ELU", "GELU", "GRU", "LSTM", "MLP", "RNN", "SELU", "AdaptiveAvgPool2d", "AvgPool2d", "BCELoss",
    "BCEWithLogitsLoss", "BatchNorm1d", "BatchNorm2d", "Conv2d", "CrossEntropyLoss", "Dropout", "Embedding",
    "FileError", "Flatten", "GRUCell", "HingeLoss", "HuberLoss", "Identity", "KLDivLoss", "L1Loss", "LSTMCell",
    "LayerNorm", "LeakyReLU", "Linear", "LogSigmoid", "LogSoftmax", "MSELoss", "MaxPool2d", "Module", "ModuleDict",
    "ModuleList", "MultiheadAttention", "NLLLoss", "PReLU", "Parameter", "Perceptron", "RNNCell", "ReLU", "Sequential",
    "SiLU", "Sigmoid", "SmoothL1Loss", "Softmax", "Softplus", "Swish", "Tanh", "Unflatten", "functional", "init",
    "load", "optim", "save", "summary", "utils",
]  # fmt: skip

if not _typing.TYPE_CHECKING:

    def __getattr__(name):
        """`nn.interop` stands on all of nn, and is imported when it is first asked for."""
        if name == "interop":
            return _import_module(".interop", __name__)
        raise AttributeError(f"module 'nn' has no attribute {name!r}")
