"""`chalkgrad explore`: short trainings with many settings, and which of them went best."""

from __future__ import annotations

import csv
import io
import itertools
import json
import math
import shlex
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import autograd

from ..files import replacing
from ..train import Callback, Trainer
from . import show
from .build import build_model
from .planned_training import Training
from .run_data import Data, load_data
from .settings import ConfigError, Settings, checked, settings
from .task import outputs
from .train_command import TrainingError

Point = dict[str, Any]  # the settings of one training that are searched, by name
Row = dict[str, Any]  # a point, and what came of it

KINDS: dict[str, type] = {"lr": float, "width": int, "depth": int, "batch_size": int}
DEFAULT: dict[str, list[Any]] = {"lr": [0.001, 0.003, 0.01, 0.03], "width": [16, 64]}
HELD_OUT = 0.1  # of the training data, where a data set has test data of its own: those are not to be chosen by
JOURNAL, RESULTS, PICTURE = "search.journal", "results.csv", "heat_map.png"


def explore_command(
    dataset: str | None = None,
    given: Mapping[str, Any] | None = None,
    random: int = 0,
    epochs: int = 5,
    seed: int = 0,
    out: Path | None = None,
    config: Path | None = None,
) -> None:
    """Train with every combination of the numbers `given` for lr, width, depth and batch_size, or with `random` ones
    between the smallest and the largest of each; print a table, the best first, and how to train with the best.

    What is done is kept in `out`, by default runs/explore-<data set>: the same command goes on with it after an end of
    any kind, and can be run in several processes at a time, which share the work.
    """
    numbers = {name: several(name, value) for name, value in (given or {}).items() if value is not None} or DEFAULT
    base = settings({"dataset": dataset, "epochs": epochs, "seed": seed, "quiet": True}, config)
    base = replace(base, valid=base.valid or HELD_OUT, log="none", doctor=False, out="")
    points = drawn(numbers, random, seed) if random else grid(numbers)
    out = out or Path("runs") / f"explore-{Path(base.dataset).stem}"
    data = load_data(base)
    search = Search(out, base, points)
    try:
        search.go_on(data)
    except KeyboardInterrupt:
        done = f"{len(search.rows())} of {len(points)}"
        raise TrainingError(f"stopped after {done} trainings: the same command goes on") from None
    finally:
        write_csv(rows := search.rows(), out / RESULTS)
    report(rows, out)
    words = ["chalkgrad", "train", *([dataset] if dataset else []), *(["--config", str(config)] if config else [])]
    words += flags(rows[0], base) + ["--seed", str(seed)] * bool(seed)
    print(f"the best, fully: {shlex.join(words)}", file=sys.stdout if sys.stdout.isatty() else sys.stderr)


def several(name: str, value: Any) -> list[Any]:
    """Numbers for one of the settings that are searched, as they are or as a text such as "0.001 0.01" or "16,64"."""
    words = value.replace(",", " ").split() if isinstance(value, str) else list(value)
    lowest = "0 or more" if name == "depth" else "above 0"
    try:
        numbers = [KINDS[name](word) for word in words]
    except ValueError:
        numbers = []
    if not numbers or not all(math.isfinite(x) and (x > 0 or (x == 0 and name == "depth")) for x in numbers):
        what = "whole numbers" if KINDS[name] is int else "numbers"
        raise ConfigError(f"--{name.replace('_', '-')}: expected {what}, {lowest}, given {value!r}")
    return sorted(set(numbers))


def grid(numbers: Mapping[str, Sequence[Any]]) -> list[Point]:
    """Every combination."""
    return [dict(zip(numbers, point, strict=True)) for point in itertools.product(*numbers.values())]


