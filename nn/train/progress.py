"""How far the training is: a bar on a terminal, a line for each epoch elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.util import find_spec
from time import perf_counter
from typing import TYPE_CHECKING

from ..callbacks import Callback
from .history import plain, shown

if TYPE_CHECKING:
    from .trainer import Trainer

REFRESH = 0.1  # seconds between two looks at the figures of an epoch that is under way
LEFT_OUT = ("epoch", "step", "seconds")


class Progress(Callback):
    """Shows epoch, figures and what the other callbacks have to say."""

    def __init__(self, callbacks: Sequence[Callback] = ()) -> None:
        self.callbacks = callbacks
        self._screen: Screen | None = None

    def on_fit_start(self, trainer: Trainer) -> None:
        self._next = 0.0
        self._screen = Screen(trainer.step) if sys.stdout and sys.stdout.isatty() and find_spec("rich") else None
        self._show(trainer)

    def on_batch_end(self, trainer: Trainer) -> None:
        if self._screen is not None and (now := perf_counter()) > self._next:
            self._next = now + REFRESH
            self._show(trainer)

    def on_epoch_end(self, trainer: Trainer) -> None:
        if self._screen is None:
            print(
                f"epoch {trainer.epoch:{len(str(trainer.epochs))}}/{trainer.epochs}  {self.line(trainer)}", flush=True
            )
        else:
            self._show(trainer)

    def on_fit_end(self, trainer: Trainer) -> None:
        if self._screen is not None:
            self._show(trainer)
            self._screen.live.stop()

    def _show(self, trainer: Trainer) -> None:
        if self._screen is not None:
            steps = trainer.steps_per_epoch
            total = trainer.step if trainer.finished else steps and steps * trainer.epochs
            under_way = steps is not None and trainer.step % steps > 0
            heading = f"epoch {trainer.epoch + under_way}/{trainer.epochs}"
            self._screen.show(heading, trainer.step, total, self.line(trainer))

    def line(self, trainer: Trainer) -> str:
        """The figures of the newest row, and what the callbacks say."""
        figures = [
            f"{name.replace('_', ' ')} {_short(name, value)}"
            for name, value in trainer.row.items()
            if name not in LEFT_OUT and plain(value) and shown(name)
        ]
        return "  ".join([*figures, *filter(None, (callback.status() for callback in self.callbacks))])


def _short(name: str, value: float) -> str:
    return f"{value:.1%}" if name.endswith(("accuracy", "precision", "recall")) else f"{value:.4g}"


class Screen:
    """A bar that grows in its place, and under it a line of text; made with rich."""

    def __init__(self, done: int) -> None:
        from rich.console import Group
        from rich.live import Live
        from rich.progress import BarColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
        from rich.progress import Progress as Bar
        from rich.text import Text

        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
        )
        self.bar, self.text = Bar(*columns), Text()
        self.task = self.bar.add_task("", completed=done)  # so that the speed is that of this process
        self.live = Live(Group(self.bar, self.text), refresh_per_second=10)
        self.live.start()

    def show(self, heading: str, done: int, total: int | None, figures: str) -> None:
        """Bring all of it up to date."""
        self.bar.update(self.task, description=heading, completed=done, total=total)
        self.text.plain = figures
