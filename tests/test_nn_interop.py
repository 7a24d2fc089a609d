"""Interop: a network goes to PyTorch and back without loss, and both side by side show where they part."""

import copy

import numpy as np
import pytest
import torch
from torch import nn as torch_nn

import autograd
import nn
from nn import interop, optim

from .twins import batch, same, same_parameters

rng = np.random.default_rng(0)


def tensors(*shapes):
    return [rng.standard_normal(shape) for shape in shapes]


ROWS, IMAGES, WORDS = tensors((6, 4))[0], tensors((2, 4, 7, 7))[0], np.arange(6).reshape(2, 3)
LAYERS = {
    "AdaptiveAvgPool2d": [(lambda m: m.AdaptiveAvgPool2d((2, 3)), IMAGES)],
    "AvgPool2d": [(lambda m: m.AvgPool2d(3, 2, 1, ceil_mode=True, count_include_pad=False), IMAGES)],
    "BatchNorm1d": [(lambda m: m.BatchNorm1d(4, eps=1e-2, momentum=None), ROWS), (lambda m: m.BatchNorm1d(4, affine=False), ROWS)],
    "BatchNorm2d": [
        (lambda m: m.BatchNorm2d(4, momentum=0.3), IMAGES),
        (lambda m: m.BatchNorm2d(4, track_running_stats=False), IMAGES),
    ],
    "Conv2d": [
        (lambda m: m.Conv2d(4, 6, 3), IMAGES),
        (lambda m: m.Conv2d(4, 6, (3, 2), stride=2, padding=(1, 0), dilation=2, groups=2, bias=False), IMAGES),
        (lambda m: m.Conv2d(4, 6, 3, padding="same", padding_mode="reflect"), IMAGES),
    ],
    "Dropout": [(lambda m: m.Dropout(0.0), ROWS)],
    "ELU": [(lambda m: m.ELU(0.7), ROWS)],
    "Embedding": [(lambda m: m.Embedding(6, 3, padding_idx=1), WORDS)],
    "Flatten": [(lambda m: m.Flatten(2), IMAGES)],
    "GELU": [(lambda m: m.GELU("tanh"), ROWS)],
    "Identity": [(lambda m: m.Identity(), ROWS)],
    "LayerNorm": [
        (lambda m: m.LayerNorm((4,), eps=0.1, bias=False), ROWS),
        (lambda m: m.LayerNorm([7, 7], elementwise_affine=False), IMAGES),
    ],
    "LeakyReLU": [(lambda m: m.LeakyReLU(0.3), ROWS)],
    "Linear": [(lambda m: m.Linear(4, 3), ROWS), (lambda m: m.Linear(4, 3, bias=False), ROWS)],
    "LogSigmoid": [(lambda m: m.LogSigmoid(), ROWS)],
    "LogSoftmax": [(lambda m: m.LogSoftmax(dim=-1), ROWS)],
    "MaxPool2d": [(lambda m: m.MaxPool2d(3, stride=2, padding=1), IMAGES)],
    "ModuleDict": [(lambda m: m.ModuleDict({"a": m.Linear(4, 3), "b": m.ReLU()}), None)],
    "ModuleList": [(lambda m: m.ModuleList([m.Linear(4, 3), m.ReLU()]), None)],
    "MultiheadAttention": [
        (lambda m: m.MultiheadAttention(4, 2, batch_first=True), None),
        (lambda m: m.MultiheadAttention(4, 2, kdim=3, vdim=5, bias=False), None),
    ],
    "PReLU": [(lambda m: m.PReLU(4, init=0.1), ROWS)],
    "ReLU": [(lambda m: m.ReLU(inplace=True), ROWS)],
    "SELU": [(lambda m: m.SELU(), ROWS)],
    "Sequential": [(lambda m: m.Sequential(m.Linear(4, 3), m.Sequential(m.Tanh(), m.Linear(3, 2))), ROWS)],
    "SiLU": [(lambda m: m.SiLU(), ROWS)],
    "Sigmoid": [(lambda m: m.Sigmoid(), ROWS)],
    "Softmax": [(lambda m: m.Softmax(dim=1), ROWS)],
    "Softplus": [(lambda m: m.Softplus(2, 10), ROWS)],
    "Tanh": [(lambda m: m.Tanh(), ROWS)],
    "Unflatten": [(lambda m: m.Unflatten(1, (2, 2)), ROWS)],
}  # fmt: skip
CASES = [(name, i) for name, cases in LAYERS.items() for i in range(len(cases))]
OWN = {"MLP", "Module", "Parameter", "Perceptron", "Swish"}


