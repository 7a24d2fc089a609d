"""The film of a boundary that is learned."""

from io import BytesIO

import numpy as np
import pytest
from matplotlib.colors import to_hex
from PIL import Image

import autograd
import nn
from nn import plot
from nn.plot.style import BLUE, RED
from nn.train import Recorder, Snapshot, Trainer
from tests.drawn import check, words, written

X = np.random.default_rng(0).normal(size=(60, 2)).astype(np.float32)
Y = (X[:, 0] > 0).astype(int)


@pytest.fixture
def drawn(monkeypatch):
    return written(monkeypatch)


def learned(epochs=9, outputs=2, snapshots=40, lr=0.05):
    autograd.manual_seed(0)
    recorder, net = Recorder(snapshots=snapshots), nn.MLP(2, [8, outputs])
    loss, y = (nn.CrossEntropyLoss(), Y) if outputs > 1 else (nn.BCEWithLogitsLoss(), Y[:, None].astype("f4"))
    trainer = Trainer(callbacks=[recorder], progress=False)
    history = trainer.fit(net, (X, y), None, epochs, nn.optim.Adam(net.parameters(), lr), loss)
    return recorder, net, history


def shots(*biases):
    """Snapshots of a linear score x0 + bias."""
    model = nn.Linear(2, 1)
    states = [{"weight": autograd.tensor([[1.0, 0.0]]), "bias": autograd.tensor([float(bias)])} for bias in biases]
    return model, [Snapshot(i, None if i == 0 else 0.5 / i, state) for i, state in enumerate(states)]


def frames(path):
    with Image.open(path) as film:
        for i in range(film.n_frames):
            film.seek(i)
            yield film.convert("RGB"), film.info["duration"]


@pytest.mark.parametrize("outputs", [1, 2, 4])
def test_the_film_has_a_frame_for_each_snapshot_with_its_epoch_and_loss(outputs, drawn, tmp_path):
    recorder, _, history = learned(outputs=outputs)
    path = tmp_path / "films" / "learning.gif"
    picture = plot.boundary_animation(recorder, X, Y, path, seconds=2.0)
    seen = list(frames(path))
    assert len(picture.source) == len(seen) == 10
    assert [pause for _, pause in seen] == [200] * 9 + [1800]
    assert max(seen[0][0].size) < 700
    assert path.stat().st_size < 1_500_000
    assert "before training" in words(picture.source[0])
    assert f"epoch 9   loss {history[-1]['loss']:.3g}" in words(picture.source[-1])
    assert repr(picture) == f"<Figure: Learning where the classes lie, 10 frames, in {path}>"


def test_a_notebook_shows_the_film_and_a_png_is_a_sheet_of_eight_moments(drawn, tmp_path):
    picture = plot.boundary_animation(learned(12)[0], X, Y)
    shown = picture._repr_mimebundle_()
    with Image.open(BytesIO(shown["image/gif"])) as film:
        assert film.n_frames == 13
    picture.save(tmp_path / "sheet.png")
    check(picture)
    axes = [ax for ax in drawn[-1].axes if ax.images]
    assert len(axes) == 8
    assert axes[0].get_title("left") == "before training"
    assert axes[-1].get_title("left").startswith("epoch 12   loss ")


@pytest.mark.parametrize(("given", "most", "epochs"), [(9, 3, [0, 4, 8]), (3, 40, [0, 1, 2]), (9, 2, [0, 8])])
def test_of_many_snapshots_evenly_chosen_ones_are_drawn(given, most, epochs):
    model, copies = shots(*range(given))
    picture = plot.boundary_animation(copies, X, Y, model=model, most=most)
    told = [next(text for text in words(fig) if "epoch" in text or "training" in text) for fig in picture.source]
    assert [0 if text == "before training" else int(text.split()[1]) for text in told] == epochs


def test_every_frame_has_the_boundary_of_its_snapshot_and_one_scale_of_colours():
    model, copies = shots(0.5, -0.5, 4)
    before = model.weight.numpy(force=True).copy()
    figures = plot.boundary_animation(copies, X, Y, model=model).source
    for fig, bias in zip(figures, (0.5, -0.5), strict=False):
        line = next(c for c in fig.axes[0].collections if hasattr(c, "levels") and c.levels[0] == 0)
        np.testing.assert_allclose(line.get_paths()[0].vertices[:, 0], -bias, atol=1e-5)
        dots = [c for c in fig.axes[0].collections if not hasattr(c, "levels")]
        assert [to_hex(c.get_facecolor()[0]) for c in dots] == [RED, BLUE]
    assert len({fig.axes[0].images[0].norm.vmax for fig in figures}) == 1
    assert np.array_equal(model.weight.numpy(force=True), before)


def test_a_model_that_breaks_is_drawn_and_told():
    model, copies = shots(0, float("nan"))
    copies[1] = copies[1]._replace(loss=float("nan"))
    picture = plot.boundary_animation(copies, X, Y, model=model)
    assert "epoch 1   loss not finite   outputs not finite" in words(picture.source[1])
    assert picture.ways[".gif"]().startswith(b"GIF8")


def test_classes_are_named_in_every_frame_and_none_is_cut_off(tmp_path):
    model, copies = shots(0, 1)
    narrow = plot.boundary_animation(copies, X, Y, tmp_path / "a.gif", model=model)
    wide = plot.boundary_animation(copies, X, Y, tmp_path / "b.gif", model=model, classes=["$a_1$", "größe " * 5])
    assert all({"$a_1$", "größe " * 5} <= set(words(fig)) for fig in wide.source)
    widths = [next(frames(picture.path))[0].width for picture in (narrow, wide)]
    assert widths[1] > widths[0] + 150


@pytest.mark.parametrize("scale", [(1000, 0.01), (0, 1), (0, 0), (1, 2.5)])
def test_inputs_of_any_scale_make_a_film(scale):
    model, copies = shots(0, 1)
    picture = plot.boundary_animation(copies, X * np.float32(scale), Y, model=model)
    with Image.open(BytesIO(picture.ways[".gif"]())) as film:
        assert film.n_frames == 2
        assert 150 < min(film.size) <= max(film.size) < 700


def test_what_gives_no_film_is_refused():
    model, copies = shots(0, 1)
    with pytest.raises(ValueError, match=r"expected 2 snapshots or more, given 0: record them, Recorder\(snapshots=40"):
        plot.boundary_animation(Recorder(), X, Y)
    with pytest.raises(TypeError, match=r"expected model=\.\.\., the model of which the snapshots are"):
        plot.boundary_animation(copies, X, Y)
    with pytest.raises(ValueError, match="most to be 2 or more and seconds above 0, given 1 and 6"):
        plot.boundary_animation(copies, X, Y, model=model, most=1)
    with pytest.raises(ValueError, match=r"expected inputs \(N, 2\) and N classes, given \(60, 3\) and 60"):
        plot.boundary_animation(copies, np.zeros((60, 3)), Y, model=model)
