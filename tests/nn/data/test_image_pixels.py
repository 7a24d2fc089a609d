"""Pixels of 16 bits and floats, colours of print, transparency, and images that cannot be read."""

import re
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from nn.data import datasets
from nn.data.datasets import image_pixels
from nn.data.datasets.broken_images import BrokenImagesError
from nn.data.datasets.image_pixels import common_span

RAMP = np.linspace(0, 1, 48).reshape(6, 8)


def put(path, pixels):
    path.parent.mkdir(parents=True, exist_ok=True)
    (pixels if isinstance(pixels, Image.Image) else Image.fromarray(pixels)).save(path)
    return path


def two_classes(root, *images):
    """A folder of images, by turns of the classes a and b."""
    for number, image in enumerate(images):
        put(root / "ab"[number % 2] / f"{number}.tiff", image)
    return root


@pytest.mark.parametrize(
    ("extremes", "span"),
    [
        ([(0, 0.9)], (0, 1)), ([(0.4, 0.5)], (0.4, 0.5)), ([(3, 240)], (0, 255)), ([(0, 900)], (0, 1023)),
        ([(0, 3000), (10, 4000)], (0, 4095)), ([(0, 65000)], (0, 65535)), ([(30000, 31000)], (30000, 31000)),
        ([(-1, 1)], (-1, 1)), ([(0, 1e6)], (0, 1e6)), ([(0, 0)], (0, 1)), ([(7, 7)], (0, 255)), ([], None),
    ],
)  # fmt: skip
def test_the_span_is_that_of_the_kind_or_of_the_values(extremes, span):
    assert common_span(extremes) == span


@pytest.mark.parametrize(
    "pixels",
    [
        RAMP.astype(np.float32), (RAMP * 2 - 1).astype(np.float32), (RAMP * 1e-3).astype(np.float32),
        np.rint(RAMP * 4095).astype(np.uint16), np.rint(30000 + RAMP * 1000).astype(np.uint16),
        np.rint(RAMP * 1e6).astype(np.int32),
    ],
    ids=["0 to 1", "-1 to 1", "0 to 0.001", "12 bits", "30,000 to 31,000", "32 bits"],
)  # fmt: skip
def test_deep_pixels_keep_their_range(tmp_path, pixels):
    with pytest.warns(datasets.DataNote, match=r"2 of 2 images of 16 bits or floats: scaled so that .* is white"):
        data = datasets.ImageFolder(two_classes(tmp_path, pixels, pixels))
    assert data.grey
    np.testing.assert_allclose(data.data[0], 255 * RAMP, atol=1)


def test_deep_pixels_are_scaled_in_pieces(monkeypatch):
    values = np.random.default_rng(0).normal(size=(7, 5)).astype(np.float32)
    whole = image_pixels._scaled(values, (-1.0, 2.0))
    for pixels in 1, 10, 12:
        monkeypatch.setattr(image_pixels, "SCALED", pixels)
        assert np.array_equal(image_pixels._scaled(values, (-1.0, 2.0)), whole)
    assert whole.min() < 64 < 192 < whole.max()


def test_deep_pixels_of_a_folder_are_scaled_alike(tmp_path):
    dark, light = (np.rint(RAMP * top).astype(np.uint16) for top in (400, 4000))
    with pytest.warns(datasets.DataNote, match=r"0 is black and 4,095 is white"):
        data = datasets.ImageFolder(two_classes(tmp_path, dark, light))
    assert data.span == (0, 4095)
    assert data.data[0].max() == round(255 * 400 / 4095)
    assert np.array_equal(data.read(data.files[0]), data.data[0])


@pytest.mark.parametrize("order", ["<u2", ">u2"])
def test_16_bits_are_read_in_either_byte_order(tmp_path, order):
    values = np.rint(RAMP * 65535).astype(order)
    mode = "I;16" if order == "<u2" else "I;16B"
    path = put(tmp_path / "a.tiff", Image.frombytes(mode, (8, 6), values.tobytes()))
    with pytest.warns(datasets.DataNote, match="65,535 is white"):
        np.testing.assert_allclose(datasets.read_image(path, grey=True), 255 * RAMP, atol=1)


def test_pixels_that_are_not_numbers_are_a_fault(tmp_path):
    values = RAMP.astype(np.float32)
    values[0, :2] = np.nan, np.inf
    with pytest.raises(ValueError, match=r"damaged \(2 of its 48 pixels are not finite numbers\)"):
        datasets.read_image(put(tmp_path / "a.tiff", values))


