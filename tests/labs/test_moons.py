"""Two moons: micrograd's demo."""

from tests.labs import run


def test_the_moons_are_nearly_told_apart_after_a_few_steps(tmp_path):
    found = run("moons", tmp_path)
    assert found.figures["accuracy"] >= 0.85
    assert found.pictures == ["decision_boundary.png"]
