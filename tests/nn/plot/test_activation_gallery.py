"""The gallery of activation functions: right at their kinks, and of any function that treats each number alike."""

import numpy as np
import pytest
from matplotlib.colors import to_hex

import autograd
import nn
from nn import plot
from nn.plot.style import BLUE, RED
from tests.drawn import check, words


def panel(picture, i=0):
    """The lines of a panel by their colours, and its axes."""
    ax = picture.source.axes[i]
    lines = [line for line in ax.lines if to_hex(line.get_color()) in (BLUE, RED)]
    value, slope, jumps = lines
    return value.get_xydata(), slope.get_xydata(), jumps.get_xydata(), ax


def test_by_default_a_dozen_stand_on_one_scale():
    picture = plot.activations()
    names = [ax.get_title("left") for ax in picture.source.axes]
    assert len(names) == 12
    assert {"relu", "leaky_relu", "elu", "gelu", "silu", "sigmoid", "tanh", "softplus", "hardswish"} <= set(names)
    assert len({(ax.get_xlim(), ax.get_ylim()) for ax in picture.source.axes}) == 1
    assert {"the function", "its derivative"} <= set(words(picture.source))


@pytest.mark.parametrize(
    ("function", "value", "slope"),
    [
        (nn.functional.sigmoid, lambda x: 1 / (1 + np.exp(-x)), lambda x: np.exp(-x) / (1 + np.exp(-x)) ** 2),
        (autograd.tanh, np.tanh, lambda x: 1 - np.tanh(x) ** 2),
        (lambda x: (7 * x).sin(), lambda x: np.sin(7 * x), lambda x: 7 * np.cos(7 * x)),
        (lambda x: 0 * x + 3, lambda x: 0 * x + 3, lambda x: 0 * x),
    ],
)
def test_a_smooth_function_and_its_derivative_are_unbroken_lines(function, value, slope):
    values, slopes, jumps, _ = panel(plot.activations([function]))
    np.testing.assert_allclose(values[:, 1], value(values[:, 0]), atol=1e-12)
    np.testing.assert_allclose(slopes[:, 1], slope(slopes[:, 0]), atol=1e-12)
    assert not len(jumps)


@pytest.mark.parametrize(
    ("function", "jumps"),
    [
        (nn.ReLU(), [[0, 0]]),
        (nn.LeakyReLU(0.2), [[0, 0.2]]),
        (nn.Hardtanh(), [[-1, 0], [1, 0]]),
        (lambda x: (x - 1.23456).relu(), [[1.23456, 0]]),
        (autograd.sign, [[0, 0]]),
        (nn.Hardshrink(0.5), [[-0.5, 0], [0.5, 0]]),
    ],
)
def test_a_jump_is_a_gap_with_a_dot_at_the_value_that_the_engine_gives(function, jumps):
    values, slopes, dots, _ = panel(plot.activations([function]))
    np.testing.assert_allclose(dots, jumps, atol=1e-6)
    gaps = np.flatnonzero(np.isnan(slopes[:, 0]))
    assert gaps.tolist() == np.flatnonzero(np.isnan(values[:, 0])).tolist()
    for gap, (x, _) in zip(gaps, jumps, strict=True):
        np.testing.assert_allclose(slopes[[gap - 1, gap + 1], 0], x, atol=1e-5)
    steps = np.abs(np.diff(np.stack([values[:, 1], slopes[:, 1]]), axis=1))
    assert np.nanmax(steps) < 0.02


def test_saturated_parts_are_grey_but_not_where_the_derivative_passes_through_zero():
    *_, ax = panel(plot.activations([nn.ReLU()]))
    (span,) = ax.patches
    assert (span.get_x(), span.get_width()) == pytest.approx((-4, 4), abs=1e-6)
    *_, ax = panel(plot.activations([lambda x: x * x]))
    assert not ax.patches


@pytest.mark.parametrize("count", [1, 2, 5, 6, 13])
def test_any_number_of_functions_is_drawn_with_any_names(count, tmp_path):
    names = ["$x_$" + "é" * 60, *(f"f{i}" for i in range(1, count))]
    picture = plot.activations({name: lambda x: x.log() for name in names}, tmp_path / "activations.png")
    check(picture)
    assert [ax.get_title("left") for ax in picture.source.axes if ax.axison][1:] == names[1:]


def test_where_a_function_is_not_finite_nothing_is_drawn(tmp_path):
    values, slopes, *_ = panel(plot.activations([autograd.log, lambda x: x * np.nan], tmp_path / "log.png"))
    assert np.isnan(slopes[values[:, 0] < 0, 1]).all()
    check(plot.activations([lambda x: x * np.nan], tmp_path / "nan.png"))


def test_two_of_a_kind_have_two_names_and_a_model_keeps_its_mode():
    steep, flat = nn.LeakyReLU(0.5), nn.LeakyReLU(0.1)
    picture = plot.activations([steep, flat, nn.PReLU()])
    assert [ax.get_title("left") for ax in picture.source.axes] == ["LeakyReLU", "LeakyReLU (2)", "PReLU"]
    assert steep.training
    module = nn.PReLU()
    plot.activations([module])
    assert module.weight.grad is None


def test_what_is_no_activation_function_is_refused():
    with pytest.raises(ValueError, match="'softmax' does not"):
        plot.activations({"softmax": lambda x: x.softmax(0)})
    with pytest.raises(ValueError, match=r"they are given, \(801,\), 'total' returned the shape \(\)"):
        plot.activations({"total": lambda x: x.sum()})
    with pytest.raises(ValueError, match="'three' returned int"):
        plot.activations({"three": lambda x: 3})
    with pytest.raises(ValueError, match="at least one activation function"):
        plot.activations([])
    with pytest.raises(ValueError, match=r"limits \(low, high\) with low < high, given \(1, 1\)"):
        plot.activations(limits=(1, 1))
