"""Calibration: the points are scikit-learn's, and so is the Brier score; what is no probability is refused."""

import numpy as np
import pytest
from scipy.stats import binomtest
from sklearn.calibration import calibration_curve
from sklearn.metrics import brier_score_loss

import autograd
from nn import plot
from nn.train import Brier
from tests.drawn import check, words

RNG = np.random.default_rng(0)
CHANCES = RNG.random(300)
Y = (RNG.random(300) < CHANCES**2).astype(int)
CHANCES3 = RNG.dirichlet([1, 2, 3], 300)
Y3 = np.array([RNG.choice(3, p=row) for row in CHANCES3])


def points(picture):
    """The points of the diagram, and the counts of the bars below it."""
    ax = picture.source.axes[0]
    return ax.lines[1].get_xydata(), [int(bar.get_height()) for bar in ax.child_axes[0].patches]


def note(picture):
    (found,) = [text for text in words(picture.source) if text.startswith("expected calibration error")]
    return found


@pytest.mark.parametrize("bins", [1, 7, 10, 50])
@pytest.mark.parametrize(
    ("chances", "y"),
    [
        (CHANCES, Y),
        (CHANCES.round(1), Y),
        (autograd.tensor(CHANCES)[:, None], autograd.tensor(Y)[:, None]),
        (np.stack([1 - CHANCES, CHANCES], 1), Y == 1),
        (CHANCES, 2 * Y - 1),
    ],
    ids=["numbers", "on the edges", "tensors", "two columns", "signs"],
)
def test_two_classes_give_the_points_of_scikit_learn(chances, y, bins, tmp_path):
    picture = plot.calibration(chances, y, tmp_path / "calibration.png", bins=bins)
    check(picture)
    one = np.asarray(chances).reshape(300, -1)[:, -1]
    share, mean = calibration_curve(Y, one, n_bins=bins)
    found, counts = points(picture)
    np.testing.assert_allclose(found, np.stack([mean, share], 1), rtol=1e-12)
    assert sum(counts) == 300
    error = np.average(np.abs(mean - share), weights=counts)
    assert note(picture) == f"expected calibration error {error:.3f}, Brier score {brier_score_loss(Y, one):.3f}"


def test_of_several_classes_it_is_the_one_that_the_model_says(tmp_path):
    picture = plot.calibration(CHANCES3, Y3, tmp_path / "calibration.png")
    check(picture)
    share, mean = calibration_curve(CHANCES3.argmax(1) == Y3, CHANCES3.max(1), n_bins=10)
    np.testing.assert_allclose(points(picture)[0], np.stack([mean, share], 1), rtol=1e-12)
    metric = Brier(from_logits=False)
    metric.update(autograd.tensor(CHANCES3), autograd.tensor(Y3))
    assert note(picture).endswith(f"Brier score {metric.compute()['brier']:.3f}")
    assert "probability of the class it says" in words(picture.source)


def test_the_lines_are_wilsons_intervals():
    picture = plot.calibration(CHANCES, Y)
    found, counts = points(picture)
    for (_, share), count, line in zip(
        found, counts, picture.source.axes[0].collections[0].get_segments(), strict=True
    ):
        ends = binomtest(round(share * count), count).proportion_ci(method="wilson")
        np.testing.assert_allclose(line[:, 1], [ends.low, ends.high], atol=1e-4)


def test_a_perfect_model_lies_on_the_diagonal():
    picture = plot.calibration([0, 0, 1, 1], [0, 0, 1, 1])
    assert note(picture) == "expected calibration error 0.000, Brier score 0.000"
    assert points(picture)[0].tolist() == [[0, 0], [1, 1]]


def test_of_two_classes_the_second_is_named():
    said = words(plot.calibration(CHANCES, Y, classes=["$sick$", "well"]).source)
    assert {"probability of well", "of these samples, the share of well"} <= set(said)
    assert "probability of class 1" in words(plot.calibration(CHANCES, Y).source)


def test_samples_without_a_probability_are_left_out_and_told():
    picture = plot.calibration([*CHANCES, np.nan, np.nan], [*Y, 0, 1])
    assert note(picture).endswith("; 2 samples with NaN left out")
    np.testing.assert_array_equal(points(picture)[0], points(plot.calibration(CHANCES, Y))[0])


@pytest.mark.parametrize(
    ("chances", "y", "text"),
    [
        ([-1.5, 4.0], [0, 1], r"given -1.5 to 4: of logits, take softmax\(1\), or sigmoid\(\) of single ones"),
        ([[0.5, 0.9, 0.1]], [1], r"of all classes 1 together, given 0.1 to 0.9, whose sums are from 1.5 to 1.5"),
        ([0.2, np.inf], [0, 1], "expected probabilities from 0 to 1"),
        ([0.5, 0.5], [0, 1, 1], r"expected probabilities \(N,\) or \(N, C\) and a class for each, given \(2,\) and 3"),
        (np.ones((2, 2, 2)) / 2, [0, 1], r"given \(2, 2, 2\)"),
        ([0.5, 0.5], [0, 2], r"the classes 0 and 1, or -1 and 1, given \[0, 2\]"),
        ([[0.2, 0.3, 0.5]], [3], r"classes from 0 to 2 for scores of 3 classes, given \[3\]"),
        ([np.nan], [1], "expected probabilities, given 1 samples without one"),
        ([], [], "given 0 samples without one"),
    ],
)
def test_what_is_no_probability_is_refused(chances, y, text, tmp_path):
    with pytest.raises(ValueError, match=text):
        plot.calibration(chances, y, tmp_path / "calibration.png")
    assert not list(tmp_path.iterdir())


def test_rounding_may_lift_a_probability_above_one():
    plot.calibration(np.array([1 + 1e-7, 0.2]), [1, 0])


def test_there_is_at_least_one_bin():
    with pytest.raises(ValueError, match="expected bins to be 1 or more, given 0"):
        plot.calibration(CHANCES, Y, bins=0)
