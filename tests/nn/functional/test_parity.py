"""Every layer agrees with its twin in torch.nn: one table, and one sentence about all of it for each test."""

from copy import deepcopy
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn as torch_nn
from torch.nn.attention import SDPBackend, sdpa_kernel

import autograd
import nn
from nn.functional import convolution_methods
from tests.nn.layers.table import ROWS
from tests.twins import same

TOLERANCE = {"float64": 1e-10, "float32": 1e-5}


every = pytest.mark.parametrize("row", ROWS, ids=repr)
both = pytest.mark.parametrize("dtype", ["float64", "float32"])
pytestmark = pytest.mark.filterwarnings(
    "ignore:Using padding='same' with even kernel:UserWarning", "ignore:enable_nested_tensor is True:UserWarning"
)


def leaves_of(m, row, arrays):
    return [m.tensor(a, requires_grad=not row.ints) for a in arrays]


def tensors_of(result):
    return [t for t in (result if isinstance(result, tuple) else (result,)) if t is not None]


def loss_of(m, outs):
    """A number that every element of the outputs has a different say in."""
    rng = np.random.default_rng(3)
    terms = []
    for out in outs:
        weight = m.tensor(rng.uniform(0.5, 1.5, tuple(out.shape)).astype(out.detach().numpy().dtype))
        terms.append((weight * out * out).sum())
    return sum(terms)


def run(m, row, net, arrays):
    leaves = leaves_of(m, row, arrays)
    outs = tensors_of(row.call(net, m, *leaves))
    return leaves, outs, loss_of(m, outs)


def same_lists(ours, theirs, tolerance):
    assert len(ours) == len(theirs)
    for a, b in zip(ours, theirs, strict=True):
        same(a, b, tolerance)


@every
@both
def test_value_and_every_gradient_are_those_of_torch(row, dtype):
    ours, theirs = row.twins(dtype)
    x, out, loss = run(autograd, row, ours, row.arrays(dtype))
    their_x, their_out, their_loss = run(torch, row, theirs, row.arrays(dtype))
    same_lists(out, their_out, TOLERANCE[dtype])
    if their_loss.requires_grad:
        loss.backward()
        their_loss.backward()
    scale = max(1.0, *(float(abs(t.grad).max()) for t in [*their_x, *theirs.parameters()] if t.grad is not None), 0)
    scale *= row.rough
    same_lists([t.grad for t in x], [t.grad for t in their_x], TOLERANCE[dtype] * scale)
    same_lists(
        [p.grad for p in ours.parameters()], [p.grad for p in theirs.parameters()], TOLERANCE[dtype] * scale
    )


@pytest.mark.parametrize("row", [row for row in ROWS if not (row.ints or row.once)], ids=repr)
def test_second_derivatives_are_those_of_torch(row):
    def second(m, net):
        x, _, loss = run(m, row, net, row.arrays("float64"))
        wrt = [*x, *net.parameters()]
        first = m.autograd.grad if m is torch else m.grad
        slopes = first(loss, wrt, create_graph=True, allow_unused=True)
        total = sum((slope * slope).sum() for slope in slopes if slope is not None)
        bends = first(total, wrt, allow_unused=True)
        return [m.zeros_like(w) if bend is None else bend for w, bend in zip(wrt, bends, strict=True)]

    ours, theirs = row.twins()
    with sdpa_kernel(SDPBackend.MATH):  # torch's fused attention has no second derivative
        expected = second(torch, theirs)
    scale = max(1.0, *(float(abs(e).max()) for e in expected))
    same_lists(second(autograd, ours), expected, 1e-10 * scale * row.rough)


