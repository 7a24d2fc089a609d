"""The curve of a learning rate range test."""

import sys

import numpy as np
import pytest

import nn
from nn import optim, plot
from nn.train import LRRangeTest, find_lr
from tests.drawn import check, words


def rows(*losses):
    return [{"lr": 10.0 ** (i - 6), "loss": loss, "smoothed": loss} for i, loss in enumerate(losses)]


def test_the_suggestion_is_marked_on_the_curve_with_its_reason(tmp_path):
    found = LRRangeTest(1e-4, "because it falls", rows(5, 5, 5, 3, 1, 9e9))
    picture = found.plot(tmp_path / "lr.png")
    check(picture)
    ax = picture.source.axes[0]
    assert ax.lines[-1].get_xydata() == pytest.approx(np.array([[1e-4, 5]]))
    assert {"lr = 0.0001", "because it falls", "learning rate"} <= set(words(picture.source))
    assert ax.get_xscale() == "log"
    assert ax.get_ylim()[1] < 10


def test_what_find_lr_returns_is_drawn(tmp_path):
    x, model = np.random.default_rng(0).normal(size=(60, 2)).astype("f4"), nn.Linear(2, 1)
    found = find_lr(model, (x, x[:, :1]), optim.SGD(model.parameters(), 0.1), nn.MSELoss(), steps=30)
    check(plot.lr_finder(found, tmp_path / "lr.png"))
    assert f"lr = {found.lr:.2g}" in words(plot.lr_finder(found).source)


@pytest.mark.parametrize("losses", [(1,), (np.nan,), (np.nan, np.nan, 1), (0, 0, 0), (-3, -4, -5), (1, 1e300, np.inf)])
def test_odd_losses_are_drawn_without_a_mark(losses, tmp_path):
    picture = plot.lr_finder(rows(*losses), tmp_path / "lr.png")
    check(picture)
    assert not any("lr =" in text or "$" in text for text in words(picture.source))


def test_no_rows_are_refused():
    with pytest.raises(ValueError, match="the rows of a learning rate range test, given none"):
        plot.lr_finder([])


def test_a_notebook_shows_the_curve_or_what_is_missing(monkeypatch):
    found = LRRangeTest(1e-4, "because it falls", rows(5, 5, 5, 3, 1))
    bundle, size = found._repr_mimebundle_()
    assert size["image/png"]["width"] > 400
    assert bundle["image/png"].startswith(b"\x89PNG")
    assert bundle["text/plain"] == repr(found) == "<LRRangeTest: lr 0.0001: because it falls>"
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    bundle = found._repr_mimebundle_()
    assert bundle["text/plain"].startswith(f"{found!r}\nnn.plot draws with Matplotlib, which is not installed")
