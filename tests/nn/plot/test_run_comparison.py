"""Several runs over each other, and the names beside their lines."""

import numpy as np
import pytest
from matplotlib.colors import to_hex

from nn import plot
from nn.plot.line_labels import LINES, PALE_LINE, spread
from nn.train import History
from tests.drawn import check, words


def run(n=10, level=0.1, **columns):
    t = np.arange(1, n + 1)
    columns = {"loss": level + 0.5 / t, "valid_loss": level + 1 / t, "valid_accuracy": 1 - level - 0.5 / t} | columns
    return History({"epoch": int(i), **{name: values[i - 1] for name, values in columns.items()}} for i in t)


def texts(picture):
    return [text for text in picture.source.axes[0].texts if text.get_color() != "#8a8f98"]


def test_each_line_has_its_name_and_last_value_and_the_best_of_all_is_marked():
    picture = plot.compare_runs({"first": run(), "second": run(level=0.3)})
    first, second = [line for line in picture.source.axes[0].lines if len(line.get_xdata()) == 10]
    colours = {text.get_text(): text.get_color() for text in texts(picture)}
    assert {to_hex(first.get_color()), to_hex(second.get_color())} == set(colours.values())
    assert set(colours) == {"first 0.200", "second 0.400"}
    assert {"Validation loss", "best: first, 0.200 in epoch 10"} <= set(words(picture.source))
    assert picture.source.axes[0].lines[-1].get_xydata().tolist() == [[10, 0.2]]


@pytest.mark.parametrize(
    ("name", "mode", "best"),
    [("valid_loss", None, "good"), ("valid_accuracy", None, "good"), ("valid_loss", "max", "bad"), ("lr", None, "bad")],
)
def test_small_losses_and_large_accuracies_are_better_unless_told(name, mode, best):
    runs = {"good": run(lr=np.full(10, 0.1)), "bad": run(level=0.5, lr=np.full(10, 0.2))}
    assert any(text.startswith(f"best: {best}") for text in words(plot.compare_runs(runs, name, mode=mode).source))
    with pytest.raises(ValueError, match="expected the mode 'min' or 'max', given 'best'"):
        plot.compare_runs(runs, mode="best")


def test_runs_are_read_from_their_folders_and_files(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    run().save_jsonl(tmp_path / "a" / "history.jsonl")
    run(level=0.3, note=["x"] * 10, valid_loss=[None, *(0.5 - 0.01 * i for i in range(9))]).save_csv(
        tmp_path / "b" / "history.csv"
    )
    picture = plot.compare_runs({"a": tmp_path / "a", "b": str(tmp_path / "b"), "c": tmp_path / "b" / "history.csv"})
    assert {text.get_text() for text in texts(picture)} == {"a 0.200", "b 0.420", "c 0.420"}
    with pytest.raises(FileNotFoundError, match=r"has no history\.jsonl or history\.csv: give the folder of a run"):
        plot.compare_runs({"a": tmp_path / "none"})


@pytest.mark.parametrize("count", [1, 2, 12, 40])
def test_the_names_of_any_number_of_runs_never_lie_on_each_other(count, tmp_path):
    rng = np.random.default_rng(0)
    runs = {f"$run$ é {i} " + "x" * i: run(5 + i % 4, level=0.1 + 0.001 * rng.random()) for i in range(count)}
    picture = plot.compare_runs(runs, path=tmp_path / "runs.png")
    check(picture)
    boxes = [text.get_window_extent() for text in texts(picture)]
    assert len(boxes) == min(count, 12)
    overlaps = [(i, j) for i, a in enumerate(boxes) for j, b in enumerate(boxes) if i < j and a.overlaps(b)]
    assert not overlaps


def test_of_many_runs_the_best_twelve_have_colours():
    runs = {str(i): run(level=0.1 * (i + 1)) for i in reversed(range(20))}
    picture = plot.compare_runs(runs)
    colours = [to_hex(line.get_color()) for line in picture.source.axes[0].lines if len(line.get_xdata()) == 10]
    assert colours.count(PALE_LINE) == 8
    assert set(colours) == {PALE_LINE, *LINES}
    assert {text.get_text().split()[0] for text in texts(picture)} == {str(i) for i in range(12)}
    assert "best: 0, 0.200 in epoch 10; 8 more are grey" in words(picture.source)


def test_runs_of_different_lengths_and_with_faults_are_drawn_and_told(tmp_path):
    runs = {"short": run(1), "long": run(100), "NaN": {"valid_loss": [np.nan] * 3},
            "infinite": {"valid_loss": [1.0, 2.0, np.inf]}}  # fmt: skip
    picture = plot.compare_runs(runs, path=tmp_path / "runs.png")
    check(picture)
    assert {"short 1.100", "long 0.110", "NaN NaN in epoch 1", "infinite infinite in epoch 3"} == {
        text.get_text() for text in texts(picture)
    }
    check(plot.compare_runs({"a": {"valid_loss": [np.nan]}}, path=tmp_path / "nan.png"))
    check(plot.compare_runs({"a": {"valid_loss": [2.0] * 5}, "b": {"valid_loss": [2.0] * 5}}, path=tmp_path / "c.png"))


def test_training_is_drawn_in_lighter_lines_where_it_was_measured():
    picture = plot.compare_runs({"a": run(), "b": {"valid_loss": [2.0, 1.0]}}, training=True)
    light = [line for line in picture.source.axes[0].lines if line.get_alpha()]
    assert [line.get_ydata()[-1] for line in light] == [pytest.approx(0.15)]
    assert "epoch (lighter: training)" in words(picture.source)


def test_a_run_without_the_metric_and_no_runs_are_refused(tmp_path):
    with pytest.raises(ValueError, match="expected runs with 'f1', 'a' has epoch, loss, valid_loss, valid_accuracy"):
        plot.compare_runs({"a": run()}, "f1", tmp_path / "runs.png")
    with pytest.raises(ValueError, match="at least one run to compare"):
        plot.compare_runs({})
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("seed", range(20))
def test_places_are_spread_as_little_as_possible_and_keep_their_order(seed):
    rng = np.random.default_rng(seed)
    places, least = rng.random(8).round(1), 0.08
    apart = spread(places, least)
    order = np.argsort(places, kind="stable")
    assert (np.diff(apart[order]) >= least - 1e-9).all()
    assert apart.min() >= 0
    assert apart.max() <= 1 + 1e-9
    off = np.square(apart - places).sum()
    for _ in range(200):  # no other placing that keeps the distance is nearer
        other = apart + rng.normal(scale=0.02, size=8)
        if (np.diff(other[order]) >= least).all() and other.min() >= 0 and other.max() <= 1:
            assert np.square(other - places).sum() >= off - 1e-9


def test_places_that_have_room_stay_and_those_that_have_none_stand_around_the_middle():
    assert spread([0.9, 0.1, 0.5], 0.2).tolist() == [0.9, 0.1, 0.5]
    np.testing.assert_allclose(spread([1, 1, 1], 1), [-0.5, 0.5, 1.5])
