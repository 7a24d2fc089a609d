"""Loops that look like a mistake and are none: each is written as its author meant it, and is healthy."""

from itertools import islice

import pytest

import autograd
import nn
from nn import functional as F
from nn import optim
from nn.data import datasets
from nn.optim.lr_scheduler import CosineAnnealingLR, LambdaLR, OneCycleLR, StepLR
from nn.train import doctor
from nn.utils import clip_grad_norm_
from tests.doctored import classify, endless, healthy, moons

TRAPS = []


def trap(function):
    TRAPS.append(function)
    return function


# -- the loop ---------------------------------------------------------------------------------------------------------


@trap
def gradient_accumulation():
    net = nn.MLP(2, [16, 2])
    optimizer = optim.SGD(net.parameters(), lr=0.1)
    with doctor(net, optimizer) as report:
        for i, (x, y) in enumerate(islice(moons(), 200), 1):
            (F.cross_entropy(net(x), y) / 4).backward()
            if i % 4 == 0:
                optimizer.step()
                optimizer.zero_grad()
    return report


@trap
def two_losses_each_with_its_backward():
    net = nn.MLP(2, [16, 2])
    optimizer = optim.SGD(net.parameters(), lr=0.1)
    with doctor(net, optimizer) as report:
        for x, y in islice(moons(), 200):
            optimizer.zero_grad()
            F.cross_entropy(net(x), y).backward()
            (1e-3 * nn.utils.l2_penalty(net.parameters())).backward()
            optimizer.step()
    return report


def cleared_by(clear):
    net = nn.MLP(2, [16, 2])
    optimizer = optim.SGD(net.parameters(), lr=0.1)
    with doctor(net, optimizer) as report:
        for x, y in islice(moons(), 200):
            F.cross_entropy(net(x), y).backward()
            optimizer.step()
            clear(net, optimizer)
    return report


@trap
def gradients_cleared_at_the_end_of_the_step():
    return cleared_by(lambda net, optimizer: optimizer.zero_grad())


@trap
def gradients_cleared_by_the_model():
    return cleared_by(lambda net, optimizer: net.zero_grad())


@trap
def gradients_set_to_zero():
    return cleared_by(lambda net, optimizer: optimizer.zero_grad(set_to_none=False))


@trap
def gradients_cleared_by_hand():
    def clear(net, optimizer):
        for p in net.parameters():
            p.grad = None

    return cleared_by(clear)


@trap
def gradients_zeroed_by_hand():
    def clear(net, optimizer):
        for p in net.parameters():
            p.grad.zero_()

    return cleared_by(clear)


@trap
def a_closure():
    net = nn.MLP(2, [16, 2])
    optimizer = optim.SGD(net.parameters(), lr=0.1)
    with doctor(net, optimizer) as report:
        for x, y in islice(moons(), 200):

            def closure(x=x, y=y):
                optimizer.zero_grad()
                loss = F.cross_entropy(net(x), y)
                loss.backward()
                return loss

            optimizer.step(closure)
    return report


@trap
def clipped_gradients():
    net = nn.MLP(2, [16, 2])
    optimizer = optim.SGD(net.parameters(), lr=0.1)
    with doctor(net, optimizer) as report:
        for x, y in islice(moons(), 200):
            optimizer.zero_grad()
            F.cross_entropy(net(x), y).backward()
            clip_grad_norm_(net.parameters(), 0.1)
            optimizer.step()
    return report


@trap
def two_optimizers_against_each_other():
    """A generator and a discriminator, each watched while the other is trained as well."""
    generator, discriminator = nn.MLP(2, [16, 2]), nn.MLP(2, [16, 1], activation=nn.LeakyReLU)
    g_step, d_step = optim.Adam(generator.parameters(), lr=0.002), optim.Adam(discriminator.parameters(), lr=0.002)
    ones, zeros = autograd.ones(20, 1), autograd.zeros(20, 1)
    judge = F.binary_cross_entropy_with_logits
    with doctor(discriminator, d_step) as first, doctor(generator, g_step) as second:
        for x, _ in islice(moons(), 200):
            made = generator(autograd.randn(20, 2))
            d_step.zero_grad()
            (judge(discriminator(x), ones) + judge(discriminator(made.detach()), zeros)).backward()
            d_step.step()
            g_step.zero_grad()
            judge(discriminator(made), ones).backward()
            g_step.step()
    assert first.codes == [], str(first)
    return second


