"""Initial values have the distributions of torch."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn as torch_nn

import autograd
import nn
from nn import init
from tests.twins import same

SHAPE = (60, 20, 4, 5)


def distance(ours, theirs):
    """The Kolmogorov-Smirnov distance of two samples: how far their distribution functions are apart at most."""
    a, b = np.sort(np.asarray(ours).ravel()), np.sort(np.asarray(theirs).ravel())
    places = np.concatenate((a, b))
    return abs(
        np.searchsorted(a, places, side="right") / a.size - np.searchsorted(b, places, side="right") / b.size
    ).max()


def alike(ours, theirs):
    """Assert that two samples of thousands of numbers come from the same distribution, to all appearances."""
    ours, theirs = np.asarray(ours.detach().numpy()), theirs.detach().numpy()
    assert ours.dtype == theirs.dtype
    assert ours.shape == theirs.shape
    assert distance(ours, theirs) < 2 * math.sqrt(2 / ours.size)  # at a thousandth of all seeds it is more
    assert ours.std() == pytest.approx(theirs.std(), rel=0.05)


RANDOM = {
    "uniform_": {},
    "uniform_ in a range": {"a": -3.0, "b": 2.0},
    "normal_": {},
    "normal_ elsewhere": {"mean": 3.0, "std": 0.5},
    "trunc_normal_": {},
    "trunc_normal_ with little cut off": {"std": 0.5},
    "trunc_normal_ with much cut off": {"mean": 1.0, "std": 3.0, "a": -0.5, "b": 0.5},
    "trunc_normal_ of one tail": {"a": 1.5, "b": 8.0},
    "xavier_uniform_": {},
    "xavier_uniform_ with gain": {"gain": 2.5},
    "xavier_normal_": {},
    "xavier_normal_ with gain": {"gain": 2.5},
    "kaiming_uniform_": {},
    "kaiming_uniform_ of the outputs": {"mode": "fan_out", "nonlinearity": "relu"},
    "kaiming_uniform_ of a slope": {"a": math.sqrt(5)},
    "kaiming_normal_": {},
    "kaiming_normal_ of the outputs": {"mode": "fan_out", "nonlinearity": "tanh"},
    "kaiming_normal_ of a slope": {"a": 0.5, "nonlinearity": "leaky_relu"},
    "orthogonal_": {},
    "orthogonal_ with gain": {"gain": 3.0},
}


@pytest.mark.parametrize("name", RANDOM)
def test_random_values_have_the_distribution_of_torch(name):
    torch.manual_seed(0)
    autograd.manual_seed(0)
    function, options = name.split()[0], RANDOM[name]
    ours, theirs = autograd.empty(*SHAPE), torch.empty(*SHAPE)
    assert getattr(init, function)(ours, **options) is ours
    alike(ours, getattr(torch_nn.init, function)(theirs, **options))


@pytest.mark.parametrize("name", RANDOM)
def test_the_same_generator_gives_the_same_values(name):
    def draw(seed):
        generator = autograd.Generator().manual_seed(seed)
        return getattr(init, name.split()[0])(autograd.empty(5, 6), generator=generator, **RANDOM[name]).tolist()

    state = autograd.default_generator.get_state()
    assert draw(3) == draw(3) != draw(4)
    assert autograd.default_generator.get_state() == state


def test_uniform_values_and_truncated_ones_stay_in_their_bounds():
    autograd.manual_seed(0)
    for function, low, high in (
        (lambda t: init.uniform_(t, -0.25, 0.5), -0.25, 0.5),
        (lambda t: init.trunc_normal_(t, a=-0.25, b=0.5), -0.25, 0.5),
        (lambda t: init.trunc_normal_(t, a=5.0, b=6.0), 5.0, 6.0),
        (init.xavier_uniform_, -math.sqrt(6 / 300), math.sqrt(6 / 300)),
        (lambda t: init.kaiming_uniform_(t, a=math.sqrt(5)), -0.1, 0.1),
    ):
        values = function(autograd.empty(200, 100, dtype=autograd.float64)).numpy()
        assert low <= values.min() < low + 0.01 * (high - low)
        if low < 1:
            assert high - 0.01 * (high - low) < values.max() <= high


@pytest.mark.parametrize("name", ["zeros_", "ones_", "constant_", "eye_"])
@pytest.mark.parametrize("shape", [(3, 3), (2, 5), (5, 2)], ids=str)
def test_constant_values_are_those_of_torch(name, shape):
    options = [7.5] if name == "constant_" else []
    ours, theirs = autograd.empty(*shape), torch.empty(*shape)
    same(getattr(init, name)(ours, *options), getattr(torch_nn.init, name)(theirs, *options))


@pytest.mark.parametrize("shape", [(4, 7), (7, 4), (5, 5), (3, 2, 2), (2, 3, 4)], ids=str)
def test_orthogonal_rows_or_columns_are_orthonormal(shape):
    w = init.orthogonal_(autograd.empty(*shape, dtype=autograd.float64), gain=2.0).numpy().reshape(shape[0], -1)
    w = w if w.shape[0] <= w.shape[1] else w.T
    np.testing.assert_allclose(w @ w.T, 4 * np.eye(len(w)), atol=1e-12)


def test_no_orthogonal_matrix_is_likelier_than_another():
    """Those of a QR decomposition, as it comes, have corners of one sign only."""
    torch.manual_seed(0)
    autograd.manual_seed(0)
    ours = autograd.stack([init.orthogonal_(autograd.empty(3, 3)) for _ in range(1000)])
    theirs = torch.stack([torch_nn.init.orthogonal_(torch.empty(3, 3)) for _ in range(1000)])
    for i in range(3):
        alike(ours[:, i, i], theirs[:, i, i])


@pytest.mark.parametrize(
    "args",
    [("linear",), ("conv2d",), ("sigmoid",), ("tanh",), ("relu",), ("selu",), ("leaky_relu",), ("leaky_relu", 0.3),
     ("leaky_relu", 2)],
)  # fmt: skip
def test_gains_are_those_of_torch(args):
    assert init.calculate_gain(*args) == pytest.approx(torch_nn.init.calculate_gain(*args))


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.integers(1, 40), min_size=2, max_size=5),
    st.sampled_from(["fan_in", "fan_out"]),
    st.sampled_from(["relu", "tanh", "leaky_relu", "linear"]),
    st.floats(0, 3),
)
def test_the_spread_follows_the_shape_as_in_torch(shape, mode, nonlinearity, a):
    fans = torch_nn.init._calculate_fan_in_and_fan_out(torch.empty(*shape, device="meta"))
    assert init._fans(autograd.empty(*shape)) == fans
    std = torch_nn.init.calculate_gain(nonlinearity, a) / math.sqrt(fans[mode == "fan_out"])
    assert init._kaiming_std(autograd.empty(*shape), a, mode, nonlinearity) == pytest.approx(std)


@pytest.mark.parametrize(
    ("shape", "groups"), [((3, 2, 3), 1), ((4, 4, 3, 4), 1), ((6, 2, 3, 3), 3), ((4, 5, 2, 3, 2), 2)], ids=str
)
def test_kernels_that_hand_on_their_channels_are_those_of_torch(shape, groups):
    ours = init.dirac_(autograd.empty(*shape), groups)
    assert ours.tolist() == torch_nn.init.dirac_(torch.empty(*shape), groups).tolist()


@pytest.mark.parametrize("sparsity", [0.0, 0.1, 0.55, 1.0])
def test_sparse_columns_have_as_many_zeros_as_in_torch(sparsity):
    ours = init.sparse_(autograd.empty(200, 30), sparsity, 0.5)
    theirs = torch_nn.init.sparse_(torch.empty(200, 30), sparsity, 0.5)
    assert ((ours == 0).sum(0) == 0).tolist() == ((theirs == 0).sum(0) == 0).tolist()
    assert (ours == 0).sum(0).tolist() == (theirs == 0).sum(0).tolist()
    if sparsity < 1:
        assert ours.numpy()[ours.numpy() != 0].std() == pytest.approx(0.5, rel=0.1)


@pytest.mark.parametrize("name", sorted(n for n in vars(torch_nn.init) if hasattr(torch_nn.init, f"{n}_")))
def test_the_old_names_work_and_warn_as_in_torch(name):
    arguments = {"constant": (3.0,), "sparse": (0.5,)}.get(name, ())
    shape = (3, 3, 3) if name == "dirac" else (3, 3)
    for m, functions in ((autograd, init), (torch, torch_nn.init)):
        tensor = m.empty(*shape)
        with pytest.warns(FutureWarning, match=f"`nn.init.{name}` is now deprecated in favor of `nn.init.{name}_`"):
            assert getattr(functions, name)(tensor, *arguments) is tensor


# -- layers -----------------------------------------------------------------------------------------------------------

LAYERS = {
    "Linear": (100, 80),
    "Embedding": (200, 40),
    "Conv2d": (16, 64, 3),
    "Conv2d of groups": (16, 64, (5, 3), 1, 0, 1, 4),
    "MultiheadAttention": (32, 4),
}


@pytest.mark.parametrize("name", LAYERS)
def test_layers_start_as_those_of_torch(name):
    torch.manual_seed(0)
    autograd.manual_seed(0)
    layers = [[getattr(m, name.split()[0])(*LAYERS[name]) for _ in range(20)] for m in (nn, torch_nn)]
    for key, value in layers[0][0].state_dict().items():
        parts = [[layer.state_dict()[key] for layer in made] for made in layers]
        ours, theirs = autograd.stack(parts[0]), torch.stack(parts[1])
        alike(ours, theirs)
        assert value.dtype == autograd.float32
        if name != "Embedding":
            assert abs(ours.numpy()).max() == pytest.approx(abs(theirs.numpy()).max(), rel=0.02)


# -- wherever a tensor is ---------------------------------------------------------------------------------------------


def test_parameters_are_filled_in_place_and_stay_leaves():
    weight = nn.Linear(3, 4).weight
    before = weight.numpy(force=True)
    assert init.kaiming_normal_(weight) is weight
    assert weight.is_leaf
    assert weight.requires_grad
    assert np.shares_memory(before, weight.numpy(force=True))


@pytest.mark.parametrize("dtype", [autograd.bfloat16, autograd.float16, autograd.float32, autograd.float64])
def test_the_dtype_stays(dtype):
    for name in RANDOM:
        assert getattr(init, name.split()[0])(autograd.empty(3, 4, dtype=dtype)).dtype == dtype


# -- wrong uses -------------------------------------------------------------------------------------------------------

WRONG = {
    "fans of a vector": lambda m, init: init.xavier_uniform_(m.empty(3)),
    "fans of a number": lambda m, init: init.kaiming_normal_(m.ones(())),
    "an unknown mode": lambda m, init: init.kaiming_uniform_(m.empty(3, 3), mode="fan"),
    "an unknown nonlinearity": lambda m, init: init.kaiming_uniform_(m.empty(3, 3), nonlinearity="gelu2"),
    "a slope that is no number": lambda m, init: init.calculate_gain("leaky_relu", "steep"),
    "a vector as identity": lambda m, init: init.eye_(m.empty(3)),
    "a vector as kernels": lambda m, init: init.dirac_(m.empty(3)),
    "kernels that do not divide": lambda m, init: init.dirac_(m.empty(3, 2, 2), 2),
    "a sparse vector": lambda m, init: init.sparse_(m.empty(3), 0.5),
    "an orthogonal vector": lambda m, init: init.orthogonal_(m.empty(3)),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_wrong_uses_raise_the_exception_of_torch(wrong):
    with pytest.raises(ValueError) as theirs:  # noqa: PT011
        WRONG[wrong](torch, torch_nn.init)
    with pytest.raises(ValueError) as ours:  # noqa: PT011
        WRONG[wrong](autograd, init)
    assert str(ours.value).startswith(str(theirs.value)[:25])


def test_an_empty_range_is_refused_and_changes_nothing():
    tensor = autograd.zeros(3)
    for options in ({"a": 2.0, "b": 1.0}, {"a": 1.0, "b": 1.0}, {"std": 0.0}, {"std": math.nan}):
        with pytest.raises(ValueError, match="expected a < b and std > 0"):
            init.trunc_normal_(tensor, **options)
    assert tensor.tolist() == [0, 0, 0]


def test_an_empty_tensor_warns_as_in_torch():
    for m, functions in ((autograd, init), (torch, torch_nn.init)):
        with pytest.warns(UserWarning, match="Initializing zero-element tensors is a no-op"):
            functions.kaiming_uniform_(m.empty(0, 3))
    assert init.orthogonal_(autograd.empty(0, 3)).shape == (0, 3)
