"""The folder of a run: everything needed to repeat the run, to resume it, and to use its model."""

from __future__ import annotations

import json
import math
import os
import platform
import shlex
import shutil
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import numpy as np

import autograd
import nn
from autograd import Tensor

from ..files import FileError, replacing
from .build_model import build_model
from .data_record import DataRecord
from .folder_lock import LOCK, FolderLock, claim
from .python_run import MADE, PythonRun
from .settings import BEST, ConfigError, Settings, kind, read_toml, write_toml
from .task import Task, load_task

CONFIG, MODEL, RESULTS, ENVIRONMENT = "config.toml", "model.safetensors", "results.json", "environment.json"
CHECKPOINTS = "checkpoints"
FOLD = "fold-{}"  # a run of a cross-validation, in its folder
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


@dataclass
class RunFolder:
    """A training run on the disk: where it is, its settings, and the task of its model.

    One that was `made` in Python has no settings of a training; they only say where its data are.
    """

    path: Path
    settings: Settings
    task: Task
    made: PythonRun | None = None

    @classmethod
    def create(cls, settings: Settings, task: Task, data: DataRecord) -> RunFolder:
        """A new folder, with the settings and whatever else is known before the run starts.

        It is `settings.out`, else runs/<data set>, or runs/<data set>-2 and so on if that is not empty. If a file
        cannot be written, nothing is left. Raises ConfigError if `settings.out` is not empty.
        """
        lock = new_folder(settings)
        folder = cls(lock.folder, settings, task)
        with lock:
            try:
                folder.write_config()
                task.save(folder.path)
                data.save(folder.path)
                write_json(folder.path / ENVIRONMENT, environment())
            except BaseException:
                shutil.rmtree(folder.path, ignore_errors=True)
                raise
        return folder

    @classmethod
    def open(cls, path: Path) -> RunFolder:
        """The run in a folder. Raises ConfigError if there is none, or several; FileError if its task is missing or
        damaged."""
        path = Path(path)
        if (path / MADE).is_file():
            made, record = PythonRun.load(path), DataRecord.load(path)
            source = "" if record is None else str(record.source.get("path", ""))
            return cls(path, Settings(dataset=source, threshold=made.threshold), load_task(path), made)
        settings = settings_in(path)
        if settings.folds and not settings.fold:
            raise ConfigError(
                f"{path} holds the {settings.folds} runs of a cross-validation: name one of them, such as "
                f"{path / FOLD.format(1)}"
            )
        return cls(path, settings, load_task(path))

    def write_config(self, *comments: str) -> None:
        """Write the settings, with comments above them."""
        repeat = "to repeat this run: chalkgrad train --config FILE, with this file"
        write_toml(self.settings, self.path / CONFIG, repeat, *comments)

    def check_trained_by_command(self) -> None:
        """Raises ConfigError for a run that was made in Python."""
        if self.made is not None:
            raise ConfigError(
                f"{self.path} was made in Python, and only the program that made it knows how it was trained: run that "
                "program; chalkgrad can predict with the run, evaluate, serve and export it"
            )

    @property
    def threshold(self) -> float:
        """The probability from which the second of two classes is decided for. Raises FileError if it was not kept."""
        if self.settings.threshold != BEST:
            return self.settings.threshold
        try:
            value = float(json.loads((self.path / RESULTS).read_text(encoding="utf-8"))["threshold"])
        except (OSError, ValueError, LookupError, TypeError) as error:
            raise FileError(f"{self.path / RESULTS}: the threshold of the run is not in it: {error}") from None
        if not 0 < value < 1:
            raise FileError(f"{self.path / RESULTS}: expected a threshold between 0 and 1, found {value}")
        return value

    def load_model(self, model: nn.Module | None = None) -> nn.Module:
        """The model with the weights that it learned, in evaluation mode and in float32, as its inputs are; they are
        loaded into `model`, if it is given.

        Raises FileError if they are missing or damaged, ValueError if only its class can make the model.
        """
        file = self.path / MODEL
        if not file.is_file():
            raise FileError(f"{self.path} has no {MODEL} yet: finish it with `chalkgrad train --resume {self.path}`")
        weights = nn.load(file)
        if model is not None or self.made is not None:
            return self._filled(model or cast(PythonRun, self.made).build(weights, self.path), weights)
        widest = self._widest()
        foreign = f"{file} does not have the weights of the network that {CONFIG} describes"
        if widest > (found := _widest(weights)):  # such a network might fill the memory
            raise FileError(f"{foreign}: expected a layer of {widest:,}, the widest found has {found:,}")
        try:
            model = build_model(self.settings, self.task)
            model.load_state_dict(weights)
        except (RuntimeError, TypeError) as error:
            raise FileError(f"{foreign}: {error}") from None
        return model.eval()

    def _filled(self, model: nn.Module, weights: Any) -> nn.Module:
        try:
            model.load_state_dict(weights)
        except (RuntimeError, TypeError) as error:
            name = type(model).__name__
            raise FileError(f"{self.path / MODEL} does not have the weights of this {name}: {error}") from None
        return model.float().eval()

    def _widest(self) -> int:
        """The most inputs or outputs that a layer of the model has, or the number of layers if there are more."""
        conv, hidden, (channels, *sides) = self.settings.conv, self.settings.hidden, self.task.shape
        flat = math.prod([conv[-1] if conv else channels, *(side >> len(conv) for side in sides)])
        return max([len(conv) + len(hidden), flat, *conv, *hidden])


