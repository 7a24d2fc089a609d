"""Networks in checkpointed segments, and PyTorch's functions for them: the gradients of the network, bit by bit."""

import inspect
from math import inf
from weakref import finalize

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.utils import checkpoint as theirs

import autograd
import nn
from nn.interop.torchlike.utils import checkpoint as ours

autograd.print_as_torch(False)  # which PyTorch's layout turns on

NETWORKS = {
    "perceptron with dropout": lambda m: [
        m.Linear(6, 6), m.ReLU(), m.Dropout(0.5), m.Linear(6, 6), m.Tanh(), m.Dropout(0.2), m.Linear(6, 6)],
    "batch normalization": lambda m: [m.Linear(6, 6), m.BatchNorm1d(6), m.ReLU(), m.Linear(6, 6), m.BatchNorm1d(6)],
    "writes in place": lambda m: [m.Linear(6, 6), m.LeakyReLU(0.1, True), m.Linear(6, 6), m.ReLU(inplace=True)],
    "transformer": lambda m: [m.TransformerEncoderLayer(6, 2, 8, dropout=0.1) for _ in range(3)],
    "the same layer twice": lambda m: (lambda a: [a, m.ReLU(), a, m.Tanh()])(m.Linear(6, 6)),
}  # fmt: skip


def step(model, run=None):
    """The gradients, buffers and next random number after a step of `run`, or `model`, on a fixed batch."""
    autograd.manual_seed(1)
    model.zero_grad()
    x = autograd.tensor(np.linspace(-1, 1, 24, dtype=np.float32).reshape(4, 6), requires_grad=True)
    (run or model)(x).square().sum().backward()
    found = [x.grad, *(p.grad for p in model.parameters()), *model.buffers(), autograd.rand(1)]
    return [each.numpy().copy() for each in found]


def make(name):
    autograd.manual_seed(0)
    return nn.Sequential(*NETWORKS[name](nn))


def equal(found, expected):
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("nested", [False, True])
@pytest.mark.parametrize("name", [name for name in NETWORKS if name != "writes in place"])
@given(data=st.data())
def test_a_step_is_that_of_the_network_for_every_number_of_segments(name, nested, data):
    model = make(name)
    segments = data.draw(st.one_of(st.just("auto"), st.integers(1, len(model))))
    checkpointed = nn.CheckpointSequential(make(name), segments, nested)
    assert list(checkpointed.state_dict()) == list(model.state_dict())
    equal(step(checkpointed), step(model))


def test_a_segment_may_write_to_what_it_made():
    model = make("writes in place")
    equal(step(nn.CheckpointSequential(make("writes in place"), 2)), step(model))
    with pytest.raises(RuntimeError, match=r"modified by an inplace operation.*clone\(\)"):
        step(nn.CheckpointSequential(make("writes in place"), 4))  # the second begins by writing to its input


def test_a_list_of_modules_will_do_and_what_is_no_module_is_refused():
    assert len(nn.CheckpointSequential([nn.Linear(2, 2), nn.ReLU()])) == 2
    with pytest.raises(TypeError, match="takes modules, given type"):
        nn.CheckpointSequential([nn.ReLU])


@pytest.mark.parametrize("segments", [0, 3, -1, 1.0, "many", True])
def test_other_segments_are_refused(segments):
    with pytest.raises(ValueError, match=r"segments: expected 'auto' or a number from 1 to 2"):
        nn.CheckpointSequential(nn.Sequential(nn.Linear(2, 2), nn.ReLU()), segments)


def test_an_empty_network_gives_what_it_was_given():
    x = autograd.tensor([1.0])
    assert nn.CheckpointSequential(nn.Sequential())(x) is x


@pytest.mark.parametrize(("nested", "most"), [(False, 24), (True, 12)])
def test_no_more_activations_are_alive_than_promised(nested, most):
    alive, highest = set(), [0]

    class Watched(nn.Module):
        def forward(self, x):
            y = x.exp() * 0.01
            alive.add(id(y._data))
            highest[0] = max(highest[0], len(alive))
            finalize(y._data, alive.discard, id(y._data))
            return y

    model = nn.CheckpointSequential([Watched() for _ in range(100)], nested=nested)
    model(autograd.ones(3, requires_grad=True)).sum().backward()
    assert highest[0] <= most


@pytest.mark.parametrize("segments", [1, 2, 3, 7])
def test_checkpoint_sequential_is_torchs(segments):
    name = "perceptron with dropout"
    model, twin = make(name).eval(), torch.nn.Sequential(*NETWORKS[name](torch.nn))
    twin.load_state_dict({name: torch.tensor(p.numpy()) for name, p in model.state_dict().items()})
    twin.eval()
    runs = []
    found = step(model, lambda x: ours.checkpoint_sequential(counted(model, runs), segments, x, use_reentrant=False))
    there, x = [], torch.tensor(np.linspace(-1, 1, 24, dtype=np.float32).reshape(4, 6), requires_grad=True)
    theirs.checkpoint_sequential(counted(twin, there), segments, x, use_reentrant=False).square().sum().backward()
    np.testing.assert_allclose(found[0], x.grad.numpy(), atol=1e-6)
    assert runs == there
    equal(found, step(model))


def counted(model, runs):
    """The layers of a network as functions that note their number when they are called."""
    return [lambda x, i=i, layer=layer: (runs.append(i), layer(x))[1] for i, layer in enumerate(model)]


def test_checkpoint_takes_torchs_arguments():
    names = [(p.name, p.kind, p.default) for p in inspect.signature(ours.checkpoint).parameters.values()]
    expected = [(p.name, p.kind, p.default) for p in inspect.signature(theirs.checkpoint).parameters.values()]
    assert [each[:2] for each in names] == [each[:2] for each in expected]
    assert all(a[2] == b[2] for a, b in zip(names, expected, strict=True) if a[0] != "context_fn")


@pytest.mark.parametrize("m", [ours, theirs])
def test_checkpoint_refuses_what_torchs_does(m):
    x = {ours: autograd, theirs: torch}[m].ones(2, requires_grad=True)
    with pytest.raises(ValueError, match="Unexpected keyword arguments: k"):
        m.checkpoint(lambda x, k: x, x, use_reentrant=True, k=1)
    with pytest.raises(ValueError, match="only supported when use_reentrant=False"):
        m.checkpoint(lambda x: x, x, use_reentrant=True, debug=True)
    with pytest.raises(ValueError, match="Unexpected keyword arguments: k"):
        m.checkpoint_sequential([lambda x: x], 1, x, use_reentrant=False, k=1)
    with pytest.raises(ValueError):  # noqa: PT011  torch says it in range's words
        m.checkpoint_sequential([lambda x: x], 2, x, use_reentrant=False)


@pytest.mark.parametrize("m", [ours, theirs])
def test_early_stop_can_be_turned_off(m):
    library, reached = {ours: autograd, theirs: torch}[m], []

    def function(x):
        y = x.exp().sin()
        reached.append(inf)
        return y

    with m.set_checkpoint_early_stop(False):
        out = m.checkpoint(function, library.ones(2, requires_grad=True), use_reentrant=False)
    out.sum().backward()
    assert len(reached) == 2
    out = m.checkpoint(function, library.ones(2, requires_grad=True), use_reentrant=False)
    out.sum().backward()
    assert len(reached) == 3
