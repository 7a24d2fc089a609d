"""Images of one's own: what becomes of a folder of images, and what is said of folders that are laid out otherwise."""

import numpy as np
import pytest
from PIL import Image, ImageOps

import autograd
import nn
from autograd import Generator
from nn.data import DataLoader, datasets, stratified_split, transforms
from tests.on_disk import as_if_large


@pytest.fixture(params=["in memory", "on disk"], autouse=True)
def place(request, monkeypatch):
    if request.param == "on disk":
        as_if_large(monkeypatch)


def picture(height=6, width=8, seed=0, grey=False):
    return np.random.default_rng(seed).integers(0, 256, (height, width) if grey else (height, width, 3), dtype=np.uint8)


def put(path, pixels=None, **options):
    """An image file; for a suffix that loses nothing its pixels are `pixels`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    image = pixels if isinstance(pixels, Image.Image) else Image.fromarray(picture() if pixels is None else pixels)
    image.save(path, **options)
    return path


def folder(root, classes=("cat", "dog"), each=2, **options):
    """A folder of small images, and their pixels in the order of their files."""
    pixels = []
    for name in classes:
        for i in range(each):
            pixels.append(picture(seed=len(pixels), **options))
            put(root / name / f"{i}.png", pixels[-1])
    return np.array(pixels)


# What an image becomes.


@pytest.mark.parametrize("grey", [False, True])
def test_a_folder_is_a_data_set_of_bytes_and_classes(tmp_path, grey):
    pixels = folder(tmp_path, ("dog", "cat", "ant"), grey=grey)[[4, 5, 2, 3, 0, 1]]
    data = datasets.ImageFolder(tmp_path)
    assert isinstance(data, datasets.ImageDataset)
    assert data.classes == ("ant", "cat", "dog")
    assert data.class_to_idx == {"ant": 0, "cat": 1, "dog": 2}
    assert data.data.dtype == np.uint8
    assert np.array_equal(data.data, pixels)
    assert data.targets.tolist() == [0, 0, 1, 1, 2, 2]
    assert data.targets.dtype == autograd.int64
    assert (data.size, data.grey, data.skipped) == ((6, 8), grey, 0)
    assert data.files[2] == tmp_path / "cat/0.png"
    image, label = data[2]
    assert np.array_equal(image, pixels[2])
    assert label == 1
    shape = "6, 8" if grey else "6, 8, 3"
    facts = ["Number of datapoints: 6", f"Root location: {tmp_path}", f"Images: ({shape}), 3 classes"]
    assert repr(data) == "\n    ".join(["Dataset ImageFolder", *facts])


def test_a_batch_is_transformed_at_once(tmp_path):
    pixels = folder(tmp_path)
    data = datasets.ImageFolder(tmp_path, transform=transforms.ToTensor(), target_transform=lambda label: -label)
    images, labels = next(iter(DataLoader(data, 4)))
    assert images.shape == (4, 3, 6, 8)
    np.testing.assert_allclose(images.numpy(), pixels.transpose(0, 3, 1, 2) / 255, rtol=1e-6)
    assert labels.tolist() == [0, 0, -1, -1]


@pytest.mark.parametrize(("size", "shape"), [(4, (4, 4, 3)), ((3, 5), (3, 5, 3)), ((12, 16), (12, 16, 3))])
def test_images_are_scaled_to_the_size_asked_for(tmp_path, size, shape):
    pixels = folder(tmp_path)
    data = datasets.ImageFolder(tmp_path, size)
    assert data.data.shape == (4, *shape)
    scaled = Image.fromarray(pixels[0]).resize(shape[1::-1], Image.Resampling.BILINEAR)
    assert np.array_equal(data.data[0], np.asarray(scaled))


@pytest.mark.parametrize(
    ("sizes", "chosen"),
    [
        ([(6, 8), (6, 8), (6, 8), (9, 9)], (6, 8)),
        ([(6, 8), (9, 9), (9, 9), (6, 8)], (6, 8)),
        ([(4, 10), (6, 20), (8, 30), (10, 15)], (7, 18)),
    ],
)
def test_the_size_is_that_of_most_images_or_the_median(tmp_path, sizes, chosen):
    for i, (height, width) in enumerate(sizes):
        put(tmp_path / "ab"[i % 2] / f"{i}.png", picture(height, width))
    assert datasets.ImageFolder(tmp_path).size == chosen


def test_images_are_grey_if_all_are_or_if_asked_for(tmp_path):
    put(tmp_path / "a/0.png", picture(grey=True))
    coloured = put(tmp_path / "b/0.png", picture())
    assert datasets.ImageFolder(tmp_path).data.shape == (2, 6, 8, 3)
    data = datasets.ImageFolder(tmp_path, grey=True)
    assert np.array_equal(data.data[1], np.asarray(Image.open(coloured).convert("L")))
    coloured.unlink()
    put(coloured, picture(grey=True))
    assert datasets.ImageFolder(tmp_path).data.shape == (2, 6, 8)
    assert datasets.ImageFolder(tmp_path, grey=False).data.shape == (2, 6, 8, 3)


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".ppm", ".PNG"])
def test_every_format_is_read(tmp_path, suffix):
    flat = np.full((6, 8, 3), (200, 80, 40), np.uint8)
    put(tmp_path / "a" / f"0{suffix}", flat)
    put(tmp_path / "b" / f"0{suffix}", flat)
    data = datasets.ImageFolder(tmp_path)
    assert np.abs(data.data.astype(int) - flat).max() < 8


@pytest.mark.parametrize("most", [1, 255])
def test_an_image_of_floats_is_not_clipped(tmp_path, most):
    values = np.linspace(0, most, 48, dtype=np.float32).reshape(6, 8)
    Image.fromarray(values).save(tmp_path / "floats.tiff")
    with pytest.warns(datasets.DataNote, match=f"1 of 1 image of 16 bits or floats: .* 0 is black and {most} is white"):
        read = datasets.read_image(tmp_path / "floats.tiff", grey=True)
    np.testing.assert_allclose(read, 255 * values / most, atol=1)


def test_palettes_transparency_and_16_bits_become_bytes(tmp_path):
    clear = np.dstack([picture(), np.zeros((6, 8), np.uint8)])
    put(tmp_path / "a/clear.png", clear)
    palette = Image.fromarray(picture()).convert("P")
    put(tmp_path / "a/palette.png", palette)
    put(tmp_path / "b/cmyk.jpg", Image.new("CMYK", (8, 6), (0, 0, 0, 0)))
    put(tmp_path / "b/deep.png", picture(grey=True).astype(np.uint16) * 257)
    put(tmp_path / "b/bits.png", Image.new("1", (8, 6), 1))
    with pytest.warns(datasets.DataNote, match="images") as said:
        data = datasets.ImageFolder(tmp_path)
    assert [str(each.message).partition(": ")[2] for each in said] == [
        "1 of 5 images of 16 bits or floats: scaled so that 0 is black and 65,535 is white",
        "1 of 5 images with transparent pixels, which become white",
    ]
    assert (data.data[0] == 255).all()
    assert np.array_equal(data.data[1], np.asarray(palette.convert("RGB")))
    assert (data.data[2] == 255).all()
    assert (data.data[3] >= 250).all()
    assert np.array_equal(data.data[4][..., 0], picture(grey=True))


def test_turned_photographs_are_set_upright(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    turned = put(tmp_path / "a/0.png", picture(), exif=exif)
    put(tmp_path / "b/0.png", picture(8, 6))
    data = datasets.ImageFolder(tmp_path)
    assert data.size == (8, 6)
    assert np.array_equal(data.data[0], np.asarray(ImageOps.exif_transpose(Image.open(turned))))


def test_a_large_photograph_is_scaled_down_as_pillow_does_it(tmp_path):
    y, x = np.mgrid[:600, :800]
    smooth = np.stack([x / 800, y / 600, (x + y) / 1400], -1) * 255
    path = put(tmp_path / "photo.jpg", smooth.astype(np.uint8), quality=95)
    image = datasets.read_image(path, (30, 40))
    assert np.abs(image.astype(int) - np.asarray(Image.open(path).resize((40, 30)))).max() < 6


def test_a_single_image_is_read_as_those_learned_from(tmp_path):
    folder(tmp_path / "data")
    data = datasets.ImageFolder(tmp_path / "data", size=5, grey=True)
    assert np.array_equal(data.read(data.files[3]), data.data[3])
    other = put(tmp_path / "other.png", picture(20, 20))
    assert data.read(other).shape == (5, 5)
    assert np.array_equal(datasets.read_image(other), picture(20, 20))
    assert np.array_equal(datasets.read_image(other, 5, grey=True), data.read(other))
    data.read(other)[...] = 0  # it is writable memory of its own
    with pytest.raises(FileNotFoundError, match=r"none\.png: expected an image file, found nothing there"):
        data.read(tmp_path / "none.png")


# Which files are images.


def test_what_is_no_image_is_skipped_and_counted(tmp_path):
    folder(tmp_path)
    (tmp_path / "README.md").write_text("leaves")
    (tmp_path / ".DS_Store").write_text("")
    (tmp_path / "cat/notes.txt").write_text("a cat")
    (tmp_path / "cat/._0.png").write_bytes(b"not an image")
    put(tmp_path / ".ipynb_checkpoints/0.png")
    put(tmp_path / "__MACOSX/cat/0.png")
    put(tmp_path / "stray.png")
    data = datasets.ImageFolder(tmp_path)
    assert (len(data), data.classes, data.skipped) == (4, ("cat", "dog"), 7)


def test_images_in_folders_within_a_class_belong_to_it(tmp_path):
    folder(tmp_path)
    put(tmp_path / "cat/tabby/9.png")
    put(tmp_path / "cat/.hidden/9.png")
    data = datasets.ImageFolder(tmp_path)
    assert data.targets.tolist() == [0, 0, 0, 1, 1]


# Folders that are not as they should be.


def lay(root, *files):
    for file in files:
        if file.endswith("/"):
            (root / file).mkdir(parents=True)
        else:
            put(root / file)


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ([], "there are no images, expected"),
        (["cat/", "dog/"], "there are no images, expected"),
        (["0.png", "1.png"], "the images lie in the folder itself, expected .*<class>.<image>.*: move those of each"),
        (["cat/0.png", "dog/", "emu/"], "dog: there is no image of this class: put some in, or remove the folder"),
        (["cat/0.png", "cat/1.png"], "there is only the class 'cat', expected two or more"),
        (["train/cat/0.png", "train/dog/0.png", "test/cat/1.png"],
         "'test' and 'train' are parts of a data set, .*: read each part by itself, as .*test"),
    ],
)  # fmt: skip
def test_another_layout_is_refused(tmp_path, files, message):
    lay(tmp_path, *files)
    with pytest.raises(ValueError, match=message) as error:
        datasets.ImageFolder(tmp_path)
    assert str(error.value).startswith(str(tmp_path))


def test_classes_may_be_called_like_parts_if_their_images_lie_in_them(tmp_path):
    lay(tmp_path, "test/0.png", "train/0.png")
    assert datasets.ImageFolder(tmp_path).classes == ("test", "train")


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="none: expected a folder with a folder of images for each class"):
        datasets.ImageFolder(tmp_path / "none")


def test_all_images_that_cannot_be_read_are_named(tmp_path):
    folder(tmp_path)
    whole = put(tmp_path / "whole.jpg", picture(40, 40)).read_bytes()
    (tmp_path / "whole.jpg").unlink()
    (tmp_path / "cat/cut.jpg").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ValueError, match=r"replace or remove this file:\n.*cat/cut.jpg: damaged .*truncated"):
        datasets.ImageFolder(tmp_path)
    (tmp_path / "cat/empty.png").write_bytes(b"")
    (tmp_path / "dog/text.png").write_text("a dog")
    content = bytearray((tmp_path / "dog/0.png").read_bytes())
    content[20:40] = bytes(20)
    (tmp_path / "dog/broken.png").write_bytes(content)
    with pytest.raises(ValueError, match="replace or remove these files") as error:
        datasets.ImageFolder(tmp_path)
    message = str(error.value)
    assert f"{tmp_path}/cat/empty.png: empty" in message
    assert f"{tmp_path}/dog/text.png: not an image in a known format" in message
    assert f"{tmp_path}/dog/broken.png: " in message
    assert f"{tmp_path}/cat/cut.jpg: damaged" in message
    for i in range(23):
        (tmp_path / f"cat/empty{i}.png").write_bytes(b"")
    with pytest.raises(ValueError, match="and 7 more"):
        datasets.ImageFolder(tmp_path)


def test_a_single_image_that_cannot_be_read_is_refused(tmp_path):
    (tmp_path / "a.png").write_text("no image")
    with pytest.raises(ValueError, match=r"a\.png: not an image in a known format"):
        datasets.read_image(tmp_path / "a.png")


@pytest.mark.parametrize("size", [0, (0, 5), (5, -1)])
def test_a_size_without_pixels_is_refused(tmp_path, size):
    folder(tmp_path)
    with pytest.raises(ValueError, match="expected a size of one pixel or more"):
        datasets.ImageFolder(tmp_path, size)


def test_more_pixels_than_memory_are_refused_before_they_are_read(tmp_path):
    folder(tmp_path)
    with pytest.raises(ValueError, match="4 images of 30000 x 30000 pixels would take 11 GB of memory: give a smaller"):
        datasets.ImageFolder(tmp_path, 30_000)


def test_without_pillow_the_extra_is_named(tmp_path, monkeypatch):
    folder(tmp_path)
    monkeypatch.setitem(__import__("sys").modules, "PIL.Image", None)
    with pytest.raises(ImportError, match=r"Pillow, which is not installed: .* pip install -e '\.\[cli\]'"):
        datasets.ImageFolder(tmp_path)


# From the folder to the trained model.


def test_a_network_learns_to_tell_bars_apart(tmp_path):
    autograd.manual_seed(0)
    rng = np.random.default_rng(0)
    for i in range(80):
        pixels = rng.integers(0, 90, (8, 8), dtype=np.uint8)
        place = rng.integers(1, 7)
        pixels[(place, slice(None)) if i % 2 else (slice(None), place)] = 220
        put(tmp_path / ("lying" if i % 2 else "upright") / f"{i:02d}.png", pixels)
    data = datasets.ImageFolder(tmp_path, transform=transforms.ToTensor())
    train, valid = stratified_split(data, 0.8, Generator(0))
    assert (len(train), len(valid)) == (64, 16)
    model = nn.Sequential(nn.Conv2d(1, 8, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 2))
    optimizer = nn.optim.Adam(model.parameters(), lr=0.05)
    for _ in range(40):
        for images, classes in DataLoader(train, 16, shuffle=True):
            optimizer.zero_grad()
            nn.CrossEntropyLoss()(model(images), classes).backward()
            optimizer.step()
    ((images, classes),) = DataLoader(valid, 16)
    assert (model(images).argmax(dim=1) == classes).double().mean().item() > 0.9
    image = transforms.ToTensor()(data.read(data.files[0]))
    assert data.classes[model(image[None]).argmax().item()] == "lying"
