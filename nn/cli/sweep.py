"""A sweep: what is searched and how, and its trials, each of which is a run in a folder of its own."""

from __future__ import annotations

import math
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from autograd.tools.extras import require

from ..runs.run_data import Data, load_data
from ..runs.settings import ConfigError, Settings
from ..train.search_reports import OptunaReport
from .search import Row, badness
from .search_space import Space, at, distributions, point_in, points_of
from .shared_study import OtherSearchError, SharedStudy, journal, optuna_for
from .short_run import Metrics, attempt_in, goal_in, prefix_of

SAMPLERS = ("tpe", "random", "grid", "cmaes")
PRUNERS = ("median", "hyperband", "none")
ENDS = ("full", "pruned", "diverged", "failed")
NAME, USE = "sweep", "sweep searches with Optuna"


@dataclass(frozen=True)
class Plan:
    """What a sweep is about: the settings of its runs, those that are searched, the sampler and the pruner."""

    settings: Settings
    space: Space
    sampler: str = "tpe"
    pruner: str = "median"

    @classmethod
    def kept(cls, content: Mapping[str, Any]) -> Plan:
        """The plan that `asdict` made."""
        return cls(**{**content, "settings": Settings(**content["settings"])})

    @classmethod
    def of(cls, file: Path) -> Plan:
        """The plan of the sweep in a file, which exists."""
        study = optuna_for(USE).load_study(study_name=NAME, storage=journal(file))
        return cls.kept(study.user_attrs["plan"])

    def sampler_after(self, begun: int) -> Any:
        """The sampler of the trial before which so many were begun: it depends on the seed, this number and what was
        found, so that a sequential search that is taken up again goes on as if it had not been stopped."""
        samplers = optuna_for(USE).samplers
        seed = int(np.random.SeedSequence([self.settings.seed, begun]).generate_state(1)[0])
        if self.sampler == "tpe":
            return samplers.TPESampler(seed=seed)
        if self.sampler == "cmaes":
            require("cmaes", "sweep", "the sampler cmaes takes the package cmaes")
            return samplers.CmaEsSampler(seed=seed, warn_independent_sampling=False)
        return samplers.RandomSampler(seed)

    def build_pruner(self) -> Any:
        """The pruner of Optuna."""
        pruners, epochs = optuna_for(USE).pruners, self.settings.epochs
        if self.pruner == "median":
            return pruners.MedianPruner(n_startup_trials=5, n_warmup_steps=1 + epochs // 4)
        if self.pruner == "hyperband":
            return pruners.HyperbandPruner(max_resource=epochs or "auto")
        return pruners.NopPruner()

    @property
    def queue(self) -> list[dict[str, Any]]:
        """What is tried first: all of a grid, else the settings that a run has by default."""
        if self.sampler == "grid":
            return points_of(self.space)
        own = point_in(self.space, self.settings)
        return [] if own is None else [own]

    @property
    def repeatable(self) -> bool:
        """Whether several processes find what one does: nothing that is tried depends on what others have found."""
        return self.sampler in ("random", "grid") and self.pruner == "none"


class Sweep:
    """The trials of a plan, in a file that processes share; the runs are in the folder of its name.

    Raises ConfigError for a file that holds another sweep, and for one without an ending; ImportError without Optuna.
    """

    def __init__(self, file: Path, plan: Plan, data: Data | None = None) -> None:
        if not file.suffix:
            raise ConfigError(f"--storage: expected a file with an ending, such as {file}.journal, given {file}")
        self.plan, self.file, self.folder = plan, file, file.with_suffix("")
        self.data = data or load_data(plan.settings)
        self.goal, self.monitor = goal_in(self.data), prefix_of(self.data) + goal_in(self.data)
        try:
            self.shared = SharedStudy(
                file,
                NAME,
                asdict(plan),
                distributions(plan.space),
                plan.sampler_after,
                queue=plan.queue,
                direction="maximize" if self.goal == "accuracy" else "minimize",
                pruner=plan.build_pruner(),
            )
        except OtherSearchError:
            raise ConfigError(
                f"--storage: {file} has a sweep of other data, settings or seed: give what it was begun with, or "
                "another file"
            ) from None

    def __enter__(self) -> Sweep:
        return self

    def __exit__(self, *error: object) -> None:
        self.shared.close()

    def path(self, number: int) -> Path:
        """The folder of the run of a trial."""
        return self.folder / f"trial-{number}"

    def settings(self, trial: Any) -> Settings:
        """The settings of the run of a trial."""
        return at(trial.params, self.plan.settings)

    def run(self, trial: Any) -> None:
        """Train the run of a trial that was taken."""
        report = OptunaReport(trial, self.monitor)
        metrics = attempt_in(self.path(trial.number), self.settings(trial), self.data, [report])
        self.end(trial, metrics, report.pruned)

    def end(self, trial: Any, metrics: Metrics, pruned: bool = False) -> None:
        """Note what a trial came to."""
        from optuna.trial import TrialState

        trial.set_user_attr("metrics", metrics)
        if pruned or math.isnan(metrics["loss"]):
            self.shared.study.tell(trial, state=TrialState.PRUNED)
        else:
            self.shared.study.tell(trial, metrics[self.goal])

    def rows(self) -> list[Row]:
        """What the trials that ended came to, the best first."""
        return sorted(map(self.row, self.shared.done()), key=_rank)

    def row(self, trial: Any) -> Row:
        """What a trial came to."""
        from optuna.trial import TrialState

        metrics = trial.user_attrs.get("metrics", dict.fromkeys((self.goal, "loss", "seconds")))
        end = "failed" if trial.state == TrialState.FAIL else "pruned" if trial.state == TrialState.PRUNED else "full"
        if metrics["loss"] is not None and math.isnan(metrics["loss"]):
            end = "diverged"
        point = {name: trial.params.get(name) for name in self.plan.space}
        return {"trial": trial.number, **point, **metrics, "epochs": trial.last_step, "end": end}

    def clear(self) -> None:
        """Remove what is left of runs whose process died."""
        from optuna.trial import TrialState

        for trial in self.shared.trials():
            if trial.state == TrialState.FAIL:
                shutil.rmtree(self.path(trial.number), ignore_errors=True)

    @property
    def processes(self) -> int:
        """How many processes did the trials."""
        return len({trial.user_attrs.get("worker") for trial in self.shared.done()})


def plan_for(base: Settings, space: Space, sampler: str, pruner: str) -> Plan:
    """The plan of a sweep. Raises ConfigError for what cannot go together."""
    for flag, given, known in (("sampler", sampler, SAMPLERS), ("pruner", pruner, PRUNERS)):
        if given not in known:
            raise ConfigError(f"--{flag}: expected one of {', '.join(known)}, given {given!r}")
    return Plan(replace(base, quiet=True, log="none", doctor=False, early_stop=0, out=""), space, sampler, pruner)


def _rank(row: Row) -> tuple[Any, ...]:
    known = row["end"] in ("full", "pruned")
    return ENDS.index(row["end"]), *(badness(row) if known else ()), row["trial"]
