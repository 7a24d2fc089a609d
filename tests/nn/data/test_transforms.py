"""Transforms: on a sample, on a batch, and at random."""

import math

import numpy as np
import pytest
import torch
from torch.nn import functional as TF

import autograd
from autograd import Generator
from nn.data import DataLoader, datasets, transforms

RNG = np.random.default_rng(0)
GREY = RNG.integers(0, 256, (6, 9, 7), dtype=np.uint8)
COLOUR = RNG.integers(0, 256, (6, 9, 7, 3), dtype=np.uint8)
PLANES = autograd.tensor(RNG.random((6, 3, 9, 7), dtype=np.float32))
BATCHES = {"grey": GREY, "colour": COLOUR, "tensor": PLANES}

RANDOM = {
    "flip": lambda g: transforms.RandomHorizontalFlip(generator=g),
    "vertical flip": lambda g: transforms.RandomVerticalFlip(generator=g),
    "grey": lambda g: transforms.RandomGrayscale(0.5, generator=g),
    "colours": lambda g: transforms.ColorJitter(0.5, (0.5, 2), 0.5, 0.2, generator=g),
    "window": lambda g: transforms.RandomResizedCrop((5, 6), generator=g),
    "crop of what is too small": lambda g: transforms.RandomCrop(12, pad_if_needed=True, generator=g),
    "crop": lambda g: transforms.RandomCrop((5, 4), generator=g),
    "crop with padding": lambda g: transforms.RandomCrop(7, padding=(1, 2, 3, 0), fill=9, generator=g),
    "crop with reflection": lambda g: transforms.RandomCrop(7, padding=2, padding_mode="reflect", generator=g),
    "rotation": lambda g: transforms.RandomRotation(40, generator=g),
    "bilinear rotation": lambda g: transforms.RandomRotation((10, 30), "bilinear", fill=3, generator=g),
    "affine": lambda g: transforms.RandomAffine(20, (0.2, 0.1), (0.7, 1.3), 10, generator=g),
    "bilinear affine": lambda g: transforms.RandomAffine(20, (0.2, 0.1), None, (0, 9, -3, 3), "bilinear", generator=g),
    "erasing": lambda g: transforms.RandomErasing(0.7, generator=g),
    "erasing with noise": lambda g: transforms.RandomErasing(1, value="random", generator=g),
}


def array(x):
    return x if isinstance(x, np.ndarray) else x.numpy()


def only(transform, image, **fields):
    """What a random transform makes of an image when its dice are as given (0.5 where not)."""
    u = np.full((1, transform.draw), 0.5)
    for place, value in fields.items():
        u[0, int(place[1:])] = value
    return transform.change(np.asarray(image)[None, None], u)[0, 0]


# From bytes to what a network takes.


@pytest.mark.parametrize("image", [GREY[0], COLOUR[0]], ids=["grey", "colour"])
def test_to_tensor_makes_planes_of_floats_from_0_to_1(image):
    out = transforms.ToTensor()(image)
    planes = torch.from_numpy(image if image.ndim == 3 else image[:, :, None]).permute(2, 0, 1)
    assert out.dtype == autograd.float32
    assert out.is_contiguous()
    assert np.array_equal(out.numpy(), planes.float().div(255).numpy())


def test_to_tensor_leaves_other_dtypes_as_they_are():
    image = RNG.random((4, 5, 2))
    out = transforms.ToTensor()(image)
    assert out.dtype == autograd.float64
    assert np.array_equal(out.numpy(), image.transpose(2, 0, 1))


def test_to_tensor_takes_what_turns_into_an_array():
    picture = pytest.importorskip("PIL.Image").fromarray(COLOUR[0])
    to_tensor = transforms.ToTensor()
    assert np.array_equal(to_tensor(picture).numpy(), to_tensor(COLOUR[0]).numpy())


