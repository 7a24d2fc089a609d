"""The mode of a model matters for every kind of dropout and batch norm, and for no layer that does nothing."""

import pytest

import autograd
import nn
from nn import functional as F
from nn import optim
from nn.train import doctor

FLAT, PLANES, VOLUMES = (24, 4), (24, 4, 3, 3), (24, 4, 2, 2, 2)
LAYERS = {
    "Dropout": (nn.Dropout(0.2), FLAT),
    "Dropout1d": (nn.Dropout1d(0.2), (24, 4, 3)),
    "Dropout2d": (nn.Dropout2d(0.2), PLANES),
    "Dropout3d": (nn.Dropout3d(0.2), VOLUMES),
    "AlphaDropout": (nn.AlphaDropout(0.2), FLAT),
    "FeatureAlphaDropout": (nn.FeatureAlphaDropout(0.2), PLANES),
    "BatchNorm1d": (nn.BatchNorm1d(4), FLAT),
    "BatchNorm2d": (nn.BatchNorm2d(4), PLANES),
    "BatchNorm3d": (nn.BatchNorm3d(4), VOLUMES),
}


def report(layer, shape, train, evaluate):
    autograd.manual_seed(0)
    x = autograd.randn(shape)
    y = x.flatten(1).sum(1, keepdim=True)
    net = nn.Sequential(layer, nn.Flatten(), nn.Linear(x[0].numel(), 1))
    optimizer = optim.SGD(net.parameters(), lr=0.01)
    with doctor(net, optimizer) as found:
        for _ in range(10):
            net.train(train)
            optimizer.zero_grad()
            F.mse_loss(net(x), y).backward()
            optimizer.step()
            net.train(evaluate)
            with autograd.no_grad():
                net(x)
    return found.codes


@pytest.mark.parametrize("name", LAYERS)
def test_evaluation_in_training_mode_is_found(name):
    assert "train_mode_in_eval" in report(*LAYERS[name], train=True, evaluate=True)


@pytest.mark.parametrize("name", LAYERS)
def test_training_in_evaluation_mode_is_found(name):
    assert "eval_mode_in_training" in report(*LAYERS[name], train=False, evaluate=False)


@pytest.mark.parametrize("layer", [nn.Dropout2d(0.0), nn.ReLU(), nn.GroupNorm(2, 4)], ids=["p=0", "ReLU", "GroupNorm"])
def test_the_mode_of_other_layers_does_not_matter(layer):
    codes = report(layer, PLANES, train=False, evaluate=True)
    assert not {"train_mode_in_eval", "eval_mode_in_training"} & set(codes)
