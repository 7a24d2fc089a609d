"""What is measured of scores and of classes is what scikit-learn computes, whatever the batches."""

import warnings
from functools import partial

import numpy as np
import pytest
from scipy import special
from sklearn import metrics as sk

import autograd
import nn
from nn import optim
from nn.train import (
    F1,
    MAPE,
    RMSE,
    ROCAUC,
    AveragePrecision,
    BalancedAccuracy,
    Brier,
    Checkpoints,
    FunctionMetric,
    LogLoss,
    TopK,
    Trainer,
    evaluate,
)  # fmt: skip
from tests.nn.train.test_metrics import counted


def cases(classes, ties=False, missing=False, n=90):
    """Logits and classes: with equal scores, or with classes of which there is no sample."""
    for seed in range(8):
        draw = np.random.default_rng(seed)
        logits = draw.normal(size=(n, classes)) * 2
        y = draw.choice(classes - missing, size=n)
        logits[np.arange(n), y] += draw.choice([0, 1.5])
        yield (np.round(logits) if ties else logits), y


KINDS = pytest.mark.parametrize(("ties", "missing"), [(False, False), (True, False), (False, True), (True, True)])


@KINDS
@pytest.mark.parametrize("classes", [2, 3, 6])
def test_classes_are_balanced_as_in_scikit_learn(classes, ties, missing):
    for logits, y in cases(classes, ties, missing):
        read = logits.argmax(1)
        with warnings.catch_warnings(action="ignore"):
            assert counted(BalancedAccuracy(), logits, y) == {
                "balanced_accuracy": pytest.approx(sk.balanced_accuracy_score(y, read))
            }
        found = counted(F1(), logits, y)
        assert found["f1"] == pytest.approx(sk.f1_score(y, read, average="macro"))
        assert found["f1_weighted"] == pytest.approx(sk.f1_score(y, read, average="weighted"))
        met = np.union1d(y, read)
        each = sk.f1_score(y, read, average=None)
        assert [found[f"f1[{i}]"] for i in met] == pytest.approx(each.tolist())


@KINDS
@pytest.mark.parametrize("classes", [2, 4])
def test_probabilities_are_judged_as_in_scikit_learn(classes, ties, missing):
    labels = list(range(classes))
    for logits, y in cases(classes, ties, missing):
        chances = special.softmax(logits, 1)
        for given, options in (logits, {}), (chances, {"from_logits": False}):
            loss = sk.log_loss(y, chances, labels=labels)
            assert counted(LogLoss(**options), given, y)["log_loss"] == pytest.approx(loss)
            brier = sk.brier_score_loss(y, chances if classes > 2 else chances[:, 1], labels=labels)
            assert counted(Brier(**options), given, y)["brier"] == pytest.approx(brier)


@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("k", [1, 2, 3, 5])
def test_the_best_k_are_those_of_scikit_learn(k, ties):
    for logits, y in cases(5, ties):
        found = counted(TopK(k), logits, y)
        with warnings.catch_warnings(action="ignore"):  # k = 5 is always right
            assert found == {f"top{k}_accuracy": pytest.approx(sk.top_k_accuracy_score(y, logits, k=k))}


@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("shape", ["(N,)", "(N, 1)", "(N, 2)"])
@pytest.mark.parametrize("from_logits", [True, False])
def test_two_classes_are_told_apart_as_in_scikit_learn(shape, ties, from_logits):
    for logits, y in cases(2, ties):
        single = logits[:, 1] - logits[:, 0]
        if not from_logits:
            single = np.round(special.expit(single), 2)
        both = {True: logits, False: np.stack([1 - single, single], 1)}[from_logits]
        output = {"(N,)": single, "(N, 1)": single[:, None], "(N, 2)": both}[shape]
        for kind, judge in (ROCAUC, sk.roc_auc_score), (AveragePrecision, sk.average_precision_score):
            (value,) = counted(kind(from_logits=from_logits), output, y).values()
            assert value == pytest.approx(judge(y, single))


