"""Transforms of images of all three kinds, beside Pillow and torch, which torchvision hands them to."""

import numpy as np
import pytest
import torch
from PIL import Image, ImageEnhance, ImageOps
from torch.nn.functional import interpolate

import autograd
from nn.data import transforms
from nn.data.transforms import functional as F

RNG = np.random.default_rng(0)
COLOUR = RNG.integers(0, 256, (23, 31, 3), dtype=np.uint8)
GREY = RNG.integers(0, 256, (23, 31), dtype=np.uint8)
PLANES = RNG.random((3, 23, 31), dtype=np.float32)
PICTURES = [GREY, COLOUR, RNG.integers(0, 256, (23, 31, 4), dtype=np.uint8)]


def image(array):
    return Image.fromarray(array)


def same_pixels(found, expected):
    assert isinstance(found, Image.Image)
    assert found.mode == expected.mode
    assert np.array_equal(np.asarray(found), np.asarray(expected))


# -- sizes ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("array", PICTURES, ids=["L", "RGB", "RGBA"])
@pytest.mark.parametrize("mode", ["nearest", "bilinear", "bicubic", "box", "hamming", "lanczos"])
@pytest.mark.parametrize("size", [(11, 40), (50, 8), (23, 31)], ids=str)
def test_pictures_are_resized_as_pillow_does(array, mode, size):
    expected = image(array).resize(size[::-1], Image.Resampling[mode.upper()])
    same_pixels(transforms.Resize(size, mode)(image(array)), expected)
    same_pixels(transforms.Resize(size, Image.Resampling[mode.upper()])(image(array)), expected)
    assert np.array_equal(transforms.Resize(size, mode)(array), np.asarray(expected))


@pytest.mark.parametrize("mode", ["nearest", "nearest-exact", "bilinear", "bicubic"])
@pytest.mark.parametrize("antialias", [True, False])
@pytest.mark.parametrize("size", [(11, 40), (50, 8), (23, 31), (1, 1)], ids=str)
def test_tensors_are_resized_as_torch_does(mode, antialias, size):
    options = {} if "nearest" in mode else {"antialias": antialias, "align_corners": False}
    expected = interpolate(torch.from_numpy(PLANES)[None], size, mode=mode, **options)[0].numpy()
    found = F.resize(autograd.tensor(PLANES), size, mode, antialias=antialias).numpy()
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected, atol=2e-6)


@pytest.mark.parametrize(("size", "max_size", "expected"), [(10, None, (10, 13)), ([46], None, (46, 62)),
                                                            (46, 50, (37, 50)), (10, 13, (10, 13))])  # fmt: skip
def test_one_number_is_the_shorter_side(size, max_size, expected):
    resize = transforms.Resize(size, max_size=max_size)
    assert resize(COLOUR).shape == (*expected, 3)
    assert resize(np.swapaxes(COLOUR, 0, 1)).shape == (*expected[::-1], 3)
    assert resize(autograd.tensor(PLANES)).shape == (3, *expected)


def test_integers_are_resized_to_integers():
    whole = (PLANES * 1000).astype(np.int64)
    found = F.resize(autograd.tensor(whole), (9, 9)).numpy()
    expected = interpolate(torch.from_numpy(whole)[None].double(), (9, 9), mode="bilinear", antialias=True)[0]
    assert np.array_equal(found, expected.round().long().numpy())


