"""Tensor as an object: printing, gradients of intermediate values, hooks, copies, Python's protocols."""

import copy
import pickle

import numpy as np
import pytest
import torch

import autograd as ag

PRINTED = {
    "number": lambda m: m.tensor(2.5),
    "whole numbers": lambda m: m.tensor([1.0, 2.0, -3.0]),
    "fractions": lambda m: m.tensor([[1.5, 2.0], [3.0, -4.25]]),
    "integers": lambda m: m.tensor([1, 20, -300]),
    "bools": lambda m: m.tensor([True, False]),
    "wide range": lambda m: m.tensor([1e-6, 1.0, 1e6]),
    "tiny": lambda m: m.tensor([1e-5, 2e-5]),
    "not finite": lambda m: m.tensor([1.0, float("inf"), float("nan"), -2.5]),
    "requires grad": lambda m: m.tensor([1.0], requires_grad=True),
    "empty": lambda m: m.tensor([]),
    "empty matrix": lambda m: m.zeros(2, 0),
    "three dimensions": lambda m: m.arange(8.0).reshape(2, 2, 2),
    "a long vector": lambda m: m.arange(2000.0),
    "a wide vector": lambda m: m.arange(40.0) / 7,
    "a big whole number": lambda m: m.tensor([1e9]),
}


@pytest.mark.parametrize("name", PRINTED)
def test_a_tensor_prints_as_in_torch(name):
    make = PRINTED[name]
    assert repr(make(ag)) == repr(make(torch)).replace("torch.", "").replace("size=(2, 0)", "size=(2, 0)")


def test_a_result_prints_the_op_that_made_it():
    x = ag.tensor([1.0, 2.0], requires_grad=True)
    assert repr(x * 2) == "tensor([2., 4.], grad_fn=<MulBackward0>)"
    assert (x * 2).grad_fn.name() == "MulBackward0"
    assert repr(ag.tensor([1.0], dtype=ag.float64)) == "tensor([1.], dtype=float64)"


def test_formats_apply_to_the_number():
    x = ag.tensor(2.0, requires_grad=True)
    assert f"{x:.3f}" == "2.000"
    assert f"{x * 2:>6.1f}" == "   4.0"
    assert f"{x} {ag.tensor(3)} {ag.tensor(True)}" == "2.0 3 True"
    assert f"{x.reshape(1)}" == repr(x.reshape(1))
    with pytest.raises(TypeError):
        f"{ag.ones(2):.2f}"


def test_grad_of_an_intermediate_value_is_kept_on_request():
    x = ag.tensor([1.0, 2.0], requires_grad=True)
    h = x * 3
    h.retain_grad()
    (h * h).sum().backward()
    assert h.grad.tolist() == [6.0, 12.0]
    assert h.retains_grad
    assert not h.is_leaf
    assert x.is_leaf


def test_grad_is_one_object_and_accumulates_in_place():
    x = ag.tensor([1.0, 2.0], requires_grad=True)
    x.sum().backward()
    g = x.grad
    assert x.grad is g
    (2 * x).sum().backward()
    assert g.tolist() == [3.0, 3.0]
    x.grad = None
    assert x.grad is None


def test_hooks_see_the_whole_gradient_once_and_may_replace_it():
    x = ag.tensor([1.0, 2.0], requires_grad=True)
    h = x * 3
    seen = []
    handle = h.register_hook(lambda g: seen.append(g.tolist()))
    h.register_hook(lambda g: g * 10)
    x.register_hook(lambda g: seen.append(g.tolist()))
    (h + h).sum().backward(retain_graph=True)
    assert seen == [[2.0, 2.0], [60.0, 60.0]]
    assert x.grad.tolist() == [60.0, 60.0]
    handle.remove()
    (h + h).sum().backward()
    assert seen[2:] == [[60.0, 60.0]]


def test_a_hook_under_create_graph_is_recorded():
    x = ag.tensor(3.0, requires_grad=True)
    y = x * x
    y.register_hook(lambda g: g * x)
    (g,) = ag.grad(y, x, create_graph=True)
    assert g.item() == 18.0
    assert ag.grad(g, x)[0].item() == 12.0


def test_what_a_hook_keeps_is_not_written_to_later():
    x = ag.tensor([1.0], requires_grad=True)
    kept = []
    x.register_hook(kept.append)
    (x * 2).sum().backward()
    (x * 2).sum().backward()
    assert [k.tolist() for k in kept] == [[2.0], [2.0]]
    assert x.grad.tolist() == [4.0]


