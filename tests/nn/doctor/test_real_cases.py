"""Real mistakes, as `chalkgrad doctor` sees them: the faulty program gets the right code, the mended one gets none.

Here runs the first case of each code; `make doctor` runs them all. `python -m tests.doctor_cases` measures the same
over more seeds, and sums it up.
"""

import os

import pytest

from nn.doctor.mistakes import MISTAKES
from tests.nn.doctor.real_cases import CASES, KINDS, NO_CODE
from tests.nn.doctor.real_cases.known import ALARMS, MISSES
from tests.programs_watched import watch

pytestmark = pytest.mark.long

FIRST = {code: case for case in reversed(CASES) for code in case.codes if code in MISTAKES}
CHOSEN = CASES if "DOCTOR_SEEDS" in os.environ else [case for case in CASES if case in FIRST.values()]


@pytest.mark.parametrize("case", CHOSEN, ids=[case.name for case in CHOSEN])
def test_the_mistake_is_named_and_the_mended_program_is_silent(case):
    faulty, mended = watch(case.path, case.faulty), watch(case.path, case.mended)
    assert (faulty.error, mended.error) == (None, None)
    assert case.better(mended.score, faulty.score), "the mistake does harm"
    known = case.name in MISSES or not case.named
    assert case.diagnosed(faulty.codes) != known, f"expected {case.codes}\n{faulty.report}"
    assert bool(mended.codes) == (case.name in ALARMS), mended.report


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_a_case_says_where_it_comes_from_and_what_is_right(case):
    assert case.kind in KINDS
    assert case.origin.startswith("https://")
    assert "is better" in case.score
    assert "# mistake" in case.faulty or "# fix: " in case.faulty
    assert case.mended != case.faulty


def test_there_are_sixty_cases_and_most_have_a_code():
    assert len(CASES) >= 60
    assert sum(any(not code.startswith(NO_CODE) for code in case.codes) for case in CASES) > 0.8 * len(CASES)


def test_every_code_is_one_of_the_doctors():
    codes = {code for case in CASES for code in case.codes if not code.startswith(NO_CODE)}
    assert codes <= {*MISTAKES}


def test_what_is_known_to_go_wrong_has_its_reason():
    for known in MISSES, ALARMS:
        assert {*known} <= {case.name for case in CASES}
        assert all(known.values())
