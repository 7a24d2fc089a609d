"""The figures of docs/results.md: the program that makes them runs, and the page holds what it wrote."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from tests.benchmarks import train

PAGE = (Path(__file__).parent.parent / "docs" / "results.md").read_text(encoding="utf-8")
ROWS = [line.split(" | ") for line in PAGE.split("### There and back")[0].splitlines() if line.count(" | ") == 7]


@pytest.mark.skipif("CHALKGRAD_DATA" not in os.environ, reason="needs MNIST in $CHALKGRAD_DATA")
def test_one_epoch_on_mnist_learns_and_travels(monkeypatch, capsys):
    monkeypatch.setitem(train.RECIPES, "mnist-mlp", replace(train.RECIPES["mnist-mlp"], epochs=1))
    line = train.train("mnist-mlp", seed=0)
    assert line["accuracy"] > 0.93
    assert line["torch"] == line["back"] == line["accuracy"]
    assert f"{line['accuracy']:.2%}" in train.tables({("mnist-mlp", 0): line})


@pytest.mark.parametrize("recipe", train.RECIPES.values(), ids=train.RECIPES)
def test_the_page_tells_what_each_recipe_reaches(recipe):
    """Three seeds, each at the target or above, and as many epochs as the recipe has."""
    (row,) = [row for row in ROWS if row[:2] == [recipe.data.__name__, recipe.network]]
    shares = [float(share.rstrip("%")) / 100 for share in row[4].split(", ")]
    assert len(shares) == 3
    assert min(shares) >= recipe.target
    assert int(row[3]) == recipe.epochs
