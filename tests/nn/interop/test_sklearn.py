"""Networks are estimators of scikit-learn: its own checks pass, and its tools work with them."""

import pickle
import subprocess
import sys
import warnings

import numpy as np
import pytest

pytest.importorskip("sklearn", reason="the estimators stand on scikit-learn: pip install -e '.[sklearn]'")

import joblib
from sklearn.base import clone, is_classifier, is_regressor
from sklearn.compose import ColumnTransformer
from sklearn.datasets import (
    load_breast_cancer,
    load_diabetes,
    load_iris,
    load_wine,
    make_classification,
    make_regression,
)
from sklearn.ensemble import BaggingClassifier, VotingClassifier
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.model_selection import GridSearchCV, cross_val_predict, cross_val_score, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

import autograd
from nn.interop.sklearn import ChalkClassifier, ChalkRegressor
from nn.interop.sklearn.network_estimator import Rows

pytestmark = pytest.mark.filterwarnings(
    "ignore::sklearn.exceptions.ConvergenceWarning", "ignore::sklearn.exceptions.SkipTestWarning"
)
BOTH = pytest.mark.parametrize("kind", [ChalkClassifier, ChalkRegressor])
X, Y = load_iris(return_X_y=True)
NAMES = load_iris().target_names[Y]


def quick(kind=ChalkClassifier, **settings):
    return kind(
        **{"max_iter": 15, "lr": 0.01, "batch_size": 32, "random_state": 0, "n_iter_no_change": None, **settings}
    )


@parametrize_with_checks([ChalkClassifier(), ChalkRegressor()])
def test_scikit_learns_own_checks_pass_without_an_exemption(estimator, check):
    check(estimator)


def test_what_is_missing_is_named_with_the_command_that_installs_it():
    program = "import sys; sys.modules['sklearn'] = None; import nn.interop; import nn.interop.sklearn"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert "ImportError: the estimators stand on scikit-learn, which is not installed" in run.stderr
    assert "pip install -e '.[sklearn]'" in run.stderr


def test_each_is_of_its_kind():
    assert is_classifier(ChalkClassifier())
    assert is_regressor(ChalkRegressor())


@pytest.mark.parametrize("load", [load_iris, load_wine, load_breast_cancer])
def test_a_classifier_with_its_defaults_is_right_on_rows_it_has_not_seen(load):
    train_x, test_x, train_y, test_y = train_test_split(*load(return_X_y=True), random_state=1)
    assert ChalkClassifier(random_state=0).fit(train_x, train_y).score(test_x, test_y) > 0.9


def test_a_regressor_standardizes_the_targets_too_and_answers_in_their_unit():
    x, y = load_diabetes(return_X_y=True)
    model = ChalkRegressor(random_state=0).fit(x, 1e6 * y + 1e9)
    assert model.score(x, 1e6 * y + 1e9) > 0.5
    assert abs(model.predict(x).mean() / (1e6 * y + 1e9).mean() - 1) < 1e-3


def test_classes_may_be_words_and_come_back_as_words():
    model = quick().fit(X, NAMES)
    assert model.classes_.tolist() == ["setosa", "versicolor", "virginica"]
    assert set(model.predict(X)) == set(NAMES)
    assert model.score(X, NAMES) > 0.9


def test_probabilities_add_up_and_their_logarithms_are_theirs():
    model = quick().fit(X, Y)
    proba = model.predict_proba(X)
    assert proba.shape == (150, 3)
    np.testing.assert_allclose(proba.sum(axis=1), 1)
    np.testing.assert_allclose(model.predict_log_proba(X), np.log(proba))
    assert log_loss(Y, proba) < 0.4


def test_several_targets_are_learned_together_in_the_shape_they_came_in():
    x, y = make_regression(200, 5, n_targets=3, random_state=0)
    model = quick(ChalkRegressor, max_iter=100).fit(x, y)
    assert model.predict(x).shape == (200, 3)
    assert model.score(x, y) > 0.95
    assert model.fit(x, y[:, 0]).predict(x).shape == (200,)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@BOTH
def test_the_network_computes_in_the_dtype_of_the_table(kind, dtype):
    model = quick(kind).fit(X.astype(dtype), Y)
    assert model.network_[0].weight.dtype == model.inputs(X).dtype == dtype
    assert (model.predict_proba(X) if kind is ChalkClassifier else model.predict(X)).dtype == dtype


# -- training ----------------------------------------------------------------------------------------------------------


