"""Did it learn? The loss at the end, beside that of the best answer that is the same for every input."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .answers import Answers
from .following import after

Array = np.ndarray[Any, Any]

LEAST_STEPS = 100  # before nothing is said to have been learned
LEAST_GAIN = 0.01  # of the loss of the best constant answer: less than this is no better
STANDARD_ERRORS = 2.0  # by which a loss has to lie below that of the constant answer
LAST_THIRD = 3
MOST_KEPT = 1_000_000  # numbers among the targets
SAME = 0.02  # by which the loss over that of the answers may differ from step to step,
SHARES = 4.0  # or the factor, where it may be divided by the batches that make up a step
NAMES = {"classes": "cross-entropy", "chances": "cross-entropy", "squares": "squared error", "distances": "error"}
CONSTANT = {
    "classes": "the frequency of each class",
    "chances": "the frequency of each class",
    "squares": "the mean of the targets",
    "distances": "the median of the targets",
}
ADVICE = (
    "Train on one batch of 10 samples, 500 times. If its loss does not approach 0, the model or the loss is wrong.",
    "Print a few inputs beside their targets, as the model gets them: print(x[:3], y[:3]).",
    "Try learning rates 10 and 100 times as large, and as small: nn.train.find_lr(...) does it.",
    "Take all else away: weight decay, dropout, schedule, augmentation. Put them back one at a time.",
    "Train ten times as long, then with a larger model.",
)


@dataclass(frozen=True)
class Outcome:
    """Whether anything was learned (None if that cannot be judged), in one sentence; and what to try if not."""

    sentence: str
    learned: bool | None = None
    best: float | None = None  # the loss of the best constant answer, where it can be compared

    @property
    def advice(self) -> tuple[str, ...]:
        """What to try, in order, where nothing was learned."""
        return ADVICE if self.learned is False else ()


@dataclass
class Noted:
    """The answers of one step in a few numbers."""

    step: int
    ratio: float  # the loss that was differentiated, over that of the answers
    losses: Array
    right: float | None
    given: Counter[int]


@dataclass
class Outcomes:
    """The answers of all close looks."""

    noted: list[Noted] = field(default_factory=list)
    kinds: set[str] = field(default_factory=set)
    wanted: list[Array] = field(default_factory=list)
    weights: list[Array] = field(default_factory=list)
    balances: list[Array | None] = field(default_factory=list)
    width: int = 0
    kept: int = 0
    picked: bool = False
    last: Answers | None = None
    validated: list[tuple[Array, Array | None]] = field(default_factory=list)  # losses, and which were right
    validated_at: int = -1  # the step after which

    def add(self, step: int, found: Sequence[Answers], root: float) -> None:
        """Note the answers that led to one backward pass, and the loss it started from."""
        self.kinds |= {each.kind for each in found} if len(found) == 1 else {"several"} if found else set()
        if len(found) != 1:
            return
        self.last = answers = found[0]
        self.picked |= answers.picked
        losses, labels = answers.losses(), answers.labels
        weights = np.ones(len(losses)) if answers.weights is None else answers.weights
        mean = float((losses * weights).sum() / weights.sum()) if weights.any() else math.nan
        self.width = answers.given.shape[1]
        right = None if labels is None else float((labels[0] == labels[1])[weights > 0].mean())
        given: Counter[int] = Counter() if labels is None else Counter(labels[0][weights > 0].tolist())
        ratio = root / mean if mean else math.nan if root else 1.0
        self.noted.append(Noted(step, ratio, losses[weights > 0], right, given))
        if self.kept < MOST_KEPT:
            self.wanted.append(answers.wanted)
            self.weights.append(weights)
            self.balances.append(answers.balance)
            self.kept += answers.wanted.size
        self.last.given = answers.given[:1]  # its shape is enough

    def comparable(self) -> bool:
        """Whether the losses are those of the answers, up to a factor or to a penalty that is not the larger part."""
        ratios = np.array([each.ratio for each in self.noted if math.isfinite(each.ratio)])
        if not len(ratios) or ratios.min() <= 0:
            return False
        factors = ratios / np.median(ratios)
        same = (np.abs(factors - 1) < SAME) if self.picked else (factors < SHARES) & (factors > 1 / SHARES)
        return bool(same.mean() >= 0.9 or ((ratios > 1 - SAME) & (ratios < 2)).all())

    def exact(self) -> bool:
        """Whether the losses of all steps are those of the answers."""
        return all(abs(each.ratio - 1) < 1e-3 for each in self.noted)

    def validate(self, step: int, output: Array, wanted: Array) -> None:
        """Note what the model answered to validation data whose targets are known; the last pass counts."""
        last = self.last
        if last is None or output.ndim != 2 or output.shape[1] != self.width or "float" not in output.dtype.name:
            return
        if step != self.validated_at:
            self.validated, self.validated_at = [], step
        wanted = wanted.reshape(-1) if last.kind == "classes" else wanted.reshape(len(wanted), -1)
        if last.kind == "classes" and not ((wanted >= 0) & (wanted < self.width)).all():
            return
        if len(wanted) != len(output) or (last.kind != "classes" and wanted.shape != output.shape):
            return
        every = last.balance
        balance = None if every is None else every[:1]
        if every is not None and (every != every[:1]).any():
            return
        answers = Answers(last.kind, after(last.made, output), wanted, balance=balance)
        labels = answers.labels
        self.validated.append((answers.losses(), labels and labels[0] == labels[1]))

    def classes_in(self, output: Array) -> Array:
        """The classes that outputs of the model, (N, C) or (N, 1), stand for."""
        given = after(self.last.made if self.last else (), output)
        return given.argmax(1) if given.shape[1] > 1 else (given[:, 0] > 0.5).astype(int)

    def most_frequent(self) -> tuple[int, float]:
        """The most frequent class among the targets, and its share."""
        classes, counts = np.unique(np.concatenate([each.reshape(-1) for each in self.wanted]), return_counts=True)
        return int(classes[counts.argmax()]), float(counts.max() / counts.sum())

    def at_end(self) -> list[Noted]:
        """The last third of what was noted, but nothing of the first half of the steps: looks are dense at first."""
        last = self.noted[-math.ceil(len(self.noted) / LAST_THIRD) :]
        return [each for each in last if 2 * each.step >= last[-1].step]


def judge(outcomes: Outcomes, losses: Sequence[float]) -> Outcome:
    """What was learned, from the answers in the close looks and the losses of all steps."""
    if not losses:
        return Outcome("Nothing was trained: no step with a loss was seen.")
    edge = max(1, min(len(losses) // 10, 100))
    first, last = float(np.mean(losses[:edge])), float(np.mean(losses[-edge:]))
    course = f"the loss was {first:.3g} at the start and {last:.3g} at the end"
    if not math.isfinite(last):
        return Outcome(f"Nothing was learned: {course}.", False)
    unjudged = f"Whether it learned could not be judged, because {{}}; {course}."
    if not outcomes.kinds:
        return Outcome(unjudged.format("no targets were recognised in the loss"))
    if len(outcomes.kinds) > 1 or "several" in outcomes.kinds:
        return Outcome(unjudged.format("the loss is made of several"))
    best, spread = _constant(outcomes)
    if not best > 1e-7 * spread:
        return Outcome(unjudged.format("all targets seen were the same"))
    if not outcomes.comparable():
        return Outcome(unjudged.format(f"there is more in it than the {NAMES[min(outcomes.kinds)]}"))
    return _compared(outcomes, losses[-edge:] if edge >= 5 else losses[-5:], best, len(losses))


def _compared(outcomes: Outcomes, tail: Sequence[float], best: float, steps: int) -> Outcome:
    kind, end = min(outcomes.kinds), outcomes.at_end()
    samples = np.concatenate([each.losses for each in end])
    loss, error = float(samples.mean()), float(samples.std() / math.sqrt(len(samples)))
    if outcomes.exact():
        loss, error = float(np.mean(tail)), max(error, float(np.std(tail)) / math.sqrt(len(tail)))
    learned: bool | None
    figures = f"{loss:.3g}, {{}} {best:.3g} for always answering {CONSTANT[kind]}"
    name = f"the {NAMES[kind]}"
    if best - loss > max(LEAST_GAIN * best, STANDARD_ERRORS * error):
        learned, text = True, f"It learned: {name} at the end was {figures.format('against')}"
    elif steps >= LEAST_STEPS and best - loss <= LEAST_GAIN * best:
        learned, text = False, f"Nothing was learned: {name} at the end was {figures.format('no better than the')}"
    else:
        after = f"{name} after {steps} step{'s' * (steps != 1)} was {figures.format('not clearly below the')}"
        doubt = "Too early to say" if steps < LEAST_STEPS else "Not clear"
        learned, text = None, f"{doubt} whether it learned: {after}"
    seen_only, valid = _validated(outcomes, best)
    if learned and seen_only:
        learned, text = None, text.replace("It learned:", "It learned nothing that holds for the validation data:")
    return Outcome(f"{text}{_accuracy(outcomes, end)}{valid}.", learned, best)


def _validated(outcomes: Outcomes, best: float) -> tuple[bool, str]:
    """Whether the last validation went no better than a constant answer, and what to say of it."""
    if not outcomes.validated:
        return False, ""
    losses = np.concatenate([losses for losses, _ in outcomes.validated])
    text = f"; on the validation data it was {losses.mean():.3g}"
    hits = [hits for _, hits in outcomes.validated if hits is not None]
    if not hits:
        return bool(losses.mean() >= best), text
    right, (_, share) = float(np.concatenate(hits).mean()), outcomes.most_frequent()
    return bool(losses.mean() >= best and right <= share), f"{text}, with {right:.0%} right"


def _accuracy(outcomes: Outcomes, end: Sequence[Noted]) -> str:
    """The share of right answers beside that of the most frequent class, if there are classes."""
    rights = [(each.right, len(each.losses)) for each in end if each.right is not None]
    if not rights:
        return ""
    right = sum(share * n for share, n in rights) / max(1, sum(n for _, n in rights))
    often, share = outcomes.most_frequent()
    text = f"; {right:.0%} of its last answers were right, against {share:.0%} for always answering class {often}"
    given = sum((each.given for each in end), Counter[int]())
    return text + (f"; it always answered class {min(given)}" if len(given) == 1 else "")


def _constant(outcomes: Outcomes) -> tuple[float, float]:
    """The loss of the best constant answer to all targets that were seen, and the scale of the targets."""
    last = outcomes.last
    assert last is not None
    wanted, weights = np.concatenate(outcomes.wanted), np.concatenate(outcomes.weights)
    if last.kind == "classes":
        share = np.bincount(wanted, weights, minlength=outcomes.width) / weights.sum()
        share = share[share > 0]
        return float(-(share * np.log(share)).sum()), 1.0
    every = Answers(
        last.kind, np.broadcast_to(last.given[:1], wanted.shape), wanted, balance=_together(outcomes.balances)
    )
    return float(every.losses(every.best()).mean()), float(np.square(wanted, dtype=np.float64).mean()) or 1.0


def _together(balances: Sequence[Array | None]) -> Array | None:
    """How much each number counts, in all steps; None if all count the same."""
    known = [each for each in balances if each is not None]
    return np.concatenate(known) if known and len(known) == len(balances) else None


def share_left(outcomes: Outcomes) -> float | None:
    """The loss at the end over that of the best constant answer; None where they cannot be compared."""
    if len(outcomes.kinds) != 1 or "several" in outcomes.kinds or not outcomes.noted or not outcomes.comparable():
        return None
    best, spread = _constant(outcomes)
    samples = np.concatenate([each.losses for each in outcomes.at_end()])
    return float(samples.mean()) / best if best > 1e-7 * spread else None
