"""Layers at their edges: ties, NaN, windows that hang over, batches of none, wrong uses, what is drawn at random."""

import numpy as np
import pytest
import torch
from torch import nn as torch_nn

import autograd
import nn
from nn import functional as F
from tests.nn.layers.table import ROWS
from tests.twins import same

TF = torch_nn.functional

# -- places of maxima -------------------------------------------------------------------------------------------------

FLAT = np.random.default_rng(0).integers(0, 3, (2, 3, 7, 6)).astype(float)  # with many ties
HOLES = np.where(FLAT == 1, np.nan, FLAT)
DEEP = np.where(FLAT == 1, -np.inf, FLAT)
POOLS = {
    "plain": lambda F, x: F.max_pool2d(x, 2, return_indices=True),
    "padded": lambda F, x: F.max_pool2d(x, (3, 2), (2, 1), (1, 1), return_indices=True),
    "dilated": lambda F, x: F.max_pool2d(x, 2, 1, 1, 2, return_indices=True),
    "hanging over": lambda F, x: F.max_pool2d(x, 3, 2, 1, ceil_mode=True, return_indices=True),
    "of sequences": lambda F, x: F.max_pool1d(x.flatten(2), 5, 3, 2, return_indices=True),
    "of one image": lambda F, x: F.max_pool2d(x[0], 2, return_indices=True),
    "adaptive": lambda F, x: F.adaptive_max_pool2d(x, (3, 4), return_indices=True),
    "adaptive of sequences": lambda F, x: F.adaptive_max_pool1d(x.flatten(2), 5, return_indices=True),
}


@pytest.mark.parametrize("name", POOLS)
@pytest.mark.parametrize("values", [FLAT, HOLES, DEEP], ids=["ties", "nan", "-inf"])
def test_the_places_of_maxima_are_those_of_torch(name, values):
    ours, theirs = autograd.tensor(values, requires_grad=True), torch.tensor(values, requires_grad=True)
    (out, at), (their_out, their_at) = POOLS[name](F, ours), POOLS[name](TF, theirs)
    same(out, their_out)
    same(at, their_at)
    assert not at.requires_grad
    out.sum().backward()
    their_out.sum().backward()
    same(ours.grad, theirs.grad)


def test_pooling_with_places_and_back_gives_the_image_that_torch_gives():
    x = np.random.default_rng(1).normal(size=(2, 3, 6, 8))
    results = []
    for m, functions in ((autograd, F), (torch, TF)):
        out, at = functions.max_pool2d(m.tensor(x), 2, return_indices=True)
        results.append(functions.max_unpool2d(out, at, 2, output_size=(2, 3, 7, 9)))
    same(*results)


# -- batches of none --------------------------------------------------------------------------------------------------

NONE = [
    "Conv1d", "ConvTranspose1d", "ConvTranspose2d", "MaxPool1d", "AvgPool1d", "AdaptiveAvgPool1d", "Upsample",
    "PixelShuffle", "RMSNorm", "Bilinear", "ZeroPad2d", "Mish", "Hardtanh", "GLU", "CosineSimilarity",
    "PairwiseDistance", "EmbeddingBag",
]  # fmt: skip


@pytest.mark.parametrize("name", NONE)
def test_a_batch_of_none_gives_what_torch_gives(name):
    row = next(row for row in ROWS if row.name == name)
    ours, theirs = row.twins()
    arrays = [a[:0] for a in row.arrays("float64")]
    out, their_out = (row.call(net, m, *map(m.tensor, arrays)) for net, m in ((ours, autograd), (theirs, torch)))
    same(out, their_out)
    if out.requires_grad:
        out.sum().backward()
        their_out.sum().backward()
        for p, q in zip(ours.parameters(), theirs.parameters(), strict=True):
            same(p.grad, q.grad)


# -- what is drawn ----------------------------------------------------------------------------------------------------


def seeded():
    return autograd.Generator().manual_seed(0)


@pytest.mark.parametrize(
    ("make", "shape", "axes"),
    [(nn.Dropout1d, (50, 40, 5), (2,)), (nn.Dropout2d, (50, 40, 3, 4), (2, 3)), (nn.Dropout1d, (2000, 5), (1,)),
     (nn.Dropout3d, (50, 40, 2, 2, 2), (2, 3, 4))],
)  # fmt: skip
def test_dropout_of_channels_keeps_or_drops_whole_channels(make, shape, axes):
    layer = make(0.3, generator=seeded())
    out = layer(autograd.ones(shape)).numpy()
    assert (out.min(axes) == out.max(axes)).all()
    np.testing.assert_allclose(np.unique(out), [0, 1 / 0.7], rtol=1e-6)
    assert abs(out.mean() - 1) < 0.05
    x = autograd.ones(shape)
    assert layer.eval()(x) is x


