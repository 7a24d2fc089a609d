"""From the name of a data set, a CSV file or a folder of images to training, validation and test data."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from autograd import Generator

from ..data import Subset, TensorDataset, datasets
from ..data.dataset import class_numbers, stratified_split
from ..data.datasets.encoding import Column, Encoding
from ..data.folds import fold_indices
from .settings import ConfigError, Settings, kind
from .task import Images, Table, Task

GREY = {"mnist": (0.1307, 0.3081), "fashion-mnist": (0.2860, 0.3530)}  # mean and deviation of the training pixels
COLOUR = ((0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616))
FILES: dict[str, type[datasets.ImageDataset]] = {
    "mnist": datasets.MNIST,
    "fashion-mnist": datasets.FashionMNIST,
    "cifar10": datasets.CIFAR10,
}
KINDS_OF_IRIS = ("setosa", "versicolor", "virginica")
LENGTHS_OF_IRIS = ("sepal_length", "sepal_width", "petal_length", "petal_width")
OF_TABLES = ("target", "ignore", "words", "task", "keep", "missing", "group", "time")
SAMPLES = 500  # of the points in the plane


@dataclass
class Data:
    """The task, and the parts of the data: "train", and "valid" (held out) or "test" (the data set's own, or the rows
    that a fold holds out) or both; "later" are rows that a fold by time makes no use of.

    `note` is what there is to say of the data of a run that was trained before.
    """

    task: Task
    parts: dict[str, Any]
    note: str = ""

    @property
    def train(self) -> Any:
        return self.parts["train"]

    @property
    def valid(self) -> Any:
        """What the model is evaluated on after every epoch: None if everything is used for training."""
        return self.parts.get("valid", self.parts.get("test"))

    @property
    def notes(self) -> tuple[str, ...]:
        """What there is to say of the rows of a table before anything is learned from them."""
        return tuple(getattr(self.train, "notes", ()))

    @property
    def final(self) -> str:
        """The name of the part that the final metrics are measured on."""
        return next(name for name in ("test", "valid", "train") if name in self.parts)


def load_data(settings: Settings) -> Data:
    """The data of a run. What is held out does not depend on the seed.

    Raises ConfigError for a setting that does not suit the data; FileNotFoundError for files that are missing;
    ValueError for files that cannot be read; ImportError for a package that reads them and is not installed.
    """
    which = kind(settings.dataset)
    if settings.folds and not settings.fold:
        raise ConfigError("folds: only chalkgrad train makes several runs: leave it out, or choose one with fold")
    given = [name for name in OF_TABLES if getattr(settings, name) != getattr(Settings(), name)]
    if which != "table" and given:
        *others, last = OF_TABLES
        raise ConfigError(f"{', '.join(others)} and {last} are for CSV files, not for {settings.dataset}")
    if which != "folder" and settings.broken != "refuse":
        raise ConfigError(f"broken is for folders of images, not for {settings.dataset}")
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The least populated class")  # of a fold: chalkgrad train names the class
        data = LOADERS[which](settings)
    if settings.augment and not isinstance(data.task, Images):
        raise ConfigError(f"augment: only images can be augmented, and {settings.dataset} has none: leave it out")
    return data


def _digits(settings: Settings) -> Data:
    x, y = datasets.digits().tensors
    task = Images(tuple("0123456789"), (1, 8, 8), dark=True)
    return Data(task, _split(TensorDataset(x.reshape(-1, 1, 8, 8), y), settings))


def _files(settings: Settings) -> Data:
    """A data set with test images of its own; with `valid`, a fraction of the training images is held out as well."""
    name = settings.dataset
    if settings.folds:
        raise ConfigError(f"folds: {name} has test images of its own, which every result is measured on: leave it out")
    mean, std = COLOUR if name == "cifar10" else ((value,) for value in GREY[name])
    size = (3, 32, 32) if name == "cifar10" else (1, 28, 28)
    classes = tuple(word.split(" - ")[0] for word in FILES[name].classes)  # "0" of "0 - zero"
    task = Images(classes, size, mean, std, dark=name == "mnist")
    try:
        train, test = (FILES[name](train=part, transform=task.transform) for part in (True, False))
    except FileNotFoundError:
        raise FileNotFoundError(
            f"{name} is not on this machine: `chalkgrad data fetch {name}` downloads it; or set the environment "
            "variable CHALKGRAD_DATA to the folder that has it (`chalkgrad data list` says more)"
        ) from None
    return Data(task, {**_split(train, settings), "test": test})


def _folder(settings: Settings) -> Data:
    data = datasets.ImageFolder(settings.dataset, settings.size or None, broken=settings.broken)
    parts = _split(data, settings)
    mean, std = data.pixel_moments(getattr(parts["train"], "indices", np.arange(len(data))))
    std[std == 0] = 1
    centre, spread = (tuple(each.round(4).tolist()) for each in (mean, std))
    shape = len(mean), *data.size
    task = Images(data.classes, shape, centre, spread, span=data.span, broken=settings.broken)
    data.transform = task.transform
    return Data(task, parts)


def _table(settings: Settings) -> Data:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", datasets.DataNote)  # the notes are printed in their place
        data = datasets.CSV(
            Path(settings.dataset).expanduser(),
            settings.target or None,
            task=settings.task or None,
            words=settings.words,
            ignore=settings.ignore,
            keep=settings.keep,
            missing=settings.missing,
            group=settings.group or None,
            time=settings.time or None,
        )
        others = {}
        if settings.folds:
            data, others["test"], others["later"] = data.fold(settings.fold, settings.folds)
        if settings.valid:
            data, valid = data.split(1 - settings.valid, _generator())
            others = {"valid": valid, **others}
    return Data(Table(data.encoding), {"train": data} | {name: part for name, part in others.items() if len(part)})


def _toy(settings: Settings) -> Data:
    data, names, (target, classes) = TOYS[settings.dataset]()
    encoding = Encoding(tuple(map(Column, names)), Column(target, tuple(map(str, classes))))
    return Data(Table(encoding), _split(data, settings))


def _generator() -> Generator:
    return Generator().manual_seed(0)


def _points(make: Callable[..., TensorDataset], classes: int, **options: Any) -> Callable[[], Any]:
    return lambda: (make(SAMPLES, generator=_generator(), **options), ("x", "y"), ("class", range(classes)))


TOYS: dict[str, Callable[[], Any]] = {
    "iris": lambda: (datasets.iris(), LENGTHS_OF_IRIS, ("species", KINDS_OF_IRIS)),
    "moons": _points(datasets.moons, 2, noise=0.1),
    "circles": _points(datasets.circles, 2, noise=0.08),
    "spirals": _points(datasets.spirals, 3, noise=0.02),
    "blobs": _points(datasets.blobs, 3),
    "xor": lambda: (datasets.gates("XOR"), ("a", "b"), ("out", range(2))),
}
LOADERS: dict[str, Callable[[Settings], Data]] = {
    "digits": _digits,
    "folder": _folder,
    "table": _table,
    **dict.fromkeys(FILES, _files),
    **dict.fromkeys(TOYS, _toy),
}


def _split(data: Any, settings: Settings) -> dict[str, Any]:
    """The part "train"; "valid", if a share of every class is to be held out of it; "test", of a fold."""
    if not settings.folds and not settings.valid:
        return {"train": data}
    classes, train, test = class_numbers(data), np.arange(len(data)), np.arange(0)
    if settings.folds:
        train, test = fold_indices(settings.folds, len(data), classes)[settings.fold - 1]
    parts = {"train": train, "test": test}
    if settings.valid:
        ours, others = stratified_split(classes[train], 1 - settings.valid, _generator())
        parts = {"train": train[ours.indices], "valid": train[others.indices], "test": test}
    return {name: Subset(data, rows) for name, rows in parts.items() if len(rows)}
