"""Permutation importance: of the columns of a table as they are in the file, value for value scikit-learn's."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn import inspection
from sklearn.base import BaseEstimator
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import get_scorer, make_scorer, mean_absolute_error
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import ClassifierTags

import autograd
import nn
from nn import plot
from nn.data import Subset, datasets
from nn.interop.sklearn import ChalkClassifier, ChalkRegressor
from nn.runs.data_of_run import data_of
from nn.runs.data_record import DataChangedError
from nn.runs.run_folder import RunFolder
from nn.train import BalancedAccuracy, load_run, permutation_importance
from tests.cli_runs import fails, here, process
from tests.drawn import check, words

pytestmark = pytest.mark.filterwarnings("ignore::nn.data.datasets.DataNote")


def rows(n=240, seed=0):
    """A table with numbers, words, a date and missing cells; `sick` hangs on dose and town, `weight` is noise."""
    draw = np.random.default_rng(seed)
    frame = pd.DataFrame({
        "dose": draw.normal(10, 3, n).round(2),
        "town": draw.choice(["Ulm", "Bonn", "Jena"], n),
        "weight": draw.normal(70, 9, n).round(1),
        "seen": pd.Timestamp("2024-01-01") + pd.to_timedelta(draw.integers(0, 300, n), "D"),
    })  # fmt: skip
    score = frame["dose"] + 4 * (frame["town"] == "Ulm") + draw.normal(0, 1, n)
    frame.loc[draw.random(n) < 0.05, "weight"] = None
    return frame.assign(cost=(10 * score).round(1), sick=np.where(score > score.median(), "yes", "no"))


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    rows().drop(columns="cost").to_csv(folder / "sick.csv", index=False)
    rows().drop(columns="sick").to_csv(folder / "cost.csv", index=False)
    for name, *flags in ("sick.csv", "--epochs", 40), ("cost.csv", "--epochs", 40), ("digits", "--epochs", 1):
        assert process("train", name, *flags, "--quiet", folder=folder).code == 0
    return folder / "runs"


@pytest.fixture(autouse=True)
def beside_the_tables(runs, monkeypatch):
    monkeypatch.chdir(runs.parent)


class Wrapped(BaseEstimator):
    """A run as an estimator of whole tables, for scikit-learn's function."""

    def __init__(self, run=None):
        self.run = run
        self.classes_ = None if run.classes is None else np.array(run.classes)
        self._estimator_type = "regressor" if run.classes is None else "classifier"

    def fit(self, X, y):
        return self

    def predict(self, X):
        return np.array([each.answer for each in self.run.predict(X)])

    def predict_proba(self, X):
        return self.run.predict_proba(X)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.estimator_type = self._estimator_type
        if self.run.classes is not None:
            tags.classifier_tags = ClassifierTags()
        return tags


@pytest.mark.parametrize(
    ("name", "ours", "theirs"),
    [
        ("sick", None, "accuracy"),
        ("sick", "balanced_accuracy", "balanced_accuracy"),
        ("sick", "log_loss", "neg_log_loss"),
        ("sick", "roc_auc", "roc_auc"),
        ("cost", None, "r2"),
        ("cost", "mae", "neg_mean_absolute_error"),
        ("cost", "rmse", "neg_root_mean_squared_error"),
    ],
)
def test_a_run_is_judged_as_scikit_learn_judges_it_on_the_raw_columns(name, ours, theirs, runs):
    run, frame = load_run(runs / name), rows(80, seed=7).drop(columns={"sick": "cost", "cost": "sick"}[name])
    found = permutation_importance(run, frame, scoring=ours, n_repeats=3, random_state=5)
    X, y = frame.drop(columns=name), frame[name]
    model = Wrapped(run)
    expected = inspection.permutation_importance(
        model, X.astype(object), y, scoring=get_scorer(theirs), n_repeats=3, random_state=5
    )
    kept = [X.columns.get_loc(column) for column in found.features]
    np.testing.assert_allclose(found.importances, expected.importances[kept], atol=1e-6)
    np.testing.assert_allclose(found.importances_mean, expected.importances_mean[kept], atol=1e-6)
    np.testing.assert_allclose(found.importances_std, expected.importances_std[kept], atol=1e-6)
    assert abs(found.score) == pytest.approx(abs(get_scorer(theirs)(model, X, y)), rel=1e-6)
    assert found.falls == (not theirs.startswith("neg_"))


@pytest.mark.parametrize("name", ["sick", "cost"])
def test_what_the_target_hangs_on_comes_first_and_noise_is_worth_nothing(name, runs):
    found = permutation_importance(load_run(runs / name))
    ranked = [column for column, _, _ in found.ranked()]
    assert ranked[:2] == ["dose", "town"]
    assert set(ranked) == {"dose", "town", "weight", "seen"}
    means = dict(zip(found.features, found.importances_mean, strict=True))
    assert means["weight"] < 0.2 * means["dose"]


