"""A grid over four settings."""

from tests.labs import run


def test_the_learning_rate_matters_most_and_goes_with_the_batch_size(tmp_path):
    ran = run("hyperparameters", tmp_path)
    ranges = {each: ran.figures[f"range over {each}, %"] for each in ("learning rate", "width", "depth", "batch size")}
    assert ranges.pop("learning rate") > 1.2 * max(ranges.values())
    assert ran.figures["runs"] == 24
    assert ran.figures["best_accuracy"] > 88
    assert ran.figures["worst_accuracy"] < 20  # chance is 10
    assert ran.figures["best learning rate at batch size 16"] <= ran.figures["best learning rate at batch size 128"]
    assert ran.pictures == [
        "learning_rate-batch_size.png", "learning_rate-depth.png", "learning_rate-width.png", "width-depth.png",
    ]  # fmt: skip