@pytest.mark.parametrize("make", [nn.AlphaDropout, nn.FeatureAlphaDropout])
def test_alpha_dropout_keeps_mean_and_variance(make):
    x = autograd.randn(400, 300, generator=seeded())
    out = make(0.4, generator=seeded())(x)
    assert abs(out.mean().item()) < 0.02
    assert abs(out.var().item() - 1) < 0.03
    rest = make(0.4).eval()(x)
    assert rest is x
    same(F.alpha_dropout(autograd.ones(3), 1.0, True), TF.alpha_dropout(torch.ones(3), 1.0, True))


def test_the_values_of_alpha_dropout_are_those_of_torch():
    ours = np.unique(F.alpha_dropout(autograd.ones(1000), 0.3, True).numpy())
    theirs = np.unique(TF.alpha_dropout(torch.ones(1000), 0.3, True).numpy())
    np.testing.assert_allclose(ours, theirs, rtol=1e-6)


def test_random_slopes_lie_between_their_bounds_and_rest_in_evaluation():
    layer = nn.RReLU(0.1, 0.4, generator=seeded())
    x = autograd.full((1000,), -1.0, requires_grad=True)
    out = layer(x)
    assert -0.4 <= out.min().item() < -0.38
    assert -0.12 < out.max().item() <= -0.1
    out.sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), -out.detach().numpy())
    same(layer.eval()(x[:3].detach()), torch_nn.RReLU(0.1, 0.4).eval()(torch.full((3,), -1.0)), 1e-6)


def test_a_gumbel_softmax_draws_by_the_probabilities():
    logits = autograd.tensor([0.2, 0.5, 0.3]).log().expand(4000, 3)
    logits = logits.clone().requires_grad_()
    hard = F.gumbel_softmax(logits, tau=0.5, hard=True, generator=seeded())
    assert {*hard.detach().numpy().ravel().round(6)} == {0.0, 1.0}
    np.testing.assert_allclose(hard.detach().numpy().mean(0), [0.2, 0.5, 0.3], atol=0.03)
    (hard * autograd.arange(3)).sum().backward()
    assert logits.grad.abs().sum().item() > 0
    soft = F.gumbel_softmax(logits.detach(), generator=seeded())
    np.testing.assert_allclose(soft.numpy().sum(1), 1, rtol=1e-5)


# -- embeddings -------------------------------------------------------------------------------------------------------


def test_long_vectors_are_shortened_in_the_weight_itself():
    layer = nn.Embedding(4, 3, max_norm=1.0)
    with autograd.no_grad():
        layer.weight.fill_(2.0)
    layer(autograd.tensor([1, 3, 1]))
    np.testing.assert_allclose(layer.weight.detach().norm(2, 1).numpy(), [2 * 3**0.5, 1, 2 * 3**0.5, 1], rtol=1e-5)


@pytest.mark.parametrize("kind", ["Embedding", "EmbeddingBag"])
def test_pretrained_vectors_are_shared_and_frozen_unless_asked(kind):
    vectors = autograd.arange(6.0).reshape(3, 2)
    layer = getattr(nn, kind).from_pretrained(vectors, padding_idx=0)
    assert np.shares_memory(layer.weight.numpy(force=True), vectors.numpy())
    assert not layer.weight.requires_grad
    assert layer.padding_idx == 0
    assert getattr(nn, kind).from_pretrained(vectors, freeze=False).weight.requires_grad
    theirs = getattr(torch_nn, kind).from_pretrained(torch.arange(6.0).reshape(3, 2), padding_idx=0)
    assert repr(layer) == repr(theirs)
    with pytest.raises(ValueError, match="expected to be 2-dimensional"):
        getattr(nn, kind).from_pretrained(autograd.ones(3))


def test_the_gradient_of_a_bag_is_divided_by_how_often_each_vector_was_looked_up():
    weight = autograd.ones(4, 2, requires_grad=True)
    bags = autograd.tensor([[0, 1, 1], [1, 2, 0]])
    F.embedding_bag(bags, weight, scale_grad_by_freq=True, mode="sum").sum().backward()
    assert weight.grad.tolist() == [[1, 1], [1, 1], [1, 1], [0, 0]]


