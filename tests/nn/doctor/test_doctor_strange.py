"""Whatever a model takes, gives, or does in between: the doctor makes no error of its own."""

import copy
from collections import namedtuple
from importlib import import_module

import numpy as np
import pytest

import autograd
import nn
from nn import functional as F
from nn import optim
from nn.data import datasets
from nn.train import doctor
from tests.doctored import classify, fit, line, moons

Pair = namedtuple("Pair", "scores hidden")


class Outputs(nn.Module):
    """A model whose forward gives `form(scores, hidden)`."""

    def __init__(self, form):
        self.body, self.head, self.form = nn.Linear(2, 16), nn.Linear(16, 2), form

    def forward(self, x):
        h = self.body(x).tanh()
        return self.form(self.head(h), h)


FORMS = {
    "tuple": (lambda a, b: (a, b), lambda out: out[0]),
    "dict": (lambda a, b: {"scores": a, "hidden": b}, lambda out: out["scores"]),
    "named tuple": (Pair, lambda out: out.scores),
    "list of lists": (lambda a, b: [[a], [b]], lambda out: out[0][0]),
    "with None and text": (lambda a, b: (None, "scores", a, 3), lambda out: out[2]),
    "object": (lambda a, b: type("Out", (), {"scores": a})(), lambda out: out.scores),
}


@pytest.mark.parametrize("form", FORMS)
def test_outputs_of_any_form_are_fine(form):
    autograd.manual_seed(0)
    make, choose = FORMS[form]
    net = Outputs(make)
    assert fit(net, lambda x, y: F.cross_entropy(choose(net(x)), y), moons()).codes == []
    net = Outputs(make)
    report = fit(net, lambda x, y: F.cross_entropy(choose(net(x)).softmax(1), y), moons())
    assert report.codes == ["softmax_before_loss"]


class Free(nn.Module):
    """Parameters, and no forward to speak of."""

    def __init__(self):
        self.a, self.unused = nn.Parameter(autograd.ones(3)), None

    def forward(self, *args, **kwargs):
        return self.a.sum() + sum(x.sum() for x in args) + sum(x.sum() for x in kwargs.values())


def squared(net, *args, **kwargs):
    return lambda *batch: (net(*args, **kwargs) - 2).square().mean()


def deep(net):
    def loss_of():
        out = net()
        for _ in range(5000):
            out = out + 1e-4
        return out.square()

    return loss_of


def penalty(net):
    """A gradient in the loss: the graph is walked on the way."""

    def loss_of():
        x = autograd.ones(2, 3).requires_grad_()
        (g,) = autograd.grad((net(x) ** 2).sum(), x, create_graph=True)
        return g.square().mean() + (net() - 1).square()

    return loss_of


STRANGE = {
    "no arguments": lambda net: squared(net),
    "keywords only": lambda net: squared(net, x=autograd.ones(2)),
    "integers": lambda net: squared(net, autograd.arange(4)),
    "booleans": lambda net: squared(net, autograd.tensor([True, False])),
    "numbers without a dimension": lambda net: squared(net, autograd.tensor(1.0)),
    "empty inputs": lambda net: squared(net, autograd.ones(0, 3)),
    "arrays": lambda net: squared(net, np.ones((2, 3), dtype=np.float32)),
    "called five times": lambda net: lambda: sum(net(autograd.ones(i)) for i in range(5)).square(),
    "never called": lambda net: lambda: (net.a - 1).square().sum(),
    "forward called by hand": lambda net: lambda: (net.forward() - 1).square(),
    "five thousand ops": deep,
    "a gradient in the loss": penalty,
}


@pytest.mark.parametrize("strange", STRANGE)
def test_a_strange_model_makes_no_error_and_leaves_nothing(strange):
    net = Free()
    report = fit(net, STRANGE[strange](net), [()] * 20, optim.SGD(net.parameters(), lr=1e-3))
    assert str(report)
    assert not net._forward_hooks
    assert not net._forward_pre_hooks


def test_a_model_without_parameters_makes_no_error():
    net, w = nn.Tanh(), autograd.ones(3, requires_grad=True)
    optimizer = optim.SGD([w], lr=0.1)
    report = fit(net, lambda: net(w).square().sum(), [()] * 20, optimizer)
    assert str(report)


def test_a_module_that_stands_at_two_places_is_watched_once():
    autograd.manual_seed(0)
    layer = nn.Linear(16, 16)
    net = nn.Sequential(nn.Linear(2, 16), layer, nn.Tanh(), layer, nn.Tanh(), nn.Linear(16, 2))
    assert classify(net).codes == []


def test_a_model_called_for_both_of_a_pair_is_healthy():
    autograd.manual_seed(0)
    x, y = line()
    net = nn.MLP(3, [16, 1], activation=nn.Tanh)

    def loss_of():
        return F.mse_loss(net(x[:100]) - net(x[100:]), y[:100] - y[100:])

    assert fit(net, loss_of, [()] * 200).codes == []


@pytest.mark.parametrize("dtype", [autograd.float16, autograd.float64])
def test_other_dtypes_make_no_error(dtype):
    autograd.manual_seed(0)
    net = nn.MLP(2, [16, 2]).to(dtype)
    x, y = datasets.moons(40, noise=0.1).tensors
    assert str(classify(net, optim.SGD(net.parameters(), lr=0.1), 50, [(x.to(dtype), y)] * 50))


