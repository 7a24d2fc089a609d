"""The rows of the table: a network as data, with the start weights and the batch that every engine is given."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from itertools import pairwise
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np

Array = np.ndarray[Any, Any]
Shapes = dict[str, tuple[int, ...]]


class Row(NamedTuple):
    """What is computed: the family says how, the options how large; `unit` is the engine whose time is 1."""

    family: str
    about: str
    options: Mapping[str, Any]
    unit: str = "torch"


class Task(NamedTuple):
    """A row with its numbers: weights by their names in PyTorch's state_dict, the inputs of a step, the options."""

    weights: dict[str, Array]
    inputs: dict[str, Array]
    options: SimpleNamespace


NETWORKS = {  # sizes, batch, optimizer
    "2-16-16-2": ((2, 16, 16, 2), 100, "SGD"),
    "784-128-10": ((784, 128, 10), 64, "Adam"),
    "784-128-64-10": ((784, 128, 64, 10), 64, "SGD"),
    "784-256-128-10": ((784, 256, 128, 10), 128, "Adam"),
    "3072-512-256-10": ((3072, 512, 256, 10), 128, "Adam"),
    "784-1024-1024-10": ((784, 1024, 1024, 10), 512, "Adam"),
}
RATES = {"SGD": 0.05, "Adam": 1e-3}

ROWS: dict[str, Row] = {
    name: Row("mlp", f"{name}, batch {batch}, {optimizer}", {"sizes": sizes, "batch": batch, "optimizer": optimizer})
    for name, (sizes, batch, optimizer) in NETWORKS.items()
} | {
    "expression": Row("expression", "tanh(x) exp(-x²) + relu(x), 2^20 numbers", {"size": 2**20}),
    "hvp": Row("hvp", "Hessian-vector product, 64-128-10, batch 64", {"sizes": (64, 128, 10), "batch": 64}),
    "scalars": Row("scalars", "400 scalar ops and their gradient", {"repeats": 100}),
    "moons": Row("moons", "micrograd's two moons", {"sizes": (2, 16, 16, 1), "points": 100}, "micrograd"),
    "lenet": Row("lenet", "LeNet, 28x28, batch 64, SGD", {"batch": 64, "optimizer": "SGD"}),
    "gpt": Row(
        "gpt",
        "GPT block, d 128, 4 heads, T 128, batch 8, Adam",
        {"width": 128, "heads": 4, "length": 128, "batch": 8, "optimizer": "Adam"},
    ),
    "lstm": Row(
        "lstm",
        "LSTM 64 to 128, T 50, batch 32, Adam",
        {"inputs": 64, "hidden": 128, "length": 50, "batch": 32, "classes": 10, "optimizer": "Adam"},
    ),
    "names": Row(
        "names",
        "names: embedding, 30-200-27, batch 32, SGD",
        {"letters": 27, "context": 3, "width": 10, "hidden": 200, "batch": 32, "optimizer": "SGD"},
    ),
    "resnet": Row(
        "resnet",
        "ResNet block, 16 channels, 32x32, batch 32, SGD",
        {"channels": 16, "side": 32, "batch": 32, "optimizer": "SGD"},
    ),
}


def task(row: Row) -> Task:
    """The numbers of a row: the same on every machine and for every engine. Float32, labels int64."""
    options = SimpleNamespace(**row.options)
    shapes, inputs = FAMILIES[row.family](options, np.random.default_rng(0))
    rng = np.random.default_rng(1)
    return Task({name: _start(rng, name, shape) for name, shape in shapes.items()}, inputs, options)


def _start(rng: np.random.Generator, name: str, shape: tuple[int, ...]) -> Array:
    """Uniform between ±1/√(fan in) for a matrix or a kernel; one for the scale of a norm, zero for a bias."""
    if len(shape) < 2:
        return np.full(shape, float(name.endswith("weight")), np.float32)
    bound = 1 / math.sqrt(math.prod(shape[1:]))
    return rng.uniform(-bound, bound, shape).astype(np.float32)


def _normal(rng: np.random.Generator, *shape: int) -> Array:
    return rng.standard_normal(shape, dtype=np.float32)


def _mlp(o: SimpleNamespace, rng: np.random.Generator) -> tuple[Shapes, dict[str, Array]]:
    inputs = {"x": _normal(rng, o.batch, o.sizes[0]), "y": rng.integers(0, o.sizes[-1], o.batch)}
    return layers(o.sizes), inputs


def layers(sizes: tuple[int, ...]) -> Shapes:
    """The shapes of a Sequential of Linear layers with an activation between two of them."""
    shapes: Shapes = {}
    for i, (a, b) in enumerate(pairwise(sizes)):
        shapes |= {f"{2 * i}.weight": (b, a), f"{2 * i}.bias": (b,)}
    return shapes