def drawn(numbers: Mapping[str, Sequence[Any]], count: int, seed: int) -> list[Point]:
    """Different combinations at random between the smallest and the largest number of each setting, which are evenly
    spread over orders of magnitude, but for the depth: `count` of them, if there are so many."""
    optuna = _optuna()
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
    """The settings of the training at a point."""
    changes: Point = {name: point[name] for name in ("lr", "batch_size") if name in point}
    if "width" in point or "depth" in point:
        width, depth = point.get("width", (base.hidden or [64])[0]), point.get("depth", len(base.hidden) or 1)
        changes["hidden"] = [width] * depth
    return replace(base, **{name: checked(name, value) for name, value in changes.items()})


class Search:
    """The trainings at some points, shared by all processes that have opened the same folder.

    Raises ConfigError if there is another search in the folder, or anything else.
    """

    def __init__(self, folder: Path, base: Settings, points: Sequence[Point]) -> None:
        optuna = _optuna()
        from optuna.storages import JournalStorage
        from optuna.storages.journal import JournalFileBackend

        if folder.exists() and any(folder.iterdir()) and not (folder / JOURNAL).exists():
            raise ConfigError(f"--out: {folder} is not empty, and there is no search in it: name another folder")
        folder.mkdir(parents=True, exist_ok=True)
        self.base, self.points = base, list(points)
        self.queue = _queue(len(self.points))
        storage = JournalStorage(JournalFileBackend(str(folder / JOURNAL)))
        self.study = optuna.create_study(storage=storage, study_name="explore", sampler=self.queue, load_if_exists=True)
        plan = json.loads(json.dumps({"settings": asdict(base), "points": self.points}))
        if self.study.user_attrs.setdefault("plan", plan) != plan:
            raise ConfigError(f"--out: {folder} has a search over other settings: name another folder")
        self.study.set_user_attr("plan", plan)

    def go_on(self, data: Data) -> None:
        """Train at every point that is left. What other processes are at comes last."""
        while not self.queue.is_exhausted(self.study):
            trial = self.study.ask()
            point = self.points[trial.suggest_int("point", 0, len(self.points) - 1)]
            figures = attempt(applied(point, self.base), data)
            trial.set_user_attr("figures", figures)
            self.study.tell(trial, figures["loss"] if math.isfinite(figures["loss"]) else math.inf)
            words = "  ".join(f"{_words(name)} {_short(name, value)}" for name, value in {**point, **figures}.items())
            print(f"{len(self.rows())}/{len(self.points)}  {words}", file=sys.stderr)

    def rows(self) -> list[Row]:
        """What is done, the best first."""
        from optuna.trial import TrialState

        found: dict[int, Row] = {}
        for trial in self.study.get_trials(deepcopy=False, states=[TrialState.COMPLETE]):
            number = trial.params["point"]
            found.setdefault(number, {**self.points[number], **trial.user_attrs["figures"]})
        return sorted(found.values(), key=badness)


def _queue(count: int) -> Any:
    """Hands out the numbers of points, to each process others; again those that no process has finished."""
    from optuna.samplers import GridSampler

    class Queue(GridSampler):
        def after_trial(self, *about: Any) -> None:
            """GridSampler would end `study.optimize` here, which is not in use."""

    return Queue({"point": list(range(count))}, seed=0)


def attempt(settings: Settings, data: Data) -> dict[str, float]:
    """The figures after the training that `chalkgrad train` would do. One whose loss is not a number is ended."""
    autograd.manual_seed(settings.seed)
    model = build_model(settings, data.task.shape, outputs(data.task))
    training = Training(replace(settings, quiet=True, doctor=False), data, model, [Diverged()])
    row = training.fit()[-1]
    prefix = "" if data.valid is None else "valid_"
    loss, accuracy, mae = (row.get(prefix + name) for name in ("loss", "accuracy", "mae"))
    lost = not math.isfinite(loss)
    goal = {"accuracy": accuracy} if mae is None else {"mae": mae}
    figures = {name: math.nan if lost else value for name, value in {**goal, "loss": loss}.items()}
    return {**figures, "seconds": round(row["seconds"], 2)}


class Diverged(Callback):
    """Ends a training that is beyond recovery."""

    def on_epoch_end(self, trainer: Trainer) -> None:
        trainer.stopping = trainer.stopping or not math.isfinite(trainer.row["loss"])


