"""Losses of margins and of likelihoods agree with torch, as functions and as modules, under every reduction."""

import warnings

import numpy as np
import pytest
import torch
from torch import nn as torch_nn

import autograd
import nn
from nn import interop
from tests.oracle import OURS, agree, first_order, second_order
from tests.twins import same

REDUCTIONS = ["mean", "sum", "none"]
rng = np.random.default_rng(0)


def reals(*shape):
    return rng.standard_normal(shape) * 2


def signs(*shape):
    return rng.choice([-1.0, 1.0], shape)


def positives(*shape):
    return rng.uniform(0.2, 3.0, shape)


def counts(*shape):
    return rng.integers(0, 5, shape).astype(float)


LISTS = np.array([[2, 0, -1, 1], [3, -1, 0, 0], [-1, 2, 2, 2], [0, 1, 2, 3], [1, 1, -1, 3]])
WEIGHT = np.array([0.5, 2.0, 0.0, 1.5])
X, Y = reals(5, 4), reals(5, 4)

# name of the loss: what its module is made of, the inputs that have gradients, those that have none
LOSSES = {
    "Hinge": ("HingeLoss", {}, [X], [signs(5, 4)]),
    "SoftMargin": ("SoftMarginLoss", {}, [X], [signs(5, 4)]),
    "HingeEmbedding": ("HingeEmbeddingLoss", {"margin": 0.7}, [abs(X)], [signs(5, 4)]),
    "MultiMargin": ("MultiMarginLoss", {}, [X], [np.array([0, 3, 1, 1, 2])]),
    "MultiMargin of one": ("MultiMarginLoss", {}, [X[0]], [np.array(1)]),
    "MultiMargin squared": ("MultiMarginLoss", {"p": 2, "margin": 0.5}, [X], [np.array([0, 3, 1, 1, 2])]),
    "MultiMargin weighted": ("MultiMarginLoss", {"weight": WEIGHT}, [X], [np.array([0, 3, 1, 1, 2])]),
    "MultiLabelMargin": ("MultiLabelMarginLoss", {}, [X], [LISTS]),
    "MultiLabelMargin of one": ("MultiLabelMarginLoss", {}, [X[0]], [LISTS[0]]),
    "MultiLabelSoftMargin": ("MultiLabelSoftMarginLoss", {}, [X], [(signs(5, 4) + 1) / 2]),
    "MultiLabelSoftMargin weighted": ("MultiLabelSoftMarginLoss", {"weight": WEIGHT}, [X], [(signs(5, 4) + 1) / 2]),
    "MarginRanking": ("MarginRankingLoss", {"margin": 0.3}, [X, Y], [signs(5, 4)]),
    "CosineEmbedding": ("CosineEmbeddingLoss", {"margin": -0.2}, [X, Y], [signs(5)]),
    "CosineEmbedding of one": ("CosineEmbeddingLoss", {}, [X[0], Y[0]], [np.array(1.0)]),
    "TripletMargin": ("TripletMarginLoss", {}, [X, Y, reals(5, 4)], []),
    "TripletMargin options": ("TripletMarginLoss", {"margin": 2.0, "p": 3.0, "swap": True}, [X, Y, reals(5, 4)], []),
    "TripletMarginWithDistance": ("TripletMarginWithDistanceLoss", {"swap": True}, [X, Y, reals(5, 4)], []),
    "PoissonNLL": ("PoissonNLLLoss", {}, [X], [counts(5, 4)]),
    "PoissonNLL of means": ("PoissonNLLLoss", {"log_input": False, "full": True}, [positives(5, 4)], [counts(5, 4)]),
    "GaussianNLL": ("GaussianNLLLoss", {}, [X, Y, positives(5, 4)], []),
    "GaussianNLL full": ("GaussianNLLLoss", {"full": True, "eps": 0.5}, [X, Y, positives(5, 4)], []),
    "GaussianNLL of rows": ("GaussianNLLLoss", {}, [X, Y, positives(5)], []),
    "GaussianNLL of one": ("GaussianNLLLoss", {}, [X, Y, positives(5, 1)], []),
    "MSE": ("MSELoss", {}, [X, Y], []),
    "CrossEntropy": ("CrossEntropyLoss", {"weight": WEIGHT, "ignore_index": 1}, [X], [np.array([0, 3, 1, 1, 2])]),
    "KLDiv": ("KLDivLoss", {"log_target": True}, [X, Y], []),
    "BCEWithLogits": ("BCEWithLogitsLoss", {"pos_weight": WEIGHT}, [X], [(signs(5, 4) + 1) / 2]),
}
every = pytest.mark.parametrize("name", LOSSES)
pytestmark = pytest.mark.filterwarnings("ignore:reduction. 'mean' divides the total loss:UserWarning")


class TorchHingeLoss(torch_nn.Module):
    """What HingeLoss is, in torch."""

    def __init__(self, reduction):
        super().__init__()
        self.reduction = reduction

    def forward(self, x, y):
        losses = torch.relu(1 - y * x)
        return losses if self.reduction == "none" else getattr(losses, self.reduction)()


def module(m, name, **options):
    kind, settings, _, _ = LOSSES[name]
    ours = m in (autograd, OURS)
    given = {k: m.tensor(v) if isinstance(v, np.ndarray) else v for k, v in settings.items()}
    if kind == "HingeLoss" and not ours:
        return TorchHingeLoss(**options)
    return getattr(nn if ours else torch_nn, kind)(**given, **options).double()


