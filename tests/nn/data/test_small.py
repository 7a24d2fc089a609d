"""The data sets that need no network, and the small figures of what they are known for."""

import subprocess
import sys

import numpy as np
import pytest
import sklearn.datasets

import autograd
from autograd import Generator
from nn.data import DataLoader, datasets


def arrays(data):
    return [tensor.numpy() for tensor in data.tensors]


@pytest.mark.parametrize(
    ("name", "truth"),
    [
        ("AND", lambda a, b: a & b),
        ("OR", lambda a, b: a | b),
        ("XOR", lambda a, b: a ^ b),
        ("NAND", lambda a, b: not (a & b)),
        ("nor", lambda a, b: not (a | b)),
        ("NOT", lambda a: not a),
    ],
)
def test_a_gate_is_its_truth_table(name, truth):
    x, y = arrays(datasets.gates(name))
    assert [int(truth(*map(int, row))) for row in x] == y.tolist()
    assert len({tuple(row) for row in x}) == len(x) == 2 ** x.shape[1]


def test_a_gate_that_is_none_is_refused():
    with pytest.raises(ValueError, match="expected one of AND, OR, XOR, NAND, NOR, NOT, given 'IF'"):
        datasets.gates("IF")


@pytest.mark.parametrize("samples", [2, 9, 100])
@pytest.mark.parametrize("name", ["moons", "circles"])
def test_moons_and_circles_lie_where_scikit_learn_puts_them(name, samples):
    x, y = arrays(getattr(datasets, name)(samples))
    outer = (samples + 1) // 2
    options = {} if name == "moons" else {"factor": 0.5}
    theirs = getattr(sklearn.datasets, f"make_{name}")((outer, samples - outer), shuffle=False, **options)
    np.testing.assert_allclose(x, theirs[0], atol=1e-6)
    assert y.tolist() == theirs[1].tolist()


MADE = {
    "moons": lambda **options: datasets.moons(99, noise=0.1, **options),
    "circles": lambda **options: datasets.circles(99, noise=0.1, **options),
    "spirals": lambda **options: datasets.spirals(99, noise=0.1, **options),
    "blobs": lambda **options: datasets.blobs(99, **options),
}


@pytest.mark.parametrize("name", MADE)
def test_points_are_float32_their_classes_int64_and_even(name):
    x, y = arrays(MADE[name]())
    assert x.shape == (99, 2)
    assert x.dtype == np.float32
    assert y.dtype == np.int64
    assert np.ptp(np.bincount(y)) <= 1


@pytest.mark.parametrize("name", MADE)
def test_points_follow_from_the_seed(name):
    def points(**options):
        return arrays(MADE[name](**options))[0]

    autograd.manual_seed(7)
    first, second = points(), points()
    assert np.array_equal(first, points(generator=Generator().manual_seed(7)))
    assert not np.array_equal(first, second)


def test_the_arms_of_spirals_wind_out_from_the_origin_and_never_meet():
    x, y = arrays(datasets.spirals(300, classes=3, turns=1.5))
    for arm in range(3):
        radius = np.linalg.norm(x[y == arm], axis=1)
        assert radius[0] == 0
        assert (np.diff(radius) > 0).all()
        assert radius[-1] == pytest.approx(1)
        angle = np.unwrap(np.arctan2(*x[y == arm][1:, ::-1].T))
        assert angle[-1] - angle[0] == pytest.approx(1.5 * 2 * np.pi, rel=0.02)
    outer = np.linalg.norm(x, axis=1) > 0.2
    gaps = np.linalg.norm(x[outer & (y == 0)][:, None] - x[outer & (y == 1)], axis=2)
    assert gaps.min() > 0.1


def test_blobs_spread_by_std_around_their_centres():
    x, y = arrays(datasets.blobs(6000, classes=2, std=0.5, features=3, generator=Generator(0)))
    assert x.shape == (6000, 3)
    for label in range(2):
        assert x[y == label].std(axis=0) == pytest.approx(0.5, rel=0.05)


@pytest.mark.parametrize(("samples", "classes"), [(2, 3), (0, 1), (5, 0)])
def test_a_class_without_a_sample_is_refused(samples, classes):
    with pytest.raises(ValueError, match=f"given {samples} for {classes} classes"):
        datasets.blobs(samples, classes)


def test_iris_and_digits_are_scikit_learns():
    x, y = arrays(datasets.iris())
    assert x.shape == (150, 4)
    assert np.bincount(y).tolist() == [50, 50, 50]
    x, y = arrays(datasets.digits())
    assert x.shape == (1797, 64)
    assert (x.min(), x.max()) == (0, 1)
    assert set(y.tolist()) == set(range(10))
    batch, _ = next(iter(DataLoader(datasets.digits(), 32, shuffle=True)))
    assert batch.shape == (32, 64)


@pytest.mark.parametrize("name", ["iris", "digits"])
def test_without_scikit_learn_the_extra_is_named(name, monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    with pytest.raises(ImportError, match=rf"datasets\.{name}\(\) .* pip install -e '\.\[demos\]'"):
        getattr(datasets, name)()


def test_the_data_package_imports_nothing_that_is_only_sometimes_needed():
    code = "import sys, nn.data; print(*{'sklearn', 'rich', 'torch', 'scipy', 'urllib.request'} & set(sys.modules))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert found.strip() == ""
