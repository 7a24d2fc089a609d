"""Activations that write their result to their input, under PyTorch's names: those without the underscore, in place."""

from __future__ import annotations

from autograd import Tensor

from . import activation_functions as F


def relu_(input: Tensor) -> Tensor:
    """`relu`, written to the input."""
    return F.relu(input, True)


def leaky_relu_(input: Tensor, negative_slope: float = 0.01) -> Tensor:
    """`leaky_relu`, written to the input."""
    return F.leaky_relu(input, negative_slope, True)


def elu_(input: Tensor, alpha: float = 1.0) -> Tensor:
    """`elu`, written to the input."""
    return F.elu(input, alpha, True)


def selu_(input: Tensor) -> Tensor:
    """`selu`, written to the input."""
    return F.selu(input, True)


def celu_(input: Tensor, alpha: float = 1.0) -> Tensor:
    """`celu`, written to the input."""
    return F.celu(input, alpha, True)


def hardtanh_(input: Tensor, min_val: float = -1.0, max_val: float = 1.0) -> Tensor:
    """`hardtanh`, written to the input."""
    return F.hardtanh(input, min_val, max_val, True)


def threshold_(input: Tensor, threshold: float, value: float) -> Tensor:
    """`threshold`, written to the input."""
    return F.threshold(input, threshold, value, True)
