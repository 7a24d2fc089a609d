"""Checks of the data: the targets, and the separation of training and validation."""

from __future__ import annotations

import math
from statistics import median
from typing import Any

import numpy as np

from .case import Case, Evidence, Open

LEAST_LOOKS = 6  # before targets are said to be constant
LEAST_SAMPLES = 60  # before targets are said not to depend on the inputs
LEAST_STEPS = 100  # in which a loss should have left the level of chance
AT_CHANCE = 0.85  # of the loss of guessing: a network may have memorised some samples


def constant_labels(case: Case) -> Evidence:
    targets = case.facts.targets
    if not targets:
        return Open("no targets were recognised in the loss")
    values = np.concatenate(targets)
    if (values == values[0]).all():
        if case.facts.looks < LEAST_LOOKS or values.size < LEAST_SAMPLES:
            return Open(f"{values.size} targets, all {values[0]:.4g}, are too few to judge")
        return f"all {values.size} targets examined are {values[0]:.4g}."
    return None


def shuffled_labels(case: Case) -> Evidence:
    facts = case.facts
    y, near = facts.samples.neighbours()
    if len(y) < LEAST_SAMPLES:
        return Open(f"{len(y)} distinct samples with known targets are too few")
    if facts.steps < LEAST_STEPS:
        return Open(f"{facts.steps} steps are too few for the loss to leave the level of chance")
    loss = median(facts.losses[-max(10, facts.steps // 4) :])
    values, counts = np.unique(y, return_counts=True)
    if len(values) <= max(20, len(y) // 10):
        share = counts / counts.sum()
        chance = float((share**2).sum())
        guessing = _loss_of_guessing(case, y, share)
        if chance > 0.9 or loss < AT_CHANCE * guessing:
            return None
        guessed = values[facts.samples.fitted((y[:, None] == values).astype(np.float64)).argmax(1)]
        alike, fitted = float((y == near).mean()), float((y == guessed).mean())
        most = chance + 2 * math.sqrt(chance * (1 - chance) / len(y))
        if abs(alike - chance) < most - chance and fitted < max(most, float(share.max()) + most - chance):
            return (
                f"of {len(y)} samples, {alike:.0%} have the label of their nearest neighbour, against {chance:.0%} by "
                f"chance; the loss is {loss:.3g}, and that of pure guessing {guessing:.2g}."
            )
        return None
    spread = float(y.var())
    if loss < AT_CHANCE * spread:
        return None
    alike = float(np.corrcoef(y, near)[0, 1])
    fitted = float(np.corrcoef(y, facts.samples.fitted(y[:, None].astype(np.float64) - y.mean())[:, 0])[0, 1])
    if max(abs(alike), fitted) < 2 / math.sqrt(len(y)):
        return (
            f"the targets of {len(y)} samples and of their nearest neighbours have a correlation of {alike:.2f}; the "
            f"loss is {loss:.3g}, and that of always predicting the mean {spread:.3g}."
        )
    return None


def _loss_of_guessing(case: Case, y: np.ndarray[Any, Any], share: np.ndarray[Any, Any]) -> float:
    """The loss of always giving the shares of the classes: their entropy, or a variance where the loss is squared."""
    if {each.loss for each in case.facts.meetings} != {"mse_loss"}:
        return float(-(share * np.log(share)).sum())
    one_hot = any(each.shape[1:] not in ((), (1,)) for each in case.facts.meetings)
    return float((1 - (share**2).sum()) / len(share)) if one_hot else float(y.var())


def data_leak(case: Case) -> Evidence:
    samples = case.facts.samples
    if not samples.train:
        return Open("no floating-point training inputs were seen")
    if not samples.valid:
        return Open("no validation data were seen; pass them: doctor(..., valid=loader)")
    both, of = len(samples.valid & samples.train), len(samples.valid)
    if both < 2 or both < 0.02 * of:
        return None
    if not samples.given and (both == of or both > 0.9 * len(samples.train)):
        return Open(f"{both} of {of} samples evaluated without backward are training samples, which may be intended")
    return f"{both} of {of} validation samples are also training samples."
