"""Which class a model decides for: the likeliest, or of two the second from some probability on."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

import autograd
from autograd import Tensor

EVEN = 0.5
Array = np.ndarray[Any, Any]


def leaning(scores: Tensor, threshold: float = EVEN) -> Tensor:
    """Logits (N, C) whose largest is the class to decide for.

    Of two classes it is the second if its probability is above `threshold`; of more, the likeliest, as at 0.5.
    """
    if threshold == EVEN or scores.shape[1] != 2:
        return scores
    return scores.detach() - autograd.tensor([0.0, math.log(threshold / (1 - threshold))], dtype=scores.dtype)


def best_threshold(scores: Any, classes: Any) -> float:
    """The threshold, from 0 to 1, at which the mean recall of two classes is highest, given logits (N, 2).

    Between two neighbouring probabilities it is the middle; of equally good ones, that nearest to 0.5. Without samples
    of both classes it is 0.5.
    """
    logits, positive = np.asarray(scores, np.float64), np.asarray(classes) == 1
    if positive.all() or not positive.any():
        return EVEN
    against = np.clip(logits[:, 0] - logits[:, 1], -700, 700).round(9)  # what is as good as equal is not parted
    chances = 1 / (1 + np.exp(against))
    known, place = np.unique(chances, return_inverse=True)
    found = np.bincount(place, positive / positive.sum(), len(known))
    wrong = np.bincount(place, ~positive / (~positive).sum(), len(known))
    gain = (found - wrong)[::-1].cumsum()[::-1][1:].round(12)  # of calling all from the second on positive, and so on
    middles = (known[1:] + known[:-1]) / 2
    usable = (middles > 0) & (middles < 1)
    middles, gain = middles[usable], gain[usable]
    if not len(gain) or gain.max() <= 0:
        return EVEN
    best = middles[gain == gain.max()]
    return float(best[np.abs(best - EVEN).argmin()])
