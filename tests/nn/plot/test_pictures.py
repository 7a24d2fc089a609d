"""The pictures of a training: they are drawn of anything a training can give, and say what it gave."""

import subprocess
import sys
from pathlib import Path
from unittest.mock import Mock

import matplotlib
import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.text import Text

import autograd
import nn
from nn import plot
from nn.plot.neuron_graph import strongest_unit
from nn.plot.style import BLUE, RED
from nn.train import History
from tests.drawn import check, words, written

from .every_picture import DRAW, rows


@pytest.fixture
def drawn(monkeypatch):
    return written(monkeypatch)


# What holds for all of them.


def test_every_picture_is_in_this_table():
    assert set(DRAW) == set(plot.__all__) - {"Figure"}


@pytest.mark.parametrize("name", DRAW)
def test_a_picture_is_written_where_it_is_asked_for_and_nothing_else_changes(name, tmp_path):
    settings, backend = dict(matplotlib.rcParams), matplotlib.get_backend()
    path = tmp_path / "runs/first" / f"{name}.png"
    picture = DRAW[name](str(path))
    assert picture.path == path
    assert [file.name for file in path.parent.iterdir()] == [path.name]
    check(picture, most=2400 if name == "neuron" else 1700)
    assert dict(matplotlib.rcParams) == settings
    assert matplotlib.get_backend() == backend
    assert DRAW[name](tmp_path / "picture.svg").path.read_text().lstrip().startswith("<?xml")


