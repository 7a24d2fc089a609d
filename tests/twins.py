"""Networks in pairs: one of ours and one of torch's, in float64, with the same weights."""

from itertools import pairwise

import numpy as np
import torch
from torch import nn as torch_nn

import autograd
import nn


def mlp(features=(5, 7, 3), activation="Tanh", seed=0):
    """An MLP and its twin."""
    autograd.manual_seed(seed)
    ours = nn.MLP(features[0], list(features[1:]), activation=getattr(nn, activation)).double()
    layers = [torch_nn.Linear(a, b) for a, b in pairwise(features)]
    between = [[layer, getattr(torch_nn, activation)()] for layer in layers]
    theirs = torch_nn.Sequential(*[module for pair in between for module in pair][:-1]).double()
    theirs.load_state_dict({name: torch.from_numpy(p.numpy().copy()) for name, p in ours.state_dict().items()})
    return ours, theirs


def batch(samples=8, features=5, classes=3, seed=1):
    """Inputs of shape (samples, features) and class numbers, as arrays."""
    rng = np.random.default_rng(seed)
    return rng.standard_normal((samples, features)), rng.integers(classes, size=samples)


def same(ours, theirs, tolerance=1e-10):
    """Assert that two tensors (None, if both are) have the same dtype, shape and elements."""
    if ours is None or theirs is None:
        assert ours is theirs
        return
    ours, theirs = np.asarray(ours.detach().numpy()), theirs.detach().numpy()
    assert ours.dtype == theirs.dtype
    assert ours.shape == theirs.shape
    np.testing.assert_allclose(ours, theirs, rtol=tolerance, atol=tolerance)


def same_parameters(ours, theirs, tolerance=1e-10, grads=True):
    """Assert that two networks have equal names, values and (unless `grads` is False) gradients of parameters."""
    mine, other = dict(ours.named_parameters()), dict(theirs.named_parameters())
    assert list(mine) == list(other)
    for name in mine:
        same(mine[name], other[name], tolerance)
        if grads:
            same(mine[name].grad, other[name].grad, tolerance)
