"""Drawings are scaled and centred as the digits of MNIST and of scikit-learn were."""

import numpy as np
import pytest

from nn.data import datasets
from nn.runs.task import Images
from nn.web.centring import like_digits, like_mnist, placed
from nn.web.uploads import pixels_of

from .served import Image, levels, png

MNIST = Images(tuple("0123456789"), (1, 28, 28), (0.1307,), (0.3081,), dark=True)
DIGITS = Images(tuple("0123456789"), (1, 8, 8), dark=True)


@pytest.fixture(scope="module")
def mnist():
    try:
        return datasets.MNIST(train=False)
    except FileNotFoundError:
        pytest.skip("needs MNIST: chalkgrad data fetch mnist")


def drawn(height, width, top, left, side=280):
    ink = np.zeros((side, side), np.uint8)
    ink[top : top + height, left : left + width] = 255
    return ink


def test_images_of_mnist_stay_as_they_are(mnist):
    for image in np.asarray(mnist.data)[:500]:
        assert (like_mnist(image) == image).all()


def test_images_of_mnist_come_back_from_any_place_and_size(mnist):
    for image in np.asarray(mnist.data)[:100]:
        large = np.zeros((400, 400), np.uint8)
        large[70:182, 200:312] = np.asarray(Image.fromarray(image).resize((112, 112), Image.Resampling.NEAREST))
        found = like_mnist(large).astype(int)
        assert np.abs(found - image).mean() < 3


@pytest.mark.parametrize("box", [(100, 100, 20, 20), (200, 40, 50, 200), (30, 250, 0, 0), (7, 7, 273, 273)])
def test_the_longer_side_is_20_of_28_pixels(box):
    found = like_mnist(drawn(*box))
    rows, columns = np.flatnonzero(found.max(1)), np.flatnonzero(found.max(0))
    assert max(len(rows), len(columns)) == 20
    assert min(len(rows), len(columns)) == pytest.approx(20 * min(box[:2]) / max(box[:2]), abs=0.5)
    centre = (found.sum(1) @ np.arange(28)) / found.sum(), (found.sum(0) @ np.arange(28)) / found.sum()
    assert all(13.5 - 1e-9 <= place < 14.5 for place in centre)


def test_a_digit_of_scikit_learn_reaches_from_top_to_bottom():
    found = like_digits(drawn(120, 200, 30, 40))
    assert (found[:, 1:7] == 255).all()
    assert not found[:, [0, 7]].any()
    assert like_digits(drawn(5, 5, 0, 0)).any()


def test_scikit_learns_digits_drawn_large_are_much_as_they_were():
    images = levels(datasets.digits().tensors[0][:100].reshape(-1, 8, 8))
    large = [np.asarray(Image.fromarray(image).resize((256, 256), Image.Resampling.BICUBIC)) for image in images]
    found = np.stack([pixels_of(png(image), DIGITS) for image in large])
    assert np.abs(found.astype(int) - images).mean() < 45


def test_the_centre_of_mass_never_pushes_ink_out():
    ink = np.zeros((20, 20), np.uint8)
    ink[0], ink[:, 0], ink[19, 19] = 255, 255, 1
    assert placed(ink, 28).sum() == ink.sum()


def test_ink_on_grey_paper_is_chalk_on_a_board():
    chalk = drawn(150, 30, 60, 100)
    photograph = (200 - chalk * 0.6).astype(np.uint8)
    assert (pixels_of(png(photograph), MNIST) == pixels_of(png(chalk), MNIST)).all()


def test_colours_and_transparency_are_understood():
    chalk = drawn(150, 30, 60, 100)
    colours = np.stack([chalk] * 3, -1)
    clear = np.dstack([np.zeros_like(colours), chalk])
    for picture in (colours, clear):
        assert (pixels_of(png(picture), MNIST) == pixels_of(png(chalk), MNIST)).all()


def test_a_picture_of_the_models_size_stays_as_it_is():
    image = levels(datasets.digits()[2][0].reshape(8, 8))
    assert (pixels_of(png(image), DIGITS) == image).all()
    assert (pixels_of(png(255 - image), DIGITS) == image).all()


def test_photographs_are_scaled_and_no_more():
    photographs = Images(("a", "b"), (3, 12, 12))
    pixels = np.random.default_rng(0).integers(0, 255, (12, 12, 3), np.uint8)
    assert (pixels_of(png(pixels), photographs) == pixels).all()
    assert pixels_of(png(drawn(9, 9, 9, 9)), photographs).shape == (12, 12, 3)
