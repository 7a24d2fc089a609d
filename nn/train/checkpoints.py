"""To lose nothing: what a training consists of is saved again and again, and when it is interrupted."""

from __future__ import annotations

import math
import os
import signal
import threading
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

from ..callbacks import Monitor
from ..files import FileError, leftovers, save
from .resume import checkpoints, name, state_of

if TYPE_CHECKING:
    from .trainer import Trainer


class Interrupted(KeyboardInterrupt):
    """Ctrl-C was pressed, and everything has been saved; the message says where."""


class Checkpoints(Monitor):
    """Saves, into the folder "checkpoints" of the run, all that it takes to go on after any kind of end.

    A checkpoint is saved when an epoch ends, if the last one is `seconds` old, at the end, and with `every_steps` after
    so many steps. The last `keep` stay; the older ones go only once the new one is safe on the disk. "best.safetensors"
    is the state_dict of the model in the epoch with the best figure, `monitor`, which is by default the loss in
    validation or, without one, in training.

    The first Ctrl-C saves after the step, or the validation, at hand and raises Interrupted, the second ends at once.

    Raises FileExistsError if there is a run in the folder already and it is not resumed; FileError if a checkpoint
    cannot be written, and then the ones before are as they were.
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
            raise ValueError(f"Checkpoints: expected keep, files that stay, to be 1 or more, given {keep!r}")
        if every_steps is not None and (not isinstance(every_steps, int) or every_steps < 1):
            raise ValueError(f"Checkpoints: expected every_steps to be 1 or more, or None, given {every_steps!r}")
        self.keep, self.every_steps, self.seconds = keep, every_steps, seconds
        self._requested = False
        self._before: Any = None
        self._best: dict[str, Any] | None = None

    def on_fit_start(self, trainer: Trainer) -> None:
        if trainer.out is None:
            raise ValueError("Checkpoints: there is no folder to save into: Trainer('runs/first', callbacks=...)")
        super().on_fit_start(trainer)
        if self.by_default:
            self.monitor = "loss" if trainer.valid_batches is None else "valid_loss"
        self.folder = trainer.out / "checkpoints"
        if not trainer.resume and checkpoints(self.folder):
            raise FileExistsError(
                f"{trainer.out} has the checkpoints of another run: give fit() resume=True to go on with that one, or "
                "the trainer another folder"
            )
        self.folder.mkdir(parents=True, exist_ok=True)
        for path in leftovers(self.folder):
            path.unlink(missing_ok=True)
        for path in checkpoints(self.folder):
            if path.name > name(trainer.step):  # passed over, because it cannot be read
                path.replace(path.with_suffix(".damaged"))
        self._last, self._best = -math.inf, None
        self._requested = False
        if threading.current_thread() is threading.main_thread():
            self._before = signal.signal(signal.SIGINT, self._request)

    def on_batch_end(self, trainer: Trainer) -> None:
        if self._requested:
            self._interrupt(trainer, f"step {trainer.step:,}, in epoch {trainer.epoch + 1}")
        if self.every_steps and trainer.step % self.every_steps == 0:
            self.save(trainer)

    def on_epoch_end(self, trainer: Trainer) -> None:
        if self.improved(trainer):
            self._best = {name: tensor.clone() for name, tensor in trainer.model.state_dict().items()}
        if self._requested:
            self._interrupt(trainer, f"epoch {trainer.epoch}")
        if trainer.stopping or trainer.epoch == trainer.epochs or monotonic() - self._last >= self.seconds:
            self.save(trainer)

    def on_fit_end(self, trainer: Trainer) -> None:
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)
            self._before = None

    def save(self, trainer: Trainer) -> Path:
        """Save a checkpoint now; returns its path."""
        if self._best is not None:
            self._write(self._best, self.folder / "best.safetensors")
            self._best = None
        path = self.folder / name(trainer.step)
        self._write(state_of(trainer), path)
        for old in checkpoints(self.folder)[: -self.keep]:
            old.unlink()
        self._last = monotonic()
        return path

    def _interrupt(self, trainer: Trainer, moment: str) -> None:
        path = self.save(trainer)
        raise Interrupted(f"interrupted after {moment} of {trainer.epochs}: all is saved in {path}")

    def _write(self, state: Any, path: Path) -> None:
        try:
            save(state, path)
        except (FileError, OSError) as error:
            kept = checkpoints(self.folder)
            last = f"the last good one is {kept[-1]}" if kept else "there is none yet"
            raise FileError(f"a checkpoint could not be saved, {last}: {error}") from error

    def _request(self, number: int, frame: Any) -> None:
        self._requested = True
        signal.signal(signal.SIGINT, signal.default_int_handler)
        os.write(2, b"\nsaving after this step; Ctrl-C once more ends at once\n")  # print is not for signal handlers
