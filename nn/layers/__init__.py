"""The layers: one file per family."""

from .activation import ReLU, Sigmoid, Tanh
from .container import MLP, Sequential
from .linear import Linear

__all__ = ["MLP", "Linear", "ReLU", "Sequential", "Sigmoid", "Tanh"]
