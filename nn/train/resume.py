"""Exact resume: the whole state of a training run, and how to continue from it as if nothing had happened."""

from __future__ import annotations

import random
import warnings
from collections.abc import Iterable
from copy import deepcopy
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

import autograd

from ..callbacks import Callback, Run, Stateful
from ..files import FileError, load
from ..history import History


def file_name(step: int) -> str:
    """The name of the checkpoint saved after so many optimizer steps."""
    return f"step-{step:08d}.safetensors"


def checkpoints(folder: Path) -> list[Path]:
    """The checkpoints in a folder, the oldest first."""
    return sorted(folder.glob("step-*.safetensors"))


def stateful_parts(run: Run, scores: Stateful, callbacks: Iterable[Callback]) -> dict[str, Stateful]:
    """Everything that has a state, by name: what a checkpoint holds besides the counters and the history."""
    every: dict[str, Any] = {
        "model": run.model,
        f"optimizer {type(run.optimizer).__name__}": run.optimizer,
        "scheduler": run.scheduler,
        "loader": run.train_batches,
        "scores": scores,
        "random": RandomNumbers(),
    }
    for callback in callbacks:
        kind = type(callback).__name__
        every[f"{kind} {sum(key.startswith(kind) for key in every)}"] = callback
    return {key: part for key, part in every.items() if hasattr(part, "state_dict")}


def state_of(run: Run) -> dict[str, Any]:
    """What a checkpoint holds: counters, the history, and the state of every part."""
    return {
        "epoch": run.epoch,
        "step": run.step,
        "under_way": not run.row or run.row["step"] != run.step,
        "stopping": run.stopping,
        "seconds": run.seconds,
        "history": run.history.rows,
        "parts": {key: state for key, part in run.parts.items() if (state := part.state_dict())},
    }


def restore(run: Run) -> bool:
    """Put a run back to its newest checkpoint, if there is one. Returns whether that is in the middle of an epoch.

    A checkpoint that cannot be read is skipped, with a warning, in favour of the one before. Raises FileError, and
    changes nothing, if none can be read or if the newest does not fit this run; ValueError if the run has no folder.
    """
    if run.out is None:
        raise ValueError("fit: resume=True needs the folder of the run: Trainer(out=...)")
    path, state = newest(run.out / "checkpoints")
    if state is None:
        return False
    done = []
    try:
        if missing := state["parts"].keys() - run.parts.keys():
            raise ValueError(f"it has the state of {', '.join(sorted(missing))}, which this run does not have")
        for key, kept in state["parts"].items():
            done.append((run.parts[key], deepcopy(run.parts[key].state_dict())))
            run.parts[key].load_state_dict(kept)
    except (ValueError, RuntimeError, LookupError, TypeError, AttributeError) as error:
        for part, before in reversed(done):
            part.load_state_dict(before)
        why = str(error).rstrip(". ")
        raise FileError(
            f"{path} does not fit this run: {why}. Create model, optimizer, scheduler, data and callbacks as they were "
            "when it was saved"
        ) from error
    run.epoch, run.step, run.stopping = state["epoch"], state["step"], state["stopping"]
    run.history = History(state["history"])
    run.row = run.history[-1] if run.history else {}
    run.began = perf_counter() - state["seconds"]
    if state["under_way"] and "loader" not in run.parts:
        warnings.warn(
            f"epoch {run.epoch + 1} starts again from its first batch: the training data, a "
            f"{type(run.train_batches).__name__}, has no state_dict() that tells where it stood",
            stacklevel=3,
        )
        return False
    return bool(state["under_way"])


def newest(folder: Path) -> tuple[Path | None, dict[str, Any] | None]:
    """The path and content of the newest readable checkpoint in a folder, or None twice if there is none at all.

    Warns of each one that is skipped. Raises FileError if there are some and none can be read.
    """
    faults = []
    for path in reversed(checkpoints(folder)):
        try:
            state = load(path)
        except (FileError, OSError) as error:
            faults.append(str(error))
            continue
        for fault in faults:
            warnings.warn(f"skipped a checkpoint: {fault}", stacklevel=2)
        return path, state
    if faults:
        raise FileError("no checkpoint can be read:\n    " + "\n    ".join(faults))
    return None, None


def nothing_left(run: Run) -> str:
    """What to say of a run that is resumed and has already ended."""
    after = f"{run.out}: nothing left to do after epoch {run.epoch} of {run.epochs}"
    if run.epoch < run.epochs:
        return f"{after}, where it stopped early; a larger patience goes on"
    return f"{after}; more epochs train further"


class RandomNumbers:
    """The global random generators: autograd's, NumPy's and Python's."""

    def state_dict(self) -> dict[str, Any]:
        """Their states."""
        version, words, gauss = random.getstate()
        legacy: Any = np.random.get_state(legacy=False)
        return {
            "autograd": autograd.default_generator.get_state(),
            "numpy": {**legacy, "state": {**legacy["state"], "key": legacy["state"]["key"].astype(np.int64)}},
            "python": {"version": version, "words": np.array(words), "gauss": gauss},
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Set their states."""
        autograd.default_generator.set_state(state["autograd"])
        legacy = state["numpy"]
        key = np.asarray(legacy["state"]["key"]).astype(np.uint32)
        np.random.set_state({**legacy, "state": {**legacy["state"], "key": key}})
        python = state["python"]
        random.setstate((python["version"], tuple(python["words"].tolist()), python["gauss"]))
