"""Sheets of images, filters, what they see, and units of a first layer that look blank."""

import numpy as np
import pytest
from matplotlib.colors import to_hex

import autograd
import nn
from nn import plot
from nn.data import TensorDataset
from nn.plot.style import RED
from tests.drawn import check, words, written

RNG = np.random.default_rng(0)


@pytest.fixture
def drawn(monkeypatch):
    return written(monkeypatch)


def shown(fig):
    return [ax for ax in fig.axes if ax.images]


def hooks(model):
    return [module for module in model.modules() if module._forward_hooks]


# A sheet of images.


@pytest.mark.parametrize("shape", [(6, 5), (1, 6, 5), (3, 6, 5), (6, 5, 3), (6, 5, 1), (25,), (30, 2), (2, 30)])
@pytest.mark.parametrize("make", [lambda s: RNG.random(s), lambda s: RNG.integers(0, 256, s, np.uint8),
                                  lambda s: RNG.normal(size=s).astype("f4"), lambda s: autograd.randn(*s),
                                  lambda s: TensorDataset(autograd.randn(*s), autograd.arange(s[0]))],
                         ids=["0 to 1", "bytes", "standardised", "tensor", "data set"])  # fmt: skip
def test_images_come_in_any_form(make, shape, drawn, tmp_path):
    check(plot.images(make((7, *shape)), tmp_path / "images.png"))
    assert len(shown(drawn[-1])) == 7
    size = {25: "5 × 5", 30: "30 × 2", 2: "2 × 30"}.get(shape[0], "6 × 5")
    assert any(text.startswith(f"7 images of {size}; values from ") for text in words(drawn[-1]))


@pytest.mark.parametrize("count", [1, 3, 41, 1000])
def test_a_sheet_of_any_number_says_how_many_there_are(count, drawn, tmp_path):
    check(plot.images(np.zeros((count, 4, 4)), tmp_path / "images.png"))
    assert len(shown(drawn[-1])) == min(count, 40)
    told = {1: "1 image of", 3: "3 images of"}.get(count, f"the first 40 of {count:,}")
    assert any(text.startswith(told) for text in words(drawn[-1]))
    assert any(text.endswith("every value is 0") for text in words(drawn[-1]))


def test_an_image_that_was_taken_for_something_else_is_red(drawn, tmp_path):
    scores = np.eye(3)[[0, 2, 2]]
    for predictions in (scores, scores.argmax(1), autograd.tensor(scores)):
        plot.images(np.zeros((3, 4, 4)), tmp_path / "images.png", labels=[0, 1, 2], predictions=predictions)
        titles = [(ax.get_title(), to_hex(ax.title.get_color()) == RED) for ax in shown(drawn[-1])]
        assert titles == [("0", False), ("1 → 2", True), ("2", False)]
        assert any(text.endswith("; 1 misread") for text in words(drawn[-1]))


def test_labels_are_those_of_the_data_set_or_names(drawn, tmp_path):
    data = TensorDataset(autograd.randn(3, 1, 4, 4), autograd.tensor([2, 0, 1]))
    plot.images(data, tmp_path / "images.png", classes=["a", "$b$", "größe"])
    assert [ax.get_title() for ax in shown(drawn[-1])] == ["größe", "a", "$b$"]
    check(plot.images(np.zeros((3, 4, 4)), tmp_path / "images.png", labels=["x" * 300, "cat", "dog"]))
    assert [len(ax.get_title()) for ax in shown(drawn[-1])] == [13, 3, 3]


def test_pixels_that_are_not_finite_are_counted(drawn, tmp_path):
    x = np.zeros((2, 3, 3, 3))
    x[0, 0, 0, 0], x[1, 1, 1, 1] = np.nan, np.inf
    check(plot.images(x, tmp_path / "images.png"))
    assert "2 images of 3 × 3; every value is 0, 2 not finite" in words(drawn[-1])
    check(plot.images(x * np.nan, tmp_path / "none.png"))


def test_what_is_no_sheet_is_refused(tmp_path):
    with pytest.raises(ValueError, match="expected images, given none"):
        plot.images(np.zeros((0, 4, 4)), tmp_path / "images.png")
    with pytest.raises(ValueError, match="expected one of the labels for each of 2 images, given 3"):
        plot.images(np.zeros((2, 4, 4)), tmp_path / "images.png", labels=[1, 2, 3])
    with pytest.raises(ValueError, match=r"expected images of shape \(H, W\)"):
        plot.images(np.zeros((2, 4, 4, 4)), tmp_path / "images.png")
    assert not list(tmp_path.iterdir())