def test_a_leaf_is_copied_and_pickled_with_its_gradient():
    x = ag.tensor([1.0, 2.0], requires_grad=True, label="x")
    (x * x).sum().backward()
    for twin in (copy.deepcopy(x), pickle.loads(pickle.dumps(x))):
        assert twin.tolist() == [1.0, 2.0]
        assert twin.grad.tolist() == [2.0, 4.0]
        assert twin.requires_grad
        assert twin.label == "x"
        twin.detach().zero_()
        twin.grad.zero_()
        assert x.tolist() == [1.0, 2.0]
        assert x.grad.tolist() == [2.0, 4.0]


def test_a_shared_leaf_stays_shared_in_a_deepcopy():
    x = ag.tensor([1.0])
    a, b = copy.deepcopy([x, x])
    assert a is b


def test_a_computed_tensor_refuses_to_be_copied_and_names_its_op():
    h = ag.tensor([1.0], requires_grad=True).exp()
    with pytest.raises(RuntimeError, match="exp"):
        copy.deepcopy(h)


def test_detach_and_data_share_memory_and_have_no_graph():
    x = ag.tensor([1.0, 2.0], requires_grad=True)
    for view in (x.detach(), x.data):
        assert not view.requires_grad
        view[0] = 9.0
        assert x.tolist() == [9.0, 2.0]
        view[0] = 1.0
    number = ag.tensor(1.0, requires_grad=True)
    number.detach().fill_(5.0)
    assert number.item() == 5.0


def test_freezing_keeps_the_gradient_and_thawing_finds_it():
    x = ag.tensor([1.0], requires_grad=True)
    (x * 2).sum().backward()
    x.requires_grad_(False)
    assert x.grad.tolist() == [2.0]
    assert not (x * 2).requires_grad
    x.requires_grad_()
    (x * 2).sum().backward()
    assert x.grad.tolist() == [4.0]


def test_iteration_length_and_membership():
    x = ag.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    first, second = x
    (first * second).sum().backward()
    assert x.grad.tolist() == [[3.0, 4.0], [1.0, 2.0]]
    assert len(x) == 2
    assert 3.0 in x
    assert 7.0 not in x


def test_shape_protocol():
    x = ag.zeros(2, 3, dtype=ag.float64)
    assert (x.shape, x.size(), x.size(-1), x.ndim, x.dim(), x.numel()) == ((2, 3), (2, 3), 3, 2, 2, 6)
    assert (x.itemsize, x.element_size(), x.nbytes, x.device) == (8, 8, 48, ag.device("cpu"))
    assert x.T.shape == x.mT.shape == (3, 2)
    assert x.is_floating_point()
    assert not x.T.is_contiguous()


def test_conversions_keep_the_gradient_between_floats_and_drop_it_for_integers():
    x = ag.tensor([1.5, -2.5], requires_grad=True)
    x.double().sum().backward()
    assert x.grad.dtype == ag.float32
    assert x.long().tolist() == [1, -2]
    assert not x.long().requires_grad
    assert x.bool().tolist() == [True, True]
    assert x.half().dtype == ag.float16
    assert x.to(ag.float32) is x
    assert x.to(ag.float64).dtype == x.to(ag.zeros(1, dtype=ag.float64)).dtype == ag.float64


def test_backward_into_given_inputs_only():
    x, y = (ag.tensor(v, requires_grad=True) for v in (2.0, 3.0))
    (x * y).backward(inputs=[x])
    assert x.grad.item() == 3.0
    assert y.grad is None


def test_value_is_a_tensor_of_one_number():
    v = ag.Value(3.0, label="v")
    assert isinstance(v, ag.Tensor)
    assert isinstance(v * 2, ag.Value)
    assert (v.dtype, v.shape, v.requires_grad, v.label) == (np.float64, (), True, "v")
    assert repr(v * 2) == "Value(data=6.0, grad=0.0)"


@pytest.mark.parametrize("make", [
    lambda: ag.tensor([1.0], label="early").requires_grad_(),
    lambda: ag.Tensor([1.0], requires_grad=True, label="early"),
])
def test_a_label_given_before_the_gradient_was_wanted_is_known_when_the_tensor_is_gone(make):
    assert "early" in ag.draw(make() * 2).source
