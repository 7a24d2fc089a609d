"""Layers, containers and losses agree with torch.nn in value and gradient."""

import numpy as np
import pytest
import torch
from torch import nn as torch_nn
from torch.nn import functional as torch_F

import autograd
import nn
from nn import functional as F
from tests.twins import batch, mlp, same, same_parameters

# -- parity -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("activation", ["ReLU", "Tanh", "Sigmoid"])
@pytest.mark.parametrize("features", [(5, 3), (5, 7, 3), (5, 6, 7, 3)], ids=str)
def test_an_mlp_trained_for_one_step_agrees_with_torch(features, activation):
    ours, theirs = mlp(features, activation)
    x, y = batch()
    inputs, their_inputs = autograd.tensor(x, requires_grad=True), torch.tensor(x, requires_grad=True)
    loss = nn.CrossEntropyLoss()(ours(inputs), autograd.tensor(y))
    their_loss = torch_nn.CrossEntropyLoss()(theirs(their_inputs), torch.tensor(y))
    loss.backward()
    their_loss.backward()
    same(loss, their_loss)
    same(inputs.grad, their_inputs.grad)
    same_parameters(ours, theirs)


@pytest.mark.parametrize("shape", [(5,), (1, 5), (4, 5), (2, 3, 5), (0, 5)], ids=str)
@pytest.mark.parametrize("bias", [True, False])
def test_linear_takes_inputs_of_any_number_of_dimensions(shape, bias):
    ours = nn.Linear(5, 3, bias=bias).double()
    theirs = torch_nn.Linear(5, 3, bias=bias).double()
    ours.load_state_dict(theirs.state_dict())
    x = np.random.default_rng(0).standard_normal(shape)
    a, b = ours(autograd.tensor(x)), theirs(torch.tensor(x))
    a.square().sum().backward()
    b.square().sum().backward()
    same(a, b)
    same_parameters(ours, theirs)


@pytest.mark.parametrize("activation", ["ReLU", "Tanh", "Sigmoid"])
def test_activations_agree_with_torch_far_from_zero(activation):
    x = np.array([-1e4, -50.0, -1.0, -0.0, 0.0, 1e-3, 2.0, 50.0, 1e4])
    ours, theirs = autograd.tensor(x, requires_grad=True), torch.tensor(x, requires_grad=True)
    a, b = getattr(nn, activation)()(ours), getattr(torch_nn, activation)()(theirs)
    a.sum().backward()
    b.sum().backward()
    same(a, b)
    same(ours.grad, theirs.grad)


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_losses_agree_with_torch(reduction):
    x, y = batch()
    t = np.random.default_rng(2).standard_normal(x.shape)
    for ours, theirs, target in [
        (nn.MSELoss(reduction=reduction), torch_nn.MSELoss(reduction=reduction), t),
        (nn.CrossEntropyLoss(reduction=reduction), torch_nn.CrossEntropyLoss(reduction=reduction), y),
    ]:
        a, b = autograd.tensor(x, requires_grad=True), torch.tensor(x, requires_grad=True)
        our_loss, their_loss = ours(a, autograd.tensor(target)), theirs(b, torch.tensor(target))
        same(our_loss, their_loss)
        our_loss.sum().backward()
        their_loss.sum().backward()
        same(a.grad, b.grad)


@pytest.mark.parametrize("options", [{"ignore_index": 1}, {"label_smoothing": 0.2}], ids=str)
def test_cross_entropy_takes_the_options_of_torch(options):
    x, y = batch()
    a, b = autograd.tensor(x, requires_grad=True), torch.tensor(x, requires_grad=True)
    weight = np.array([0.5, 1.0, 2.0, 3.0, 4.0])
    ours = nn.CrossEntropyLoss(autograd.tensor(weight), **options)(a, autograd.tensor(y))
    theirs = torch_nn.CrossEntropyLoss(torch.tensor(weight), **options)(b, torch.tensor(y))
    ours.backward()
    theirs.backward()
    same(ours, theirs)
    same(a.grad, b.grad)


@pytest.mark.parametrize("name", ["relu", "tanh", "sigmoid", "softmax", "log_softmax"])
def test_functional_has_the_functions_of_torch(name):
    x, _ = batch()
    options = {"dim": -1} if "softmax" in name else {}
    same(getattr(F, name)(autograd.tensor(x), **options), getattr(torch_F, name)(torch.tensor(x), **options))


# -- initial values ---------------------------------------------------------------------------------------------------


