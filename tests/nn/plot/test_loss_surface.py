"""The loss on a plane through the weights, and the paths of optimizers on a plane."""

import numpy as np
import pytest

import autograd
import nn
from nn import plot
from nn.plot.loss_surface import contours
from nn.plot.style import figure
from nn.utils import parameters_to_vector
from tests.drawn import check, words

X, Y = np.random.default_rng(0).normal(size=(2, 20, 1)).astype("f4")


def quadratic(*weights):
    """A model whose loss is the sum of the squares of its weights."""
    model = Weights(weights)
    return model, lambda out, y: (out**2).sum()


class Weights(nn.Module):
    def __init__(self, weights):
        super().__init__()
        self.weight = nn.Parameter(autograd.tensor([weights]))

    def forward(self, x):
        return self.weight



@pytest.fixture
def heights(monkeypatch):
    """The planes that were drawn, as (across, down, values)."""
    planes = []
    draw = lambda ax, *plane: planes.append(plane) or contours(ax, *plane)
    monkeypatch.setattr("nn.plot.loss_surface.contours", draw)
    return planes


def test_the_plane_holds_the_loss_in_two_directions_as_long_as_the_weights(heights):
    model, loss = quadratic(3.0, 4.0)
    plot.loss_landscape(model, loss, X, Y, points=5, seed=1)
    across, down, values = heights[0]
    assert across.tolist() == down.tolist() == [-1, -0.5, 0, 0.5, 1]
    assert values[2, 2] == pytest.approx(25)
    one, other = values[2, 4] + values[2, 0], values[4, 2] + values[0, 2]  # |w + d|² + |w - d|² = 2 |w|² + 2 |d|²
    assert (one, other) == (pytest.approx(100, rel=1e-5), pytest.approx(100, rel=1e-5))


def test_biases_stay_where_they_are_and_each_filter_keeps_its_length(heights):
    model = nn.Sequential(nn.Conv2d(1, 3, 2), nn.BatchNorm2d(3), nn.Flatten(), nn.Linear(12, 2))
    before = [p.detach().numpy().copy() for p in model.parameters()]
    seen = []

    def loss(out, y):
        seen.append([p.detach().numpy().copy() for p in model.parameters()])
        return out.sum()

    plot.loss_landscape(model, loss, np.zeros((2, 1, 3, 3), "f4"), Y, points=3)
    moved = [after - start for after, start in zip(seen[5], before, strict=True)]  # one step across
    for start, step in zip(before, moved, strict=True):
        if start.ndim == 1:
            assert not step.any()
        else:
            lengths = [np.sqrt(np.square(a.reshape(len(a), -1)).sum(1)) for a in (start, step)]
            np.testing.assert_allclose(*lengths, rtol=1e-4)


def test_a_seed_gives_a_plane_again_and_draws_no_random_number_of_the_program(heights):
    model, before = nn.MLP(1, [4, 1]), autograd.get_rng_state().numpy().copy()
    for seed in (0, 0, 1):
        plot.loss_landscape(model, nn.MSELoss(), X, Y, points=3, seed=seed)
    assert np.array_equal(heights[0][2], heights[1][2])
    assert not np.array_equal(heights[0][2], heights[2][2])
    assert np.array_equal(autograd.get_rng_state().numpy(), before)


class StopHereError(Exception):
    pass


@pytest.mark.parametrize("fails", [False, True])
def test_the_model_is_the_same_afterwards_bit_for_bit_and_a_graph_of_it_stays_valid(fails):
    model = nn.Sequential(nn.Linear(1, 4), nn.BatchNorm1d(4), nn.Dropout(0.5), nn.Linear(4, 1))
    model[1].eval()
    held = model(autograd.tensor(X)).sum()
    state = {name: tensor.numpy().tobytes() for name, tensor in model.state_dict().items()}
    memory = [p.numpy(force=True).ctypes.data for p in model.parameters()]
    calls = []

    def loss(out, y):
        calls.append(model[2].training)
        if fails and len(calls) == 4:
            raise StopHereError
        return nn.functional.mse_loss(out, y)

    if fails:
        with pytest.raises(StopHereError):
            plot.loss_landscape(model, loss, X, Y, points=5)
    else:
        plot.loss_landscape(model, loss, X, Y, points=5)
    assert {name: tensor.numpy().tobytes() for name, tensor in model.state_dict().items()} == state
    assert [p.numpy(force=True).ctypes.data for p in model.parameters()] == memory
    assert [module.training for module in model] == [True, False, True, True]
    assert set(calls) == {False}
    assert all(p.grad is None for p in model.parameters())
    held.backward()


