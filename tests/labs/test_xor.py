"""Exclusive or: the line that exists once the hidden neurons have moved the points."""

import pytest

from tests.labs import run


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    return run("xor", tmp_path_factory.mktemp("xor"))


def test_exclusive_or_is_learned_with_two_and_with_four_hidden_neurons(found):
    lines = [line.split() for line in found.printed.splitlines() if " xor " in line]
    answers = [("0", "0", 0), ("0", "1", 1), ("1", "0", 1), ("1", "1", 0)]
    assert [(a, b, round(float(out))) for a, _, b, _, out in lines] == 2 * answers
    assert all(abs(float(out) - round(float(out))) < 0.05 for *_, out in lines)
    assert (found.figures["right_with_2"], found.figures["right_with_4"]) == (4, 4)
    assert sorted(found.pictures) == ["hidden_2.png", "hidden_4.png", "plane.png"]


def test_a_line_exists_in_the_hidden_space_only_after_training(found):
    assert (found.figures["line_before"], found.figures["line_after"]) == (False, True)


def test_more_starts_succeed_with_four_hidden_neurons_than_with_two(found):
    assert 0 < found.figures["learned_with_2"] < found.figures["learned_with_4"] <= found.figures["starts"]


def test_from_another_start_two_hidden_neurons_get_stuck(tmp_path):
    found = run("xor", tmp_path, "--seed", "2")
    assert found.figures["right_with_2"] < 4
    assert not found.figures["line_after"]
