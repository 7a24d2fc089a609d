"""All that a training can be told: from flags, else a TOML file, else the recipe of the data set, else a default."""

# ruff: noqa: RUF009 (what is called below makes a dataclasses.field)

from __future__ import annotations

import json
import math
import os
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from ..files import replacing

ACTIVATIONS = ("relu", "tanh", "sigmoid", "gelu", "silu", "elu", "selu", "leaky-relu")
OPTIMIZERS = ("adam", "adamw", "sgd", "rmsprop", "adagrad")
SCHEDULES = ("constant", "step", "cosine", "linear", "onecycle", "plateau")
TASKS = ("classification", "regression")
LOGS = ("none", "tensorboard", "wandb")


class ConfigError(ValueError):
    """A setting that cannot be used; the message names it, and says what was expected."""


Check = Callable[[Any], bool]


def setting(panel: str, default: Any, help: str, expected: str = "", check: Check | None = None, **about: Any) -> Any:
    """A field of `Settings`: its default, what it does, which values it takes, and where the help lists it."""
    metadata = {"panel": panel, "help": help, "expected": expected, "check": check, **about}
    if isinstance(default, list):
        return field(default_factory=lambda: list(default), metadata=metadata)
    return field(default=default, metadata=metadata)


def choice(panel: str, default: str, help: str, *choices: str) -> Any:
    """A field of `Settings` that is one of a few words."""
    return setting(panel, default, help, choices=choices)


def share(panel: str, default: float, help: str) -> Any:
    """A field of `Settings` that is a share of a whole."""
    return setting(panel, default, help, "0 or more, below 1", lambda value: 0 <= value < 1)


def least(panel: str, lowest: int, default: Any, help: str) -> Any:
    """A field of `Settings` that is a number, or numbers, not below the lowest."""
    return setting(panel, default, help, f"{lowest} or more", lambda value: _at_least(value, lowest))


def _at_least(value: Any, lowest: int) -> bool:
    return all(number >= lowest for number in (value if isinstance(value, list) else [value]))


@dataclass
class Settings:
    """One training. What is switched off is 0, "none" or an empty list."""

    dataset: str = setting("Data", "digits", "A name from `chalkgrad data list`, a CSV file, or a folder of images.")
    target: str = setting("Data", "", "The column of a CSV file to predict, in place of the last.")
    task: str = choice("Data", "", "What a CSV file is for, where its target leaves it open.", "", *TASKS)
    words: list[str] = setting("Data", [], "Columns of a CSV file to take for words though they hold numbers.")
    ignore: list[str] = setting("Data", [], "Columns of a CSV file to leave out.")
    size: int = least("Data", 0, 0, "Height and width to which images from a folder are scaled; 0 as they are.")
    valid: float = share("Data", 0.2, "The share that is held out to test on.")
    augment: bool = setting("Data", False, "Shift and turn the training images at random; mirror photographs.")

    hidden: list[int] = least("Model", 1, [64], "Units of each hidden layer; none for a linear model.")
    conv: list[int] = least("Model", 1, [], "Channels of each convolution before them, for images; or none.")
    activation: str = choice("Model", "relu", "What follows each hidden layer.", *ACTIVATIONS)
    dropout: float = share("Model", 0.0, "The share of hidden units that is left out at random.")
    batch_norm: bool = setting("Model", False, "Normalize over the batch after each hidden layer.")

    optimizer: str = choice("Training", "adam", "How weights follow gradients; sgd has momentum 0.9.", *OPTIMIZERS)
    lr: float = setting("Training", 0.003, "The learning rate, at its highest.", "above 0", lambda value: value > 0)
    schedule: str = choice("Training", "linear", "How the learning rate changes.", *SCHEDULES)
    epochs: int = least("Training", 1, 30, "How often all training data are seen.")
    batch_size: int = least("Training", 1, 32, "Samples in a batch.")
    accumulate: int = least("Training", 1, 1, "Batches whose gradients make one step.")
    weight_decay: float = least("Training", 0, 0.0, "Weight decay of the optimizer.")
    l1: float = least("Training", 0, 0.0, "λ of a penalty λ Σ |w|.")
    l2: float = least("Training", 0, 0.0, "λ of a penalty λ/2 Σ w².")
    clip_norm: float = least("Training", 0, 0.0, "The most that all gradients may measure together; 0 is off.")
    early_stop: int = least("Training", 0, 0, "Stop after so many epochs without progress (5 if no number is given), "
                                              "and keep the best weights; 0 is off.")  # fmt: skip
    seed: int = least("Training", 0, 0, "Of starting weights, order, and all else that is random.")

    log: str = choice("Run", "none", "Write the figures for another program, too.", *LOGS)
    doctor: bool = setting("Run", False, "Watch for mistakes that do not crash, and report at the end.")
    quiet: bool = setting("Run", False, "Print the outcome only.")
    out: str = setting("Run", "", "The folder of the run, in place of runs/<dataset>.")


