"""Checks of the layers: the activations and gradients that reach them."""

from __future__ import annotations

import math
from statistics import median

import numpy as np

from .case import FEW_LOOKS, Case, Evidence, Open, few

GROWTH = 100.0  # of the gradient from the last layer to the first; about 1 with usual initial weights
LOSS = 1e-5  # likewise; six layers with default weights keep more than 1e-3
MOST_UNITS = 0.7  # of a layer that may be dead; with two inputs, half of a small layer can be dead from the start
MOST_AT_LIMITS = 0.5  # of the outputs that may be near a limit at the start
LARGE_INPUTS = 20.0  # the root mean square of a column: about 6 in iris, 100 for pixels up to 255


def dead_relu(case: Case) -> Evidence:
    if case.facts.looks < FEW_LOOKS:
        return Open("this takes 3 looks")
    dead = []
    for name, looks in case.facts.units.items():
        if len({alive.shape for alive in looks}) == 1 and len(looks) >= FEW_LOOKS:
            alive = np.any(looks, axis=0)
            if (~alive).sum() > MOST_UNITS * alive.size:
                dead.append(f"{name}: {(~alive).sum()} of {alive.size} units")
    return f"0 for every sample in {case.facts.looks} looks: {few(dead)}." if dead else None


def saturated(case: Case) -> Evidence:
    if not case.facts.looks:
        return Open("no backward pass was seen")
    full = [
        f"{name}: {min(shares[:FEW_LOOKS]):.0%} of its outputs"
        for name, shares in case.facts.limits.items()
        if min(shares[:FEW_LOOKS]) > MOST_AT_LIMITS
    ]
    return f"within 1 % of a limit from the start: {few(full)}." if full else None


def exploding_gradients(case: Case) -> Evidence:
    for growth, name, last in _growths(case):
        if growth > GROWTH:
            return f"the gradient that arrives at {name} is {growth:.1e} times that at {last}."
    return None if case.facts.arriving else Open("no layers with weights were seen")


def vanishing_gradients(case: Case) -> Evidence:
    for growth, name, last in _growths(case):
        if growth < LOSS:
            return f"the gradient that arrives at {name} is {growth:.1e} times that at {last}."
    return None if case.facts.arriving else Open("no layers with weights were seen")


def _growths(case: Case) -> list[tuple[float, str, str]]:
    """For each layer, the gradient there over that at the last layer: the median of the first looks."""
    looks = [look for look in case.facts.arriving[:FEW_LOOKS] if all(map(math.isfinite, look.values()))]
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
