"""How far the training is: a bar on a terminal, a line for each epoch elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from time import perf_counter
from typing import TYPE_CHECKING, Any

from .callbacks import Callback
from .history import plain, shown

if TYPE_CHECKING:
    from .trainer import Trainer

REFRESH = 0.1  # seconds between two looks at the figures of an epoch that is under way
LEFT_OUT = ("epoch", "step", "seconds")


class Progress(Callback):
    """Shows epoch, figures and what the other callbacks have to say."""

    def __init__(self, callbacks: Sequence[Callback] = ()) -> None:
        self.callbacks = callbacks

    def on_fit_start(self, trainer: Trainer) -> None:
        self._bar = _bar() if sys.stdout.isatty() else None
        self._next = 0.0
        if self._bar is not None:
            steps = trainer.steps_per_epoch
            total = steps and steps * trainer.epochs
            self._task = self._bar.add_task(_heading(trainer), total=total, completed=trainer.step, figures="")
            self._bar.start()

    def on_batch_end(self, trainer: Trainer) -> None:
        if self._bar is not None and (now := perf_counter()) > self._next:
            self._next = now + REFRESH
            self._bar.update(self._task, completed=trainer.step, description=_heading(trainer))

    def on_epoch_end(self, trainer: Trainer) -> None:
        line = self.line(trainer)
        if self._bar is None:
            print(f"epoch {trainer.epoch:{len(str(trainer.epochs))}}/{trainer.epochs}  {line}", flush=True)
        else:
            self._bar.update(self._task, completed=trainer.step, figures=line)

    def on_fit_end(self, trainer: Trainer) -> None:
        if self._bar is not None:
            if trainer.finished:
                self._bar.update(self._task, total=max(trainer.step, 1), completed=max(trainer.step, 1))
            self._bar.stop()

    def line(self, trainer: Trainer) -> str:
        """The figures of the newest row, and what the callbacks say."""
        figures = [
            f"{name.replace('_', ' ')} {_short(name, value)}"
            for name, value in trainer.row.items()
            if name not in LEFT_OUT and plain(value) and shown(name)
        ]
        return "  ".join([*figures, *filter(None, (callback.status() for callback in self.callbacks))])


def _heading(trainer: Trainer) -> str:
    return f"epoch {min(trainer.epoch + 1, trainer.epochs)}/{trainer.epochs}"


def _short(name: str, value: float) -> str:
    return f"{value:.1%}" if name.endswith(("accuracy", "precision", "recall")) else f"{value:.4g}"


def _bar() -> Any:
    """rich's bar; None, which means lines, if it is not installed."""
    try:
        from rich.progress import BarColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
        from rich.progress import Progress as Bar
    except ImportError:
        return None
    return Bar(
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        TextColumn("{task.fields[figures]}"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        refresh_per_second=10,
    )
