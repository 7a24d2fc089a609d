"""Clipping, vectors of parameters and penalties agree with torch."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd
import nn
from nn import utils
from tests.twins import batch, mlp, same, same_parameters


def trained(seed=0):
    """An MLP and its twin, with gradients."""
    nets = mlp(seed=seed)
    x, y = batch()
    for net, m, loss in zip(nets, (autograd, torch), (nn.CrossEntropyLoss(), torch.nn.CrossEntropyLoss())):
        loss(net(m.tensor(x)), m.tensor(y)).backward()
    return nets


# -- clipping ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("norm_type", [2.0, 1.0, 3, 0.5, math.inf])
@pytest.mark.parametrize("max_norm", [0.1, 1e4, 0.0])
def test_gradients_clipped_by_their_norm_agree_with_torch(max_norm, norm_type):
    ours, theirs = trained()
    total = utils.clip_grad_norm_(ours.parameters(), max_norm, norm_type)
    same(total, torch.nn.utils.clip_grad_norm_(theirs.parameters(), max_norm, norm_type))
    assert not total.requires_grad
    same_parameters(ours, theirs)


def test_gradients_clipped_by_their_elements_agree_with_torch():
    ours, theirs = trained()
    utils.clip_grad_value_(ours.parameters(), 0.02)
    torch.nn.utils.clip_grad_value_(theirs.parameters(), 0.02)
    same_parameters(ours, theirs)
    assert max(abs(p.grad.numpy()).max() for p in ours.parameters()) == 0.02


def test_one_tensor_and_tensors_without_gradient_are_taken():
    w, frozen = autograd.tensor([3.0, 4.0], requires_grad=True), autograd.ones(2, requires_grad=True)
    assert utils.clip_grad_norm_([frozen], 1.0).item() == 0
    (w * w.detach()).sum().backward()
    assert utils.clip_grad_norm_(w, 1.0).item() == 5
    np.testing.assert_allclose(w.grad.numpy(), [0.6, 0.8], rtol=1e-6)
    utils.clip_grad_value_([frozen, w], 0.7)
    np.testing.assert_allclose(w.grad.numpy(), [0.6, 0.7], rtol=1e-6)
    assert frozen.grad is None


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.lists(st.integers(0, 3), max_size=3).map(tuple), min_size=1, max_size=4),
    st.sampled_from([1.0, 2.0, 2.5, math.inf]),
    st.floats(1e-3, 10),
    st.integers(0, 2**32 - 1),
)
def test_clipping_agrees_with_torch_for_any_shapes(shapes, norm_type, max_norm, seed):
    if norm_type == math.inf and any(0 in shape for shape in shapes):
        return  # no elements have no largest one
    rng = np.random.default_rng(seed)
    grads = [np.asarray(rng.standard_normal(shape)) for shape in shapes]
    made = []
    for m, functions in ((autograd, utils), (torch, torch.nn.utils)):
        parameters = [m.zeros(g.shape, dtype=m.float64, requires_grad=True) for g in grads]
        for p, g in zip(parameters, grads):
            p.grad = m.tensor(g)
        made.append([functions.clip_grad_norm_(parameters, max_norm, norm_type), *[p.grad for p in parameters]])
    for a, b in zip(*made):
        same(a, b)


@pytest.mark.parametrize("bad", [math.inf, -math.inf, math.nan])
def test_gradients_that_are_not_finite_are_refused_on_request_and_left_as_they_are(bad):
    w = autograd.zeros(2, requires_grad=True)
    w.grad = autograd.tensor([1.0, bad])
    with pytest.raises(RuntimeError, match=r"total norm of order 2\.0 for gradients from `parameters` is non-finite"):
        utils.clip_grad_norm_([w], 0.1, error_if_nonfinite=True)
    assert w.grad[0].item() == 1
    v = torch.zeros(2, requires_grad=True)
    v.grad = torch.tensor([1.0, bad])
    same(utils.clip_grad_norm_([w], 0.1), torch.nn.utils.clip_grad_norm_([v], 0.1))
    same(w.grad, v.grad)


def test_a_bound_that_is_not_a_number_is_refused():
    w = autograd.zeros(2, requires_grad=True)
    w.sum().backward()
    with pytest.raises(ValueError, match="max_norm is NaN"):
        utils.clip_grad_norm_([w], math.nan)
    with pytest.raises(ValueError, match="clip_value is NaN"):
        utils.clip_grad_value_([w], math.nan)
    assert w.grad.tolist() == [1, 1]


def test_the_norm_and_the_clipping_by_it_are_to_be_had_apart():
    ours, theirs = trained()
    norms = []
    for net, functions in ((ours, utils), (theirs, torch.nn.utils)):
        norms.append(functions.get_total_norm([p.grad for p in net.parameters()], 1.0))
        functions.clip_grads_with_norm_(net.parameters(), 0.1, norms[-1])
    same(*norms)
    same_parameters(ours, theirs)
    with pytest.raises(RuntimeError, match="is non-finite"):
        utils.get_total_norm([autograd.tensor([math.inf])], error_if_nonfinite=True)


# -- all parameters in a row ------------------------------------------------------------------------------------------


def test_parameters_become_a_vector_and_come_back():
    ours, theirs = mlp()
    vector = utils.parameters_to_vector(ours.parameters())
    same(vector, torch.nn.utils.parameters_to_vector(theirs.parameters()))
    new = np.arange(float(vector.numel()))
    utils.vector_to_parameters(autograd.tensor(new), ours.parameters())
    torch.nn.utils.vector_to_parameters(torch.tensor(new), theirs.parameters())
    same_parameters(ours, theirs)
    assert all(p.is_leaf and p.requires_grad for p in ours.parameters())


def test_the_gradient_flows_through_the_vector():
    ours, theirs = mlp()
    for net, functions in ((ours, utils), (theirs, torch.nn.utils)):
        (functions.parameters_to_vector(net.parameters()) ** 3).sum().backward()
    same_parameters(ours, theirs)


def test_a_vector_of_another_length_is_refused_and_changes_nothing():
    net, _ = mlp()
    before = net.state_dict()["0.weight"].tolist()
    count = sum(p.numel() for p in net.parameters())
    for wrong in (count - 1, count + 1):
        with pytest.raises(RuntimeError, match=rf"expected a vector of {count} numbers, given \({wrong},\)"):
            utils.vector_to_parameters(autograd.zeros(wrong), net.parameters())
    with pytest.raises(TypeError, match="expected a Tensor, but got ndarray"):
        utils.vector_to_parameters(np.zeros(count), net.parameters())
    assert net.state_dict()["0.weight"].tolist() == before


# -- penalties --------------------------------------------------------------------------------------------------------


def test_penalties_are_sums_over_all_parameters_with_their_gradients():
    ours, theirs = mlp()
    penalty = utils.l1_penalty(ours.parameters()) + 0.5 * utils.l2_penalty(ours.parameters())
    expected = sum(p.abs().sum() + 0.5 * (p**2).sum() for p in theirs.parameters())
    same(penalty, expected)
    penalty.backward()
    expected.backward()
    same_parameters(ours, theirs)


def test_an_l2_penalty_is_a_weight_decay():
    x, y = (autograd.tensor(a) for a in batch())
    decayed, penalized = mlp()[0], mlp()[0]
    for net, decay in ((decayed, 0.1), (penalized, 0)):
        optimizer = nn.optim.SGD(net.parameters(), lr=0.1, weight_decay=decay)
        for _ in range(5):
            optimizer.zero_grad()
            loss = nn.CrossEntropyLoss()(net(x), y)
            (loss if decay else loss + 0.1 / 2 * utils.l2_penalty(net.parameters())).backward()
            optimizer.step()
    for a, b in zip(decayed.parameters(), penalized.parameters()):
        np.testing.assert_allclose(a.detach().numpy(), b.detach().numpy(), rtol=1e-12)
