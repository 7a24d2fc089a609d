"""What is drawn of a Recorder: every layer's numbers over time, and the flow of the gradient."""

import numpy as np
import pytest

import autograd
import nn
from nn import plot
from nn.histogram import histogram
from nn.plot.recorded import _density
from nn.train import Recorder
from tests.drawn import check, words, written

from .records import recorded

LONG = "a_very_long_name_of_a_layer_that_goes_on_for_sixty_letters_ab"


@pytest.fixture
def drawn(monkeypatch):
    return written(monkeypatch)


def poison(name, since, value=float("nan")):
    def change(model, step):
        if step >= since:
            with autograd.no_grad():
                model.get_parameter(name).grad.fill_(value)

    return change


class Odd(nn.Module):
    """Names that are long or look like formulas, a layer that is not used, and one that is frozen."""

    def __init__(self):
        super().__init__()
        self.add_module(LONG, nn.Linear(5, 4))
        self.add_module("größe $x_1$ <b>", nn.Linear(4, 3))
        self.unused, self.frozen, self.norm = nn.Linear(3, 3), nn.Linear(3, 2).requires_grad_(False), nn.LayerNorm(4)

    def forward(self, x):
        first, second, *_ = self.children()
        return self.frozen(second(self.norm(first(x))))


@pytest.mark.parametrize("draw", [plot.histograms, plot.gradient_flow])
@pytest.mark.parametrize("model", [nn.Linear(3, 2), nn.MLP(3, [4, 4, 1]), nn.MLP(3, [4] * 40 + [1]), Odd()],
                         ids=["one layer", "three", "forty", "odd"])  # fmt: skip
@pytest.mark.parametrize("steps", [1, 5])
def test_layers_of_any_number_and_name_are_drawn(draw, model, steps, drawn, tmp_path):
    check(draw(recorded(model, steps, features=5 if isinstance(model, Odd) else None), tmp_path / "picture.png"))
    assert max(map(len, words(drawn[-1]))) < 90


def test_a_strip_holds_the_distribution_of_each_step(drawn, tmp_path):
    record = recorded(nn.MLP(3, [4, 2]), 5)
    plot.histograms(record, tmp_path / "strips.png")
    axes = [ax for ax in drawn[-1].axes if ax.images]
    assert len(axes) == 2 + 2 + 3
    for ax in axes:
        depth = ax.images[0].get_array()
        assert depth.shape == (72, 5)
        assert np.allclose(depth.max(0), 1)
    assert {"0", "Linear", "ReLU", "weights", "gradients", "activations", "no parameters", "step 1", "5"} <= set(
        words(drawn[-1])
    )


@pytest.mark.parametrize("values", [np.linspace(-1, 1, 500), np.zeros(9), np.append(np.zeros(900), np.arange(100))])
def test_no_number_is_lost_between_a_histogram_and_its_strip(values):
    share = _density(histogram(values), np.linspace(-5, 120, 73)) ** 2
    assert share.max() == 1
    at = np.flatnonzero(share)
    edges = np.linspace(-5, 120, 73)
    assert edges[at[0]] <= values.min() + 2
    assert (share / share.sum())[at[0] : at[0] + 2].sum() >= np.mean(values <= edges[at[0] + 1]) - 0.02


def test_a_few_far_numbers_do_not_flatten_a_strip(drawn, tmp_path):
    plot.histograms(
        recorded(nn.Linear(3, 2), 9, change=poison("weight", 9, 1e6)), tmp_path / "far.png", kinds=["gradients"]
    )
    tops = [float(text) for text in words(drawn[-1]) if text.replace(".", "").isdigit() and text != "9"]
    assert max(tops) < 100


@pytest.mark.parametrize(("value", "word"), [(float("nan"), "NaN"), (float("inf"), "infinite")])
def test_what_is_not_finite_is_red_and_told_with_its_step(value, word, drawn, tmp_path):
    record = recorded(nn.MLP(3, [4, 1]), 6, change=poison("2.weight", 4, value))
    check(plot.histograms(record, tmp_path / "strips.png"))
    assert any(text.startswith(f"{word} in the weights of 2 from step 4") for text in words(drawn[-1]))
    spans = [len(ax.patches) for ax in drawn[-1].axes]
    assert max(spans) == 3
    check(plot.gradient_flow(record, tmp_path / "flow.png"))
    assert {word, "NaN"} & set(words(drawn[-1]))
    assert any("not finite in " in text for text in words(drawn[-1]))
    check(plot.gradient_flow(record, tmp_path / "before.png", step=3))
    assert any(text.startswith("at step 3: ") for text in words(drawn[-1]))


