"""Losses of numbers broadcast input and target, with torch's warning, as torch's do."""

import numpy as np
import pytest
import torch
from torch import nn as torch_nn

import autograd
from nn import functional as F

BROADCAST = ["huber_loss", "l1_loss", "mse_loss", "smooth_l1_loss"]


@pytest.mark.parametrize("reduction", ["none", "mean", "sum"])
@pytest.mark.parametrize("shapes", [((8, 1), (8,)), ((8,), (8, 1)), ((3,), (1,)), ((2, 3), (3,)), ((2,), ())], ids=str)
@pytest.mark.parametrize("name", BROADCAST)
def test_a_column_against_a_row_broadcasts_with_torchs_warning(name, shapes, reduction):
    values, results = [np.arange(float(np.prod(shape))).reshape(shape) for shape in shapes], []
    for m, f in ((autograd, F), (torch, torch_nn.functional)):
        x, y = (m.tensor(v.tolist(), dtype=m.float64, requires_grad=True) for v in values)
        with pytest.warns(UserWarning, match="is different to the input size") as caught:
            loss = getattr(f, name)(x, y, reduction=reduction)
        loss.sum().backward()
        (warning,) = caught
        results.append((loss.tolist(), x.grad.tolist(), y.grad.tolist(), str(warning.message)))
    assert results[0] == results[1]


@pytest.mark.parametrize("name", BROADCAST)
def test_shapes_that_do_not_broadcast_are_refused(name):
    with pytest.warns(UserWarning, match="different to the input"), pytest.raises(RuntimeError, match="3"):
        getattr(F, name)(autograd.ones(2), autograd.ones(3))
