"""Outputs that look wrong for their targets and are not: each is as its author meant it, and is healthy."""

from contextlib import nullcontext
from itertools import islice

import pytest

import autograd
import nn
from nn import functional as F
from nn import optim
from nn.data import datasets
from nn.train import doctor
from tests.doctored import endless, fit, healthy, line, moons

TRAPS = []


def trap(function):
    TRAPS.append(function)
    return function


def regress(last, scale, loss=F.mse_loss):
    """A network that ends in `last`, on targets that `scale` makes of numbers of about 0 ± 1."""
    x, y = line()
    net = nn.Sequential(nn.MLP(3, [16, 1], activation=nn.Tanh), last)
    return fit(net, lambda x, y: loss(net(x), y), endless(x, scale(y)))


@trap
def a_sigmoid_and_squared_errors():
    return regress(nn.Sigmoid(), lambda y: (y > 0).float())


@trap
def a_tanh_and_targets_up_to_one():
    return regress(nn.Tanh(), lambda y: y / y.abs().max())


@trap
def a_relu_and_targets_that_noise_puts_below_zero():
    return regress(nn.ReLU(), lambda y: (y + 2).relu() + 0.02 * autograd.randn(200, 1))


@trap
def a_relu_at_the_end_of_counts():
    return regress(nn.ReLU(), lambda y: (3 * y).abs().round() + 1, F.smooth_l1_loss)


@trap
def a_tanh_that_is_scaled_to_the_targets():
    x, y = line()
    net = nn.MLP(3, [16, 1], activation=nn.Tanh)
    return fit(net, lambda x, y: F.mse_loss(10 * net(x).tanh(), y), endless(x, y))


@trap
def a_denoiser_that_learns_the_noise():
    """x - net(x) is the clean signal: x is no target of the tanh."""
    x, y = line()
    net = nn.Sequential(nn.MLP(3, [16, 3]), nn.Tanh())
    batches = endless(x, x + 0.3 * autograd.randn(200, 3))
    return fit(net, lambda x, y: ((y - net(x)) - x).square().mean(), batches)


@trap
def labels_that_are_noisy_on_purpose():
    """Salimans et al. (2016) smooth the labels of a discriminator; others also make them noisy."""
    x, y = datasets.moons(200, noise=0.1).tensors
    net = nn.MLP(2, [16, 1])
    wanted = (y + 0.2 * (2 * autograd.rand(200) - 1)).unsqueeze(1)
    return fit(net, lambda x, y: F.binary_cross_entropy_with_logits(net(x), y), endless(x, wanted))


@trap
def a_softmax_and_squared_errors():
    """The Brier score."""
    net = nn.Sequential(nn.MLP(2, [16, 2]), nn.Softmax(dim=1))
    return fit(net, lambda x, y: F.mse_loss(net(x), F.one_hot(y, 2).float()), moons())


@trap
def smoothed_and_mixed_targets():
    net = nn.MLP(2, [16, 2])

    def loss_of(x, y):
        y = F.one_hot(y, 2).float()
        mixed = 0.7 * y + 0.3 * y.flip(0)
        return F.cross_entropy(net(0.7 * x + 0.3 * x.flip(0)), mixed) + F.cross_entropy(net(x), y, label_smoothing=0.1)

    return fit(net, loss_of, moons())


@trap
def weights_and_classes_that_do_not_count():
    net = nn.MLP(2, [16, 3])

    def loss_of(x, y):
        y = autograd.where(autograd.rand(len(y)) < 0.3, 0 * y - 100, y)
        logs = net(x).log_softmax(1)
        return F.nll_loss(logs, y, weight=autograd.tensor([1.0, 2.0, 3.0]))

    return fit(net, loss_of, moons())


@trap
def the_logarithm_of_a_softmax():
    net = nn.Sequential(nn.MLP(2, [16, 2]), nn.Softmax(dim=1))
    return fit(net, lambda x, y: F.nll_loss((net(x) + 1e-6).log(), y), moons())


@trap
def classes_of_pixels():
    x = autograd.randn(60, 1, 4, 4)
    net = nn.Sequential(nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.Conv2d(8, 2, 1), nn.LogSoftmax(dim=1))
    return fit(net, lambda x, y: F.nll_loss(net(x), y), endless(x, (x[:, 0] > 0).long()), steps=100)


@trap
def a_pointer_into_a_sequence_that_comes_first():
    """Time is the first axis, (T, N): the softmax over it points to the largest number of a sequence."""
    x = autograd.randn(200, 6)
    net = nn.Linear(1, 1)

    def loss_of(x):
        pointed = net(x.T.unsqueeze(2)).squeeze(2).softmax(0)
        return F.mse_loss(pointed, F.one_hot(x.argmax(1), 6).float().T)

    return fit(net, loss_of, endless(x))


@trap
def pairs_that_find_each_other():
    """Two views of a sample, against all others in the batch, in both directions (Radford et al., 2021)."""
    net = nn.MLP(2, [16, 8], activation=nn.Tanh)
    own = autograd.eye(20)

    def loss_of(x, y):
        alike = net(x) @ net(x + 0.05 * autograd.randn(20, 2)).T
        return -(alike.log_softmax(0) * own + alike.log_softmax(1) * own).sum() / 40

    return fit(net, loss_of, moons())


@trap
def several_positives_for_each_sample():
    """Supervised contrastive learning (Khosla et al., 2020)."""
    net = nn.MLP(2, [16, 8], activation=nn.Tanh)

    def loss_of(x, y):
        z = net(x)
        same = (y.unsqueeze(0) == y.unsqueeze(1)).float()
        return -((z @ z.T).log_softmax(1) * same / same.sum(1, keepdim=True)).sum(1).mean()

    return fit(net, loss_of, moons())