def test_layers_that_are_not_called_or_get_no_gradient_are_named(drawn, tmp_path):
    record = recorded(Odd(), 3, features=5)
    plot.histograms(record, tmp_path / "strips.png")
    assert words(drawn[-1]).count("no gradient") == 2
    assert words(drawn[-1]).count("not called") == 1
    plot.gradient_flow(record, tmp_path / "flow.png")
    assert "at step 3: no gradient reaches unused, frozen" in words(drawn[-1])
    assert words(drawn[-1]).count("no gradient") == 2


def test_a_layer_whose_gradient_is_all_zero_is_named(drawn, tmp_path):
    plot.gradient_flow(recorded(nn.MLP(3, [4, 1]), change=poison("0.weight", 1, 0.0)), tmp_path / "flow.png")
    assert {"all 0", "at step 4: no gradient reaches 0"} <= set(words(drawn[-1]))


def test_the_marks_of_the_flow_stand_at_the_gradient_its_ratio_and_the_update(drawn, tmp_path):
    record = recorded(nn.MLP(3, [4, 1]), 3)
    plot.gradient_flow(record, tmp_path / "flow.png", step=2)
    lines = {line.get_label(): line for line in drawn[-1].axes[0].lines}
    for name, i in (("0.weight", 0), ("2.weight", 1)):
        w, g, update = record.weights[name][1], record.gradients[name][1], record.updates[name][1]
        places = [line.get_xdata()[i] for line in lines.values()]
        np.testing.assert_allclose(places, [g.magnitude, g.norm / w.norm, update])
        assert lines["mean |g|"].get_ydata()[i] == i
    over_time = drawn[-1].axes[1].images[0].get_array()
    np.testing.assert_allclose(10 ** over_time[1, 2], record.gradients["2.weight"][2].magnitude)


@pytest.mark.parametrize(("gain", "word"), [(0.01, "vanishes"), (100.0, "explodes"), (1.0, "in the last layer")])
def test_a_gradient_that_vanishes_or_explodes_is_told(gain, word, drawn, tmp_path):
    model = nn.MLP(6, [6, 6, 6, 6])
    for i, p in enumerate(reversed(list(model.parameters()))):
        p.grad = autograd.full(p.shape, gain**i)
    check(plot.gradient_flow(model, tmp_path / "flow.png"))
    note = next(text for text in words(drawn[-1]) if "in the last layer" in text)
    assert word in note
    assert ("vanishes" in note, "explodes" in note) == (gain < 1, gain > 1)


def test_a_model_is_drawn_as_it_is_and_left_so(drawn, tmp_path):
    model = nn.MLP(3, [4, 1])
    model(autograd.ones(2, 3)).sum().backward()
    check(plot.gradient_flow(model, tmp_path / "flow.png"))
    assert len(drawn[-1].axes) == 1
    assert [line.get_label() for line in drawn[-1].axes[0].lines] == ["mean |g|", "‖g‖ / ‖w‖"]
    assert not any(module._forward_hooks for module in model.modules())


def test_layers_and_kinds_are_chosen(drawn, tmp_path):
    record = recorded(nn.Sequential(nn.Linear(3, 4), nn.LayerNorm(4), nn.LSTM(4, 2), nn.Flatten()) [:2])
    plot.histograms(record, tmp_path / "strips.png", layers=["1"], kinds=["weights", "activations"])
    assert {"1.weight", "1.bias", "LayerNorm"} <= set(words(drawn[-1]))
    assert "gradients" not in words(drawn[-1])
    plot.histograms(record, tmp_path / "strips.png", kinds=["activations"])
    assert sum(bool(ax.images) for ax in drawn[-1].axes) == 2


def test_what_was_not_recorded_is_refused(tmp_path):
    record = recorded(nn.MLP(3, [4, 1]))
    with pytest.raises(ValueError, match="'9' was not recorded, only '0', '1', '2'"):
        plot.histograms(record, tmp_path / "a.png", layers=["9"])
    with pytest.raises(ValueError, match="expected kinds among weights, gradients, activations, given 'biases'"):
        plot.histograms(record, tmp_path / "a.png", kinds=["biases"])
    with pytest.raises(ValueError, match=r"expected kinds among .*, given 'none'"):
        plot.histograms(record, tmp_path / "a.png", kinds=[])
    with pytest.raises(ValueError, match="the layers recorded have no weights and no gradients"):
        plot.histograms(record, tmp_path / "a.png", layers=["1"], kinds=["weights", "gradients"])
    with pytest.raises(ValueError, match="nothing was recorded: give the recorder to the Trainer"):
        plot.histograms(Recorder(), tmp_path / "a.png")
    with pytest.raises(ValueError, match=r"no parameter has a gradient: call loss\.backward\(\) before"):
        plot.gradient_flow(nn.MLP(3, [4, 1]), tmp_path / "a.png")
    assert not list(tmp_path.iterdir())