@trap
def the_accuracy_on_the_training_data():
    net = nn.MLP(2, [16, 2])
    optimizer = optim.Adam(net.parameters(), lr=0.01)
    x, y = datasets.moons(200, noise=0.1).tensors
    with doctor(net, optimizer) as report:
        for _ in range(100):
            optimizer.zero_grad()
            F.cross_entropy(net(x), y).backward()
            optimizer.step()
            with autograd.no_grad():
                (net(x).argmax(1) == y).float().mean().item()
    return report


@trap
def validation_of_what_has_few_values():
    """Five tokens: of course those of the validation data are in the training data as well."""
    x = autograd.randint(0, 5, (300,))
    y = (x + autograd.randint(0, 2, (300,))) % 5
    net = nn.Sequential(nn.Embedding(5, 8), nn.Linear(8, 5))

    def validate(loss):
        with autograd.no_grad():
            F.cross_entropy(net(x[200:]), y[200:])

    return classify(net, batches=endless(x[:200], y[:200]), after=validate)


@trap
def the_accuracy_on_training_and_validation_data():
    x, y = datasets.moons(200, noise=0.1).tensors
    order = autograd.randperm(200)
    x, y = x[order], y[order]
    net = nn.MLP(2, [16, 2])

    def measure(loss):
        with autograd.no_grad():
            for part in slice(0, 150), slice(150, None):
                (net(x[part]).argmax(1) == y[part]).float().mean().item()

    return classify(net, batches=endless(x[:150], y[:150]), after=measure)


@trap
def validation_on_a_table_of_yes_and_no():
    """Six columns of 0 and 1: rows that are equal are not the same sample."""
    x = autograd.randint(0, 2, (300, 6)).float()
    y = (x.sum(1) + autograd.rand(300) > 3.5).long()
    net = nn.MLP(6, [16, 2])

    def validate(loss):
        with autograd.no_grad():
            F.cross_entropy(net(x[200:]), y[200:])

    return classify(net, batches=endless(x[:200], y[:200]), after=validate)


@trap
def losses_kept_as_numbers_and_detached():
    kept = []
    net = nn.MLP(2, [16, 2])
    return classify(net, after=lambda loss: kept.extend([loss.item(), loss.detach(), loss]) or kept.pop())


# -- learning rates ---------------------------------------------------------------------------------------------------


def scheduled(make, steps=200, lr=0.1):
    net = nn.MLP(2, [16, 2])
    optimizer = optim.SGD(net.parameters(), lr=lr)
    scheduler = make(optimizer)
    return classify(net, optimizer, steps, scheduler=scheduler, after=lambda loss: scheduler.step())


@trap
def a_step_schedule():
    return scheduled(lambda optimizer: StepLR(optimizer, 50, gamma=0.5))


@trap
def a_cosine_down_to_zero():
    return scheduled(lambda optimizer: CosineAnnealingLR(optimizer, 200))


@trap
def one_cycle():
    return scheduled(lambda optimizer: OneCycleLR(optimizer, max_lr=0.2, total_steps=201))


@trap
def a_warm_up_from_zero():
    return scheduled(lambda optimizer: LambdaLR(optimizer, lambda t: min(1.0, t / 50)))


@trap
def the_first_steps_of_a_warm_up_from_zero():
    return scheduled(lambda optimizer: LambdaLR(optimizer, lambda t: min(1.0, t / 50)), steps=5)


@trap
def fine_tuning_with_a_small_rate_for_the_first_layers():
    net = nn.MLP(2, [16, 16, 2])
    groups = [{"params": net[:2].parameters(), "lr": 1e-4}, {"params": net[2:].parameters()}]
    return classify(net, optim.Adam(groups, lr=0.01))


@trap
def weight_decay():
    net = nn.MLP(2, [16, 2])
    return classify(net, optim.AdamW(net.parameters(), lr=0.01, weight_decay=0.1))


@pytest.mark.parametrize("training", TRAPS, ids=lambda training: training.__name__)
def test_a_loop_that_only_looks_wrong_is_healthy(training):
    healthy(training)