@pytest.mark.parametrize("columns", [1, 5000])
@pytest.mark.parametrize("row", [row for row in ROWS if "Conv2d" in row.name], ids=repr)
def test_a_convolution_taken_a_few_images_at_a_time_is_the_same(row, columns, monkeypatch):
    def gradients(net):
        x, out, loss = run(autograd, row, net, row.arrays("float64"))
        loss.backward()
        return [t.detach().numpy() for t in (*out, x[0].grad, *(p.grad for p in net.parameters()))]

    net, _ = row.twins()
    expected = gradients(net)
    net.zero_grad()
    monkeypatch.setattr(convolution_methods, "NEAR", columns)
    for found, wanted in zip(gradients(net), expected, strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("name", ["Conv2d", "MaxPool2d", "AvgPool2d", "AdaptiveAvgPool2d", "LayerNorm", "Embedding"])
def test_a_batch_of_none_gives_what_torch_gives(name):
    row = next(row for row in ROWS if row.name == name)
    ours, theirs = row.twins()
    arrays = [a[:0] for a in row.arrays("float64")]
    x, out, loss = run(autograd, row, ours, arrays)
    their_x, their_out, their_loss = run(torch, row, theirs, arrays)
    same_lists(out, their_out, 0)
    if loss.requires_grad:
        loss.backward()
        their_loss.backward()
        same_lists([t.grad for t in x], [t.grad for t in their_x], 0)
        same_lists([p.grad for p in ours.parameters()], [p.grad for p in theirs.parameters()], 0)


@every
@both
def test_three_steps_of_training_leave_the_state_that_torch_has(row, dtype):
    ours, theirs = row.twins(dtype)
    for m, net, optim in ((autograd, ours, nn.optim), (torch, theirs, torch.optim)):
        if not list(net.parameters()) or row.ints:
            optimizer = None
        else:
            optimizer = optim.SGD(net.parameters(), lr=1e-3)
        for step in range(3):
            net.zero_grad()
            _, _, loss = run(m, row, net, [a + step if not row.ints else a for a in row.arrays(dtype)])
            if optimizer is not None:
                loss.backward()
                optimizer.step()
    assert list(ours.state_dict()) == list(theirs.state_dict())
    tolerance = TOLERANCE[dtype] * (10 if dtype == "float32" else 1)
    for key, value in theirs.state_dict().items():
        same(ours.state_dict()[key], value, tolerance * max(1.0, float(abs(value).max())))
    with autograd.no_grad(), torch.no_grad():
        _, out, _ = run(autograd, row, ours.eval(), row.arrays(dtype))
        _, their_out, _ = run(torch, row, theirs.eval(), row.arrays(dtype))
    scale = max(1.0, *(float(abs(o.detach()).max()) for o in their_out))
    same_lists(out, their_out, tolerance * scale)


@every
def test_state_dict_has_the_keys_and_shapes_of_torch_and_the_layer_prints_alike(row):
    ours, theirs = row.make(nn), row.make(torch_nn)
    assert [(k, tuple(v.shape), str(v.dtype)) for k, v in ours.state_dict().items()] == [
        (k, tuple(v.shape), str(v.dtype).removeprefix("torch.")) for k, v in theirs.state_dict().items()
    ]
    assert [name for name, _ in ours.named_buffers()] == [name for name, _ in theirs.named_buffers()]
    assert repr(ours) == repr(theirs)


@every
def test_a_deep_copy_computes_the_same_and_is_independent(row):
    ours, _ = row.twins()
    twin = deepcopy(ours)
    with autograd.no_grad():
        for parameter in ours.parameters():
            parameter.zero_()
    fresh, _ = row.twins()
    with autograd.no_grad():
        same_arrays = [
            [t.numpy() for t in run(autograd, row, net, row.arrays("float64"))[1]] for net in (twin, fresh)
        ]
    for a, b in zip(*same_arrays, strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize(
    "make",
    [
        lambda m: m.Linear(300, 200),
        lambda m: m.Conv2d(8, 64, 7, groups=2),
        lambda m: m.Embedding(200, 300),
        lambda m: m.MultiheadAttention(64, 2),
        lambda m: m.MultiheadAttention(64, 2, kdim=100, vdim=30),
        lambda m: m.BatchNorm2d(50),
        lambda m: m.LayerNorm(50),
        lambda m: m.PReLU(50),
    ],
)
def test_weights_start_with_the_distribution_of_torch(make):
    autograd.manual_seed(0)
    torch.manual_seed(0)
    ours, theirs = make(nn).state_dict(), make(torch_nn).state_dict()
    for key, value in theirs.items():
        a, b = ours[key].numpy().ravel(), value.numpy().ravel()
        scale = max(abs(b).max(), 1e-9)
        np.testing.assert_allclose(
            np.quantile(a, [0.1, 0.3, 0.5, 0.7, 0.9]) / scale, np.quantile(b, [0.1, 0.3, 0.5, 0.7, 0.9]) / scale,
            atol=5 / np.sqrt(len(a)),
        )  # fmt: skip


# -- dropout ----------------------------------------------------------------------------------------------------------


def test_dropout_keeps_the_mean_scales_what_it_keeps_and_rests_in_evaluation():
    layer = nn.Dropout(0.3, generator=autograd.Generator().manual_seed(0))
    x = autograd.ones(200, 200, requires_grad=True)
    out = layer(x)
    out.sum().backward()
    values = np.unique(out.detach().numpy())
    np.testing.assert_allclose(values, [0, 1 / 0.7], rtol=1e-6)
    assert abs(out.mean().item() - 1) < 0.02
    np.testing.assert_array_equal(x.grad.numpy(), out.detach().numpy())
    assert layer.eval()(x) is x


def test_dropout_follows_its_generator_or_else_the_seed():
    def mask(**options):
        return nn.functional.dropout(autograd.ones(50), 0.5, **options).tolist()

    seeded = [mask(generator=autograd.Generator().manual_seed(s)) for s in (1, 1, 2)]
    assert seeded[0] == seeded[1] != seeded[2]
    autograd.manual_seed(4)
    first = mask()
    autograd.manual_seed(4)
    assert mask() == first
    assert nn.functional.dropout(autograd.ones(3), 1.0).tolist() == [0.0] * 3


def test_attention_drops_weights_in_training_only():
    layer = nn.MultiheadAttention(8, 2, dropout=0.5, generator=autograd.Generator().manual_seed(0))
    x = autograd.randn(6, 3, 8)
    _, weights = layer(x, x, x, average_attn_weights=False)
    assert 0.3 < (weights == 0).float().mean().item() < 0.7
    _, weights = layer.eval()(x, x, x)
    np.testing.assert_allclose(weights.sum(-1).detach().numpy(), 1, rtol=1e-5)


@pytest.mark.parametrize("case", ["plain", "causal", "bool", "added", "heads"])
def test_scaled_dot_product_attention_is_that_of_torch(case):
    rng = np.random.default_rng(0)
    q, k, v = rng.normal(size=(2, 3, 5, 4)), rng.normal(size=(2, 3, 6, 4)), rng.normal(size=(2, 3, 6, 7))
    masks: dict[str, Any] = {"bool": rng.random((5, 6)) > 0.4, "added": rng.normal(size=(2, 1, 5, 6))}
    results = []
    for m, F in ((autograd, nn.functional), (torch, torch_nn.functional)):
        options: dict[str, Any] = {"attn_mask": m.tensor(masks[case])} if case in masks else {}
        options |= {"is_causal": True} if case == "causal" else {"scale": 0.3} if case == "heads" else {}
        leaves = [m.tensor(x, requires_grad=True) for x in (q, k, v)]
        out = F.scaled_dot_product_attention(*leaves, **options)
        out.square().sum().backward()
        results.append([out, *(x.grad for x in leaves)])
    same_lists(*results, 1e-10)
