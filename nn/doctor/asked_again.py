"""What the trained model answers to samples that were kept: asked of a copy, so that nothing changes."""

from __future__ import annotations

from typing import Any

import numpy as np

import autograd
from autograd import Tensor

from ..module import Module
from .kept_still import still
from .samples import Samples
from .what_was_learned import Outcomes


def wrong_answers(model: Module, samples: Samples, outcomes: Outcomes) -> tuple[float, float] | None:
    """The share of the kept training samples that a classifier gets wrong, and of those of its worst class.

    None if that cannot be found out.
    """
    if not samples.x or len({part.shape[1] for part in samples.x}) > 1 or outcomes.last is None:
        return None
    x, wanted = np.concatenate(samples.x), np.concatenate(samples.y)
    inputs = autograd.tensor(x.reshape(len(x), *samples.shape).astype(samples.dtype))
    try:
        with still(model) as twin, autograd.no_grad():
            answers: Any = twin.eval()(inputs)
    except Exception:
        return None
    if not isinstance(answers, Tensor) or len(answers) != len(wanted):
        return None
    wrong = outcomes.classes_in(answers.numpy(force=True).reshape(len(wanted), -1)) != wanted
    return float(wrong.mean()), max(float(wrong[wanted == each].mean()) for each in np.unique(wanted))
