"""The original files: where they are looked for, what is in them, and what is said of damaged ones."""

import io
import os
import pickle
import tarfile
import tracemalloc

import numpy as np
import pytest

import autograd
from nn.data import DataLoader, datasets, transforms
from nn.data.datasets.cifar import TRAIN, unpack
from tests.data_files import idx, packed, pictures, python_batch, records, write, write_mnist

plain = {"pack": bytes, "end": ""}


# Where files are looked for.


@pytest.mark.parametrize("options", [{}, plain], ids=["packed", "plain"])
@pytest.mark.parametrize("train", [True, False])
@pytest.mark.parametrize(
    ("cls", "folder"),
    [(datasets.MNIST, "mnist"), (datasets.MNIST, "MNIST/raw"),
     (datasets.FashionMNIST, "fashion-mnist"), (datasets.FashionMNIST, "FashionMNIST/raw")],
)  # fmt: skip
def test_every_layout_is_understood(tmp_path, cls, folder, train, options):
    images, labels = write_mnist(tmp_path / folder, train, **options)
    data = cls(tmp_path, train=train)
    assert np.array_equal(data.data.numpy(), images)
    assert data.data.dtype == autograd.uint8
    assert data.targets.tolist() == labels.tolist()
    assert data.targets.dtype == autograd.int64


def test_the_root_is_the_argument_then_the_variable_then_the_cache(tmp_path, monkeypatch):
    for n, place in enumerate(["argument", "variable", "cache/chalkgrad"], start=3):
        write_mnist(tmp_path / place / "mnist", n=n)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("CHALKGRAD_DATA", str(tmp_path / "variable"))
    assert len(datasets.MNIST(tmp_path / "argument")) == 3
    assert len(datasets.MNIST()) == 4
    monkeypatch.delenv("CHALKGRAD_DATA")
    assert len(datasets.MNIST()) == 5
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    write_mnist(tmp_path / "home/.cache/chalkgrad/mnist", n=6)
    assert len(datasets.MNIST()) == 6


@pytest.mark.parametrize(
    ("load", "files"),
    [
        (datasets.MNIST, ["mnist/train-images-idx3-ubyte.gz", "mnist/train-labels-idx1-ubyte.gz"]),
        (lambda root: datasets.FashionMNIST(root, train=False), ["fashion-mnist/t10k-images-idx3-ubyte.gz"]),
        (datasets.CIFAR10, [f"cifar-10-batches-bin/{name}.bin" for name in TRAIN]),
        (datasets.names, ["names/names.txt"]),
    ],
)
def test_missing_files_are_named_with_their_places(tmp_path, load, files):
    with pytest.raises(FileNotFoundError) as error:
        load(tmp_path)
    for name in files:
        assert str(tmp_path / name) in str(error.value)
    assert "download=True" in str(error.value)
    assert "CHALKGRAD_DATA" in str(error.value)
    assert not os.listdir(tmp_path)


# What a sample is.


def test_a_sample_is_an_image_and_a_number_and_a_batch_is_tensors(tmp_path):
    images, labels = write_mnist(tmp_path / "mnist")
    data = datasets.MNIST(tmp_path)
    image, target = data[-1]
    assert type(image) is np.ndarray
    assert type(target) is int
    assert np.array_equal(image, images[-1])
    x, y = next(iter(DataLoader(data, 5)))
    assert np.array_equal(x.numpy(), images[:5])
    assert y.tolist() == labels[:5].tolist()
    assert len(list(data)) == 12
    with pytest.raises(IndexError):
        data[12]


def test_plain_functions_serve_as_transforms(tmp_path):
    images, labels = write_mnist(tmp_path / "mnist")
    data = datasets.MNIST(tmp_path, True, lambda image: image.reshape(-1) / 255, lambda target: target % 2)
    x, y = next(iter(DataLoader(data, 12)))
    assert np.array_equal(x.numpy(), images.reshape(12, -1) / 255)
    assert y.tolist() == (labels % 2).tolist()


