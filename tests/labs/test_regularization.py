"""Overfitting: what holds it up, what does not, and where it is logged."""

import csv
from importlib.util import find_spec

from tests.labs import in_full, run

REMEDIES = ["none", "L1", "L2", "dropout", "batch norm", "augmentation", "early stopping"]
REGULARIZERS = [remedy for remedy in REMEDIES if remedy not in ("none", "batch norm")]


def overfit_less(figures):
    """The remedies that leave a smaller gap between training and test accuracy than none."""
    return [remedy for remedy in REMEDIES if figures[f"{remedy}: overfit by"] < figures["none: overfit by"]]


def test_every_remedy_but_batch_normalization_holds_overfitting_up(tmp_path):
    found = run("regularization", tmp_path)
    assert found.pictures == ["curves.png", "accuracy.png"]
    assert found.figures["none: overfit by"] > 0.05
    assert overfit_less(found.figures) == REGULARIZERS
    assert found.figures["dropout: test accuracy"] > found.figures["none: test accuracy"] + 0.03
    for remedy in REMEDIES:
        folder = tmp_path / remedy.replace(" ", "-")
        with (folder / "history.csv").open(encoding="utf-8") as file:
            epochs = [int(row["epoch"]) for row in csv.DictReader(file)]
        assert epochs == list(range(1, len(epochs) + 1))
        assert len(epochs) == 20 or remedy == "early stopping"
        if find_spec("wandb"):
            assert list(folder.glob("wandb/offline-run-*/*.wandb"))


def test_in_full_it_holds_on_5000_images_of_clothing():
    figures = in_full("regularization")
    assert figures["none: overfit by"] > 0.08
    assert overfit_less(figures) == REGULARIZERS
    at_the_end = {remedy: figures[f"{remedy}: validation loss at the end"] for remedy in REMEDIES}
    assert all(at_the_end[remedy] < at_the_end["none"] < at_the_end["batch norm"] for remedy in REGULARIZERS)
