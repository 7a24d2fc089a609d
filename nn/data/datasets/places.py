"""Where data sets are on disk, and the error if they are not there."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path


def data_root(root: str | os.PathLike[str] | None = None) -> Path:
    """The folder that holds the data sets: `root`, else the variable CHALKGRAD_DATA, else ~/.cache/chalkgrad."""
    given = root or os.environ.get("CHALKGRAD_DATA")
    cache = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(given).expanduser() if given else Path(cache).expanduser() / "chalkgrad"


def find(root: Path, folders: Iterable[str], name: str) -> Path | None:
    """The file `name`, or `name`.gz, in the first of the folders below `root` that has it."""
    candidates = (root / folder / (name + end) for folder in folders for end in ("", ".gz"))
    return next((path for path in candidates if path.is_file()), None)


def not_found(what: str, root: Path, folder: str, names: Iterable[str]) -> FileNotFoundError:
    """The error that says which files belong where."""
    files = "".join(f"\n    {root / folder / name}" for name in names)
    return FileNotFoundError(
        f"{what} not found below {root}. Pass download=True, or put these files there (.gz or unpacked):{files}\n"
        "or name the folder that has them with root= or the environment variable CHALKGRAD_DATA"
    )
