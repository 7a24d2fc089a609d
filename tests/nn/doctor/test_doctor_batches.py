"""Batches that hold one class each: sorted data, and what only looks like them."""

import random

import numpy as np
import pytest

import autograd
import nn
from nn import functional as F
from nn import optim
from nn.data import datasets
from nn.train import doctor
from tests.doctored import classify, endless, fit, healthy


def in_order(batch_size=32):
    """Batches of digits, class after class, epoch after epoch."""
    x, y = datasets.digits().tensors
    order = y.argsort()
    while True:
        for rows in order.split(batch_size):
            yield x[rows], y[rows]


def sgd(net, lr=0.1):
    return optim.SGD(net.parameters(), lr=lr)


@pytest.mark.parametrize("batch_size", [8, 16, 64])
def test_sorted_batches_of_any_size_are_found(batch_size):
    autograd.manual_seed(0)
    net = nn.MLP(64, [32, 10])
    report = classify(net, sgd(net), 10_000 // batch_size, in_order(batch_size))
    assert report.codes == ["batches_of_one_class"], str(report)


def test_pictures_are_asked_again_in_their_shape():
    autograd.manual_seed(0)
    net = nn.Sequential(nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.Flatten(), nn.Linear(512, 10))
    batches = ((x.reshape(-1, 1, 8, 8), y) for x, y in in_order())
    report = classify(net, sgd(net), 200, batches)
    assert report.codes == ["batches_of_one_class"], str(report)


def batches_of_one():
    net = nn.MLP(64, [32, 10])
    return classify(net, sgd(net, 0.01), 300, endless(*datasets.digits().tensors, batch_size=1))


def a_rare_class():
    x = autograd.randn(1000, 2)
    return classify(nn.MLP(2, [16, 2]), steps=200, batches=endless(x, (x[:, 0] > 2.2).long(), batch_size=16))


def two_samples_of_two_classes():
    net = nn.MLP(2, [16, 2])
    batches = endless(*datasets.moons(200, noise=0.1).tensors, batch_size=2)
    return classify(net, sgd(net, 0.05), 300, batches)


def a_discriminator_with_a_step_for_each_kind():
    """True pictures, and made ones, in turns."""
    real, made = autograd.randn(300, 2) + 1, autograd.randn(300, 2) - 1

    def batches():
        for (x,), (z,) in zip(endless(real), endless(made), strict=False):
            yield x, autograd.ones(len(x), 1)
            yield z, autograd.zeros(len(z), 1)

    net = nn.MLP(2, [16, 1])
    return fit(net, lambda x, y: F.binary_cross_entropy_with_logits(net(x), y), batches())


FINE = [batches_of_one, a_rare_class, two_samples_of_two_classes, a_discriminator_with_a_step_for_each_kind]


@pytest.mark.parametrize("training", FINE, ids=lambda training: training.__name__)
def test_batches_of_one_class_by_chance_or_on_purpose_are_healthy(training):
    healthy(training, seeds=(0, 1))


class Unwilling(nn.Module):
    """Cannot be copied; and tells who calls it."""

    def __init__(self):
        self.net = nn.MLP(64, [32, 10])

    def __deepcopy__(self, memo):
        raise TypeError("there is only one of me")

    def forward(self, x):
        return self.net(x)


def test_a_model_that_cannot_be_copied_leaves_it_open():
    autograd.manual_seed(0)
    net = Unwilling()
    report = classify(net, sgd(net), 250, in_order())
    assert report.codes == []
    (told,) = [line for line in report.unchecked if line.startswith("batches_of_one_class")]
    assert "could not be found out" in told


class Drawing(nn.Module):
    """Draws from every generator, counts its calls, and has a hook."""

    def __init__(self):
        self.net, self.norm = nn.MLP(64, [32, 10]), nn.BatchNorm1d(64)
        self.calls = self.heard = 0
        self.net.register_forward_hook(self.hear)

    def hear(self, *given):
        self.heard += 1

    def forward(self, x):
        self.calls += 1
        random.random()
        np.random.rand()
        return F.dropout(self.net(self.norm(x)), 0.1)


def generators():
    """Where all random numbers stand."""
    return random.getstate(), np.random.get_state()[1].tolist(), autograd.get_rng_state().tolist()


def test_asking_the_model_again_changes_nothing():
    autograd.manual_seed(0)
    random.seed(0)
    np.random.seed(0)
    net = Drawing()
    optimizer = sgd(net)
    with doctor(net, optimizer) as report:
        for _, (x, y) in zip(range(200), in_order(), strict=False):
            optimizer.zero_grad()
            F.cross_entropy(net(x), y).backward()
            optimizer.step()
        states = generators()
        before = {name: value.numpy(force=True).copy() for name, value in net.state_dict().items()}
    assert "batches_of_one_class" in report.codes, str(report)
    assert generators() == states
    assert (net.calls, net.heard, net.training) == (200, 200, True)
    for name, value in net.state_dict().items():
        np.testing.assert_array_equal(value.numpy(force=True), before[name])
