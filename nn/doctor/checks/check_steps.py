"""Checks of the steps of the optimizer: where they lead, and what is done around them."""

from __future__ import annotations

from statistics import median

from ..agreement import MEANT
from ..sign_of_loss import NEGATIVE_ONLY, POSITIVE_ONLY, UNBOUNDED
from ..step_facts import options_of
from ..what_was_learned import share_left
from .case import FEW_LOOKS, Case, Evidence, Open, few, last_third

NEARLY_ALL = 0.9  # of the looks: a batch at the edge may differ
LEAST_LOST = 3  # optimizers that were replaced, each too early: two phases of training are none
DISAGREE = -0.2  # a correlation below which outputs are low where targets are high, and not by chance
SHRUNK = 0.5  # the norm of all weights at the end over that at the start,
NEARLY_NOTHING = 0.1  # where so little is left, the gradient is only that of the batch's noise
STILL_AT_START = 0.9  # of the loss at the start: what weight decay leaves where it does not let anything be learned
MUCH_LEFT = 0.6  # or of that of the best constant answer: a few more directions are learned than none
AS_LARGE = 0.5  # the decay over the gradient: where they balance, they are equal


def wrong_sign(case: Case) -> Evidence:
    seen = case.facts.stepping.seen
    if disagreement := _disagrees(case):
        return disagreement
    if len(seen) < FEW_LOOKS:
        return Open("3 looks at a loss that depends on the parameters of this optimizer only were not seen")
    course = f"in {len(seen)} looks it went from {seen[0].value:.4g} to {seen[-1].value:.4g}"
    if all(each.range == UNBOUNDED for each in seen) and seen[-1].value < min(0.0, seen[0].value):
        return f"the loss is the difference of output and target itself and has no lowest value: {course}."
    maximized = any(group.get("maximize") for group in getattr(case.optimizer, "param_groups", ()))
    wrong = [each.range == (POSITIVE_ONLY if maximized else NEGATIVE_ONLY) for each in seen]
    rewarded = len({each.factors for each in seen}) > 1
    if rewarded or sum(wrong) < NEARLY_ALL * len(seen):
        return None
    if maximized:
        return f"the optimizer has maximize=True, and the loss is one of errors, which are never below 0: {course}."
    return f"the loss is one of errors with a minus sign, and so never above 0: {course}."


def _disagrees(case: Case) -> str | None:
    """Whether a loss that grows with the agreement of probabilities and targets, and nothing else, has brought it down.

    It says nothing of an adversary or a loss of distances: what is minimised there is no product of the output with
    targets, or another part of the loss pulls the other way.
    """
    facts, seen = case.facts, case.facts.agreements
    if len(seen) < FEW_LOOKS or MEANT in seen or facts.meetings or len(facts.losses) < FEW_LOOKS:
        return None
    start, end = median(facts.losses[:FEW_LOOKS]), median(facts.losses[-max(5, len(facts.losses) // 10) :])
    correlated = median(last_third(seen))
    if correlated > DISAGREE or not end < start:
        return None
    return (
        f"the loss grows with the product of output and target, as a score does that is to be large: it fell from "
        f"{start:.4g} to {end:.4g}, and outputs are low where targets are high (a correlation of {correlated:.2f})."
    )


def zero_gradients(case: Case) -> Evidence:
    facts = case.facts
    if len(facts.gradients) < FEW_LOOKS:
        return Open("this takes 3 looks at a step")
    if any(facts.gradients) or facts.with_gradient or not facts.reached or facts.loss == 0:
        return None
    flat = f"; the loss goes through {few(list(facts.stepping.flat))}" if facts.stepping.flat else ""
    return f"all gradients were exactly 0 in {len(facts.gradients)} of {len(facts.gradients)} looks{flat}."


def clip_after_step(case: Case) -> Evidence:
    stepping, steps = case.facts.stepping, case.facts.steps
    if stepping.clipped_after >= FEW_LOOKS and not stepping.clipped_before and 2 * stepping.clipped_after >= steps - 1:
        return (
            f"gradients were clipped after {stepping.clipped_after} of {steps} steps, and between backward and step in "
            "none."
        )
    return None


def weight_decay_too_high(case: Case) -> Evidence:
    """The weights have shrunk, the decay is as large as the gradient, and nothing was learned."""
    facts, decay = case.facts, options_of(case.optimizer, "weight_decay")
    sizes = facts.stepping.sizes
    if not decay or len(sizes) < FEW_LOOKS or not sizes[0]:
        return None
    start, end = median(facts.losses[:FEW_LOOKS]), median(facts.losses[-max(5, len(facts.losses) // 10) :])
    shrunk, gradient = sizes[-1] / sizes[0], median(last_third(facts.gradients))
    crushed = (shrunk < SHRUNK and decay > AS_LARGE * gradient) or shrunk < NEARLY_NOTHING
    left = share_left(facts.outcomes)
    if crushed and (case.failed or end > STILL_AT_START * start or (left is not None and left > MUCH_LEFT)):
        return (
            f"with weight_decay={decay:g} the norm of all weights fell from {sizes[0]:.3g} to {sizes[-1]:.3g}; the "
            f"decay is {decay:.3g} times the weights, the gradient {gradient:.2g} times, and the loss went from "
            f"{start:.4g} to {end:.4g}."
        )
    return None


def optimizer_remade(case: Case) -> Evidence:
    stepping = case.facts.stepping
    if stepping.lost < LEAST_LOST:
        return None
    lives = [b - a for a, b in zip(stepping.begun, stepping.begun[1:], strict=False)]
    return (
        f"{len(stepping.begun)} optimizers ({type(case.optimizer).__name__}) were made for the same parameters, each "
        f"for {median(lives):g} steps; what {stepping.lost} of them had gathered was lost."
    )