# Filters, and what they see.


@pytest.mark.parametrize(
    "layer", [nn.Conv2d(1, 1, 3), nn.Conv2d(1, 100, 5), nn.Conv2d(3, 9, 7), nn.Conv2d(40, 50, 3), nn.Conv1d(5, 7, 9),
              nn.Conv2d(4, 8, 3, groups=4), nn.Conv2d(6, 2, 1)])  # fmt: skip
def test_filters_of_any_convolution_are_drawn_and_numbered(layer, drawn, tmp_path):
    check(plot.filters(layer, tmp_path / "filters.png"))
    count, channels = layer.weight.shape[0], layer.weight.shape[1] if layer.weight.ndim == 4 else 1
    numbered = min(count, 64 if channels in (1, 3) else 16)
    assert {str(i) for i in range(numbered)} <= set(words(drawn[-1]))
    told = next(text for text in words(drawn[-1]) if f"{count} filters of {layer.weight.shape[1]} × " in text)
    assert (f"the first {numbered} shown" in told) == (numbered < count)


def test_a_filter_stands_at_its_number_red_below_zero_and_blue_above(drawn, tmp_path):
    layer = nn.Conv2d(1, 2, 2)
    with autograd.no_grad():
        layer.weight.copy_(autograd.arange(8).reshape(2, 1, 2, 2) - 4.0)
    plot.filters(layer, tmp_path / "filters.png")
    image = drawn[-1].axes[0].images[0].get_array()
    known = image[~np.isnan(image).all(1)][:, ~np.isnan(image).all(0)]
    np.testing.assert_array_equal(known[::12, ::12], [[-4, -3, 0, 1], [-2, -1, 2, 3]])
    one, two = (text for text in drawn[-1].axes[0].texts if text.get_text() in "01")
    assert one.get_position()[0] < two.get_position()[0]


def test_filters_and_maps_with_nothing_to_see_say_so(drawn, tmp_path):
    model = nn.Sequential(nn.Conv2d(1, 5, 3), nn.ReLU())
    with autograd.no_grad():
        for i, value in enumerate([0.0, 0.5, 0.0, 1.0, 1.0]):
            model[0].weight[i] = value
        model[0].weight[3, 0, 0, 0] = 2.0
        model[0].weight[4, 0, 0, 0] = float("nan")
        model[0].bias.copy_(autograd.tensor([-1.0, 0.0, 2.0, 0.0, 0.0]))
    check(plot.filters(model, tmp_path / "filters.png"))
    marks = [text for text in words(drawn[-1]) if text.startswith(("all", "NaN"))]
    assert marks == ["all 0", "all 0.5", "all 0", "NaN"]
    check(plot.feature_maps(model, np.eye(7)[None], tmp_path / "maps.png", layer="1"))
    assert {"dead", "all 2", "NaN", "Feature maps of layer 1", "input"} <= set(words(drawn[-1]))
    assert any("5 maps of 5 × 5; 1 dead" in text for text in words(drawn[-1]))


def test_a_map_is_dead_only_if_it_is_for_all_images(drawn, tmp_path):
    model = nn.Sequential(nn.Conv2d(1, 1, 1, bias=False), nn.ReLU())
    with autograd.no_grad():
        model[0].weight.fill_(-1.0)
    images = np.stack([np.eye(4), -np.eye(4)])[:, None]
    plot.feature_maps(model, images, tmp_path / "maps.png", layer="1")
    assert "dead" not in words(drawn[-1])
    plot.feature_maps(model, images[:1], tmp_path / "maps.png", layer="1")
    assert "dead" in words(drawn[-1])


@pytest.mark.parametrize("x", [autograd.randn(3, 9, 12), autograd.randn(2, 3, 9, 12), RNG.integers(0, 256, (3, 9, 12))])
def test_maps_are_those_of_the_layer_and_the_model_is_left_as_it_was(x, drawn, tmp_path):
    model = nn.Sequential(nn.Dropout(0.5), nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4))
    mean = model[2].running_mean.numpy().copy()
    check(plot.feature_maps(model, x, tmp_path / "maps.png"))
    first = autograd.as_tensor(x).float().reshape(-1, 3, 9, 12)[:1]
    with autograd.no_grad():
        expected = model[1](first)[0].numpy()
    image = drawn[-1].axes[0].images[0].get_array()
    known = image[~np.isnan(image).all(1)][:, ~np.isnan(image).all(0)]
    np.testing.assert_allclose(known[::3, ::3], np.hstack(expected), rtol=1e-4, atol=1e-5)
    assert model.training
    assert not hooks(model)
    assert np.array_equal(model[2].running_mean.numpy(), mean)


