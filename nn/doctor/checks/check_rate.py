"""Checks of the learning rate: too high, too low, or soon nothing."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from statistics import fmean, median

import numpy as np

from ..sign_of_loss import POSITIVE_ONLY
from ..step_facts import options_of
from .case import FEW_LOOKS, Case, Evidence, Mended, Open, last_third
from .check_layers import MOST_UNITS, gradient_growths

DIVERGED = 5.0  # the loss at the end over that at the start,
PEAK = 20.0  # or the largest loss over the first, if there was also
HUGE_STEP = 10.0  # relative to the weights: what was learned is lost
LARGE_STEP = 0.3  # likewise: usual first steps are below 0.1, and Adam's at 0.05 are as large,
MUCH_GROWN = 4.0  # or the norm of all weights over that at the start,
JUMP = 2.0  # if the loss also jumped to so many times its start, more than batches differ,
NEVER_BACK = 0.9  # and was as large at the end
GROWN = 10.0  # the norm of all weights over that at the start, if no straight way led there,
DOUBLED = 2.0  # likewise, where nothing was learned,
RISEN = 1.1  # and the loss first rose to so many times its start
EARLY = 10  # in so many steps
UNREST = 1.5  # the loss jumped so far,
HALF_BACK = 0.5  # and most of it was left
LONG = 0.8  # momentum from which on a rate that was meant for none is much too high
USUAL = {"SGD": 0.1, "Adam": 1e-3, "AdamW": 1e-3, "NAdam": 1e-3, "RAdam": 1e-3, "Adamax": 1e-3, "RMSprop": 1e-3}

SOME_GROWTH = 1.5  # the norm of all weights over that at the start, which steps that are too large leave behind
VANISHED = 1e-4  # of the gradient at the last layer: so little comes through, where nothing was learned
LOST = 0.1  # of what came through at the start

TINY_STEP = 1e-6  # relative to the weights; usual steps are about 1e-3
LEAST_STEPS = 100  # in which a training should have got somewhere
STRAIGHT = 0.4  # the way from start to end over the sum of the steps: all went in about the same direction
VERY_STRAIGHT = 0.85  # noise in the targets bends the way
QUITE_STRAIGHT = 0.5  # on noise, a few steps of Adam at a tenth of its usual rate are at 0.42
NOWHERE = 0.02  # relative to the weights: the way of a training that has not left its start
SHORT_WAY = 0.6  # relative to the weights: the sum of all steps where they are too small for what is left
SHORTEST_WAY = 0.15  # likewise: a quarter of that, which Adam at its usual rate goes in some 50 steps,
SOME_LEFT = 0.4  # with so much of the loss of the best constant answer left,
STILL_STEADY = 0.5  # and falling at half of the pace of the start
LEAST_GRADIENT = 1e-3  # relative to the weights: where it is smaller, not the rate is to blame
MANY_STEPS = 300  # in which steps that reach no farther than that are too small; in fewer, where nothing was learned,
SMALL_STEP = 1e-3  # those below this: Adam at its usual rate makes steps of 2e-3 to 7e-3
AT_START = 0.9  # of the loss of the best constant answer: nothing has been learned,
MUCH_LEFT = 0.75  # and little
STEADY = 0.7  # the fall of the loss from the second quarter to the last over that from the first to the third
ERRORS = 3.0  # standard errors by which it has to fall in all
LEVEL_RATE = 0.5  # of the largest rate: a warm-up, or a schedule that ends, tells nothing of the rate

LEAST_SCHEDULED = 20  # steps
NOTHING = 1e-3  # of the largest rate: what is left to a schedule that is over
EACH_STEP = 0.9  # calls of a scheduler for each step, from which on it counts batches
LEFT = 0.3  # of the loss at the start: as much is left where a good training would still go on
SOMETHING_LEFT = 0.01  # likewise, where the rate is at nothing for four fifths of the run: nobody plans that
WAVES = 3  # of a cosine that was meant for one descent


def lr_too_high(case: Case) -> Evidence:
    """The loss broke or rose; or the weights leapt or grew, and it stayed high, or units died of it."""
    facts, losses, sizes = case.facts, case.facts.losses, case.facts.stepping.sizes or [0.0]
    if facts.broken:
        told = f"{facts.broken}. The learning rate is {_rates(case) or 'unknown'}."
        return Mended(told, _lower(case, "x.clamp(min=1e-8) before log, sqrt and /"))
    if len(losses) < 10:
        return Open("this takes 10 steps")
    start, top, last = losses[0], max(losses), median(losses[-max(5, len(losses) // 10) :])
    step, grown = max(facts.ratios, default=0.0), sizes[-1] / sizes[0] if sizes[0] else 0.0
    left = last / start if start > 0 else 0.0
    rate = f"at a learning rate of {_rates(case) or 'unknown'}{_momentum(case)}."
    rose = f"the loss rose from {start:.4g} to {top:.4g} and was {last:.4g} at the end, {rate}"
    first = median(losses[:3])
    if last - first > (DIVERGED - 1) * _scale(case, first) and facts.ratios and median(facts.ratios) > 0.01:
        return Mended(f"the loss rose from {first:.4g} to {last:.4g}, {rate}", _lower(case))
    leapt = (step > LARGE_STEP or grown > MUCH_GROWN) and top > JUMP * start and left > NEVER_BACK
    if leapt or (step > HUGE_STEP and top > PEAK * abs(start)):
        return Mended(f"the norm of a step was {step:.2g} times that of all weights; {rose}", _lower(case))
    if grown > GROWN and top > UNREST * start and left > HALF_BACK and _way(case)[1] < STRAIGHT:
        return Mended(f"the norm of all weights grew from {sizes[0]:.3g} to {sizes[-1]:.3g}; {rose}", _lower(case))
    if case.failed and step > LARGE_STEP and grown > DOUBLED and max(losses[:EARLY]) > RISEN * start > 0:
        told = f"nothing was learned; the norm of a step was {step:.2g} times that of all weights, which grew to"
        return Mended(f"{told} {grown:.2g} times their size, and {rose}", _lower(case))
    if step > LARGE_STEP and (killed := _killed(case) or (_cut_off(case) if grown > SOME_GROWTH else "")):
        return Mended(
            f"the norm of a step was {step:.2g} times that of all weights, and {killed}, {rate}", _lower(case)
        )
    return None


def _scale(case: Case, first: float) -> float:
    """What a rise of the loss is measured by: the first one; or all of the early ones, if its 0 means nothing."""
    seen, losses = case.facts.stepping.seen, case.facts.losses
    if seen and all(each.range == POSITIVE_ONLY for each in seen):
        return abs(first)
    return max(abs(first), *map(abs, losses[: max(3, len(losses) // 4)]))


def _killed(case: Case) -> str:
    """The first layer of ReLUs that lost most of its units on the way."""
    for name, looks in case.facts.units.items():
        if len({alive.shape for alive, _ in looks}) == 1 and len(looks) > FEW_LOOKS:
            start, end = (~np.any([a for a, _ in part], axis=0) for part in (looks[:FEW_LOOKS], last_third(looks)))
            if end.mean() > MOST_UNITS > start.mean():
                return f"it left {end.sum()} of {end.size} units of {name} dead ({start.sum()} at the start)"
    return ""


def _cut_off(case: Case) -> str:
    """The first layer that gradients no longer reach at the end, if nothing was learned and they did at the start."""
    start = {name: growth for growth, name, _ in gradient_growths(case)}
    for growth, name, last in gradient_growths(case, at_end=True) if case.failed else ():
        if growth < VANISHED < VANISHED / LOST < start.get(name, 0.0):
            told = f"{growth:.1e} times that at {last} ({start[name]:.1e} at the start)"
            return f"the gradient that arrives at {name} became {told}"
    return ""


def lr_too_low(case: Case) -> Evidence:
    """No step changed anything; or all went the same way, and together not far, with nearly all of the loss left."""
    facts, losses = case.facts, case.facts.losses
    if facts.steps < 20 or len(facts.ratios) < FEW_LOOKS:
        return Open("this takes 20 steps")
    first, last = median(losses[:5]), median(losses[-max(5, len(losses) // 10) :])
    course = f"at a learning rate of {_rates(case)}; the loss went from {first:.4g} to {last:.4g}"
    if 0 <= max(facts.ratios) < TINY_STEP and max(facts.gradients) > 1e-3 and last > first - 0.02 * abs(first):
        step = f"a step changed the weights by at most {max(facts.ratios):.0e} of their size"
        return Mended(f"{step}, {course}.", _higher(case))
    best, rates = facts.outcome and facts.outcome.best, facts.stepping.rates
    if not best or not rates or len(losses) < LEAST_STEPS or rates[-1] < LEVEL_RATE * max(rates):
        return None
    rising = rates[0] < LEVEL_RATE * max(rates)
    moved, straight = _way(case)
    size, loss = median(facts.ratios), fmean(losses[-len(losses) // 4 :])
    way = moved / straight if straight else math.inf
    nowhere = way < 5 * NOWHERE and moved < NOWHERE and straight > QUITE_STRAIGHT and loss > AT_START * best
    if rising and not (nowhere and median(facts.gradients) > LEAST_GRADIENT):
        return None
    enough = len(losses) >= MANY_STEPS or (size < SMALL_STEP and not (facts.outcome and facts.outcome.learned))
    small = way < SHORT_WAY and enough
    slow = loss > MUCH_LEFT * best and _falls_steadily(losses)
    crawls = way < SHORTEST_WAY and enough and loss > SOME_LEFT * best and _falls_steadily(losses, STILL_STEADY)
    unmoved = loss > AT_START * best and straight > VERY_STRAIGHT
    if straight > STRAIGHT and (nowhere or crawls or (small and (slow or unmoved))):
        told = f"{len(losses)} steps of about {size:.1g} times the weights led only {moved:.2g} times as far away"
        warm = " The schedule was still raising the rate at the end." if rising else ""
        return Mended(f"{told}, {course}, against {best:.4g} for the best constant answer.{warm}", _higher(case))
    return None


def _way(case: Case) -> tuple[float, float]:
    """How far all steps together led, over the norm of the weights, and over the sum of their lengths."""
    facts = case.facts
    changes = [
        np.square(p.numpy(force=True) - facts.before[name], dtype=np.float64).sum()
        for name, p in case.parameters.items()
        if name in facts.before and facts.before[name].shape == p.shape
    ]
    lengths = [ratio * size for ratio, size in zip(facts.ratios, facts.stepping.sizes, strict=False)]
    between = np.interp(np.arange(1, len(facts.losses) + 1), facts.ratios_at[: len(lengths)], lengths)
    moved, sum_of_all = math.sqrt(sum(changes)), float(between.sum())  # looks are close together only at the start
    start = facts.stepping.sizes[0]
    return moved / start if start else math.inf, moved / sum_of_all if sum_of_all else 0.0


def _falls_steadily(losses: Sequence[float], steady: float = STEADY) -> bool:
    """Whether the loss falls, and in the end nearly as fast as at the start."""
    quarters = np.array_split(np.asarray(losses, np.float64), 4)
    first, second, third, last = (float(each.mean()) for each in quarters)
    error = math.sqrt(sum(float(each.var()) / len(each) for each in (quarters[0], quarters[3])))
    return first - last > ERRORS * error and second - last > steady * (first - third) > 0


def _rates(case: Case) -> str:
    return ", ".join(f"{rate:g}" for rate in sorted(set(case.facts.first_rates)))


def _momentum(case: Case) -> str:
    momentum = options_of(case.optimizer, "momentum")
    if not LONG < momentum < 1:
        return ""
    return f" with a momentum of {momentum:g}, which makes steps up to {1 / (1 - momentum):.0f} times as long"


def _lower(case: Case, also: str = "") -> str:
    """The line with a smaller rate: a tenth, or a usual one if that is smaller still."""
    rate = max(case.facts.first_rates, default=0.0)
    return _with_rate(case, min(rate / 10, _usual(case, rate)), also)


def _higher(case: Case) -> str:
    """The line with a larger rate: ten times, or a usual one if that is larger still."""
    rate = max(case.facts.first_rates, default=0.0)
    return _with_rate(case, max(rate * 10, _usual(case, rate)))


def _usual(case: Case, rate: float) -> float:
    """The usual rate of the optimizer, a tenth of it with momentum; `rate` where none is known."""
    usual = USUAL.get(type(case.optimizer).__name__, rate)
    return usual / 10 if options_of(case.optimizer, "momentum") > LONG else usual


def _with_rate(case: Case, rate: float, also: str = "") -> str:
    name, momentum = type(case.optimizer).__name__, options_of(case.optimizer, "momentum")
    options = f", momentum={momentum:g}" if momentum else ""
    notes = [f"instead of lr={_rates(case) or 'unknown'}"]
    if momentum > LONG:
        notes.append("with momentum, a tenth of the rate that suits SGD alone")
    comment = "; ".join([*notes, also] if also else notes)
    return f"optimizer = optim.{name}(model.parameters(), lr={rate:.2g}{options})  # {comment}"


def schedule_too_fast(case: Case) -> Evidence:
    """At nothing for half of the steps or more, and much of the loss is left."""
    facts, rates = case.facts, case.facts.stepping.rates
    steps, peak = len(rates), max(rates, default=0.0)
    if steps < LEAST_SCHEDULED:
        return Open(f"this takes {LEAST_SCHEDULED} steps")
    first, last = median(facts.losses[:5]), median(facts.losses[-max(5, steps // 10) :])
    per_batch = facts.scheduled >= EACH_STEP * steps
    name = facts.stepping.scheduler
    if not peak > 0 or not last > SOMETHING_LEFT * first > 0:
        return None
    if name == "ReduceLROnPlateau" and not per_batch:  # it waits until nothing more is learned
        return None
    nothing = [rate <= 1.001 * NOTHING * peak for rate in rates]
    gone = steps - next((i for i, each in enumerate(reversed(nothing)) if not each), steps)
    bottoms = sum(now and not before for before, now in pairwise(nothing))
    course = f"the loss was {first:.4g} at the start, and {last:.4g} at the end"
    much = last > LEFT * first
    if gone <= (steps / 2 if much else steps / 5):
        calls = f"{facts.scheduled} calls of {name}.step()" if name and facts.scheduled else "a schedule"
        low = rates[gone]
        return f"{calls} brought the rate from {peak:g} to {low:.2g} by step {gone + 1} of {steps}; {course}."
    if much and per_batch and name == "CosineAnnealingLR" and bottoms >= WAVES:
        return f"the rate fell from {peak:g} to 0 and rose again {bottoms} times in {steps} steps; {course}."
    return None
