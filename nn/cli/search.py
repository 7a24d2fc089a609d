"""Which settings `chalkgrad explore` tries, and the journal of those it has tried, which processes can share."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from ..runs.settings import ConfigError, Settings, checked
from .shared_study import OtherSearchError, SharedStudy, optuna_for

Point = dict[str, Any]  # the settings that are searched, by name, with a value for each
Row = dict[str, Any]  # a point, and the metrics of the run with these settings

KINDS: dict[str, type] = {"lr": float, "width": int, "depth": int, "batch_size": int}
JOURNAL, USE = "search.journal", "explore searches with Optuna"


def numbers_of(name: str, value: Any) -> list[Any]:
    """The numbers to try for a setting, sorted: from a list, or from a string such as "0.001 0.01" or "16,64".

    Raises ConfigError for anything else, and for numbers that the setting cannot have.
    """
    words = value.replace(",", " ").split() if isinstance(value, str) else list(value)
    lowest = "0 or above" if name == "depth" else "above 0"
    try:
        numbers = [KINDS[name](word) for word in words]
    except ValueError:
        numbers = []
    if not numbers or not all(math.isfinite(x) and (x > 0 or (x == 0 and name == "depth")) for x in numbers):
        what = "whole numbers" if KINDS[name] is int else "numbers"
        raise ConfigError(f"--{name.replace('_', '-')}: expected {what} {lowest}, given {value!r}")
    return sorted(set(numbers))


def grid(numbers: Mapping[str, Sequence[Any]]) -> list[Point]:
    """Every combination."""
    return [dict(zip(numbers, point, strict=True)) for point in itertools.product(*numbers.values())]


def drawn(numbers: Mapping[str, Sequence[Any]], count: int, seed: int) -> list[Point]:
    """Random combinations, `count` or, where some come twice, fewer.

    Each setting lies between its smallest and its largest number: a depth evenly, all else evenly over the orders of
    magnitude. Raises ImportError without Optuna.
    """
    optuna = optuna_for(USE)
    from optuna.distributions import FloatDistribution, IntDistribution

    ranges: dict[str, Any] = {}
    for name, values in numbers.items():
        kind = FloatDistribution if name == "lr" else IntDistribution
        ranges[name] = kind(min(values), max(values), log=name != "depth")
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed))
    points = [study.ask(ranges).params for _ in range(count)]
    points = [{name: float(f"{x:.3g}") if name == "lr" else x for name, x in point.items()} for point in points]
    return [point for i, point in enumerate(points) if point not in points[:i]]


def applied(point: Point, base: Settings) -> Settings:
    """The settings of the run at a point. Raises ConfigError for a number that a setting cannot have."""
    changes: Point = {name: point[name] for name in ("lr", "batch_size") if name in point}
    if "width" in point or "depth" in point:
        width, depth = point.get("width", (base.hidden or [64])[0]), point.get("depth", len(base.hidden) or 1)
        changes["hidden"] = [width] * depth
    return replace(base, **{name: checked(name, value) for name, value in changes.items()})


class Search:
    """Some points, and the metrics of those that were tried, shared by all processes that open the same folder.

    Raises ConfigError if there is another search in the folder, or anything else; ImportError without Optuna.
    """

    def __init__(self, folder: Path, base: Settings, points: Sequence[Point]) -> None:
        optuna = optuna_for(USE)
        if folder.exists() and any(folder.iterdir()) and not (folder / JOURNAL).exists():
            raise ConfigError(f"--out: {folder} is not empty, and there is no search in it: choose another folder")
        self.points = list(points)
        plan = {"settings": asdict(base), "points": self.points}
        try:
            self.shared = SharedStudy(
                folder / JOURNAL,
                "explore",
                plan,
                {"point": optuna.distributions.IntDistribution(0, len(points) - 1)},
                lambda begun: optuna.samplers.RandomSampler(0),
                queue=[{"point": number} for number in range(len(points))],
            )
        except OtherSearchError:
            raise ConfigError(f"--out: {folder} has a search with other settings: choose another folder") from None
        self.study = self.shared.study

    def open_points(self) -> Iterator[tuple[Any, Point]]:
        """Every point that is left, with its trial for `finish`; no other process is given the same."""
        while (trial := self.shared.take(len(self.points))) is not None:
            yield trial, self.points[trial.params["point"]]

    def close(self) -> None:
        """Try no more points."""
        self.shared.close()

    def finish(self, trial: Any, metrics: Mapping[str, float]) -> None:
        """Note the metrics of a trial, "loss" among them."""
        trial.set_user_attr("metrics", metrics)
        self.study.tell(trial, metrics["loss"] if math.isfinite(metrics["loss"]) else math.inf)

    def rows(self) -> list[Row]:
        """What was tried, the best first."""
        from optuna.trial import TrialState

        found: dict[int, Row] = {}
        for trial in self.study.get_trials(deepcopy=False, states=[TrialState.COMPLETE]):
            number = trial.params["point"]
            found.setdefault(number, {**self.points[number], **trial.user_attrs["metrics"]})
        return sorted(found.values(), key=badness)


def goal_of(row: Row) -> tuple[str, str]:
    """The metric that settings are chosen by, and whether its "max" or its "min" is best."""
    return ("accuracy", "max") if "accuracy" in row else ("mae", "min")


def badness(row: Row) -> tuple[bool, float, float]:
    """What rows are sorted by: those that diverged come last."""
    name, mode = goal_of(row)
    return math.isnan(row["loss"]), -row[name] if mode == "max" else row[name], row["loss"]
