"""All that a training run can be told: by flags, else a TOML file, else the recipe of the data set, else a default."""

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
POLICIES = ("auto", "median", "mean", "mode", "drop", "flag")
AUTO = 0  # in place of a batch size: as many samples as fit into memory; of a learning rate: what a range test finds
BEST = 0.0  # in place of a threshold: the one that tells the validation data apart best
BY_ROWS = {"epochs": 0, "weight_decay": -1.0}  # in place of these: what suits the number of rows
LOGS = ("none", "tensorboard", "wandb")
OF_CLASSES = ("accuracy", "balanced_accuracy", "f1", "roc_auc", "average_precision", "brier", "loss")  # figures
OF_NUMBERS = ("mae", "rmse", "r2", "loss")
METRICS = tuple(dict.fromkeys(OF_CLASSES + OF_NUMBERS))


class ConfigError(ValueError):
    """A setting that cannot be used; the message names it and says what was expected."""


Check = Callable[[Any], bool]


def setting(panel: str, default: Any, help: str, expected: str = "", check: Check | None = None, **about: Any) -> Any:
    """A field of `Settings`: its default, what it does, which values it takes, and which panel of the help lists it."""
    metadata = {"panel": panel, "help": help, "expected": expected, "check": check, **about}
    if isinstance(default, list):
        return field(default_factory=lambda: list(default), metadata=metadata)
    return field(default=default, metadata=metadata)


BACK_ENDS = "none", "numpy", "numba"  # of `autograd.compile`


def choice(panel: str, default: str, help: str, *choices: str) -> Any:
    """A field of `Settings` that is one of a few words, which the help lists after what it does."""
    return setting(panel, default, help, choices=choices)


def fraction(panel: str, default: float, help: str) -> Any:
    """A field of `Settings` that is a fraction of a whole."""
    return setting(panel, default, help, "at least 0 and below 1", lambda value: 0 <= value < 1)


def least(panel: str, lowest: int, default: Any, help: str, **about: Any) -> Any:
    """A field of `Settings` that is a number, or several, not below `lowest`."""
    return setting(panel, default, help, f"{lowest} or more", lambda value: _at_least(value, lowest), **about)


def _at_least(value: Any, lowest: int) -> bool:
    return all(number >= lowest for number in (value if isinstance(value, list) else [value]))


