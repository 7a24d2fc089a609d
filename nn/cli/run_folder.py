"""The folder of a run: all that it takes to repeat a training, to go on with it, and to use what was learned."""

from __future__ import annotations

import json
import os
import platform
import shlex
import sys
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np

import autograd
import nn

from ..files import FileError, replacing
from .build import build_model
from .settings import ConfigError, Settings, kind, read_toml, write_toml
from .task import Task, load_task, outputs

CONFIG, MODEL, RESULTS, ENVIRONMENT = "config.toml", "model.safetensors", "results.json", "environment.json"
CHECKPOINTS = "checkpoints"
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


@dataclass
class Run:
    """A training in its folder."""

    path: Path
    settings: Settings
    task: Task

    @classmethod
    def create(cls, settings: Settings, task: Task) -> Run:
        """A new folder, with the settings and what else is known before the training.

        It is `settings.out`, else runs/<data set>, or runs/<data set>-2 and so on if there is something in that
        already. Raises ConfigError if `settings.out` has something in it.
        """
        path = Path(settings.out).expanduser() if settings.out else _free(Path("runs"), _name(settings.dataset))
        if path.exists() and (not path.is_dir() or any(path.iterdir())):
            raise ConfigError(
                f"out: {path} is not empty, and nothing is overwritten: `chalkgrad train --resume {path}` goes on with "
                "a run, or name another folder"
            )
        path.mkdir(parents=True, exist_ok=True)
        run = cls(path, settings, task)
        run.write_config()
        task.save(path)
        write_json(path / ENVIRONMENT, environment())
        return run

    @classmethod
    def open(cls, path: Path) -> Run:
        """The run in a folder. Raises ConfigError if there is none."""
        path = Path(path)
        if not (path / CONFIG).is_file():
            raise ConfigError(f"{path} is not the folder of a run: there is no {CONFIG} in it{_runs_beside(path)}")
        return cls(path, replace(Settings(), **read_toml(path / CONFIG)), load_task(path))

    def write_config(self, *comments: str) -> None:
        """Keep the settings."""
        write_toml(
            self.settings, self.path / CONFIG, "chalkgrad train --config of this file repeats the run", *comments
        )

    def build(self) -> nn.Sequential:
        """The model with its starting weights."""
        return build_model(self.settings, self.task.shape, outputs(self.task))

    def load(self) -> nn.Sequential:
        """The model with the weights that were learned, in evaluation mode."""
        file = self.path / MODEL
        if not file.is_file():
            raise FileError(f"{self.path} has no {MODEL} yet: finish it with `chalkgrad train --resume {self.path}`")
        model = self.build()
        model.load_state_dict(nn.load(file))
        return model.eval()


def environment() -> dict[str, Any]:
    """What a result can depend on besides the settings."""
    blas = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
    return {
        "command": shlex.join(["chalkgrad", *sys.argv[1:]]),
        "chalkgrad": autograd.__version__,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "blas": f"{blas.get('name')} {blas.get('version')}",
        "threads": {name: os.environ[name] for name in THREADS if name in os.environ},
        "processors": os.cpu_count(),
        "platform": platform.platform(),
    }


def write_json(path: Path, content: Any) -> None:
    """Write a file that people can read, too, in one step."""
    with replacing(path) as beside:
        beside.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _name(dataset: str) -> str:
    return dataset if kind(dataset) == dataset else Path(dataset).expanduser().resolve().stem.split(".")[0]


def _free(folder: Path, name: str) -> Path:
    """The first of name, name-2, name-3, … that is not in the folder, made at once, so that nobody else takes it."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in count(1):
        path = folder / (name if number == 1 else f"{name}-{number}")
        try:
            path.mkdir()
        except FileExistsError:
            if not path.is_dir() or any(path.iterdir()):
                continue
        break
    return path


def _runs_beside(path: Path) -> str:
    """The newest runs in the same place, for whoever forgot the name."""
    folder = path.parent if path.parent != Path() else Path("runs")
    if not folder.is_dir():
        return ""
    configs = sorted(folder.glob(f"*/{CONFIG}"), key=lambda config: config.stat().st_mtime)
    known = [str(config.parent) for config in configs[-5:]]
    return f"; there are {', '.join(known)}" if known else ""
