"""How far a figure may be off because there were only so many samples: the bootstrap."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

MOST_DRAWS = 20_000_000


def bootstrap_interval(
    figure: Callable[..., Any], *samples: Any, confidence: float = 0.95, resamples: int = 1000, seed: int = 0
) -> tuple[float, float]:
    """The interval in which a figure of as many samples as these would mostly lie, low and high.

        low, high = bootstrap_interval(np.mean, predicted == true)

    The samples are drawn anew, with replacement, and the figure is computed each time; the interval leaves out as many
    of the lowest as of the highest (Efron's percentile method, 1979). The same seed gives the same interval.

    Args:
        figure: called with arrays of N rows, as many as there are `samples`; returns a number.
        samples: arrays whose rows belong together, (N, …).
        confidence: the share of the figures within the interval.
        resamples: how often they are drawn; less often, but at least 100 times, for more than 20,000 samples.

    A figure that is NaN, such as the area under a curve of one class, does not count; if all are, both ends are NaN.
    Raises ValueError for arrays of different lengths or without a row, and for a confidence not between 0 and 1.
    """
    arrays = [np.asarray(rows) for rows in samples]
    lengths = {len(rows) for rows in arrays}
    if len(lengths) != 1 or 0 in lengths:
        raise ValueError(f"bootstrap_interval: expected rows of one number above 0, given {sorted(lengths)}")
    if not 0 < confidence < 1:
        raise ValueError(f"bootstrap_interval: expected confidence to be between 0 and 1, given {confidence}")
    (n,), draw = lengths, np.random.default_rng(seed)
    times = min(resamples, max(100, MOST_DRAWS // n))
    chosen = (draw.integers(n, size=n) for _ in range(times))
    figures = np.array([float(figure(*(rows[rows_of_one] for rows in arrays))) for rows_of_one in chosen])
    if np.isnan(figures).all():
        return np.nan, np.nan
    low, high = np.nanquantile(figures, [(1 - confidence) / 2, (1 + confidence) / 2])
    return float(low), float(high)
