"""How much each row counts: sample weights times class weights."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from sklearn.utils import check_array

Array = np.ndarray[Any, Any]


def sample_weights(given: Any, rows: int) -> Array | None:
    """Weights (N,) as float64. Raises ValueError for another shape, for NaN, and negative weights."""
    if given is None:
        return None
    weights = np.full(rows, given) if np.isscalar(given) else given
    weights = check_array(weights, ensure_2d=False, dtype=np.float64, input_name="sample_weight")
    if weights.shape != (rows,):
        raise ValueError(f"sample_weight: expected one weight for each row, shape ({rows},), given {weights.shape}")
    if weights.min() < 0:
        raise ValueError(f"sample_weight: expected weights of 0 or more, given {weights.min()}")
    return weights


def class_weights(given: Any, classes: Array, codes: Array, weights: Array | None) -> Array | None:
    """The weight of each row (N,): that of its class, times its own weight if it has one.

    Balanced classes weigh the same together; a class that a dict leaves out has the weight 1. Raises ValueError for
    anything else, for a negative weight, and for a class that does not occur.
    """
    if given is None:
        return weights
    if isinstance(given, Mapping):
        labels = classes.tolist()
        if unknown := [label for label in given if label not in labels]:
            raise ValueError(f"class_weight: there are no classes {unknown} among {labels}")
        factors = np.array([given.get(label, 1.0) for label in labels], np.float64)
        if not (factors >= 0).all():
            raise ValueError(f"class_weight: expected weights of 0 or more, given {dict(given)}")
    elif isinstance(given, str) and given == "balanced":
        sums = np.bincount(codes, weights, minlength=len(classes))
        factors = sums.sum() / len(classes) / np.where(sums > 0, sums, 1)
    else:
        raise ValueError(f"class_weight: expected a dict {{class: weight}}, 'balanced' or None, given {given!r}")
    return factors[codes] if weights is None else factors[codes] * weights
