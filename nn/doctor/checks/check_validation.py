"""Checks of validation: whether it asks the model what it was taught."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np

from ..program_frames import spoken_of
from ..validation import Scale
from .case import Case, Evidence, Open

Array = np.ndarray[Any, Any]

LEAST_ROWS = 16  # before a scale is known
FEW_COLUMNS = 3  # or fewer: plots reach beyond the data there, and extrapolation is tried,
FAR = 10.0  # so that spreads may differ by this factor, and means by as many spreads
COLUMN = 5.0  # likewise in a table: a trend, or another year, shifts a column by 2 or 3 spreads
PICTURES = 3.0  # the spread of all numbers: 3.2 for digits that are standardised or not, at most 2 in another domain
MANY_COLUMNS = 16  # as of pictures
MOSTLY = 0.5  # of the columns of a table have to differ
STANDARD_MEAN, STANDARD_SPREAD = 0.3, 1.5  # of columns: they were standardised, so that a factor of 2 is enough,
NEARLY_ALL = 0.8  # as a few pixels are hardly ever on
STANDARD = 2.0
ALIKE = 0.25  # if shifts and factors differ by no more among the columns they are one series, whose level may change
LIMITS = {(0.0, 1.0), (-1.0, 1.0), (0.0, 255.0)}  # of pixels
OUTSIDE = 0.1  # of a usual range, in pixels between 0 and 1,
STRETCHED, SHIFTED = 1.5, 0.25  # and the spread and mean are others: noise that is added in training leaves the mean
LEAST_ANSWERS = 40
BETTER = 0.3  # so much more has to be right with other numbers,
MOST_RIGHT = 0.6  # and so much in all, and among those answered with each of the classes;
OF_TWO = 0.8  # of two classes so much: they may also be mistaken for each other
LEAST_SHARE = 0.05  # of the answers: a class that is given


def validation_scale(case: Case) -> Evidence:
    seen = case.facts.validation
    if seen.trained is None:
        return Open("no floating-point training inputs were seen")
    width = len(seen.trained.sums)
    scales = {line: s for line, s in seen.scales.items() if s.rows >= LEAST_ROWS and len(s.sums) == width}
    if not seen.scales:
        return Open("no validation data were seen")
    if not scales:
        return Open(f"no {LEAST_ROWS} inputs of calls under no_grad were seen that are not training samples")
    for line, scale in scales.items():
        if told := _on_other_scale(seen.trained, scale):
            return f"{told}, at {line}."
    return None


def _on_other_scale(train: Scale, valid: Scale) -> str | None:
    varies = (train.spread > 0) & (valid.spread > 0) & ~_yes_or_no(train, valid)
    count = int(varies.sum())
    if not count:
        return None
    one = len(train.sums) == 1 and train.numbers > train.rows  # pictures and sequences
    if one or len(train.sums) >= MANY_COLUMNS:
        a, b = train.as_one(), valid.as_one()
        if _other_limits(a, b):
            return f"the inputs lie {_limits(a)} in training, and {_limits(b)} in validation"
        if _apart(a, b, PICTURES, COLUMN)[0]:
            return f"the inputs are {_numbers(a, 0)} in training, and {_numbers(b, 0)} in validation"
    bound = FAR if len(train.sums) <= FEW_COLUMNS else COLUMN
    apart = _apart(train, valid, bound, bound)
    if (_standard(train, varies) or _standard(valid, varies)) and not _shifted_alike(train, valid, varies):
        apart |= _apart(train, valid, STANDARD, STANDARD)
    apart &= varies
    if one or apart.sum() <= MOSTLY * count:
        return None
    worst = int(np.argmax(np.where(apart, np.abs(np.log(valid.spread + 1e-30) - np.log(train.spread + 1e-30)), -1)))
    return (
        f"{int(apart.sum())} of {count} columns of the inputs are on another scale; column {worst} is "
        f"{_numbers(train, worst)} in training, and {_numbers(valid, worst)} in validation"
    )


def _numbers(scale: Scale, column: int) -> str:
    return f"{scale.mean[column]:.3g} ± {scale.spread[column]:.3g}"


def _apart(a: Scale, b: Scale, factor: float, spreads: float) -> Array:
    """For each column, whether the spreads differ by the factor, or the means by so many spreads."""
    larger, smaller = np.maximum(a.spread, b.spread), np.minimum(a.spread, b.spread)
    return np.asarray((larger > factor * smaller) | (np.abs(a.mean - b.mean) > spreads * larger))


def _yes_or_no(a: Scale, b: Scale) -> Array:
    """The columns that hold 0 and 1 in training and validation."""
    return np.asarray((a.low == 0) & (a.high == 1) & (b.low == 0) & (b.high == 1) & (len(a.sums) < MANY_COLUMNS))


def _standard(scale: Scale, varies: Array) -> bool:
    means, spreads = np.abs(scale.mean[varies]), scale.spread[varies]
    return bool(
        len(means) > FEW_COLUMNS
        and (means < STANDARD_MEAN).mean() > NEARLY_ALL
        and ((spreads < STANDARD_SPREAD) & (spreads > 1 / STANDARD_SPREAD)).mean() > NEARLY_ALL
    )


def _shifted_alike(a: Scale, b: Scale, varies: Array) -> bool:
    """Whether all columns are shifted by the same, and stretched by the same."""
    shifts, factors = (b.mean - a.mean)[varies], np.log(b.spread[varies] / a.spread[varies])
    return bool(shifts.std() < ALIKE * abs(shifts.mean()) and factors.std() < ALIKE)


def _other_limits(a: Scale, b: Scale) -> bool:
    """Whether one is made of pixels in their usual range, and the other of pixels in another, or standardised."""
    usual = [scale for scale in (a, b) if (float(scale.low[0]), float(scale.high[0])) in LIMITS]
    if len(usual) == 2:
        return bool(a.low != b.low or a.high != b.high)
    if not usual:
        return False
    other = b if usual[0] is a else a
    beyond = other.low[0] < usual[0].low[0] - OUTSIDE or other.high[0] > usual[0].high[0] + OUTSIDE
    return bool(beyond and _apart(a, b, STRETCHED, np.inf)[0] and _apart(a, b, np.inf, SHIFTED)[0])


def _limits(scale: Scale) -> str:
    return f"between {float(scale.low[0]):.3g} and {float(scale.high[0]):.3g}"


def class_order(case: Case) -> Evidence:
    if told := _other_lists(case.facts.validation.classes):
        return told
    answers = case.facts.validation.answers
    total = sum(answers.values())
    if total < LEAST_ANSWERS:
        return Open("no targets of validation were seen" if not total else f"{total} validation samples are too few")
    order = _renumbered(answers)
    right = sum(n for (given, wanted), n in answers.items() if given == wanted) / total
    better = sum(n for (given, wanted), n in answers.items() if order.get(given) == wanted) / total
    shares = Counter[int]()
    for (given, _), n in answers.items():
        shares[given] += n
    given_often = [each for each, n in shares.items() if n >= LEAST_SHARE * total]
    clear = all(answers[each, order[each]] >= MOST_RIGHT * shares[each] for each in given_often if each in order)
    least = OF_TWO if len({wanted for _, wanted in answers}) < 3 else MOST_RIGHT
    if len(given_often) < 2 or not clear or better < max(least, right + BETTER):
        return None
    moved = ", ".join(f"{each} as {order[each]}" for each in sorted(order) if each != order[each])
    return (
        f"of {total} validation samples {right:.0%} are right as the targets stand, and {better:.0%} if the classes "
        f"are numbered anew: {moved}."
    )


def _other_lists(classes: dict[str, tuple[str, ...]]) -> str | None:
    """Whether a data set for training and one for validation number the same classes differently."""
    for train in classes:
        for valid in classes:
            if (spoken_of(train), spoken_of(valid)) != ("training", "validation"):
                continue
            first, second = classes[train], classes[valid]
            moved = [each for each in first if each in second and first.index(each) != second.index(each)]
            if len(moved) > 1:
                each = moved[0]
                return (
                    f"{len(moved)} classes have other numbers: {each} is {first.index(each)} in {train}, and "
                    f"{second.index(each)} in {valid}."
                )
    return None


def _renumbered(answers: Counter[tuple[int, int]]) -> dict[int, int]:
    """For each class that is given, the one that is wanted most often then; each wanted class once."""
    order: dict[int, int] = {}
    for (given, wanted), _ in answers.most_common():
        if given not in order and wanted not in order.values():
            order[given] = wanted
    return order
