"""The history on disk."""

from __future__ import annotations

from pathlib import Path

from ..callbacks import Callback, Run
from ..history import History, as_csv, as_jsonl


class HistoryFiles(Callback):
    """Keeps history.csv and history.jsonl in a folder, up to date after every epoch.

    Raises FileExistsError if they hold another run that is not being resumed, and OSError if they cannot be written.
    """

    def __init__(self, folder: Path) -> None:
        self.csv, self.jsonl = folder / "history.csv", folder / "history.jsonl"

    def on_fit_start(self, run: Run) -> None:
        if not run.resume and self.jsonl.exists() and self.jsonl.stat().st_size:
            raise FileExistsError(
                f"{self.jsonl.parent} has the history of another run: give fit() resume=True to continue that run, or "
                "the Trainer another folder"
            )
        self.jsonl.parent.mkdir(parents=True, exist_ok=True)
        self._rewrite(run.history)

    def on_epoch_end(self, run: Run) -> None:
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
