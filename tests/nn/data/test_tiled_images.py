"""Many images in one, and images of noise."""

import io

import numpy as np
import pytest
from PIL import Image

import autograd
from nn.data import DataLoader, datasets, make_grid, save_image, transforms

IMAGES = np.random.default_rng(0).random((5, 3, 4, 6), dtype=np.float32)


def test_images_stand_in_rows_with_lines_between_them():
    grid = make_grid(autograd.tensor(IMAGES), nrow=3, padding=1, pad_value=0.25).numpy()
    assert grid.shape == (3, 2 * 5 + 1, 3 * 7 + 1)
    assert np.array_equal(grid[:, 6:10, 8:14], IMAGES[4])
    assert (grid[:, :, 0] == 0.25).all()
    assert (grid[:, 6:, 15:] == 0.25).all()
    assert np.array_equal(make_grid([autograd.tensor(x) for x in IMAGES], 3, 1, pad_value=0.25).numpy(), grid)


def test_one_image_stays_alone_and_a_grey_one_gets_three_channels():
    assert np.array_equal(make_grid(autograd.tensor(IMAGES[:1])).numpy(), IMAGES[0])
    for grey in (IMAGES[0, 0], IMAGES[0, :1], IMAGES[:1, :1]):
        assert np.array_equal(make_grid(autograd.tensor(grey)).numpy(), np.stack([IMAGES[0, 0]] * 3))
    assert make_grid(autograd.tensor(IMAGES[:, :1]), padding=0).shape == (3, 4, 30)


@pytest.mark.parametrize(("options", "low", "high"), [
    ({}, IMAGES.min(), IMAGES.max()),
    ({"value_range": (0.25, 0.5)}, 0.25, 0.5),
    ({"scale_each": True}, IMAGES[0].min(), IMAGES[0].max()),
])  # fmt: skip
def test_values_are_moved_into_the_range_from_0_to_1(options, low, high):
    before = IMAGES.copy()
    grid = make_grid(autograd.tensor(IMAGES), padding=0, normalize=True, **options).numpy()
    np.testing.assert_allclose(grid[:, :, :6], ((IMAGES[0] - low) / (high - low)).clip(0, 1), atol=1e-6)
    assert np.array_equal(IMAGES, before)


def test_what_is_no_image_is_refused():
    for wrong in (IMAGES, [IMAGES[0]], autograd.ones(3)):
        with pytest.raises(TypeError):
            make_grid(wrong)


def test_images_are_written_with_their_values_rounded(tmp_path):
    save_image(autograd.tensor(IMAGES), tmp_path / "grid.png", nrow=2)
    found = np.asarray(Image.open(tmp_path / "grid.png"))
    grid = make_grid(autograd.tensor(IMAGES), nrow=2).numpy()
    assert np.array_equal(found, np.rint(grid * 255).transpose(1, 2, 0))
    file = io.BytesIO()
    save_image(autograd.tensor(IMAGES[0]), file, format="png")
    assert Image.open(file).size == (6, 4)


def test_images_of_noise_are_always_the_same():
    first, again = (datasets.FakeData(7, (3, 8, 9), 4) for _ in range(2))
    other = datasets.FakeData(7, (3, 8, 9), 4, random_offset=100)
    assert len(first) == 7
    for i in range(7):
        (x, y), (z, _) = first[i], other[i]
        assert (x.shape, x.dtype, type(y)) == ((8, 9, 3), np.uint8, int)
        assert 0 <= y < 4
        assert np.array_equal(x, again[i][0])
        assert not np.array_equal(x, z)
    with pytest.raises(IndexError, match="index 7 is out of range for 7 images"):
        first[7]
    data = datasets.FakeData(6, (1, 5, 5), transform=transforms.ToTensor(), target_transform=str)
    images, targets = next(iter(DataLoader(data, 6)))
    assert images.shape == (6, 1, 5, 5)
    assert all(target in "0123456789" for target in targets)