def test_normalize_is_as_in_torch():
    mean, std = [0.1, 0.2, 0.3], [0.5, 0.6, 0.7]
    ours = transforms.Normalize(mean, std)(PLANES[0])
    x, m, s = torch.from_numpy(PLANES.numpy()[0]), torch.tensor(mean), torch.tensor(std)
    theirs = (x - m[:, None, None]) / s[:, None, None]
    assert ours.dtype == autograd.float32
    assert np.array_equal(ours.numpy(), theirs.numpy())
    assert transforms.Normalize(0.5, 0.5)(PLANES[0]).shape == (3, 9, 7)


def test_a_transform_leaves_its_input_as_it_was():
    for name, make in RANDOM.items():
        for batch in (COLOUR, PLANES):
            before = array(batch).copy()
            out = make(Generator(0)).batch(batch)
            assert np.array_equal(array(batch), before), name
            assert not np.shares_memory(array(out), array(batch)), name
    transforms.Normalize(0.5, 0.5)(PLANES)
    before = PLANES.numpy().copy()
    transforms.Normalize(0.5, 0.5).batch(PLANES)
    assert np.array_equal(PLANES.numpy(), before)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: transforms.ToTensor()(PLANES[0]), TypeError, "given a Tensor"),
        (lambda: transforms.ToTensor()(np.zeros(3)), ValueError, r"given \(3,\)"),
        (lambda: transforms.Normalize(0.5, 0.5)(GREY[0]), TypeError, "put ToTensor"),
        (lambda: transforms.Normalize([0.5, 0.5], 1)(PLANES[0]), ValueError, r"given \(3, 9, 7\), 2 means and 1 stds"),
        (lambda: transforms.Normalize([0.5], [0.5])(PLANES[0, 0]), ValueError, r"given \(9, 7\)"),
        (lambda: transforms.Normalize(0.5, 0), ValueError, "std must not be zero"),
        (lambda: transforms.RandomHorizontalFlip(1.5), ValueError, "between 0 and 1, given 1.5"),
        (lambda: transforms.RandomHorizontalFlip()(np.zeros(3)), ValueError, r"given \(3,\)"),
        (lambda: transforms.RandomCrop(0), ValueError, "positive size"),
        (lambda: transforms.RandomCrop(8, padding=(1, 2, 3)), ValueError, "1, 2 or 4 numbers"),
        (lambda: transforms.RandomCrop(8, padding_mode="wrap"), ValueError, "given wrap"),
        (lambda: transforms.RandomCrop(10)(GREY[0]), ValueError, r"\(10, 10\) is larger than the image \(9, 7\)"),
        (lambda: transforms.RandomErasing(value="noise"), ValueError, "'noise'"),
        (lambda: transforms.RandomErasing(scale=(0.5, 0.2)), ValueError, "expected 0 <= scale"),
        (lambda: transforms.RandomErasing(value=(1, 2))(PLANES[0]), ValueError, "2 values for an image of 3 channels"),
        (lambda: transforms.RandomRotation((20, 10)), ValueError, "RandomRotation: expected degrees"),
        (lambda: transforms.RandomRotation(20, "cubic"), ValueError, "cubic"),
        (lambda: transforms.RandomAffine(0, translate=(0.1, 2)), ValueError, "two fractions"),
        (lambda: transforms.RandomAffine(0, scale=(0, 1)), ValueError, "both positive"),
        (lambda: transforms.RandomAffine(0, shear=(1, 2, 3, 4, 5)), ValueError, "two or four"),
    ],
)
def test_what_makes_no_sense_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()


# A batch is its samples.


@pytest.mark.parametrize("kind", BATCHES)
@pytest.mark.parametrize("name", RANDOM)
def test_a_batch_comes_out_as_its_samples_one_by_one(name, kind):
    batch = BATCHES[kind]
    whole = RANDOM[name](Generator(1)).batch(batch)
    single = RANDOM[name](Generator(1))
    assert isinstance(whole, type(batch))
    assert whole.dtype == batch.dtype
    for i in range(len(batch)):
        one = single(batch[i])
        assert isinstance(one, type(batch))
        assert np.array_equal(array(one), array(whole[i]))