@BOTH
def test_parts_of_a_training_add_up_to_the_whole_bit_for_bit(kind):
    whole, parts = quick(kind, max_iter=4).fit(X, Y), quick(kind)
    for _ in range(4):
        parts.partial_fit(X, Y, **({"classes": [0, 1, 2]} if kind is ChalkClassifier else {}))
    assert parts.loss_curve_ == whole.loss_curve_
    assert parts.history_["epoch"] == [1, 2, 3, 4]
    np.testing.assert_array_equal(parts.outputs(X), whole.outputs(X))


def test_a_part_may_lack_classes_but_not_bring_new_ones():
    model = quick().partial_fit(X[:50], Y[:50], classes=[0, 1, 2]).partial_fit(X[50:100], Y[50:100])
    assert model.predict_proba(X).shape == (150, 3)
    with pytest.raises(ValueError, match=r"y has the classes \[7\], which are not among \[0, 1, 2\]"):
        model.partial_fit(X[:2], [0, 7])
    with pytest.raises(ValueError, match=r"the network was made for \[0, 1, 2\]"):
        model.partial_fit(X, Y, classes=[0, 1])
    with pytest.raises(ValueError, match="classes must be passed on the first call"):
        quick().partial_fit(X, Y)


@BOTH
def test_what_needs_all_rows_is_refused_in_parts(kind):
    with pytest.raises(ValueError, match="does not support early_stopping"):
        quick(kind, early_stopping=True).partial_fit(X, Y)
    with pytest.raises(ValueError, match="'balanced' needs all rows"):
        quick(class_weight="balanced").partial_fit(X, Y, classes=[0, 1, 2])


@BOTH
def test_early_stopping_keeps_the_weights_of_the_best_epoch(kind):
    model = quick(kind, max_iter=300, early_stopping=True, validation_fraction=0.2, n_iter_no_change=5).fit(X, Y)
    assert len(model.validation_scores_) == model.n_iter_ < 300
    assert model.best_validation_score_ == max(model.validation_scores_) > 0.8


def test_the_rows_to_stop_by_are_a_share_of_each_class_and_never_its_only_row():
    x, y = np.vstack([X, X[:1] + 10]), np.append(NAMES, "only one")
    weights = np.where(y == "setosa", 0.0, 1.0)
    model = quick(early_stopping=True, validation_fraction=0.5, max_iter=60).fit(x, y, weights)
    assert model.predict(x[-1:]) == ["only one"]
    train, held = model._split(Rows(X, Y, None), np.random.RandomState(0))
    assert np.bincount(held.target).tolist() == np.bincount(train.target).tolist() == [25, 25, 25]


@BOTH
def test_the_best_epoch_is_that_of_the_score_on_rows_that_were_not_trained_on(kind):
    model = quick(kind, max_iter=100, early_stopping=True, n_iter_no_change=None).fit(X, Y)
    assert model.n_iter_ == 100
    _, held = model._split(
        Rows(np.arange(150), Y if kind is ChalkClassifier else Y[:, None], None), np.random.RandomState(0)
    )
    assert max(model.validation_scores_) - model.score(X[held.x], Y[held.x]) <= 1e-4  # tol: less is no progress


def test_training_stops_when_the_loss_no_longer_falls():
    model = ChalkClassifier(max_iter=1000, lr=0.05, tol=1e-3, n_iter_no_change=3, random_state=0).fit(X, Y)
    assert model.n_iter_ < 1000
    assert model.validation_scores_ is model.best_validation_score_ is None
    assert model.loss_ == model.loss_curve_[-1]


def test_an_end_before_convergence_is_said_once_unless_it_was_meant():
    with pytest.warns(ConvergenceWarning, match=r"all 3 epochs are over.*raise max_iter") as told:
        ChalkClassifier(max_iter=3).fit(X, Y)
    assert len(told) == 1
    assert told[0].filename == __file__
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert ChalkClassifier(max_iter=3, n_iter_no_change=None).fit(X, Y).n_iter_ == 3


@BOTH
def test_a_warm_start_goes_on_and_a_cold_one_begins_anew(kind):
    warm = quick(kind, max_iter=5, warm_start=True).fit(X, Y)
    network, first = warm.network_, warm.loss_
    warm.fit(X, Y)
    assert warm.network_ is network
    assert warm.n_iter_ == 10
    assert warm.loss_ < first
    assert quick(kind, max_iter=5).fit(X, Y).fit(X, Y).n_iter_ == 5