@every
@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_losses_agree_with_torch_in_value_and_both_derivatives(name, reduction):
    _, _, inputs, rest = LOSSES[name]

    def expression(m, *leaves):
        return module(m, name, reduction=reduction)(*leaves, *map(m.tensor, rest))

    agree(first_order, expression, inputs, "float64")
    if name.startswith(("MultiMargin", "MultiLabelMargin")):  # torch has no second derivative
        leaves = [autograd.tensor(x, requires_grad=True) for x in inputs]
        assert autograd.gradgradcheck(lambda *xs: expression(autograd, *xs), leaves)
    else:
        agree(second_order, expression, inputs, "float64")


@every
def test_losses_have_twins_in_torch(name):
    if name == "Hinge":
        return
    _, _, inputs, rest = LOSSES[name]
    here, there = module(autograd, name, reduction="sum"), module(torch, name, reduction="sum")
    for ours, theirs in ((here, interop.to_torch(here)), (interop.from_torch(there), there)):
        assert repr(ours) == repr(theirs)
        assert list(ours.state_dict()) == list(theirs.state_dict())
        same(*(net(*map(m.tensor, [*inputs, *rest])) for net, m in ((ours, autograd), (theirs, torch))))


OLD = [(True, None), (False, None), (None, False), (True, True), (False, True), (False, False)]


@pytest.mark.parametrize("old", OLD)
@pytest.mark.parametrize("name", ["MSE", "CrossEntropy", "KLDiv", "BCEWithLogits", "MarginRanking"])
def test_the_old_names_of_the_reduction_mean_what_they_mean_in_torch_and_warn(name, old):
    losses = []
    for m in (autograd, torch):
        with pytest.warns(UserWarning, match="size_average and reduce args will be deprecated, please use reduction='"):
            losses.append(module(m, name, size_average=old[0], reduce=old[1]))
    assert losses[0].reduction == losses[1].reduction


def test_the_old_names_stand_where_torch_has_them():
    x, y = autograd.ones(2, 3), autograd.tensor([0, 1])
    with pytest.warns(UserWarning, match="please use reduction='sum'"):
        same(nn.functional.cross_entropy(x, y, None, False), torch_nn.functional.cross_entropy(
            torch.ones(2, 3), torch.tensor([0, 1]), reduction="sum"), 1e-6)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert nn.MSELoss(None, None, "sum").reduction == "sum"


@every
def test_an_unknown_reduction_is_refused_by_every_loss(name):
    _, _, inputs, rest = LOSSES[name]
    with pytest.raises(ValueError, match="most is not a valid value for reduction"):
        module(autograd, name, reduction="most")(*map(autograd.tensor, [*inputs, *rest]))


WRONG = {
    "multi_margin_loss": lambda m, F: F.multi_margin_loss(m.ones(2, 3), m.tensor([0, 1, 2])),
    "multi_margin_loss class": lambda m, F: F.multi_margin_loss(m.ones(2, 3), m.tensor([0, 3])),
    "multilabel_margin_loss": lambda m, F: F.multilabel_margin_loss(m.ones(2, 3), m.tensor([0, 1])),
    "margin_ranking_loss": lambda m, F: F.margin_ranking_loss(m.ones(2, 3), m.ones(2, 3), m.ones(2)),
    "cosine_embedding_loss": lambda m, F: F.cosine_embedding_loss(m.ones(2, 3), m.ones(2, 3), m.ones(2, 1)),
    "triplet_margin_loss": lambda m, F: F.triplet_margin_loss(m.ones(2, 3), m.ones(3), m.ones(2, 3)),
    "triplet_margin_loss margin": lambda m, F: F.triplet_margin_loss(m.ones(2), m.ones(2), m.ones(2), margin=0),
    "gaussian_nll_loss": lambda m, F: F.gaussian_nll_loss(m.ones(2, 3), m.ones(2, 3), m.ones(3)),
    "gaussian_nll_loss sign": lambda m, F: F.gaussian_nll_loss(m.ones(2, 3), m.ones(2, 3), -m.ones(2, 3)),
    "soft_margin_loss": lambda m, F: F.soft_margin_loss(m.ones(8, 1), m.ones(8)),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_wrong_shapes_and_settings_are_refused_as_in_torch(wrong):
    for m, F in ((torch, torch_nn.functional), (autograd, nn.functional)):
        with pytest.raises((RuntimeError, ValueError, IndexError)):
            WRONG[wrong](m, F)


@pytest.mark.parametrize("loss", ["soft_margin_loss", "hinge_embedding_loss", "poisson_nll_loss"])
def test_a_column_against_a_row_is_refused(loss):
    with pytest.raises(ValueError, match=r"\(8, 1\) and \(8,\)"):
        getattr(nn.functional, loss)(autograd.ones(8, 1), autograd.ones(8))


def test_an_empty_batch_has_the_loss_that_torch_gives_it():
    for kind in ("SoftMarginLoss", "HingeEmbeddingLoss", "PoissonNLLLoss"):
        for reduction in REDUCTIONS:
            a = getattr(nn, kind)(reduction=reduction)(autograd.ones(0, 3), autograd.ones(0, 3))
            same(a, getattr(torch_nn, kind)(reduction=reduction)(torch.ones(0, 3), torch.ones(0, 3)))
