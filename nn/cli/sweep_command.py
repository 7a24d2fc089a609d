"""`chalkgrad sweep`: a search for the settings of a data set, in one process or in many, and the run that did best."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from ..history import History
from ..runs.build_model import build_model
from ..runs.run_data import load_data
from ..runs.run_folder import RESULTS, RunFolder
from ..runs.settings import ConfigError, settings_from
from .complaints import complain
from .explore_command import HELD_OUT
from .one_run import TrainingError, finish
from .search import Row, goal_of
from .search_space import default_space, read_space
from .search_table import print_table, short, words, write_csv
from .shared_study import alone_in, optuna_for
from .sweep import Sweep, plan_for
from .sweep_processes import in_processes, work

TRIALS, TABLE, IMPORTANCE, PARALLEL = 20, "results.csv", "importance.png", "parallel.png"
ENGINES = ("local", "ray")


def sweep(
    dataset: str | None = None,
    search: Sequence[str] = (),
    trials: int = 0,
    jobs: int = 1,
    storage: Path | None = None,
    sampler: str = "tpe",
    pruner: str = "median",
    engine: str = "local",
    epochs: int | None = None,
    seed: int = 0,
    config: Path | None = None,
) -> None:
    """Do trials until there are as many as asked for, by default 20, or all of a grid; print them, the best first.

    The search is in the file `storage`, by default runs/sweep-<data set>.journal, and its runs in the folder of the
    same name: the same command goes on with it after an end of any kind, and processes that are given it at a time
    share the work, on other machines too.

    Raises ConfigError for settings that cannot be used; TrainingError after Ctrl-C, if processes ended before the
    trials, and if every run diverged; what unreadable data raise.
    """
    base = settings_from({"dataset": dataset, "epochs": epochs, "seed": seed, "quiet": True}, config)
    if engine not in ENGINES:
        raise ConfigError(f"--engine: expected one of {', '.join(ENGINES)}, given {engine!r}")
    if base.early_stop:
        complain("note: early_stop is for single runs, and left out: the pruner ends those of a sweep")
    base = replace(base, valid=base.valid or HELD_OUT)
    plan = plan_for(base, read_space(search) or default_space(base), sampler, pruner)
    total = trials or TRIALS
    if sampler == "grid":
        total = min(trials or sys.maxsize, len(plan.queue))
    file = storage or Path("runs") / f"sweep-{Path(base.dataset).stem}.journal"
    with Sweep(file, plan, load_data(base)) as search_in:
        if jobs > 1 and not plan.repeatable:
            complain(
                f"note: {jobs} processes learn from each other in the order in which they end: another time, they may "
                "try other settings"
            )
        try:
            if engine == "ray":
                from .ray_engine import on_ray

                on_ray(search_in, jobs, total)
            elif jobs > 1:
                in_processes(file.resolve(), jobs, total)
            else:
                work(search_in, total)
        except KeyboardInterrupt:
            raise stopped(search_in, total) from None
        finally:
            search_in.clear()
            if rows := search_in.rows():
                search_in.folder.mkdir(parents=True, exist_ok=True)
                write_csv(rows, search_in.folder / TABLE)
        if len(rows) < total:
            raise stopped(search_in, total)
        report(search_in, rows)


def stopped(sweep: Sweep, total: int) -> TrainingError:
    """The error for a sweep that ended before its trials."""
    return TrainingError(f"stopped after {len(sweep.shared.done())} of {total} trials: the same command goes on")


def report(sweep: Sweep, rows: list[Row]) -> None:
    """Print the table, draw the pictures, and make the run that did best ready for use.

    Raises TrainingError if all diverged.
    """
    print_table(rows)
    best = rows[0]
    if best["end"] != "full":
        raise TrainingError(f"no run came to its end: try lower learning rates; the results are in {sweep.folder}")
    draw(sweep, rows)
    path = complete(sweep, best["trial"])
    where = sys.stdout if sys.stdout.isatty() else sys.stderr
    goal, _ = goal_of(best)
    print(f"best: trial {best['trial']}, {words(goal)} {short(goal, best[goal])} on validation data", file=where)
    print(f"to go on with it: chalkgrad evaluate {shlex.quote(str(path))}", file=where)
    if sweep.processes > 1 and not sweep.plan.repeatable:
        complain(f"note: {sweep.processes} processes took part: the search can be repeated exactly only with one")


def complete(sweep: Sweep, number: int) -> Path:
    """Leave in the folder of a run what `chalkgrad train` does: the results and the pictures."""
    path = sweep.path(number)
    with alone_in(path):  # another process of the sweep may be at it
        folder = RunFolder.open(path)
        if not (path / RESULTS).exists():
            history = History.load(path / "history.jsonl")
            model = build_model(folder.settings, folder.task)
            folder.load_model(model)
            finish(folder, sweep.data, model, history, history[-1]["epoch"])
    return path


def draw(sweep: Sweep, rows: Sequence[Row]) -> None:
    """Draw what each setting is worth, and the trials across all of them. Raises ImportError without Matplotlib."""
    from .. import plot

    goal, mode = goal_of(rows[0])
    ended = [row for row in rows if row["end"] != "failed"]
    points = [{words(name): row[name] for name in sweep.plan.space} for row in ended]
    values = [row[goal] for row in ended]
    named = f"validation {words(goal)}"
    plot.parallel_coordinates(points, values, sweep.folder / PARALLEL, named, mode=mode)
    full = {row[goal] for row in rows if row["end"] == "full"}
    varied = [name for name in sweep.plan.space if len({row[name] for row in rows}) > 1]
    if len(full) > 1 and varied:
        importance = optuna_for("the importance of settings is measured with Optuna").importance
        measure = importance.FanovaImportanceEvaluator(seed=0)
        found = importance.get_param_importances(sweep.shared.study, evaluator=measure, params=varied)
        shares = {words(name): share for name, share in found.items()}
        plot.settings_importance(shares, sweep.folder / IMPORTANCE, named)