@BOTH
def test_a_seed_settles_everything_and_nobody_elses_random_numbers_change(kind):
    before = autograd.get_rng_state().tolist()
    one, two = (quick(kind, early_stopping=True).fit(X, Y) for _ in range(2))
    np.testing.assert_array_equal(one.outputs(X), two.outputs(X))
    assert (one.outputs(X) != quick(kind, random_state=1).fit(X, Y).outputs(X)).any()
    assert autograd.get_rng_state().tolist() == before


def test_a_weight_counts_a_row_so_many_times():
    weights = np.arange(150) % 3
    weighted, repeated = (quick(class_weight="balanced", batch_size=1000) for _ in range(2))
    weighted.fit(X, Y, sample_weight=weights)
    repeated.fit(X.repeat(weights, axis=0), Y.repeat(weights))
    np.testing.assert_allclose(weighted.predict_proba(X), repeated.predict_proba(X), rtol=1e-9)


def test_balanced_classes_find_the_rare_one():
    x, y = make_classification(600, weights=[0.95], class_sep=0.6, random_state=3)
    plain, balanced = quick(lr=1e-3).fit(x, y), quick(lr=1e-3, class_weight="balanced").fit(x, y)
    by_hand = quick(lr=1e-3, class_weight={0: 600 / 2 / (y == 0).sum(), 1: 600 / 2 / (y == 1).sum()}).fit(x, y)
    assert balanced.predict(x)[y == 1].mean() > plain.predict(x)[y == 1].mean() + 0.1
    np.testing.assert_allclose(balanced.predict_proba(x), by_hand.predict_proba(x))


@pytest.mark.parametrize(
    ("class_weight", "says"),
    [
        ("even", "expected a dict"), ({5: 1.0}, r"there are no classes \[5\]"), ({0: -1.0}, "0 or more"),
        ({0: 0, 1: 0, 2: 0}, "all weights are zero"),
    ],
)  # fmt: skip
def test_a_wrong_class_weight_is_refused(class_weight, says):
    with pytest.raises(ValueError, match=says):
        quick(class_weight=class_weight).fit(X, Y)


@pytest.mark.parametrize(
    ("weights", "says"),
    [([1.0], "one weight for each row"), (-np.ones(150), "0 or more"), (np.full(150, np.nan), "sample_weight")],
)
@BOTH
def test_wrong_sample_weights_are_refused(kind, weights, says):
    with pytest.raises(ValueError, match=says):
        quick(kind).fit(X, Y, sample_weight=weights)


def test_huge_tiny_and_constant_columns_are_learned_from():
    x = np.hstack([X * [1e300, 1e-300, 1.0, 1e9], np.full((150, 1), 0.1)])
    x[:, 3] += 1e12
    assert quick(max_iter=50).fit(x, Y, sample_weight=np.linspace(0.5, 1.5, 150)).score(x, Y) > 0.9


# -- what is refused leaves everything as it was -----------------------------------------------------------------------


@BOTH
def test_bad_input_leaves_a_trained_estimator_as_it_was(kind):
    model = quick(kind).fit(X, Y)
    before = model.predict(X)
    for bad in ({"lr": -1.0}, {"module": 3}, {"batch_size": 0}, {"module__hidden": 3}):
        with pytest.raises((TypeError, ValueError)):
            clone(model).set_params(**bad).fit(X, Y)
        broken = pickle.loads(pickle.dumps(model)).set_params(**bad)
        with pytest.raises((TypeError, ValueError)):
            broken.fit(X[:, :2], Y[::-1])
        np.testing.assert_array_equal(broken.predict(X), before)


@pytest.mark.filterwarnings("ignore:overflow:RuntimeWarning", "ignore:invalid value:RuntimeWarning")
def test_a_training_that_blows_up_is_an_error_and_leaves_no_model():
    model = quick(ChalkRegressor, lr=1e200, max_iter=5)
    with pytest.raises(FloatingPointError, match="the loss is nan in step 2"):
        model.fit(X, Y)
    with pytest.raises(NotFittedError):
        model.predict(X)


@pytest.mark.parametrize(
    "setting",
    [{"max_iter": 0}, {"batch_size": "all"}, {"tol": -1}, {"validation_fraction": 1}, {"n_iter_no_change": 0},
     {"hidden_layer_sizes": (8, 0)}],
)  # fmt: skip
def test_a_setting_out_of_range_is_named(setting):
    with pytest.raises(ValueError, match=f"expected {next(iter(setting))} to be"):
        ChalkClassifier(**setting).fit(X, Y)


