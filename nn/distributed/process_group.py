"""The group: all processes that one `mpiexec` has started, each with its rank."""

from __future__ import annotations

import atexit
import sys
from collections.abc import Iterable
from datetime import timedelta
from importlib.util import find_spec
from typing import Any

from autograd.tools.extras import require

from .blas_threads import share_cores
from .launcher import tell_environment
from .rank_watch import LEAVING, Announcement, DistributedError, end_job, ending, wait

TIMEOUT = timedelta(minutes=30)


class Group:
    """The processes of a job. `comm` is for collectives, `gradients` for those that run during backward."""

    def __init__(self, mpi: Any, timeout: timedelta) -> None:
        self.mpi, self.timeout = mpi, timeout.total_seconds()
        self.comm, self.gradients, self.control = (mpi.COMM_WORLD.Dup() for _ in range(3))
        self.rank, self.size = self.comm.Get_rank(), self.comm.Get_size()
        self.sent: list[Announcement] = []  # that MPI has yet to send off

    def announce(self, what: str) -> Announcement:
        """Tell rank 0 what this rank is about to take part in."""
        announcement = Announcement(self.control, what)
        self.sent = [each for each in self.sent if self.rank and not each.settled()]
        self.sent += [announcement] * (self.rank > 0)
        return announcement

    def wait(self, requests: Iterable[Any], announcement: Announcement) -> None:
        """Wait for an operation that was announced. Raises DistributedError if it cannot end."""
        wait(requests, announcement, self.timeout)

    def leave(self) -> None:
        """Say that this rank takes part in nothing more; rank 0 waits until all have said so."""
        self.wait((), self.announce(LEAVING))


_group: Group | None = None


def the_group(group: Any = None) -> Group:
    """The group that was made. Raises ValueError if there is none, and for one of another kind."""
    if group is not None and group is not _group:
        raise ValueError(f"expected group to be None, for all ranks, given {group!r}: parts of them are not supported")
    if _group is None:
        raise ValueError("Default process group has not been initialized, please make sure to call init_process_group.")
    return _group


def is_available() -> bool:
    """Whether mpi4py is installed."""
    return find_spec("mpi4py") is not None


def is_initialized() -> bool:
    """Whether `init_process_group` was called, and `destroy_process_group` was not."""
    return _group is not None


def init_process_group(
    backend: str | None = None,
    init_method: str | None = None,
    timeout: timedelta | None = None,
    world_size: int = -1,
    rank: int = -1,
    store: Any = None,
    group_name: str = "",
    pg_options: Any = None,
    device_id: Any = None,
) -> None:
    """Join the other processes that the same `mpiexec` has started; a process started alone is a group of one.

    From here on, a rank that ends with an error ends all others, with a line that names it. BLAS is given cores / ranks
    threads in each, which rank 0 says on stderr.

    Args:
        backend: any name, such as "gloo" or "nccl": it is always MPI.
        init_method, store, group_name, pg_options, device_id: without effect.
        timeout: how long a collective waits for a rank that does not come, by default 30 minutes.
        world_size: how many processes there are, if you know.
        rank: the number of this one, if you know.

    Raises ImportError without mpi4py; ValueError if the group has been made, and where `world_size` or `rank` differ
    from those of `mpiexec`.
    """
    global _group
    if _group is not None:
        raise ValueError("trying to initialize the default process group twice!")
    if timeout is not None and not isinstance(timeout, timedelta):
        raise TypeError(f"Expected timeout argument to be of type datetime.timedelta, got {timeout!r}")
    mpi = require("mpi4py", "mpi", "processes work together by mpi4py") and require("mpi4py.MPI", "mpi", "likewise")
    world = mpi.COMM_WORLD
    for name, given, known in ("world_size", world_size, world.Get_size()), ("rank", rank, world.Get_rank()):
        if given not in (-1, known):
            raise ValueError(
                f"init_process_group: given {name}={given}, but MPI knows of {known}: start the program by "
                f"`mpiexec -n {max(world_size, 2)} python ...`"
            )
    tell_environment()
    _group = Group(mpi, TIMEOUT if timeout is None else timeout)
    told = share_cores(world.Split_type(mpi.COMM_TYPE_SHARED))
    if _group.size > 1:
        if _group.rank == 0:
            print(f"chalkgrad: {told}", file=sys.stderr, flush=True)
        sys.excepthook = ending(_group.comm, sys.excepthook)
        atexit.register(_leave_at_exit, _group)


def _leave_at_exit(group: Group) -> None:
    if group is _group:
        try:
            destroy_process_group()
        except DistributedError as error:
            end_job(group.comm, f"DistributedError: {error}")


def destroy_process_group(group: Any = None) -> None:
    """Leave the group. Raises ValueError if there is none, DistributedError if other ranks still count on this one."""
    global _group
    left = the_group(group)
    if left.size > 1:
        left.leave()
    _group = None


def get_rank(group: Any = None) -> int:
    """The number of this process, from 0. Raises ValueError before `init_process_group`."""
    return the_group(group).rank


def get_world_size(group: Any = None) -> int:
    """How many processes there are. Raises ValueError before `init_process_group`."""
    return the_group(group).size
