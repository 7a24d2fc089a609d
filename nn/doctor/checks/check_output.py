"""Checks of the output layer: whether it can give what the targets ask for, and what the loss expects."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from statistics import fmean

from ..meetings import Meeting
from .case import Case, Evidence, Open

TOO_MANY = 0.1  # of the targets that may be outside the range, and of the samples that may have several labels
NEAR = 0.05  # what sums of probabilities may differ from 1
SQUEEZES = {"softmax", "log_softmax", "sigmoid", "log_sigmoid"}
TAKES_LOGITS = {"cross_entropy", "binary_cross_entropy_with_logits"}
SOFTMAX = {"softmax", "log_softmax"}


def softmax_of_one(case: Case) -> Evidence:
    for each in _mostly(case, lambda m: m.one and _has_softmax(m) and m.shape != ()):
        if each.loss == "cross_entropy":
            return f"cross_entropy at {each.line} is given an output {each.shape}: 1 class, and a loss of 0 for any."
        name, line = each.last[0]
        return f"{name} at {line} runs over an axis of length 1: all of its results {each.shape} stand for 1."
    return _seen(case)


def softmax_over_batch(case: Case) -> Evidence:
    for each in _mostly(case, _over_batch):
        name, line = each.last[0]
        return (
            f"the probabilities of {name} at {line} sum to {each.column:.3g} over the batch, and to {each.row:.3g} "
            f"over the classes of a sample."
        )
    return _seen(case)


def not_log_probabilities(case: Case) -> Evidence:
    for each in _mostly(case, _no_logs):
        given = f"{each.loss} at {each.line} is given numbers between {each.lowest:.3g} and {each.highest:.3g}"
        return f"{given}; exp of them sums to {each.row:.3g} for a sample, not to 1."
    return _seen(case)


def relu_before_loss(case: Case) -> Evidence:
    for each in _mostly(case, _cut_off):
        relu = next(line for name, line in each.last if name == "relu")
        goes = f"{each.last[0][0]} at {each.last[0][1]}" if each.ends in SQUEEZES else f"{each.loss} at {each.line}"
        return f"{goes} is given the result of relu at {relu}: no score is below 0."
    return _seen(case)


def targets_out_of_range(case: Case) -> Evidence:
    for group in _groups(case):
        beyond, each = fmean(m.beyond for m in group), group[0]
        logits = each.loss == "binary_cross_entropy_with_logits"
        if beyond > TOO_MANY and (each.of_output or logits):
            low, high = min(m.lowest_target for m in group), max(m.highest_target for m in group)
            name, line = (each.loss, each.line) if logits else each.last[0]
            gives = "at 0 or above" if name == "relu" else "between -1 and 1" if name == "tanh" else "between 0 and 1"
            return (
                f"the targets lie between {low:.4g} and {high:.4g}, {beyond:.0%} of them far outside of what {name} at "
                f"{line} reaches: {gives}."
            )
    return _seen(case)


def several_labels(case: Case) -> Evidence:
    for group in _groups(case):
        share, each = fmean(m.several for m in group), group[0]
        own = each.loss == "cross_entropy"
        if share > TOO_MANY and each.of_output and _is_one(each.row) and (own or each.ends in SOFTMAX):
            name, line = (each.loss, each.line) if own else each.last[0]
            return (
                f"{share:.0%} of the samples have several labels (targets {each.shape}), and the probabilities of "
                f"{name} at {line} sum to 1."
            )
    return _seen(case)


def _has_softmax(m: Meeting) -> bool:
    return m.loss == "cross_entropy" or m.ends in SOFTMAX


def _is_one(total: float) -> bool:
    return abs(total - 1) < NEAR


def _over_batch(m: Meeting) -> bool:
    """Whether probabilities sum to 1 over the batch only, and the targets of a sample do so over the classes."""
    by_class = m.loss in ("nll_loss", "cross_entropy") or (_is_one(m.target_row) and not _is_one(m.target_column))
    whole = m.ends in SOFTMAX and len(m.shape) > 1 and m.shape[0] > 1
    return whole and by_class and _is_one(m.column) and abs(m.row - 1) > NEAR


def _no_logs(m: Meeting) -> bool:
    by_class = m.loss == "nll_loss" or (m.loss == "kl_div" and _is_one(m.target_row))
    return by_class and abs(m.row - 1) > NEAR and not _over_batch(m)


def _cut_off(m: Meeting) -> bool:
    names = [name for name, _ in m.last]
    return (m.loss in TAKES_LOGITS and m.ends == "relu") or (m.ends in SQUEEZES and names[1:2] == ["relu"])


def _groups(case: Case) -> Iterator[list[Meeting]]:
    """The meetings of all looks, those of one line together."""
    groups: dict[str, list[Meeting]] = {}
    for each in case.facts.meetings:
        groups.setdefault(each.line, []).append(each)
    yield from groups.values()


def _mostly(case: Case, wrong: Callable[[Meeting], bool]) -> Iterator[Meeting]:
    """The first wrong meeting at each line at which most are."""
    for group in _groups(case):
        found = [each for each in group if wrong(each)]
        if 2 * len(found) > len(group):
            yield found[0]


def _seen(case: Case) -> Evidence:
    return None if case.facts.meetings else Open("no targets were seen to meet the output")