def _hvp(o: SimpleNamespace, rng: np.random.Generator) -> tuple[Shapes, dict[str, Array]]:
    shapes, inputs = _mlp(o, rng)
    return shapes, inputs | {name: _normal(rng, *shape) for name, shape in shapes.items()}


def _expression(o: SimpleNamespace, rng: np.random.Generator) -> tuple[Shapes, dict[str, Array]]:
    return {}, {"x": np.linspace(-3, 3, o.size, dtype=np.float32)}


def _scalars(o: SimpleNamespace, rng: np.random.Generator) -> tuple[Shapes, dict[str, Array]]:
    return {}, {"a": np.array(0.3), "b": np.array(0.9), "d": np.array(0.1)}


def _moons(o: SimpleNamespace, rng: np.random.Generator) -> tuple[Shapes, dict[str, Array]]:
    """Two half circles that reach into each other, labelled -1 and 1."""
    angle, upper = rng.uniform(0, np.pi, o.points), np.arange(o.points) % 2
    turn = np.where(upper, 1, -1)
    points = np.stack([np.cos(angle) * turn + 1 - upper, np.sin(angle) * turn + (1 - upper) / 2], 1)
    return layers(o.sizes), {"x": points + 0.1 * rng.standard_normal(points.shape), "y": turn}


def _lenet(o: SimpleNamespace, rng: np.random.Generator) -> tuple[Shapes, dict[str, Array]]:
    shapes: Shapes = {"0.weight": (6, 1, 5, 5), "0.bias": (6,), "3.weight": (16, 6, 5, 5), "3.bias": (16,)}
    for i, (a, b) in zip((7, 9, 11), pairwise((400, 120, 84, 10)), strict=True):
        shapes |= {f"{i}.weight": (b, a), f"{i}.bias": (b,)}
    return shapes, {"x": _normal(rng, o.batch, 1, 28, 28), "y": rng.integers(0, 10, o.batch)}


def _gpt(o: SimpleNamespace, rng: np.random.Generator) -> tuple[Shapes, dict[str, Array]]:
    d = o.width
    norms: Shapes = {f"{norm}.{part}": (d,) for norm in ("norm1", "norm2") for part in ("weight", "bias")}
    linears = {"qkv": (d, 3 * d), "proj": (d, d), "up": (d, 4 * d), "down": (4 * d, d)}
    for name, (a, b) in linears.items():
        norms |= {f"{name}.weight": (b, a), f"{name}.bias": (b,)}
    return norms, {"x": _normal(rng, o.batch, o.length, d), "y": _normal(rng, o.batch, o.length, d)}


def _lstm(o: SimpleNamespace, rng: np.random.Generator) -> tuple[Shapes, dict[str, Array]]:
    gates = 4 * o.hidden
    shapes: Shapes = {
        "lstm.weight_ih_l0": (gates, o.inputs),
        "lstm.weight_hh_l0": (gates, o.hidden),
        "lstm.bias_ih_l0": (gates,),
        "lstm.bias_hh_l0": (gates,),
        "head.weight": (o.classes, o.hidden),
        "head.bias": (o.classes,),
    }
    return shapes, {"x": _normal(rng, o.batch, o.length, o.inputs), "y": rng.integers(0, o.classes, o.batch)}


def _names(o: SimpleNamespace, rng: np.random.Generator) -> tuple[Shapes, dict[str, Array]]:
    inputs = o.context * o.width
    shapes: Shapes = {
        "0.weight": (o.letters, o.width),
        "2.weight": (o.hidden, inputs),
        "2.bias": (o.hidden,),
        "4.weight": (o.letters, o.hidden),
        "4.bias": (o.letters,),
    }
    letters = rng.integers(0, o.letters, (o.batch, o.context + 1))
    return shapes, {"x": letters[:, :-1], "y": letters[:, -1]}


def _resnet(o: SimpleNamespace, rng: np.random.Generator) -> tuple[Shapes, dict[str, Array]]:
    c = o.channels
    shapes: Shapes = {}
    for i in "12":
        shapes |= {f"conv{i}.weight": (c, c, 3, 3), f"norm{i}.weight": (c,), f"norm{i}.bias": (c,)}
    x, y = (_normal(rng, o.batch, c, o.side, o.side) for _ in "xy")
    return shapes, {"x": x, "y": y}


FAMILIES: dict[str, Callable[[SimpleNamespace, np.random.Generator], tuple[Shapes, dict[str, Array]]]] = {
    "mlp": _mlp,
    "expression": _expression,
    "hvp": _hvp,
    "scalars": _scalars,
    "moons": _moons,
    "lenet": _lenet,
    "gpt": _gpt,
    "lstm": _lstm,
    "names": _names,
    "resnet": _resnet,
}
