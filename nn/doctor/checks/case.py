"""What a check is given, and what it can answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

import numpy as np

from ...module import Module
from ..facts import Facts

FEW_LOOKS = 3  # the least number before anything is said to "never" happen


class Open(str):
    """Why something could not be checked."""


class Mended(str):
    """Evidence with a fix of its own: the line of this program, with its numbers."""

    fix: str

    def __new__(cls, evidence: str, fix: str) -> Mended:
        text = super().__new__(cls, evidence)
        text.fix = fix
        return text


Evidence = str | None
T = TypeVar("T")


class Case:
    """Everything a check is given: the facts, the model, its optimizer, and its layers that depend on the mode."""

    def __init__(self, facts: Facts, model: Module, optimizer: Any, modes: Sequence[Module]) -> None:
        self.failed = facts.outcome is not None and facts.outcome.learned is False  # whether nothing was learned
        self.facts, self.model, self.optimizer, self.modes = facts, model, optimizer, modes
        self.parameters = {name: p for name, p in model.named_parameters() if p.requires_grad}
        self.optimized = {id(p): group for group in getattr(optimizer, "param_groups", ()) for p in group["params"]}
        self.moved = {
            name
            for name, p in self.parameters.items()
            if name in facts.before and not np.array_equal(facts.before[name], p.numpy(force=True), equal_nan=True)
        }


def last_third(looks: Sequence[T]) -> Sequence[T]:
    """The last third of what was seen, and 3 looks at least."""
    return looks[-max(FEW_LOOKS, len(looks) // 3) :]


def few(names: Sequence[str]) -> str:
    """The first few names."""
    return ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")
