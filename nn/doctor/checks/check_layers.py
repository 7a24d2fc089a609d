"""Checks of the layers: the activations and gradients that reach them."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from statistics import median
from typing import Any

import numpy as np

from ..what_was_learned import share_left
from .case import FEW_LOOKS, Case, Evidence, Mended, Open, few, last_third

Array = np.ndarray[Any, Any]

GROWTH = 100.0  # of the gradient from the last layer to the first; about 1 with usual initial weights
GROWTH_TO_SCORES = 10.0  # likewise, where the first scores of a classifier are wrong by far:
FAR_OFF = 20.0  # their loss over that of the best constant answer, with usual weights about 1,
HALF = 0.5  # and so much of that is left at the end
LOSS = 1e-5  # likewise; six layers with default weights keep more than 1e-3
LOSS_IF_FAILED = 3e-4  # and at the start and at the end so much, where nothing was learned
LOSS_IN_A_ROW = 0.01  # where sigmoids or tanhs stand in a row and nothing was learned: three sigmoids leave 1 / 64,
IN_A_ROW = 3  # so many of them
HARDLY = 0.97  # of the loss of a constant answer is left,
LEAST_STEPS = 100  # after so many steps: almost nothing was learned
MOST_UNITS = 0.7  # of a layer that may be dead; with two inputs, half of a small layer can be dead from the start
UNITS_ENOUGH = 0.05  # of a constant answer's loss: a network that leaves less does without the dead ones
SMALL_LAYER = 8  # units: of a smaller layer all have to be dead
LEAST_SAMPLES = 100  # in which a unit was never above 0 before it is called dead
MOST_AT_LIMITS = 0.5  # of the outputs that may be near a limit at the start,
NEARLY_ALL = 0.9  # and at the end, which is no mistake where something was learned
LARGER = "nn.init.kaiming_normal_(layer.weight)  # preserves the scale; or skip connections, or nn.LayerNorm(n)"
LARGE_INPUTS = 20.0  # the root mean square of a column: about 6 in iris, 100 for pixels up to 255


def dead_relu(case: Case) -> Evidence:
    if case.facts.looks < FEW_LOOKS:
        return Open("this takes 3 looks")
    left = share_left(case.facts.outcomes)
    if left is not None and left < UNITS_ENOUGH:
        return None
    limit = LOSS_IF_FAILED if case.failed else LOSS
    dead, starved = [], any(growth < limit for growth, *_ in gradient_growths(case))
    for name, looks in case.facts.units.items():
        if len({alive.shape for alive, _ in looks}) > 1 or len(looks) < FEW_LOOKS:
            continue
        last = _enough(looks)
        off = [int((~np.any([alive for alive, _ in part], axis=0)).sum()) for part in (last, looks[:FEW_LOOKS])]
        size = looks[0][0].size
        if starved and off[1] <= MOST_UNITS * size:
            continue  # gradients had vanished before the units died
        if off[0] > (MOST_UNITS * size if size >= SMALL_LAYER else size - 1):
            start = f" ({off[1]} at the start)" if off[1] < off[0] else ""
            dead.append(f"{name}: {off[0]} of {size} units{start}, in {sum(n for _, n in last)} samples")
    return f"0 for every sample at the end: {few(dead)}." if dead else None


def _enough(looks: Sequence[tuple[Array, int]]) -> Sequence[tuple[Array, int]]:
    """The last third of the looks, and as many before them as make up enough samples."""
    first = len(looks) - len(last_third(looks))
    while first and sum(n for _, n in looks[first:]) < LEAST_SAMPLES:
        first -= 1
    return looks[first:]


def saturated(case: Case) -> Evidence:
    """From the start and still at the end; or at the end, where nothing was learned."""
    if not case.facts.looks:
        return Open("no backward pass was seen")
    full = []
    for name, shares in case.facts.limits.items():
        start, end = min(shares[:FEW_LOOKS]), median(last_third(shares))
        if end > MOST_AT_LIMITS and (start > MOST_AT_LIMITS or (case.failed and end > NEARLY_ALL)):
            full.append(f"{name}: {end:.0%} of its outputs ({start:.0%} at the start)")
    return f"within 1 % of a limit at the end: {few(full)}." if full else None


def exploding_gradients(case: Case) -> Evidence:
    start = case.facts.arriving[0] if case.facts.arriving else {}
    for growth, name, last in gradient_growths(case):
        if growth > GROWTH and start.get(name, math.inf) > GROWTH * start.get(last, 0.0):  # before any step, too
            return f"the gradient that arrives at {name} is {growth:.1e} times that at {last}."
        if growth > GROWTH_TO_SCORES and (scores := _far_off(case)):
            return f"the gradient that arrives at {name} is {growth:.3g} times that at {last}; {scores}."
    return None if case.facts.arriving else Open("no layers with weights were seen")


def _far_off(case: Case) -> str:
    """The loss of a classifier in the first step, where it is far above that of any constant answer; else ""."""
    best, losses = case.facts.outcome and case.facts.outcome.best, case.facts.losses
    if not best or not losses or not case.facts.outcomes.kinds <= {"classes", "chances"}:
        return ""
    left = share_left(case.facts.outcomes)
    if losses[0] < FAR_OFF * best or left is None or left < HALF:
        return ""
    return f"the first scores are so large that the loss is {losses[0]:.3g}, against {best:.3g} for a constant answer"


def vanishing_gradients(case: Case) -> Evidence:
    """From the start and still at the end; or at the end, where nothing was learned."""
    start = {name: growth for growth, name, _ in gradient_growths(case)}
    squashed = _in_a_row(case)
    for growth, name, last in gradient_growths(case, at_end=True) or gradient_growths(case):
        text = f"the gradient that arrives at {name} is {growth:.1e} times that at {last}."
        if growth < LOSS and (case.failed or start.get(name, 1.0) < LOSS):
            return Mended(text, LARGER) if case.facts.units and not case.facts.limits else text
        if case.failed and max(growth, start.get(name, 1.0)) < LOSS_IF_FAILED:
            return text
        if squashed and growth < LOSS_IN_A_ROW and start.get(name, 1.0) < LOSS_IN_A_ROW:
            return f"{text[:-1]}, through {squashed}."
    growth, name, last = min(gradient_growths(case), default=(1.0, "", ""))
    if case.failed and growth < LOSS and not case.facts.limits:
        return Mended(f"in the first steps the gradient at {name} is {growth:.1e} times that at {last}.", LARGER)
    return None if case.facts.arriving else Open("no layers with weights were seen")


def _in_a_row(case: Case) -> str:
    """The sigmoids and tanhs that a network is made of, if nothing, or almost nothing, was learned; else ""."""
    names = list(case.facts.limits)
    left = share_left(case.facts.outcomes)
    hardly = case.failed or (left is not None and left > HARDLY and case.facts.steps >= LEAST_STEPS)
    if len(names) < IN_A_ROW or case.facts.units or not hardly:
        return ""
    kinds = Counter(name.split()[0].lower() for name in names)
    return " and ".join(f"{count} layers of {kind}" for kind, count in kinds.items())


def gradient_growths(case: Case, at_end: bool = False) -> list[tuple[float, str, str]]:
    """For each layer, the gradient there over that at the last layer: the median of the first looks, or of the last."""
    arriving = case.facts.arriving
    looks = last_third(arriving) if at_end else arriving[:FEW_LOOKS]
    looks = [look for look in looks if all(map(math.isfinite, look.values()))]
    names = [name for name in case.parameters if all(look.get(name) for look in looks)]
    if len(names) < 3 or not looks:
        return []
    last = names[-1]
    return [(median(look[name] / look[last] for look in looks), name, last) for name in names[:-1]]


def inputs_not_normalised(case: Case) -> Evidence:
    if not case.facts.inputs:
        return Open("no layer was seen that takes floating-point inputs directly")
    rms, mean, low, high = max(case.facts.inputs)
    if rms > LARGE_INPUTS:
        spread = math.sqrt(max(rms * rms - mean * mean, 0))
        return f"a column of the inputs is {mean:.4g} ± {spread:.4g}; all lie between {low:.4g} and {high:.4g}."
    return None
