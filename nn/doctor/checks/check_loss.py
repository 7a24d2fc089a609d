"""Checks of the loss: what goes into it, and how it develops."""

from __future__ import annotations

from statistics import median
from typing import Any

import numpy as np

from autograd.hooks import reachable

from ..facts import Facts
from .case import FEW_LOOKS, Case, Evidence, Open, few

TINY_STEP = 1e-6  # relative to the weights; usual steps are about 1e-3
DIVERGED = 5.0  # the loss at the end over that at the start,
PEAK = 20.0  # or the largest loss over the first, if there was also
HUGE_STEP = 10.0  # relative to the weights: what was learned is lost
RISKY = {"sqrt", "rsqrt", "log", "log2", "log10", "log1p", "div", "reciprocal", "pow", "vector_norm", "acos", "asin"}


def loss_broadcast(case: Case) -> Evidence:
    if not case.facts.looks:
        return Open("no backward pass was seen")
    return f"{case.facts.broadcast}." if case.facts.broadcast else None


def softmax_before_loss(case: Case) -> Evidence:
    if not case.facts.looks:
        return Open("no backward pass was seen")
    return f"{case.facts.softmax}, in {case.facts.looks} looks." if case.facts.softmax else None


def lr_too_high(case: Case) -> Evidence:
    facts, losses = case.facts, case.facts.losses
    rates = ", ".join(f"{rate:g}" for rate in sorted(set(facts.first_rates))) or "unknown"
    if facts.broken:
        return f"{facts.broken}. The learning rate is {rates}."
    if len(losses) < 10:
        return Open("this takes 10 steps")
    first, last = median(losses[:3]), median(losses[-max(5, len(losses) // 10) :])
    if last - first > (DIVERGED - 1) * abs(first) and facts.ratios and median(facts.ratios) > 0.01:
        return f"the loss rose from {first:.4g} to {last:.4g}, at a learning rate of {rates}."
    if max(facts.ratios, default=0) > HUGE_STEP and max(losses) > PEAK * abs(losses[0]):
        return (
            f"the norm of a step was {max(facts.ratios):.3g} times that of all weights, and the loss rose from "
            f"{losses[0]:.4g} to {max(losses):.4g}, at a learning rate of {rates}."
        )
    return None


def lr_too_low(case: Case) -> Evidence:
    facts, losses = case.facts, case.facts.losses
    if facts.steps < 20 or len(facts.ratios) < FEW_LOOKS:
        return Open("this takes 20 steps")
    rates = ", ".join(f"{rate:g}" for rate in sorted(set(facts.first_rates)))
    first, last = median(losses[:5]), median(losses[-5:])
    if 0 <= max(facts.ratios) < TINY_STEP and max(facts.gradients) > 1e-3 and last > first - 0.02 * abs(first):
        return (
            f"a step changed the weights by at most {max(facts.ratios):.0e} of their size, at a learning rate of "
            f"{rates}; the loss went from {first:.4g} to {last:.4g}."
        )
    return None


def first_broken(root: Any, facts: Facts) -> str:
    """The first op that led to `root` and has NaN or infinity among its saved values.

    Its line is added if the last close look saw the same ops.
    """
    nodes = [node for node in reversed(reachable([root])) if node.op is not None]
    names = [node.op.name for node in nodes]
    same = names == [name for name, _ in facts.sequence]
    for i, node in enumerate(nodes):
        saved = [value for value in node.saved_values.values() if isinstance(value, np.ndarray | np.generic)]
        if any("float" in value.dtype.name and not np.isfinite(value).all() for value in saved):
            place = f" at {facts.sequence[i][1]}" if same else ""
            return f"the first op to see NaN or infinity is {names[i]}{place}"
    return suspect(facts)


def suspect(facts: Facts) -> str:
    """The ops in the last close look that can have an infinite slope, with their lines."""
    risky = [f"{name} at {line}" for name, line in facts.sequence if name in RISKY]
    return f"{few(risky)} can have an infinite value or slope" if risky else "the weights had grown too large"
