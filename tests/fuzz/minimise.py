"""The shortest program that still shows a difference."""

from __future__ import annotations

from .programs import Difference, Step, Twins


def first_difference(steps: list[Step]) -> tuple[int, Difference] | None:
    """Where a program first differs, and how."""
    twins = Twins()
    for i, step in enumerate(steps):
        if found := twins.run(step):
            return i, found
    return None


def minimise(steps: list[Step], wanted: Difference) -> list[Step]:
    """Drop steps, first many at a time and then each, while the last one still differs in the same way."""

    def shows(shorter: list[Step]) -> bool:
        found = first_difference(shorter)
        return found is not None and found[0] == len(shorter) - 1 and found[1][:2] == wanted[:2]

    size = len(steps) // 2
    while size:
        i = len(steps) - 1
        while i > 0:
            shorter = steps[: max(i - size, 0)] + steps[i:]
            if shows(shorter):
                steps = shorter
            i = min(i - size, len(steps) - 1)
        size //= 2
    loud = [step._replace(quiet=False) for step in steps]
    return loud if any(step.quiet for step in steps) and shows(loud) else steps
