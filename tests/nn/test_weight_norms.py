"""Weight and spectral normalization agree with torch, over several steps, and can be undone."""

import copy

import numpy as np
import pytest
import torch
from torch import nn as torch_nn

import autograd
import nn
from tests.twins import same

LAYERS = {
    "Linear": (lambda m: m.Linear(5, 3), (4, 5)),
    "Conv2d": (lambda m: m.Conv2d(2, 3, 3), (4, 2, 5, 5)),
    "ConvTranspose2d": (lambda m: m.ConvTranspose2d(2, 3, 3), (4, 2, 5, 5)),
}
pytestmark = pytest.mark.filterwarnings("ignore:`torch.nn.utils.weight_norm` is deprecated:FutureWarning")
every = pytest.mark.parametrize("name", LAYERS)


def normalized(how, m, layer, **options):
    return getattr(m.utils, how)(layer, **options)


def twins(name, how, **options):
    ours, theirs = (LAYERS[name][0](m).double() for m in (nn, torch_nn))
    ours, theirs = normalized(how, nn, ours, **options), normalized(how, torch_nn, theirs, **options)
    assert list(ours.state_dict()) == list(theirs.state_dict())
    assert [n for n, _ in ours.named_parameters()] == [n for n, _ in theirs.named_parameters()]
    ours.load_state_dict(theirs.state_dict())
    return ours, theirs


@every
@pytest.mark.parametrize(
    ("how", "options"),
    [("weight_norm", {}), ("weight_norm", {"dim": None}), ("weight_norm", {"dim": 1}), ("spectral_norm", {}),
     ("spectral_norm", {"n_power_iterations": 3})],
)  # fmt: skip
def test_training_with_a_computed_weight_is_that_of_torch(name, how, options):
    ours, theirs = twins(name, how, **options)
    x = np.random.default_rng(0).normal(size=LAYERS[name][1])
    pairs = ((autograd, nn, ours), (torch, torch_nn, theirs))
    for m, _, net in pairs:
        optimizer = (nn.optim if m is autograd else torch.optim).SGD(net.parameters(), lr=0.01)
        for _ in range(3):
            optimizer.zero_grad()
            (net(m.tensor(x)) ** 2).sum().backward()
            optimizer.step()
        net.eval()(m.tensor(x))
    for key, value in theirs.state_dict().items():
        same(ours.state_dict()[key], value, 1e-9)
    same(ours.weight, theirs.weight, 1e-9)
    undone = [getattr(library.utils, f"remove_{how}")(net) for _, library, net in pairs]
    assert list(undone[0].state_dict()) == list(undone[1].state_dict())
    same(undone[0].weight, undone[1].weight, 1e-9)
    assert type(undone[0].weight) is nn.Parameter
    same(undone[0](autograd.tensor(x)), undone[1](torch.tensor(x)), 1e-9)


def test_two_calls_before_the_backward_pass_are_allowed():
    ours, theirs = twins("Linear", "spectral_norm")
    for m, net in ((autograd, ours), (torch, theirs)):
        (net(m.ones(2, 5, dtype=m.float64)) - net(m.zeros(2, 5, dtype=m.float64))).square().sum().backward()
    same(ours.weight_orig.grad, theirs.weight_orig.grad)


def test_a_copy_is_independent():
    layer = nn.utils.weight_norm(nn.Linear(3, 2))
    twin = copy.deepcopy(layer)
    with autograd.no_grad():
        layer.weight_g.zero_()
    assert twin(autograd.ones(1, 3)).tolist() != layer(autograd.ones(1, 3)).tolist()


def test_wrong_uses_are_refused():
    layer = nn.utils.weight_norm(nn.Linear(3, 2))
    with pytest.raises(RuntimeError, match="Cannot register two WeightNorm hooks"):
        nn.utils.weight_norm(layer)
    with pytest.raises(ValueError, match="spectral_norm of 'weight' not found"):
        nn.utils.remove_spectral_norm(layer)
    with pytest.raises(ValueError, match="a parameter with a shape"):
        nn.utils.spectral_norm(nn.LazyLinear(2))
    with pytest.raises(ValueError, match="n_power_iterations=0"):
        nn.utils.spectral_norm(nn.Linear(3, 2), n_power_iterations=0)
    with pytest.warns(FutureWarning, match="is deprecated"):
        nn.utils.weight_norm(nn.Linear(3, 2))
