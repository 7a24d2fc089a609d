"""How much memory a process may still take, and a ceiling under which more raises, and gets nothing killed."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

from autograd.tools.extras import require

STATM = Path("/proc/self/statm")
CGROUP_FILES = (  # the limit, what is used, and what of it is cache of files that nobody has read lately
    ("memory.max", "memory.current", "inactive_file"),
    ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
)


class Free(NamedTuple):
    """The bytes that may still be taken, and what sets the limit."""

    bytes: int
    limit: str


def free_memory() -> Free:
    """What is free of the least of all limits: the machine's memory, those of control groups, RLIMIT_AS, RLIMIT_DATA.

    Memory that the C library has kept after it was freed is given back first. Raises ImportError without psutil.
    """
    give_back()
    psutil = require("psutil", "cli", "the free memory is asked of psutil")
    machine = Free(psutil.virtual_memory().available, "the machine's memory")
    return min(machine, *free_of_cgroups(), *free_of_rlimits())


def free_of_cgroups(root: Path = Path("/")) -> Iterator[Free]:
    """What is free of every control group that the process is in, of version 1 or 2, as a container has one."""
    try:
        lines = (root / "proc/self/cgroup").read_text().splitlines()
    except OSError:
        return
    for controllers, _, path in (line.partition(":")[2].partition(":") for line in lines):
        if controllers and "memory" not in controllers.split(","):
            continue
        top = root / "sys/fs/cgroup" / ("memory" if controllers else "")
        group = top / path.lstrip("/")
        for folder in [group, *group.parents]:
            if folder.is_relative_to(top):
                yield from _free_of_cgroup(folder)


def _free_of_cgroup(folder: Path) -> Iterator[Free]:
    for limit, usage, cache in CGROUP_FILES:
        try:
            most, used = (folder / limit).read_text().strip(), int((folder / usage).read_text())
            rows = map(str.split, (folder / "memory.stat").read_text().splitlines())
        except (OSError, ValueError):
            continue
        if most != "max":
            reclaimable = sum(int(row[1]) for row in rows if row[:1] == [cache])
            yield Free(max(0, int(most) - used + reclaimable), "the control group's limit")


def free_of_rlimits() -> Iterator[Free]:
    """What is free of the process's own limits, on Linux."""
    resource = _resource()
    if resource is not None:
        for name, used in ("RLIMIT_AS", mapped()), ("RLIMIT_DATA", mapped("data")):
            soft, _ = resource.getrlimit(getattr(resource, name))
            if soft != resource.RLIM_INFINITY:
                yield Free(max(0, soft - used), name)


def mapped(what: str = "size") -> int:
    """The bytes of address space that the process has mapped, or those of its "data"."""
    resource = _resource()
    fields = STATM.read_text().split()
    return int(fields[{"size": 0, "data": 5}[what]]) * (resource.getpagesize() if resource else 4096)


class Ceiling:
    """A number of bytes that may be taken from now on: inside of `with ceiling.held():`, more raises MemoryError.

    It is the soft RLIMIT_AS of the process, so it holds for all of its threads. Without one, as on Windows and macOS,
    there is no ceiling.
    """

    def __init__(self, bytes: int) -> None:
        self.highest = mapped() + bytes if _resource() is not None else None

    @contextmanager
    def held(self) -> Iterator[None]:
        resource = _resource()
        if resource is None or self.highest is None:
            yield
            return
        soft, hard = resource.getrlimit(resource.RLIMIT_AS)
        least = min(limit for limit in (self.highest, soft, hard) if limit != resource.RLIM_INFINITY)
        resource.setrlimit(resource.RLIMIT_AS, (least, hard))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def give_back() -> None:
    """Give memory that was freed, and that the C library has kept, back to the system, if the library is glibc."""
    if sys.platform == "linux":
        try:
            from ctypes import CDLL

            CDLL(None).malloc_trim(0)
        except (ImportError, AttributeError):  # a Python without ctypes, or another C library
            pass


def _resource() -> ModuleType | None:
    """The module of that name where it limits memory and /proc says how much is used, else None."""
    if sys.platform != "linux" or not STATM.exists():
        return None
    import resource

    return resource
