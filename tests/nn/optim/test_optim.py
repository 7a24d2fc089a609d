"""Optimizers take the steps of torch.optim."""

import copy

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd
import nn
from nn import optim
from tests.twins import batch, mlp, same, same_parameters

SETTINGS = [
    ("SGD", {"lr": 0.1}),
    ("SGD", {"lr": 0.1, "weight_decay": 0.05}),
    ("SGD", {"lr": 0.1, "momentum": 0.9}),
    ("SGD", {"lr": 0.1, "momentum": 0.9, "dampening": 0.3}),
    ("SGD", {"lr": 0.1, "momentum": 0.9, "nesterov": True, "weight_decay": 0.05}),
    ("SGD", {"lr": 0.1, "momentum": 0.9, "maximize": True}),
    ("Adam", {}),
    ("Adam", {"lr": 0.05, "betas": (0.8, 0.95), "eps": 1e-4}),
    ("Adam", {"lr": 0.05, "weight_decay": 0.1}),
    ("Adam", {"lr": 0.05, "amsgrad": True}),
    ("Adam", {"lr": 0.05, "maximize": True, "weight_decay": 0.1}),
    ("AdamW", {}),
    ("AdamW", {"lr": 0.05, "betas": (0.8, 0.95), "eps": 1e-4, "weight_decay": 0.3}),
    ("AdamW", {"lr": 0.05, "weight_decay": 0}),
    ("AdamW", {"lr": 0.05, "amsgrad": True}),
    ("AdamW", {"lr": 0.05, "maximize": True}),
    ("RMSprop", {}),
    ("RMSprop", {"lr": 0.02, "alpha": 0.8, "eps": 1e-4}),
    ("RMSprop", {"weight_decay": 0.1}),
    ("RMSprop", {"momentum": 0.9}),
    ("RMSprop", {"centered": True}),
    ("RMSprop", {"centered": True, "momentum": 0.5, "weight_decay": 0.1, "maximize": True}),
    ("Adagrad", {}),
    ("Adagrad", {"lr": 0.1, "lr_decay": 0.3, "eps": 1e-4}),
    ("Adagrad", {"lr": 0.1, "weight_decay": 0.1, "initial_accumulator_value": 0.5}),
    ("Adagrad", {"lr": 0.1, "maximize": True}),
    ("Adam", {"lr": 0.05, "weight_decay": 0.1, "decoupled_weight_decay": True}),
    ("Adadelta", {}),
    ("Adadelta", {"lr": 0.7, "rho": 0.8, "eps": 1e-4, "weight_decay": 0.1, "maximize": True}),
    ("Adamax", {}),
    ("Adamax", {"lr": 0.05, "betas": (0.8, 0.95), "eps": 1e-4, "weight_decay": 0.1, "maximize": True}),
    ("NAdam", {}),
    ("NAdam", {"lr": 0.05, "betas": (0.8, 0.95), "eps": 1e-4, "weight_decay": 0.1, "momentum_decay": 0.05}),
    ("NAdam", {"lr": 0.05, "weight_decay": 0.1, "decoupled_weight_decay": True, "maximize": True}),
    ("RAdam", {}),
    ("RAdam", {"lr": 0.05, "betas": (0.8, 0.95), "eps": 1e-4, "weight_decay": 0.1}),
    ("RAdam", {"lr": 0.05, "weight_decay": 0.1, "decoupled_weight_decay": True, "maximize": True}),
    ("ASGD", {"lr": 0.1}),
    ("ASGD", {"lr": 0.1, "lambd": 0.1, "alpha": 0.5, "t0": 3, "weight_decay": 0.1, "maximize": True}),
    ("Rprop", {}),
    ("Rprop", {"lr": 0.05, "etas": (0.3, 1.5), "step_sizes": (0.01, 0.2), "maximize": True}),
]
NAMES = sorted({name for name, _ in SETTINGS})