@dataclass
class Settings:
    """One training run. What is switched off is 0, "none" or an empty list."""

    dataset: str = setting("Data", "digits", "A name from `chalkgrad data list`, a CSV file, or a folder of images.")
    target: str = setting("Data", "", "The column of a CSV file to predict; by default the last.")
    task: str = choice("Data", "", "The task of a CSV file whose target would suit both", "", *TASKS)
    words: list[str] = setting("Data", [], "Columns of a CSV file whose numbers are names of categories, one or more.")
    ignore: list[str] = setting("Data", [], "Columns of a CSV file to leave out, one or more.")
    keep: list[str] = setting(
        "Data", [], "Columns of a CSV file to take in although they seem to tell nothing, one or more."
    )
    missing: str = choice("Data", "auto", "What missing cells of a CSV file are filled with", *POLICIES)
    group: str = setting("Data", "", "A column of a CSV file: rows that agree in it stay on one side of the split.")
    time: str = setting("Data", "", "A column of a CSV file: the rows with the newest dates in it are held out.")
    size: int = least("Data", 0, 0, "Height and width that images from a folder are scaled to; 0 keeps them.")
    broken: str = choice("Data", "refuse", "What becomes of images that cannot be read", "refuse", "skip")
    valid: float = fraction("Data", 0.2, "The fraction of the data held out for validation.")
    folds: int = setting("Data", 0, "Cross-validate: so many runs, each of which holds out another part of the data; 0 "
                         "is off.", "0, or 2 or more", lambda value: value == 0 or value >= 2)  # fmt: skip
    fold: int = least("Data", 0, 0, "Train one run of --folds only, from 1 on; 0 is all.")
    metric: list[str] = setting("Data", [], "The figures that --folds compares by, one or more; by default accuracy, "
                                "balanced_accuracy if classes are rare, or mae",
                                f"some of {', '.join(METRICS)}", lambda value: set(value) <= set(METRICS),
                                each_of=METRICS)  # fmt: skip
    augment: bool = setting("Data", False, "Shift and rotate training images at random; flip photographs.")

    hidden: list[int] = least("Model", 1, [64], "Units in each hidden layer; none for a linear model.")
    conv: list[int] = least("Model", 1, [], "Channels of each convolution in front of them, for images.")
    activation: str = choice("Model", "relu", "The activation after each hidden layer", *ACTIVATIONS)
    dropout: float = fraction("Model", 0.0, "The fraction of hidden units dropped at random.")
    batch_norm: bool = setting("Model", False, "Batch normalization after each hidden layer.")

    loss: str = choice("Training", "", "The loss, if it is not to be the cross-entropy", "", "focal")
    class_weight: str = choice("Training", "none", "Let all classes count the same, however rare", "none", "balanced")
    threshold: float = setting("Training", 0.5, "The probability from which the second of two classes is decided for; "
                               "best is what the validation data are told apart by best.", "a number between 0 and 1",
                               lambda value: 0 < value < 1, words={"best": BEST})  # fmt: skip
    optimizer: str = choice("Training", "adam", "The optimizer, sgd with momentum 0.9", *OPTIMIZERS)
    lr: float = setting("Training", 0.003, "The highest learning rate; auto is what a range test finds.",
                        "a number above 0", lambda value: value > 0, words={"auto": AUTO})  # fmt: skip
    schedule: str = choice("Training", "linear", "How the learning rate changes during the run", *SCHEDULES)
    epochs: int = least("Training", 1, 30, "Passes over the training data; auto is 40, or for few rows as many as make "
                        "400 steps.", words={"auto": BY_ROWS["epochs"]})  # fmt: skip
    batch_size: int = least("Training", 1, 32, "Samples per batch; auto is as many as fit into memory.",
                            words={"auto": AUTO})  # fmt: skip
    accumulate: int = least("Training", 1, 1, "Batches whose gradients add up to one step.")
    effective_batch_size: int = least("Training", 0, 0, "Samples per step, by as many batches as that takes; "
                                      "with --batch-size auto, of a size that divides it; 0 is off.")  # fmt: skip
    weight_decay: float = least("Training", 0, 0.0, "Weight decay of the optimizer; auto is 4 divided by the number of "
                                "rows, and at most 0.03.", words={"auto": BY_ROWS["weight_decay"]})  # fmt: skip
    l1: float = least("Training", 0, 0.0, "Add this times the sum of all |w| to the loss.")
    l2: float = least("Training", 0, 0.0, "Add this times half the sum of all w**2 to the loss.")
    clip_norm: float = least("Training", 0, 0.0, "The largest norm that the gradient may have; 0 is off.")
    amp: str = choice(
        "Training", "none", "Train in mixed precision, with 16-bit numbers", "none", "float16", "bfloat16"
    )
    compile: str = choice("Training", "none", "Compile the steps: to the same numbers (numpy, also if no word is "
                          "given), or faster still, the same but for rounding (numba)", *BACK_ENDS)  # fmt: skip
    early_stop: int = least("Training", 0, 0, "Stop after this many epochs without improvement (5 if no number is "
                                              "given), and keep the best weights; 0 is off.")  # fmt: skip
    seed: int = least("Training", 0, 0, "Seed of the initial weights, the order of the data, and so on.")

    log: str = choice("Run", "none", "Log the metrics for another program, too", *LOGS)
    doctor: bool = setting("Run", False, "Watch for mistakes that do not crash, and report them at the end.")
    quiet: bool = setting("Run", False, "Print only the outcome.")
    out: str = setting("Run", "", "The folder of the run, if not runs/<dataset>.")


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
    "table": {"hidden": [64, 32], "lr": 0.005, **BY_ROWS},
    "folder": {"size": 32, "conv": [16, 32], "epochs": 20},
}


def data_set_names() -> list[str]:
    """The data sets that go by a name, in place of a path."""
    return [name for name in RECIPES if name not in ("table", "folder")]


def kind(dataset: str) -> str:
    """Which recipe a data set has: its own, or "table" for a CSV file, or "folder".

    Raises ConfigError if it does not exist.
    """
    if dataset in data_set_names():
        return dataset
    path = Path(dataset).expanduser()
    if path.is_dir():
        return "folder"
    if path.is_file():
        return "table"
    names = data_set_names()
    if path.suffix or os.sep in dataset:
        raise ConfigError(f"there is no file or folder {dataset}")
    raise ConfigError(f"there is no data set {dataset!r}{nearest(dataset, names)}: choose one of {', '.join(names)}, "
                      "or give a CSV file or a folder of images")  # fmt: skip


def settings_from(flags: Mapping[str, Any], config: str | os.PathLike[str] | None = None) -> Settings:
    """The settings that follow from flags (None if not given), a TOML file and the recipe of the data set.

    Raises ConfigError for a data set or a setting that does not exist, and for a value that a setting cannot have.
    """
    file = read_toml(config) if config else {}
    given = file | {name: checked(name, value) for name, value in flags.items() if value is not None}
    dataset = given.setdefault("dataset", FIELDS["dataset"].default)
    recipe = kind(dataset)
    if recipe != dataset:
        given["dataset"] = str(Path(dataset).expanduser().resolve())
    found = replace(Settings(), **{**RECIPES[recipe], **given})
    if flags.get("folds") == 0:  # of a file that has folds, what belongs to them goes, too
        found = replace(found, fold=flags.get("fold") or 0, metric=flags.get("metric") or [])
    asked = flags.get("valid") or (file.get("folds") and file.get("valid"))
    return check_folds(found, bool(asked))


