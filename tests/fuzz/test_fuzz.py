"""Random programs do the same here as in torch but for the kinds in `known.py`; and the fuzzer would notice others."""

from pathlib import Path

import numpy as np
import pytest
import torch

import autograd

from .known import KNOWN
from .minimise import minimise
from .programs import THEIRS, listing
from .report import new_kinds, program
from .run import fuzz

pytestmark = pytest.mark.filterwarnings("ignore")  # both libraries warn where random programs look
PAGE = Path(__file__).parents[2] / "docs" / "how-it-works.md"


def test_random_programs_differ_from_torch_in_known_kinds_only():
    report = fuzz(calls=15_000, seed=1)
    assert not new_kinds(report), "\n\n".join(f"{kind}\n{program(report, kind)}" for kind in new_kinds(report))


def wrong_by_an_eighth(x):
    return autograd.sin(x + 1 / 8)


def half_the_gradient(x):
    return autograd.sin(x) * 0.5 + autograd.sin(x.detach()) * 0.5


def without_a_graph(x):
    return autograd.square(x.detach())


def not_a_copy(x):
    return x[...]


def that_refuses(x):
    raise ValueError("no")


def that_writes_nothing(x):
    return x


MISTAKES = [
    # a method, what is wrong with it, and the kind of difference that gives it away
    ("cos", wrong_by_an_eighth, "value"),
    ("sin", half_the_gradient, "grad value"),
    ("square", without_a_graph, "requires_grad"),
    ("clone", not_a_copy, "another value"),
    ("sqrt", that_refuses, "refused: ValueError"),
    ("zero_", that_writes_nothing, "value"),
]


@pytest.fixture(scope="module")
def with_mistakes():
    """What the fuzzer finds if all of the mistakes are in the library."""
    with pytest.MonkeyPatch.context() as patch:
        for name, mistake, _ in MISTAKES:
            patch.setattr(autograd.Tensor, name, mistake)
        yield fuzz(calls=15_000, seed=2)


@pytest.mark.parametrize(("name", "mistake", "kind"), MISTAKES)
def test_a_mistake_is_found_and_a_short_program_shows_it(with_mistakes, name, mistake, kind):
    found = [first for (_, what), first in with_mistakes.first.items() if what == kind]
    programs = [steps for steps in (minimise(*first) for first in found) if f".{name}()" in listing(steps)]
    assert min(map(len, programs)) <= 5


def test_a_program_is_python_for_either_library(with_mistakes):
    steps = minimise(*with_mistakes.first["x.cos()", "value"])
    code = listing(steps).replace("import autograd as m", "")
    ours, theirs = {"m": autograd}, {"m": THEIRS}
    exec(code, ours)
    exec(code, theirs)
    ours, theirs = ours[steps[-1].target], theirs[steps[-1].target]
    assert isinstance(theirs, torch.Tensor)
    assert not np.allclose(ours.detach().numpy(), theirs.detach().numpy(), equal_nan=True)


def test_a_seed_always_gives_the_same_programs():
    programs = [[listing(steps) for steps, _ in fuzz(calls=1_000, seed=3).first.values()] for _ in range(2)]
    assert programs[0] == programs[1] != []


@pytest.mark.parametrize("reason", {line.reason: 0 for line in KNOWN})
def test_what_is_meant_to_differ_is_in_the_table_of_the_docs(reason):
    table = PAGE.read_text(encoding="utf-8").split("## Where it differs from PyTorch")[1]
    assert f"\n| {reason}" in table