def test_a_parameter_that_is_replaced_while_it_is_watched_makes_no_error():
    net = nn.MLP(2, [16, 2])
    optimizer = optim.SGD(net.parameters(), lr=0.1)
    with doctor(net, optimizer) as report:
        for i, (x, y) in zip(range(20), moons()):
            if i == 10:
                net[2] = nn.Linear(16, 2)
                optimizer.add_param_group({"params": net[2].parameters()})
            optimizer.zero_grad()
            F.cross_entropy(net(x), y).backward()
            optimizer.step()
    assert str(report)
    assert not any(module._forward_hooks for module in net.modules())


def test_copies_made_inside_the_loop_are_independent():
    """The step of a copied optimizer moves the copied model, and is no step of the training that is watched."""
    autograd.manual_seed(0)
    net = nn.MLP(2, [16, 2])
    optimizer = optim.SGD(net.parameters(), lr=0.1)
    with doctor(net, optimizer) as report:
        for _, (x, y) in zip(range(20), moons()):
            optimizer.zero_grad()
            F.cross_entropy(net(x), y).backward()
            optimizer.step()
            before = [p.tolist() for p in net.parameters()]
            twin, its_optimizer = copy.deepcopy((net, optimizer))
            F.cross_entropy(twin(x), y).backward()
            its_optimizer.step()
            assert [p.tolist() for p in net.parameters()] == before
            assert [p.tolist() for p in twin.parameters()] != before
    assert report.codes == []
    assert report.steps == 20


class ByHand:
    """An optimizer of one's own: nothing but a step."""

    def __init__(self, net):
        self.net = net

    def zero_grad(self):
        self.net.zero_grad()

    def step(self):
        with autograd.no_grad():
            for p in self.net.parameters():
                p -= 0.1 * p.grad


def test_an_optimizer_of_ones_own_needs_a_step_and_no_more():
    autograd.manual_seed(0)
    net = nn.MLP(2, [16, 2])
    assert classify(net, ByHand(net)).codes == []
    softmax = nn.Sequential(net, nn.Softmax(dim=1))
    assert classify(softmax, ByHand(softmax)).codes == ["softmax_before_loss"]


@pytest.mark.parametrize("place", ["close_look.user_line", "facts.norm", "watched_loop._tensors", "checks.Case"])
def test_a_failure_of_the_doctor_is_told_in_the_report_and_harms_nothing(place, monkeypatch):
    def broken(*args):
        raise ZeroDivisionError("of the doctor")

    def weights():
        autograd.manual_seed(0)
        net = nn.MLP(2, [16, 2])
        report = classify(net, optim.SGD(net.parameters(), lr=0.1), 20)
        return [p.tolist() for p in net.parameters()], report

    expected, _ = weights()
    module, name = place.split(".")
    monkeypatch.setattr(import_module(f"nn.doctor.{module}"), name, broken)
    found, report = weights()
    assert found == expected
    assert "ZeroDivisionError: of the doctor" in str(report)


def test_what_is_no_model_or_no_optimizer_is_refused_before_anything_is_watched():
    net = nn.MLP(2, [16, 2])
    optimizer = optim.SGD(net.parameters(), lr=0.1)
    with pytest.raises(TypeError, match="the model is a SGD, expected a Module"):
        doctor(optimizer, net)
    with pytest.raises(TypeError, match="the optimizer is a NoneType, expected an object with a step"):
        doctor(net, None)
    with pytest.raises(TypeError, match="the scheduler is a str, expected an object with a step"):
        doctor(net, optimizer, scheduler="cosine")


def softmax_in_another():
    net = nn.Sequential(nn.MLP(2, [16, 2]), nn.Softmax(dim=1))
    return net, optim.SGD(net.parameters(), lr=0.1), F.cross_entropy


def divergence_of_another():
    net = nn.MLP(2, [16, 2])
    return net, optim.SGD(net.parameters(), lr=10.0), lambda out, y: 1e6 * (out - y.unsqueeze(1)).square().mean()


def dead_units_in_another():
    net = nn.MLP(2, [16, 2])
    with autograd.no_grad():
        net[0].bias -= 10.0
    return net, optim.SGD(net.parameters(), lr=0.1), F.cross_entropy


@pytest.mark.parametrize("another", [softmax_in_another, divergence_of_another, dead_units_in_another])
def test_the_mistake_of_another_model_in_the_same_loop_is_not_reported(another):
    autograd.manual_seed(0)
    net, (other, its_optimizer, its_loss) = nn.MLP(2, [16, 2]), another()
    optimizer = optim.Adam(net.parameters(), lr=0.01)
    with doctor(net, optimizer) as report, doctor(other, its_optimizer) as its_report:
        for _, (x, y) in zip(range(200), moons()):
            its_optimizer.zero_grad()
            its_loss(other(x), y).backward()
            its_optimizer.step()
            optimizer.zero_grad()
            F.cross_entropy(net(x), y).backward()
            optimizer.step()
    assert report.codes == [], str(report)
    assert len(its_report.codes) == 1