@KINDS
def test_each_class_is_told_from_the_rest_as_in_scikit_learn(ties, missing):
    for logits, y in cases(4, ties, missing):
        chances = np.round(special.softmax(logits, 1), 1 if ties else 9)
        areas = counted(ROCAUC("abcd", from_logits=False), chances, y)
        precisions = counted(AveragePrecision(from_logits=False), chances, y)
        known = range(4 - missing)
        each = [sk.roc_auc_score(y == i, chances[:, i]) for i in known]
        assert [areas[f"roc_auc[{name}]"] for name in "abcd"[: 4 - missing]] == pytest.approx(each)
        assert areas["roc_auc"] == pytest.approx(np.mean(each))
        each = [sk.average_precision_score(y == i, chances[:, i]) for i in known]
        assert [precisions[f"average_precision[{i}]"] for i in known] == pytest.approx(each)
        assert precisions["average_precision"] == pytest.approx(np.mean(each))
        if missing:
            assert np.isnan(areas["roc_auc[d]"])
            assert np.isnan(precisions["average_precision[3]"])
        elif not ties:
            exact = special.softmax(logits, 1)
            assert areas["roc_auc"] == pytest.approx(sk.roc_auc_score(y, exact, multi_class="ovr"))
            assert counted(ROCAUC(), logits, y)["roc_auc"] == pytest.approx(areas["roc_auc"])


def test_very_sure_logits_keep_their_order_and_their_loss():
    logits, y = np.array([[0.0, 50.0], [0.0, 90.0], [0.0, 800.0]]), np.array([0, 1, 1])
    assert counted(ROCAUC(), logits, y) == {"roc_auc": 1.0}
    assert counted(LogLoss(), logits, y)["log_loss"] == pytest.approx(50 / 3)
    assert counted(LogLoss(), logits[:, 1], y)["log_loss"] == pytest.approx(50 / 3)
    assert np.isfinite(counted(Brier(), logits, y)["brier"])


def test_numbers_are_judged_as_in_scikit_learn():
    for seed in range(8):
        draw = np.random.default_rng(seed)
        y = draw.normal(size=40) * 10 ** draw.uniform(-3, 3)
        out = y + draw.normal(size=40)
        y[:seed] = 0
        assert counted(RMSE(), out, y)["rmse"] == pytest.approx(sk.root_mean_squared_error(y, out))
        assert counted(MAPE(), out, y)["mape"] == pytest.approx(sk.mean_absolute_percentage_error(y, out))


EVERY = [BalancedAccuracy, F1, ROCAUC, AveragePrecision, LogLoss, Brier, partial(TopK, 2)]


@pytest.mark.parametrize("kind", [*EVERY, RMSE, MAPE, partial(FunctionMetric, nn.MSELoss(), of="outputs")])
def test_of_nothing_and_after_a_save_the_figures_are_right(kind, tmp_path):
    assert all(np.isnan(value) for value in kind().compute().values())
    logits, y = next(cases(3))
    if kind not in EVERY:
        y = logits[::-1].copy()
    expected = counted(kind(), logits, y)
    first, second = kind(), kind()
    nn.save({"parts": [first.state_dict()]}, tmp_path / "empty.safetensors")
    second.load_state_dict(nn.load(tmp_path / "empty.safetensors")["parts"][0])
    counted(first, logits[:50], y[:50])
    nn.save({"parts": [first.state_dict()]}, tmp_path / "state.safetensors")
    second.load_state_dict(nn.load(tmp_path / "state.safetensors")["parts"][0])
    assert counted(second, logits[50:], y[50:]) == pytest.approx(expected)


@pytest.mark.parametrize("kind", EVERY)
def test_places_and_what_is_ignored_are_as_for_the_accuracy(kind):
    draw = np.random.default_rng(0)
    images, y = draw.normal(size=(4, 3, 2, 5)), draw.integers(3, size=(4, 2, 5))
    flat = np.moveaxis(images, 1, -1).reshape(-1, 3)
    expected = counted(kind(), flat, y.ravel())
    assert counted(kind(), images, y) == pytest.approx(expected)
    more = np.concatenate([flat, draw.normal(size=(5, 3))])
    assert counted(kind(), more, np.append(y.ravel(), [-100] * 5)) == pytest.approx(expected)
    assert counted(kind(), flat, np.eye(3)[y.ravel()]) == pytest.approx(expected)


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="LogLoss: met class 3, but has scores for 3 classes"):
        LogLoss().update(autograd.eye(3), autograd.tensor([0, 1, 3]))
    with pytest.raises(ValueError, match="TopK: expected a score for each class"):
        TopK().update(autograd.zeros(3), autograd.tensor([0, 1, 1]))
    with pytest.raises(ValueError, match="k to be 1 or more, given 0"):
        TopK(0)
    with pytest.raises(ValueError, match=r"a lambda has no name"):
        FunctionMetric(lambda outputs, targets: 0)
    with pytest.raises(ValueError, match="one of outputs, probabilities, classes, given 'labels'"):
        FunctionMetric(nn.functional.l1_loss, of="labels")
    with pytest.raises(TypeError, match=r"such as Accuracy\(\), given <class"):
        Trainer(metrics=[F1])