def test_without_data_it_is_measured_on_the_rows_held_out(runs):
    found = permutation_importance(load_run(runs / "sick"))
    held_out = data_of(RunFolder.open(runs / "sick")).parts["valid"]
    assert (found.rows, found.measured_on) == (len(held_out), "held-out rows")
    again = permutation_importance(load_run(runs / "sick"), held_out)
    np.testing.assert_array_equal(found.importances, again.importances)


def test_the_threshold_of_a_run_counts(runs):
    run = load_run(runs / "sick")
    always = permutation_importance(replace(run, threshold=1e-9))
    assert always.score == pytest.approx(0.5, abs=0.05)
    assert not always.importances.any()


def test_rows_that_were_trained_on_are_told(runs):
    assert permutation_importance(load_run(runs / "sick"), rows(60, seed=3)).note == ""
    known = permutation_importance(load_run(runs / "sick"), runs.parent / "sick.csv")
    trained = len(data_of(RunFolder.open(runs / "sick")).train)
    assert known.note == f"{trained} of these 240 rows are data that it was trained on"
    assert f"note: {known.note}" in str(known)


def test_data_that_were_read_in_another_way_are_refused(runs):
    run = load_run(runs / "sick")
    table = datasets.CSV(runs.parent / "sick.csv", encoding=run.preprocessing.encoding)
    assert permutation_importance(run, Subset(table, range(50))).rows == 50
    other = datasets.CSV(runs.parent / "sick.csv", standardize=False)
    for data in other, Subset(other, range(50)):
        with pytest.raises(ValueError, match="X was read in another way than the data of the run"):
            permutation_importance(run, data)


def test_a_table_that_changed_is_told_and_rows_that_were_trained_on_are_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    table = rows(60).drop(columns="cost")
    table.to_csv("sick.csv", index=False)
    assert process("train", "sick.csv", "--epochs", 1, "--quiet", folder=tmp_path).code == 0
    run = load_run("runs/sick")
    held_out = data_of(RunFolder.open(run.path)).parts["valid"].indices
    pd.concat([table, rows(20, seed=9).drop(columns="cost")]).to_csv("sick.csv", index=False)
    found = permutation_importance(run)
    assert "sick.csv has changed since the run was trained: new or changed rows: 20" in found.note
    assert found.rows == len(held_out) + 20
    table.drop(index=held_out).to_csv("sick.csv", index=False)
    with pytest.raises(DataChangedError, match="nothing is left that the model was not trained on: give other rows as"):
        permutation_importance(run)


@pytest.mark.parametrize("scoring", [BalancedAccuracy(), lambda y_true, y_pred: 1.0, nn.train.Accuracy()])
def test_a_metric_or_a_function_can_be_the_figure(scoring, runs):
    if not isinstance(scoring, nn.train.Metric):
        scoring.__name__ = "always"
    found = permutation_importance(load_run(runs / "sick"), scoring=scoring)
    assert found.scoring in ("balanced_accuracy", "always", "accuracy")
    assert (found.scoring == "always") == (not found.importances.any())
    if isinstance(scoring, nn.train.Metric):
        assert not getattr(scoring, "total", 0)


def test_the_model_and_the_random_numbers_are_left_alone(runs):
    run, drawn = load_run(runs / "sick"), np.random.get_state()
    before = {name: value.numpy().copy() for name, value in run.model.state_dict().items()}
    autograd.manual_seed(3)
    number = autograd.rand(1).item()
    autograd.manual_seed(3)
    permutation_importance(run)
    assert autograd.rand(1).item() == number
    assert np.array_equal(np.random.get_state()[1], drawn[1])
    assert all(np.array_equal(value.numpy(), before[name]) for name, value in run.model.state_dict().items())
    assert not run.model.training


@pytest.mark.parametrize("state", [0, 7, "state"])
def test_an_estimator_is_judged_by_scikit_learn(state):
    x, y = datasets.iris().tensors
    x, y = x.numpy(), y.numpy()
    models = ChalkClassifier(max_iter=20, n_iter_no_change=None, random_state=0).fit(x, y), make_pipeline(
        StandardScaler(), RandomForestClassifier(5, random_state=0)).fit(x, y)  # fmt: skip
    for model in models:
        first, second = (np.random.RandomState(4) if state == "state" else state for _ in range(2))
        found = permutation_importance(model, x, y, n_repeats=4, random_state=first)
        expected = inspection.permutation_importance(model, x, y, n_repeats=4, random_state=second)
        np.testing.assert_array_equal(found.importances, expected.importances)
        assert (found.features, found.scoring) == (("x0", "x1", "x2", "x3"), "accuracy")
        assert found.score == model.score(x, y)


def test_an_estimator_of_numbers_takes_any_scorer_and_names_the_columns():
    frame = rows()[["dose", "weight"]].fillna(70)
    model = ChalkRegressor(max_iter=30, n_iter_no_change=None, random_state=0).fit(frame, rows()["cost"])
    found = permutation_importance(model, frame, rows()["cost"])
    assert (found.scoring, found.features) == ("r2", ("dose", "weight"))
    assert next(found.ranked())[0] == "dose"
    scorer = make_scorer(mean_absolute_error, greater_is_better=False)
    assert permutation_importance(model, frame, rows()["cost"], scoring=scorer).scoring == "score"
    assert permutation_importance(model, frame, rows()["cost"], scoring="neg_median_absolute_error").score < 0


