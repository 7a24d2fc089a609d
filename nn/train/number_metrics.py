"""Metrics of regressions: how far the outputs are from the targets, accumulated batch by batch."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd import Tensor

from .metrics import Metric

Array = np.ndarray[Any, Any]


class Deviation(Metric):
    """Base class of metrics that are the mean of something over all numbers: override `each`."""

    def reset(self) -> None:
        self.sum, self.total = 0.0, 0

    def each(self, output: Array, target: Array) -> Array:
        """What each pair of numbers adds to the sum. Raises NotImplementedError here."""
        raise NotImplementedError(f"{type(self).__name__} must define each(output, target)")

    def update(self, output: Tensor, target: Tensor) -> None:
        out, y = alike(type(self).__name__, output, target)
        self.sum += float(self.each(out, y).sum())
        self.total += y.size

    @property
    def mean(self) -> float:
        """The mean so far; NaN of nothing."""
        return self.sum / self.total if self.total else np.nan


class MAE(Deviation):
    """Mean absolute error, "mae": Σ |output - target| / n. `update` raises ValueError for shapes that differ."""

    def each(self, output: Array, target: Array) -> Array:
        return np.abs(output - target)

    def compute(self) -> dict[str, Any]:
        return {"mae": self.mean}


class RMSE(Deviation):
    """Root of the mean squared error, "rmse": √(Σ (output - target)² / n), over all numbers of all outputs.

    `update` raises ValueError for shapes that differ.
    """

    def each(self, output: Array, target: Array) -> Array:
        return np.square(output - target)

    def compute(self) -> dict[str, Any]:
        return {"rmse": float(np.sqrt(self.mean))}


class MAPE(Deviation):
    """Mean absolute percentage error, "mape", as a fraction: Σ |output - target| / |target| / n.

    A target of 0 counts as 2.2e-16, as in scikit-learn: the figure is then huge. `update` raises ValueError for shapes
    that differ.
    """

    def each(self, output: Array, target: Array) -> Array:
        return np.abs(output - target) / np.maximum(np.abs(target), np.finfo(np.float64).eps)

    def compute(self) -> dict[str, Any]:
        return {"mape": self.mean}


class R2(Metric):
    """Coefficient of determination, "r2": 1 - Σ (target - output)² / Σ (target - mean of the targets)².

    1 is perfect; 0 is no better than predicting the mean. The spread of the targets is accumulated as in Chan, Golub
    and LeVeque (1979), which avoids cancellation. `update` raises ValueError for shapes that differ.
    """

    def reset(self) -> None:
        self.errors = self.mean = self.spread = 0.0
        self.total = 0

    def update(self, output: Tensor, target: Tensor) -> None:
        out, y = alike(type(self).__name__, output, target)
        if not y.size:
            return
        mean, n = float(y.mean()), self.total + y.size
        off = mean - self.mean
        self.errors += float(np.square(y - out).sum())
        self.spread += float(np.square(y - mean).sum()) + off * off * self.total * y.size / n
        self.mean += off * y.size / n
        self.total = n

    def compute(self) -> dict[str, Any]:
        return {"r2": 1 - self.errors / self.spread if self.spread else np.nan}


def alike(name: str, output: Tensor, target: Tensor) -> tuple[Array, Array]:
    """Both as float64 arrays. Raises ValueError if their shapes differ."""
    if output.shape != target.shape:
        raise ValueError(f"{name}: expected output and target of one shape, given {output.shape} and {target.shape}")
    return output.numpy(force=True).astype(np.float64), target.numpy(force=True).astype(np.float64)
