"""A sweep whose runs are trials of Ray Tune: Ray says where they run, Optuna what is tried and which end early."""

from __future__ import annotations

import json
import math
import os
import sys
from contextlib import redirect_stdout
from dataclasses import asdict
from pathlib import Path
from typing import Any

from autograd.tools.extras import require

from ..runs.run_data import load_data
from ..train.search_reports import RayReport
from .search_space import at
from .short_run import attempt_in, goal_in, prefix_of
from .sweep import Plan, Sweep
from .sweep_processes import tell

FINAL = "final"  # in what a trial reports last: the metrics of its run


def on_ray(sweep: Sweep, jobs: int, total: int) -> None:
    """Do trials on Ray, so many at a time, until `total` are done: on the cluster at RAY_ADDRESS, or on this machine.

    All machines must see the folder of the sweep under its name. Raises ImportError without Ray.
    """
    ray = require("ray", "ray", "--engine ray runs on Ray Tune")
    tune = require("ray.tune", "ray", "--engine ray runs on Ray Tune")
    own = not ray.is_initialized()
    if own:
        cores = {} if "RAY_ADDRESS" in os.environ else {"num_cpus": jobs, "include_dashboard": False}
        ray.init(log_to_driver=False, logging_level="ERROR", **cores)
    try:
        searcher = _searcher(sweep, total)
        tuner = tune.Tuner(
            tune.with_resources(train_trial, {"cpu": 1}),
            tune_config=tune.TuneConfig(
                search_alg=searcher,
                scheduler=_scheduler(searcher),
                num_samples=-1,
                reuse_actors=True,
                max_concurrent_trials=jobs,
            ),
            run_config=tune.RunConfig(name="ray", storage_path=str(sweep.folder.resolve()), verbose=0, callbacks=[]),
        )
        with redirect_stdout(sys.stderr):  # where Ray describes what it does; the table is all that goes to stdout
            tuner.fit()
    finally:
        if own:
            ray.shutdown()


def train_trial(config: dict[str, Any]) -> None:
    """Train the run of a trial in a process of Ray, which is told every epoch's figures, and at the end the metrics."""
    from ray import tune

    plan = Plan.kept(json.loads(config["plan"]))
    data = load_data(plan.settings)
    goal = goal_in(data)
    report = RayReport(prefix_of(data) + goal)
    metrics = attempt_in(Path(config["path"]), at(config["point"], plan.settings), data, [report])
    tune.report({report.monitor: metrics[goal], FINAL: json.dumps(metrics)})


def _searcher(sweep: Sweep, total: int) -> Any:
    from ray.tune.search import Searcher

    class Trials(Searcher):
        """Hands the trials of the sweep to Ray Tune, and notes what they came to."""

        def __init__(self) -> None:
            super().__init__(metric=sweep.monitor, mode="max" if sweep.goal == "accuracy" else "min")
            self.taken: dict[str, Any] = {}

        def suggest(self, trial_id: str) -> Any:
            trial = sweep.shared.next(total)
            if trial is None:
                return None if sweep.shared.running() else Searcher.FINISHED
            self.taken[trial_id] = trial
            path = sweep.path(trial.number).resolve()
            return {"plan": json.dumps(asdict(sweep.plan)), "point": trial.params, "path": str(path)}

        def on_trial_complete(self, trial_id: str, result: Any = None, error: bool = False) -> None:
            trial = self.taken.pop(trial_id, None)
            if trial is None:
                return
            if error or not result:
                sweep.shared.fail(trial.number)
                return
            metrics = (
                json.loads(result[FINAL])
                if FINAL in result
                else {
                    sweep.goal: result.get(sweep.monitor, math.nan),
                    "loss": result.get(sweep.monitor.removesuffix(sweep.goal) + "loss", math.nan),
                    "seconds": round(result["time_total_s"], 2),
                }
            )
            sweep.end(trial, metrics, pruned=FINAL not in result)
            tell(sweep, trial.number, total)

        def save(self, checkpoint_path: str) -> None:
            """The journal of the sweep has all there is to save."""

        def restore(self, checkpoint_path: str) -> None:
            """As `save`."""

        def __reduce__(self) -> Any:
            return str, ("the trials of a sweep",)  # what Ray keeps of the experiment, which is not taken up from there

    return Trials()


def _scheduler(searcher: Any) -> Any:
    from ray.tune.schedulers import FIFOScheduler

    class Pruning(FIFOScheduler):
        """Ends the trials that the pruner of the sweep gives up."""

        def on_trial_result(self, controller: Any, trial: Any, result: dict[str, Any]) -> str:
            own = searcher.taken.get(trial.trial_id)
            if own is None or FINAL in result:
                return self.CONTINUE
            own.report(float(result[searcher.metric]), int(result["epoch"]))
            return self.STOP if own.should_prune() else self.CONTINUE

        def __reduce__(self) -> Any:
            return str, ("the pruner of a sweep",)

    return Pruning()
