"""Hooks on what nodes save: packed in the forward pass, unpacked in backward, as in PyTorch."""

import gc

import numpy as np
import pytest
import torch

import autograd
import nn
from autograd import checkpoint
from autograd.hooks import saved_tensors_hooks
from tests.autograd.tools.checkpoint_programs import PROGRAMS, leaves, losses


def gradients(program, pack=None, order=1):
    inputs = leaves(autograd)
    batch, *parameters = inputs
    hooks = saved_tensors_hooks(*(pack or (lambda x: x, lambda x: x)))
    if pack:
        with hooks:
            total = losses(program(autograd, nn, batch * 1, *parameters))
    else:
        total = losses(program(autograd, nn, batch * 1, *parameters))
    for i in range(order):
        gs = autograd.grad(total, inputs, create_graph=i + 1 < order, allow_unused=True)
        total = sum(g.square().sum() for g in gs if g is not None)
    return [g if g is None else g.detach().numpy() for g in gs]


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("name", PROGRAMS)
def test_what_is_packed_and_unpacked_gives_the_same_gradients(name, order):
    store = {}

    def pack(x):
        assert not x.requires_grad
        store[len(store)] = x.numpy().tobytes(), x.dtype, x.shape
        return len(store) - 1

    def unpack(key):
        data, dtype, shape = store[key]
        return autograd.tensor(np.frombuffer(data, dtype).reshape(shape).copy())

    found = gradients(PROGRAMS[name], (pack, unpack), order)
    assert store
    for a, b in zip(found, gradients(PROGRAMS[name], None, order), strict=True):
        np.testing.assert_array_equal(a, b)


def test_the_hooks_see_what_torchs_see():
    def seen(m, hooks):
        packed, unpacked = [], []
        a = m.tensor([1.0, 2.0], requires_grad=True)
        b = m.tensor([3.0, 4.0], requires_grad=True)

        def pack(x):
            packed.append(x.tolist())
            return x.detach()

        def unpack(x):
            unpacked.append(x.tolist())
            return x

        with hooks(pack, unpack):
            y = (a * b).exp() + 1
        y.sum().backward()
        return [sorted(map(str, np.round(each, 3).tolist())) for each in (packed, unpacked)], a.grad.tolist()

    assert seen(autograd, saved_tensors_hooks) == seen(torch, torch.autograd.graph.saved_tensors_hooks)


def test_only_the_innermost_pair_applies_and_a_checkpoint_is_one():
    seen = []

    def noting(name):
        return saved_tensors_hooks(lambda x: (seen.append(name), x.clone())[1], lambda x: x)

    x = autograd.tensor([0.5], requires_grad=True)
    with noting("outer"):
        with noting("inner"):
            y = x.exp()
        assert seen == ["inner"]
        y = checkpoint(lambda x: x.exp().sin(), y)
        assert seen == ["inner", "outer"]  # the checkpoint's argument
        y.backward()
    expected = autograd.tensor([0.5], requires_grad=True)
    expected.exp().exp().sin().backward()
    assert x.grad.item() == expected.grad.item()


def test_16_bits_halve_what_is_saved_for_a_little_precision():
    x = autograd.linspace(-1, 1, 100).requires_grad_()
    with saved_tensors_hooks(lambda x: x.half(), lambda x: x.float()):
        y = x.exp().sin().sum()
    y.backward()
    (exact,) = autograd.grad(x.exp().sin().sum(), x)
    np.testing.assert_allclose(x.grad.numpy(), exact.numpy(), rtol=0.01, atol=0.01)


@pytest.mark.parametrize(("unpacked", "error", "match"), [
    (3, TypeError, "unpack_hook expected to be a Tensor but got result of type int"),
    (autograd.ones(5), RuntimeError, r"expected a tensor of shape \[1\] and float32, as was packed, got shape \[5\]"),
])  # fmt: skip
def test_what_is_not_the_same_tensor_is_refused(unpacked, error, match):
    x = autograd.tensor([0.5], requires_grad=True)
    with saved_tensors_hooks(lambda x: None, lambda x: unpacked):
        y = x.exp()
    with pytest.raises(error, match=match):
        y.backward()


def test_a_write_to_what_was_packed_without_a_copy_is_refused():
    x = autograd.tensor([0.5], requires_grad=True)
    with saved_tensors_hooks(lambda x: x, lambda x: x):
        y = x.exp()
        z = y.sum()
        y.mul_(2)
    with pytest.raises(RuntimeError, match="wrote to what a pack_hook had returned"):
        z.backward()


def test_no_cycle_is_left():
    x = autograd.tensor([0.5], requires_grad=True)
    gc.collect()
    with saved_tensors_hooks(lambda x: x.clone(), lambda x: x):
        y = x.exp().sin()
    y.backward()
    del y
    assert gc.collect() == 0