@pytest.mark.parametrize("size", [(10, 12), (23, 31), (40, 7), (24, 32)], ids=str)
def test_the_middle_is_cut_out_or_surrounded_by_zeros(size):
    found = transforms.CenterCrop(size)(GREY)
    wide = np.zeros((63, 71), np.uint8)
    wide[20:43, 20:51] = GREY
    tall, long = (round((n - m) / 2) if n > m else -((m - n) // 2) for n, m in zip(GREY.shape, size, strict=True))
    expected = wide[20 + tall : 20 + tall + size[0], 20 + long : 20 + long + size[1]]
    assert np.array_equal(found, expected)
    same_pixels(F.center_crop(image(GREY), size), image(expected))


@pytest.mark.parametrize("padding", [3, (1, 2), (1, 2, 3, 4)], ids=str)
@pytest.mark.parametrize("mode", ["constant", "edge", "reflect", "symmetric"])
def test_margins_are_as_in_numpy(padding, mode):
    left, top, right, bottom = ((padding,) * 4 if isinstance(padding, int) else (padding * 4)[:4])
    expected = np.pad(GREY, ((top, bottom), (left, right)), mode=mode)
    assert np.array_equal(transforms.Pad(padding, padding_mode=mode)(GREY), expected)


def test_margins_have_a_colour_and_may_be_negative():
    same_pixels(F.pad(image(COLOUR), 2, (9, 8, 7)), ImageOps.expand(image(COLOUR), 2, (9, 8, 7)))
    assert np.array_equal(F.pad(GREY, (-1, -2, 0, 1)), np.pad(GREY[2:, 1:], ((0, 1), (0, 0))))
    same_pixels(F.crop(image(COLOUR), 5, -3, 30, 10), image(COLOUR).crop((-3, 5, 7, 35)))
    assert F.resized_crop(autograd.tensor(PLANES), 1, 2, 9, 9, 4).shape == (3, 4, 4)


def test_flips_and_quarter_turns_move_the_pixels_alone():
    same_pixels(F.hflip(image(COLOUR)), ImageOps.mirror(image(COLOUR)))
    same_pixels(F.vflip(image(COLOUR)), ImageOps.flip(image(COLOUR)))
    assert np.array_equal(transforms.RandomVerticalFlip(1.0)(GREY), GREY[::-1])
    assert np.array_equal(F.rotate(GREY[:, :23], 90), np.rot90(GREY[:, :23]))


# -- colours ----------------------------------------------------------------------------------------------------------


def test_grey_is_that_of_pillow_and_for_fractions_that_of_torchvision():
    same_pixels(transforms.Grayscale()(image(COLOUR)), image(COLOUR).convert("L"))
    same_pixels(F.to_grayscale(image(COLOUR), 3), image(COLOUR).convert("L").convert("RGB"))
    same_pixels(transforms.Grayscale(3)(image(GREY)), image(GREY).convert("RGB"))
    found = F.rgb_to_grayscale(autograd.tensor(PLANES)).numpy()
    np.testing.assert_allclose(found[0], np.tensordot([0.2989, 0.587, 0.114], PLANES, 1), rtol=1e-6)


@pytest.mark.parametrize("factor", [0, 0.3, 1, 1.7])
@pytest.mark.parametrize(("adjust", "enhance"), [(F.adjust_brightness, ImageEnhance.Brightness),
                                                 (F.adjust_contrast, ImageEnhance.Contrast),
                                                 (F.adjust_saturation, ImageEnhance.Color)])  # fmt: skip
def test_bytes_are_adjusted_as_pillow_does(adjust, enhance, factor):
    same_pixels(adjust(image(COLOUR), factor), enhance(image(COLOUR)).enhance(factor))


@pytest.mark.parametrize("shift", [-0.5, -0.13, 0, 0.2, 0.5])
def test_hues_are_turned_as_pillow_turns_them(shift):
    h, s, v = image(COLOUR).convert("HSV").split()
    turned = (np.asarray(h).astype(int) + int(shift * 255)) % 256
    expected = Image.merge("HSV", (image(turned.astype(np.uint8)), s, v)).convert("RGB")
    same_pixels(F.adjust_hue(image(COLOUR), shift), expected)
    fine = F.adjust_hue(autograd.tensor(PLANES), shift).numpy()
    np.testing.assert_allclose(np.sort(fine, 0)[[0, -1]], np.sort(PLANES, 0)[[0, -1]], atol=1e-6)
    np.testing.assert_allclose(F.adjust_hue(autograd.tensor(fine), -shift).numpy(), PLANES, atol=1e-5)


def test_fractions_are_adjusted_by_the_formula():
    x, grey = autograd.tensor(PLANES), np.tensordot([0.2989, 0.587, 0.114], PLANES, 1)
    expected = {
        F.adjust_brightness: 1.5 * PLANES,
        F.adjust_contrast: 1.5 * PLANES - 0.5 * grey.mean(),
        F.adjust_saturation: 1.5 * PLANES - 0.5 * grey,
    }
    for adjust, value in expected.items():
        np.testing.assert_allclose(adjust(x, 1.5).numpy(), value.clip(0, 1), atol=1e-6)


def test_jitter_changes_what_it_is_asked_to_within_its_range():
    grey = np.full((500, 2, 2, 3), 100, np.uint8)
    found = transforms.ColorJitter(brightness=(0.5, 1.2)).batch(grey)[:, 0, 0, 0]
    assert (found.min(), found.max()) in [(50 + i, 119 - j) for i in range(3) for j in range(3)]
    assert np.array_equal(transforms.ColorJitter(saturation=0.9, hue=0.5).batch(grey), grey)
    assert np.array_equal(transforms.ColorJitter()(COLOUR), COLOUR)
    some_grey = transforms.RandomGrayscale(0.3).batch(np.tile(COLOUR[:1, :1], (1000, 1, 1, 1)))
    assert abs((some_grey[:, 0, 0, 0] == some_grey[:, 0, 0, 1]).mean() - 0.3) < 0.07


@pytest.mark.parametrize(("given", "dtype"), [
    ("uint8", "float32"), ("float32", "uint8"), ("int16", "uint8"), ("uint8", "int32"), ("float32", "float64"),
    ("float64", "int32"),
])  # fmt: skip
def test_dtypes_are_converted_so_that_white_stays_white(given, dtype):
    most = 1 if "float" in given else np.iinfo(given).max
    x = autograd.tensor(np.array([[[0, most // 2 or 0.5, most]]], given))
    found = F.convert_image_dtype(x, getattr(autograd, dtype))
    assert found.dtype == np.dtype(dtype)
    assert found[0, 0, 0].item() == 0
    span = 1 if "float" in dtype else np.iinfo(dtype).max
    assert abs(found[0, 0, 2].item() - span) <= (span + 1) // 128 * ("float" not in dtype)
    assert abs(found[0, 0, 1].item() / span - 0.5) < 0.01


# -- windows ----------------------------------------------------------------------------------------------------------


def test_windows_have_the_areas_and_shapes_asked_for():
    place = np.stack(np.broadcast_arrays(*np.ogrid[0:1:200j, 0:1:100j]))[None].astype(np.float32)
    window = transforms.RandomResizedCrop(32, scale=(0.1, 0.3), ratio=(0.5, 2.0))
    for _ in range(200):
        (top, bottom), (left, right) = ((v.min(), v.max()) for v in window(autograd.tensor(place[0])).numpy())
        height, width = (bottom - top) * 200, (right - left) * 100
        assert 0.07 < height * width / 20_000 < 0.36
        assert 0.4 < width / height < 2.3


def test_a_window_that_never_fits_is_the_largest_in_the_middle():
    found = transforms.RandomResizedCrop((10, 10), scale=(1, 1), ratio=(1, 1))(GREY)
    assert np.array_equal(found, transforms.Resize((10, 10))(GREY[:, 4:27]))


# -- to and from Pillow, and how they are used ------------------------------------------------------------------------


@pytest.mark.parametrize("array", PICTURES, ids=["L", "RGB", "RGBA"])
def test_pictures_become_tensors_and_come_back(array):
    planes = F.pil_to_tensor(image(array))
    assert planes.dtype == autograd.uint8
    same_pixels(F.to_pil_image(planes), image(array))
    same_pixels(F.to_pil_image(F.to_tensor(image(array))), image(array))
    same_pixels(transforms.ToPILImage()(array), image(array))


def test_a_picture_goes_through_a_pipeline_as_the_array_of_its_pixels_does():
    pipeline = transforms.Compose([
        transforms.Resize(16), transforms.CenterCrop(14), transforms.Pad(1), transforms.Grayscale(3),
        transforms.ToTensor(), transforms.Normalize((0.5,) * 3, (0.5,) * 3),
    ])  # fmt: skip
    found = pipeline(image(COLOUR))
    assert found.shape == (3, 16, 16)
    assert np.array_equal(found.numpy(), pipeline(COLOUR).numpy())
    assert np.array_equal(found.numpy(), pipeline.batch(COLOUR[None]).numpy()[0])
    assert isinstance(transforms.RandomHorizontalFlip()(image(COLOUR)), Image.Image)
    black = Image.new("1", (3, 2), 1)
    assert F.to_tensor(black).tolist() == [[[1.0] * 3] * 2]


def test_transforms_are_printed_as_in_torchvision():
    t = transforms
    printed = {
        t.Compose([t.ToTensor(), t.Normalize((0.5,), (0.25,))]):
            "Compose(\n    ToTensor()\n    Normalize(mean=(0.5,), std=(0.25,))\n)",
        t.Resize(256): "Resize(size=256, interpolation=bilinear, max_size=None, antialias=True)",
        t.CenterCrop(224): "CenterCrop(size=(224, 224))",
        t.Pad((1, 2)): "Pad(padding=(1, 2), fill=0, padding_mode=constant)",
        t.RandomCrop(28, 4): "RandomCrop(size=(28, 28), padding=4)",
        t.RandomResizedCrop(9): "RandomResizedCrop(size=(9, 9), scale=(0.08, 1.0), ratio=(0.75, 1.3333), "
                                "interpolation=bilinear, antialias=True)",
        t.RandomHorizontalFlip(): "RandomHorizontalFlip(p=0.5)",
        t.RandomVerticalFlip(0.1): "RandomVerticalFlip(p=0.1)",
        t.RandomGrayscale(): "RandomGrayscale(p=0.1)",
        t.Grayscale(): "Grayscale(num_output_channels=1)",
        t.ColorJitter(0.5, hue=0.25): "ColorJitter(brightness=(0.5, 1.5), contrast=None, saturation=None, "
                                      "hue=(-0.25, 0.25))",
        t.RandomRotation(10): "RandomRotation(degrees=[-10.0, 10.0], interpolation=nearest, expand=False, fill=0)",
        t.RandomAffine(0, (0.1, 0.2)): "RandomAffine(degrees=[0.0, 0.0], translate=(0.1, 0.2))",
        t.RandomErasing(): "RandomErasing(p=0.5, scale=(0.02, 0.33), ratio=(0.3, 3.3), value=0, inplace=False)",
        t.Lambda(abs): "Lambda()",
        t.ToPILImage(): "ToPILImage()",
        t.PILToTensor(): "PILToTensor()",
        t.ConvertImageDtype(autograd.float32): "ConvertImageDtype()",
    }  # fmt: skip
    assert {repr(transform): text for transform, text in printed.items()} == {text: text for text in printed.values()}


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: transforms.Resize("large"), TypeError, "Size should be int or sequence. Got str"),
        (lambda: transforms.Resize((1, 2, 3)), ValueError, r"given \(1, 2, 3\)"),
        (lambda: transforms.Resize(5, max_size=5), ValueError, "max_size must be greater"),
        (lambda: transforms.Resize((5, 6), max_size=9), ValueError, "one size only"),
        (lambda: transforms.Resize(5, "cubic"), ValueError, "cubic"),
        (lambda: transforms.Resize(5, "box")(autograd.tensor(PLANES)), ValueError, "box is for bytes alone"),
        (lambda: transforms.Pad((1, 2, 3)), ValueError, "1, 2 or 4 numbers"),
        (lambda: transforms.Pad(1, padding_mode="wrap"), ValueError, "given wrap"),
        (lambda: transforms.Grayscale(2), ValueError, "either 1 or 3"),
        (lambda: transforms.Grayscale()(np.ones((3, 3, 2))), ValueError, "1 or 3 channels, given 2"),
        (lambda: transforms.ColorJitter(-1), ValueError, "must be non negative"),
        (lambda: transforms.ColorJitter(hue=0.6), ValueError, "hue values should be between"),
        (lambda: transforms.RandomResizedCrop(5, scale=(0.5, 0.1)), ValueError, "positive scale and ratio"),
        (lambda: transforms.ToPILImage()("text"), TypeError, "pic should be Tensor or ndarray"),
        (lambda: transforms.ToPILImage()(np.ones((1, 2, 3, 4))), ValueError, "2/3 dimensional. Got 4"),
        (lambda: transforms.ToPILImage()(autograd.ones(5, 2, 2)), ValueError, "> 4 channels. Got 5"),
        (lambda: F.pil_to_tensor(autograd.ones(1, 2, 2)), TypeError, "should be PIL Image"),
        (lambda: F.convert_image_dtype(autograd.ones(1, 2, 2), autograd.int32), RuntimeError, "cannot be performed"),
        (lambda: F.convert_image_dtype(GREY, autograd.int32), TypeError, "expected a Tensor"),
        (lambda: F.adjust_hue(COLOUR, 0.7), ValueError, "is not in"),
        (lambda: F.adjust_contrast(COLOUR, -1), ValueError, "is not non-negative"),
        (lambda: transforms.RandomRotation(9, expand=True), NotImplementedError, "expand and center"),
        (lambda: transforms.RandomAffine(9, interpolation="bicubic"), ValueError, "given bicubic"),
    ],
)
def test_what_makes_no_sense_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()