@pytest.mark.parametrize("name", RANDOM)
def test_a_seed_decides_and_without_a_generator_the_global_one(name):
    autograd.manual_seed(5)
    first = RANDOM[name](None).batch(PLANES).numpy()
    second = RANDOM[name](None).batch(PLANES).numpy()
    autograd.manual_seed(5)
    assert np.array_equal(RANDOM[name](None).batch(PLANES).numpy(), first)
    assert np.array_equal(RANDOM[name](Generator().manual_seed(5)).batch(PLANES).numpy(), first)
    assert not np.array_equal(first, second)


def test_compose_and_lambda_take_samples_and_batches_and_plain_functions():
    halves = transforms.Lambda(lambda x: x / 2)
    pipeline = transforms.Compose([lambda image: image[:4], transforms.ToTensor(), halves, lambda x: x.reshape(-1)])
    batch = pipeline.batch(COLOUR)
    assert batch.shape == (6, 3 * 4 * 7)
    for i in range(6):
        assert np.array_equal(pipeline(COLOUR[i]).numpy(), batch[i].numpy())


# What each of them does.


def test_a_flip_happens_as_often_as_asked():
    assert np.array_equal(transforms.RandomHorizontalFlip(1.0).batch(GREY), GREY[:, :, ::-1])
    assert np.array_equal(transforms.RandomHorizontalFlip(0.0).batch(GREY), GREY)
    marked = np.tile(np.array([[0, 1]]), (4000, 1, 1))
    share = transforms.RandomHorizontalFlip(0.3, generator=Generator(0)).batch(marked)[:, 0, 0].mean()
    assert abs(share - 0.3) < 0.03


def test_a_crop_is_a_window_of_the_padded_image_and_every_place_is_as_likely():
    crop = transforms.RandomCrop((8, 6), padding=1, fill=7, generator=Generator(0))
    padded = np.pad(GREY[0], 1, constant_values=7)
    windows = [padded[i : i + 8, j : j + 6] for i in range(4) for j in range(4)]
    found = crop.batch(np.tile(GREY[0], (3200, 1, 1)))
    counts = [(found == window).all((1, 2)).sum() for window in windows]
    assert sum(counts) == 3200
    assert min(counts) > 140


def test_erasing_overwrites_one_rectangle_of_the_area_and_shape_asked_for():
    erase = transforms.RandomErasing(1.0, (0.1, 0.3), (0.5, 2.0), value=(5, 6, 7), generator=Generator(0))
    out = erase.batch(autograd.zeros(300, 3, 40, 30)).numpy()
    for image in out:
        rows, columns = np.nonzero(image[0])
        h, w = np.ptp(rows) + 1, np.ptp(columns) + 1
        assert h * w == len(rows)
        assert 0.08 < h * w / 1200 < 0.33
        assert 0.4 < h / w < 2.4
        assert np.array_equal(image[:, rows[0], columns[0]], [5, 6, 7])


def test_erasing_leaves_alone_what_no_rectangle_fits():
    image = autograd.ones(1, 2, 2)
    assert transforms.RandomErasing(1.0, (1.0, 1.0))(image).tolist() == image.tolist()


def test_rotations_turn_counter_clockwise_and_quarter_turns_are_exact():
    for mode in ("nearest", "bilinear"):
        for turns in range(4):
            turn = transforms.RandomRotation((90 * turns, 90 * turns), mode)
            square = GREY[0, :7]
            assert np.array_equal(turn(square), np.rot90(square, turns))