def test_with_snapshots_the_plane_is_that_of_the_path_which_is_drawn(heights, tmp_path):
    model, loss = quadratic(1.0, 2.0, 0.0)
    snapshots = [{"weight": autograd.tensor([[5.0, 2.0, 0.0]])}, {"weight": autograd.tensor([[5.0, 0.0, 0.0]])}]
    picture = plot.loss_landscape(model, loss, X, Y, tmp_path / "path.png", snapshots=snapshots, points=9)
    check(picture)
    trail = picture.source.axes[0].lines[0].get_xydata()
    assert np.abs(trail[-1]).max() == 0
    distances = np.linalg.norm(trail, axis=1)
    np.testing.assert_allclose(distances, [4, np.sqrt(20), 0], rtol=1e-6)
    assert any("100% of the movement is in this plane" in text for text in words(picture.source))
    vectors = [parameters_to_vector([s["weight"]]) for s in snapshots]
    again = plot.loss_landscape(model, loss, X, Y, snapshots=vectors, points=9)
    assert np.array_equal(again.source.axes[0].lines[0].get_xydata(), trail)


@pytest.mark.parametrize("count", [0, 1])
def test_a_path_that_spans_no_plane_gets_other_directions(count, tmp_path):
    model, loss = quadratic(1.0, 2.0, 0.0)
    snapshots = [{"weight": autograd.tensor([[5.0, 2.0, 0.0]])}][:count]
    check(plot.loss_landscape(model, loss, X, Y, tmp_path / "path.png", snapshots=snapshots, points=3))
    same = [model.state_dict()] * 3
    check(plot.loss_landscape(model, loss, X, Y, tmp_path / "same.png", snapshots=same, points=3))


def test_the_profile_is_the_loss_along_both_axes(heights, tmp_path):
    model, loss = quadratic(3.0, 4.0)
    picture = plot.loss_landscape(model, loss, X, Y, tmp_path / "loss.png", points=5, profile=True)
    check(picture)
    across, up = [line.get_ydata() for line in picture.source.axes[1].lines[:2]]
    np.testing.assert_allclose(across, heights[0][2][2])
    np.testing.assert_allclose(up, heights[0][2][:, 2])
    assert {"across", "up"} <= set(words(picture.source))


@pytest.mark.parametrize("value", [0.0, np.nan, np.inf, 1e300])
def test_a_loss_that_is_constant_or_not_finite_is_drawn_and_told(value, tmp_path):
    model, _ = quadratic(1.0, 2.0)
    picture = plot.loss_landscape(model, lambda out, y: autograd.tensor(value), X, Y, tmp_path / "loss.png", points=3)
    check(picture)
    told = any("not finite" in text for text in words(picture.source))
    assert told == (value != 0)


def test_what_has_no_landscape_is_refused():
    model, loss = quadratic(1.0, 2.0)
    with pytest.raises(ValueError, match="a model with weights other than 0, ReLU has none"):
        plot.loss_landscape(nn.ReLU(), loss, X, Y)
    with pytest.raises(ValueError, match="3 points or more along each side, given 2"):
        plot.loss_landscape(model, loss, X, Y, points=2)
    with pytest.raises(ValueError, match="snapshots of 2 parameters, given one of 3"):
        plot.loss_landscape(model, loss, X, Y, snapshots=[[1, 2, 3]])
    with pytest.raises(ValueError, match=r"this model's state_dict\(\), one lacks weight"):
        plot.loss_landscape(model, loss, X, Y, snapshots=[{"bias": [1, 2]}])
    with pytest.raises(ValueError, match="leave out those after the training diverged"):
        plot.loss_landscape(model, loss, X, Y, snapshots=[[np.nan, 1]])


