"""Checkpoints: the whole state of a training run, saved regularly and on Ctrl-C."""

from __future__ import annotations

import math
import os
import signal
import threading
from pathlib import Path
from time import monotonic
from typing import Any

from ..callbacks import Monitor, Run, snapshot
from ..files import leftovers, save
from .not_saved import saving
from .resume import checkpoints, file_name, state_of


class Interrupted(KeyboardInterrupt):
    """Ctrl-C was pressed and a checkpoint has been saved; the message says where."""


class Checkpoints(Monitor):
    """Saves everything needed to resume, however training ends, in the folder "checkpoints" of the run.

    Args:
        monitor: the figure that decides which epoch is best; by default the validation loss or, without validation, the
            training loss. The model's state_dict in that epoch is kept as "best.safetensors".
        mode: whether the best figure is the smallest, "min", or the largest, "max".
        keep: how many checkpoints to keep; an older one is deleted only once the new one is safely on disk.
        every_steps: also save each time this number of optimizer steps has been taken.
        seconds: save at the end of an epoch if the last checkpoint is at least this old, and always after the last.

    The first Ctrl-C waits for the current step or validation, saves and raises Interrupted; the second stops at once.

    Raises ValueError for options out of range and for a Trainer without a folder; FileError if a checkpoint cannot be
    written, which leaves the earlier ones untouched.
    """

    def __init__(
        self,
        monitor: str | None = None,
        mode: str = "min",
        keep: int = 2,
        every_steps: int | None = None,
        seconds: float = 5.0,
    ) -> None:
        super().__init__(monitor or "", mode)
        self.by_default = monitor is None
        if not isinstance(keep, int) or keep < 1:
            raise ValueError(f"Checkpoints: expected keep, checkpoints to keep, to be 1 or more, given {keep!r}")
        if every_steps is not None and (not isinstance(every_steps, int) or every_steps < 1):
            raise ValueError(f"Checkpoints: expected every_steps to be 1 or more, or None, given {every_steps!r}")
        self.keep, self.every_steps, self.seconds = keep, every_steps, seconds
        self._requested = False
        self._before: Any = None
        self._best: dict[str, Any] | None = None

    def on_fit_start(self, run: Run) -> None:
        if run.out is None:
            raise ValueError("Checkpoints: there is no folder to save to: Trainer('runs/first', callbacks=...)")
        super().on_fit_start(run)
        if self.by_default:
            self.monitor = "loss" if run.valid_batches is None else "valid_loss"
        self.folder = run.out / "checkpoints"
        self.folder.mkdir(parents=True, exist_ok=True)
        for path in leftovers(self.folder):
            path.unlink(missing_ok=True)
        for path in checkpoints(self.folder):
            if path.name > file_name(run.step):  # skipped by resume, because it cannot be read
                path.replace(path.with_suffix(".damaged"))
        self._last, self._best = -math.inf, None
        self._requested = False
        if threading.current_thread() is threading.main_thread():
            self._before = signal.signal(signal.SIGINT, self._request)

    def on_batch_end(self, run: Run) -> None:
        if self._requested:
            self._interrupt(run, f"step {run.step:,}, in epoch {run.epoch + 1}")
        if self.every_steps and run.step % self.every_steps == 0:
            self.save(run)

    def on_epoch_end(self, run: Run) -> None:
        if self.improved(run):
            self._best = snapshot(run.model)
        if self._requested:
            self._interrupt(run, f"epoch {run.epoch}")
        if run.stopping or run.epoch == run.epochs or monotonic() - self._last >= self.seconds:
            self.save(run)

    def on_fit_end(self, run: Run) -> None:
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)
            self._before = None

    def save(self, run: Run) -> Path:
        """Save a checkpoint now; returns its path. Raises FileError if it cannot be written."""
        path = self.folder / file_name(run.step)
        with saving("a checkpoint", self.folder.parent):
            if self._best is not None:
                save(self._best, self.folder / "best.safetensors")
                self._best = None
            save(state_of(run), path)
        for old in checkpoints(self.folder)[: -self.keep]:
            old.unlink()
        self._last = monotonic()
        return path

    def _interrupt(self, run: Run, moment: str) -> None:
        path = self.save(run)
        raise Interrupted(f"interrupted after {moment} of {run.epochs}; everything is saved in {path}")

    def _request(self, number: int, frame: Any) -> None:
        self._requested = True
        signal.signal(signal.SIGINT, signal.default_int_handler)
        os.write(2, b"\nsaving after this step; press Ctrl-C again to stop at once\n")  # print is unsafe in a handler