def test_data_and_targets_may_be_replaced(tmp_path):
    write_mnist(tmp_path / "mnist")
    data = datasets.MNIST(tmp_path, transform=transforms.ToTensor())
    data.data, data.targets = data.data[:3], data.targets[:3]
    assert len(data) == 3
    assert [len(y) for _, y in DataLoader(data, 2)] == [2, 1]


def test_a_data_set_tells_its_part_size_and_place(tmp_path):
    write_mnist(tmp_path / "mnist")
    facts = f"Dataset MNIST\n    Number of datapoints: 12\n    Root location: {tmp_path}\n    Split: Train"
    assert repr(datasets.MNIST(tmp_path)) == facts
    compose = transforms.Compose([transforms.ToTensor(), transforms.Normalize((0.5,), (0.25,))])
    assert repr(datasets.MNIST(tmp_path, transform=compose, target_transform=transforms.Lambda(str))) == (
        f"{facts}\n    StandardTransform\nTransform: Compose(\n               ToTensor()\n"
        "               Normalize(mean=(0.5,), std=(0.25,))\n           )\nTarget transform: Lambda()"
    )
    assert datasets.FashionMNIST.classes[9] == "Ankle boot"
    assert datasets.MNIST(tmp_path).class_to_idx["7 - seven"] == 7


# CIFAR-10.


def write_cifar(root, version, train=True):
    planes, labels = [], []
    for i, name in enumerate(TRAIN if train else ["test_batch"]):
        p, l, binary = records(4, seed=i)
        planes.append(p)
        labels.append(l)
        if version == "binary":
            write(root / "cifar-10-batches-bin" / f"{name}.bin", binary)
        else:
            write(root / "cifar-10-batches-py" / name, python_batch(p, l, version))
    return np.concatenate(planes), np.concatenate(labels)


@pytest.mark.parametrize("train", [True, False])
@pytest.mark.parametrize("version", ["binary", 3, 4])
def test_both_versions_of_cifar_are_read(tmp_path, version, train):
    planes, labels = write_cifar(tmp_path, version, train)
    data = datasets.CIFAR10(tmp_path, train=train, transform=transforms.ToTensor())
    assert data.data.shape == (20 if train else 4, 32, 32, 3)
    assert not data.is_subset
    x, y = next(iter(DataLoader(data, len(data))))
    assert np.array_equal(x.numpy(), planes.astype(np.float32) / np.float32(255))
    assert y.tolist() == labels.tolist()


# As Python 2 wrote the original: byte strings, module numpy.core.multiarray.
PYTHON_2 = (
    b"\x80\x02}q\x01(U\x04dataq\x02cnumpy.core.multiarray\n_reconstruct\nq\x03cnumpy\nndarray\nq\x04K\x00\x85q\x05U\x01bq\x06"
    b"\x87Rq\x07(K\x01K\x01M\x00\x0c\x86q\x08cnumpy\ndtype\nq\tU\x02u1q\nK\x00K\x01\x87Rq\x0b(K\x03U\x01|NNNJ\xff\xff\xff\xff"
    b"J\xff\xff\xff\xffK\x00tb\x89T\x00\x0c\x00\x00" + bytes(range(256)) * 12 + b"tbU\x06labelsq\x0c]q\rK\x06au."
)


def test_the_python_version_is_read_as_python_2_wrote_it(tmp_path):
    write(tmp_path / "cifar-10-batches-py/test_batch", PYTHON_2)
    data = datasets.CIFAR10(tmp_path, train=False)
    assert np.array_equal(data.data[0].transpose(2, 0, 1).reshape(-1), np.arange(3072) % 256)
    assert data.targets.tolist() == [6]


class Evil:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (self.path,)