def goal_of(row: Row) -> tuple[str, str]:
    """The figure that counts, and whether the "max" or the "min" of it is good."""
    return ("accuracy", "max") if "accuracy" in row else ("mae", "min")


def badness(row: Row) -> tuple[bool, float, float]:
    """What rows are sorted by: what diverged comes last."""
    name, mode = goal_of(row)
    return math.isnan(row["loss"]), -row[name] if mode == "max" else row[name], row["loss"]


def report(rows: list[Row], out: Path) -> None:
    """Print the table, its columns apart by tabs if it is not for a terminal, and draw the map."""
    if sys.stdout.isatty():
        table = show.grid(*map(_words, rows[0]))
        for row in rows:
            table.add_row(*(_short(name, value) for name, value in row.items()))
        show.console().print(table)
    else:
        print(as_table(rows, "\t"), end="", flush=True)
    if math.isnan(rows[0]["loss"]):
        raise TrainingError(f"every training diverged: try lower numbers for --lr; the figures are in {out}")
    draw_map(rows, out / PICTURE)


def flags(row: Row, base: Settings) -> list[str]:
    """What to tell `chalkgrad train` for the settings of a row."""
    best, words = applied({name: row[name] for name in KINDS if name in row}, base), []
    if "lr" in row:
        words += ["--lr", f"{best.lr:g}"]
    if "width" in row or "depth" in row:
        words += ["--hidden", *(map(str, best.hidden) if best.hidden else ["none"])]
    if "batch_size" in row:
        words += ["--batch-size", str(best.batch_size)]
    return words


def as_table(rows: Sequence[Row], delimiter: str) -> str:
    """The rows as text, with a header."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]) if rows else [], delimiter=delimiter, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def write_csv(rows: Sequence[Row], path: Path) -> None:
    """Keep the rows in a file."""
    with replacing(path) as beside:
        beside.write_text(as_table(rows, ","), encoding="utf-8")


def draw_map(rows: Sequence[Row], path: Path) -> None:
    """A picture of the figure that counts over the two settings that make most difference, if two were varied."""
    varied = [name for name in KINDS if len({row.get(name) for row in rows}) > 1]
    if len(varied) < 2:
        return
    from .. import plot

    first, second = sorted(varied, key=lambda name: -difference(rows, name))[:2]
    figure, mode = goal_of(rows[0])
    values, others = ([row[name] for row in rows] for name in (first, second))
    found = [row[figure] for row in rows]
    plot.heat_map(values, others, found, path, (_words(first), _words(second), f"validation {figure}"), mode=mode)


def difference(rows: Sequence[Row], name: str) -> float:
    """How far the average figures at the values of a setting lie apart; of many values, those of four groups."""
    figure, mode = goal_of(rows[0])
    known = [row[figure] for row in rows if not math.isnan(row[figure])]
    worst = (min if mode == "max" else max)(known, default=0.0)
    ordered = sorted(rows, key=lambda row: row[name])
    levels = sorted({row[name] for row in rows})
    size = math.ceil(len(ordered) / 4)
    groups = [[row for row in ordered if row[name] == level] for level in levels]
    if len(levels) > 8:
        groups = [ordered[i : i + size] for i in range(0, len(ordered), size)]
    means = [sum(worst if math.isnan(r[figure]) else r[figure] for r in group) / len(group) for group in groups]
    return max(means) - min(means)


def _words(name: str) -> str:
    return {"lr": "learning rate", "mae": "mean absolute error"}.get(name, name.replace("_", " "))


def _short(name: str, value: float) -> str:
    if math.isnan(value):
        return "diverged"
    return f"{value:.1%}" if name == "accuracy" else f"{value:.4g}"


def _optuna() -> Any:
    try:
        import optuna
    except ImportError:
        raise ImportError("explore needs Optuna, which is not installed: pip install 'chalkgrad[cli]'") from None
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    return optuna
