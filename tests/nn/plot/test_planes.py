"""Pictures of what a model says about the plane, and of what a search found."""

import numpy as np
import pytest
from matplotlib.colors import to_hex

import autograd
import nn
from nn import plot
from nn.plot.style import BLUE, RED
from tests.drawn import check, words, written


@pytest.fixture
def drawn(monkeypatch):
    return written(monkeypatch)


class Score(nn.Module):
    """One function of x as a model; notes the mode in which it is called."""

    def __init__(self, function):
        super().__init__()
        self.function, self.modes = function, set()

    def forward(self, x):
        self.modes.add(self.training)
        return self.function(x)


POINTS = np.random.default_rng(0).normal(size=(40, 2)).astype(np.float32)
LABELS = (POINTS[:, 0] > 0).astype(int)


@pytest.mark.parametrize(
    ("function", "labels", "lines"),
    [
        (lambda x: 3 * x[:, :1], LABELS, 3),
        (lambda x: 3 * x[:, 0], 2 * LABELS - 1, 3),
        (lambda x: (3 * x[:, :1]).sigmoid(), LABELS[:, None].astype(float), 1),
        (lambda x: x[:, :1] * 0 + 9, LABELS, 0),
        (lambda x: x[:, :1] * float("nan"), LABELS, 0),
        (lambda x: autograd.cat([-x, x], 1), LABELS, 4),
        (lambda x: x @ autograd.eye(2, 30), np.arange(40) % 30, 2),
    ],
    ids=["logit", "margin", "probability", "constant", "NaN", "four classes", "thirty classes"],
)
def test_the_plane_is_drawn_for_any_kind_of_score(function, labels, lines, drawn, tmp_path):
    model = Score(function)
    check(plot.decision_boundary(model, autograd.tensor(POINTS), labels, tmp_path / "boundary.png"))
    ax = drawn[-1].axes[0]
    contours = [c for c in ax.collections if hasattr(c, "levels")]
    assert len(contours) == lines
    assert model.modes == {False}
    assert model.training


def test_the_boundary_lies_where_the_score_is_zero_and_the_samples_have_their_colours(drawn, tmp_path):
    model = Score(lambda x: 2 * x[:, :1] - 1)
    plot.decision_boundary(model, POINTS, LABELS, tmp_path / "boundary.png", classes=["left", "right"])
    ax = drawn[-1].axes[0]
    boundary = next(c for c in ax.collections if hasattr(c, "levels") and c.levels[0] == 0)
    np.testing.assert_allclose(boundary.get_paths()[0].vertices[:, 0], 0.5, atol=1e-6)
    left, right = [c for c in ax.collections if not hasattr(c, "levels")]
    assert np.array_equal(left.get_offsets(), POINTS[LABELS == 0])
    assert (to_hex(left.get_facecolor()[0]), to_hex(right.get_facecolor()[0])) == (RED, BLUE)
    assert {"left", "right"} <= set(words(drawn[-1]))


@pytest.mark.parametrize("scale", [(1000, 0.01), (0, 1), (0, 0)])
def test_inputs_of_any_scale_fill_the_plane(scale, tmp_path):
    check(plot.decision_boundary(Score(lambda x: x[:, :1]), POINTS * np.float32(scale), LABELS, tmp_path / "plane.png"))


def test_inputs_that_are_not_in_the_plane_are_refused(tmp_path):
    with pytest.raises(ValueError, match=r"expected inputs \(N, 2\) and N classes, given \(3, 4\) and 3"):
        plot.decision_boundary(nn.Linear(4, 1), np.zeros((3, 4)), [0, 1, 0], tmp_path / "boundary.png")


@pytest.mark.parametrize(("mode", "best"), [("min", "best 0.1, with lr 0.01 and hidden 8"),
                                            ("max", "best 0.9, with lr 0.1 and hidden 16")])  # fmt: skip
def test_the_best_of_a_search_is_told_and_framed(mode, best, drawn, tmp_path):
    values, names = [[0.5, 0.6], [0.1, np.nan], [np.inf, 0.9]], ("lr", "hidden", "loss")
    check(plot.heat_map([0.001, 0.01, 0.1], [8, 16], values, tmp_path / "heat.png", names, mode=mode))
    assert {best, "0.5", "–", "∞", "lr", "hidden", "Loss"} <= set(words(drawn[-1]))
    colours, (frame,) = drawn[-1].axes[0].images[0].get_array(), drawn[-1].axes[0].patches
    row, column = np.argwhere(colours == 1)[0]
    assert frame.get_xy() == (column - 0.5, row - 0.5)


@pytest.mark.parametrize("best", [(1, 8), (1, 16), (2, 16), (2, 8), None])
def test_of_several_that_are_best_the_one_asked_for_is_framed(best, drawn, tmp_path):
    for values in ([[0.9, 0.9], [0.1, 0.9]], [0.9, 0.9, 0.1, 0.9]):
        grid = ([1, 2], [8, 16]) if len(values) == 2 else ([1, 1, 2, 2], [8, 16, 8, 16])
        plot.heat_map(*grid, values, tmp_path / "heat.png", ("depth", "width", "accuracy"), mode="max", best=best)
        depth, width = (1, 8) if best in ((2, 8), None) else best
        assert f"best 0.9, with depth {depth} and width {width}" in words(drawn[-1])


def test_trials_on_a_grid_become_a_table_with_the_best_of_each_pair(drawn, tmp_path):
    plot.heat_map(["b", "a", "a", "b", "b"], [1, 2, 1, 2, 1], [5, 4, 3, 2, 1], tmp_path / "heat.png")
    cells = {text.get_position(): text.get_text() for text in drawn[-1].axes[0].texts}
    assert {(0, 0): "3", (1, 0): "4", (0, 1): "1", (1, 1): "2"}.items() <= cells.items()


def test_trials_on_no_grid_become_points(drawn, tmp_path):
    rng = np.random.default_rng(0)
    rates, sizes, values = 10 ** rng.uniform(-5, 0, 30), rng.permutation(200)[:30] + 1, rng.random(30)
    values[3] = np.nan
    check(plot.heat_map(rates.tolist(), sizes.tolist(), values, tmp_path / "heat.png", ("lr", "hidden", "loss")))
    ax = drawn[-1].axes[0]
    assert (ax.get_yscale(), ax.get_xscale()) == ("log", "log")
    assert any(text.startswith(f"best {values[np.isfinite(values)].min():.4g}") for text in words(drawn[-1]))


@pytest.mark.parametrize("shape", [(1, 1), (40, 60)])
def test_a_search_of_any_size_is_drawn(shape, tmp_path):
    values = np.random.default_rng(0).random(shape)
    check(plot.heat_map(*(np.linspace(0, 1, n) for n in shape), values, tmp_path / "heat.png"))
    check(plot.heat_map(*(np.linspace(0, 1, n) for n in shape), values * np.nan, tmp_path / "none.png"))


def test_values_that_do_not_fit_the_settings_are_refused(tmp_path):
    with pytest.raises(ValueError, match=r"expected values \(2, 3\), one for each pair of settings, .* given \(3, 2\)"):
        plot.heat_map([1, 2], [1, 2, 3], np.zeros((3, 2)), tmp_path / "heat.png")