def test_linear_starts_with_the_distribution_of_torch():
    autograd.manual_seed(0)
    torch.manual_seed(0)
    ours, theirs = nn.Linear(100, 200), torch_nn.Linear(100, 200)
    for name in ("weight", "bias"):
        a, b = getattr(ours, name).detach().numpy(), getattr(theirs, name).detach().numpy()
        assert a.dtype == b.dtype
        assert a.shape == b.shape
        assert abs(a).max() <= 0.1
        np.testing.assert_allclose(np.quantile(a, [0, 0.25, 0.5, 0.75, 1]), [-0.1, -0.05, 0, 0.05, 0.1], atol=0.02)


def test_the_seed_decides_the_weights():
    def weights(seed):
        autograd.manual_seed(seed)
        return nn.Linear(3, 2).weight.tolist()

    assert weights(1) == weights(1)
    assert weights(1) != weights(2)


def test_uniform_takes_a_generator_and_returns_the_tensor():
    tensor = autograd.zeros(1000)
    assert nn.init.uniform_(tensor, 2, 3, generator=autograd.Generator().manual_seed(0)) is tensor
    assert 2 <= tensor.min().item() < 2.1 < 2.9 < tensor.max().item() <= 3


# -- containers -------------------------------------------------------------------------------------------------------


def test_sequential_is_a_sequence_of_its_modules():
    a, b, c = nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1)
    net = nn.Sequential(a, b, c)
    assert len(net) == 3
    assert list(net) == [a, b, c]
    assert net[0] is a
    assert net[-1] is c
    assert list(net[1:]) == [b, c]
    assert list(net[1:].state_dict()) == ["2.weight", "2.bias"]
    with pytest.raises(IndexError, match="index 3 is out of range for Sequential of 3 modules"):
        net[3]


def test_a_module_may_stand_in_a_sequential_twice():
    act, m = nn.Tanh(), nn.Linear(2, 2)
    net = nn.Sequential(m, act, m, act)
    assert len(net) == 4
    assert list(net[2:]) == [m, act]
    x = autograd.ones(1, 2)
    assert net(x).tolist() == act(m(act(m(x)))).tolist()
    assert len(list(net.parameters())) == 2
    assert len(net.state_dict()) == 4


def test_sequential_takes_names_and_further_modules():
    net = nn.Sequential({"first": nn.Linear(2, 3), "act": nn.ReLU()})
    assert net.append(nn.Linear(3, 1)) is net
    assert list(net.state_dict()) == ["first.weight", "first.bias", "2.weight", "2.bias"]
    assert net(autograd.ones(4, 2)).shape == (4, 1)


@pytest.mark.parametrize("wrong", [nn.ReLU, len, None])
def test_sequential_refuses_what_is_not_a_module(wrong):
    with pytest.raises(TypeError, match=r"at position 1: pass an instance such as nn\.ReLU"):
        nn.Sequential(nn.Linear(2, 2), wrong)


def test_an_mlp_has_an_activation_between_layers_and_none_at_the_end():
    assert [type(m).__name__ for m in nn.MLP(2, [16, 16, 1], activation=nn.Tanh)] == [
        "Linear", "Tanh", "Linear", "Tanh", "Linear",
    ]  # fmt: skip
    assert sum(p.numel() for p in nn.MLP(2, [16, 16, 1]).parameters()) == 337
    with pytest.raises(ValueError, match="expected the sizes of the layers"):
        nn.MLP(2, [])


# -- wrong uses -------------------------------------------------------------------------------------------------------


def test_a_loss_of_a_column_against_a_row_warns_or_is_refused_because_it_broadcasts():
    with pytest.warns(UserWarning, match=r"target size \(torch.Size\(\[8\]\)\) that is different"):
        nn.MSELoss()(autograd.ones(8, 1), autograd.ones(8))
    with pytest.raises(ValueError, match=r"given \(8, 1\) and \(8,\)"):
        nn.BCELoss()(autograd.ones(8, 1), autograd.ones(8))


def test_an_unknown_reduction_is_refused():
    with pytest.raises(ValueError, match="most is not a valid value for reduction"):
        nn.MSELoss(reduction="most")(autograd.ones(2), autograd.ones(2))
    with pytest.raises(ValueError, match="most is not a valid value for reduction"):
        nn.CrossEntropyLoss(reduction="most")(autograd.ones(2, 3), autograd.tensor([0, 1]))


def test_class_numbers_out_of_range_are_refused():
    with pytest.raises(IndexError, match="Target 7 is out of bounds"):
        nn.CrossEntropyLoss()(autograd.ones(2, 3), autograd.tensor([0, 7]))


def test_class_numbers_for_another_number_of_samples_are_refused():
    with pytest.raises(ValueError, match=r"batch_size \(2\).*batch_size \(3\)"):
        nn.CrossEntropyLoss()(autograd.ones(2, 3), autograd.tensor([0, 1, 2]))
