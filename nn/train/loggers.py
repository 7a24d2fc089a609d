"""Logs of a training run for other programs: TensorBoard, Weights & Biases, or your own."""

from __future__ import annotations

import os
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from autograd.tools.extras import require

from ..callbacks import Callback, Run
from ..history import plain

Figures = dict[str, float]


class Logger(Callback):
    """Base class of loggers: override `write`, and `open` and `close` if needed.

        class Lines(Logger):
            def write(self, row, step):
                print(step, row)

    Errors in `open` are raised, since nothing has been trained yet. After that, no log is worth a training run: errors
    in `write` and `close` become a RuntimeWarning, training continues, and the next row is tried again.
    """

    def open(self, run: Run) -> None:
        """Open the log; on resuming, continue it after `run.step`."""

    def write(self, row: Figures, step: int) -> None:
        """Log the newest row of the history: its numbers by name, without the step. Raises NotImplementedError here."""
        raise NotImplementedError(f"{type(self).__name__} must define write(row, step)")

    def close(self) -> None:
        """Close the log, keeping all that was written."""

    def on_fit_start(self, run: Run) -> None:
        self.open(run)

    def on_epoch_end(self, run: Run) -> None:
        row = {name: value for name, value in run.row.items() if plain(value) and name != "step"}
        self._attempt(f"the row of step {run.step}", self.write, row, run.step)

    def on_fit_end(self, run: Run) -> None:
        self._attempt("the end of the run", self.close)

    def _attempt(self, what: str, do: Callable[..., None], *given: Any) -> None:
        try:
            do(*given)
        except Exception as error:
            reason = f"{type(error).__name__}: {error}"
            warnings.warn(
                f"{type(self).__name__} could not log {what}; training continues: {reason}",
                RuntimeWarning,
                stacklevel=2,
            )


class TensorBoardLog(Logger):
    """Event files for TensorBoard: `tensorboard --logdir runs`. Needs tensorboardX.

    Args:
        folder: where to write them; by default the folder "tensorboard" of the run.

    Every row is on disk before the next epoch begins. When a run is resumed, TensorBoard hides the rows logged after
    the checkpoint it resumes from.

    Raises ImportError without tensorboardX, and ValueError if neither the log nor the Trainer has a folder.
    """

    def __init__(self, folder: str | os.PathLike[str] | None = None) -> None:
        require("tensorboardX", "tensorboard", "TensorBoardLog needs tensorboardX")
        self.folder = folder

    def open(self, run: Run) -> None:
        folder = self.folder or (run.out and run.out / "tensorboard")
        if folder is None:
            raise ValueError("TensorBoardLog: there is no folder to write to: give one to the log, or to the Trainer")
        from tensorboardX.event_file_writer import EventsWriter
        from tensorboardX.proto.event_pb2 import SessionLog

        Path(folder).mkdir(parents=True, exist_ok=True)
        self._writer = EventsWriter(str(Path(folder) / "events"), f".{run.step}")
        self._add(run.step + 1, session_log=SessionLog(status=SessionLog.START))  # purges from this step on

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
        mode: "offline" writes to the folder of the run, for `wandb sync` to upload later; "online" uploads at once;
            "disabled" does nothing.
        options: other arguments of `wandb.init`: `name`, `config`, `tags`, `group`, ...

    Resuming continues the same run. Its rows are final: one that was already logged is not logged again.

    Raises ImportError without wandb, and ValueError for another `mode`.
    """

    def __init__(self, project: str = "chalkgrad", mode: str = "offline", **options: Any) -> None:
        if mode not in ("offline", "online", "disabled"):
            raise ValueError(f"WandbLog: expected mode 'offline', 'online' or 'disabled', given {mode!r}")
        self._wandb = require("wandb", "wandb", "WandbLog needs wandb")
        self.options = {"project": project, "mode": mode, "resume": "allow", **options}
        self.id: str | None = None

    def open(self, run: Run) -> None:
        if not run.step:
            self.id = None
        self._run = self._wandb.init(**{"dir": run.out, "id": self.id, **self.options})
        self.id = self._run.id
        self._mark = None if run.out is None else run.out / "wandb" / f"{self.id}.step"
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
    """The figure of a single class, such as "recall[3]", as a member of the group "recall"."""
    return name.replace("[", "/").replace("]", "")
