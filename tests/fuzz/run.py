"""Random programs, until so many calls were compared: the differences by kind, and one short program for each."""

from __future__ import annotations

import time
import warnings
from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import Any

import torch

from .minimise import first_difference, minimise
from .operands import Misfit, Operands
from .operations import FAMILIES, OPERATIONS, WEIGHTS
from .programs import NAMES, Difference, Step, Twins, listing


@dataclass
class Report:
    """What was found: how often each kind of difference occurred, and the first program that showed it."""

    calls: int = 0
    seconds: float = 0.0
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    first: dict[tuple[str, str], tuple[list[Step], Difference]] = field(default_factory=dict)

    def add(self, steps: list[Step], found: Difference) -> None:
        kind = found[:2]
        self.counts[kind] += 1
        if kind not in self.first or len(steps) < len(self.first[kind][0]):
            self.first[kind] = list(steps), found


def draw_step(r: Random, twins: Twins, quiet: bool) -> Step:
    """A step that suits the variables that are there."""
    families = list(FAMILIES)
    while True:
        operation = r.choice(OPERATIONS[r.choices(families, WEIGHTS)[0]])
        operands = Operands(r, twins.theirs)
        try:
            drawn = {name: operands.draw(name) for name in operation.operands}
        except Misfit:
            continue
        target = drawn["x"].name if operation.rebinds else r.choice(NAMES)
        return Step(operation.text, drawn, target, quiet)


def run_program(r: Random, report: Report) -> None:
    """One program of 50 to 200 calls. A step that makes a difference is reported, and then taken out of the program."""
    twins, steps, quiet = Twins(), [], 0
    for _ in range(r.randint(50, 200)):
        quiet = quiet - 1 if quiet else r.choice([0] * 30 + [3, 6])
        step = draw_step(r, twins, quiet > 0)
        found = twins.run(step)
        report.calls += 1
        if found:
            report.add([*steps, step], found)
            if changed(step):
                twins = Twins()
                for each in steps:
                    twins.run(each)
        else:
            steps.append(step)
    if found := twins.bystanders():
        report.add(steps, Difference("the end of a program", found, None, None))


def changed(step: Step) -> bool:
    from .operations import BY_TEXT

    return BY_TEXT[step.operation].writes


def fuzz(calls: int, seed: int = 0) -> Report:
    """Run programs until `calls` calls were compared. The same seed gives the same programs."""
    report, number = Report(), 0
    started = time.perf_counter()
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        while report.calls < calls:
            run_program(Random(f"{seed} {number}"), report)
            number += 1
    torch.set_num_threads(threads)
    report.seconds = time.perf_counter() - started
    return report


def lines_of(report: Report) -> Any:
    share = 100_000 / report.calls
    yield f"{report.calls:,} calls, {report.calls / report.seconds:,.0f} a second"
    groups = {"silent": [], "refused": [], "accepted": [], "error": []}
    for kind, n in report.counts.most_common():
        steps, found = report.first[kind]
        groups["silent" if found.silent else found.kind.split(":")[0]].append((kind, n))
    for group, kinds in groups.items():
        yield f"{group}: {sum(n for _, n in kinds) * share:,.0f} per 100,000 calls, {len(kinds)} kinds"
    for group, kinds in groups.items():
        yield f"\n\n######## {group} ########"
        for kind, n in kinds:
            yield f"{n * share:8,.0f}  {kind[0]:45}  {kind[1]}"
    for group, kinds in groups.items():
        yield f"\n\n######## {group}: programs ########"
        for kind, n in kinds:
            steps, found = report.first[kind]
            short = minimise(steps, found) if kind[0] != "the end of a program" else steps
            found = (first_difference(short) or (0, found))[1]
            yield f"\n# {n * share:,.0f} per 100,000: {kind[0]}   {kind[1]}"
            yield listing(short)
            for name, result in (("ours", found.ours), ("torch", found.theirs)):
                shown = f"{type(result).__name__}: {result}" if isinstance(result, Exception) else repr(result)
                yield f"# {name}: " + shown.replace("\n", "\n#   ")[:600]
            yield from others(short)


def others(steps: list[Step]) -> Any:
    """The variables that differ after the program."""
    from . import differences

    twins = Twins()
    for step in steps:
        twins.run(step)
    for name, (ours, theirs) in twins.pairs().items():
        found = differences.difference(ours, theirs, [])
        if not found and isinstance(theirs, torch.Tensor):
            found = differences.gradients(ours, theirs, twins.theirs.values())
        if found:
            yield f"# then {name} differs in {found}: ours {ours!r} grad {getattr(ours, 'grad', None)!r}, torch {theirs!r} grad {getattr(theirs, 'grad', None)!r}"