def train(net, optimizer, loss_function, x, y, steps):
    for _ in range(steps):
        optimizer.zero_grad()
        loss_function(net(x), y).backward()
        optimizer.step()


def train_both(ours, theirs, our_optimizer, their_optimizer, steps=20):
    x, y = batch()
    train(ours, our_optimizer, nn.CrossEntropyLoss(), autograd.tensor(x), autograd.tensor(y), steps)
    train(theirs, their_optimizer, torch.nn.CrossEntropyLoss(), torch.tensor(x), torch.tensor(y), steps)


LEAF = autograd.ones(2, requires_grad=True)
TORCH_LEAF = torch.ones(2, requires_grad=True)


# -- parity -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "options"), SETTINGS, ids=str)
def test_twenty_steps_agree_with_torch(name, options):
    ours, theirs = mlp()
    ours_by, theirs_by = getattr(optim, name), getattr(torch.optim, name)
    train_both(ours, theirs, ours_by(ours.parameters(), **options), theirs_by(theirs.parameters(), **options))
    same_parameters(ours, theirs)


def test_groups_of_parameters_have_options_of_their_own():
    ours, theirs = mlp()
    optimizers = []
    for net, library in ((ours, optim), (theirs, torch.optim)):
        groups = [{"params": net[0].parameters(), "lr": 0.5}, {"params": net[2].weight}]
        optimizer = library.SGD(groups, lr=0.1, momentum=0.9)
        optimizer.add_param_group({"params": [net[2].bias], "momentum": 0.5})
        optimizers.append(optimizer)
    train_both(ours, theirs, *optimizers)
    same_parameters(ours, theirs)


@pytest.mark.parametrize(("name", "options"), SETTINGS, ids=str)
def test_training_interrupted_and_resumed_equals_training_without_a_break_bit_for_bit(name, options):
    make = getattr(optim, name)
    x, y = (autograd.tensor(a) for a in batch())
    straight, _ = mlp()
    train(straight, make(straight.parameters(), **options), nn.CrossEntropyLoss(), x, y, steps=10)

    first, _ = mlp()
    optimizer = make(first.parameters(), **options)
    train(first, optimizer, nn.CrossEntropyLoss(), x, y, steps=5)
    saved = copy.deepcopy((first.state_dict(), optimizer.state_dict()))
    train(first, optimizer, nn.CrossEntropyLoss(), x, y, steps=1)

    resumed, _ = mlp(seed=9)
    other = make(resumed.parameters(), lr=123.0)
    resumed.load_state_dict(saved[0])
    other.load_state_dict(saved[1])
    train(resumed, other, nn.CrossEntropyLoss(), x, y, steps=5)
    for a, b in zip(straight.parameters(), resumed.parameters(), strict=True):
        assert np.array_equal(a.detach().numpy(), b.detach().numpy())


@pytest.mark.parametrize(("name", "options"), SETTINGS, ids=str)
def test_the_state_of_an_optimizer_of_torch_is_taken_over(name, options):
    ours, theirs = mlp()
    their_optimizer = getattr(torch.optim, name)(theirs.parameters(), **options)
    x, y = batch()
    train(theirs, their_optimizer, torch.nn.CrossEntropyLoss(), torch.tensor(x), torch.tensor(y), steps=5)
    ours.load_state_dict(theirs.state_dict())
    our_optimizer = getattr(optim, name)(ours.parameters())
    our_optimizer.load_state_dict(their_optimizer.state_dict())
    train_both(ours, theirs, our_optimizer, their_optimizer, steps=5)
    same_parameters(ours, theirs)