def check_folds(settings: Settings, asked: bool = False) -> Settings:
    """The settings, in which `valid` is 0 if nothing but the folds is held out. Raises ConfigError for settings that
    contradict the folds, such as a fraction `valid` that was `asked` for and has no use."""
    if not settings.folds:
        if settings.metric:
            raise ConfigError("metric: it is for folds; of a single run, chalkgrad evaluate RUN prints all figures")
        if settings.fold:
            raise ConfigError(f"fold: {settings.fold} is the number of one of several folds: give folds, too")
        return settings
    if settings.fold > settings.folds:
        raise ConfigError(f"fold: expected a number up to {settings.folds}, the number of folds, given {settings.fold}")
    if settings.group and settings.time:
        raise ConfigError("folds: they follow either the groups or the time: give one of group and time")
    choosing = {
        "early_stop": settings.early_stop > 0,
        "threshold best": settings.threshold == BEST,
        "schedule plateau": settings.schedule == "plateau",
    }
    if not any(choosing.values()):
        if asked:
            raise ConfigError(
                "valid: each fold holds rows out already, and all others are trained on: leave it out (with folds it "
                f"is for {', '.join(choosing)}, which look at a part of the rows that are trained on)"
            )
        return replace(settings, valid=0.0)
    if not settings.valid:
        name = next(name for name, chosen in choosing.items() if chosen)
        raise ConfigError(
            f"{name}: nothing may be chosen by the rows that a fold holds out: hold out others of those that are "
            "trained on, such as valid 0.2"
        )
    return settings


def read_toml(path: str | os.PathLike[str]) -> dict[str, Any]:
    """The settings in a TOML file, by name; there, a hyphen may stand for an underscore.

    Raises ConfigError for a file that is missing or not TOML, and for what `checked` refuses.
    """
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
    """Write all settings but the folder of the run, so that `--config` with the file repeats it."""
    lines = [f"# {comment}" for comment in comments]
    for name, value in asdict(settings).items():  # strings, numbers and lists of them look the same in JSON and TOML
        words = {number: word for word, number in FIELDS[name].metadata.get("words", {}).items()}
        value = words.get(value, value) if words else value
        lines += [f"{name} = {json.dumps(value, ensure_ascii=False)}"] * (name not in ("out", "quiet"))
    with replacing(path) as beside:
        beside.write_text("\n".join(lines) + "\n", encoding="utf-8")


def checked(name: str, value: Any) -> Any:
    """The value of a setting in its proper type. Raises ConfigError if it cannot have that value, or does not exist."""
    if name not in FIELDS:
        raise ConfigError(f"there is no setting {name!r}{nearest(name, FIELDS)}")
    about, type = FIELDS[name].metadata, FIELDS[name].type
    if isinstance(value, str) and value in about.get("words", ()):
        return about["words"][value]
    if type in ("list[int]", "list[str]"):
        value = listed(name, value, whole=type == "list[int]")
    elif type == "float" and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    elif not isinstance(value, TYPES[type][0]) or (type == "int" and isinstance(value, bool)):
        raise ConfigError(f"{name}: expected {' or '.join([TYPES[type][1], *about.get('words', ())])}, given {value!r}")
    choices, check = about.get("choices"), about["check"]
    if choices and value not in choices:
        expected = ", ".join(word for word in choices if word)
        raise ConfigError(f"{name}: expected one of {expected}, given {value!r}{nearest(value, choices)}")
    if (isinstance(value, float) and not math.isfinite(value)) or (check and not check(value)):
        raise ConfigError(f"{name}: expected {about['expected']}, given {value!r}")
    return value


TYPES: dict[Any, tuple[type, str]] = {
    "str": (str, "a string"),
    "int": (int, "a whole number"),
    "float": (float, "a number"),
    "bool": (bool, "true or false"),
}


def listed(name: str, value: Any, whole: bool) -> list[Any]:
    """[128, 64] from itself or from strings such as "128 64", "128,64" or "none"; or strings, as they are.

    Raises ConfigError for anything else.
    """
    items = list(value) if isinstance(value, list | tuple) else [value]
    fit = all(isinstance(item, int | str if whole else str) and not isinstance(item, bool) for item in items)
    try:
        if fit and not whole:
            return items
        words = [word for item in items for word in str(item).replace(",", " ").split()] if fit else [""]
        return [] if words == ["none"] else [int(word) for word in words]
    except ValueError:
        expected = "whole numbers such as 128 64, or none" if whole else "a list of strings"
        raise ConfigError(f"{name}: expected {expected}, given {value!r}") from None


def nearest(word: Any, known: Iterable[str]) -> str:
    """A hint for a message: the known word that is most like it, if any is."""
    near = get_close_matches(str(word), list(known), n=1, cutoff=0.5)
    return f" (did you mean {near[0]}?)" if near else ""
