"""Interop: a network goes to PyTorch and back without loss, and both side by side show where they part."""


import re
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from torch import nn as torch_nn

import autograd
import nn
from nn import interop, optim
from nn.data import DataLoader, TensorDataset, datasets
from nn.interop.layer_twins import TwinBuilder
from tests.nn.layers.table import ROWS as TABLE
from tests.twins import same, same_parameters

rng = np.random.default_rng(0)


def tensors(*shapes):
    return [rng.standard_normal(shape) for shape in shapes]


ROWS, IMAGES, WORDS = tensors((6, 4))[0], tensors((2, 4, 7, 7))[0], np.arange(6).reshape(2, 3)


def recurrent(name):
    """A plain recurrent layer, and one with all that it can have."""
    deep = {"num_layers": 2, "bias": False, "batch_first": True, "dropout": 0.5, "bidirectional": True}
    relu = {"nonlinearity": "relu"} if name == "RNN" else {}
    return [(lambda m: getattr(m, name)(4, 3), None), (lambda m: getattr(m, name)(4, 3, **deep, **relu), None)]


LAYERS = {
    "AdaptiveAvgPool2d": [(lambda m: m.AdaptiveAvgPool2d((2, 3)), IMAGES)],
    "AvgPool2d": [(lambda m: m.AvgPool2d(3, 2, 1, ceil_mode=True, count_include_pad=False), IMAGES)],
    "BatchNorm1d": [
        (lambda m: m.BatchNorm1d(4, eps=1e-2, momentum=None), ROWS),
        (lambda m: m.BatchNorm1d(4, affine=False), ROWS),
    ],
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
    "GRU": recurrent("GRU"),
    "GRUCell": [(lambda m: m.GRUCell(4, 3), ROWS)],
    "Identity": [(lambda m: m.Identity(), ROWS)],
    "LSTM": recurrent("LSTM"),
    "LSTMCell": [(lambda m: m.LSTMCell(4, 3, bias=False), None)],
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
    "RNN": recurrent("RNN"),
    "RNNCell": [(lambda m: m.RNNCell(4, 3, bias=False, nonlinearity="relu"), ROWS)],
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
ELSEWHERE = {name for name in dir(nn) if name.startswith(("Lazy", "Parameter"))}  # have tests of their own
OWN = {"CheckpointSequential", "MLP", "Module", "Perceptron", "Swish"} | ELSEWHERE


def test_every_layer_has_a_case():
    layers = {name for name, layer in vars(nn).items() if isinstance(layer, type) and issubclass(layer, nn.Module)}
    rows = {type(module).__name__ for row in TABLE for module in row.make(nn).modules()}
    assert {name for name in layers if not name.endswith("Loss")} - OWN <= {*LAYERS, *rows}


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


@pytest.mark.filterwarnings("ignore:enable_nested_tensor is True:UserWarning")
@pytest.mark.parametrize("row", TABLE, ids=repr)
def test_every_row_of_the_table_of_layers_has_a_twin_on_either_side(row):
    here, there = row.make(nn).double().eval(), row.make(torch_nn).double().eval()
    arrays = row.arrays("float64")
    for ours, theirs in ((here, interop.to_torch(here)), (interop.from_torch(there), there)):
        assert repr(ours) == repr(theirs)
        same_state(ours, theirs)
        outs = (row.call(net, m, *map(m.tensor, arrays)) for net, m in ((ours, autograd), (theirs, torch)))
        for a, b in zip(*(out if isinstance(out, tuple) else (out,) for out in outs), strict=True):
            same(a, b, 1e-10 * row.rough)


def same_state(ours, theirs):
    mine, other = ours.state_dict(), theirs.state_dict()
    assert list(mine) == list(other)
    for name in mine:
        same(mine[name], other[name], tolerance=0)


def normed():
    return nn.Sequential(
        nn.Linear(5, 8), nn.BatchNorm1d(8), nn.Dropout(0.0), nn.SiLU(),
        nn.Linear(8, 8), nn.LayerNorm(8), nn.Linear(8, 3),
    )  # fmt: skip


class Attention(nn.Module):
    """A transformer block on sequences of words, and a class for each."""

    def __init__(self, width=8):
        self.width = width
        self.words = nn.Embedding(11, width)
        self.attention = nn.MultiheadAttention(width, 2, batch_first=True)
        self.norm = nn.LayerNorm(width)
        self.head = nn.Sequential(nn.Linear(width, 16), nn.GELU(), nn.Linear(16, 3))

    def forward(self, x):
        h = self.words(x)
        h = self.norm(h + self.attention(h, h, h)[0])
        return self.head(h.mean(1))


class TorchAttention(torch_nn.Module):
    """The same for PyTorch, in a module of its own."""

    def __init__(self, block):
        super().__init__()
        for name, part in block.named_children():
            setattr(self, name, interop.to_torch(part))

    forward = Attention.forward


TWINS = {Attention: TorchAttention}
# -- what goes along --------------------------------------------------------------------------------------------------


def test_modes_dtypes_and_frozen_weights_go_along():
    net = normed().eval()
    net[1].train()
    net[0].double()
    net[4].weight.requires_grad_(False)
    theirs = interop.to_torch(net)
    back = interop.from_torch(theirs)
    modes = {name: module.training for name, module in net.named_modules()}
    assert modes["1"]
    assert not modes["0"]
    for other in (theirs, back):
        assert {name: module.training for name, module in other.named_modules()} == modes
        assert [p.requires_grad for p in other.parameters()] == [p.requires_grad for p in net.parameters()]
    assert theirs[0].weight.dtype == torch.float64
    assert back[0].weight.dtype == autograd.float64
    assert back[4].weight.dtype == autograd.float32


def test_nothing_is_shared_with_the_twin():
    net = nn.Linear(2, 2)
    theirs = interop.to_torch(net)
    theirs.weight.data.zero_()
    back = interop.from_torch(theirs)
    theirs.weight.data.fill_(7)
    assert net.weight.abs().sum().item() > 0
    assert back.weight.tolist() == [[0.0, 0.0], [0.0, 0.0]]


def test_what_is_shared_within_a_network_stays_shared():
    layer = nn.Linear(4, 4)
    net = nn.Sequential(layer, nn.Tanh(), layer, nn.Linear(4, 4))
    net[3].weight = layer.weight
    for twin in (interop.to_torch(net), interop.from_torch(interop.to_torch(net))):
        assert twin[0] is twin[2]
        assert twin[3].weight is twin[0].weight
        assert len(list(twin.parameters())) == 3


def test_a_subclass_without_a_forward_of_its_own_is_its_layer():
    class Net(nn.Sequential):
        pass

    assert type(interop.to_torch(Net(nn.Linear(2, 2)))) is torch_nn.Sequential
    assert type(interop.to_torch(nn.MLP(2, [2, 2]))) is torch_nn.Sequential


# -- what has no twin -------------------------------------------------------------------------------------------------


def test_a_module_of_ones_own_is_named_with_its_place():
    net = nn.Sequential(nn.Linear(2, 2), nn.ModuleDict({"block": Attention()}))
    message = r"Attention at '1\.block' has no twin in PyTorch: .* twins=\{Attention: a function of the module\}"
    with pytest.raises(TypeError, match=message):
        interop.to_torch(net)
    theirs = interop.to_torch(net, twins=TWINS)
    assert type(theirs[1]["block"]) is TorchAttention
    same_state(net, theirs)


def test_a_module_of_pytorch_that_is_not_here_is_named_with_its_place():
    theirs = torch_nn.Sequential(torch_nn.Linear(2, 2), torch_nn.LSTM(2, 2, proj_size=1))
    with pytest.raises(TypeError, match="LSTM at '1' has no twin in nn"):
        interop.from_torch(theirs)
    with pytest.raises(TypeError, match="Embedding has no twin in nn: Embedding: gradients are dense here"):
        interop.from_torch(torch_nn.Embedding(3, 2, sparse=True))
    ours = interop.from_torch(theirs, twins={torch_nn.LSTM: lambda lstm: Recurrent(lstm)})
    assert list(ours.state_dict()) == list(theirs.state_dict())


class Recurrent(nn.Module):
    def __init__(self, lstm):
        for name, p in lstm.named_parameters():
            setattr(self, name, nn.Parameter(autograd.zeros(*p.shape)))


class Further:
    """A library whose Linear has one more setting."""

    class Linear(torch_nn.Linear):
        def __init__(self, in_features, out_features, bias=True, rank=0):
            super().__init__(in_features, out_features, bias)
            self.rank = rank


def test_a_setting_that_only_one_side_has_must_be_at_its_default():
    builder = TwinBuilder(Further, nn, "nn", lambda value: value, None)
    assert repr(builder.build(Further.Linear(2, 3), "")) == repr(nn.Linear(2, 3))
    with pytest.raises(TypeError, match=r"Linear at 'head' has rank=3, which nn does not know"):
        builder.build(Further.Linear(2, 3, rank=3), "head")


def test_a_twin_with_other_tensors_is_refused():
    with pytest.raises(TypeError, match=r"it lacks \['attention.in_proj_bias', .* and has \['bias', 'weight'\]"):
        interop.to_torch(Attention(), twins={Attention: lambda module: torch_nn.Linear(2, 2)})
    with pytest.raises(TypeError, match=r"weight: the twin's shape is \(3, 2\), not \(2, 2\)"):
        interop.to_torch(nn.Linear(2, 2), twins={nn.Linear: lambda module: torch_nn.Linear(2, 3)})


@pytest.mark.parametrize("translate", [interop.to_torch, interop.from_torch])
def test_what_is_no_module_is_refused(translate):
    with pytest.raises(TypeError, match="Module, given function"):
        translate(lambda x: x)


# -- a journey --------------------------------------------------------------------------------------------------------


def test_a_trained_network_reads_the_same_digits_in_pytorch_and_back_here(tmp_path):
    autograd.manual_seed(0)
    x, y = datasets.digits().tensors
    net = nn.Sequential(nn.Unflatten(1, (1, 8, 8)), nn.Conv2d(1, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.MaxPool2d(2),
                        nn.Flatten(), nn.Linear(72, 10))  # fmt: skip
    theirs = interop.to_torch(net)
    optimizer = optim.Adam(net.parameters(), lr=1e-2)
    for images, labels in DataLoader(TensorDataset(x, y), 32, shuffle=True):
        optimizer.zero_grad()
        nn.CrossEntropyLoss()(net(images), labels).backward()
        optimizer.step()
    nn.save(net.state_dict(), tmp_path / "digits.safetensors")
    theirs.load_state_dict(load_file(tmp_path / "digits.safetensors"))
    read = net.eval()(x).argmax(dim=1).numpy()
    assert (read == y.numpy()).mean() > 0.9
    np.testing.assert_array_equal(theirs.eval()(torch.from_numpy(x.numpy())).argmax(1).numpy(), read)
    np.testing.assert_array_equal(interop.from_torch(theirs)(x).argmax(dim=1).numpy(), read)


def test_the_page_about_pytorch_is_true(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    page = (Path(__file__).parents[3] / "docs" / "pytorch.md").read_text(encoding="utf-8")
    exec("\n".join(re.findall(r"```python\n(.*?)```", page, re.DOTALL)), {"__name__": "page"})
    assert "chalkgrad and torch agree over 10 steps" in capsys.readouterr().out
