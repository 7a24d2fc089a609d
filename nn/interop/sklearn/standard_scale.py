"""Columns brought to mean 0 and standard deviation 1, and back."""

from __future__ import annotations

from typing import Any, NamedTuple, Self

import numpy as np

Array = np.ndarray[Any, Any]
NO_SPREAD = 1e-12  # of numbers up to 1: a column that varies by less is constant, up to rounding


class StandardScale(NamedTuple):
    """z = (x / size - mean) / std, column by column.

    `size` is the largest absolute value, so that neither the sum nor the square of huge numbers overflows; mean and
    standard deviation are those of x / size. A constant column has the standard deviation 1.
    """

    size: Array
    mean: Array
    std: Array

    @classmethod
    def of(cls, x: Array, weights: Array | None = None) -> Self:
        """The scale of x (N, k), with the rows counted by their weights (N,)."""
        size = _where_zero(np.abs(x).max(axis=0).astype(np.float64))
        x = x / size
        mean = np.average(x, axis=0, weights=weights)
        std = np.sqrt(np.average(np.square(x - mean), axis=0, weights=weights))
        return cls(size, mean, _where_zero(np.where(std > NO_SPREAD, std, 0.0)))

    @classmethod
    def none(cls, columns: int) -> Self:
        """The scale that changes nothing."""
        return cls(np.ones(columns), np.zeros(columns), np.ones(columns))

    def scaled(self, x: Array) -> Array:
        """x (N, k) in units of the standard deviation, in float64."""
        return (x / self.size - self.mean) / self.std

    def unscaled(self, z: Array) -> Array:
        """x (N, k), given `scaled(x)`, in float64."""
        return (z * self.std + self.mean) * self.size


def _where_zero(x: Array) -> Array:
    """x, with ones in place of zeros."""
    return np.where(x > 0, x, 1.0)
