"""Random programs, step by step, until enough calls were compared."""

from __future__ import annotations

import time
import warnings
from collections import Counter
from dataclasses import dataclass, field
from random import Random

import torch

from .minimise import first_difference
from .operands import Misfit, Operands
from .operations import BY_TEXT, FAMILIES, OPERATIONS, WEIGHTS
from .programs import NAMES, Difference, Step, Twins

Kind = tuple[str, str]  # the operation, and what differs


@dataclass
class Report:
    """What was found: how often each kind of difference occurred, and the shortest program that showed it."""

    calls: int = 0
    seconds: float = 0.0
    unrepeatable: int = 0  # differences that do not show again, as when torch returns memory as it found it
    counts: Counter[Kind] = field(default_factory=Counter)
    first: dict[Kind, tuple[list[Step], Difference]] = field(default_factory=dict)

    def add(self, steps: list[Step], found: Difference) -> None:
        """Count a difference; one of a new kind where it first shows, with every variable compared after every step."""
        kind = found.operation, found.kind
        if kind not in self.first:
            earlier = first_difference(steps)
            if earlier is None:
                self.unrepeatable += 1
                return
            steps, found = steps[: earlier[0] + 1], earlier[1]
            kind = found.operation, found.kind
        self.counts[kind] += 1
        if kind not in self.first or len(steps) < len(self.first[kind][0]):
            self.first[kind] = list(steps), found


def fuzz(calls: int, seed: int = 0, report: Report | None = None) -> Report:
    """Run programs until `calls` calls were compared. The same seed gives the same programs."""
    report, number = report or Report(), 0
    started, threads = time.perf_counter(), torch.get_num_threads()
    torch.set_num_threads(1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        while report.calls < calls:
            run_program(Random(f"{seed} {number}"), report)
            number += 1
    torch.set_num_threads(threads)
    report.seconds = time.perf_counter() - started
    return report


def run_program(r: Random, report: Report) -> None:
    """One program of 50 to 200 calls. A step that makes a difference is reported, and then taken out of the program."""
    twins, steps, quiet = Twins(), [], 0
    for _ in range(r.randint(50, 200)):
        quiet = quiet - 1 if quiet else r.choice([0] * 30 + [3, 6])
        step = draw_step(r, twins, quiet > 0)
        report.calls += 1
        if found := twins.run(step):
            report.add([*steps, step], found)
            if BY_TEXT[step.operation].writes:
                twins, steps = replay(steps, report)
        elif not twins.raised:
            steps.append(step)
    if twins.bystanders() and (late := first_difference(steps)):
        report.add(steps[: late[0] + 1], late[1])


def replay(steps: list[Step], report: Report) -> tuple[Twins, list[Step]]:
    """Run the steps again, without those that differ or raise now that another is not there any more."""
    twins, kept = Twins(), []
    for step in steps:
        if found := twins.run(step):
            report.add([*kept, step], found)
        elif not twins.raised:
            kept.append(step)
    return twins, kept


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
        return Step(operation.text, drawn, drawn["x"].name if operation.rebinds else draw_target(r, twins), quiet)


def draw_target(r: Random, twins: Twins) -> str:
    """The variable that gets the result: seldom one that collects a gradient, for it would no longer be seen."""
    name = r.choice(NAMES)
    before = twins.theirs.get(name)
    collects = isinstance(before, torch.Tensor) and before.requires_grad and before.is_leaf
    return r.choice(NAMES) if collects and r.random() < 0.9 else name
