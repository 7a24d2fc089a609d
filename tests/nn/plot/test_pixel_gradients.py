"""Saliency: the gradient of the said class's score by the pixels is PyTorch's, and the model is left as it was."""

from contextlib import nullcontext

import numpy as np
import pytest
import torch

import autograd
import nn
from nn import plot
from nn.interop import to_torch
from tests.drawn import check, words

RNG = np.random.default_rng(0)


def cnn(channels=1):
    autograd.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(channels, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Dropout(0.5), nn.Flatten(), nn.Linear(4 * 36, 3)
    )  # fmt: skip


def images(n=3, *shape):
    return RNG.normal(size=(n, *(shape or (1, 8, 8)))).astype("f4")


def maps(picture):
    """The pixels of each map: of the insets, every second one."""
    insets = [inset for ax in picture.source.axes for inset in ax.child_axes]
    return [np.asarray(inset.images[0].get_array()) for inset in insets[1::2]]


@pytest.mark.parametrize("channels", [1, 3])
def test_the_maps_are_the_largest_absolute_gradients_of_the_channels_by_pytorch(channels, tmp_path):
    model, x = cnn(channels), images(3, channels, 8, 8)
    theirs = to_torch(model).eval()
    inputs = torch.tensor(x, requires_grad=True)
    scores = theirs(inputs)
    scores.max(1).values.sum().backward()
    picture = plot.saliency(model, x, path=tmp_path / "saliency.png")
    check(picture)
    for found, expected in zip(maps(picture), inputs.grad.abs().max(1).values.numpy(), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-6)
    assert [str(label) for label in scores.argmax(1).tolist()] == [
        text for text in words(picture.source) if text.isdigit()]  # fmt: skip


def test_the_class_can_be_chosen(tmp_path):
    model, x = cnn(), images(2)
    inputs = torch.tensor(x, requires_grad=True)
    scores = to_torch(model).eval()(inputs)
    (scores[0, 2] + scores[1, 1]).backward()
    picture = plot.saliency(model, x, of=[2, 1], classes=["cat", "dog", "$emu$"])
    for found, expected in zip(maps(picture), inputs.grad.abs().numpy(), strict=True):
        np.testing.assert_allclose(found, expected[0], rtol=1e-4, atol=1e-6)
    assert {"for $emu$", "for dog"} <= set(words(picture.source))
    assert words(plot.saliency(model, x, of=1).source).count("for 1") == 2


def test_the_model_and_the_images_are_left_as_they_were():
    model, x = cnn(), autograd.tensor(images(), requires_grad=True)
    model.train()
    model[1].eval()
    (model(x).sum() * 2).backward()
    gradients = [p.grad.numpy().copy() for p in (*model.parameters(), x)]
    modes, state = [module.training for module in model.modules()], {
        name: value.numpy().copy() for name, value in model.state_dict().items()}  # fmt: skip
    for of in None, 7:
        with nullcontext() if of is None else pytest.raises(ValueError, match=r"from 0 to 2, given \[7\]"):
            plot.saliency(model, x, of=of)
        assert [module.training for module in model.modules()] == modes
        assert all(np.array_equal(p.grad.numpy(), g) for p, g in zip((*model.parameters(), x), gradients, strict=True))
        assert all(np.array_equal(value.numpy(), state[name]) for name, value in model.state_dict().items())
    with autograd.no_grad():
        assert len(maps(plot.saliency(model, x))) == 3
        assert not autograd.is_grad_enabled()


@pytest.mark.parametrize("outputs", [1, 2])
def test_rows_of_pixels_and_single_scores_are_drawn(outputs, tmp_path):
    model, x = nn.MLP(64, [8, outputs]), images(5, 64)
    picture = plot.saliency(model, x, [0, 1, 0, 1, 0], tmp_path / "rows.png", most=4)
    check(picture)
    assert [found.shape for found in maps(picture)] == [(8, 8)] * 4
    assert any(text.startswith("the first 4 of 5; ") for text in words(picture.source))
    flat = nn.Sequential(nn.MLP(64, [8, 1]), nn.Flatten(0))
    assert len(maps(plot.saliency(flat, x))) == 5
    wide = plot.saliency(nn.Linear(48, 2), images(2, 48), shape=(3, 4, 4))
    assert [found.shape for found in maps(wide)] == [(4, 4)] * 2


def test_answers_that_are_wrong_are_red():
    model = nn.Linear(64, 2)
    x = images(2, 64)
    said = np.asarray(model(autograd.tensor(x)).detach()).argmax(1)
    names = ["cat", "dog"]
    assert {names[label] for label in said} <= set(words(plot.saliency(model, x, said, classes=names).source))
    wrong = words(plot.saliency(model, x, 1 - said, classes=names).source)
    assert f"{names[1 - said[0]]} → {names[said[0]]}" in wrong


def test_bytes_are_given_to_the_model_as_numbers():
    model = nn.Linear(64, 2)
    pixels = RNG.integers(0, 256, (2, 64)).astype(np.uint8)
    for given in (pixels, autograd.tensor(pixels)):
        assert len(maps(plot.saliency(model, given))) == 2


def test_a_map_with_nothing_to_see_says_so(tmp_path):
    model = nn.Sequential(nn.Linear(64, 4), nn.ReLU(), nn.Linear(4, 2))
    with autograd.no_grad():
        model[0].bias.fill_(-1e4)
    picture = plot.saliency(model, images(2, 64), path=tmp_path / "dead.png")
    check(picture)
    assert words(picture.source).count("all 0") == 2
    model = nn.Linear(64, 2)
    with autograd.no_grad():
        model.weight.fill_(np.nan)
    assert {"NaN", "not finite"} <= set(words(plot.saliency(model, images(2, 64)).source))


class Cut(nn.Module):
    def forward(self, x):
        return x.detach().sum(-1, keepdim=True) * autograd.ones(2)


class Pair(nn.Module):
    def forward(self, x):
        return x, x


@pytest.mark.parametrize(
    ("draw", "text"),
    [
        (lambda: plot.saliency(Cut(), images(2, 64)), "the scores of Cut do not depend on the pixels"),
        (lambda: plot.saliency(Pair(), images(2, 64)), r"scores \(N, C\) or \(N,\) for 2 images, given tuple"),
        (lambda: plot.saliency(nn.Conv2d(1, 1, 3), images()), r"for 3 images, given \(3, 1, 6, 6\)"),
        (lambda: plot.saliency(nn.Linear(64, 2), images(0, 64)), "expected images, given none"),
        (lambda: plot.saliency(nn.Linear(64, 2), images(2, 64), [1]), "the targets for each of 2 images, given 1"),
        (lambda: plot.saliency(nn.Linear(63, 2), images(2, 63)), "images of 63 numbers are not square"),
        (lambda: plot.saliency(nn.Linear(64, 2), images(2, 64), classes=["a"]), "a name for each of 2 classes"),
        (lambda: plot.saliency(nn.Linear(64, 2), images(2, 64), [0, 7]), r"targets from 0 to 1, given \[0, 7\]"),
        (lambda: plot.saliency(nn.Linear(64, 2), images(2, 64), most=0), "expected most to be 1 or more, given 0"),
        (lambda: plot.saliency(nn.Linear(64, 1), images(2, 64), of=2), r"classes from 0 to 1, given \[2\]"),
    ],
)
def test_what_cannot_be_drawn_is_refused(draw, text):
    with pytest.raises(ValueError, match=text):
        draw()