@pytest.mark.parametrize(("name", "options"), SETTINGS, ids=str)
def test_torch_takes_over_the_state_of_an_optimizer(name, options):
    ours, theirs = mlp()
    our_optimizer = getattr(optim, name)(ours.parameters(), **options)
    x, y = batch()
    train(ours, our_optimizer, nn.CrossEntropyLoss(), autograd.tensor(x), autograd.tensor(y), steps=5)
    theirs.load_state_dict({key: torch.tensor(value.numpy()) for key, value in ours.state_dict().items()})
    their_optimizer = getattr(torch.optim, name)(theirs.parameters())
    their_optimizer.load_state_dict(for_torch(our_optimizer.state_dict()))
    train_both(ours, theirs, our_optimizer, their_optimizer, steps=5)
    same_parameters(ours, theirs, tolerance=1e-9)  # torch goes on with another dtype in NAdam


def for_torch(value):
    """A state dict with torch's tensors in place of ours."""
    if isinstance(value, dict):
        return {key: for_torch(inner) for key, inner in value.items()}
    return torch.tensor(value.numpy()) if isinstance(value, autograd.Tensor) else value


@pytest.mark.parametrize(("name", "options"), SETTINGS, ids=str)
def test_the_state_dict_has_the_keys_and_values_of_torch(name, options):
    ours, theirs = mlp()
    mine = getattr(optim, name)(ours.parameters(), **options)
    other = getattr(torch.optim, name)(theirs.parameters(), **options)
    train_both(ours, theirs, mine, other, steps=3)
    mine, other = mine.state_dict(), other.state_dict()
    assert mine["param_groups"][0].items() <= other["param_groups"][0].items()
    assert list(mine["state"]) == list(other["state"])
    for i, state in mine["state"].items():
        assert list(state) == list(other["state"][i])
        for key, value in state.items():
            if key == "step":
                assert value == int(other["state"][i]["step"])
            else:
                same(value, other["state"][i][key])


@pytest.mark.parametrize(("name", "options"), SETTINGS, ids=str)
def test_a_parameter_of_no_dimensions_is_trained(name, options):
    w, v = autograd.tensor(3.0, requires_grad=True), torch.tensor(3.0, requires_grad=True)
    for m, p, library in ((autograd, w, optim), (torch, v, torch.optim)):
        optimizer = getattr(library, name)([p], **options)
        for _ in range(20):
            optimizer.zero_grad()
            m.sin(p).backward()
            optimizer.step()
    same(w, v, tolerance=1e-5)


@settings(max_examples=60, deadline=None)
@given(st.data(), st.sampled_from(NAMES), st.integers(0, 2**32 - 1))
def test_steps_agree_with_torch_for_any_options_shapes_and_gradients(data, name, seed):
    share, flag = st.floats(0, 0.99), st.booleans()
    drawn = {
        "SGD": {"momentum": share, "dampening": share},
        "Adam": {"betas": st.tuples(share, share), "amsgrad": flag},
        "AdamW": {"betas": st.tuples(share, share), "amsgrad": flag},
        "RMSprop": {"alpha": share, "momentum": share},
        "Adagrad": {"lr_decay": share, "initial_accumulator_value": share},
        "Adadelta": {"rho": share},
        "Adamax": {"betas": st.tuples(share, share)},
        "NAdam": {"betas": st.tuples(share, share), "momentum_decay": share, "decoupled_weight_decay": flag},
        "RAdam": {"betas": st.tuples(share, share), "decoupled_weight_decay": flag},
        "ASGD": {"lambd": share, "alpha": share, "t0": st.integers(0, 3)},
        "Rprop": {"etas": st.tuples(st.floats(0.1, 0.9), st.floats(1.1, 2))},
    }[name] | {"lr": share, "maximize": flag} | ({} if name == "Rprop" else {"weight_decay": share})
    options = data.draw(st.fixed_dictionaries(drawn))
    shape = tuple(data.draw(st.lists(st.integers(0, 3), max_size=3)))
    made = []
    for m, library in ((autograd, optim), (torch, torch.optim)):
        rng = np.random.default_rng(seed)
        p = m.tensor(rng.standard_normal(shape), requires_grad=True)
        optimizer = getattr(library, name)([p], **options)
        for _ in range(4):
            p.grad = m.tensor(rng.standard_normal(shape) + 0.1)
            optimizer.step()
        made.append(p)
    same(*made, tolerance=1e-6)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
