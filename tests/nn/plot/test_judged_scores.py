"""ROC and precision-recall curves: their figures are scikit-learn's, for any kind of scores."""

import numpy as np
import pytest
from matplotlib.colors import to_hex
from sklearn import metrics

import autograd
from nn import plot
from nn.plot.line_labels import PALE_LINE
from tests.drawn import check, words

RNG = np.random.default_rng(0)
Y = (RNG.random(200) < 0.2).astype(int)
SCORES = RNG.normal(size=200).round(1) + Y
Y3 = RNG.integers(0, 3, 200)
SCORES3 = RNG.normal(size=(200, 3)).round(1) + np.eye(3)[Y3]

AREA = {plot.roc: metrics.roc_auc_score, plot.precision_recall: metrics.average_precision_score}
both = pytest.mark.parametrize("draw", [plot.roc, plot.precision_recall])


def curves(picture):
    return [line for line in picture.source.axes[0].lines if line.get_linewidth() == 2]


@both
@pytest.mark.parametrize(
    ("scores", "y"),
    [
        (SCORES, Y),
        (autograd.tensor(SCORES)[:, None], autograd.tensor(Y)[:, None]),
        (np.stack([-SCORES, SCORES], 1), Y == 1),
        (np.where(SCORES > 3, np.inf, SCORES), 2 * Y - 1),
    ],
    ids=["scores", "a column of tensors", "two columns", "infinite"],
)
def test_two_classes_are_judged_as_by_scikit_learn(draw, scores, y, tmp_path):
    picture = draw(scores, y, tmp_path / "curve.png")
    check(picture)
    ranks = np.where(SCORES > 3, 9, SCORES) if np.isinf(np.asarray(scores)).any() else SCORES
    assert any(f"{AREA[draw](Y, ranks):.3f}" in text for text in words(picture.source))
    assert len(curves(picture)) == 1


def test_the_roc_curve_is_scikit_learns():
    false, true, _ = metrics.roc_curve(Y, SCORES)
    (line,) = curves(plot.roc(SCORES, Y))
    np.testing.assert_array_equal(line.get_xydata(), np.stack([false, true], 1))


def test_the_area_under_the_steps_of_precision_and_recall_is_the_average_precision():
    (line,) = curves(plot.precision_recall(SCORES, Y))
    recall, precision = line.get_xydata().T
    assert line.get_drawstyle() == "steps-pre"
    assert np.sum(np.diff(recall) * precision[1:]) == pytest.approx(metrics.average_precision_score(Y, SCORES))
    assert (recall[-1], precision[-1]) == (1, Y.mean())
    assert f"guessing {Y.mean():.3g}" in words(plot.precision_recall(SCORES, Y).source)


@both
def test_of_several_classes_each_is_told_from_the_rest(draw, tmp_path):
    picture = draw(SCORES3, Y3, tmp_path / "curves.png", classes=["$cat$", "dog" * 30, "é"])
    check(picture)
    areas = [AREA[draw](np.eye(3)[Y3][:, i], SCORES3[:, i]) for i in range(3)]
    measure = "AUC" if draw is plot.roc else "AP"
    named = [text for text in words(picture.source) if f"  {measure} " in text]
    assert [text.split(measure)[1].strip() for text in named] == [f"{area:.3f}" for area in sorted(areas, reverse=True)]
    assert any(text.startswith("$cat$ ") for text in named)
    assert any(text.startswith("dogdog") and "…" in text for text in named)


@both
def test_models_are_compared_by_all_their_decisions_together(draw):
    models = {"good": SCORES3, "guess": RNG.normal(size=(200, 3))}
    picture = draw(models, Y3)
    one_hot = np.eye(3)[Y3]
    for name, scores in models.items():
        assert any(t.startswith(name) and f"{AREA[draw](one_hot, scores, average='micro'):.3f}" in t
                   for t in words(picture.source))  # fmt: skip
    assert "all classes together, one against the rest" in words(picture.source)
    picture = draw({"good": SCORES, "worse": -SCORES}, Y)
    assert len(curves(picture)) == 2


@both
def test_what_cannot_be_judged_is_left_out_and_told(draw, tmp_path):
    scores = np.array([*SCORES3, [np.nan] * 3, [0, np.nan, 0]])
    scores = np.hstack([scores, scores[:, :1]])
    picture = draw(scores, [*Y3, 0, 1], tmp_path / "curves.png")
    check(picture)
    assert len(curves(picture)) == 3
    assert "2 samples without a score left out; left out, without samples: 3" in words(picture.source)


@both
def test_of_many_classes_the_worst_twelve_have_colours(draw):
    y = np.arange(400) % 20
    scores = RNG.normal(size=(400, 20)) + np.eye(20)[y] * np.arange(20)
    picture = draw(scores, y)
    grey = [to_hex(line.get_color()) == PALE_LINE for line in curves(picture)]
    assert sum(grey) == 8
    assert not any(grey[:4])
    assert "the 12 lowest of 20 in colour" in words(picture.source)


@both
def test_a_constant_score_is_no_better_than_guessing(draw, tmp_path):
    picture = draw(np.zeros(50), Y[:50], tmp_path / "curve.png")
    check(picture)
    value = 0.5 if draw is plot.roc else Y[:50].mean()
    assert any(text.endswith(f" {value:.3f}") for text in words(picture.source))


@both
@pytest.mark.parametrize(
    ("scores", "y", "text"),
    [
        ([0.1, 0.2], [1, 1], "samples of at least two classes, given 2 samples, all of one class"),
        ([np.nan, np.nan], [0, 1], "given 2 samples, with no finite scores"),
        (np.zeros((3, 3)), [2, 2, 2], None),
        ([], [], "at least two classes, given 0 samples"),
        ([0.1, 0.2], [0, 1, 1], r"scores \(N,\) or \(N, C\) and a class for each, given \(2,\) and 3 classes"),
        (np.zeros((2, 2, 2)), [0, 1], r"given \(2, 2, 2\)"),
        ([0.1, 0.2, 0.3], [0, 1, 2], r"the classes 0 and 1, or -1 and 1, given \[0, 1, 2\]"),
        (np.zeros((2, 3)), [0, 3], r"classes from 0 to 2 for scores of 3 classes, given \[0, 3\]"),
        ({}, [0, 1], "at least one model"),
        ({"a": [0.1, 0.2], "b": np.zeros((2, 3))}, [0, 1], "the same classes, given {'a': 1, 'b': 3}"),
    ],
)
def test_what_cannot_be_judged_at_all_is_refused(draw, scores, y, text, tmp_path):
    with pytest.raises(ValueError, match=text):
        draw(scores, y, tmp_path / "curve.png")
    assert not list(tmp_path.iterdir())
