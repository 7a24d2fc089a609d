"""Initialization: numbers that vanish or explode before the training, and what the training makes of them."""

from tests.labs import run


def test_he_keeps_the_spread_level_and_learns_first_and_units_that_begin_alike_stay_alike(tmp_path):
    found = run("initialization", tmp_path)
    figures = found.figures
    assert figures["last_to_first_spread_zeros"] == 0
    assert figures["last_to_first_spread_He_x_100"] > 1e12
    assert figures["last_to_first_spread_Xavier"] < 0.2
    assert 0.2 < figures["last_to_first_spread_He"] < 5
    assert figures["loss_He_x_100"] == "nan"
    assert abs(figures["loss_zeros"] - 2.303) < 0.01  # ln 10, that of guessing
    assert figures["accuracy_zeros"] < 0.2
    assert figures["accuracy_He"] > figures["accuracy_Xavier"]
    assert figures["accuracy_He"] > 0.5
    assert found.pictures == ["spread.png", "xavier_and_he.png", "training.png"]
    assert figures["different_units_equal"] == 1
    assert figures["different_units_random"] == 32
    assert figures["accuracy_equal_units"] < figures["accuracy_random_units"]