class EvilState:
    """Hides a call in what an allowed name is given."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return np.dtype, (Evil(self.path),)


@pytest.mark.parametrize("make", [Evil, EvilState])
@pytest.mark.parametrize("protocol", [0, 2, 4])
def test_nothing_in_a_pickle_is_run(tmp_path, make, protocol):
    victim = tmp_path / "made"
    content = pickle.dumps({"data": make(str(victim)), "labels": []}, protocol)
    write(tmp_path / "cifar-10-batches-py/test_batch", content)
    with pytest.raises(ValueError, match=r"test_batch: expected a batch .* asks for posix\.mkdir"):
        datasets.CIFAR10(tmp_path, train=False)
    assert not victim.exists()


def test_a_name_of_numpy_in_another_module_is_not_taken_for_it(tmp_path):
    write(tmp_path / "cifar-10-batches-py/test_batch", b"cevil\ndtype\n.")
    with pytest.raises(ValueError, match=r"it asks for evil\.dtype"):
        datasets.CIFAR10(tmp_path, train=False)


def test_a_pickle_of_few_bytes_takes_no_memory(tmp_path):
    write(tmp_path / "cifar-10-batches-py/test_batch", b"\x80\x02}r\xff\xff\xff\x05.")  # its object number 2**26 * 1.5
    tracemalloc.start()
    with pytest.raises(ValueError, match=r"it has an object number 100,663,295, at most 65,536 are read"):
        datasets.CIFAR10(tmp_path, train=False)
    assert tracemalloc.get_traced_memory()[1] < 10**7
    tracemalloc.stop()


P, L, BINARY = records(2)
GOOD = python_batch(P, L)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not a pickle",
        GOOD[:-500],
        pickle.dumps([1, 2]),
        pickle.dumps({"labels": [1]}),
        pickle.dumps({"data": P.reshape(2, -1), "labels": [1]}),
        pickle.dumps({"data": P.reshape(2, -1), "labels": [1, "2"]}),
        pickle.dumps({"data": P.reshape(2, -1), "labels": [1, 1000]}),
        pickle.dumps({"data": P.reshape(2, -1).astype(np.int32), "labels": [1, 2]}),
        pickle.dumps({"data": np.asfortranarray(P.reshape(2, -1)), "labels": [1, 2]}),
        pickle.dumps({"data": np.array([[None] * 3072] * 2), "labels": [1, 2]}),
        pickle.dumps({"data": b"x" * 6144, "labels": [1, 2]}),
    ],
)
def test_a_pickle_that_is_no_batch_is_refused(tmp_path, content):
    write(tmp_path / "cifar-10-batches-py/test_batch", content)
    with pytest.raises(ValueError, match="test_batch: expected a batch of CIFAR-10's python version"):
        datasets.CIFAR10(tmp_path, train=False)


def test_the_subset_says_that_it_is_one(tmp_path):
    planes, labels, binary = records(7)
    write(tmp_path / "cifar10-tiny/data_batch_1.bin.gz", packed(binary))
    with pytest.warns(UserWarning, match="cifar10-tiny holds a subset, 7 training images") as caught:
        data = datasets.CIFAR10(tmp_path)
    assert caught[0].filename == __file__
    assert data.is_subset
    assert len(data) == 7
    assert "a subset of CIFAR-10" in repr(data)
    assert np.array_equal(data.data, planes.transpose(0, 2, 3, 1))


def test_the_whole_set_goes_before_the_subset(tmp_path):
    write(tmp_path / "cifar10-tiny/data_batch_1.bin.gz", packed(records(7)[2]))
    write_cifar(tmp_path, "binary")
    assert len(datasets.CIFAR10(tmp_path)) == 20


def test_an_archive_is_unpacked_by_name_only(tmp_path):
    archive = tmp_path / "a.tar.gz"
    with tarfile.open(archive, "w:gz") as tar:
        for name in ["cifar-10-batches-bin/test_batch.bin", "../outside", "cifar-10-batches-bin/readme.html"]:
            member = tarfile.TarInfo(name)
            member.size = len(BINARY)
            tar.addfile(member, io.BytesIO(BINARY))
    root = tmp_path / "root"
    unpack(archive, root, ["cifar-10-batches-bin/test_batch.bin"])
    assert [path.name for path in root.rglob("*") if path.is_file()] == ["test_batch.bin"]
    assert not (tmp_path / "outside").exists()
    with pytest.raises(ValueError, match=r"a\.tar\.gz: expected a file data_batch_1\.bin in it"):
        unpack(archive, root, ["data_batch_1.bin"])


# Damage.


def flipped(content, place):
    return content[:place] + bytes([content[place] ^ 4]) + content[place + 1 :]


IMAGES, LABELS = pictures(12)
SMOOTH = np.zeros((12, 28, 28), np.uint8)  # packs well: a flipped bit lands in compressed data or in the check sum

DAMAGED = {
    "empty": (b"", "magic"),
    "no gzip file": (b"<html>404</html>", "undamaged gzip"),
    "cut short": (packed(idx(IMAGES))[:-1000], "cut short"),
    "cut in the header": (packed(idx(IMAGES))[:5], "cut short"),
    "cut before its check sum": (packed(idx(IMAGES))[:-8], "cut short"),
    "one bit of the data flipped": (flipped(packed(idx(IMAGES)), 3000), "undamaged gzip|cut short"),
    "one bit of the check sum flipped": (flipped(packed(idx(SMOOTH)), -6), "undamaged gzip"),
    "labels for images": (packed(idx(LABELS)), r"expected the magic number 0x00000803 .*, found 0x00000801"),
    "wrong magic": (packed(idx(IMAGES, magic=0x0D03)), "found 0x00000d03"),
    "fewer images than announced": (packed(idx(IMAGES, shape=(13, 28, 28))), r"announces \(13, .* 10,208 bytes"),
    "more images than announced": (packed(idx(IMAGES, shape=(11, 28, 28))), r"announces \(11, 28, 28\).* has more"),
    "a giant": (packed(idx(IMAGES, shape=(2**32 - 1,) * 3)), r"announces \(4294967295, .* has 9,424"),
    "a header only": (packed(idx(IMAGES)[:10]), "the file has 10"),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_a_damaged_image_file_is_named_with_what_was_expected(tmp_path, name):
    content, message = DAMAGED[name]
    write_mnist(tmp_path / "mnist")
    path = write(tmp_path / "mnist/train-images-idx3-ubyte.gz", content)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(ValueError, match=message) as error:
        datasets.MNIST(tmp_path)
    assert str(error.value).startswith(f"{path}: ")
    assert sorted(tmp_path.rglob("*")) == before
    assert path.read_bytes() == content


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (idx(LABELS[:11]), "11 labels for 12 images"),
        (idx(np.array([3, 10] * 6, np.uint8)), "expected labels from 0 to 9, label 1 is 10"),
        (idx(LABELS)[:-1], r"announces \(12,\), which takes 20 bytes; the file has 19"),
        (idx(IMAGES), "0x00000801"),
    ],
)
def test_a_damaged_label_file_is_named(tmp_path, content, message):
    write_mnist(tmp_path / "mnist", **plain)
    path = write(tmp_path / "mnist/train-labels-idx1-ubyte", content)
    with pytest.raises(ValueError, match=message) as error:
        datasets.MNIST(tmp_path)
    assert str(error.value).startswith(f"{path}: ")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (BINARY[:-1], "expected records of 3,073 bytes, the file has 6,145 bytes"),
        (b"", "the file has 0 bytes"),
        (b"\x0a" + BINARY[1:], "label 0 is 10"),
    ],
)
def test_a_damaged_cifar_file_is_named(tmp_path, content, message):
    path = write(tmp_path / "cifar-10-batches-bin/test_batch.bin", content)
    with pytest.raises(ValueError, match=message) as error:
        datasets.CIFAR10(tmp_path, train=False)
    assert str(error.value).startswith(f"{path}: ")