def test_what_cannot_be_judged_is_refused(runs):
    run, model = load_run(runs / "sick"), ChalkClassifier()
    for wrong, text in [
        (lambda: permutation_importance(load_run(runs / "digits")), "is a run of images: see nn.plot.saliency"),
        (lambda: permutation_importance(run, y=[1]), "the target is a column of the table X: leave y out"),
        (lambda: permutation_importance(run, n_repeats=0), "expected n_repeats to be 1 or more, given 0"),
        (lambda: permutation_importance(run, scoring="r2"), "one of accuracy, balanced_accuracy, .*given 'r2'"),
        (lambda: permutation_importance(load_run(runs / "cost"), scoring="f1"), "one of r2, mae, rmse, mape"),
        (lambda: permutation_importance(run, rows().drop(columns="dose")), "there is no column 'dose'"),
        (lambda: permutation_importance(run, rows().drop(columns="sick")), "there is no column 'sick'"),
        (lambda: permutation_importance(model, np.eye(3)), "an estimator keeps no data: give X and y"),
        (lambda: permutation_importance(model, np.eye(3), [0, 1, 2], scoring=["r2"]), "expected one scorer, given 1"),
    ]:
        with pytest.raises(ValueError, match=text):
            wrong()
    for wrong, text in [
        (lambda: permutation_importance(nn.Linear(2, 2)), "expected a run, as load_run gives it, or a fitted"),
        (lambda: permutation_importance(run, scoring=3), "scoring to be a name, a metric or a function, given 3"),
    ]:
        with pytest.raises(TypeError, match=text):
            wrong()


def test_weights_that_are_not_finite_are_refused(runs):
    run = load_run(runs / "sick")
    with autograd.no_grad():
        next(iter(run.model.parameters())).fill_(np.nan)
    with pytest.raises(ValueError, match=r"its training failed, since .* is not finite"):
        permutation_importance(run)


def test_it_shows_as_a_table_and_as_a_picture(runs, tmp_path):
    found = permutation_importance(load_run(runs / "sick"))
    first, *lines = str(found).splitlines()
    assert first.startswith(f"accuracy {found.score:.4g} on {found.rows} held-out rows; by how much it falls when a ")
    assert lines[0].split()[0] == "dose"
    assert float(lines[0].split()[1]) == pytest.approx(max(found.importances_mean), abs=1e-4)
    assert "not what causes the target" in lines[-1]
    assert repr(found).startswith("<Importances: dose 0.")
    page = found._repr_html_()
    assert page.index(">dose<") < page.index(">town<")
    assert "accuracy falls by" in page
    picture = found.plot(tmp_path / "importance.png")
    check(picture)
    assert {"dose", "town", "weight", "seen", "accuracy falls by so much when the column is permuted"} <= set(
        words(picture.source))  # fmt: skip
    bars = [bar.get_width() for bar in picture.source.axes[0].patches]
    assert bars == pytest.approx(sorted(found.importances_mean, reverse=True))


def test_the_picture_takes_scikit_learns_result_and_many_columns(tmp_path):
    draw = np.random.default_rng(0)

    class Result:
        importances = draw.normal(0, 1, (200, 5))

    check(plot.importance(Result, tmp_path / "many.png", features=[f"$column_{i}$" * 9 for i in range(200)]))
    assert "the 20 most important of 200" in words(plot.importance(Result).source)
    with pytest.raises(ValueError, match="a name for each of 200 columns, given 2"):
        plot.importance(Result, features=["a", "b"])
    with pytest.raises(ValueError, match="expected most to be 1 or more, given 0"):
        plot.importance(Result, most=0)
    Result.importances = np.zeros((3, 0))
    with pytest.raises(ValueError, match=r"expected importances \(columns, repeats\), given \(3, 0\)"):
        plot.importance(Result)
    Result.importances = np.zeros((1, 1))
    check(plot.importance(Result, tmp_path / "one.png"))


def test_the_command_line_prints_the_table_and_a_caution(runs, capsys):
    done = here(capsys, "evaluate", runs / "sick", "--importance")
    assert (done.code, done.err) == (0, "")
    found = permutation_importance(load_run(runs / "sick"))
    table = done.out[done.out.index("accuracy falls by") :].splitlines()
    name, mean, std = next(found.ranked())
    assert table[2].split() == [name, f"{mean:.4f}", f"{std:.4f}"]
    assert table[-1].startswith("note: this is what the model leans on, not what causes the target")
    assert "r2 falls by" in here(capsys, "evaluate", runs / "cost", "--importance").out
    assert "falls by" not in here(capsys, "evaluate", runs / "sick").out
    done = here(capsys, "evaluate", runs / "digits", "--importance")
    assert fails(done, 2, "--importance: it is for the columns of a table, and this is a run of images")
    assert done.out == ""
