"""Every layer in float16 and bfloat16: as near to the exact values and gradients as torch, or nearer."""

import numpy as np
import pytest
import torch

import autograd
from tests.nn.layers.table import ROWS
from tests.oracle import array, attempt, outputs_of, torch_tensor

UNITS = {"bfloat16": 2.0**-7, "float16": 2.0**-10}  # in the last place of 1


def run(m, row, net, dtype):
    """The first output, and the gradients of inputs and parameters, for a random incoming gradient."""
    kind, make = getattr(m, dtype), m.tensor if m is autograd else torch_tensor
    xs = [make(a) if a.dtype == int else make(a).bfloat16().to(kind).requires_grad_() for a in row.arrays("float64")]
    net.zero_grad()
    (out, *_) = outputs_of(row.call(net, m, *xs))
    incoming = np.random.default_rng(1).uniform(0.5, 1.5, tuple(out.shape))
    out.backward(make(incoming).bfloat16().to(out.dtype))
    return [array(t) for t in (out, *(x.grad for x in (*xs, *net.parameters())))]


@pytest.mark.filterwarnings("ignore:enable_nested_tensor is True:UserWarning")
@pytest.mark.parametrize("dtype", UNITS)
@pytest.mark.parametrize("row", ROWS, ids=repr)
def test_a_layer_in_16_bits_is_as_exact_as_torchs(row, dtype):
    ours, theirs = row.twins(dtype)
    expected = attempt(run, torch, row, theirs, dtype)
    if isinstance(expected, Exception):  # torch has no code for 16 bits there
        return
    exact = run(torch, row, theirs.double(), "float64")
    for mine, other, right in zip(run(autograd, row, ours, dtype), expected, exact, strict=True):
        if other is None:
            assert mine is None
            continue
        assert (mine.dtype, mine.shape) == (other.dtype, other.shape)
        mine, other, right = (x.astype(np.float64) for x in (mine, other, right))
        unit = UNITS[dtype] * np.abs(other).max(initial=1e-2)
        apart, theirs_apart = np.abs(mine - right).max(initial=0), np.abs(other - right).max(initial=0)
        assert np.abs(mine - other).max(initial=0) <= 2 * unit or apart <= 2 * theirs_apart + 3 * unit
