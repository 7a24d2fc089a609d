"""What a search is told of a training, epoch by epoch."""

import sys
from types import SimpleNamespace

import pytest

import autograd
import nn
from nn import optim
from nn.train import Accuracy, EarlyStopping, OptunaReport, RayReport, Trainer


def fit(*callbacks, valid=True, epochs=6):
    autograd.manual_seed(0)
    x = autograd.randn(40, 3)
    data = x, (x[:, 0] > 0).to(autograd.int64)
    net = nn.MLP(3, [4, 2])
    trainer = Trainer(metrics=[Accuracy()], callbacks=callbacks, progress=False)
    return trainer.fit(
        net, data, data if valid else None, epochs, optim.Adam(net.parameters(), lr=0.1), nn.CrossEntropyLoss()
    )


def test_optuna_sees_every_epoch_and_prunes_what_is_worse():
    optuna = pytest.importorskip("optuna")
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    pruner = optuna.pruners.ThresholdPruner(lower=0.0, n_warmup_steps=3)
    study = optuna.create_study(pruner=pruner)

    def objective(trial):
        report = OptunaReport(trial, "valid_loss")
        history = fit(report)
        assert not report.pruned
        assert list(trial.study.trials[0].intermediate_values.values()) == [row["valid_loss"] for row in history]
        return history[-1]["valid_loss"]

    study.optimize(objective, n_trials=1)
    assert list(study.trials[0].intermediate_values) == [1, 2, 3, 4, 5, 6]
    study.pruner = optuna.pruners.ThresholdPruner(upper=0.0, n_warmup_steps=3)
    report = OptunaReport(study.ask(), "valid_loss")
    assert len(fit(report)) == 3
    assert report.pruned


def test_ray_is_told_every_figure(monkeypatch):
    told = []
    fake = SimpleNamespace(report=told.append)
    monkeypatch.setitem(sys.modules, "ray", SimpleNamespace(tune=fake))
    monkeypatch.setitem(sys.modules, "ray.tune", fake)
    history = fit(RayReport("valid_accuracy"))
    assert told == [dict(row) for row in history]


@pytest.mark.parametrize("valid", [True, False])
def test_a_figure_that_is_not_there_is_named(valid):
    report = OptunaReport(SimpleNamespace(), "valid_f1")
    with pytest.raises(ValueError, match="OptunaReport: there is no 'valid_f1' in the history, only epoch,") as error:
        fit(report, valid=valid)
    assert ("give fit() validation data" in str(error.value)) is not valid


def test_without_ray_the_report_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(ImportError, match=r"RayReport reports to Ray Tune.*\.\[ray\]"):
        RayReport()


def test_another_callback_may_stop_the_training_too():
    trial = SimpleNamespace(report=lambda value, step: None, should_prune=lambda: False)
    report = OptunaReport(trial, "valid_accuracy")
    history = fit(report, EarlyStopping("valid_accuracy", patience=1, mode="max"), epochs=40)
    assert len(history) < 40
    assert not report.pruned
