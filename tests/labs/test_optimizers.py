"""Optimizers against schedules."""

import pytest

from tests.labs import run

OPTIMIZERS = "SGD, momentum", "RMSprop", "Adam", "AdamW"
SCHEDULES = "step decay", "cosine", "warm-up", "one-cycle"


def test_every_pair_learns_under_a_clipped_gradient_and_the_minima_are_found(tmp_path, monkeypatch):
    monkeypatch.setenv("CHALKGRAD_DATA", str(tmp_path / "nothing"))
    ran = run("optimizers", tmp_path / "out")
    assert "CIFAR-10 is not here: 1,797 digits" in ran.printed
    assert ran.figures["data"] == "digits"
    assert ran.pictures == ["accuracy.png", "curves.png", "rosenbrock.png", "beale.png"]
    scores = {(o, s): ran.figures[f"{o}, {s}"] for o in OPTIMIZERS for s in SCHEDULES}
    assert min(scores.values()) > 0.3, scores  # chance is 0.1
    assert max(scores.values()) > 0.85
    assert 0.9 < ran.figures["largest_gradient_norm"] <= 1.0001

    rosenbrock = {each: ran.figures[f"rosenbrock, {each}"] for each in OPTIMIZERS}
    assert max(rosenbrock.values()) < 0.5  # they begin at 116.5
    assert min(rosenbrock, key=rosenbrock.get) == "SGD, momentum"
    beale = {each: ran.figures[f"beale, {each}"] for each in OPTIMIZERS}
    assert max(value for each, value in beale.items() if each != "AdamW") < 1e-4
    assert beale["AdamW"] == pytest.approx(0.15, abs=0.02)  # its weight decay holds it back
