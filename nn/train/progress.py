"""Progress: a bar on a terminal, and one line per epoch elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.util import find_spec
from time import perf_counter

from ..callbacks import Callback, Run
from ..history import plain, shown

REFRESH = 0.1  # seconds between updates within an epoch
LEFT_OUT = ("epoch", "step", "seconds")


class Progress(Callback):
    """Shows the epoch, the newest figures, and the status of the other callbacks."""

    def __init__(self, callbacks: Sequence[Callback] = ()) -> None:
        self.callbacks = callbacks
        self._screen: Screen | None = None

    def on_fit_start(self, run: Run) -> None:
        self._next = 0.0
        self._screen = Screen(run.step) if sys.stdout and sys.stdout.isatty() and find_spec("rich") else None
        self._show(run)

    def on_batch_end(self, run: Run) -> None:
        if self._screen is not None and (now := perf_counter()) > self._next:
            self._next = now + REFRESH
            self._show(run)

    def on_epoch_end(self, run: Run) -> None:
        if self._screen is None:
            print(f"epoch {run.epoch:{len(str(run.epochs))}}/{run.epochs}  {self.line(run)}", flush=True)
        else:
            self._show(run)

    def on_fit_end(self, run: Run) -> None:
        if self._screen is not None:
            self._show(run)
            self._screen.live.stop()

    def _show(self, run: Run) -> None:
        if self._screen is not None:
            steps = run.steps_per_epoch
            total = run.step if run.finished else steps and steps * run.epochs
            midway = steps is not None and run.step % steps > 0
            heading = f"epoch {run.epoch + midway}/{run.epochs}"
            self._screen.show(heading, run.step, total, self.line(run))

    def line(self, run: Run) -> str:
        """The figures of the newest row, and the status of each callback."""
        figures = [
            f"{name.replace('_', ' ')} {_short(name, value)}"
            for name, value in run.row.items()
            if name not in LEFT_OUT and plain(value) and shown(name)
        ]
        return "  ".join([*figures, *filter(None, (callback.status() for callback in self.callbacks))])


def _short(name: str, value: float) -> str:
    return f"{value:.1%}" if name.endswith(("accuracy", "precision", "recall")) else f"{value:.4g}"


class Screen:
    """A progress bar with a line of text below it, drawn by rich."""

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
        self.task = self.bar.add_task("", completed=done)  # so that the speed is measured from here
        self.live = Live(Group(self.bar, self.text), refresh_per_second=10)
        self.live.start()

    def show(self, heading: str, done: int, total: int | None, figures: str) -> None:
        """Update all of it."""
        self.bar.update(self.task, description=heading, completed=done, total=total)
        self.text.plain = figures
