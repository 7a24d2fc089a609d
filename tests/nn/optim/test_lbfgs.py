"""L-BFGS goes the way of torch's, closure by closure."""

import copy

import numpy as np
import pytest
import torch

import autograd
import nn
from nn import optim
from tests.nn.optim.test_optim import for_torch
from tests.twins import batch, mlp, same_parameters

START = [-1.2, 1.0, 0.5, 2.0, -0.3, 0.7]


def rosenbrock(m, x):
    return (100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum()


def bowl(m, x):
    return ((x * m.arange(1, 7)) ** 2).sum() + m.sin(x).sum()


def flat(m, x):
    return x.sum() * 0


WAYS = [
    (bowl, {}),
    (bowl, {"lr": 0.2, "max_iter": 6}),
    (bowl, {"history_size": 2, "max_iter": 5}),
    (bowl, {"max_iter": 1}),
    (bowl, {"tolerance_grad": 0.1}),
    (bowl, {"tolerance_change": 0.1}),
    (bowl, {"line_search_fn": "strong_wolfe"}),
    (bowl, {"line_search_fn": "strong_wolfe", "lr": 300.0}),
    (bowl, {"line_search_fn": "strong_wolfe", "lr": 0.1}),
    (rosenbrock, {"lr": 0.01, "history_size": 2}),
    (rosenbrock, {"line_search_fn": "strong_wolfe"}),
    (rosenbrock, {"line_search_fn": "strong_wolfe", "history_size": 3}),
    (rosenbrock, {"line_search_fn": "strong_wolfe", "max_eval": 4}),
    (rosenbrock, {"line_search_fn": "strong_wolfe", "max_eval": 1}),
    (rosenbrock, {"line_search_fn": "strong_wolfe", "lr": 0.001}),
    (flat, {}),
]


def path(m, library, function, options, steps=6, start=START):
    """The optimizer, and every point at which it called the closure, with those after each step."""
    x, found = m.tensor(np.array(start), requires_grad=True), []
    optimizer = library.LBFGS([x], **options)

    def closure():
        optimizer.zero_grad()
        loss = function(m, x)
        loss.backward()
        found.append(x.detach().numpy().copy())
        return loss

    for _ in range(steps):
        loss = optimizer.step(closure)
        found.append(np.append(x.detach().numpy()[1:], loss.item()))
    return optimizer, np.array(found)


@pytest.mark.parametrize(("function", "options"), WAYS, ids=lambda way: getattr(way, "__name__", str(way)))
def test_every_point_it_looks_at_is_that_of_torch(function, options):
    ours, points = path(autograd, optim, function, options)
    theirs, expected = path(torch, torch.optim, function, options)
    assert points.shape == expected.shape
    np.testing.assert_allclose(points, expected, rtol=1e-6, atol=1e-6)
    mine, other = ours.state_dict(), theirs.state_dict()
    assert mine["param_groups"] == other["param_groups"]
    assert repr(ours) == repr(theirs)
    for key in ("func_evals", "n_iter"):
        assert mine["state"][0][key] == other["state"][0][key]


def fit(m, library, net, optimizer, steps):
    x, y = (m.tensor(a) for a in batch())

    def closure():
        optimizer.zero_grad()
        loss = library.CrossEntropyLoss()(net(x), y) + sum((p**2).sum() for p in net.parameters())
        loss.backward()
        return loss

    return [optimizer.step(closure).item() for _ in range(steps)]


OPTIONS = {"max_iter": 4, "history_size": 3, "line_search_fn": "strong_wolfe"}


def test_the_parameters_of_a_network_are_one_vector():
    ours, theirs = mlp()
    by, theirs_by = optim.LBFGS(ours.parameters(), **OPTIONS), torch.optim.LBFGS(theirs.parameters(), **OPTIONS)
    losses = fit(autograd, nn, ours, by, 4)
    np.testing.assert_allclose(losses, fit(torch, torch.nn, theirs, theirs_by, 4), rtol=1e-9)
    assert losses[-1] < losses[0]
    same_parameters(ours, theirs, tolerance=1e-6)


def test_its_state_goes_to_torch_and_comes_from_there():
    ours, theirs = mlp()
    by, theirs_by = optim.LBFGS(ours.parameters(), **OPTIONS), torch.optim.LBFGS(theirs.parameters(), **OPTIONS)
    fit(torch, torch.nn, theirs, theirs_by, 2)
    ours.load_state_dict(theirs.state_dict())
    by.load_state_dict(copy.deepcopy(theirs_by.state_dict()))
    fit(autograd, nn, ours, by, 1)
    fit(torch, torch.nn, theirs, theirs_by, 1)
    same_parameters(ours, theirs, tolerance=1e-6)
    saved = copy.deepcopy(by.state_dict())
    saved["state"] = {0: {key: numbers(value) for key, value in saved["state"][0].items()}}
    theirs_by.load_state_dict(saved)
    fit(autograd, nn, ours, by, 1)
    fit(torch, torch.nn, theirs, theirs_by, 1)
    same_parameters(ours, theirs, tolerance=1e-6)


def numbers(value):
    return [numbers(inner) for inner in value] if isinstance(value, list) else for_torch(value)


def test_interrupted_and_resumed_it_goes_the_same_way_bit_for_bit():
    straight, _ = mlp()
    fit(autograd, nn, straight, optim.LBFGS(straight.parameters(), **OPTIONS), 4)
    first, _ = mlp()
    by = optim.LBFGS(first.parameters(), **OPTIONS)
    fit(autograd, nn, first, by, 2)
    resumed, _ = mlp(seed=9)
    again = optim.LBFGS(resumed.parameters())
    resumed.load_state_dict(first.state_dict())
    again.load_state_dict(by.state_dict())
    fit(autograd, nn, resumed, again, 2)
    for a, b in zip(straight.parameters(), resumed.parameters(), strict=True):
        assert np.array_equal(a.detach().numpy(), b.detach().numpy())


def test_what_does_not_fit_is_refused():
    optimizer, _ = path(autograd, optim, bowl, {})
    other = optim.LBFGS([autograd.ones(2, requires_grad=True)])
    with pytest.raises(ValueError, match="does not fit LBFGS with 2 weights"):
        other.load_state_dict(optimizer.state_dict())
    assert other.state == {}
    with pytest.raises(TypeError, match="closure"):
        other.step()
    with pytest.raises(RuntimeError, match="only 'strong_wolfe' is supported"):
        optim.LBFGS([autograd.ones(2, requires_grad=True)], line_search_fn="armijo")
