"""The perceptron of 1958, with its own learning rule."""

from __future__ import annotations

from typing import Any

from numpy.typing import DTypeLike

import autograd
from autograd import DeviceLike, Tensor

from ..module import Module
from ..parameter import Parameter


class Perceptron(Module):
    """1 where x · weight + bias >= 0, else 0 (Rosenblatt 1958).

    The step function is flat, so there is no gradient to follow: `fit` uses the perceptron learning rule. It reaches
    zero errors if a plane separates the two classes (Novikoff 1962), and never stops changing if none does.
    """

    def __init__(self, in_features: int, device: DeviceLike = None, dtype: DTypeLike | None = None) -> None:
        self.in_features = in_features
        self.weight = Parameter(autograd.zeros(in_features, device=device, dtype=dtype), requires_grad=False)
        self.bias = Parameter(autograd.zeros((), device=device, dtype=dtype), requires_grad=False)

    def forward(self, input: Tensor) -> Tensor:
        return (input @ self.weight + self.bias >= 0).to(self.weight.dtype)

    def fit(self, x: Any, y: Any, lr: float = 1.0, epochs: int = 100) -> list[int]:
        """Go through the samples x (N, in_features) of classes y (N,), 0 or 1, until an epoch has no errors.

        For each sample: weight += lr * (y - out) * x, bias += lr * (y - out). Returns the number of errors in each
        epoch, of which there are at most `epochs`; if the last is 0, the classes are separated. Raises RuntimeError for
        other shapes, ValueError for other classes.
        """
        x, y = autograd.as_tensor(x, self.weight.dtype), autograd.as_tensor(y, self.weight.dtype)
        if x.ndim != 2 or x.shape[1] != self.in_features or y.shape != x.shape[:1]:
            raise RuntimeError(
                f"Perceptron.fit: expected x of shape (N, {self.in_features}) and y of shape (N,), given "
                f"{list(x.shape)} and {list(y.shape)}"
            )
        if not ((y == 0) | (y == 1)).all():
            raise ValueError("Perceptron.fit: expected the classes 0 and 1")
        history: list[int] = []
        with autograd.no_grad():
            while len(history) < epochs and (not history or history[-1]):
                errors = 0
                for sample, wanted in zip(x, y, strict=True):
                    off = (wanted - self(sample)).item()
                    if off:
                        self.weight += lr * off * sample
                        self.bias += lr * off
                        errors += 1
                history.append(errors)
        return history

    def extra_repr(self) -> str:
        return f"in_features={self.in_features}"
