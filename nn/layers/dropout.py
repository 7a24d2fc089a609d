"""Dropout: in training, numbers or whole channels are left out at random; evaluation returns the input.

With `inplace` the result is written to the input. Every layer raises ValueError for a p outside [0, 1].
"""

from __future__ import annotations

from autograd import Generator, Tensor

from ..functional import layer_functions as F
from ..module import Module


class _DropoutNd(Module):
    """What all kinds remember."""

    def __init__(self, p: float = 0.5, inplace: bool = False, *, generator: Generator | None = None) -> None:
        if not 0 <= p <= 1:
            raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")
        self.p, self.inplace, self.generator = p, inplace, generator

    def extra_repr(self) -> str:
        return f"p={self.p}, inplace={self.inplace}"


class Dropout(_DropoutNd):
    """Zeroes each number with probability p and divides the others by 1 - p, which keeps the mean."""

    def forward(self, input: Tensor) -> Tensor:
        return F.dropout(input, self.p, self.training, self.inplace, generator=self.generator)


class Dropout1d(_DropoutNd):
    """Zeroes whole channels of sequences (N, C, L) or (C, L) with probability p, as `Dropout` zeroes numbers."""

    def forward(self, input: Tensor) -> Tensor:
        return F.dropout1d(input, self.p, self.training, self.inplace, generator=self.generator)


class Dropout2d(_DropoutNd):
    """Zeroes whole channels of images (N, C, H, W) with probability p, as `Dropout` zeroes numbers (Tompson 2015)."""

    def forward(self, input: Tensor) -> Tensor:
        return F.dropout2d(input, self.p, self.training, self.inplace, generator=self.generator)


class Dropout3d(_DropoutNd):
    """Zeroes whole channels of volumes (N, C, D, H, W) with probability p, as `Dropout` zeroes numbers."""

    def forward(self, input: Tensor) -> Tensor:
        return F.dropout3d(input, self.p, self.training, self.inplace, generator=self.generator)


class AlphaDropout(_DropoutNd):
    """Sets each number with probability p to what SELU tends to, and keeps mean 0 and variance 1 (Klambauer 2017)."""

    def forward(self, input: Tensor) -> Tensor:
        return F.alpha_dropout(input, self.p, self.training, self.inplace, generator=self.generator)


class FeatureAlphaDropout(_DropoutNd):
    """Masks whole channels of (N, C, ...), as `AlphaDropout` masks numbers."""

    def forward(self, input: Tensor) -> Tensor:
        return F.feature_alpha_dropout(input, self.p, self.training, self.inplace, generator=self.generator)
