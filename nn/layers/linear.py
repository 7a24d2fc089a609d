"""The linear layer, and the bilinear one."""

from __future__ import annotations

import math

from numpy.typing import DTypeLike

from autograd import DeviceLike, Tensor

from .. import init
from ..functional.layer_functions import bilinear, linear
from ..module import Module
from .new_parameters import new_parameter


class Linear(Module):
    """y = x Wᵀ + b, from x of shape (*, in_features) to y of shape (*, out_features).

    `weight` W has shape (out_features, in_features), `bias` b has shape (out_features,) or is None. Both start as
    draws from U(-k, k), k = 1/√in_features. Calls raise RuntimeError if the last dimension of x is not in_features.
    """

    def __init__(
        self,
        in_features: int,
        out_features: int,
        bias: bool = True,
        device: DeviceLike = None,
        dtype: DTypeLike | None = None,
    ) -> None:
        self.in_features, self.out_features = in_features, out_features
        self.weight = new_parameter(out_features, in_features, device=device, dtype=dtype)
        self.bias = new_parameter(out_features, device=device, dtype=dtype) if bias else None
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the weight, then the bias, anew."""
        k = 1 / math.sqrt(self.in_features) if self.in_features else 0.0
        for parameter in self.parameters():
            init.uniform_(parameter, -k, k)

    def forward(self, input: Tensor) -> Tensor:
        return linear(input, self.weight, self.bias)

    def extra_repr(self) -> str:
        return f"in_features={self.in_features}, out_features={self.out_features}, bias={self.bias is not None}"


class Bilinear(Module):
    """y = x₁ᵀ W x₂ + b, from x₁ (*, in1_features) and x₂ (*, in2_features) to y (*, out_features).

    `weight` W has shape (out_features, in1_features, in2_features), `bias` b has shape (out_features,) or is None. Both
    start as draws from U(-k, k), k = 1/√in1_features. Raises ValueError for `in1_features` < 1; calls raise
    RuntimeError for inputs of other shapes.
    """

    def __init__(
        self,
        in1_features: int,
        in2_features: int,
        out_features: int,
        bias: bool = True,
        device: DeviceLike = None,
        dtype: DTypeLike | None = None,
    ) -> None:
        if in1_features <= 0:
            raise ValueError(f"in1_features must be > 0, but got (in1_features={in1_features})")
        self.in1_features, self.in2_features, self.out_features = in1_features, in2_features, out_features
        self.weight = new_parameter(out_features, in1_features, in2_features, device=device, dtype=dtype)
        self.bias = new_parameter(out_features, device=device, dtype=dtype) if bias else None
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the weight, then the bias, anew."""
        k = 1 / math.sqrt(self.in1_features)
        for parameter in self.parameters():
            init.uniform_(parameter, -k, k)

    def forward(self, input1: Tensor, input2: Tensor) -> Tensor:
        return bilinear(input1, input2, self.weight, self.bias)

    def extra_repr(self) -> str:
        return (
            f"in1_features={self.in1_features}, in2_features={self.in2_features}, out_features={self.out_features}, "
            f"bias={self.bias is not None}"
        )