@pytest.mark.parametrize(("vectors", "integers"), [(27, 96), (27, 5000), (3000, 96), (1, 1)])
@pytest.mark.parametrize("infinity", [False, True])
def test_gradients_of_one_vector_are_summed_and_reach_no_other(vectors, integers, infinity):
    at = np.random.default_rng(0).integers(0, vectors, integers)
    g = np.random.default_rng(1).standard_normal((integers, 2))
    if infinity:
        g[0] = np.inf, np.nan
    ours, theirs = autograd.zeros(vectors, 2, dtype=autograd.float64), torch.zeros(vectors, 2, dtype=torch.float64)
    F.embedding(autograd.tensor(at), ours.requires_grad_()).backward(autograd.tensor(g))
    torch.nn.functional.embedding(torch.tensor(at), theirs.requires_grad_()).backward(torch.tensor(g))
    np.testing.assert_allclose(ours.grad.numpy(), theirs.grad.numpy(), rtol=1e-9, atol=1e-12)


# -- wrong uses -------------------------------------------------------------------------------------------------------

WRONG = {
    "no size": lambda m, F: F.interpolate(m.ones(1, 1, 4, 4)),
    "two sizes": lambda m, F: F.interpolate(m.ones(1, 1, 4, 4), 3, 2.0),
    "too few sizes": lambda m, F: F.interpolate(m.ones(1, 1, 4, 4), (3,)),
    "no pixels": lambda m, F: F.interpolate(m.ones(1, 1, 4, 4), 0),
    "another mode": lambda m, F: F.interpolate(m.ones(1, 1, 4, 4), 3, mode="linear"),
    "no mode": lambda m, F: F.interpolate(m.ones(1, 1, 4, 4), 3, mode="best"),
    "corners of the nearest": lambda m, F: F.interpolate(m.ones(1, 1, 4, 4), 3, align_corners=True),
    "no image": lambda m, F: F.interpolate(m.ones(1, 4), 3),
    "antialias of the nearest": lambda m, F: F.interpolate(m.ones(1, 1, 4, 4), 3, antialias=True),
    "a recomputed size": lambda m, F: F.interpolate(m.ones(1, 1, 4, 4), 3, recompute_scale_factor=True),
    "channels to shuffle": lambda m, F: F.pixel_shuffle(m.ones(1, 3, 2, 2), 2),
    "pixels to unshuffle": lambda m, F: F.pixel_unshuffle(m.ones(1, 3, 3, 2), 2),
    "groups to shuffle": lambda m, F: F.channel_shuffle(m.ones(1, 3, 2, 2), 2),
    "odd halves": lambda m, F: F.glu(m.ones(3)),
    "halves of a number": lambda m, F: F.glu(m.ones(())),
    "groups of channels": lambda m, F: F.group_norm(m.ones(2, 3, 4), 2),
    "one number to normalize": lambda m, F: F.instance_norm(m.ones(2, 3, 1)),
    "one number in all": lambda m, F: F.group_norm(m.ones(1, 2), 2),
    "another last dimension": lambda m, F: F.rms_norm(m.ones(2, 3), (4,)),
    "no channels": lambda m, F: F.local_response_norm(m.ones(2, 3), 2),
    "no offsets": lambda m, F: F.embedding_bag(m.tensor([0, 1]), m.ones(3, 2)),
    "a late offset": lambda m, F: F.embedding_bag(m.tensor([0, 1]), m.ones(3, 2), m.tensor([1])),
    "a far offset": lambda m, F: F.embedding_bag(m.tensor([0, 1]), m.ones(3, 2), m.tensor([0, 3])),
    "a far integer": lambda m, F: F.embedding_bag(m.tensor([[0, 3]]), m.ones(3, 2)),
    "weights of a mean": lambda m, F: F.embedding_bag(
        m.tensor([[0, 1]]), m.ones(3, 2), mode="mean", per_sample_weights=m.ones(1, 2)),
    "another mode of bags": lambda m, F: F.embedding_bag(m.tensor([[0, 1]]), m.ones(3, 2), mode="median"),
    "no channels to drop": lambda m, F: F.dropout1d(m.ones(3)),
    "a place beyond": lambda m, F: F.max_unpool2d(m.ones(1, 2, 2), m.tensor([[[0, 1], [2, 90]]]), 2),
    "a size that cannot be": lambda m, F: F.max_unpool2d(
        m.ones(1, 2, 2), m.tensor([[[0, 1], [2, 3]]]), 2, output_size=(9, 9)),
    "other vectors": lambda m, F: F.bilinear(m.ones(2, 3), m.ones(2, 4), m.ones(2, 3, 5)),
    "an image for a sequence": lambda m, F: F.conv1d(m.ones(3, 4, 5, 6), m.ones(1, 4, 3)),
    "channels of sequences": lambda m, F: F.conv1d(m.ones(3, 4, 5), m.ones(1, 3, 3)),
    "a large output padding": lambda m, F: F.conv_transpose1d(m.ones(1, 2, 2), m.ones(2, 1, 2), output_padding=1),
    "a bias of others": lambda m, F: F.conv_transpose2d(m.ones(1, 2, 2, 2), m.ones(2, 1, 2, 2), m.ones(2)),
    "a long window": lambda m, F: F.avg_pool1d(m.ones(1, 1, 3), 5),
    "a negative shrinkage": lambda m, F: F.softshrink(m.ones(2), -1),
    "no curvature": lambda m, F: F.celu(m.ones(2), 0),
    "bounds in disorder": lambda m, F: F.hardtanh(m.ones(2), 1, 0),
    "slopes in disorder": lambda m, F: F.rrelu(m.ones(2), 1, 0),
    "a row of attention": lambda m, F: nets(m).Softmax2d()(m.ones(3)),
    "groups of a layer": lambda m, F: nets(m).GroupNorm(2, 3),
    "an unknown activation": lambda m, F: nets(m).TransformerEncoderLayer(4, 2, activation="tanh"),
    "a border for the adjoint": lambda m, F: nets(m).ConvTranspose2d(2, 2, 2, padding_mode="reflect"),
    "a word for a padding": lambda m, F: nets(m).Conv2d(2, 2, 2, padding="some"),
    "a stride that is the same": lambda m, F: nets(m).Conv1d(2, 2, 2, 2, padding="same"),
    "a size out of reach": lambda m, F: nets(m).ConvTranspose2d(2, 2, 2, 2)(m.ones(1, 2, 3, 3), output_size=(9, 9)),
    "channels of an instance": lambda m, F: nets(m).InstanceNorm1d(3, affine=True)(m.ones(2, 4, 5)),
    "no vectors": lambda m, F: nets(m).Bilinear(0, 2, 2),
    "batches of a transformer": lambda m, F: nets(m).Transformer(4, 2, 1, 1, 4)(m.ones(3, 2, 4), m.ones(3, 1, 4)),
    "vectors of a transformer": lambda m, F: nets(m).Transformer(4, 2, 1, 1, 4)(m.ones(3, 2, 4), m.ones(3, 2, 5)),
}  # fmt: skip


