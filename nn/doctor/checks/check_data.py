"""Checks of the data: the targets, and the separation of training and validation."""

from __future__ import annotations

import math
from statistics import median
from typing import Any

import numpy as np

from ..asked_again import wrong_answers
from ..program_frames import called_validation
from ..samples import ALMOST
from ..what_was_learned import share_left
from .case import Case, Evidence, Open

LEAST_LOOKS = 6  # before targets are said to be constant
LEAST_SAMPLES = 60  # before targets are said not to depend on the inputs
LEAST_STEPS = 100  # in which a loss should have left the level of chance
LEAST_BATCHES = 4  # before they are said to hold one class each
MOST_PURE = 0.5  # of the batches may hold a single class,
BY_CHANCE = 0.5  # unless chance explains half of them, as for a class that is rare
MOST_CLASSES = 1000  # whole numbers: more of them are no classes
FORGOTTEN = 0.25  # of the samples seen before are answered wrongly,
FORGOTTEN_CLASS = 0.5  # or of those of one class: small data in order can still be learned
STILL = 0.9  # of the loss of a constant answer is left
LARGE = 100.0  # times what a new network gives, which is about 1: a step of usual size is as small beside the targets
COORDINATES = 3  # inputs of so few columns are places: those on a grid, and at the ends of an interval, are no leak if
FEW_PLACES = 0.1  # they are few,
SEVERAL = 1.5  # or if a step has several calls, as one with the conditions on a boundary
EPOCHS = 2  # in fewer, samples are not learned by heart
ERRORS = 2.0  # standard errors: what is below may be chance
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
    if facts.steps < LEAST_STEPS or not facts.losses:
        return Open(f"{len(facts.losses)} steps with a loss are too few for it to leave the level of chance")
    if facts.outcome and facts.outcome.learned and (facts.outcomes.validated or facts.samples.repeated < EPOCHS):
        return None  # and not by heart
    loss = median(facts.losses[-max(10, facts.steps // 4) :])
    values, counts = np.unique(y, return_counts=True)
    if len(values) <= max(20, len(y) // 10):
        share = counts / counts.sum()
        chance = float((share**2).sum())
        guessing = _loss_of_guessing(case, y, share)
        if chance > 0.9 or loss < AT_CHANCE * guessing:
            return None
        is_class, samples = (y[:, None] == values).astype(np.float64), facts.samples
        guessed, apart = values[samples.fitted(is_class).argmax(1)], is_class - is_class.mean(0)
        alike, fitted = float((y == near).mean()), float((y == guessed).mean())
        voted = _correlation(apart, samples.voted(apart)) * math.sqrt(len(y) * (len(values) - 1))
        most = chance + ERRORS * math.sqrt(chance * (1 - chance) / len(y))
        if (
            abs(alike - chance) < most - chance
            and voted < ERRORS
            and fitted < max(most, float(share.max()) + most - chance)
        ):
            return (
                f"of {len(y)} samples, {alike:.0%} have the label of their nearest neighbour, against {chance:.0%} by "
                f"chance; the loss is {loss:.3g}, and that of pure guessing {guessing:.2g}."
            )
        return None
    spread = float(y.var())
    if loss < AT_CHANCE * spread:
        return None
    alike = _correlation(y, near)
    off, samples = y[:, None].astype(np.float64) - y.mean(), facts.samples
    fitted = max(_correlation(off, each(off)) for each in (samples.fitted, samples.voted))
    if max(abs(alike), fitted) < ERRORS / math.sqrt(len(y)):
        return (
            f"the targets of {len(y)} samples and of their nearest neighbours have a correlation of {alike:.2f}; the "
            f"loss is {loss:.3g}, and that of always predicting the mean {spread:.3g}."
        )
    return None


def _correlation(a: np.ndarray[Any, Any], b: np.ndarray[Any, Any]) -> float:
    return float(np.nan_to_num(np.corrcoef(a.reshape(-1), b.reshape(-1))[0, 1]))


def _loss_of_guessing(case: Case, y: np.ndarray[Any, Any], share: np.ndarray[Any, Any]) -> float:
    """The loss of always giving the shares of the classes: their entropy, or a variance where the loss is squared."""
    if {each.loss for each in case.facts.meetings} != {"mse_loss"}:
        return float(-(share * np.log(share)).sum())
    one_hot = any(each.shape[1:] not in ((), (1,)) for each in case.facts.meetings)
    return float((1 - (share**2).sum()) / len(share)) if one_hot else float(y.var())


def batches_of_one_class(case: Case) -> Evidence:
    steps = [np.concatenate(targets) for targets in case.facts.targets_of_steps]
    steps = [y for y in steps if len(y) > 1]
    if len(steps) < LEAST_BATCHES:
        return Open(f"this takes {LEAST_BATCHES} batches with known targets")
    values, counts = np.unique(np.concatenate(steps), return_counts=True)
    if not 1 < len(values) <= MOST_CLASSES or (values != np.round(values)).any():
        return None
    pure = [bool((y == y[0]).all()) for y in steps]
    shares = counts / counts.sum()
    chance = sum(float((shares ** len(y)).sum()) for y in steps)
    alternating = all(pure[:3]) and steps[0][0] == steps[2][0] != steps[1][0]  # true and made, of a discriminator
    if alternating or sum(pure) < MOST_PURE * len(pure) or chance > BY_CHANCE * sum(pure):
        return None
    wrong = wrong_answers(case.model, case.facts.samples, case.facts.outcomes)
    if wrong is None and not case.failed:
        return Open("batches hold one class each; whether earlier classes were forgotten could not be found out")
    if wrong is not None and wrong[0] < FORGOTTEN and wrong[1] < FORGOTTEN_CLASS:
        return None
    forgotten = "" if wrong is None else f"; at the end {wrong[0]:.0%} of the samples seen before are answered wrongly"
    return (
        f"{sum(pure)} of the {len(pure)} batches examined hold a single class, although there are {len(values)}; by "
        f"chance it would be {chance:.2g}{forgotten}."
    )


def targets_too_large(case: Case) -> Evidence:
    facts = case.facts
    met = [each for each in facts.meetings if each.of_output and math.isfinite(each.lowest + each.highest)]
    if not met or len(facts.outcomes.kinds) != 1 or not facts.outcomes.kinds <= {"squares", "distances"}:
        return None if facts.outcomes.kinds else Open("no targets were recognised in the loss")
    y = np.concatenate([each.reshape(-1) for each in facts.outcomes.wanted]).astype(np.float64)
    mean, spread = float(y.mean()), float(y.std())
    reached = [max(abs(each.lowest), abs(each.highest)) for each in met]
    left = share_left(facts.outcomes)
    learned = not case.failed and (left is None or left < STILL or facts.steps < LEAST_STEPS)
    if learned or max(abs(mean), spread) < LARGE * max(1.0, reached[0]):
        return None
    if facts.broken and sum(p.ndim > 1 for p in case.parameters.values()) < 2:
        return None  # a single layer diverges whatever its targets
    course = f"went from {facts.losses[0]:.3g} to {facts.losses[-1]:.3g}" if facts.losses else "is unknown"
    return (
        f"the targets are {mean:.4g} ± {spread:.4g}; the outputs reached {reached[0]:.3g} at the start and "
        f"{median(reached[-max(1, len(reached) // 3) :]):.3g} at the end, and the loss {course}."
    )


def data_leak(case: Case) -> Evidence:
    samples = case.facts.samples
    if not samples.train:
        return Open("no floating-point training inputs were seen")
    if not samples.valid:
        return Open("no validation data were seen; pass them: doctor(..., valid=loader)")
    both, of = len(samples.valid & samples.train), len(samples.valid)
    if both < 2 or both < 0.02 * of:
        return None
    few = samples.columns <= COORDINATES and both < FEW_PLACES * of
    if few or (samples.columns <= COORDINATES and case.facts.forwards > SEVERAL * case.facts.steps):
        return Open(f"{both} of {of} places at which the model was evaluated are also in the training data")
    nearly_all = both >= ALMOST * of
    if not samples.given and nearly_all:
        for lines in case.facts.validation.on_training_samples:
            if place := called_validation(lines):
                return f"{both} of {of} samples of the validation at {place} are training samples."
    if not samples.given and (nearly_all or both > ALMOST * len(samples.train)):
        return Open(f"{both} of {of} samples evaluated without backward are training samples, which may be intended")
    return f"{both} of {of} validation samples are also training samples."
