"""Progress: a bar on a terminal and in a notebook, and one line per epoch elsewhere, as under mpiexec."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.util import find_spec
from time import perf_counter

from ..callbacks import Callback, Run
from ..distributed.launcher import launched
from ..history import Row, plain, shown
from ..notebook_bar import NotebookBar, in_notebook

REFRESH = 0.1  # seconds between updates of a terminal within an epoch
LEFT_OUT = ("epoch", "step", "seconds")


class Progress(Callback):
    """Shows the epoch, the newest figures, and the status of the other callbacks."""

    def __init__(self, callbacks: Sequence[Callback] = ()) -> None:
        self.callbacks = callbacks
        self._view: Lines | Screen | Notebook = Lines()

    def on_fit_start(self, run: Run) -> None:
        if in_notebook():
            self._view = Notebook()
        elif sys.stdout and sys.stdout.isatty() and not launched() and find_spec("rich"):
            self._view = Screen(run.step)
        else:
            self._view = Lines()
        self._view.start(run, self)

    def on_batch_end(self, run: Run) -> None:
        self._view.batch(run, self)

    def on_epoch_end(self, run: Run) -> None:
        self._view.epoch(run, self)

    def on_fit_end(self, run: Run) -> None:
        self._view.end(run, self)

    def statuses(self) -> list[str]:
        """What the callbacks have to say."""
        return list(filter(None, (callback.status() for callback in self.callbacks)))

    def line(self, run: Run) -> str:
        """The figures of the newest row, and the status of each callback."""
        return "  ".join([*(f"{name} {value}" for name, value in figures(run.row)), *self.statuses()])


def figures(row: Row) -> list[tuple[str, str]]:
    """The names and values in a row that are worth a place on one line."""
    return [
        (name.replace("_", " "), _short(name, value))
        for name, value in row.items()
        if name not in LEFT_OUT and plain(value) and shown(name)
    ]


def heading(run: Run) -> str:
    """The epoch under way."""
    midway = run.steps_per_epoch is not None and run.step % run.steps_per_epoch > 0
    return f"epoch {run.epoch + midway}/{run.epochs}"


def _short(name: str, value: float) -> str:
    return f"{value:.1%}" if name.endswith(("accuracy", "precision", "recall")) else f"{value:.4g}"


class Lines:
    """One line for each epoch."""

    def start(self, run: Run, progress: Progress) -> None: ...

    def batch(self, run: Run, progress: Progress) -> None: ...

    def epoch(self, run: Run, progress: Progress) -> None:
        print(f"epoch {run.epoch:{len(str(run.epochs))}}/{run.epochs}  {progress.line(run)}", flush=True)

    def end(self, run: Run, progress: Progress) -> None: ...


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
        self.next = 0.0

    def start(self, run: Run, progress: Progress) -> None:
        steps = run.steps_per_epoch
        total = run.step if run.finished else steps and steps * run.epochs
        self.bar.update(self.task, description=heading(run), completed=run.step, total=total)
        self.text.plain = progress.line(run)

    epoch = start

    def batch(self, run: Run, progress: Progress) -> None:
        if (now := perf_counter()) > self.next:
            self.next = now + REFRESH
            self.start(run, progress)

    def end(self, run: Run, progress: Progress) -> None:
        self.start(run, progress)
        self.live.stop()


class Notebook:
    """One bar in the output of a notebook's cell, which says at the end how training ended."""

    def __init__(self) -> None:
        self.bar = NotebookBar()

    def start(self, run: Run, progress: Progress) -> None:
        self.show(run, progress)

    def batch(self, run: Run, progress: Progress) -> None:
        if self.bar.due:
            self.show(run, progress)

    epoch = batch

    def end(self, run: Run, progress: Progress) -> None:
        if run.finished:
            stopped = (f"stopped after {run.epoch} of {run.epochs} epochs",) if run.epoch < run.epochs else ()
            self.show(run, progress, *stopped, ended="good")
        else:
            self.show(run, progress, broken_off(run, sys.exception()), ended="bad")

    def show(self, run: Run, progress: Progress, *notes: str, ended: str = "") -> None:
        share = run.epoch / run.epochs
        if run.steps_per_epoch is not None:
            share = run.step / (run.steps_per_epoch * run.epochs)
        self.bar.show(heading(run), share, figures(run.row), [*notes, *progress.statuses()], ended)


def broken_off(run: Run, error: BaseException | None) -> str:
    """Where and why training ended before its time."""
    place = f"at {heading(run)}, after step {run.step:,}"
    if isinstance(error, KeyboardInterrupt):
        return f"interrupted {place}" + (f": {error}" if str(error) else "")
    return f"stopped {place}: {type(error).__name__}: {error}" if error else f"stopped {place}"
