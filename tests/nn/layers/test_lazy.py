"""Lazy layers learn the size of their input at the first call, and are ordinary layers from then on, as in torch."""

import copy
import pickle

import numpy as np
import pytest
import torch
from torch import nn as torch_nn

import autograd
import nn
from nn import interop
from tests.twins import same

LAZY = {
    "Linear": (lambda m: m.LazyLinear(3), (4, 5)),
    "Linear without bias": (lambda m: m.LazyLinear(3, bias=False), (2, 4, 5)),
    "Conv1d": (lambda m: m.LazyConv1d(6, 3, padding="same"), (2, 4, 9)),
    "Conv2d": (lambda m: m.LazyConv2d(6, (3, 2), 2, 1, 1, 2, False), (2, 4, 7, 6)),
    "Conv2d of one image": (lambda m: m.LazyConv2d(6, 3), (4, 7, 6)),
    "ConvTranspose1d": (lambda m: m.LazyConvTranspose1d(6, 3, 2, output_padding=1), (2, 4, 9)),
    "ConvTranspose2d": (lambda m: m.LazyConvTranspose2d(6, 3, groups=2), (2, 4, 7, 6)),
    "BatchNorm1d": (lambda m: m.LazyBatchNorm1d(), (4, 5)),
    "BatchNorm2d": (lambda m: m.LazyBatchNorm2d(0.01, 0.3, bias=False), (2, 4, 7, 6)),
    "BatchNorm3d": (lambda m: m.LazyBatchNorm3d(affine=False), (2, 3, 2, 2, 4)),
    "InstanceNorm1d": (lambda m: m.LazyInstanceNorm1d(), (2, 4, 9)),
    "InstanceNorm2d": (lambda m: m.LazyInstanceNorm2d(track_running_stats=False), (2, 4, 7, 6)),
    "InstanceNorm3d": (lambda m: m.LazyInstanceNorm3d(), (2, 3, 2, 2, 4)),
}
every = pytest.mark.parametrize("name", LAZY)


def inputs(name):
    return np.random.default_rng(0).normal(size=LAZY[name][1])


@every
def test_a_lazy_layer_is_printed_and_saved_as_in_torch_before_and_after_its_first_call(name):
    make, _ = LAZY[name]
    ours, theirs = make(nn), make(torch_nn)
    for _ in range(2):
        assert repr(ours) == repr(theirs)
        assert list(ours.state_dict()) == list(theirs.state_dict())
        assert type(ours).__name__ == type(theirs).__name__
        ours(autograd.tensor(inputs(name).astype("float32")))
        theirs(torch.tensor(inputs(name).astype("float32")))


@every
def test_a_lazy_layer_computes_what_that_of_torch_does(name):
    make, _ = LAZY[name]
    ours, theirs = make(nn).double(), make(torch_nn).double()
    x = inputs(name)
    theirs(torch.tensor(x))
    assert ours.load_state_dict(theirs.state_dict()) == ([], [])  # which tells it the shapes
    a, b = autograd.tensor(x, requires_grad=True), torch.tensor(x, requires_grad=True)
    for leaf, net in ((a, ours), (b, theirs)):
        net(leaf).square().sum().backward()
    same(a.grad, b.grad)
    for p, q in zip(ours.parameters(), theirs.parameters(), strict=True):
        assert type(p) is nn.Parameter
        same(p.grad, q.grad)
    same(interop.to_torch(ours)(b), theirs(b))


@pytest.mark.parametrize("name", ["Linear", "Conv2d", "ConvTranspose2d", "BatchNorm1d"])
def test_parameters_start_as_those_of_the_ordinary_layer(name):
    make, _ = LAZY[name]
    lazy = make(nn)
    autograd.manual_seed(0)
    lazy(autograd.tensor(inputs(name).astype("float32")))
    autograd.manual_seed(0)
    drawn = copy.deepcopy(lazy)
    drawn.reset_parameters()
    for p, q in zip(lazy.parameters(), drawn.parameters(), strict=True):
        assert p.tolist() == q.tolist()


