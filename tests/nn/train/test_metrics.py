"""The metrics count, batch by batch, what scikit-learn computes at once."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics as sk

import autograd
import nn
from nn.train import MAE, R2, Accuracy, ConfusionMatrix, Metric, PrecisionRecall, evaluate
from nn.train.evaluation import Scores


def counted(metric, output, target, sizes=(1, 7, 3, 100)):
    """The figures of a metric that is given batches of these sizes."""
    start = 0
    for size in sizes:
        part = slice(start, start + size)
        metric.update(autograd.as_tensor(output[part]), autograd.as_tensor(target[part]))
        start += size
    return metric.compute()


def scores(seed, n=60, classes=4):
    draw = np.random.default_rng(seed)
    return draw.normal(size=(n, classes)).astype(np.float32), draw.integers(classes, size=n)


@pytest.mark.parametrize("seed", range(5))
def test_classes_are_counted_as_in_scikit_learn(seed):
    output, target = scores(seed)
    read = output.argmax(1)
    assert counted(Accuracy(), output, target)["accuracy"] == pytest.approx(sk.accuracy_score(target, read))
    assert counted(ConfusionMatrix(), output, target)["confusion"] == sk.confusion_matrix(target, read).tolist()
    figures = counted(PrecisionRecall(["a", "b", "c", "d"]), output, target)
    for i, name in enumerate("abcd"):
        assert figures[f"precision[{name}]"] == pytest.approx(sk.precision_score(target, read, average=None)[i])
        assert figures[f"recall[{name}]"] == pytest.approx(sk.recall_score(target, read, average=None)[i])
    assert figures["precision"] == pytest.approx(sk.precision_score(target, read, average="macro"))
    assert figures["recall"] == pytest.approx(sk.recall_score(target, read, average="macro"))


@given(st.integers(0, 10**6), st.floats(-1e6, 1e6), st.floats(1e-3, 1e3))
def test_numbers_are_compared_as_in_scikit_learn(seed, offset, scale):
    draw = np.random.default_rng(seed)
    target = draw.normal(size=(40, 2)) * scale + offset
    output = target + draw.normal(size=(40, 2)) * scale
    assert counted(MAE(), output, target)["mae"] == pytest.approx(sk.mean_absolute_error(target, output), rel=1e-6)
    expected = sk.r2_score(target.ravel(), output.ravel())
    assert counted(R2(), output, target)["r2"] == pytest.approx(expected, rel=1e-5, abs=1e-7)


@pytest.mark.parametrize(
    ("output", "target", "threshold", "right"),
    [
        ([[0.2], [-1.0]], [[1.0], [1.0]], 0.0, 0.5),
        ([0.2, -1.0], [1, 0], 0.0, 1.0),
        ([0.2, 0.6], [0, 1], 0.5, 1.0),
        ([[0.1, 0.9], [0.9, 0.1]], [[0.0, 1.0], [0.4, 0.6]], 0.0, 0.5),
        ([[1.0, 2.0], [2.0, 1.0], [5.0, 1.0]], [1, -100, 1], 0.0, 0.5),
        ([[[1.0, 0.0], [0.0, 1.0]]], [[0, 0]], 0.0, 0.5),
        ([[0.2], [-1.0]], [[0.9], [0.1]], 0.0, 1.0),
        ([0.2, -1.0, 3.0, -2.0], [1, -1, -1, -100], 0.0, 2 / 3),
        ([[[[1.0, -1.0]]], [[[2.0, -2.0]]]], [[[1, 0]], [[1, 1]]], 0.0, 0.75),
    ],
    ids=["one logit (N, 1)", "one logit (N,)", "a probability", "soft targets", "ignored", "a sequence (N, C, L)",
         "soft targets of one logit", "classes -1 and 1", "one logit in each place (N, 1, H, W)"],
)
def test_the_answer_is_read_off_any_usual_output(output, target, threshold, right):
    metric = Accuracy(threshold)
    metric.update(autograd.tensor(output), autograd.tensor(target))
    assert metric.compute() == {"accuracy": right}


@pytest.mark.parametrize("metric", [Accuracy(), PrecisionRecall(["a", "b"]), MAE(), R2()])
def test_of_nothing_the_figures_are_nan(metric):
    assert all(np.isnan(value) for value in metric.compute().values())


@pytest.mark.parametrize("kind", [Accuracy, ConfusionMatrix, PrecisionRecall, MAE, R2])
def test_counting_goes_on_after_its_state_was_saved(kind, tmp_path):
    output, target = scores(0)
    if kind in (MAE, R2):
        target = output[::-1].copy()
    whole, first, second = kind(), kind(), kind()
    expected = counted(whole, output, target)
    counted(first, output[:30], target[:30])
    nn.save(first.state_dict(), tmp_path / "state.safetensors")
    second.load_state_dict(nn.load(tmp_path / "state.safetensors"))
    figures = counted(second, output[30:], target[30:])
    assert figures.keys() == expected.keys()
    for name, value in expected.items():
        np.testing.assert_allclose(figures[name], value, rtol=1e-6)


def test_shapes_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match=r"R2: expected output and target of one shape, given .*4, 1.*4"):
        R2().update(autograd.zeros(4, 1), autograd.zeros(4))
    with pytest.raises(ValueError, match=r"class numbers of shape \(4,\) for scores of shape \(4, 3\), given \(4, 1\)"):
        Accuracy().update(autograd.zeros(4, 3), autograd.zeros(4, 1))
    with pytest.raises(ValueError, match="met class 2, but has names for 2 classes"):
        ConfusionMatrix(["a", "b"]).update(autograd.eye(3), autograd.tensor([0, 1, 2]))


def test_the_loss_is_the_mean_over_samples_also_of_uneven_batches():
    net = nn.Linear(3, 2)
    x, y = np.random.default_rng(0).normal(size=(10, 3)).astype(np.float32), np.array([0, 1] * 5)
    for reduction in "mean", "sum":
        loss = nn.CrossEntropyLoss(reduction=reduction)
        whole = nn.CrossEntropyLoss()(net(autograd.tensor(x)), autograd.tensor(y)).item()
        assert evaluate(net, (x, y), loss, batch_size=4)["loss"] == pytest.approx(whole, rel=1e-6)


def test_evaluation_leaves_model_and_metrics_as_they_were():
    net = nn.Sequential(nn.BatchNorm1d(3), nn.Dropout(0.5), nn.Linear(3, 2))
    net[0].eval()
    metric = Accuracy()
    before = {name: tensor.tolist() for name, tensor in net.state_dict().items()}
    x, y = np.ones((6, 3), np.float32), np.zeros(6, np.int64)
    first, second = (evaluate(net, (x, y), nn.CrossEntropyLoss(), [metric]) for _ in range(2))
    assert first == second
    assert [module.training for module in net] == [False, True, True]
    assert metric.total == 0
    assert before == {name: tensor.tolist() for name, tensor in net.state_dict().items()}


def test_of_no_batch_there_is_no_loss():
    given = iter([(autograd.ones(2, 1), autograd.ones(2, 1))])
    assert evaluate(nn.Identity(), given, nn.MSELoss()) == {"loss": 0}
    with pytest.raises(ValueError, match="no batch: a generator gives its batches only once"):
        evaluate(nn.Identity(), given, nn.MSELoss())


def test_a_metric_of_ones_own_needs_three_methods():
    class Largest(Metric):
        def reset(self):
            self.largest = -np.inf

        def update(self, output, target):
            self.largest = max(self.largest, output.max().item())

        def compute(self):
            return {"largest": self.largest}

    totals = Scores([Largest()], nn.MSELoss())
    totals.update(autograd.tensor([[1.0], [7.0]]), autograd.zeros(2, 1), autograd.tensor(25.0))
    assert totals.compute() == {"loss": 25.0, "largest": 7.0}
    with pytest.raises(NotImplementedError, match="must define reset"):
        Metric()