INKS = {"cyan": (255, 0, 0, 0), "magenta": (0, 255, 0, 0), "yellow": (0, 0, 255, 0), "black": (0, 0, 0, 255)}
LIGHTS = {"cyan": (0, 255, 255), "magenta": (255, 0, 255), "yellow": (255, 255, 0), "black": (0, 0, 0)}


@pytest.mark.parametrize("end", ["jpg", "tiff"])
@pytest.mark.parametrize("ink", INKS)
def test_colours_of_print_become_those_of_light(tmp_path, ink, end):
    path = put(tmp_path / f"a.{end}", Image.new("CMYK", (8, 6), INKS[ink]))
    assert np.abs(datasets.read_image(path).astype(int) - LIGHTS[ink]).max() <= 2


@pytest.mark.parametrize("alpha", [0, 128, 255])
def test_transparent_pixels_lie_on_white(tmp_path, alpha):
    clear = put(tmp_path / "a.png", Image.new("RGBA", (8, 6), (200, 0, 0, alpha)))
    palette = Image.new("P", (8, 6), 0)
    palette.putpalette([200, 0, 0])
    palette.save(tmp_path / "b.png", transparency=bytes([alpha]))
    share = alpha / 255
    for path in (clear, tmp_path / "b.png"):
        if alpha < 255:
            with pytest.warns(datasets.DataNote, match="with transparent pixels, which become white"):
                pixels = datasets.read_image(path)
        else:
            pixels = datasets.read_image(path)
        np.testing.assert_allclose(pixels[0, 0], np.array([200, 0, 0]) * share + 255 * (1 - share), atol=2)


@pytest.fixture
def damaged(tmp_path):
    """A folder of four images that can be read and three that cannot, for three different reasons."""
    root = two_classes(tmp_path, *[(RAMP * 255).astype(np.uint8)] * 4)
    (root / "a/empty.png").write_bytes(b"")
    (root / "b/text.png").write_text("no image")
    whole = put(tmp_path / "whole.jpg", Image.new("RGB", (40, 40))).read_bytes()
    (root / "whole.jpg").unlink()
    (root / "b/cut.jpg").write_bytes(whole[:-30])
    return root


def test_images_that_cannot_be_read_are_refused_together(damaged):
    with pytest.raises(BrokenImagesError, match="replace or remove these files") as error:
        datasets.ImageFolder(damaged)
    names = sorted(path.name for path in error.value.faults)
    assert names == ["cut.jpg", "empty.png", "text.png"]
    assert all(f"{name}: " in str(error.value) for name in names)


def test_images_that_cannot_be_read_are_left_out_if_asked(damaged):
    with pytest.warns(datasets.DataNote, match=r"3 of 7 images cannot be read, .* left out:\n.*a.empty\.png: empty\n"):
        data = datasets.ImageFolder(damaged, broken="skip")
    assert (len(data), data.targets.tolist()) == (4, [0, 0, 1, 1])
    assert [path.name for path in data.files] == ["0.tiff", "2.tiff", "1.tiff", "3.tiff"]
    assert sorted(path.name for path in data.broken) == ["cut.jpg", "empty.png", "text.png"]


def test_a_class_without_an_image_that_can_be_read_is_refused(damaged):
    for path in damaged.glob("b/*.tiff"):
        path.unlink()
    with pytest.raises(ValueError, match="no image of this class can be read: replace some of them"):
        datasets.ImageFolder(damaged, broken="skip")
    for path in damaged.glob("a/*.tiff"):
        path.unlink()
    with pytest.raises(BrokenImagesError, match=r"a.empty\.png: empty"):
        datasets.ImageFolder(damaged, broken="skip")
    with pytest.raises(ValueError, match="broken: expected 'refuse' or 'skip', given 'ignore'"):
        datasets.ImageFolder(damaged, broken="ignore")


GREY, DEEP, RGBA = b"\x08\x00", b"\x10\x00", b"\x08\x06"


@pytest.mark.parametrize(("size", "kind"), [((9000, 9000), GREY), ((5000, 4000), DEEP), ((5000, 4000), RGBA)])
def test_a_header_that_announces_more_than_the_file_can_hold_is_refused(size, kind, tmp_path):
    content = put(tmp_path / "a.png", (RAMP * 255).astype(np.uint8)).read_bytes()
    header = b"IHDR" + struct.pack(">II", *size) + kind + content[26:29]
    (tmp_path / "a.png").write_bytes(content[:12] + header + struct.pack(">I", zlib.crc32(header)) + content[33:])
    with pytest.raises(ValueError, match=re.escape(f"its header announces {size[0]} x {size[1]} pixels, too many for")):
        datasets.read_image(tmp_path / "a.png")
