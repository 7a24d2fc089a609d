"""The spread of activations and gradients by layer: what an initialization does before anything is learned."""

import numpy as np
import pytest
import torch

import autograd
import nn
from nn import init, plot
from tests.drawn import check, words

X = np.random.default_rng(0).normal(size=(50, 8)).astype("f4")


def network(initialize=None, activation=nn.ReLU, depth=3):
    model = nn.MLP(8, [16] * depth + [4], activation=activation)
    for layer in model.modules():
        if isinstance(layer, nn.Linear) and initialize:
            initialize(layer.weight)
            init.zeros_(layer.bias)
    return model


def spreads(picture, which):
    """The lines of a panel: activations are the first, gradients the second."""
    return [line.get_ydata() for line in picture.source.axes[which].lines if line.get_marker() == "o"]


def test_the_spreads_are_those_that_torch_measures_after_each_activation():
    model = network(activation=nn.Tanh)
    y = np.arange(50) % 4
    picture = plot.initialization({"default": model}, X, y=y, loss=nn.CrossEntropyLoss())
    outputs, out = [], torch.tensor(X)
    layers = [layer for layer in model.modules() if isinstance(layer, nn.Linear)]
    for i, layer in enumerate(layers):
        weight, bias = (torch.tensor(p.numpy(force=True), requires_grad=True) for p in (layer.weight, layer.bias))
        out = torch.nn.functional.linear(out, weight, bias)
        out = out.tanh() if i < 3 else out
        outputs.append(out)
    gradients = torch.autograd.grad(torch.nn.functional.cross_entropy(out, torch.tensor(y)), outputs)
    for which, tensors in enumerate((outputs, gradients)):
        expected = [tensor.detach().numpy().std() for tensor in tensors]
        np.testing.assert_allclose(spreads(picture, which)[0], expected, rtol=1e-4)


def test_small_weights_make_signals_vanish_and_large_ones_explode(tmp_path):
    models = {"small": network(lambda w: init.normal_(w, std=0.01)), "large": network(lambda w: init.normal_(w, std=2))}
    picture = plot.initialization(models, X, tmp_path / "init.png")
    check(picture)
    small, large = spreads(picture, 0)
    assert (np.diff(small) < 0).all()
    assert (np.diff(large) > 0).all()
    assert {"From layer to layer", "activations", "gradients", "layer"} <= set(words(picture.source))
    assert sum(text == "small" for text in words(picture.source)) == 3  # beside both lines and above the histograms


def test_the_histograms_are_of_the_activations(tmp_path):
    picture = plot.initialization({"default": network(depth=1)}, X, seed=3)
    first = picture.source.axes[2]
    assert first.get_xlabel().startswith("1: ±")
    counts = first.patches[0].get_data().values
    assert counts.argmax() == 15  # the zeros of the ReLU
    assert not counts[:15].any()


def test_nothing_changes_neither_models_nor_random_numbers():
    model = nn.Sequential(nn.Linear(8, 4), nn.BatchNorm1d(4), nn.Dropout(), nn.Linear(4, 2))
    state = {name: tensor.numpy().tobytes() for name, tensor in model.state_dict().items()}
    random = autograd.get_rng_state().numpy().copy()
    first, second = (plot.initialization({"a": model}, X, seed=5) for _ in range(2))
    assert {name: tensor.numpy().tobytes() for name, tensor in model.state_dict().items()} == state
    assert np.array_equal(autograd.get_rng_state().numpy(), random)
    assert all(p.grad is None for p in model.parameters())
    assert not any(module._forward_hooks for module in model.modules())
    for which in (0, 1):
        np.testing.assert_array_equal(spreads(first, which)[0], spreads(second, which)[0])


@pytest.mark.parametrize(
    ("value", "fate"),
    [(0.0, "0 in layer 1"), (np.nan, "NaN in layer 1"), (np.inf, "infinite in layer 1"), (1e30, "infinite in layer 2")],
)
def test_signals_that_die_or_are_not_finite_are_told(value, fate, tmp_path):
    models = {"odd": network(lambda w: init.constant_(w, value)), "usual": network()}
    picture = plot.initialization(models, np.abs(X), tmp_path / "init.png")
    check(picture)
    assert any(text.startswith("odd: ") and text.endswith(fate) for text in words(picture.source))


@pytest.mark.parametrize("depth", [0, 1, 30])
@pytest.mark.parametrize("count", [1, 14])
def test_any_depth_and_number_of_models_is_drawn(depth, count, tmp_path):
    models = {f"$std_{i}$ é " + "x" * 60: network(depth=depth) for i in range(count)}
    picture = plot.initialization(models, X[:1], tmp_path / "init.png")
    check(picture, most=3000)


def test_convolutions_are_layers_and_what_the_loss_does_not_reach_has_no_gradient(tmp_path):
    autograd.manual_seed(0)
    model = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(36, 2))
    picture = plot.initialization({"a": model}, autograd.randn(3, 1, 8, 8), tmp_path / "init.png")
    assert len(spreads(picture, 0)[0]) == 2


def test_what_cannot_be_drawn_is_refused():
    with pytest.raises(ValueError, match="at least one model"):
        plot.initialization({}, X)
    with pytest.raises(ValueError, match=r"weights \(out, in\) or more dimensions, 'a' has none"):
        plot.initialization({"a": nn.ReLU()}, X)
    with pytest.raises(ValueError, match="both y and loss, or neither, given only loss"):
        plot.initialization({"a": network()}, X, loss=nn.MSELoss())
    with pytest.raises(ValueError, match="both y and loss, or neither, given only y"):
        plot.initialization({"a": network()}, X, y=X)
