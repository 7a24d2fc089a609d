"""The real data sets, where CHALKGRAD_DATA names a folder that has them."""

import os
from hashlib import md5
from pathlib import Path

import numpy as np
import pytest

from nn.data import DataLoader, datasets, transforms
from nn.data.datasets.binary_formats import read_bytes

ROOT = Path(os.environ.get("CHALKGRAD_DATA", ""))


def needs(folder):
    there = "CHALKGRAD_DATA" in os.environ and (ROOT / folder).is_dir()
    return pytest.mark.skipif(not there, reason=f"needs CHALKGRAD_DATA, a folder with {folder}/ in it")


def digest(array):
    return md5(np.ascontiguousarray(array).tobytes()).hexdigest()


@needs("mnist")
def test_mnist_is_the_original():
    train, test = datasets.MNIST(), datasets.MNIST(train=False)
    assert train.data.shape == (60000, 28, 28)
    assert np.bincount(train.targets.numpy()).tolist() == [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert np.bincount(test.targets.numpy()).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    assert train.targets[:10].tolist() == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]
    pixels = train.data.numpy() / np.float32(255)
    assert pixels.mean() == pytest.approx(0.1307, abs=1e-4)
    assert pixels.std() == pytest.approx(0.3081, abs=1e-4)


@needs("fashion-mnist")
def test_fashion_mnist_is_the_original():
    train, test = datasets.FashionMNIST(), datasets.FashionMNIST(train=False)
    assert np.bincount(train.targets.numpy()).tolist() == [6000] * 10
    assert np.bincount(test.targets.numpy()).tolist() == [1000] * 10
    pixels = train.data.numpy() / np.float32(255)
    assert pixels.mean() == pytest.approx(0.2860, abs=1e-4)
    assert pixels.std() == pytest.approx(0.3530, abs=1e-4)


@pytest.mark.parametrize(
    ("cls", "folder"),
    [
        pytest.param(datasets.MNIST, "mnist", marks=needs("mnist")),
        pytest.param(datasets.FashionMNIST, "fashion-mnist", marks=needs("fashion-mnist")),
    ],
)
def test_the_sums_that_downloads_are_checked_by_are_those_of_the_files(cls, folder):
    for name, expected in cls.md5.items():
        if "t10k" in name or "labels" in name:
            assert md5(read_bytes(ROOT / folder / f"{name}.gz")).hexdigest() == expected


@needs("cifar10-tiny")
@pytest.mark.parametrize(("train", "n"), [(True, 10000), (False, 2000)])
def test_cifar10_reads_the_subset(train, n):
    with pytest.warns(UserWarning, match=f"holds a subset, {n:,}"):
        data = datasets.CIFAR10(train=train)
    assert len(data) == n
    assert data.data.shape == (n, 32, 32, 3)
    assert np.bincount(data.targets.numpy()).tolist() == [n // 10] * 10
    assert data.classes == tuple((ROOT / "cifar10-tiny/batches.meta.txt").read_text().split())
    if train:
        pixels = data.data.reshape(-1, 3) / np.float32(255)
        assert pixels.mean(0, dtype=np.float64) == pytest.approx([0.4934, 0.4831, 0.4470], abs=1e-4)
        assert pixels.std(0, dtype=np.float64) == pytest.approx([0.2460, 0.2441, 0.2616], abs=1e-4)


@needs("names")
def test_names_are_32033_lines_of_small_letters():
    names = datasets.names()
    assert len(names) == 32033
    assert names[:2] == ["emma", "olivia"]
    assert {letter for name in names for letter in name} == set("abcdefghijklmnopqrstuvwxyz")


@needs("mnist")
def test_a_batch_of_mnist_is_normalized_as_its_images_one_by_one():
    steps = transforms.Compose([transforms.ToTensor(), transforms.Normalize((0.1307,), (0.3081,))])
    data = datasets.MNIST(train=False, transform=steps)
    images, targets = next(iter(DataLoader(data, 64, prefetch=2)))
    assert images.shape == (64, 1, 28, 28)
    for i in range(64):
        assert np.array_equal(images[i].numpy(), data[i][0].numpy())
        assert targets[i].item() == data[i][1]