def nets(m):
    return nn if m is autograd else torch_nn


@pytest.mark.filterwarnings("ignore:enable_nested_tensor is True:UserWarning")
@pytest.mark.parametrize("wrong", WRONG)
def test_wrong_uses_raise_the_exception_of_torch(wrong):
    with pytest.raises(Exception) as theirs:  # noqa: PT011
        WRONG[wrong](torch, TF)
    with pytest.raises(theirs.type):
        WRONG[wrong](autograd, F)


def test_a_hardtanh_without_a_range_and_sparse_gradients_are_refused():
    with pytest.raises(ValueError, match=r"max_val \(0\) must be greater than min_val \(1\)"):
        nn.Hardtanh(1, 0)
    with pytest.raises(NotImplementedError, match="leave sparse=True out"):
        nn.EmbeddingBag(3, 2, sparse=True)
    with pytest.warns(FutureWarning, match="`min_value` is deprecated and rename to `min_val`"):
        assert nn.Hardtanh(min_value=-3).min_val == -3


@pytest.mark.parametrize("name", ["upsample", "upsample_nearest", "upsample_bilinear"])
def test_old_names_of_interpolation_work_and_warn_as_in_torch(name):
    results = []
    for m, functions in ((autograd, F), (torch, TF)):
        with pytest.warns(UserWarning, match=f"`nn.functional.{name}` is deprecated"):
            results.append(getattr(functions, name)(m.arange(12.0).reshape(1, 1, 3, 4), (5, 5)))
    same(*results, 1e-6)


