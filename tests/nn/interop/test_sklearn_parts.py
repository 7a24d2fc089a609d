"""Any network, loss and optimizer can be the part of an estimator of scikit-learn, with options of its own."""

import pickle

import numpy as np
import pytest

pytest.importorskip("sklearn", reason="the estimators stand on scikit-learn: pip install -e '.[sklearn]'")

from sklearn.base import clone
from sklearn.datasets import load_breast_cancer, load_digits, load_iris
from sklearn.model_selection import GridSearchCV

import nn
from nn import optim
from nn.interop.sklearn import ChalkClassifier, ChalkRegressor

X, Y = load_iris(return_X_y=True)
TWO_X, TWO_Y = load_breast_cancer(return_X_y=True)


def quick(kind=ChalkClassifier, *args, **settings):
    defaults = {"max_iter": 15, "lr": 0.01, "batch_size": 32, "random_state": 0, "n_iter_no_change": None}
    return kind(*args, **{**defaults, **settings})


class Sized(nn.Module):
    """Told the numbers of inputs and outputs."""

    def __init__(self, inputs, outputs, hidden=8, dropout=0.0):
        self.layers = nn.Sequential(
            nn.Linear(inputs, hidden), nn.ReLU(), nn.Dropout(dropout), nn.Linear(hidden, outputs)
        )

    def forward(self, x):
        return self.layers(x)


class Fixed(nn.Module):
    """Made for iris alone."""

    def __init__(self, hidden=8):
        self.layers = nn.MLP(4, [hidden, 3])

    def forward(self, x):
        return self.layers(x)


def narrow(inputs, outputs, hidden=8):
    return nn.MLP(inputs, [hidden, hidden, outputs])


@pytest.mark.parametrize("module", [Sized, Fixed, narrow, nn.Linear, nn.LazyLinear(3), nn.MLP(4, [8, 3])],
                         ids=["sized", "fixed", "function", "Linear", "lazy", "instance"])
def test_a_network_may_be_a_class_a_function_or_an_instance(module):
    model = quick(ChalkClassifier, module, max_iter=40).fit(X, Y)
    assert model.score(X, Y) > 0.9
    assert not model.network_.training


@pytest.mark.parametrize("module", [Sized, Fixed, narrow])
def test_options_of_the_network_reach_it(module):
    model = quick(module=module, module__hidden=5).fit(X, Y)
    assert next(model.network_.parameters()).shape == (5, 4)
    assert model.get_params()["module__hidden"] == clone(model).get_params()["module__hidden"] == 5
    assert next(model.set_params(module__hidden=6).fit(X, Y).network_.parameters()).shape == (6, 4)


def test_an_instance_is_copied_and_stays_as_it_was():
    given = nn.MLP(4, [8, 3])
    before = [p.clone() for p in given.parameters()]
    model = quick(module=given).fit(X, Y)
    assert model.network_ is not given
    assert all((p == b).all() for p, b in zip(given.parameters(), before, strict=True))
    assert model.get_params()["module"] is given
    assert clone(model).module is not given


def test_a_search_goes_over_the_options_of_the_network():
    search = GridSearchCV(quick(module=Sized), {"module__hidden": [2, 16], "module__dropout": [0.0, 0.9]}, cv=3)
    assert search.fit(X, Y).best_params_ == {"module__hidden": 16, "module__dropout": 0.0}