def net():
    return nn.Sequential(nn.LazyConv2d(3, 3), nn.LazyBatchNorm2d(), nn.ReLU(), nn.Flatten(), nn.LazyLinear(2))


def test_a_lazy_network_trains_with_an_optimizer_made_before_the_first_batch():
    model = net()
    weight = model[0].weight
    optimizer = nn.optim.SGD(model.parameters(), lr=0.1)
    model.double()
    model(autograd.arange(200, dtype=autograd.float64).reshape(4, 2, 5, 5).sin()).sum().backward()
    before = weight.tolist()
    optimizer.step()
    assert model[0].weight is weight
    assert type(weight) is nn.Parameter
    assert weight.dtype == autograd.float64
    assert weight.tolist() != before
    assert [type(module).__name__ for module in model] == ["Conv2d", "BatchNorm2d", "ReLU", "Flatten", "Linear"]


USES = {
    "count": lambda w: w.numel(),
    "shape": lambda w: w.shape,
    "sum": lambda w: w + 1,
    "difference": lambda w: 1 - w,
    "product": lambda w: w @ w,
    "function": autograd.exp,
    "method": lambda w: w.mean(),
    "array": np.asarray,
    "numpy": lambda w: w.numpy(),
    "element": lambda w: w[0],
    "length": len,
    "values": lambda w: w.tolist(),
    "initial values": nn.init.zeros_,
}


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize("kind", [nn.UninitializedParameter, nn.UninitializedBuffer])
def test_what_needs_the_shape_says_that_the_model_must_be_called_first(use, kind):
    with pytest.raises((ValueError, RuntimeError), match="call the model once with a batch"):
        USES[use](kind())


def test_a_parameter_without_shape_has_a_dtype_a_copy_and_a_state():
    weight = nn.UninitializedParameter(dtype=autograd.float64)
    assert repr(weight) == "<UninitializedParameter>"
    assert repr(nn.UninitializedBuffer()) == "<UninitializedBuffer>"
    for twin in (copy.deepcopy(weight), pickle.loads(pickle.dumps(weight))):
        assert isinstance(twin, nn.UninitializedParameter)
        assert twin is not weight
        assert (twin.dtype, twin.requires_grad, twin.is_leaf, twin.grad) == (autograd.float64, True, True, None)
    weight.requires_grad_(False)
    weight.materialize((2, 3), dtype=autograd.float32)
    assert (type(weight), weight.shape, weight.dtype) == (nn.Parameter, (2, 3), autograd.float32)
    assert not weight.requires_grad


def test_states_go_from_lazy_to_lazy_and_never_from_lazy_to_ordinary():
    assert net().load_state_dict(net().state_dict()) == ([], [])
    model = nn.Linear(4, 3)
    before = model.weight.tolist()
    with pytest.raises((RuntimeError, ValueError), match="call the model once"):
        model.load_state_dict(nn.LazyLinear(3).state_dict())
    assert model.weight.tolist() == before


def test_a_state_that_does_not_fit_leaves_a_lazy_network_as_it_was():
    model = nn.Sequential(nn.LazyLinear(3), nn.Linear(3, 2))
    state = nn.Sequential(nn.Linear(5, 3), nn.Linear(4, 2)).state_dict()
    with pytest.raises(RuntimeError, match=r"size mismatch for 1\.weight"):
        model.load_state_dict(state)
    assert model[0].has_uninitialized_params()


@pytest.mark.parametrize("make", [lambda m: m.LazyConv2d(3, 3), lambda m: m.LazyBatchNorm2d()])
def test_an_input_of_other_dimensions_is_refused_and_the_layer_stays_lazy(make):
    ours = make(nn)
    with pytest.raises((RuntimeError, ValueError)) as theirs:
        make(torch_nn)(torch.ones(4, 5))
    with pytest.raises(theirs.type, match=r"xpected .*input"):
        ours(autograd.ones(4, 5))
    assert ours.has_uninitialized_params()


def test_the_summary_of_a_lazy_network_shows_what_it_became():
    model = net()
    text = repr(nn.summary(model, autograd.ones(1, 2, 5, 5)))
    assert "0: Conv2d" in text
    assert "57" in text