@pytest.mark.parametrize("name", DRAW)
def test_a_picture_shows_itself_without_a_path_and_can_be_saved_later(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    picture = DRAW[name](None)
    shown = picture._repr_mimebundle_()
    bundle, facts = shown if isinstance(shown, tuple) else (shown, {})
    (kind, content), text = bundle.items()
    assert kind != "image/png" or 100 < facts[kind]["width"] < 1200
    assert (kind, content[:4]) in (("image/png", b"\x89PNG"), ("image/svg+xml", "<?xm"), ("image/gif", b"GIF8"))
    assert text == ("text/plain", repr(picture)) == ("text/plain", f"<Figure: {picture.about}>")
    assert picture.about
    assert not list(tmp_path.iterdir())
    assert picture.save("later/picture.svg").exists()
    assert repr(picture) == f"<Figure: {picture.about}, in later/picture.svg>"
    with pytest.raises(ValueError, match=r"cannot save to 'picture\.doc': expected a name that ends in \.\w+"):
        picture.save("picture.doc")


def test_show_opens_the_picture_in_the_viewer(monkeypatch):
    opened = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    plot.loss_curve({"loss": [2.0, 1.0]}).show()
    (address,) = opened
    assert Path(address.removeprefix("file://")).read_bytes().startswith(b"\x89PNG")


def test_a_notebook_without_graphviz_shows_what_is_missing(monkeypatch):
    picture = plot.neuron(nn.Linear(9, 4), np.arange(9.0))
    monkeypatch.setattr("autograd.tools.render.render", Mock(side_effect=RuntimeError("install Graphviz")))
    assert picture._repr_mimebundle_() == {"text/plain": f"{picture!r}\ninstall Graphviz"}


def test_matplotlib_is_imported_when_a_picture_is_drawn_and_pyplot_never(tmp_path):
    code = f"""
import sys, nn
assert "nn.plot" not in sys.modules
import nn.plot
assert "matplotlib" not in sys.modules
nn.plot.loss_curve({{"loss": [2.0, 1.0]}}, {str(tmp_path / "loss.png")!r})
assert "matplotlib" in sys.modules and "matplotlib.pyplot" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_without_matplotlib_the_extra_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(ImportError, match=r"not installed: .* pip install -e '\.\[demos\]'"):
        plot.loss_curve({"loss": [1.0]}, tmp_path / "loss.png")


# Curves.


@pytest.mark.parametrize("history", [rows(), History(rows()), {"loss": [1 / t for t in range(1, 11)],
                                     "valid_loss": [row["valid_loss"] for row in rows()]}])  # fmt: skip
def test_a_history_comes_as_rows_or_columns(history, drawn, tmp_path):
    plot.loss_curve(history, tmp_path / "loss.png")
    training, validation, best = drawn[-1].axes[0].lines
    assert training.get_xdata().tolist() == list(range(1, 11))
    assert training.get_ydata().tolist() == [1 / t for t in range(1, 11)]
    assert (to_hex(training.get_color()), to_hex(validation.get_color())) == (BLUE, RED)
    assert best.get_xydata().tolist() == [[6, 0.3]]
    assert {"Loss", "epoch", "training 0.100", "validation 0.460", "best in validation: 0.300 in epoch 6"} <= set(
        words(drawn[-1])
    )


@pytest.mark.parametrize("epochs", [1, 2, 1000])
def test_curves_are_drawn_of_any_number_of_epochs(epochs, drawn, tmp_path):
    check(plot.loss_curve(rows(epochs), tmp_path / "loss.png"))
    assert drawn[-1].axes[0].lines[0].get_marker() == ("o" if epochs < 3 else "None")
    check(plot.metric_curve(rows(epochs), "accuracy", tmp_path / "accuracy.png"))
    check(plot.learning_rate(rows(epochs), tmp_path / "lr.png"))


@pytest.mark.parametrize(
    ("losses", "text"),
    [
        ([1, 0.5, np.nan, np.nan], "training NaN in epoch 3"),
        ([1, np.inf, np.nan], "training infinite in epoch 2"),
        ([np.nan] * 3, "training NaN in epoch 1"),
        ([1, 1e30, 1e300, np.inf], "training infinite in epoch 3"),
        ([-3.0, -4.0, -4.5], "training -4.500"),
        ([0.0, 0.0, 0.0], "training 0"),
        ([5e-7, 4e-7, 3e-7], "training 3e-07"),
    ],
)
def test_a_loss_that_is_not_finite_or_odd_is_drawn_and_told(losses, text, drawn, tmp_path):
    check(plot.loss_curve({"loss": losses, "valid_loss": [1.0] * len(losses)}, tmp_path / "loss.png"))
    assert text in words(drawn[-1])


def test_a_figure_that_was_measured_now_and_then_is_one_line(drawn, tmp_path):
    history = [row | {"valid_loss": row["valid_loss"] if row["epoch"] % 5 == 0 else None} for row in rows()]
    plot.loss_curve(history, tmp_path / "loss.png")
    assert drawn[-1].axes[0].lines[1].get_xdata().tolist() == [5, 10]
    assert "validation 0.460" in words(drawn[-1])


def test_the_names_of_two_lines_never_lie_on_each_other(drawn, tmp_path):
    plot.loss_curve({"loss": [2, 0.5001], "valid_loss": [2, 0.5]}, tmp_path / "loss.png")
    fig = drawn[-1]
    boxes = [text.get_window_extent() for text in fig.axes[0].texts if "0.5" in text.get_text()]
    assert len(boxes) == 2
    assert not boxes[0].overlaps(boxes[1])


@pytest.mark.parametrize(("mode", "epoch"), [("max", 3), ("min", 2)])
def test_a_metric_is_in_percent_if_it_is_a_share_and_its_best_is_marked(mode, epoch, drawn, tmp_path):
    history = {"accuracy": [0.5, 0.7, 0.9, 0.95], "valid_accuracy": [0.5, 0.4, 0.875, 0.8]}
    plot.metric_curve(history, "accuracy", tmp_path / "accuracy.png", mode=mode)
    best = {"max": "87.5%", "min": "40.0%"}[mode]
    assert {"Accuracy", "training 95.0%", "validation 80.0%", f"best in validation: {best} in epoch {epoch}"} <= set(
        words(drawn[-1])
    )


def test_what_the_history_does_not_have_is_refused(tmp_path):
    with pytest.raises(ValueError, match="expected a history with 'f1' in it, found epoch, loss, valid_loss, lr, acc"):
        plot.metric_curve(rows(), "f1", tmp_path / "f1.png")
    with pytest.raises(ValueError, match="'loss' in it, found nothing"):
        plot.loss_curve([], tmp_path / "loss.png")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("n", [1, 30, 20_000])
def test_predictions_are_drawn_of_any_number_of_samples(n, drawn, tmp_path):
    y = np.linspace(1, 500_000, n)
    check(plot.predictions(autograd.tensor(y[:, None]), y + 1000, tmp_path / "predictions.png"))
    assert drawn[-1].axes[0].collections[0].get_offsets().shape == (n, 2)
    assert any("mean absolute error 1,000" in text for text in words(drawn[-1]))


def test_predictions_tell_r2_and_what_is_not_finite(drawn, tmp_path):
    plot.predictions([1, 2, 3, 4], [1, 2, 3, np.nan], tmp_path / "predictions.png")
    assert "R² 1.000, mean absolute error 0, 1 not finite" in words(drawn[-1])
    plot.predictions([0, 2], [2, 0], tmp_path / "predictions.png")
    assert "R² -3.000, mean absolute error 2" in words(drawn[-1])
    check(plot.predictions([1, 2], [np.nan, np.inf], tmp_path / "none.png"))
    assert "no prediction is finite" in words(drawn[-1])
    with pytest.raises(ValueError, match="as many predictions as true values, given 2 and 3"):
        plot.predictions([1, 2, 3], [1, 2], tmp_path / "predictions.png")


# Pictures of classes, images and weights.


def counts(n, seed=0):
    rng = np.random.default_rng(seed)
    matrix = np.zeros((n, n), int)
    truth = rng.integers(0, n, 50 * n)
    np.add.at(matrix, (truth, np.where(rng.random(50 * n) < 0.8, truth, rng.integers(0, n, 50 * n))), 1)
    return matrix


@pytest.mark.parametrize("n", [1, 2, 10, 30, 100])
def test_a_confusion_matrix_is_drawn_of_any_number_of_classes(n, drawn, tmp_path):
    check(plot.confusion_matrix(counts(n), [f"class number {i}" for i in range(n)], tmp_path / "matrix.png"))
    ax = drawn[-1].axes[0]
    assert ax.images[0].get_array().shape == (n, n, 3)
    assert len(ax.get_yticklabels()) <= 50
    right = counts(n).trace()
    assert any(text.startswith(f"{right:,} of {50 * n:,} right") for text in words(drawn[-1]))


def test_the_cells_of_a_confusion_matrix_hold_its_counts_truth_in_rows(drawn, tmp_path):
    plot.confusion_matrix(autograd.tensor([[7, 3], [0, 12_345]]), None, tmp_path / "matrix.png")
    ax = drawn[-1].axes[0]
    assert {(text.get_position(), text.get_text()) for text in ax.texts if text.get_text().strip("k").isdigit()} == {
        ((0, 0), "7"), ((1, 0), "3"), ((1, 1), "12k")}  # fmt: skip
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("predicted", "true")


def test_long_names_of_classes_are_shortened(drawn, tmp_path):
    check(plot.confusion_matrix([[1, 2], [3, 4]], ["a" * 300, "b"], tmp_path / "matrix.png"))
    assert "a" * 17 + "…" in words(drawn[-1])
    images, scores = np.zeros((2, 4, 4)), [[0, 9], [9, 0]]
    check(plot.misclassified(images, [0, 1], scores, ["a" * 300, "b" * 300], tmp_path / "misread.png"))


@pytest.mark.parametrize("name", ["$a_$", r"$\frac$", "from $5 to $9"])
def test_a_dollar_in_a_name_begins_no_formula(name, drawn, tmp_path):
    check(plot.confusion_matrix([[1, 2], [3, 4]], [name, "b"], tmp_path / "matrix.png", heading=name))
    images, scores = np.zeros((2, 4, 4)), [[0, 9], [9, 0]]
    check(plot.misclassified(images, [0, 1], scores, [name, "b"], tmp_path / "misread.png"))
    assert not any(text.get_parse_math() for text in drawn[-1].findobj(Text))


def test_an_empty_confusion_matrix_is_drawn_and_another_shape_refused(drawn, tmp_path):
    check(plot.confusion_matrix(np.zeros((3, 3)), None, tmp_path / "matrix.png"))
    assert "no samples" in words(drawn[-1])
    with pytest.raises(ValueError, match=r"expected a confusion matrix \(C, C\), given \(2, 3\)"):
        plot.confusion_matrix(np.zeros((2, 3)), None, tmp_path / "other.png")
    with pytest.raises(ValueError, match="expected a name for each of 3 classes, given 2"):
        plot.confusion_matrix(np.zeros((3, 3)), ["a", "b"], tmp_path / "other.png")


SHAPES = {(6, 5): None, (6, 5, 3): None, (3, 6, 5): None, (1, 6, 5): None, (30,): (6, 5), (36,): None, (90,): (3, 6, 5)}


@pytest.mark.parametrize("values", ["0 to 1", "bytes", "standardised"])
@pytest.mark.parametrize("shape", SHAPES)
def test_the_most_confident_mistakes_are_shown_first(shape, values, drawn, tmp_path):
    rng = np.random.default_rng(0)
    make = {"0 to 1": lambda: rng.random((8, *shape)), "standardised": lambda: rng.normal(size=(8, *shape)),
            "bytes": lambda: rng.integers(0, 256, (8, *shape), dtype=np.uint8)}[values]  # fmt: skip
    truth, scores = np.array([0, 1, 2, 0, 1, 2, 0, 1]), np.zeros((8, 3))
    scores[np.arange(8), truth] = 5
    scores[2], scores[4], scores[7] = [1, 0, 0], [0, 0, 3], [2, 0, 0]
    check(plot.misclassified(make(), truth, autograd.tensor(scores), None, tmp_path / "misread.png", SHAPES[shape]))
    axes = [ax for ax in drawn[-1].axes if ax.images]
    assert [ax.get_title() for ax in axes] == ["1 read as 2", "1 read as 0", "2 read as 0"]
    assert [ax.get_xlabel() for ax in axes] == ["91% sure", "79% sure", "58% sure"]
    assert "3 of 8 images misread" in words(drawn[-1])


@pytest.mark.parametrize("value", [-1.0, 0.0, 300.0])
def test_an_image_of_a_single_colour_is_drawn(value, tmp_path):
    images, scores = np.full((2, 4, 4, 3), value), [[0, 9], [9, 0]]
    check(plot.misclassified(images, [0, 1], scores, None, tmp_path / "misread.png"))


@pytest.mark.parametrize("shape", [(4,), (4, 1)])
def test_one_score_parts_two_classes(shape, drawn, tmp_path):
    scores = np.array([-2.0, 2.0, 2.0, np.nan]).reshape(shape)
    plot.misclassified(np.zeros((4, 3, 3)), [0, 1, 0, 0], scores, ["no", "yes"], tmp_path / "misread.png")
    assert [ax.get_title() for ax in drawn[-1].axes if ax.images] == ["no read as yes"]
    assert "1 of 4 images misread" in words(drawn[-1])


def test_no_more_than_asked_for_are_shown_and_none_is_told(drawn, tmp_path):
    images, truth, scores = np.zeros((50, 4)), np.zeros(50, int), np.tile([0.0, 1.0], (50, 1))
    check(plot.misclassified(images, truth, scores, None, tmp_path / "a.png", most=7, noun="digits"))
    assert sum(bool(ax.images) for ax in drawn[-1].axes) == 7
    assert "50 of 50 digits misread" in words(drawn[-1])
    check(plot.misclassified(images, truth + 1, scores, None, tmp_path / "b.png"))
    assert "None of 50 images misread" in words(drawn[-1])
    with pytest.raises(ValueError, match="images of 5 numbers are not square: give their shape"):
        plot.misclassified(np.zeros((1, 5)), [0], [[0, 1]], None, tmp_path / "c.png")
    with pytest.raises(ValueError, match=r"expected images of shape \(H, W\)"):
        plot.misclassified(np.zeros((1, 5, 5, 2)), [0], [[0, 1]], None, tmp_path / "c.png")


@pytest.mark.parametrize(
    ("model", "shape", "tiles"),
    [
        (nn.MLP(784, [100, 10]), None, (238, 238)),
        (nn.MLP(12, [5, 2]), (3, 4), None),
        (nn.MLP(12, [5, 2]), (3, 2, 2), None),
        (nn.MLP(13, [5, 2]), None, (5, 13)),
        (nn.MLP(2, [3, 1]), None, (3, 2)),
        (nn.Linear(1, 1), None, (1, 1)),
        (nn.Sequential(nn.BatchNorm2d(1), nn.Conv2d(1, 8, 3)), None, None),
        (nn.Conv2d(3, 8, 5), None, None),
        (nn.Conv2d(16, 8, 5), None, None),
    ],
)
def test_the_weights_of_any_first_layer_are_drawn(model, shape, tiles, drawn, tmp_path):
    check(plot.weights(model, tmp_path / "weights.png", shape))
    array = drawn[-1].axes[0].images[0].get_array()
    assert tiles is None or array.shape == tiles
    assert array.shape[2:] == ((3,) if isinstance(model, nn.Conv2d) and model.weight.shape[1] == 3 else ())


def test_weights_stand_at_their_pixels_red_below_zero_and_blue_above(drawn, tmp_path):
    layer = nn.Linear(9, 2)
    with autograd.no_grad():
        layer.weight.copy_(autograd.arange(18).reshape(2, 9) - 9.0)
    plot.weights(layer, tmp_path / "weights.png")
    image = drawn[-1].axes[0].images[0]
    assert image.get_array()[4, 12] == -8  # the first neuron's second pixel, 8 x 8 dots of it
    assert to_hex(image.cmap(0.0)) == RED
    assert to_hex(image.cmap(1.0)) == BLUE
    assert image.norm.vmin == -image.norm.vmax
    with autograd.no_grad():
        layer.weight.fill_(float("nan"))
    check(plot.weights(layer, tmp_path / "nan.png"))


def test_the_neuron_that_is_drawn_is_on_although_only_some_of_its_inputs_are_drawn(tmp_path):
    layer = nn.Linear(3, 2, bias=False)
    with autograd.no_grad():
        layer.weight.copy_(autograd.tensor([[-1.0, 5.0, 5.0], [0.0, 0.1, 2.0]]))
    plot.neuron(layer, [9.0, 1.0, 1.0], tmp_path / "neuron.dot", inputs=1)  # of the first, only the -9 would be drawn
    text = (tmp_path / "neuron.dot").read_text()
    assert "w2 x2" in text
    assert "-9" not in text


def test_the_strongest_unit_is_told_with_its_inputs_and_its_sum():
    layer = nn.Linear(3, 2)
    with autograd.no_grad():
        layer.weight.copy_(autograd.tensor([[-1.0, 5.0, 5.0], [0.0, 0.5, 2.0]]))
        layer.bias.copy_(autograd.tensor([0.0, -1.0]))
    assert strongest_unit(layer, [9.0, 1.0, 1.0], 1) == (1, [2], 1.0)
    assert strongest_unit(layer, [9.0, 0.0, 0.0], 1) == (1, [0], -1.0)


def test_a_model_without_such_weights_and_another_shape_are_refused(tmp_path):
    with pytest.raises(ValueError, match="ReLU has none"):
        plot.weights(nn.ReLU(), tmp_path / "weights.png")
    with pytest.raises(ValueError, match=r"0.weight has 9 inputs, which cannot be an image of shape \(2, 4\)"):
        plot.weights(nn.MLP(9, [2, 2]), tmp_path / "weights.png", (2, 4))