def test_every_layer_has_a_case():
    layers = {name for name, layer in vars(nn).items() if isinstance(layer, type) and issubclass(layer, nn.Module)}
    assert {name for name in layers if not name.endswith("Loss")} - OWN == set(LAYERS)


@pytest.mark.parametrize(("name", "i"), CASES)
def test_a_layer_has_a_twin_on_either_side(name, i):
    make, x = LAYERS[name][i]
    here, there = make(nn).double(), make(torch_nn).double()
    for ours, theirs in ((here, interop.to_torch(here)), (interop.from_torch(there), there)):
        assert type(theirs) is type(there)
        assert type(ours) is type(here)
        assert repr(theirs) == repr(there)
        same_parameters(ours, theirs, tolerance=0, grads=False)
        same_state(ours, theirs)
        if x is not None:
            same(ours(autograd.tensor(x)), theirs(torch.tensor(x)))


def same_state(ours, theirs):
    mine, other = ours.state_dict(), theirs.state_dict()
    assert list(mine) == list(other)
    for name in mine:
        same(mine[name], other[name], tolerance=0)


def cnn():
    return nn.Sequential(
        nn.Conv2d(2, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(4, 6, 3), nn.GELU(),
        nn.Flatten(), nn.Linear(24, 3),
    )  # fmt: skip


def normed():
    return nn.Sequential(
        nn.Linear(5, 8), nn.BatchNorm1d(8), nn.Dropout(0.0), nn.SiLU(), nn.Linear(8, 8), nn.LayerNorm(8), nn.Linear(8, 3)
    )


class Attention(nn.Module):
    """A transformer block on sequences of words, and a class for each."""

    def __init__(self, width=8, library=nn):
        super().__init__()
        self.width = width
        self.words = library.Embedding(11, width)
        self.attention = library.MultiheadAttention(width, 2, batch_first=True)
        self.norm = library.LayerNorm(width)
        self.head = library.Sequential(library.Linear(width, 16), library.GELU(), library.Linear(16, 3))

    def forward(self, x):
        h = self.words(x)
        h = self.norm(h + self.attention(h, h, h)[0])
        return self.head(h.mean(1))


class TorchAttention(torch_nn.Module):
    forward = Attention.forward

    def __init__(self, width):
        super().__init__()
        self.__class__.__init__  # noqa: B018
        for name, part in vars(Attention(width)).items():
            if isinstance(part, nn.Module):
                setattr(self, name, interop.to_torch(part))


TWINS = {Attention: lambda module: TorchAttention(module.width)}
LABELS = rng.integers(3, size=8)
NETS = {
    "MLP": (lambda: nn.MLP(5, [7, 6, 3], activation=nn.Tanh), batch()),
    "CNN": (cnn, (rng.standard_normal((8, 2, 8, 8)), LABELS)),
    "BatchNorm and Dropout(0)": (normed, batch()),
    "attention": (Attention, (rng.integers(11, size=(8, 5)), LABELS)),
}


@pytest.mark.parametrize("name", NETS)
def test_ten_steps_of_adam_agree(name):
    autograd.manual_seed(1)
    make, data = NETS[name]
    net = make().double()
    before = copy.deepcopy(net)
    result = interop.compare(net, nn.CrossEntropyLoss(), data, steps=10, optimizer=optim.Adam, lr=1e-2, twins=TWINS)
    assert result, result
    assert result.first is None
    parameters = [row for row in result.rows if row.what == "parameter"]
    assert len(parameters) == 10 * len(list(net.parameters()))
    assert max(row.absolute for row in parameters) <= 1e-6
    for ours, kept in zip(net.state_dict().values(), before.state_dict().values()):
        assert ours.tolist() == kept.tolist()
