"""Learning rates: too small, right, too large; and the test that finds one."""

import pytest

from tests.labs import run


def test_small_rates_are_slow_large_ones_diverge_and_the_finder_suggests_one_that_learns(tmp_path):
    found = run("learning_rate", tmp_path)
    figures = found.figures
    along, across = 4 / 2, 10 / 2  # the height at the start, (-2, 1)
    for rate in (0.01, 0.09, 0.19, 0.21):
        expected = along * (1 - rate) ** 32 + across * (1 - 10 * rate) ** 32
        assert figures[f"bowl_{rate:g}"] == pytest.approx(expected)
    assert figures["bowl_0.21"] > along + across > figures["bowl_0.01"] > figures["bowl_0.09"]
    assert max(figures["accuracy_0.0001"], figures["accuracy_0.001"], figures["accuracy_0.01"]) < 0.5
    assert min(figures["accuracy_0.1"], figures["accuracy_0.3"]) > 0.8
    assert figures["accuracy_2"] < 0.2
    assert 0.05 < figures["suggested_rate"] < 1
    assert figures["accuracy_suggested"] > 0.8
    assert found.pictures == ["bowl.png", "digits.png", "finder.png"]
