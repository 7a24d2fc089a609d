"""Checks of the loss: what goes into it, and where it broke."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.hooks import reachable

from ..facts import Facts
from .case import Case, Evidence, Open, few

RISKY = {"sqrt", "rsqrt", "log", "log2", "log10", "log1p", "div", "reciprocal", "pow", "vector_norm", "acos", "asin"}


def loss_broadcast(case: Case) -> Evidence:
    if not case.facts.looks:
        return Open("no backward pass was seen")
    return f"{case.facts.broadcast}." if case.facts.broadcast else None


def softmax_before_loss(case: Case) -> Evidence:
    if not case.facts.looks:
        return Open("no backward pass was seen")
    return f"{case.facts.softmax}, in {case.facts.looks} looks." if case.facts.softmax else None


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