FIELDS = {each.name: each for each in fields(Settings)}
POINTS = {"hidden": [16, 16], "lr": 0.01, "epochs": 60, "batch_size": 32}
RECIPES: dict[str, dict[str, Any]] = {
    "digits": {"hidden": [64], "lr": 0.01, "epochs": 40, "weight_decay": 1e-3},
    "mnist": {"valid": 0.0, "hidden": [128], "schedule": "onecycle", "epochs": 8, "batch_size": 128},
    "fashion-mnist": {"valid": 0.0, "hidden": [256], "schedule": "onecycle", "epochs": 10, "batch_size": 128},
    "cifar10": {"valid": 0.0, "conv": [16, 32], "schedule": "onecycle", "epochs": 5, "batch_size": 64},
    "iris": {"hidden": [16], "lr": 0.02, "epochs": 60, "batch_size": 16},
    "moons": POINTS,
    "circles": POINTS,
    "spirals": {**POINTS, "hidden": [32, 32], "epochs": 120},
    "blobs": {**POINTS, "hidden": [16], "epochs": 30},
    "xor": {"valid": 0.0, "hidden": [8], "activation": "tanh", "lr": 0.05, "epochs": 200, "batch_size": 4},
    "table": {"hidden": [64, 32], "lr": 0.005, "epochs": 40, "weight_decay": 1e-2},
    "folder": {"size": 32, "conv": [16, 32], "epochs": 20},
}


def kinds() -> list[str]:
    """The data sets that have a name."""
    return [name for name in RECIPES if name not in ("table", "folder")]


def kind(dataset: str) -> str:
    """Which recipe a data set has: its own, or "table" for a CSV file, or "folder". ConfigError if there is no such."""
    if dataset in kinds():
        return dataset
    path = Path(dataset).expanduser()
    if path.is_dir():
        return "folder"
    if path.is_file():
        return "table"
    names = kinds()
    if path.suffix or os.sep in dataset:
        raise ConfigError(f"there is no file or folder {dataset}")
    raise ConfigError(f"there is no data set {dataset!r}{nearest(dataset, names)}: known are {', '.join(names)}, "
                      "or give a CSV file or a folder of images")  # fmt: skip


def settings(flags: Mapping[str, Any], config: str | os.PathLike[str] | None = None) -> Settings:
    """The settings that follow from flags (None is not given), a TOML file and the recipe of the data set.

    Raises ConfigError for a key that does not exist, naming the nearest, and for a value that is not of its kind.
    """
    given = read_toml(config) if config else {}
    given |= {name: value for name, value in flags.items() if value is not None}
    given = {name: checked(name, value) for name, value in given.items()}
    dataset = given.setdefault("dataset", FIELDS["dataset"].default)
    recipe = kind(dataset)
    if recipe != dataset:
        given["dataset"] = str(Path(dataset).expanduser().resolve())
    return replace(Settings(), **{**RECIPES[recipe], **given})


def read_toml(path: str | os.PathLike[str]) -> dict[str, Any]:
    """The settings in a TOML file, by their names; in the file a hyphen may stand for an underscore."""
    try:
        content = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(f"there is no file {path}") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{path}: expected a TOML file: {error}") from None
    try:
        return {name: checked(name, value) for key, value in content.items() for name in [key.replace("-", "_")]}
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from None


def write_toml(settings: Settings, path: Path, *comments: str) -> None:
    """All settings but the folder of the run, so that `--config` of the file makes the same run anew."""
    lines = [f"# {comment}" for comment in comments]
    for name, value in asdict(settings).items():  # of texts, numbers and lists of them, JSON is TOML
        lines += [f"{name} = {json.dumps(value, ensure_ascii=False)}"] * (name not in ("out", "quiet"))
    with replacing(path) as beside:
        beside.write_text("\n".join(lines) + "\n", encoding="utf-8")


def checked(name: str, value: Any) -> Any:
    """The value of a setting in its proper type. Raises ConfigError for any other, and for a name that is none."""
    if name not in FIELDS:
        raise ConfigError(f"there is no setting {name!r}{nearest(name, FIELDS)}")
    about, type = FIELDS[name].metadata, FIELDS[name].type
    if type in ("list[int]", "list[str]"):
        value = several(name, value, whole=type == "list[int]")
    elif type == "float" and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    elif not isinstance(value, TYPES[type][0]) or (type == "int" and isinstance(value, bool)):
        raise ConfigError(f"{name}: expected {TYPES[type][1]}, given {value!r}")
    choices, check = about.get("choices"), about["check"]
    if choices and value not in choices:
        expected = ", ".join(word for word in choices if word)
        raise ConfigError(f"{name}: expected one of {expected}, given {value!r}{nearest(value, choices)}")
    if (isinstance(value, float) and not math.isfinite(value)) or (check and not check(value)):
        raise ConfigError(f"{name}: expected {about['expected']}, given {value!r}")
    return value


TYPES: dict[Any, tuple[type, str]] = {
    "str": (str, "a text"),
    "int": (int, "a whole number"),
    "float": (float, "a number"),
    "bool": (bool, "true or false"),
}


def several(name: str, value: Any, whole: bool) -> list[Any]:
    """[128, 64] from itself or from texts such as "128 64", "128,64" or "none"; or texts, as they are."""
    items = list(value) if isinstance(value, list | tuple) else [value]
    fit = all(isinstance(item, int | str if whole else str) and not isinstance(item, bool) for item in items)
    try:
        if fit and not whole:
            return items
        words = [word for item in items for word in str(item).replace(",", " ").split()] if fit else [""]
        return [] if words == ["none"] else [int(word) for word in words]
    except ValueError:
        expected = "whole numbers such as 128 64, or none" if whole else "texts"
        raise ConfigError(f"{name}: expected {expected}, given {value!r}") from None


def nearest(word: Any, known: Iterable[str]) -> str:
    """Did you mean …?"""
    near = get_close_matches(str(word), list(known), n=1, cutoff=0.5)
    return f" (did you mean {near[0]}?)" if near else ""
