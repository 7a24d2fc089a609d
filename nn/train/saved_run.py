"""A model that was trained in Python becomes a run on the disk: `save_run`."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import autograd
import nn

from ..data import DataLoader, Subset, TensorDataset
from ..data.datasets import CSV, Encoding
from ..data.datasets.columns import Column
from ..data.datasets.images import ImageDataset
from ..files import save
from ..history import History
from ..runs.data_record import DataRecord
from ..runs.folder_lock import claim
from ..runs.python_run import MADE, PythonRun
from ..runs.run_folder import CONFIG, ENVIRONMENT, MODEL, environment, write_json
from ..runs.task import Images, Table, Task
from .evaluation import predict

HISTORY = "history.jsonl"


def save_run(
    model: nn.Module,
    path: str | os.PathLike[str],
    preprocessing: Encoding | Table | Images | Sequence[str] | None = None,
    *,
    classes: Sequence[str] | None = None,
    goal: str = "target",
    train: Any = None,
    valid: Any = None,
    history: History | None = None,
    threshold: float = 0.5,
) -> Path:
    """Keep a model that was trained in Python as a run, which `load_run` and the command line can use.

        save_run(net, trainer.out, train=train, valid=valid)  # data sets of a datasets.CSV
        save_run(net, "runs/mine", ["length", "width"], classes=["perch", "carp"])

    How the model was trained is not kept, only a program knows that: `chalkgrad train --resume` refuses such a run. A
    model of an `nn.Sequential` of nn's layers is built from the folder; of any other, the folder knows the class by
    name and the weights, and `load_run(path, model=…)` is given a new one to load them into.

    Args:
        model: gives (N, classes), or (N, 1) in a regression.
        path: a folder that is new, or the one where a `Trainer` keeps its history. If there is a run already, path-2
            and so on.
        preprocessing: how a row becomes an input: the `encoding` of a `datasets.CSV`, by default that of `train`; the
            `preprocessing` of another run; or the names of the features, which go in as they are.
        classes: with names of features, those of the classes; None in a regression.
        goal: with names of features, that of what is predicted.
        train, valid: the data sets that it was trained on and judged by. With them, `chalkgrad evaluate` knows which
            rows were held out, as far as they come from a file or a folder.
        history: that of the training, unless the folder has it.
        threshold: the probability from which the second of two classes is decided for.

    Returns the folder. Raises ValueError, and writes nothing, if there is no preprocessing, or the model does not give
    what the classes need; TypeError for what is no module, and for data sets of other
    kinds than `CSV`, `ImageFolder` and `TensorDataset`, or a `Subset` of them.
    """
    if not isinstance(model, nn.Module):
        raise TypeError(f"save_run: expected an nn.Module, given {type(model).__name__}")
    if not 0 < threshold < 1:
        raise ValueError(f"save_run: threshold: expected a number between 0 and 1, given {threshold}")
    task = _task(preprocessing, train, classes, goal)
    _check(model, task)
    record = _record(train, valid)
    with claim(Path(path).expanduser(), _taken) as lock:
        task.save(lock.folder)
        save(model.state_dict(), lock.folder / MODEL)
        write_json(lock.folder / ENVIRONMENT, environment())
        if record is not None:
            record.save(lock.folder)
        if history is not None and not (lock.folder / HISTORY).exists():
            history.save_jsonl(lock.folder / HISTORY)
        PythonRun.of(model, threshold).save(lock.folder)
    return lock.folder


def _task(preprocessing: Any, train: Any, classes: Sequence[str] | None, goal: str) -> Task:
    if preprocessing is None:
        preprocessing = getattr(_data_set(train), "encoding", None)
    if isinstance(preprocessing, Encoding):
        preprocessing = Table(preprocessing)
    if isinstance(preprocessing, Table | Images):
        if classes is not None or goal != "target":
            raise ValueError("save_run: classes and goal go with names of features; this preprocessing has its own")
        return preprocessing
    if isinstance(preprocessing, str) or not isinstance(preprocessing, Sequence) or not preprocessing:
        raise ValueError(
            "save_run: preprocessing: expected the encoding of a datasets.CSV, the preprocessing of another run, or "
            f"the names of the features, given {preprocessing!r:.60}"
        )
    features, names = tuple(map(str, preprocessing)), None if classes is None else tuple(map(str, classes))
    if len({*features}) < len(features):
        raise ValueError(f"save_run: preprocessing: expected features of different names, given {features}")
    if names is not None and not 2 <= len({*names}) == len(names):
        raise ValueError(f"save_run: classes: expected two or more different names, given {names}")
    return Table(Encoding(tuple(map(Column, features)), Column(goal, names)))


def _check(model: nn.Module, task: Task) -> None:
    expected = (1, len(task.classes) if task.classes else 1)
    kind = next((p.dtype for p in model.parameters()), autograd.float32)
    found = predict(model, autograd.zeros(1, *task.shape, dtype=kind)).shape
    if tuple(found) != expected:
        what = f"{len(task.classes)} classes" if task.classes else "a number"
        raise ValueError(f"save_run: for {what}, expected a model that gives {expected} for one input, found {found}")


def _record(train: Any, valid: Any) -> DataRecord | None:
    parts = {name: _data_set(data) for name, data in (("train", train), ("valid", valid)) if data is not None}
    if not parts:
        return None
    if train is None:
        raise ValueError("save_run: valid: expected train beside it, without which nobody knows what was held out")
    for name, part in parts.items():
        base = part.dataset if isinstance(part, Subset) else part
        if not isinstance(base, CSV | ImageDataset | TensorDataset):
            raise TypeError(
                f"save_run: {name}: expected a CSV, ImageFolder or TensorDataset, or a Subset of one, whose rows can "
                f"be known again, given {type(base).__name__}: leave it out"
            )
    return DataRecord.of(parts)


def _data_set(data: Any) -> Any:
    return data.dataset if isinstance(data, DataLoader) else data


def _taken(path: Path) -> bool:
    """Whether a folder has a run already, or anything that is not a Trainer's."""
    if not path.exists():
        return False
    names = {each.name for each in path.iterdir()} if path.is_dir() else {CONFIG}
    return bool(names & {CONFIG, MADE}) or not (HISTORY in names or names <= {".lock"})
