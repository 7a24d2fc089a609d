"""The perceptron: what it learns, what it decides, and the line that does not exist."""

from itertools import product

import pytest

from tests.labs import run


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    return run("perceptron", tmp_path_factory.mktemp("perceptron"))


def test_and_or_and_not_are_learned_and_exclusive_or_is_not(found):
    last = {gate: found.figures[f"mistakes_in_the_last_round_of_{gate}"] for gate in ("AND", "OR", "NOT", "XOR")}
    assert (last["AND"], last["OR"], last["NOT"]) == (0, 0, 0)
    assert last["XOR"] > 0


def test_the_threshold_decides_who_goes_to_the_beach(found):
    assert [found.figures[f"beach_with_threshold_{t}"] for t in (2, 3, 5)] == ["0 1 1 1", "0 0 1 1", "0 0 0 1"]


def test_a_letter_is_spam_if_what_speaks_for_it_outweighs_what_speaks_against_it(found):
    caught = []
    for free, attachment, known in product((0, 1), repeat=3):
        score = 2.0 * free + 0.5 * attachment - 1.5 * known - 0.5
        caught += [f"{free}{attachment}{known}"] if score >= 0 else []
        assert f"FREE {free}, attachment {attachment}, known sender {known}: score {score:4.1f}" in found.printed
    assert found.figures["caught_of_FREE_attachment_known"] == " ".join(caught)


def test_normalised_features_save_most_of_the_rounds(found):
    assert (found.figures["last_raw"], found.figures["last_normalised"]) == (0, 0)
    assert found.figures["rounds_normalised"] < 20
    assert found.figures["rounds_raw"] > 10 * found.figures["rounds_normalised"]
    assert sorted(found.pictures) == ["gates.png", "iris_normalised.gif", "iris_raw.gif", "mistakes.png"]
