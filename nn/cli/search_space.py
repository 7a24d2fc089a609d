"""What a sweep searches: of each setting a range or a list, as people write it and as Optuna has it, and its points."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ..runs.settings import FIELDS, ConfigError, Settings, checked, nearest
from .search import Point

Space = dict[str, str]  # of each setting, such as "1e-4..1e-1:log" or "16,32,64x32"

SEARCHED = [name for name, about in FIELDS.items() if about.metadata["panel"] in ("Model", "Training")]
NOT_SEARCHED = ("seed", "early_stop", "threshold")  # luck; what pruning does; what the figure does not depend on
RATES, WIDTHS, BATCHES = "1e-4..1e-1:log", (16, 32, 64, 128), (16, 32, 64, 128)
FORM = "expected NAME=LOW..HIGH, NAME=LOW..HIGH:log or NAME=VALUE,VALUE"


def default_space(base: Settings) -> Space:
    """The settings that matter in most networks, their values in the recipe among them."""
    widths = [f"{width}" for width in WIDTHS]
    if (own := "x".join(map(str, base.hidden)) or "none") not in widths:
        widths.append(own)
    sizes = sorted({*BATCHES, base.batch_size} - {0})
    return {"lr": RATES, "hidden": ",".join(widths), "batch_size": ",".join(map(str, sizes))}


def read_space(words: Sequence[str]) -> Space:
    """The space that flags such as "lr=1e-4..1e-1:log" describe. Raises ConfigError for what cannot be searched."""
    space: Space = {}
    for word in words:
        name, equals, text = word.partition("=")
        name = name.strip().replace("-", "_")
        if not equals or not text.strip():
            raise ConfigError(f"--search: {FORM}, given {word!r}")
        known = [each for each in SEARCHED if each not in NOT_SEARCHED]
        if name not in known:
            raise ConfigError(f"--search: {name!r} is none of the settings to search{nearest(name, known)}: choose of "
                              f"{', '.join(known)}")  # fmt: skip
        if name in space:
            raise ConfigError(f"--search: {name} is given twice: put all its values into one")
        space[name] = text.strip()
        values_of(name, space[name])
    return space


def distributions(space: Mapping[str, str]) -> dict[str, Any]:
    """The same for Optuna."""
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    found: dict[str, Any] = {}
    for name, text in space.items():
        values = values_of(name, text)
        if isinstance(values, list):
            found[name] = CategoricalDistribution(values)
        else:
            low, high, log = values
            found[name] = (FloatDistribution if isinstance(low, float) else IntDistribution)(low, high, log=log)
    return found


def values_of(name: str, text: str) -> list[Any] | tuple[Any, Any, bool]:
    """The values of a list, or the ends of a range and whether it is even over the orders of magnitude.

    Raises ConfigError for what the setting cannot be.
    """
    low, dots, rest = text.partition("..")
    if not dots:
        return list(dict.fromkeys(_value(name, word.strip()) for word in text.split(",")))
    high, colon, log = rest.partition(":")
    ends = [_value(name, word.strip()) for word in (low, high)]
    if FIELDS[name].type == "list[int]":
        ends = [_number(name, end) for end in ends]
    if any(isinstance(end, str | bool) for end in ends):
        raise ConfigError(f"--search: {name} has no range: list its values, {name}=VALUE,VALUE")
    if (colon and log != "log") or not ends[0] < ends[1] or (log and not ends[0] > 0):
        raise ConfigError(f"--search: {FORM}, a range upwards, above 0 if it is a log one, given {f'{name}={text}'!r}")
    return ends[0], ends[1], bool(log)


def points_of(space: Mapping[str, str]) -> list[Point]:
    """Every combination. Raises ConfigError for a range, which has no end of values."""
    values = {name: values_of(name, text) for name, text in space.items()}
    if ranges := [name for name, found in values.items() if isinstance(found, tuple)]:
        raise ConfigError(
            f"--sampler grid: {ranges[0]}={space[ranges[0]]} has no end of values: list those to try, "
            f"--search {ranges[0]}=VALUE,VALUE"
        )
    return [dict(zip(values, point, strict=True)) for point in itertools.product(*values.values())]


def point_in(space: Mapping[str, str], settings: Settings) -> Point | None:
    """The point of the settings themselves, if it is in the space."""
    point = {}
    for name, text in space.items():
        own, values = getattr(settings, name), values_of(name, text)
        if isinstance(values, tuple):
            own = own[0] if isinstance(own, list) and len(own) == 1 else own
            if isinstance(own, list) or not values[0] <= own <= values[1]:
                return None
            point[name] = own
        else:
            same = [value for value in values if getattr(at({name: value}, settings), name) == own]
            if not same:
                return None
            point[name] = same[0]
    return point


def at(point: Mapping[str, Any], base: Settings) -> Settings:
    """The settings at a point."""
    return replace(base, **{name: _checked(name, value) for name, value in point.items()})


def _value(name: str, word: str) -> Any:
    """A value as Optuna keeps it: a number, true or false, or a string. Raises ConfigError if it cannot be."""
    kind: Any = {"int": int, "float": float}.get(str(FIELDS[name].type), str)
    value: Any = word
    if FIELDS[name].type == "bool":
        value = {"true": True, "false": False}.get(word.lower(), word)
    elif word not in FIELDS[name].metadata.get("words", ()):
        try:
            value = kind(word)
        except ValueError:
            value = word
    _checked(name, value)
    return value


def _checked(name: str, value: Any) -> Any:
    if FIELDS[name].type == "list[int]":
        value = str(value).replace("x", " ")
    try:
        return checked(name, value)
    except ConfigError as error:
        raise ConfigError(f"--search: {error}") from None


def _number(name: str, word: str) -> int:
    """The width of a single layer."""
    try:
        return int(word)
    except ValueError:
        raise ConfigError(f"--search: {name}: expected a range of whole numbers, given {word!r}") from None
