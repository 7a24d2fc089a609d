"""What could not be written of a run, because the disk is full, say, and how the run goes on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..files import FileError
from .resume import checkpoints


class NotSavedError(FileError):
    """Part of a run could not be written: `problem` says which and why, the message also how the run goes on."""

    def __init__(self, problem: str, how: str = "") -> None:
        super().__init__(problem + how)
        self.problem = problem


@contextmanager
def saving(what: str, out: Path) -> Iterator[None]:
    """Around the writing of a part of the run in `out`: raises NotSavedError for a FileError or an OSError."""
    try:
        yield
    except (FileError, OSError) as error:
        kept, one = checkpoints(out / "checkpoints"), "one" if what == "a checkpoint" else "checkpoint"
        last = f"the last good {one} is {kept[-1]}" if kept else f"there is no {one} yet"
        how = f"; once there is room, Trainer({str(out)!r}, …).fit(…, resume=True) goes on from there"
        raise NotSavedError(f"{what} could not be saved, {last}: {error}", how * bool(kept)) from error
