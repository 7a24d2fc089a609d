"""The loss: what goes into it, and how it moves."""

from __future__ import annotations

from statistics import median
from typing import Any

import numpy as np

from autograd.core.engine import reachable

from ..facts import Facts
from .case import FEW_LOOKS, Case, Evidence, Open, few

TINY_STEP = 1e-6  # of the weights; usual steps are about 1e-3
DIVERGED = 5.0  # times the loss at the start, at the end,
PEAK = 20.0  # or at any time, if there was
HUGE_STEP = 10.0  # of the weights: what was learned, or drawn, is forgotten
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
        return Open("it takes 10 steps")
    first, last = median(losses[:3]), median(losses[-max(5, len(losses) // 10) :])
    if last - first > (DIVERGED - 1) * abs(first) and facts.ratios and median(facts.ratios) > 0.01:
        return f"the loss went from {first:.4g} to {last:.4g}, at a learning rate of {rates}."
    if max(facts.ratios, default=0) > HUGE_STEP and max(losses) > PEAK * abs(losses[0]):
        return (
            f"a step was {max(facts.ratios):.3g} times as long as all weights together, and the loss went from "
            f"{losses[0]:.4g} up to {max(losses):.4g}, at a learning rate of {rates}."
        )
    return None


def lr_too_low(case: Case) -> Evidence:
    facts, losses = case.facts, case.facts.losses
    if facts.steps < 20 or len(facts.ratios) < FEW_LOOKS:
        return Open("it takes 20 steps")
    rates = ", ".join(f"{rate:g}" for rate in sorted(set(facts.first_rates)))
    first, last = median(losses[:5]), median(losses[-5:])
    if 0 <= max(facts.ratios) < TINY_STEP and max(facts.gradients) > 1e-3 and last > first - 0.02 * abs(first):
        return (
            f"a step changed the weights by {max(facts.ratios):.0e} of their size at most, at a learning rate of "
            f"{rates}; the loss went from {first:.4g} to {last:.4g}."
        )
    return None


def first_broken(root: Any, facts: Facts) -> str:
    """The first op below `root` whose saved values are not finite, and its line, if the last look had the same ops."""
    nodes = [node for node in reversed(reachable([root])) if node.plan is not None]
    same = [node.plan.op.name for node in nodes] == [name for name, _ in facts.sequence]
    for i, node in enumerate(nodes):
        saved = [np.asarray(value) for value in node.saved or () if isinstance(value, np.ndarray | np.generic)]
        if any(value.dtype.kind == "f" and not np.isfinite(value).all() for value in saved):
            return f"the first op to see NaN or inf is {node.plan.op.name}" + (
                f" at {facts.sequence[i][1]}" if same else ""
            )
    return suspect(facts)


def suspect(facts: Facts) -> str:
    """Ops that can have an infinite slope, with their lines, from the last look."""
    risky = [f"{name} at {line}" for name, line in facts.sequence if name in RISKY]
    return f"{few(risky)} can have an infinite value or slope" if risky else "the weights had grown too large"
