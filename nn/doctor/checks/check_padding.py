"""Checks of sequences that were padded to one length: what the loss counts, and which step of a network is read."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean

from ..padded import Counted, Ended
from ..what_was_learned import share_left
from .case import FEW_LOOKS, Case, Evidence

NEARLY_ALL = 0.9  # of the looks at targets beside tokens: a batch may by chance have little padding
HALF = 0.5  # of all looks: the others may be at parts of a step without this layer, or at batches without padding
SURVIVED = 0.1  # of the loss of a constant answer: where no more is left, the state comes through the padding


def padding_counted(case: Case) -> Evidence:
    seen = case.facts.counted
    counting = [each for each in seen if each.counts]
    if len(counting) < FEW_LOOKS or len(counting) < NEARLY_ALL * len(seen):
        return None
    line, value = counting[-1].line, counting[-1].value
    return (
        f"{_share(counting)} of the targets at {line} are {value:.0f} where the inputs end in padding, and the loss "
        f"counts them: the rows end at different lengths, and nothing is ignored, in {len(counting)} looks."
    )


def last_step_is_padding(case: Case) -> Evidence:
    facts, left = case.facts, share_left(case.facts.outcomes)
    if facts.handed_over or len(facts.ended) < max(FEW_LOOKS, HALF * facts.looks):
        return None
    if left is not None and left < SURVIVED:
        return None
    line, steps, typical, _ = facts.ended[-1]
    return (
        f"of the recurrent layer at {line} only step {steps} is used, and half of the sequences end by step {typical}: "
        f"{_share(facts.ended)} of what it reads is padding, in {len(facts.ended)} looks."
    )


def _share(seen: Sequence[Counted] | Sequence[Ended]) -> str:
    return f"{fmean(each.share for each in seen):.0%}"
