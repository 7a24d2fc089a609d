"""All that a training consists of at one moment, to be taken up from there as if nothing had happened."""

from __future__ import annotations

import random
import warnings
from copy import deepcopy
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np

import autograd

from ..files import FileError, load
from .history import History

if TYPE_CHECKING:
    from .trainer import Trainer

PATTERN = "step-*.safetensors"


def name(step: int) -> str:
    """The file name of the checkpoint after so many steps."""
    return f"step-{step:08d}.safetensors"


def checkpoints(folder: Path) -> list[Path]:
    """The checkpoints in a folder, the oldest first."""
    return sorted(folder.glob(PATTERN))


def parts(trainer: Trainer) -> dict[str, Any]:
    """What has a state, by name."""
    every = {
        "model": trainer.model,
        f"optimizer {type(trainer.optimizer).__name__}": trainer.optimizer,
        "scheduler": trainer.scheduler,
        "loader": trainer.train_batches,
        "scores": trainer.scores,
        "random": RandomNumbers(),
    }
    for callback in trainer.callbacks:
        kind = type(callback).__name__
        every[f"{kind} {sum(key.startswith(kind) for key in every)}"] = callback
    return {key: part for key, part in every.items() if hasattr(part, "state_dict")}


def state_of(trainer: Trainer) -> dict[str, Any]:
    """Model, optimizer, scheduler, the place in the data, every random generator, figures so far, callbacks."""
    return {
        "epoch": trainer.epoch,
        "step": trainer.step,
        "under_way": not trainer.row or trainer.row["step"] != trainer.step,
        "stopping": trainer.stopping,
        "seconds": trainer.seconds,
        "history": trainer.history.rows,
        "parts": {key: state for key, part in parts(trainer).items() if (state := part.state_dict())},
    }


def restore(trainer: Trainer) -> bool:
    """Put a trainer back to its newest checkpoint. Returns whether that is in the middle of an epoch.

    A checkpoint that cannot be read is passed over, with a warning, for the one before. Raises FileError, and changes
    nothing, if none can be read, or if it is of another training. Without any checkpoint nothing happens.
    """
    if trainer.out is None:
        raise ValueError("fit: resume=True needs the folder of the run: Trainer(out=...)")
    path, state = newest(trainer.out / "checkpoints")
    if state is None:
        return False
    own, done = parts(trainer), []
    try:
        if missing := state["parts"].keys() - own.keys():
            raise ValueError(f"it has the state of {', '.join(sorted(missing))}, which this training does not have")
        for key, kept in state["parts"].items():
            done.append((own[key], deepcopy(own[key].state_dict())))
            own[key].load_state_dict(kept)
    except (ValueError, RuntimeError, LookupError, TypeError, AttributeError) as error:
        for part, before in reversed(done):
            part.load_state_dict(before)
        why = str(error).rstrip(". ")
        raise FileError(
            f"{path} does not fit this training: {why}. Make model, optimizer, scheduler, data and callbacks as they "
            "were when it was saved"
        ) from error
    trainer.epoch, trainer.step, trainer.stopping = state["epoch"], state["step"], state["stopping"]
    trainer.history = History(state["history"])
    trainer.row = trainer.history[-1] if trainer.history else {}
    trainer._began = perf_counter() - state["seconds"]
    if state["under_way"] and "loader" not in own:
        warnings.warn(
            f"epoch {trainer.epoch + 1} begins again with its first batch: the training data, a "
            f"{type(trainer.train_batches).__name__}, has no state_dict() that tells where it stood",
            stacklevel=3,
        )
        return False
    return bool(state["under_way"])


def newest(folder: Path) -> tuple[Path | None, dict[str, Any] | None]:
    """The last checkpoint in a folder that can be read, and what is in it."""
    faults = []
    for path in reversed(checkpoints(folder)):
        try:
            state = load(path)
        except (FileError, OSError) as error:
            faults.append(str(error))
            continue
        for fault in faults:
            warnings.warn(f"passed over a checkpoint: {fault}", stacklevel=2)
        return path, state
    if faults:
        raise FileError("no checkpoint can be read:\n    " + "\n    ".join(faults))
    return None, None


class RandomNumbers:
    """The generators that anybody may draw from: autograd's, NumPy's and Python's."""

    def state_dict(self) -> dict[str, Any]:
        """Where they stand."""
        version, words, gauss = random.getstate()
        legacy: Any = np.random.get_state(legacy=False)
        return {
            "autograd": autograd.default_generator.get_state(),
            "numpy": {**legacy, "state": {**legacy["state"], "key": legacy["state"]["key"].astype(np.int64)}},
            "python": {"version": version, "words": np.array(words), "gauss": gauss},
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Put them there."""
        autograd.default_generator.set_state(state["autograd"])
        legacy = state["numpy"]
        key = np.asarray(legacy["state"]["key"]).astype(np.uint32)
        np.random.set_state({**legacy, "state": {**legacy["state"], "key": key}})
        python = state["python"]
        random.setstate((python["version"], tuple(python["words"].tolist()), python["gauss"]))