@trap
def several_labels_with_a_sigmoid_for_each():
    x = autograd.randn(200, 4)
    net = nn.MLP(4, [16, 4])
    return fit(net, lambda x, y: F.binary_cross_entropy_with_logits(net(x), y), endless(x, (x > 0).float()))


@trap
def a_relu_before_the_mean_of_a_picture():
    """The maps of the last layer, averaged (Lin et al., 2014)."""
    x, y = datasets.digits().tensors
    net = nn.Sequential(nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.Conv2d(16, 10, 3, padding=1), nn.ReLU())
    return fit(net, lambda x, y: F.cross_entropy(net(x).mean((2, 3)), y), endless(x.reshape(-1, 1, 8, 8), y), steps=60)


@trap
def features_that_end_in_a_relu():
    body, head = nn.Sequential(nn.Linear(2, 16), nn.ReLU()), nn.Linear(16, 2)
    optimizer = optim.Adam([*body.parameters(), *head.parameters()], lr=0.01)
    return fit(body, lambda x, y: F.cross_entropy(head(body(x)), y), moons(), optimizer)


@trap
def attention_to_a_single_token():
    attend, head = nn.MultiheadAttention(2, 1, batch_first=True), nn.Linear(2, 2)
    net = nn.ModuleList([attend, head])

    def loss_of(x, y):
        x = x.unsqueeze(1)
        return F.cross_entropy(head(x + attend(x, x, x)[0]).squeeze(1), y)

    return fit(net[1], loss_of, moons(), optim.Adam(head.parameters(), lr=0.01))


@trap
def a_teacher_to_follow():
    net, teacher = nn.MLP(2, [16, 3]), nn.Linear(2, 3)

    def loss_of(x, y):
        with autograd.no_grad():
            wanted = (teacher(3 * x) / 2).softmax(1)
        return F.kl_div((net(x) / 2).log_softmax(1), wanted, reduction="batchmean")

    return fit(net, loss_of, moons())


@trap
def a_policy_that_is_rewarded():
    """REINFORCE on a bandit with two arms: the factors of the logarithms are no targets."""
    net = nn.MLP(2, [16, 2], activation=nn.Tanh)

    def loss_of(x, y):
        logs = net(x).log_softmax(1)
        arms = (autograd.rand(len(x)) < logs.detach().exp()[:, 1]).long()
        reward = 2.0 * (arms == y).float() - 1
        return -(logs * F.one_hot(arms, 2) * reward.unsqueeze(1)).sum(1).mean()

    return fit(net, loss_of, moons())


@trap
def a_boundary_that_is_held_at_zero():
    """u'' = -sin x with u = 0 at both ends: the only targets of the loss are the zeros of the boundary."""
    net = nn.MLP(1, [16, 1], activation=nn.Tanh)
    ends, x = autograd.tensor([[0.0], [3.14159]]), 3.14159 * autograd.rand(200, 1)

    def loss_of(x):
        x = x.detach().requires_grad_()
        (slope,) = autograd.grad(net(x).sum(), x, create_graph=True)
        (curve,) = autograd.grad(slope.sum(), x, create_graph=True)
        inside = (curve + x.detach().sin()).square().mean()
        return inside + 10 * F.mse_loss(net(ends), autograd.zeros(2, 1))

    return fit(net, loss_of, endless(x), steps=300)


@trap
def parity_by_squared_errors():
    """Whoever differs in one bit has the other target, and the loss stays at a quarter for long."""
    bits = (autograd.arange(128).unsqueeze(1) // autograd.tensor([1, 2, 4, 8, 16, 32, 64])) % 2
    net = nn.Sequential(nn.MLP(7, [16, 1], activation=nn.Tanh), nn.Sigmoid())
    batches = endless(2.0 * bits - 1, (bits.sum(1, keepdim=True) % 2).float())
    return fit(net, lambda x, y: F.mse_loss(net(x), y), batches, optim.SGD(net.parameters(), lr=0.1), 150)


LOSSES = {
    "squares": lambda out, y: F.mse_loss(out.sigmoid(), F.one_hot(y, 2).float()),
    "squares by hand": lambda out, y: ((out.tanh() - F.one_hot(y, 2)) ** 2).mean(),
    "logarithms": lambda out, y: F.nll_loss(out.log_softmax(1), y),
    "two classes": lambda out, y: F.binary_cross_entropy_with_logits(out[:, 0], y.float()),
    "probabilities": lambda out, y: F.binary_cross_entropy(out.softmax(1)[:, 1], y.float()),
    "soft targets": lambda out, y: F.cross_entropy(out, F.one_hot(y, 2).float(), label_smoothing=0.1),
}


@pytest.mark.parametrize("loss", LOSSES)
def test_looking_at_targets_leaves_the_training_as_it_is(loss):
    def weights(watch):
        autograd.manual_seed(0)
        net = nn.Sequential(nn.MLP(2, [16, 2]), nn.Dropout(0.1))
        optimizer = optim.Adam(net.parameters(), lr=0.01)
        with doctor(net, optimizer) if watch else nullcontext():
            for x, y in islice(moons(), 30):
                optimizer.zero_grad()
                LOSSES[loss](net(x), y).backward()
                optimizer.step()
        return [p.tolist() for p in net.parameters()], autograd.rand(3).tolist()

    assert weights(True) == weights(False)


@pytest.mark.parametrize("training", TRAPS, ids=lambda training: training.__name__)
def test_an_output_that_only_looks_wrong_is_healthy(training):
    healthy(training)