# Paths.


def rosenbrock(x, y):
    return (1 - x) ** 2 + 100 * (y - x**2) ** 2


def test_each_path_is_drawn_with_how_low_it_came_the_lowest_first(tmp_path):
    runs = {"far": [[-1, 1], [0, 0]], "near": autograd.tensor([[-1.0, 1.0], [0.9, 0.81], [1.0, 1.0]])}
    picture = plot.paths(rosenbrock, runs, tmp_path / "paths.png", minimum=(1, 1))
    check(picture)
    key = [text for text in words(picture.source) if " after " in text]
    assert key == ["near  0 after 2 steps", "far  1 after 1 step"]
    ax = picture.source.axes[0]
    far, near = sorted((line.get_xydata() for line in ax.lines if len(line.get_xydata()) > 1), key=len)
    np.testing.assert_allclose(far, [[-1, 1], [0, 0]])
    np.testing.assert_allclose(near, [[-1, 1], [0.9, 0.81], [1, 1]], rtol=1e-6)
    assert "white: the start; star: the minimum" in words(picture.source)


def test_the_heights_are_those_of_the_function():
    levels = filled_levels(plot.paths(lambda x, y: x + 2 * y, {"a": [[0, 0], [1, 1]]}, area=(0, 1, 0, 1)))
    assert levels[0] == pytest.approx(0)
    assert 2.5 < levels[-1] <= 3


def filled_levels(picture):
    return next(c.levels for c in picture.source.axes[0].collections if hasattr(c, "levels"))


def test_a_path_that_diverges_neither_hides_the_others_nor_its_fate(tmp_path):
    wild = [[-1, 1], [2, 2], [40, -300], [1e200, 1], [np.nan, np.nan]]
    runs = {"SGD": [[-1, 1], [0.5, 0.5], [1, 1]], "wild": wild, "Adam": [[-1, 1], [0, 0.5]]}
    picture = plot.paths(rosenbrock, runs, tmp_path / "paths.png")
    check(picture)
    assert "wild  infinite at step 3, out of the picture" in words(picture.source)
    assert max(picture.source.axes[0].get_xlim()) < 6


@pytest.mark.parametrize("count", [1, 13])
def test_paths_of_any_number_and_name_are_drawn(count, tmp_path):
    runs = {f"$x_{i}$ é" + "n" * 60: [[i, 1]] for i in range(count)}
    check(plot.paths(lambda x, y: x * 0 + 1, runs, tmp_path / "paths.png"))
    check(plot.paths(lambda x, y: (x - 1e6).log(), runs, tmp_path / "nan.png"))


def test_paths_that_are_none_are_refused():
    with pytest.raises(ValueError, match="at least one optimizer, given none"):
        plot.paths(rosenbrock, {})
    with pytest.raises(ValueError, match=r"the points \(N, 2\) of 'a', the first of them finite, given \(2, 3\)"):
        plot.paths(rosenbrock, {"a": np.zeros((2, 3))})
    with pytest.raises(ValueError, match=r"the first of them finite, given \(1, 2\)"):
        plot.paths(rosenbrock, {"a": [[np.nan, 1]]})
    with pytest.raises(ValueError, match=r"returns the shape \(200, 200\) they have, not \(\)"):
        plot.paths(lambda x, y: x.sum(), {"a": [[1, 1]]})


def test_contours_of_a_wide_range_are_in_a_constant_ratio():
    for high, log in ((10.0, False), (1e4, True)):
        _, ax = figure(2, 2)
        grid = np.linspace(0, 1, 9)
        contours(ax, grid, grid, np.outer(np.ones(9), np.linspace(1, high, 9)))
        levels = ax.collections[0].levels
        ratios = levels[1:] / levels[:-1]
        assert np.allclose(ratios, ratios[0]) == log
