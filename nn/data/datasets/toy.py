"""Small data sets that need no network: truth tables, points in the plane, and two from scikit-learn.

Each is a TensorDataset of float32 inputs and int64 classes. Points are drawn with `generator`, or with the generator
that `autograd.manual_seed` seeds, and are sorted by class.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd import Generator
from autograd.tools.extras import require

from ..dataset import TensorDataset
from ..streams import rng

Array = np.ndarray[Any, Any]

GATES = {"AND": (0, 0, 0, 1), "OR": (0, 1, 1, 1), "XOR": (0, 1, 1, 0), "NAND": (1, 1, 1, 0), "NOR": (1, 0, 0, 0)}


def gates(name: str = "XOR") -> TensorDataset:
    """The truth table of AND, OR, XOR, NAND or NOR, with inputs (4, 2), or of NOT, with (2, 1); in binary order.

    Raises ValueError for another name.
    """
    gate = name.upper()
    if gate == "NOT":
        return _dataset(np.array([[0], [1]]), np.array([1, 0]))
    if gate not in GATES:
        raise ValueError(f"gates: expected one of {', '.join([*GATES, 'NOT'])}, given {name!r}")
    return _dataset(np.array([[0, 0], [0, 1], [1, 0], [1, 1]]), np.array(GATES[gate]))


def moons(samples: int = 100, noise: float = 0.0, *, generator: Generator | None = None) -> TensorDataset:
    """Two interleaving half circles: points (samples, 2) in two classes. Raises ValueError for less than 2 samples."""
    outer, inner = (np.linspace(0, math.pi, n) for n in _shares("moons", samples, 2))
    above, below = np.stack([np.cos(outer), np.sin(outer)], 1), np.stack([1 - np.cos(inner), 0.5 - np.sin(inner)], 1)
    return _points([above, below], noise, generator)


def circles(
    samples: int = 100, noise: float = 0.0, factor: float = 0.5, *, generator: Generator | None = None
) -> TensorDataset:
    """A circle of radius 1, class 0, around one of radius `factor`, class 1. Raises ValueError as `moons` does."""
    turns = (np.linspace(0, 2 * math.pi, n, endpoint=False) for n in _shares("circles", samples, 2))
    rings = [r * np.stack([np.cos(t), np.sin(t)], 1) for r, t in zip((1.0, factor), turns, strict=True)]
    return _points(rings, noise, generator)


def spirals(
    samples: int = 300, noise: float = 0.0, classes: int = 3, turns: float = 1.0, *, generator: Generator | None = None
) -> TensorDataset:
    """Spiral arms from the origin to radius 1, one for each class, each winding `turns` times around it.

    Raises ValueError for less than one sample for each class.
    """
    arms = []
    for number, n in enumerate(_shares("spirals", samples, classes)):
        r = np.linspace(0, 1, n)
        angle = 2 * math.pi * (turns * r + number / classes)
        arms.append(r[:, None] * np.stack([np.cos(angle), np.sin(angle)], 1))
    return _points(arms, noise, generator)


def blobs(
    samples: int = 100,
    classes: int = 3,
    std: float = 1.0,
    features: int = 2,
    *,
    generator: Generator | None = None,
) -> TensorDataset:
    """Normally distributed points with standard deviation `std` around one centre for each class.

    The centres are drawn uniformly from [-10, 10). Raises ValueError for less than one sample for each class.
    """
    counts = _shares("blobs", samples, classes)
    centres = rng(generator).uniform(-10, 10, (classes, features))
    return _points([np.tile(centre, (n, 1)) for centre, n in zip(centres, counts, strict=True)], std, generator)


def iris() -> TensorDataset:
    """150 irises of three species: (150, 4) lengths in cm. Source: Fisher, 1936.

    Raises ImportError without scikit-learn.
    """
    return _dataset(*_sklearn("iris").load_iris(return_X_y=True))


def digits() -> TensorDataset:
    """1,797 handwritten digits of 8 x 8 pixels: (1797, 64) from 0 to 1. Source: UCI.

    Raises ImportError without scikit-learn.
    """
    images, classes = _sklearn("digits").load_digits(return_X_y=True)
    return _dataset(images / 16, classes)


def _sklearn(name: str) -> Any:
    return require("sklearn.datasets", "demos", f"datasets.{name}() comes with scikit-learn")


def _shares(name: str, samples: int, classes: int) -> list[int]:
    """The number of samples in each class, as even as possible."""
    if classes < 1 or samples < classes:
        raise ValueError(f"{name}: expected at least one sample for each class, given {samples} for {classes} classes")
    return [samples // classes + (i < samples % classes) for i in range(classes)]


def _points(parts: list[Array], noise: float, generator: Generator | None) -> TensorDataset:
    points = np.concatenate(parts)
    if noise:
        points = points + noise * rng(generator).standard_normal(points.shape)
    return _dataset(points, np.repeat(np.arange(len(parts)), [len(part) for part in parts]))


def _dataset(x: Array, y: Array) -> TensorDataset:
    return TensorDataset(x.astype(np.float32), y.astype(np.int64))
