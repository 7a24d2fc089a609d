"""Where a Trainer keeps its run: never where another one is kept, or written at the same time."""

from __future__ import annotations

from pathlib import Path

from ..runs.folder_lock import FolderInUseError, FolderLock
from .resume import checkpoints


def claimed(folder: Path, resume: bool) -> tuple[Path, FolderLock]:
    """The folder for a run, and the lock that keeps others out of it.

    To resume, it is `folder`; else the first of folder, folder-2, folder-3, … that has no run and is not in use.
    Raises FolderInUseError if the run to be resumed is under way, naming its process.
    """
    if resume:
        return folder, FolderLock(folder)
    place, number = folder, 1
    while (lock := None if has_run(place) else _free(place)) is None:
        number += 1
        place = folder.with_name(f"{folder.name}-{number}")
    if place != folder:
        print(f"{folder} has another run, which stays as it is: this one is kept in {place}")
    return place, lock


def has_run(folder: Path) -> bool:
    """Whether there is a history or a checkpoint in a folder."""
    history = folder / "history.jsonl"
    return (history.exists() and history.stat().st_size > 0) or bool(checkpoints(folder / "checkpoints"))


def _free(folder: Path) -> FolderLock | None:
    try:
        lock = FolderLock(folder)
    except FolderInUseError:
        return None
    if not has_run(folder):
        return lock
    lock.release()  # another process has been quicker
    return None
