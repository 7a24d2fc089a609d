"""Data that look like a mistake and are none: rare, noisy, large or hard to learn, and healthy."""

import pytest

import autograd
import nn
from nn import functional as F
from nn import optim
from nn.data import datasets
from tests.doctored import classify, endless, fit, healthy, line, moons

TRAPS = []


def trap(function):
    TRAPS.append(function)
    return function


@trap
def one_batch_learned_by_heart():
    x, y = datasets.digits().tensors
    return classify(nn.MLP(64, [32, 10]), batches=[(x[:16], y[:16])] * 300, steps=300)


@trap
def a_perfect_fit_after_which_nothing_moves():
    x = autograd.randn(100, 3)
    y = x @ autograd.tensor([[1.0], [-2.0], [0.5]])
    net = nn.Linear(3, 1)
    return fit(net, lambda x, y: F.mse_loss(net(x), y), endless(x, y), optim.SGD(net.parameters(), lr=0.1), 600)


@trap
def a_plateau_before_the_descent():
    """XOR by SGD: for many steps no better than chance."""
    net = nn.MLP(2, [8, 2], activation=nn.Tanh)
    x, y = datasets.gates("XOR").tensors
    return classify(net, optim.SGD(net.parameters(), lr=0.1), 150, [(x, y)] * 150)


@trap
def many_columns_and_little_time():
    """The neighbours in 100 dimensions are far away, and the loss has only begun to fall."""
    x = autograd.randn(500, 100)
    net = nn.MLP(100, [16, 2], activation=nn.Tanh)
    batches = endless(x, (x @ autograd.randn(100) > 0).long(), batch_size=20)
    return classify(net, optim.SGD(net.parameters(), lr=0.01), 110, batches)


@trap
def parity():
    """Whoever differs in one bit is of the other class, and a network needs its time to find that out."""
    x = (autograd.arange(64).unsqueeze(1) // autograd.tensor([1, 2, 4, 8, 16, 32])) % 2
    return classify(nn.MLP(6, [32, 2], activation=nn.Tanh), steps=150, batches=endless(2.0 * x - 1, x.sum(1) % 2))


@trap
def targets_of_large_scale():
    x, y = line(scale=1000.0)
    net = nn.Linear(3, 1)
    return fit(net, lambda x, y: F.mse_loss(net(x), y), endless(x, y), optim.SGD(net.parameters(), lr=0.05))


@trap
def targets_of_large_scale_with_adam():
    x, y = line(scale=100.0)
    net = nn.MLP(3, [32, 1])
    return fit(net, lambda x, y: F.mse_loss(net(x), y), endless(x, y), steps=400)


@trap
def a_loss_that_is_a_sum():
    x, y = line()
    net = nn.MLP(3, [16, 1], activation=nn.Tanh)
    optimizer = optim.Adam(net.parameters(), lr=0.01)
    return fit(net, lambda x, y: F.mse_loss(net(x), y, reduction="sum"), endless(x, y), optimizer)


@trap
def a_loss_below_zero():
    """The density of a normal distribution may be above 1."""
    x, y = line()
    net = nn.Linear(3, 2)

    def loss_of(x, y):
        mean, log_std = net(x).chunk(2, 1)
        return (0.5 * ((y - mean) / log_std.exp()).square() + log_std).mean()

    return fit(net, loss_of, endless(x, y), steps=400)


@trap
def a_rare_class():
    x = autograd.randn(400, 2)
    return classify(nn.MLP(2, [16, 2]), batches=endless(x, (x[:, 0] > 1.5).long()), steps=300)


@trap
def one_label_in_five_is_wrong():
    x, y = datasets.moons(200, noise=0.1).tensors
    wrong = (autograd.rand(200) < 0.2).long()
    return classify(nn.MLP(2, [16, 2]), batches=endless(x, (y + wrong) % 2), steps=300)


@trap
def batches_of_one():
    net = nn.MLP(2, [16, 2])
    return classify(net, optim.SGD(net.parameters(), lr=0.02), batches=moons(1))


@trap
def a_weak_signal():
    """One column of five says a little about the class; there is no more to know."""
    x = autograd.randn(600, 5)
    y = (autograd.rand(600) < (0.8 * x[:, 0]).sigmoid()).long()
    return classify(nn.Linear(5, 2), steps=300, batches=endless(x, y))


@trap
def samples_in_the_order_of_their_classes():
    """The first batches know one class only."""
    x, y = datasets.moons(200, noise=0.1).tensors
    batches = [(x[i : i + 20], y[i : i + 20]) for i in range(0, 200, 20)] * 20
    net = nn.MLP(2, [16, 2])
    return classify(net, optim.SGD(net.parameters(), lr=0.05), batches=batches)


@trap
def inputs_as_they_are_in_a_small_table():
    """Iris: centimetres, from 0.1 to 7.9."""
    return classify(nn.MLP(4, [16, 3]), batches=endless(*datasets.iris().tensors))


@pytest.mark.parametrize("training", TRAPS, ids=lambda training: training.__name__)
def test_a_training_on_data_that_only_look_wrong_is_healthy(training):
    healthy(training)
