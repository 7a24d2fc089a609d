"""Layers take the same training steps when Numba compiles them, but for rounding."""

import copy

import numpy as np
import pytest

import autograd
import nn
from nn import optim
from tests.compiler.both_ways import apart, needs_numba, tensors
from tests.compiler.test_layers_compiled import AS_THEY_ARE
from tests.nn.layers.table import ROWS
from tests.oracle import OURS

COMPILED = [row for row in ROWS if row.name not in AS_THEY_ARE]
UNITS = 2**12  # of eps, beside the largest of all numbers of a network, after five steps


def step_of(row, net):
    optimizer = optim.SGD(net.parameters(), lr=0.1) if list(net.parameters()) else None

    def step(*xs):
        net.zero_grad()
        loss = sum((x * x).mean() for x in tensors(row.call(net, OURS, *xs)) if x.is_floating_point())
        if loss.requires_grad:
            loss.backward()
        if optimizer:
            optimizer.step()
        return loss

    return step


def all_of(net, loss):
    """All numbers of a network, its gradients among them, and of its loss, in a row."""
    arrays = [*net.state_dict().values(), *[p.grad for p in net.parameters() if p.grad is not None], loss]
    return np.concatenate([x.numpy(force=True).ravel() for x in arrays]).astype(np.float64)


def assert_same_steps(row):
    """Five steps of a layer and of its twin, one as it is and one compiled, end with the same numbers."""
    autograd.manual_seed(0)
    net = row.make(nn)
    net = net if row.ints else net.double()
    twin = copy.deepcopy(net)
    eager, compiled = step_of(row, net), autograd.compile(step_of(row, twin), backend="numba")
    for seed in range(5):
        results = []
        for function in (eager, compiled):
            autograd.manual_seed(seed)
            results.append(function(*map(autograd.tensor, row.arrays("float64"))))
        assert results[0].dtype == results[1].dtype
        wider = 2**29 if row.ints else 1  # the eps of float32, which they compute in, in units of that of float64
        assert apart(all_of(net, results[0]), all_of(twin, results[1])) <= UNITS * wider
    assert compiled.compiled_calls, compiled.why


@needs_numba
@pytest.mark.parametrize("row", COMPILED[3::24], ids=repr)
def test_some_layers_take_the_same_steps_when_numba_compiles_them(row):
    assert_same_steps(row)


@needs_numba
@pytest.mark.numba
@pytest.mark.parametrize("row", COMPILED, ids=repr)
def test_a_layer_takes_the_same_steps_when_numba_compiles_them(row):
    assert_same_steps(row)
