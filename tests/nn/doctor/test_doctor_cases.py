"""How the doctor is measured: which cases are set aside, and what the table of docs/doctor.md says."""

from collections import Counter
from types import SimpleNamespace

import pytest

from tests.doctor_cases import BEGIN, END, PAGE, Result, Silence, arguments, split, table, written
from tests.nn.doctor.real_cases import CASES


def test_the_halves_of_a_kind_are_equal_and_depend_on_file_names_alone():
    halves = split()
    assert split(CASES[::-1]) == halves
    assert halves.keys() == {case.name for case in CASES}
    for kind in {case.kind for case in CASES}:
        counts = Counter(halves[case.name] for case in CASES if case.kind == kind)
        assert counts["aside"] - counts["seen"] in (0, 1)


def test_which_half_a_case_is_in_follows_from_the_order_of_the_hashes():
    """By sha256sum, those of a.py, b.py and c.py begin with f0de, 4a5b and c108."""
    cases = [SimpleNamespace(name=n, kind="loss", path=SimpleNamespace(name=f"{n}.py")) for n in "abc"]
    assert split(cases) == {"b": "aside", "c": "seen", "a": "aside"}


def test_the_table_counts_runs_and_says_what_was_denied():
    results = [
        Result("loss", "seen", diagnosed=True, detected=True, alarm=False, denied=False),
        Result("loss", "seen", diagnosed=False, detected=True, alarm=False, denied=False),
        Result("mode", "aside", diagnosed=False, detected=False, alarm=True, denied=True),
        Result("mode", "aside", diagnosed=False, detected=False, alarm=True, denied=False),
    ]
    told = table(results, [Silence(alarm=False, denied=True), Silence(alarm=True, denied=False)], seeds=2)
    assert told.splitlines()[2:] == [
        "| loss | 1 | 0.50 | 1.00 | 0.00 | 0 |",
        "| mode | 1 | 0.00 | 0.00 | 1.00 | 2 |",
        "| set aside | 1 | 0.00 | 0.00 | 1.00 | 2 |",
        "| seen when the checks were written | 1 | 0.50 | 1.00 | 0.00 | 0 |",
        "| all | 2 | 0.25 | 0.50 | 0.50 | 2 |",
        "| healthy programs | 1 | | | | 1 |",
        "",
        "Each program ran from 2 seeds. After 2 of the 6 runs without a mistake, the report was wrong about whether "
        "it learned.",
    ]


def test_only_what_is_between_the_marks_is_written():
    page = f"before\n{BEGIN}old\n{END}after\n"
    assert written("new\n", page) == f"before\n{BEGIN}new\n{END}after\n"
    for broken in "before", BEGIN, END + BEGIN:
        with pytest.raises(ValueError, match="expected"):
            written("new\n", broken)
    assert "new\n" in written("new\n", PAGE.read_text(encoding="utf-8"))


def test_a_part_of_the_cases_is_never_written_into_the_page():
    for part in ("--set", "seen"), ("--case", "x"), ("--healthy",):
        with pytest.raises(SystemExit):
            arguments(["--write", *part])
