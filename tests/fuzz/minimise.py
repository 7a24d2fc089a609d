"""The shortest program that still shows a difference."""

from __future__ import annotations

from .programs import Difference, Step, Twins


def first_difference(steps: list[Step]) -> tuple[int, Difference] | None:
    """Where a program first differs, and how: all variables are compared after every step. None if it stops before."""
    twins = Twins()
    for i, step in enumerate(steps):
        if found := twins.run(step, thorough=True):
            return i, found
        if twins.raised:
            break
    return None


def minimise(steps: list[Step], wanted: Difference) -> list[Step]:
    """Drop steps, first many at a time and then each, while the last one still differs in the same way."""

    def shows(shorter: list[Step]) -> bool:
        found = first_difference(shorter)
        return found is not None and found[0] == len(shorter) - 1 and found[1][:2] == wanted[:2]

    size = len(steps) // 2
    while size:
        end = len(steps) - 1
        while end > 0:
            shorter = steps[: max(end - size, 0)] + steps[end:]
            if shows(shorter):
                steps = shorter
            end = min(end - size, len(steps) - 1)
        size //= 2
    loud = [step._replace(quiet=False) for step in steps]
    return loud if loud != steps and shows(loud) else steps
