"""Random programs do the same here as in torch; and the fuzzer would notice if they did not."""

from pathlib import Path

import numpy as np
import pytest
import torch

import autograd

from .known import MEANT
from .minimise import minimise
from .programs import THEIRS, listing
from .report import new_kinds, program
from .run import fuzz

PAGE = Path(__file__).parents[2] / "docs" / "how-it-works.md"


def test_random_programs_do_the_same_as_in_torch():
    report = fuzz(calls=30_000, seed=1)
    assert not new_kinds(report), "\n\n".join(f"{kind}\n{program(report, kind)}" for kind in new_kinds(report))


def wrong_by_an_eighth(x):
    return autograd.sin(x + 1 / 8)


def not_a_copy(x):
    return x[...]


def too_small_a_gradient(x):
    return x * 0.5 + x.detach() * 0.5


def without_a_graph(x):
    return autograd.square(x.detach())


def that_refuses(x):
    raise ValueError("no")


def that_writes_to_its_input(x):
    if x.dtype.kind == "f" and x._data.flags.writeable:
        x._array[...] += 1
    return x.isnan().logical_not()


@pytest.mark.parametrize(
    ("name", "mistake", "operation", "kind"),
    [
        ("cos", wrong_by_an_eighth, "x.cos()", "value"),
        ("clone", not_a_copy, "x.fill_(number)", "another value"),
        ("clone", too_small_a_gradient, "root.sum().backward()", "grad value"),
        ("square", without_a_graph, "x.square()", "requires_grad"),
        ("square", that_refuses, "x.square()", "refused: ValueError"),
        ("isfinite", that_writes_to_its_input, "x.isfinite()", "another value"),
    ],
)
def test_a_mistake_is_found_and_its_program_is_short(monkeypatch, name, mistake, operation, kind):
    monkeypatch.setattr(autograd.Tensor, name, mistake)
    report = fuzz(calls=20_000, seed=2)
    steps, found = report.first[operation, kind]
    assert len(minimise(steps, found)) <= 6


@pytest.mark.filterwarnings("ignore")
def test_a_program_is_python_for_either_library(monkeypatch):
    monkeypatch.setattr(autograd.Tensor, "cos", wrong_by_an_eighth)
    report = fuzz(calls=3_000, seed=2)
    steps = minimise(*report.first["x.cos()", "value"])
    code = listing(steps).replace("import autograd as m", "")
    ours, theirs = {"m": autograd}, {"m": THEIRS}
    exec(code, ours)
    exec(code, theirs)
    ours, theirs = ours[steps[-1].target], theirs[steps[-1].target]
    assert isinstance(theirs, torch.Tensor)
    assert not np.allclose(ours.detach().numpy(), theirs.detach().numpy(), equal_nan=True)


def test_a_seed_always_gives_the_same_programs():
    first, second = fuzz(calls=2_000, seed=3), fuzz(calls=2_000, seed=3)
    assert first.counts == second.counts
    assert [listing(steps) for steps, _ in first.first.values()] == [listing(steps) for steps, _ in second.first.values()]


@pytest.mark.parametrize("reason", [line.reason for line in MEANT])
def test_what_is_meant_to_differ_is_in_the_table_of_the_docs(reason):
    table = PAGE.read_text(encoding="utf-8").split("## Where it differs from PyTorch")[1]
    assert f"\n| {reason}" in table