def settings_in(path: Path) -> Settings:
    """The settings in the folder of a run. Raises ConfigError if there are none."""
    if not (path / CONFIG).is_file():
        raise ConfigError(f"{path} is not the folder of a run: it has no {CONFIG}{_runs_beside(path)}")
    return replace(Settings(), **read_toml(path / CONFIG))


def new_folder(settings: Settings) -> FolderLock:
    """The lock of an empty folder: `settings.out`, else the first of runs/<data set>, runs/<data set>-2, … that can be
    had. Raises ConfigError if `settings.out` is not empty."""
    if settings.out:
        return _empty(Path(settings.out).expanduser())
    return claim(Path("runs") / _name(settings.dataset), _taken)


def environment() -> dict[str, Any]:
    """What a result can depend on, besides the settings."""
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
    """Write a file that people can read, too; it is there as a whole or not at all."""
    with replacing(path) as beside:
        beside.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def read_json(path: Path) -> dict[str, Any]:
    """The content of such a file; nothing if there is none. Raises FileError if it is damaged."""
    if not path.exists():
        return {}
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, TypeError) as error:
        raise FileError(f"{path}: not what chalkgrad train writes: {error}") from None


def _widest(weights: Any) -> int:
    """The largest dimension of the weights, or their number if there are more of them; 0 if they are none."""
    tensors = [each for each in weights.values() if isinstance(each, Tensor)] if isinstance(weights, dict) else []
    return max([len(tensors), *(size for tensor in tensors for size in tensor.shape)])


def _name(dataset: str) -> str:
    return dataset if kind(dataset) == dataset else Path(dataset).expanduser().resolve().stem.split(".")[0]


def _empty(path: Path) -> FolderLock:
    if not _taken(path):
        lock = FolderLock(path)
        if not _taken(path):
            return lock
        lock.release()  # another process was quicker
    raise ConfigError(
        f"out: {path} is not empty, and nothing is overwritten: resume its run with `chalkgrad train --resume {path}`, "
        "or choose another folder"
    )


def _taken(path: Path) -> bool:
    """Whether there is a file, or a folder with anything in it but a lock."""
    return path.exists() and (not path.is_dir() or any(each.name != LOCK for each in path.iterdir()))


def _runs_beside(path: Path) -> str:
    """The newest runs in the same place, for those who forgot the name."""
    folder = path.parent if path.parent != Path() else Path("runs")
    if not folder.is_dir():
        return ""
    configs = sorted(folder.glob(f"*/{CONFIG}"), key=lambda config: config.stat().st_mtime)
    known = [str(config.parent) for config in configs[-5:]]
    return f"; the newest runs are {', '.join(known)}" if known else ""