def test_what_torch_warns_of_warns():
    for m, library in ((autograd, nn), (torch, torch_nn)):
        with pytest.warns(UserWarning, match="input's size at dim=1 does not match num_features"):
            library.InstanceNorm1d(3)(m.randn(2, 4, 5))
        with pytest.warns(UserWarning, match="Received a 3D input to dropout2d"):
            library.Dropout2d()(m.ones(2, 4, 5))
        with pytest.warns(UserWarning, match="Received a 2-D input to dropout2d, which is deprecated"):
            library.Dropout2d()(m.ones(2, 4))


IN_PLACE = [
    lambda F, x: F.hardtanh(x, -0.5, 0.5, inplace=True), lambda F, x: F.relu6(x, True),
    lambda F, x: F.hardswish(x, True),
    lambda F, x: F.hardsigmoid(x, True), lambda F, x: F.mish(x, True), lambda F, x: F.celu(x, 2.0, True),
    lambda F, x: F.threshold(x, 0.1, 3, True), lambda F, x: F.rrelu(x, 0.3, 0.3, False, True),
    lambda F, x: F.relu_(x), lambda F, x: F.leaky_relu_(x, 0.2), lambda F, x: F.elu_(x), lambda F, x: F.selu_(x),
    lambda F, x: F.celu_(x), lambda F, x: F.hardtanh_(x, -0.2), lambda F, x: F.threshold_(x, 0.2, 1),
    lambda F, x: F.dropout2d(x, 1.0, True, True), lambda F, x: F.alpha_dropout(x, 1.0, True, True),
]  # fmt: skip


@pytest.mark.parametrize("call", IN_PLACE)
def test_a_result_may_be_written_to_the_input(call):
    values = np.random.default_rng(0).normal(size=(2, 3, 4, 5))
    results = []
    for m, functions in ((autograd, F), (torch, TF)):
        x = m.tensor(values, requires_grad=True)
        y = x * 1
        out = call(functions, y)
        assert out is y
        out.square().sum().backward()
        results.append((y, x.grad))
    same(results[0][0], results[1][0], 1e-7)
    same(results[0][1], results[1][1], 1e-7)


@pytest.mark.parametrize(
    "make",
    [
        lambda m: m.Conv1d(8, 64, 7, groups=2),
        lambda m: m.ConvTranspose2d(8, 64, 7, groups=2),
        lambda m: m.Bilinear(30, 20, 10),
        lambda m: m.EmbeddingBag(200, 300),
        lambda m: m.MultiheadAttention(64, 2, add_bias_kv=True),
        lambda m: m.TransformerEncoderLayer(64, 2, 100),
        lambda m: m.Transformer(32, 2, 1, 1, 64),
        lambda m: m.GroupNorm(2, 50),
        lambda m: m.RMSNorm(50),
        lambda m: m.InstanceNorm2d(50, affine=True),
    ],
)
@pytest.mark.filterwarnings("ignore:enable_nested_tensor is True:UserWarning")
def test_weights_start_with_the_distribution_of_torch(make):
    autograd.manual_seed(0)
    torch.manual_seed(0)
    ours, theirs = make(nn).state_dict(), make(torch_nn).state_dict()
    for key, value in theirs.items():
        a, b = ours[key].numpy().ravel(), value.numpy().ravel()
        scale = max(abs(b).max(), 1e-9)
        quantiles = [0.1, 0.3, 0.5, 0.7, 0.9]
        np.testing.assert_allclose(
            np.quantile(a, quantiles) / scale, np.quantile(b, quantiles) / scale, atol=5 / np.sqrt(len(a))
        )


def test_layers_take_the_dtype_and_the_device_that_they_are_given():
    for layer in (nn.Conv1d(2, 2, 1, dtype=autograd.float64), nn.GroupNorm(1, 2, device="cpu", dtype=autograd.float64),
                  nn.LazyLinear(2, dtype=autograd.float64), nn.Transformer(4, 2, 1, 1, 4, dtype=autograd.float64),
                  nn.InstanceNorm1d(2, affine=True, track_running_stats=True, dtype=autograd.float64)):  # fmt: skip
        assert {p.dtype for p in layer.parameters()} == {np.dtype("float64")}
    with pytest.raises(AssertionError, match="Torch not compiled with CUDA enabled"):
        nn.Conv1d(2, 2, 1, device="cuda")
