"""Products of few rows with one and the same matrix, again and again: it is cut into panels of columns beforehand.

OpenBLAS copies both factors of a product into an order of its own, which for few rows takes as long as multiplying
does. With AVX-512 it leaves that out for small products, of up to 10^6 multiplications; and a panel of at most 64
columns stays in the nearest cache while the rows go by. For 32 rows, a product with the weights of an LSTM of 128 units
takes 41 us as h @ y.T, 28 us with y.T copied into rows, and 17 us in panels; without AVX-512, 41 us in each form
(`python -m tests.benchmarks.recurrent --products`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

SMALL = 1_000_000
WIDEST, NARROWEST = 64, 32  # panels


def panels(x: Any, parts: int, rows: int) -> Any:
    """A matrix (K, parts N) as (parts, N / n, K, n), in memory of its own, for products with up to so many rows."""
    k, columns = x.shape[0], x.shape[1] // parts
    n = columns
    while (n > WIDEST or rows * k * n > SMALL) and n % 2 == 0 and n >= 2 * NARROWEST:
        n //= 2
    n = n if rows * k * n <= SMALL else columns
    return np.ascontiguousarray(x.reshape(k, parts, columns // n, n).transpose(1, 2, 0, 3))


def multiply(x: Any, y: Any, out: Any) -> Any:
    """x (rows, K) times the matrix of the panels y, written to `out` (parts, rows, N), which is returned."""
    parts, count, _, n = y.shape
    np.matmul(x, y, out=out.reshape(parts, len(x), count, n).swapaxes(1, 2))
    return out


def multiplier(y: Any, rows: int) -> Callable[[Any], Any]:
    """The function x @ y of up to so many rows x; y is a matrix (K, N), or a tensor."""
    if not isinstance(y, np.ndarray):
        return lambda x: x @ y
    cut = panels(y, 1, rows)
    return lambda x: multiply(x, cut, np.empty((1, len(x), y.shape[1]), y.dtype))[0]