def torch_affine(image, angle, shift, scale, shear, mode):
    """The same map by torch: the forward matrix inverted by it, on its own grid and sampler."""
    height, width = image.shape
    a, sx, sy = (math.radians(d) for d in (angle, *shear))
    turn = torch.tensor([[math.cos(a), -math.sin(a)], [math.sin(a), math.cos(a)]], dtype=torch.float64)
    along_y = torch.tensor([[1, 0], [-math.tan(sy), 1]], dtype=torch.float64)
    along_x = torch.tensor([[1, -math.tan(sx)], [0, 1]], dtype=torch.float64)
    inverse = torch.linalg.inv(scale * turn @ along_y @ along_x)
    to_pixels = torch.diag(torch.tensor([width / 2, height / 2], dtype=torch.float64))
    theta = torch.linalg.inv(to_pixels) @ inverse @ to_pixels
    offset = -torch.linalg.inv(to_pixels) @ inverse @ torch.tensor(shift, dtype=torch.float64)
    grid = TF.affine_grid(torch.cat([theta, offset[:, None]], 1)[None], (1, 1, height, width), align_corners=False)
    return TF.grid_sample(torch.from_numpy(image)[None, None], grid, mode, "zeros", align_corners=False)[0, 0].numpy()


@pytest.mark.parametrize("mode", ["nearest", "bilinear"])
@pytest.mark.parametrize(
    ("angle", "shift", "scale", "shear"),
    [(0, (0, 0), 1, (0, 0)), (25, (0, 0), 1, (0, 0)), (0, (2, -1), 1, (0, 0)), (0, (0, 0), 0.7, (0, 0)),
     (0, (0, 0), 1, (20, 0)), (0, (0, 0), 1, (0, -15)), (-33, (1, 3), 1.3, (10, 5)), (170, (-4, 2), 2, (-30, 8))],
)  # fmt: skip
def test_an_affine_map_is_what_torch_samples(mode, angle, shift, scale, shear):
    image = RNG.random((11, 14))
    drawn = math.radians(angle), float(scale), *map(math.radians, shear)
    linear = transforms.random_affine.inverse_matrix(*(np.array([value]) for value in drawn))
    ours = transforms.random_affine.resample(image[None, None], linear, np.array([shift]), mode, 0)[0, 0]
    theirs = torch_affine(image, angle, shift, scale, shear, mode)
    if mode == "bilinear":
        np.testing.assert_allclose(ours, theirs, atol=1e-12)
    else:
        assert (ours != theirs).mean() < 0.02


def test_each_number_of_an_affine_map_stays_within_its_range():
    image = np.zeros((9, 9))
    image[4, 4] = 1
    shift = transforms.RandomAffine(0, translate=(0.5, 0.25))
    assert np.argwhere(only(shift, image, u1=0.0, u2=0.999)).tolist() == [[6, 0]]
    assert np.argwhere(only(shift, image, u1=0.999, u2=0.0)).tolist() == [[2, 8]]
    assert only(transforms.RandomAffine(0, scale=(1, 3)), image, u3=0.999).sum() == 9
    assert only(transforms.RandomAffine(0, scale=(1, 3)), image, u3=0.0).sum() == 1


def test_what_comes_from_outside_has_the_value_of_fill():
    out = transforms.RandomRotation((45, 45), "bilinear", fill=200)(np.zeros((9, 9), np.uint8))
    assert out[0, 0] == 200
    assert out[4, 4] == 0


# In a loader.


def test_the_loader_serves_what_the_transforms_of_a_batch_give():
    class Images(datasets.ImageDataset):
        classes = ("a", "b")

        def _read(self):
            return COLOUR, np.arange(6, dtype=np.uint8) % 2

    steps = transforms.Compose([transforms.ToTensor(), transforms.Normalize(0.5, 0.5)])
    data = Images(transform=steps, target_transform=lambda target: target + 10)
    images, targets = next(iter(DataLoader(data, 6)))
    assert targets.tolist() == [10, 11] * 3
    for i in range(6):
        assert np.array_equal(images[i].numpy(), data[i][0].numpy())
        assert data[i][1] == targets[i].item()
