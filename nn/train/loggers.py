"""Logs of a training for other programs to show: TensorBoard, Weights & Biases, or a program of your own."""

from __future__ import annotations

import importlib
import os
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..callbacks import Callback
from .history import plain

if TYPE_CHECKING:
    from .trainer import Trainer

Figures = dict[str, float]


class Logger(Callback):
    """Base class: a subclass defines `write`, and `open` and `close` if it needs them.

        class Lines(Logger):
            def write(self, row, step):
                print(step, row)

    What fails in `open` is raised, since nothing has been trained yet. After that a log is not worth a training: what
    fails in `write` or `close` becomes a RuntimeWarning, the training goes on, and the next row is tried again.
    """

    def open(self, trainer: Trainer) -> None:
        """Begin; go on after `trainer.step` where a training is taken up again."""

    def write(self, row: Figures, step: int) -> None:
        """The numbers of the newest row of the history, by name: what is no number, and the step, is left out."""
        raise NotImplementedError(f"{type(self).__name__} must define write(row, step)")

    def close(self) -> None:
        """End; everything that was written is kept."""

    def on_fit_start(self, trainer: Trainer) -> None:
        self.open(trainer)

    def on_epoch_end(self, trainer: Trainer) -> None:
        row = {name: value for name, value in trainer.row.items() if plain(value) and name != "step"}
        self._attempt(f"the row of step {trainer.step}", self.write, row, trainer.step)

    def on_fit_end(self, trainer: Trainer) -> None:
        self._attempt("the end", self.close)

    def _attempt(self, what: str, do: Callable[..., None], *given: Any) -> None:
        try:
            do(*given)
        except Exception as error:
            reason = f"{type(error).__name__}: {error}"
            warnings.warn(
                f"{type(self).__name__} could not log {what}, the training goes on: {reason}",
                RuntimeWarning,
                stacklevel=2,
            )


class TensorBoardLog(Logger):
    """Event files for TensorBoard: `tensorboard --logdir runs`. Needs tensorboardX.

    Args:
        folder: where they are written; by default the folder "tensorboard" of the run.

    Every row is on the disk before the next epoch begins. A training that is taken up again hides from TensorBoard
    what came after the checkpoint it goes on from.
    """

    def __init__(self, folder: str | os.PathLike[str] | None = None) -> None:
        _import("tensorboardX", "tensorboard")
        self.folder = folder

    def open(self, trainer: Trainer) -> None:
        if self.folder is None and trainer.out is None:
            raise ValueError("TensorBoardLog: there is no folder to write to: give it one, or the trainer, as `out`")
        from tensorboardX.event_file_writer import EventsWriter
        from tensorboardX.proto.event_pb2 import SessionLog

        folder = Path(self.folder or trainer.out / "tensorboard")
        folder.mkdir(parents=True, exist_ok=True)
        self._writer = EventsWriter(str(folder / "events"), f".{trainer.step}")
        self._add(trainer.step + 1, session_log=SessionLog(status=SessionLog.START))  # purges from this step on

    def write(self, row: Figures, step: int) -> None:
        from tensorboardX.proto.summary_pb2 import Summary

        values = [Summary.Value(tag=_grouped(name), simple_value=value) for name, value in row.items()]
        self._add(step, summary=Summary(value=values))

    def close(self) -> None:
        self._writer.close()

    def _add(self, step: int, **content: Any) -> None:
        from tensorboardX.proto.event_pb2 import Event

        self._writer.write_event(Event(wall_time=time.time(), step=step, **content))
        self._writer.flush()


class WandbLog(Logger):
    """A run of Weights & Biases. Needs wandb.

    Args:
        project: the project that the run belongs to.
        mode: "offline" writes into the folder of the run, for `wandb sync` to send later; "online" sends at once.
        options: what else `wandb.init` takes: `name`, `config`, `tags`, `group`, ...

    A training that is taken up again goes on with the same run. What that has is final: a row that was logged already,
    after the checkpoint, is not logged again.
    """

    def __init__(self, project: str = "chalkgrad", mode: str = "offline", **options: Any) -> None:
        if mode not in ("offline", "online", "disabled"):
            raise ValueError(f"WandbLog: expected mode 'offline', 'online' or 'disabled', given {mode!r}")
        self._wandb = _import("wandb", "wandb")
        self.options = {"project": project, "mode": mode, "resume": "allow", **options}
        self.id: str | None = None

    def open(self, trainer: Trainer) -> None:
        if not trainer.step:
            self.id = None
        self._run = self._wandb.init(**{"dir": trainer.out, "id": self.id, **self.options})
        self.id = self._run.id
        self._mark = None if trainer.out is None else trainer.out / "wandb" / f"{self.id}.step"
        self._logged = int(self._mark.read_text()) if self._mark and self._mark.exists() else 0

    def write(self, row: Figures, step: int) -> None:
        if step <= self._logged:
            return
        self._run.log({_grouped(name): value for name, value in row.items()}, step=step)
        if self._mark is not None:
            self._mark.parent.mkdir(exist_ok=True)
            self._mark.write_text(str(step))

    def close(self) -> None:
        self._run.finish()

    def state_dict(self) -> dict[str, Any]:
        return {"id": self.id}


def _grouped(name: str) -> str:
    """The figures of single classes, such as "recall[3]", as a group with the name "recall"."""
    return name.replace("[", "/").replace("]", "")


def _import(package: str, extra: str) -> Any:
    try:
        return importlib.import_module(package)
    except ImportError:
        raise ImportError(f"{package} is not installed: pip install 'chalkgrad[{extra}]'") from None