def test_an_input_of_many_channels_and_many_maps_are_drawn(drawn, tmp_path):
    check(plot.feature_maps(nn.Conv2d(7, 100, 3), autograd.randn(7, 30, 9), tmp_path / "maps.png"))
    assert any("100 maps of 28 × 7; the first 32 shown" in text for text in words(drawn[-1]))
    for shape in ((1, 4, 4), (1, 2, 8)):
        model = nn.Sequential(nn.Unflatten(1, shape), nn.Conv2d(1, 2, 1))
        check(plot.feature_maps(model, RNG.random((3, 16)), tmp_path / "rows.png"))
        assert any("2 maps of" in text for text in words(drawn[-1]))
    check(plot.feature_maps(nn.Sequential(nn.Unflatten(1, (1, 2, 5)), nn.Conv2d(1, 2, 1)), RNG.random((3, 10)),
                            tmp_path / "rows.png"))  # fmt: skip


def test_layers_without_filters_or_maps_are_refused(tmp_path):
    model = nn.Sequential(nn.Conv2d(1, 2, 3), nn.Flatten(), nn.Linear(8, 2), nn.ReLU())
    x = np.zeros((1, 4, 4))
    with pytest.raises(ValueError, match="'2' is no convolution of the model: expected one of '0'"):
        plot.filters(model, layer="2")
    with pytest.raises(ValueError, match="expected a convolution or a model with one, Linear has none"):
        plot.filters(nn.Linear(2, 2))
    with pytest.raises(ValueError, match=r"the layer '2' gives \(1, 2\), which is no map: expected \(N, C, H, W\)"):
        plot.feature_maps(model, x, layer="2")
    with pytest.raises(ValueError, match="the model has no layer '9', only 0, 1, 2, 3"):
        plot.feature_maps(model, x, layer="9")
    model.spare = nn.Identity()
    model.forward = lambda x: model[0](x)
    with pytest.raises(ValueError, match="the layer 'spare' is not called for this input"):
        plot.feature_maps(model, x, layer="spare")
    with pytest.raises(RuntimeError):
        plot.feature_maps(model, np.zeros((5, 4, 4)))
    assert not hooks(model)


# Units of a first layer that look blank.


def blank(units, inputs):
    model = nn.MLP(inputs, [units, 2])
    with autograd.no_grad():
        weight, bias = model[0].weight, model[0].bias
        bias.fill_(20.0)
        weight[0], weight[1] = 0.0, 0.25
        weight[2] *= 1e-3
        weight[3, 1] = float("inf")
        bias[4] = -100.0
    return model


@pytest.mark.parametrize(("units", "inputs"), [(8, 16), (12, 7)])
def test_a_unit_that_looks_blank_says_why(units, inputs, drawn, tmp_path):
    model = blank(units, inputs)
    check(plot.weights(model, tmp_path / "weights.png"))
    marks = [text for text in words(drawn[-1]) if text in ("all 0", "all 0.25", "≈ 0", "not finite", "off")]
    assert marks == ["all 0", "all 0.25", "≈ 0", "not finite"]
    assert any(text.endswith("; 2 constant; 1 ≈ 0; 1 not finite") for text in words(drawn[-1]))
    check(plot.weights(model, tmp_path / "weights.png", x=RNG.random((20, inputs))))
    assert "off" in words(drawn[-1])
    assert any("; 1 never on for the data given" in text for text in words(drawn[-1]))
    assert not hooks(model)


def test_kernels_that_are_off_are_marked(drawn, tmp_path):
    model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU())
    with autograd.no_grad():
        model[0].bias.copy_(autograd.tensor([9.0, -99.0, 9.0, -99.0]))
    check(plot.weights(model, tmp_path / "weights.png", x=RNG.random((2, 3, 8, 8))))
    assert words(drawn[-1]).count("off") == 2


@pytest.mark.parametrize("units", [5, 13, 41])
def test_an_empty_place_of_the_mosaic_is_no_tile(units, drawn, tmp_path):
    plot.weights(nn.MLP(16, [units, 2]), tmp_path / "weights.png")
    image = drawn[-1].axes[0].images[0].get_array()
    tiles = np.isfinite(image).sum() / 24**2
    assert tiles == units
