"""The focal losses, beside their formulas in torch, which has none."""

import numpy as np
import pytest
import torch
from torch import nn as torch_nn

import autograd
import nn
from nn import functional as F
from tests.twins import same


def focal(m, x, y, reduction="mean", weight=None, gamma=2.0):
    """What focal_loss is, in torch."""
    if m is autograd:
        return F.focal_loss(x, y, weight, gamma, reduction=reduction)
    plain = torch_nn.functional.cross_entropy(x, y, reduction="none")
    factors = torch.ones_like(plain) if weight is None else weight[y]
    losses = (1 - torch.exp(-plain)) ** gamma * plain * factors
    return losses if reduction == "none" else losses.sum() / (factors.sum() if reduction == "mean" else 1)


def sigmoid_focal(m, x, y, alpha=0.25, gamma=2, reduction="none"):
    """What torchvision.ops.sigmoid_focal_loss is, in torch."""
    if m is autograd:
        return F.sigmoid_focal_loss(x, y, alpha, gamma, reduction)
    right = torch.where(y == 1, x.sigmoid(), 1 - x.sigmoid())
    losses = -torch.log(right) * (1 - right) ** gamma
    losses = losses * torch.where(y == 1, alpha, 1 - alpha) if alpha >= 0 else losses
    return losses if reduction == "none" else getattr(losses, reduction)()


@pytest.mark.parametrize("reduction", ["none", "mean", "sum"])
@pytest.mark.parametrize("options", [{}, {"gamma": 0.0}, {"gamma": 3.5}])
def test_focal_losses_are_what_their_formulas_say(reduction, options):
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(7, 4)), rng.integers(4, size=7)
    found = []
    for m in autograd, torch:
        leaf = m.tensor(x, requires_grad=True)
        for weight in None, m.tensor([0.5, 2.0, 1.0, 1.5], dtype=leaf.dtype):
            out = focal(m, leaf, m.tensor(y), reduction, weight, **options)
            (gradient,) = m.autograd.grad(out.sum(), leaf) if m is torch else m.grad(out.sum(), leaf)
            found.append((out, gradient))
        for alpha in 0.25, -1:
            out = sigmoid_focal(m, leaf, m.tensor((x > 0.3).astype(float)), alpha, reduction=reduction, **options)
            (gradient,) = m.autograd.grad(out.sum(), leaf) if m is torch else m.grad(out.sum(), leaf)
            found.append((out, gradient))
    for ours, theirs in zip(found[:4], found[4:], strict=True):
        same(ours[0], theirs[0])
        same(ours[1], theirs[1])
    module = nn.FocalLoss(autograd.tensor([0.5, 2.0, 1.0, 1.5], dtype=float), reduction=reduction, **options)
    same(module(autograd.tensor(x), autograd.tensor(y)), found[5][0])


def test_a_focal_loss_without_focus_is_the_cross_entropy_and_ignores_the_same():
    x, y = autograd.randn(5, 3), autograd.tensor([0, 2, -100, 1, 1])
    same(nn.FocalLoss(gamma=0.0)(x, y), nn.CrossEntropyLoss()(x, y))
    sure = autograd.tensor([[200.0, 0.0], [0.0, 200.0]], requires_grad=True)
    loss = nn.FocalLoss()(sure, autograd.tensor([0, 0]))
    loss.backward()
    assert loss.item() == pytest.approx(100)
    assert sure.grad.isfinite().all()
    with pytest.raises(RuntimeError, match="expected target dtype"):
        F.focal_loss(x, autograd.ones(5))