def test_too_few_rows_to_stop_by_are_refused():
    with pytest.raises(ValueError, match="leaves 1 to stop by"):
        quick(ChalkRegressor, early_stopping=True).fit(X[:10], Y[:10])


@BOTH
def test_an_interrupt_leaves_what_was_learned_until_then(kind):
    steps = []

    def criterion(output, target):
        steps.append(1)
        if len(steps) == 13:
            raise KeyboardInterrupt
        return output.square().mean()

    model = quick(kind, criterion=criterion)
    with pytest.raises(KeyboardInterrupt):
        model.fit(X, Y)
    assert model.n_iter_ == 2
    assert len(model.predict(X)) == 150


# -- in scikit-learn's tools -------------------------------------------------------------------------------------------


def test_a_search_over_settings_of_the_estimator_and_its_parts():
    pipe = make_pipeline(StandardScaler(), quick())
    grid = {
        "chalkclassifier__hidden_layer_sizes": [(4,), (16, 8)],
        "chalkclassifier__optimizer__weight_decay": [0, 10.0],
    }
    search = GridSearchCV(pipe, grid, cv=3).fit(X, NAMES)
    assert search.best_params_["chalkclassifier__optimizer__weight_decay"] == 0
    assert search.best_score_ > 0.8
    assert search.best_estimator_[-1].optimizer_.param_groups[0]["weight_decay"] == 0


def test_cross_validation_is_the_same_in_threads_as_in_line():
    alone = cross_val_score(quick(), X, Y, cv=4)
    with joblib.parallel_config("threading", n_jobs=4):
        np.testing.assert_array_equal(cross_val_score(quick(), X, Y, cv=4), alone)
    assert cross_val_predict(quick(ChalkRegressor), X, Y, cv=3).shape == (150,)


def test_it_votes_and_is_bagged():
    votes = VotingClassifier([("net", quick()), ("line", LogisticRegression())], voting="soft").fit(X, NAMES)
    assert votes.score(X, NAMES) > 0.9
    assert BaggingClassifier(quick(), 3, random_state=0).fit(X, Y).score(X, Y) > 0.9


@BOTH
def test_a_pickle_predicts_the_same_and_goes_on_the_same(kind, tmp_path):
    model = quick(kind).fit(X, Y)
    joblib.dump(model, tmp_path / "model.joblib")
    for copy in (joblib.load(tmp_path / "model.joblib"), pickle.loads(pickle.dumps(model))):
        np.testing.assert_array_equal(copy.predict(X), model.predict(X))
    np.testing.assert_array_equal(copy.partial_fit(X, Y).outputs(X), model.partial_fit(X, Y).outputs(X))


def test_it_shows_itself_as_scikit_learns_do():
    model = ChalkClassifier(lr=0.01, optimizer__weight_decay=0.1)
    assert repr(model) == "ChalkClassifier(lr=0.01, optimizer__weight_decay=0.1)"
    assert "ChalkClassifier" in model._repr_html_()


def test_it_is_verbose_and_asks_the_doctor_when_told(capsys):
    quick(max_iter=2, verbose=True).fit(X, Y)
    assert "epoch 2/2  lr 0.01  loss 0." in capsys.readouterr().out
    quick(max_iter=2, doctor=True, lr=1e-9).fit(X, Y)
    assert "lr_too_low" in capsys.readouterr().out


# -- tables of pandas --------------------------------------------------------------------------------------------------


def test_the_columns_of_a_frame_are_remembered_by_name():
    frame = pytest.importorskip("pandas").DataFrame(X, columns=["a", "b", "c", "d"])
    model = quick().fit(frame, NAMES)
    assert model.feature_names_in_.tolist() == ["a", "b", "c", "d"]
    assert model.n_features_in_ == 4
    with pytest.warns(UserWarning, match="X does not have valid feature names"):
        model.predict(X)
    with pytest.raises(ValueError, match="feature names should match"):
        model.predict(frame[["d", "c", "b", "a"]])


def test_a_frame_of_words_and_numbers_goes_through_a_pipeline():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"size": X[:, 2], "kind": np.where(X[:, 3] > 1, "broad", "narrow")})
    columns = ColumnTransformer([("words", OneHotEncoder(), ["kind"])], remainder="passthrough")
    model = make_pipeline(columns, quick(max_iter=60)).fit(frame, pandas.Series(NAMES, name="flower"))
    assert model.score(frame, NAMES) > 0.9
