"""Recurrent layers do the same when they are compiled; their way through time and back is one call each."""

import pytest

import autograd
import nn
from nn import optim
from nn.utils import rnn
from tests.compiler.both_ways import Twins, needs_numba


def step_of(net, optimizer, packed=False):
    def step(x):
        optimizer.zero_grad()
        out = net(rnn.pack_padded_sequence(x, [5, 4, 2]) if packed else x)[0]
        loss = (out.data if packed else out).square().mean()
        loss.backward()
        optimizer.step()
        return loss

    return step


def layer(kind):
    autograd.manual_seed(0)
    return getattr(nn, kind)(3, 4, num_layers=2, bidirectional=True)


@pytest.mark.parametrize("kind", ["RNN", "LSTM", "GRU"])
def test_a_step_of_a_recurrent_layer_is_the_same_compiled(kind):
    twins = Twins(step_of, layer(kind), optim.Adam)
    for i in range(6):
        twins.call(autograd.randn(5, 3, 3), seed=i)
    assert twins.compiled.compiled_calls >= 3
    assert not twins.compiled.why
    assert twins.compiled.source.count("back(") == 4


@needs_numba
@pytest.mark.parametrize("kind", ["RNN", "LSTM", "GRU"])
def test_numba_leaves_the_way_through_time_to_numpy(kind):
    nets = layer(kind), layer(kind)
    steps = [step_of(net, optim.SGD(net.parameters(), lr=0.1)) for net in nets]
    compiled = autograd.compile(steps[1], backend="numba")
    for _ in range(6):
        x = autograd.randn(5, 3, 3)
        assert float(compiled(x)) == pytest.approx(float(steps[0](x)), rel=1e-5)
    assert compiled.compiled_calls >= 2
    for ours, theirs in zip(nets[1].parameters(), nets[0].parameters(), strict=True):
        assert (ours - theirs).abs().max().item() < 1e-5
