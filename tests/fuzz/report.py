"""What a run found, in words: how often each kind of difference occurs, and one short program for each."""

from __future__ import annotations

import warnings
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

import torch

from . import differences
from .known import KNOWN, Known, explain
from .minimise import first_difference, minimise
from .programs import Step, Twins, listing
from .run import Kind, Report

GROUPS = {"silent": "one library's result differs", "refused": "ours raises", "accepted": "torch raises",
          "error": "both raise, other exceptions"}  # fmt: skip


def new_kinds(report: Report) -> list[Kind]:
    """The kinds of difference that no line of known.py explains."""
    return [kind for kind, (_, found) in report.first.items() if explain(found) is None]


def text(report: Report) -> str:
    """Everything, the new kinds first."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return "\n".join(_lines(report))


def _lines(report: Report) -> Iterator[str]:
    per = 100_000 / report.calls
    yield f"{report.calls:,} calls, {report.calls / report.seconds:,.0f} a second; differences per 100,000 calls:\n"
    groups: dict[str, list[Kind]] = defaultdict(list)
    for kind, _ in report.counts.most_common():
        groups["silent" if report.first[kind][1].silent else kind[1].split(":")[0]].append(kind)
    for group, about in GROUPS.items():
        yield f"{sum(report.counts[kind] for kind in groups[group]) * per:8,.0f}  {group}: {about}"
    yield f"{report.unrepeatable * per:8,.0f}  do not show when the program runs again"
    yield from _known(report, per)
    new = new_kinds(report)
    yield f"\n{len(new)} new kinds"
    kinds = new + [kind for group in GROUPS for kind in groups[group] if kind not in new]
    for kind in kinds:
        yield f"{report.counts[kind] * per:8,.0f}  {kind[0]:50}  {kind[1]}"
    for kind in kinds:
        yield f"\n# {report.counts[kind] * per:,.0f} per 100,000: {kind[0]}, {kind[1]}"
        yield program(report, kind)


def _known(report: Report, per: float) -> Iterator[str]:
    counts: Counter[Known] = Counter()
    for kind, (_, found) in report.first.items():
        if line := explain(found):
            counts[line] += report.counts[kind]
    yield "\nknown"
    for line in KNOWN:
        yield f"{counts[line] * per:8,.0f}  {line.reason}" + ("" if line in counts else "  (does not occur)")


def program(report: Report, kind: Kind) -> str:
    """The shortest program of a kind, and what each library makes of it."""
    steps, found = report.first[kind]
    steps = minimise(steps, found)
    if again := first_difference(steps):
        found = again[1]
    results = [_shown(f"# {name}: ", it) for name, it in (("ours", found.ours), ("torch", found.theirs))]
    return "\n".join([listing(steps), *results, *_variables(steps)])


def _variables(steps: list[Step]) -> Iterator[str]:
    """The variables that differ after the program."""
    twins = Twins()
    for step in steps:
        twins.run(step)
    for name, (ours, theirs) in twins.pairs().items():
        if differences.difference(ours, theirs, []):
            yield _shown(f"# then {name} is ours: ", ours)
            yield _shown(f"# then {name} is torch's: ", theirs)
        elif isinstance(theirs, torch.Tensor) and differences.gradients(ours, theirs, []):
            yield _shown(f"# then {name}.grad is ours: ", ours.grad)
            yield _shown(f"# then {name}.grad is torch's: ", theirs.grad)


def _shown(title: str, result: Any) -> str:
    if isinstance(result, Exception):
        said = f"{type(result).__name__}: {result}"
    else:
        said = "beyond looking" if differences.beyond_looking(result) else repr(result)
    return (title + said)[:500].replace("\n", "\n# ")
