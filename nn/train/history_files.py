"""The history on disk."""

from __future__ import annotations

from pathlib import Path

from ..callbacks import Callback, Run
from ..history import History, as_csv, as_jsonl
from .not_saved import saving


class HistoryFiles(Callback):
    """Keeps history.csv and history.jsonl in the folder of the run, up to date after every epoch.

    Raises NotSavedError if they cannot be written.
    """

    def on_fit_start(self, run: Run) -> None:
        assert run.out is not None  # the Trainer adds this callback to a run with a folder
        self.csv, self.jsonl = run.out / "history.csv", run.out / "history.jsonl"
        with saving("the history", run.out):
            self._rewrite(run.history)

    def on_epoch_end(self, run: Run) -> None:
        with saving("the history", self.csv.parent):
            if run.row.keys() - self.columns:
                self._rewrite(run.history)
            else:
                _append(self.csv, as_csv([run.row], self.numbers))
                _append(self.jsonl, as_jsonl([run.row]))

    def _rewrite(self, history: History) -> None:
        self.columns, self.numbers = set(history.columns), history.numbers()
        history.save_csv(self.csv)
        history.save_jsonl(self.jsonl)


def _append(path: Path, text: str) -> None:
    """Append lines, all or nothing."""
    with path.open("ab", buffering=0) as file:
        before = file.tell()
        content = text.encode()
        try:
            if file.write(content) != len(content):
                raise OSError(f"{path} could not be written in full: is the disk full?")
        except OSError:
            file.truncate(before)
            raise