def test_rows_may_become_images():
    def convolutional(inputs, outputs):
        return nn.Sequential(
            nn.Unflatten(1, (1, 8, 8)), nn.Conv2d(1, 8, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
            nn.Linear(72, outputs),
        )  # fmt: skip

    x, y = load_digits(return_X_y=True)
    assert quick(module=convolutional, max_iter=3).fit(x, y).score(x, y) > 0.9


def test_random_layers_draw_from_the_seed():
    one, two = (quick(module=Sized, module__dropout=0.5).fit(X, Y) for _ in range(2))
    np.testing.assert_array_equal(one.predict_proba(X), two.predict_proba(X))


@pytest.mark.parametrize(
    ("settings", "error", "says"),
    [
        ({"module": "MLP"}, TypeError, "expected an nn.Module, its class, or a function that returns one, given str"),
        ({"module": lambda inputs, outputs: None}, TypeError, "given NoneType by it"),
        ({"module": lambda inputs: nn.Linear(inputs, 3)}, TypeError, "has 1 parameters without a value, inputs"),
        ({"module": nn.Linear(4, 2)}, ValueError, r"output has the shape \(2, 2\), expected \(2, 3\)"),
        (
            {"module": nn.LSTM(4, 3)},
            TypeError,
            "expected a network that returns a Tensor, given one that returns tuple",
        ),
        ({"module": nn.Linear(4, 3), "module__bias": False}, TypeError, "module is made already"),
        ({"module__hidden": 3}, TypeError, "but no module"),
        ({"module": Sized, "module__hiden": 3}, TypeError, "unexpected keyword argument 'hiden'"),
        ({"max_epochs": 3}, TypeError, "ChalkClassifier got an unexpected keyword argument 'max_epochs'"),
        ({"optimizer": "adam"}, TypeError, "expected a class of nn.optim"),
        ({"optimizer": optim.LBFGS}, TypeError, "LBFGS asks for a closure"),
        ({"optimizer__momentum": 0.9}, TypeError, "momentum"),
        ({"criterion": "log_loss"}, TypeError, "expected a loss such as nn.CrossEntropyLoss, given 'log_loss'"),
        ({"criterion": nn.CrossEntropyLoss(), "criterion__ignore_index": 1}, TypeError, "criterion is no class"),
        ({"criterion": nn.BCEWithLogitsLoss}, ValueError, "tells two classes apart, given 3"),
    ],
)
def test_a_part_that_does_not_fit_is_refused_by_name(settings, error, says):
    model = quick(**settings)
    with pytest.raises(error, match=says):
        model.fit(X, Y)
    assert not hasattr(model, "network_")


def test_an_unknown_setting_is_refused_where_it_is_set():
    with pytest.raises(ValueError, match="Invalid parameter 'max_epochs'"):
        quick().set_params(max_epochs=3)
    with pytest.raises(TypeError, match="'max_epochs'"):
        clone(quick(max_epochs=3)).fit(X, Y)


@pytest.mark.parametrize(
    ("optimizer", "options"),
    [
        (optim.SGD, {"optimizer__momentum": 0.9, "optimizer__nesterov": True}),
        (optim.AdamW, {"optimizer__lr": 0.02}),
        (lambda params, lr: optim.RMSprop(params, lr / 2), {}),
    ],
)
def test_the_optimizer_is_given_its_options_and_the_learning_rate(optimizer, options):
    model = quick(optimizer=optimizer, **options).fit(X, Y)
    group = model.optimizer_.param_groups[0]
    assert model.score(X, Y) > 0.85
    assert group["lr"] == options.get("optimizer__lr", 0.005 if not options else 0.01)
    assert all(group[name.partition("__")[2]] == value for name, value in options.items())


def log_probabilities(inputs, outputs):
    return nn.Sequential(nn.MLP(inputs, [16, outputs]), nn.LogSoftmax(dim=1))


def per_row(output, target):
    return nn.CrossEntropyLoss(reduction="none")(output, target) + 1


@pytest.mark.parametrize("weights", [None, np.linspace(0.5, 1.5, 569)], ids=["plain", "weighted"])
@pytest.mark.parametrize(
    "settings",
    [
        {"criterion": nn.CrossEntropyLoss, "criterion__label_smoothing": 0.1},
        {"criterion": nn.CrossEntropyLoss(label_smoothing=0.1)},
        {"criterion": nn.BCEWithLogitsLoss},
        {"criterion": nn.BCEWithLogitsLoss()},
        {"criterion": nn.NLLLoss, "module": log_probabilities},
        {"criterion": nn.MultiMarginLoss},
    ],
    ids=["smoothed", "instance", "BCE", "BCE instance", "NLL", "margin"],
)
def test_the_criterion_says_how_probabilities_are_read(settings, weights):
    model = quick(**settings).fit(TWO_X, np.where(TWO_Y, "benign", "malignant"), weights)
    proba = model.predict_proba(TWO_X)
    assert proba.shape == (569, 2)
    np.testing.assert_allclose(proba.sum(axis=1), 1)
    assert ((proba[:, 1] > 0.5) == (TWO_Y == 0)).mean() > 0.95


def test_a_weighted_loss_has_to_be_that_of_each_row():
    weights = np.ones(150)
    assert quick(criterion=per_row).fit(X, Y, weights).score(X, Y) > 0.9
    with pytest.raises(ValueError, match=r"has to return the loss of each row, of shape \(32, …\), given \(\)"):
        quick(criterion=lambda output, target: per_row(output, target).mean()).fit(X, Y, weights)


def test_a_regression_may_have_any_loss_and_several_targets():
    y = np.stack([X[:, 0] * 1000, -X[:, 1]], axis=1)
    for criterion in (nn.L1Loss, nn.HuberLoss(delta=0.5), nn.functional.mse_loss):
        for weights in (None, np.arange(150.0)):
            if criterion is not nn.functional.mse_loss or weights is None:
                assert quick(ChalkRegressor, criterion=criterion, max_iter=30).fit(X, y, weights).score(X, y) > 0.9


def test_a_network_of_ones_own_can_be_pickled_with_the_estimator():
    model = quick(module=Sized, criterion=nn.NLLLoss(), optimizer=optim.SGD).fit(X, Y)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(model)).predict(X), model.predict(X))


def test_what_the_network_is_given_and_answers_can_be_seen():
    model = quick().fit(X, Y)
    np.testing.assert_allclose(model.inputs(X).mean(dim=0), 0, atol=1e-12)
    np.testing.assert_array_equal(model.network_(model.inputs(X)).detach(), model.outputs(X))
    raw = quick(standardize=False).fit(X, Y)
    np.testing.assert_array_equal(raw.inputs(X), X)
    assert model.history_["epoch"] == [*range(1, 16)]
    assert "loss" in model.history_.columns
