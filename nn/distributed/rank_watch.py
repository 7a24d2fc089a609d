"""The watch over collectives: every rank says what it is about to take part in, and rank 0 compares.

MPI itself waits for ever where ranks take part in different collectives, or one in none. So each collective is
announced to rank 0 by a short message, and no wait is without end.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from time import monotonic, sleep
from typing import Any

LENGTH = 160  # bytes of an announcement
# Looks before a rank that waits begins to sleep in between: some 2 ms. On two cores that others used, too, the median
# of 2,000 steps of the MNIST MLP on two ranks was 0.9 ms with 1,000, 2.3 to 4 ms with 200, 1.0 to 1.3 ms with 3,000;
# on four ranks 8.5, 9.3 and 10.6 ms (`mpiexec -n 2 python -m tests.benchmarks.scale` prints the median).
PATIENT = 1000
NAP = 5e-5  # seconds
LEAVING = "the end of its work"


class DistributedError(RuntimeError):
    """The ranks of a job have come apart; the message names the rank and the cause."""


class Announcement:
    """What this rank is about to do; on rank 0, also what the others say that they are about to do."""

    def __init__(self, control: Any, what: str) -> None:
        self.what, self.rank, size = what, control.Get_rank(), control.Get_size()
        word = what.encode()[:LENGTH].ljust(LENGTH)
        self.words = [bytearray(word) for _ in range(size if self.rank == 0 else 1)]
        if self.rank:
            self.requests = [control.Isend(self.words[0], 0)]
        else:
            self.requests = [control.Irecv(self.words[other], other) for other in range(1, size)]
        self.missing = dict(enumerate(self.requests, 1 if self.rank == 0 else 0))

    def settled(self) -> bool:
        """Whether every other rank has been heard, on rank 0, or this one sent off.

        Raises DistributedError for a rank that is about to do something else.
        """
        for other in [other for other, request in self.missing.items() if request.Test()]:
            del self.missing[other]
            told = self.words[other].decode(errors="replace").strip()
            if self.rank == 0 and told != self.what[:LENGTH].strip():
                raise apart(self.what, other, told)
        return not self.missing


def apart(ours: str, other: int, theirs: str) -> DistributedError:
    """The error of two ranks that do different things."""
    advice = "all ranks must call the same collectives in the same order, with tensors of one shape"
    if LEAVING in (ours, theirs):
        advice = "give every rank as many batches as the others (DistributedSampler does), or look for its error above"
    return DistributedError(f"the ranks have come apart: rank {other} is at {theirs}, rank 0 at {ours}: {advice}")


def wait(requests: Iterable[Any], announcement: Announcement, timeout: float) -> None:
    """Wait for an operation, while looking whether it can still end.

    Raises DistributedError as `Announcement.settled` does, and after `timeout` seconds, naming who is missing; what MPI
    raises.
    """
    waiting, looks = list(requests), 0
    end = monotonic() + timeout + 2 * (announcement.rank > 0)  # rank 0, which knows more, speaks first
    while True:
        settled = announcement.settled()
        waiting = [request for request in waiting if not request.Test()]
        if settled and not waiting:
            return
        looks += 1
        if looks > PATIENT:
            if monotonic() > end:
                raise late(announcement, timeout)
            sleep(NAP)


def late(announcement: Announcement, timeout: float) -> DistributedError:
    """The error of a wait that took too long."""
    who = "rank 0 or another"
    if announcement.rank == 0:
        who = " and ".join(f"rank {other}" for other in announcement.missing) or "another rank"
    return DistributedError(
        f"rank {announcement.rank} has waited for {timeout:g} seconds at {announcement.what}: {who} has not come "
        "there. It may be stopped or very slow; init_process_group(timeout=...) allows more time"
    )


def ending(comm: Any, before: Callable[..., Any]) -> Callable[..., Any]:
    """An excepthook that, after the one `before` it, ends all ranks and says which has failed."""

    def hook(kind: type[BaseException], error: BaseException, trace: Any) -> None:
        before(kind, error, trace)
        end_job(comm, f"{kind.__name__}: {error}" if str(error) else kind.__name__)

    return hook


def end_job(comm: Any, cause: str) -> None:
    """End all ranks, with exit code 1; this one says why."""
    rank, size = comm.Get_rank(), comm.Get_size()
    first = cause.partition("\n")[0]
    print(f"chalkgrad: rank {rank} of {size} has failed, and all end with it: {first}", file=sys.stderr, flush=True)
    sys.stdout.flush()
    sleep(0.2)  # for mpiexec to pass the words on
    comm.Abort(1)
