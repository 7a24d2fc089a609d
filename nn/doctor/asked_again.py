"""What the trained model answers to samples that were kept: asked of a copy, so that nothing changes."""

from __future__ import annotations

import copy
import random
from typing import Any

import numpy as np

import autograd
from autograd import Tensor

from ..module import Module
from .samples import Samples
from .what_was_learned import Outcomes

Array = np.ndarray[Any, Any]

# Hooks may write things down: the copy has none.
HOOKS = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")


def wrong_answers(model: Module, samples: Samples, outcomes: Outcomes) -> tuple[float, float] | None:
    """The share of the kept training samples that a classifier gets wrong, and of those of its worst class.

    None if that cannot be found out.
    """
    if not samples.x or len({part.shape[1] for part in samples.x}) > 1 or outcomes.last is None:
        return None
    x, wanted = np.concatenate(samples.x), np.concatenate(samples.y)
    try:
        answers = asked(model, x.reshape(len(x), *samples.shape).astype(samples.dtype))
    except Exception:
        return None
    if answers is None or len(answers) != len(wanted):
        return None
    answers = answers.reshape(len(answers), -1)
    middle = 0.0 if outcomes.last.made == "sigmoid" else 0.5
    given = answers.argmax(1) if answers.shape[1] > 1 else answers[:, 0] > middle
    wrong = given != wanted
    return float(wrong.mean()), max(float(wrong[wanted == each].mean()) for each in np.unique(wanted))


def asked(model: Module, x: Array) -> Array | None:
    """The answers of a copy of the model in evaluation mode; random numbers go on as if it had not been asked."""
    states = autograd.get_rng_state(), np.random.get_state(), random.getstate()
    try:
        asked = copy.deepcopy(model).eval()
        for module in asked.modules():
            vars(module).update({name: {} for name in HOOKS})
        with autograd.no_grad():
            out: Any = asked(autograd.tensor(x))
        return np.asarray(out.numpy(force=True)) if isinstance(out, Tensor) else None
    finally:
        autograd.set_rng_state(states[0])
        np.random.set_state(states[1])
        random.setstate(states[2])
