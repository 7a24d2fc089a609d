"""Where a Trainer keeps its run: never where another one is kept, or written at the same time."""

from __future__ import annotations

from pathlib import Path

from ..runs.folder_lock import FolderLock, claim
from .resume import checkpoints


def claimed(folder: Path, resume: bool) -> tuple[Path, FolderLock]:
    """The folder for a run, and the lock that keeps others out of it.

    To resume, it is `folder`; else the first of folder, folder-2, folder-3, … that has no run and is not in use.
    Raises FolderInUseError if the run to be resumed is under way, naming its process.
    """
    if resume:
        return folder, FolderLock(folder)
    lock = claim(folder, has_run)
    if lock.folder != folder:
        print(f"{folder} has another run, which stays as it is: this one is kept in {lock.folder}")
    return lock.folder, lock


def has_run(folder: Path) -> bool:
    """Whether there is a history or a checkpoint in a folder."""
    history = folder / "history.jsonl"
    return (history.exists() and history.stat().st_size > 0) or bool(checkpoints(folder / "checkpoints"))