def within_one(outputs, targets):
    return ((outputs - targets).abs() <= 1).float().mean()


def test_a_function_is_a_metric(tmp_path):
    draw = np.random.default_rng(0)
    x = draw.normal(size=(50, 3)).astype(np.float32)
    y = x @ np.ones((3, 1), np.float32)
    net = nn.Linear(3, 1)
    out = net(autograd.tensor(x)).numpy(force=True)
    found = evaluate(net, (x, y), nn.MSELoss(), [within_one, nn.L1Loss(), sk.median_absolute_error], batch_size=7)
    assert list(found) == ["loss", "within_one", "L1Loss", "median_absolute_error"]
    assert found["within_one"] == pytest.approx(np.mean(np.abs(out - y) <= 1))
    assert found["L1Loss"] == pytest.approx(np.abs(out - y).mean())
    assert found["median_absolute_error"] == pytest.approx(sk.median_absolute_error(y, out))
    trainer = Trainer(tmp_path / "run", metrics=[within_one], callbacks=[Checkpoints()], progress=False)
    history = trainer.fit(net, (x, y), (x, y), 2, optim.SGD(net.parameters(), 0.1), nn.MSELoss())
    assert {"within_one", "valid_within_one"} <= history[-1].keys()


def test_a_function_may_ask_for_probabilities_or_classes_and_return_several_figures():
    logits, y = next(cases(3))
    metric = FunctionMetric(partial(sk.f1_score, average="macro"), of="classes")
    assert counted(metric, logits, y) == {"f1_score": pytest.approx(sk.f1_score(y, logits.argmax(1), average="macro"))}
    metric = FunctionMetric(partial(sk.roc_auc_score, multi_class="ovr"), "auc", of="probabilities")
    expected = sk.roc_auc_score(y, special.softmax(logits, 1), multi_class="ovr")
    assert counted(metric, logits, y) == {"auc": pytest.approx(expected)}
    metric = FunctionMetric(lambda out, y: {"low": out.min().item(), "high": out.max().item()}, "ends")
    assert counted(metric, logits, y) == {"low": logits.min(), "high": logits.max()}
    single = FunctionMetric(sk.accuracy_score, of="classes")
    assert counted(single, logits[:, :1], (y == 0).astype(int)) == {
        "accuracy_score": np.mean((logits[:, 0] > 0) == (y == 0))
    }


def test_training_goes_on_exactly_with_metrics_that_keep_everything(tmp_path):
    x = np.random.default_rng(0).normal(size=(40, 3)).astype(np.float32)
    y = (x.sum(1) > 0).astype(np.int64)

    class Stop(nn.train.Callback):
        def on_batch_end(self, run):
            if run.step == 7:
                raise KeyboardInterrupt

    def run(name, *callbacks, resume=False):
        autograd.manual_seed(0)
        net = nn.Linear(3, 2)
        metrics = [ROCAUC(), AveragePrecision(), F1(), FunctionMetric(nn.CrossEntropyLoss(), "again")]
        trainer = Trainer(
            tmp_path / name, metrics=metrics, progress=False, callbacks=[*callbacks, Checkpoints(every_steps=1)]
        )
        optimizer = optim.SGD(net.parameters(), 0.1)
        return trainer.fit(net, (x, y), None, 3, optimizer, nn.CrossEntropyLoss(), batch_size=8, resume=resume)

    whole = run("whole")
    with pytest.raises(KeyboardInterrupt):
        run("broken", Stop())
    again = run("broken", resume=True)
    for row, expected in zip(again, whole, strict=True):
        assert row | {"seconds": 0} == expected | {"seconds": 0}