@pytest.mark.parametrize("name", [name for name in NAMES if name not in ("ASGD", "NAdam")])
def test_half_precision_parameters_stay_so(name, dtype):
    kind = getattr(autograd, dtype)
    w = autograd.zeros(3, dtype=kind, requires_grad=True)
    w.sum().backward()
    optimizer = getattr(optim, name)([w], lr=0.5)
    optimizer.step()
    assert w.dtype == kind
    assert all(value.dtype == kind for value in optimizer.state[w].values() if hasattr(value, "dtype"))
    assert w[0].item() < 0


# -- steps ------------------------------------------------------------------------------------------------------------


def test_parameters_without_gradient_are_left_alone():
    a, b = autograd.ones(2, requires_grad=True), autograd.ones(2, requires_grad=True)
    optimizer = optim.Adam([a, b], lr=0.5)
    a.sum().backward()
    optimizer.step()
    assert b.tolist() == [1.0, 1.0]
    assert b not in optimizer.state


def test_a_step_changes_neither_the_gradient_nor_the_tensor_objects():
    w = autograd.ones(2, requires_grad=True)
    optimizer = optim.SGD([w], lr=0.5, momentum=0.9, weight_decay=0.1)
    for _ in range(3):
        optimizer.zero_grad()
        w.sum().backward()
        optimizer.step()
        assert w.grad.tolist() == [1.0, 1.0]
        assert w.is_leaf


def test_a_step_between_forward_and_backward_is_noticed():
    w = autograd.ones(2, requires_grad=True)
    optimizer = optim.SGD([w], lr=0.5)
    w.sum().backward()
    loss = (w * w).sum()
    optimizer.step()
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        loss.backward()


def test_a_closure_is_called_with_gradients_on_and_its_loss_returned():
    w = autograd.ones(2, requires_grad=True)
    optimizer = optim.SGD([w], lr=0.5)

    def closure():
        optimizer.zero_grad()
        loss = (w * 3).sum()
        loss.backward()
        return loss

    with autograd.no_grad():
        loss = optimizer.step(closure)
    assert loss.item() == 6
    assert w.tolist() == [-0.5, -0.5]
    assert optimizer.step() is None


def test_zero_grad_forgets_or_fills_with_zeros():
    w = autograd.ones(2, requires_grad=True)
    w.sum().backward()
    optimizer = optim.SGD([w], lr=0.5)
    optimizer.zero_grad(set_to_none=False)
    assert w.grad.tolist() == [0.0, 0.0]
    optimizer.zero_grad()
    assert w.grad is None


@pytest.mark.parametrize(("name", "options"), SETTINGS, ids=str)
def test_optimizers_print_as_those_of_torch(name, options):
    assert repr(getattr(optim, name)([LEAF], **options)) == repr(getattr(torch.optim, name)([TORCH_LEAF], **options))


@pytest.mark.parametrize("name", NAMES)
def test_the_learning_rate_may_be_a_tensor(name):
    made = []
    for m, library in ((autograd, optim), (torch, torch.optim)):
        w, lr = m.ones(2, dtype=m.float64, requires_grad=True), m.tensor(0.5, dtype=m.float64)
        optimizer = getattr(library, name)([w], lr=lr, **{"foreach": False} if m is torch else {})
        for _ in range(2):
            w.grad = m.tensor([1.0, 2.0], dtype=m.float64)
            optimizer.step()
            lr.fill_(0.25)
        made.append(w)
    same(*made, tolerance=1e-7)


@pytest.mark.parametrize("name", NAMES)
def test_ways_to_compute_the_same_change_nothing_and_a_recorded_step_is_refused(name):
    make = getattr(optim, name)
    assert make([LEAF], foreach=True).param_groups[0]["foreach"] is True
    with pytest.raises(NotImplementedError, match="differentiable=True is not supported"):
        make([LEAF], differentiable=True)
