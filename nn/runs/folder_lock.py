"""One process at a time writes to the folder of a run: a lock that the system takes back when its process dies."""

from __future__ import annotations

import contextlib
import json
import os
import platform
import tempfile
import threading
from collections.abc import Callable
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any

LOCK = ".lock"
BYTE = 1 << 20  # the byte that is locked, beyond the text: elsewhere Windows would let nobody read it

_held: dict[Path, FolderLock] = {}


class FolderInUseError(RuntimeError):
    """Another process writes to the folder of this run; the message says which."""


class FolderLock:
    """Holds a folder, which is made if need be, until `release`, the end of a `with`, or of the process by any means.

    Who holds it may do so again, as the command line does around `Trainer.fit`; another thread or process may not.
    A lock file that is left behind by a process that was killed, or whose machine went down, locks nothing. On a file
    system without locks, nothing is locked.

    Raises FolderInUseError, naming the process that holds it.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder.resolve() / LOCK
        self.owner = os.getpid(), threading.get_ident()
        outer = _held.get(self.path)
        self.file: int | None = None
        if outer is not None and outer.owner[0] == self.owner[0]:
            if outer.owner != self.owner:
                raise FolderInUseError(f"{folder} is in use by another thread of this process")
            return
        folder.mkdir(parents=True, exist_ok=True)
        self.file = _locked(self.path)
        if self.file is None:
            raise FolderInUseError(
                f"{folder} is in use by {_holder(self.path)}: wait until it ends, or stop it, and then resume the run"
            )
        _held[self.path] = self
        about = {"process": os.getpid(), "machine": platform.node(), "since": datetime.now().isoformat(" ", "seconds")}
        with contextlib.suppress(OSError):  # the lock holds, whether or not there is room to say whose it is
            os.ftruncate(self.file, 0)
            os.write(self.file, json.dumps(about).encode())

    def release(self) -> None:
        """Let others have the folder."""
        if self.file is None or self.owner[0] != os.getpid():
            return
        with contextlib.suppress(OSError):
            self.path.unlink()  # before it is unlocked; who waits for it finds that it is gone, and makes another
        os.close(self.file)
        self.file = None
        del _held[self.path]

    def __enter__(self) -> FolderLock:
        return self

    def __exit__(self, *error: object) -> None:
        self.release()


def claim(folder: Path, taken: Callable[[Path], bool]) -> FolderLock:
    """The lock of the first of folder, folder-2, folder-3, … that is neither taken nor in use."""
    for number in count(1):
        place = folder if number == 1 else folder.with_name(f"{folder.name}-{number}")
        if taken(place):
            continue
        with contextlib.suppress(FolderInUseError):
            lock = FolderLock(place)
            if not taken(place):
                return lock
            lock.release()  # another process was quicker
    raise AssertionError


def lockable(folder: Path) -> bool:
    """Whether the file system of a folder, which exists, has locks."""
    with tempfile.TemporaryFile(dir=folder) as file:
        try:
            _lock(file.fileno())
        except OSError:
            return False
    return True


def _locked(path: Path) -> int | None:
    """The open lock file; None if another process holds it."""
    while True:
        file = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            _lock(file)
            if os.path.exists(path) and os.path.samestat(os.fstat(file), os.stat(path)):
                return file
        except (BlockingIOError, PermissionError):
            os.close(file)
            return None
        except FileNotFoundError:  # between the two looks at it
            pass
        except OSError:  # a file system without locks
            return file
        os.close(file)


def _lock(file: int) -> None:
    """Lock a byte of the file for this process. Raises BlockingIOError or PermissionError if another one has it."""
    try:
        import fcntl
    except ImportError:
        import msvcrt

        windows: Any = msvcrt
        os.lseek(file, BYTE, os.SEEK_SET)
        windows.locking(file, windows.LK_NBLCK, 1)
        os.lseek(file, 0, os.SEEK_SET)
        return
    fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, BYTE)


def _holder(path: Path) -> str:
    try:
        about = json.loads(path.read_text())
        return f"process {about['process']} on {about['machine']}, since {about['since']}"
    except (OSError, ValueError, LookupError, TypeError):
        return "another process"
