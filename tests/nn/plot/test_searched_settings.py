"""The pictures of a search over many settings."""

import math

import pytest

from nn import plot
from nn.plot.style import RED

POINTS = [{"lr": 0.1, "hidden": "16"}, {"lr": 0.001, "hidden": "32x16"}, {"lr": 0.01, "hidden": "16"}]


def lines(picture):
    return [line for line in picture.source.axes[0].lines if len(line.get_ydata()) == 3]


def texts(picture):
    return [text.get_text() for text in picture.source.axes[0].texts]


def test_each_trial_is_a_line_between_the_ends_and_the_best_is_red_on_top():
    picture = plot.parallel_coordinates(POINTS, [0.7, 0.9, 0.8], name="accuracy", mode="max")
    drawn = lines(picture)
    assert [line.get_ydata().tolist() for line in drawn] == [
        pytest.approx([1, 0, 0]), pytest.approx([0.5, 0, 0.5]), pytest.approx([0, 1, 1])
    ]  # fmt: skip
    assert [str(line.get_color()) == RED for line in drawn] == [False, False, True]
    assert [label.get_text() for label in picture.source.axes[0].get_xticklabels()] == ["lr", "hidden", "accuracy"]
    assert {"0.001", "0.01", "0.1", "16", "32x16"} <= set(texts(picture))


def test_with_mode_min_the_smallest_is_best():
    drawn = lines(plot.parallel_coordinates(POINTS, [0.7, 0.9, 0.8], name="loss"))
    assert drawn[-1].get_ydata().tolist() == pytest.approx([1, 0, 0])


def test_trials_without_a_value_are_told():
    picture = plot.parallel_coordinates(POINTS, [0.7, None, math.nan])
    assert len(lines(picture)) == 1
    assert "1 trials, in red the best; 2 without a value" in texts(picture)


def test_a_few_numbers_are_written_where_they_are_and_of_many_the_ends_and_the_middle():
    few = texts(plot.parallel_coordinates([{"size": size} for size in (16, 64, 256)], [1, 2, 3]))
    assert {"16", "64", "256"} <= set(few)
    many = texts(plot.parallel_coordinates([{"size": size} for size in range(9)], range(9)))
    assert [text for text in many if text in map(str, range(9))] == ["0", "4", "8"] * 2


def test_what_is_true_or_false_is_in_words():
    points = [{"batch_norm": True, "width": 3}, {"batch_norm": False, "width": 4}]
    assert {"true", "false"} <= set(texts(plot.parallel_coordinates(points, [1, 2])))


@pytest.mark.parametrize(
    ("points", "values", "words"),
    [
        ([], [], "expected a finite value"),
        (POINTS, [1, 2], "expected 2 points with the same settings"),
        ([{"lr": 1}, {"width": 2}], [1, 2], "expected 2 points with the same settings"),
        (POINTS, [math.nan] * 3, "expected a finite value, given none"),
    ],
)
def test_points_that_do_not_fit_are_refused(points, values, words):
    with pytest.raises(ValueError, match=words):
        plot.parallel_coordinates(points, values)


def test_the_mode_is_checked():
    with pytest.raises(ValueError, match="expected the mode 'min' or 'max'"):
        plot.parallel_coordinates(POINTS, [1, 2, 3], mode="most")


def test_shares_are_bars_the_largest_first():
    picture = plot.settings_importance({"hidden": 0.25, "lr": 0.75}, name="accuracy")
    axes = picture.source.axes[0]
    assert [bar.get_width() for bar in axes.patches] == [0.75, 0.25]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["lr", "hidden"]
    assert {"75%", "25%", "share of the differences in accuracy"} <= set(texts(picture))
    with pytest.raises(ValueError, match="at least one setting"):
        plot.settings_importance({})


def test_where_nothing_differs_there_are_no_bars():
    assert plot.settings_importance({"lr": 0.0}).source.axes[0].get_xlim() == (0, 1)
