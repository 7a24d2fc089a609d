"""The learning rate range test: what it finds, and that nothing is different after it."""

import random

import numpy as np
import pytest

import autograd
import nn
from nn import optim
from nn.data import DataLoader, TensorDataset
from nn.train import Accuracy, Trainer, find_lr
from nn.train.lr_range_test import _suggested

RNG = np.random.default_rng(0)
X = RNG.normal(size=(200, 2)).astype("f4")
Y = (X[:, 0] * X[:, 1] > 0).astype("i8")


@pytest.fixture(autouse=True)
def _seeded():
    autograd.manual_seed(0)


def network():
    return nn.Sequential(nn.Linear(2, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Dropout(0.1), nn.Linear(16, 2))


def sgd(model, **options):
    return optim.SGD(model.parameters(), **{"lr": 0.1, "momentum": 0.9, **options})


def test_it_suggests_a_rate_with_which_the_model_learns_and_says_why():
    model = network()
    found = find_lr(model, (X, Y), sgd(model), nn.CrossEntropyLoss())
    assert 0.001 < found.lr < 1
    assert found.reason.startswith("from there on the loss falls most steeply; the lowest loss is at ")
    assert repr(found) == f"<LRRangeTest: lr {found.lr:.2g}: {found.reason}>"
    trainer = Trainer(metrics=[Accuracy()], progress=False)
    trainer.fit(model, (X, Y), None, 30, sgd(model, lr=found.lr), nn.CrossEntropyLoss())
    assert trainer.evaluate((X, Y))["accuracy"] > 0.9


def test_the_rates_grow_in_a_constant_ratio_and_the_losses_are_those_of_a_training_with_them():
    model, twin = nn.Linear(2, 2), nn.Linear(2, 2)
    twin.load_state_dict(model.state_dict())
    found = find_lr(model, DataLoader(TensorDataset(X, Y), 50), sgd(model), nn.CrossEntropyLoss(), lowest=1e-4,
                    highest=1, steps=12)  # fmt: skip
    rates = [row["lr"] for row in found.rows]
    np.testing.assert_allclose(rates, np.geomspace(1e-4, 1, 12))
    optimizer, losses = sgd(twin), []
    for i, lr in enumerate(rates):
        optimizer.param_groups[0]["lr"] = lr
        rows = slice(50 * (i % 4), 50 * (i % 4) + 50)
        loss = nn.CrossEntropyLoss()(twin(autograd.tensor(X[rows])), autograd.tensor(Y[rows]))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert [row["loss"] for row in found.rows] == losses
    average = [sum(0.9 ** (i - j) * 0.1 * losses[j] for j in range(i + 1)) / (1 - 0.9 ** (i + 1)) for i in range(12)]
    np.testing.assert_allclose([row["smoothed"] for row in found.rows], average)


class Odd(nn.Module):
    """A model with all that a step can change."""

    def __init__(self):
        super().__init__()
        self.net, self.frozen = network(), nn.Parameter(autograd.ones(2), requires_grad=False)
        self.register_buffer("calls", autograd.zeros(()), persistent=False)

    def forward(self, x):
        self.calls += 1
        return self.net(x) * self.frozen


class StopHereError(Exception):
    pass


@pytest.mark.parametrize("fails", [False, True])
@pytest.mark.parametrize("make", [sgd, lambda model: optim.Adam(model.parameters(), 0.01), lambda model: optim.SGD(
    [{"params": [*model.net[0].parameters()], "lr": 0.5}, {"params": [*model.net[4].parameters()]}], 0.1)])  # fmt: skip
@pytest.mark.parametrize("used", [False, True])
def test_everything_is_afterwards_as_it_was_before(make, used, fails):
    model = Odd()
    optimizer, loader = make(model), DataLoader(TensorDataset(X, Y), 20, shuffle=True)
    calls, loss = [], nn.CrossEntropyLoss()

    def measured(out, y):
        calls.append(random.random() + np.random.rand())
        if fails and len(calls) == 5:
            raise StopHereError
        return loss(out, y)

    if used:
        for x, y in loader:
            optimizer.zero_grad()
            loss(model(x), y).backward()
            optimizer.step()
    model.net[1].eval()
    state = lambda: [
        {name: tensor.numpy().tobytes() for name, tensor in model.state_dict().items()}, repr(optimizer.state_dict()),
        model.calls.item(), [module.training for module in model.modules()], loader.state_dict(),
        [p.grad is None or p.grad.numpy().tobytes() for p in model.parameters()], random.getstate(),
        np.random.get_state()[1].tobytes(), autograd.get_rng_state().numpy().tobytes(),
        sum(map(bool, optimizer.state.values())),
    ]  # fmt: skip
    before, gradients = state(), [p.grad for p in model.parameters()]
    if fails:
        with pytest.raises(StopHereError):
            find_lr(model, loader, optimizer, measured)
    else:
        find_lr(model, loader, optimizer, measured)
    assert len(calls) >= 5
    assert state() == before
    assert all(p.grad is g for p, g in zip(model.parameters(), gradients, strict=True))


def test_a_training_after_the_test_is_the_same_as_without_it():
    histories = []
    for test_first in (False, True):
        autograd.manual_seed(3)
        model = network()
        optimizer = sgd(model)
        if test_first:
            find_lr(model, (X, Y), optimizer, nn.CrossEntropyLoss())
        history = Trainer(progress=False).fit(model, (X, Y), None, 3, optimizer, nn.CrossEntropyLoss())
        histories.append(history["loss"])
    assert histories[0] == histories[1]


def test_it_stops_where_the_loss_explodes():
    model = nn.Linear(2, 1)
    found = find_lr(model, (X, X[:, :1]), sgd(model), nn.MSELoss(), highest=1e4)
    assert len(found.rows) < 100
    assert found.rows[-1]["smoothed"] > 3 * min(row["smoothed"] for row in found.rows)


def test_the_trainers_clipping_accumulation_penalties_and_augmentation_count():
    model, seen = nn.Linear(2, 2), []
    trainer = Trainer(accumulate=3, clip_norm=1e-9, augment=lambda x: seen.append(x.shape) or x, progress=False)
    found = find_lr(model, (X, Y), sgd(model), nn.CrossEntropyLoss(), steps=10, batch_size=20, trainer=trainer)
    assert len(seen) == 10 * 3 * 20 - 2 * 2 * 20  # an epoch has ten batches: the fourth group of it has one
    losses = [row["smoothed"] for row in found.rows]
    assert found.lr is None
    assert max(losses) - min(losses) < 0.3


def test_groups_keep_the_ratio_of_their_rates():
    first, second = nn.Parameter(autograd.ones(1)), nn.Parameter(autograd.ones(1))
    optimizer = optim.SGD([{"params": [first], "lr": 0.1}, {"params": [second], "lr": 0.02}])
    rates = []

    class Both(nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.second = first, second

        def forward(self, x):
            rates.append([group["lr"] for group in optimizer.param_groups])
            return x[:, :1] * self.first + self.second

    find_lr(Both(), (X, X[:, :1]), optimizer, nn.MSELoss(), steps=10)
    np.testing.assert_allclose([b / a for a, b in rates], 0.2)
    assert [group["lr"] for group in optimizer.param_groups] == [0.1, 0.02]


@pytest.mark.parametrize(
    ("losses", "lr", "reason"),
    [
        ([2.0] * 40 + [2 - 0.1 * i for i in range(11)] + [9.0] * 9, 1e-2, "the lowest loss is at 0.1"),
        ([2 - 0.02 * i for i in range(60)], None, "it still fell at 0.79: higher rates may do as well"),
        ([2.0] * 60, None, "the loss fell by less than 5% between 1e-06 and 0.79: try other rates"),
        ([2.0 + i for i in range(20)], None, "the loss fell by less than 5% between 1e-06 and 7.9e-05"),
        ([np.nan], None, "the loss was not finite from the first step on"),
    ],
)
def test_the_suggestion_lies_where_the_steepest_fall_begins_and_has_a_reason(losses, lr, reason):
    rows = [{"lr": 10 ** (-6 + i / 10), "loss": loss, "smoothed": loss} for i, loss in enumerate(losses)]
    found, why = _suggested(rows)
    assert reason in why
    if lr is not None:
        assert found == pytest.approx(lr, rel=0.6)
    elif "still fell" not in reason:
        assert found is None


def test_data_that_is_not_finite_is_no_reason_to_fail():
    model = network()
    found = find_lr(model, (X * np.nan, Y), sgd(model), nn.CrossEntropyLoss())
    assert found.lr is None
    assert repr(found).startswith("<LRRangeTest: lr none: the loss was not finite")
    assert not np.isnan(model[0].weight.numpy(force=True)).any()


class Nothing:
    def __iter__(self):
        return iter([])


@pytest.mark.parametrize(
    ("options", "error", "text"),
    [
        ({"optimizer": 3}, TypeError, "find_lr: expected optimizer to be one of nn.optim, given int"),
        ({"model": 3}, TypeError, "find_lr: expected model to be an nn.Module, given int"),
        ({"loss": 3}, TypeError, "find_lr: expected loss to be callable"),
        ({"lowest": 0}, ValueError, "rates with 0 < lowest < highest, given 0 and 10.0"),
        ({"highest": 1e-7}, ValueError, "0 < lowest < highest"),
        ({"steps": 3}, ValueError, "expected 10 steps or more, given 3"),
        ({"train": iter([(X, Y)])}, ValueError, "a list_iterator would be used up: give a DataLoader"),
        ({"train": Nothing()}, ValueError, "the data gave no batch"),
    ],
)
def test_what_cannot_be_tested_is_refused(options, error, text):
    model = network()
    given = {"model": model, "train": (X, Y), "optimizer": sgd(model), "loss": nn.CrossEntropyLoss()} | options
    with pytest.raises(error, match=text):
        find_lr(**given)
